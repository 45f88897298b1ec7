"""Strings in the making: the literal text and the holes of a string that code puts together."""

from __future__ import annotations

import ast
import re
import string
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.scopes import How

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Assignment, Binding


class Literal(NamedTuple):
    """Text that stands in the program; `node` is the constant that it comes from."""

    text: str
    node: ast.expr


class Hole(NamedTuple):
    """A value that is put into a string.

    Attributes:
        value: the expression.
        conversion: `r`, `s` or `a` when it is converted first, else empty.
        spec: its format specification: `>10`, `.2f`, `d` (also of `%d`), else empty; `*` when computed.
        within: the expression that puts it in: the f-string, the `%`, the `format` call, the `+`.
    """

    value: ast.expr
    conversion: str
    spec: str
    within: ast.expr


Part = Literal | Hole


class Built(NamedTuple):
    """A string as it is put together.

    Attributes:
        parts: literal text and holes in the order of the result, as far as several assignments leave one order.
        root: the expression whose value it is; of a name, the value first assigned.
        names: bindings that were followed to get from the asked expression to the root, outermost first.
        stepwise: further statements append to it.
    """

    parts: tuple[Part, ...]
    root: ast.expr
    names: tuple[Binding, ...] = ()
    stepwise: bool = False

    @property
    def holes(self) -> tuple[Hole, ...]:
        """The parts that are not literal."""
        return tuple(part for part in self.parts if isinstance(part, Hole))

    @property
    def text(self) -> str:
        """The literal text with a NUL character for every hole, which no literal of a query holds."""
        return "".join(part.text if isinstance(part, Literal) else "\0" for part in self.parts)


_PERCENT = re.compile(
    r"%(?:(?P<percent>%)|(?:\((?P<key>[^)]*)\))?(?P<flags>[-#0 +]*)(?P<width>\*|\d+)?(?:\.(?P<precision>\*|\d+))?"
    r"[hlL]?(?P<type>[diouxXeEfFgGcrsa]))"
)
_SAME_TEXT_METHODS = ("strip", "lstrip", "rstrip")
_SAME_TEXT_FUNCTIONS = ("textwrap.dedent", "inspect.cleandoc", "builtins.str")
_MOST_NAMES = 4


def build_of(expr: ast.expr, model: SemanticModel) -> Built | None:
    """Return how a string is put together, or None when nothing of it can be told.

    Local names are followed to their values when they have one assignment and any number of `+=` in the same
    function; an expression that is no construction of a string becomes one hole, or None when it is the whole.
    """
    return _follow(expr, model, ())


def parts_of(expr: ast.expr, model: SemanticModel) -> tuple[Part, ...]:
    """Return the parts of one expression, names not followed; what is no construction of a string is one hole."""
    return tuple(_parts(expr, model))


def same_text(expr: ast.expr, model: SemanticModel) -> ast.expr:
    """Return the string below calls that only change its white space: `dedent(x)`, `"...".strip()`, `str(x)`."""
    while isinstance(expr, ast.Call):
        func = expr.func
        if isinstance(func, ast.Attribute) and func.attr in _SAME_TEXT_METHODS and not expr.args:
            if not _makes_string(func.value):
                break
            expr = func.value
        elif len(expr.args) == 1 and not expr.keywords and model.qualified_name(func) in _SAME_TEXT_FUNCTIONS:
            if isinstance(expr.args[0], ast.Starred):
                break
            expr = expr.args[0]
        else:
            break
    return expr


def _follow(expr: ast.expr, model: SemanticModel, names: tuple[Binding, ...]) -> Built | None:
    if isinstance(expr, ast.Name) and len(names) < _MOST_NAMES:
        binding = model.binding_of(expr)
        if binding is None or binding in names:
            return None
        return _of_binding(binding, model, (*names, binding))
    parts = tuple(_parts(expr, model))
    if len(parts) == 1 and isinstance(parts[0], Hole) and parts[0].value is expr:
        return None
    return Built(parts, expr, names)


def _of_binding(binding: Binding, model: SemanticModel, names: tuple[Binding, ...]) -> Built | None:
    first, *later = binding.assignments
    if first.how not in (How.ASSIGNED, How.ANNOTATED, How.WALRUS) or first.value is None:
        return None
    start = _follow(first.value, model, names)
    if start is None:
        return None
    parts = list(start.parts)
    for assignment in later:
        added = _added(assignment, binding, model)
        if added is None:
            return None
        parts.extend(added)
    return start._replace(parts=tuple(parts), stepwise=start.stepwise or bool(later))


def _added(assignment: Assignment, binding: Binding, model: SemanticModel) -> Sequence[Part] | None:
    """Return what `x += value` or `x = x + value` puts at the end; None for any other assignment."""
    value = assignment.value
    if value is None:
        return None
    if assignment.how is How.AUGMENTED:
        return tuple(_parts(value, model))
    if assignment.how is not How.ASSIGNED:
        return None
    left = value
    while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
        left = left.left
    if not isinstance(left, ast.Name) or left is value or model.binding_of(left) is not binding:
        return None
    return tuple(part for part in _parts(value, model) if not (isinstance(part, Hole) and part.value is left))


def _parts(expr: ast.expr, model: SemanticModel) -> Iterator[Part]:
    if isinstance(expr, ast.Constant) and isinstance(expr.value, str):
        yield Literal(expr.value, expr)
    elif isinstance(expr, ast.JoinedStr):
        yield from _of_fstring(expr)
    elif isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.Add):
        yield from _operand(expr.left, expr, model)
        yield from _operand(expr.right, expr, model)
    elif isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.Mod):
        yield from _of_percent(expr, model)
    elif isinstance(expr, ast.Call):
        yield from _of_call(expr, model)
    else:
        yield Hole(expr, "", "", expr)


def _operand(expr: ast.expr, within: ast.expr, model: SemanticModel) -> Iterator[Part]:
    for part in _parts(expr, model):
        yield part._replace(within=within) if isinstance(part, Hole) and part.within is part.value else part


def _of_fstring(expr: ast.JoinedStr) -> Iterator[Part]:
    for value in expr.values:
        if isinstance(value, ast.Constant):
            yield Literal(str(value.value), value)
        elif isinstance(value, ast.FormattedValue):
            conversion = chr(value.conversion) if value.conversion > 0 else ""
            yield Hole(value.value, conversion, _spec(value.format_spec), expr)


def _spec(spec: ast.expr | None) -> str:
    if not isinstance(spec, ast.JoinedStr) or not spec.values:
        return ""
    texts = [each.value for each in spec.values if isinstance(each, ast.Constant)]
    return "".join(map(str, texts)) if len(texts) == len(spec.values) else "*"


def _of_percent(expr: ast.BinOp, model: SemanticModel) -> Iterator[Part]:
    """Yield the parts of `"..." % values`; when the values do not fit the text they are one hole."""
    template = constant_text(expr.left, model)
    matches = [] if template is None else list(_PERCENT.finditer(template))
    wanted = [match for match in matches if not match["percent"]]
    values = _percent_values(expr.right, wanted)
    if template is None or values is None:
        yield from _parts(expr.left, model)
        yield Hole(expr.right, "", "*", expr)
        return
    end = 0
    given = iter(values)
    for match in matches:
        yield Literal(template[end : match.start()], expr.left)
        end = match.end()
        if match["percent"]:
            yield Literal("%", expr.left)
            continue
        kind = match["type"]
        plain = not (match["flags"] or match["width"] or match["precision"]) and kind in "sra"
        spec = "" if plain else match[0].lstrip("%")
        yield Hole(next(given), kind if kind in "ra" else "", spec, expr)
    yield Literal(template[end:], expr.left)


def _percent_values(right: ast.expr, wanted: Sequence[re.Match[str]]) -> list[ast.expr] | None:
    if any("*" in (match["width"] or "", match["precision"] or "") for match in wanted):
        return None
    if isinstance(right, ast.Dict):
        by_key = {key.value: value for key, value in zip(right.keys, right.values, strict=True) if _is_text(key)}  # type: ignore[union-attr]
        keys = [match["key"] for match in wanted]
        return [by_key[key] for key in keys] if all(key in by_key for key in keys) else None
    if any(match["key"] is not None for match in wanted):
        return None
    values = right.elts if isinstance(right, ast.Tuple) else [right]
    starred = any(isinstance(value, ast.Starred) for value in values)
    return list(values) if len(values) == len(wanted) and not starred else None


def _is_text(expr: ast.expr | None) -> bool:
    return isinstance(expr, ast.Constant) and isinstance(expr.value, str)


def constant_text(expr: ast.expr, model: SemanticModel) -> str | None:
    """Return the text of a string literal, of a sum of literals, or of a name that always stands for such a text."""
    if isinstance(expr, ast.Constant) and isinstance(expr.value, str):
        return expr.value
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.Add):
        left, right = constant_text(expr.left, model), constant_text(expr.right, model)
        return None if left is None or right is None else left + right
    if isinstance(expr, (ast.Name, ast.Attribute)):
        single = model.single_of(expr)
        value = None if single is None or single.how not in (How.ASSIGNED, How.ANNOTATED) else single.value
        return None if value is None or isinstance(value, (ast.Name, ast.Attribute)) else constant_text(value, model)
    return None


def _of_call(call: ast.Call, model: SemanticModel) -> Iterator[Part]:
    func = call.func
    if isinstance(func, ast.Attribute):
        text = constant_text(func.value, model)
        if func.attr == "format" and text is not None:
            yield from _of_format(call, text, func.value)
            return
        if func.attr == "join" and text is not None and len(call.args) == 1:
            yield from _of_join(call, text, func.value, model)
            return
        if func.attr in _SAME_TEXT_METHODS and not call.args and _makes_string(func.value):
            yield from _parts(func.value, model)
            return
    if len(call.args) == 1 and not call.keywords and model.qualified_name(func) in _SAME_TEXT_FUNCTIONS:
        yield from _operand(call.args[0], call, model)
        return
    yield Hole(call, "", "", call)


def _makes_string(expr: ast.expr) -> bool:
    return isinstance(expr, (ast.Constant, ast.JoinedStr, ast.BinOp))


def _of_format(call: ast.Call, text: str, template: ast.expr) -> Iterator[Part]:
    by_name = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    found: list[Part] = []
    number = 0
    try:
        for literal, field, spec, conversion in string.Formatter().parse(text):
            found.append(Literal(literal, template))
            if field is None:
                continue
            name = field or str(number)
            number += not field
            value = by_name.get(name)
            if value is None and name.isdecimal() and int(name) < len(call.args):
                value = call.args[int(name)]
            if value is None or isinstance(value, ast.Starred):
                raise ValueError(name)
            found.append(Hole(value, conversion or "", spec or "", call))
    except ValueError:  # attribute or index look-ups, unpacked arguments, or a text that is no template
        found = [Literal(text, template), Hole(call, "", "*", call)]
    yield from found


def _of_join(call: ast.Call, separator: str, node: ast.expr, model: SemanticModel) -> Iterator[Part]:
    items = call.args[0]
    if not isinstance(items, (ast.List, ast.Tuple)) or any(isinstance(each, ast.Starred) for each in items.elts):
        yield Hole(call, "", "", call)
        return
    for index, item in enumerate(items.elts):
        if index:
            yield Literal(separator, node)
        yield from _operand(item, call, model)
