"""Pages: which parts of an answer's HTML hold input that nothing has escaped, and where in the page they stand."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.flow.input import input_in
from perffix.semantic.strings import Hole, Literal, build_of
from perffix.semantic.web.html_places import Kind, Place, places_in
from perffix.semantic.web.responses import is_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.flow.input import Origin
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.strings import Built, Part
    from perffix.semantic.web.responses import Answer

_DEPTH = 5
_MARKUP = ("markupsafe.Markup", "markupsafe.escape", "flask.Markup", "flask.escape", "jinja2.Markup", "jinja2.escape")
_PLAIN_METHODS = (
    "get", "getlist", "pop", "get_argument", "get_query_argument", "get_body_argument", "get_cookie", "strip", "lstrip",
    "rstrip", "lower", "upper", "title", "capitalize", "casefold", "replace", "removeprefix", "removesuffix", "decode",
    "split", "partition", "get_param", "get_header", "json", "text", "form", "post", "get_json",
)  # fmt: skip
_FORMATS = ("django.utils.html.format_html",)


class Exposed(NamedTuple):
    """Values of one text that hold input.

    Attributes:
        node: the expression to mark: the one that puts them in.
        holes: the values; those where escaping helps stand together, others alone.
        place: where in the page the first of them stands, None when that is not known.
        origin: where the input of the first one comes from.
        answer: the text they are in, and why it is HTML.
        is_written: the values are put in by this very expression, so that it can be rewritten.
    """

    node: ast.expr
    holes: tuple[Hole, ...]
    place: Place | None
    origin: Origin
    answer: Answer
    is_written: bool


def exposed_in(answer: Answer, model: SemanticModel) -> list[Exposed]:
    """Return the values in an answer's text that come from a client and are not escaped."""
    if isinstance(answer.body, ast.Constant) or is_markup(answer.body, model):
        return []
    whole = input_in(answer.body, model, "html", remote=True)
    if whole is None or not whole.remote:
        return []
    built = _text_made_by(answer.body, model)
    if built is None:
        return _of_whole(answer, whole, model)
    found = _of_holes(answer, built, model)
    return found or _of_whole(answer, whole, model)


def _of_whole(answer: Answer, origin: Origin, model: SemanticModel) -> list[Exposed]:
    """Return the finding for a text that is input itself, or that a function puts together elsewhere."""
    hole = Hole(answer.body, "", "", answer.body)
    is_input = is_plain_value(answer.body, model)
    place = Place(Kind.TEXT) if is_input and is_text(answer.body, model) else None
    return [Exposed(answer.body, (hole,), place, origin, answer, is_input)]


def _of_holes(answer: Answer, built: Built, model: SemanticModel) -> list[Exposed]:
    parts = list(_flat(built, model, _DEPTH))
    texts = [part.text if isinstance(part, Literal) else None for part in parts]
    places = zip((part for part in parts if isinstance(part, Hole)), places_in(texts), strict=True)
    escapable: dict[ast.expr, list[tuple[Hole, Place, Origin]]] = {}
    found: list[Exposed] = []
    for hole, place in places:
        origin = input_in(hole.value, model, "html", remote=True)
        if origin is None or not origin.remote or is_markup(hole.value, model) or _escapes(hole.within, model):
            continue
        if not is_plain_value(hole.value, model):
            found.append(Exposed(hole.within, (hole,), None, origin, answer, is_written=False))
        elif place.is_escapable:
            escapable.setdefault(_outermost(hole.within, model), []).append((hole, place, origin))
        else:
            found.append(Exposed(hole.within, (hole,), place, origin, answer, is_written=True))
    for node, together in escapable.items():
        holes = tuple(dict.fromkeys(each[0] for each in together))
        is_written = answer.name not in _FORMATS
        found.append(Exposed(node, holes, together[0][1], together[0][2], answer, is_written))
    return found


def _flat(built: Built, model: SemanticModel, depth: int) -> Iterator[Part]:
    """Yield the parts of a text, with those of texts that are put into it in their place."""
    for part in built.parts:
        inner = None
        if isinstance(part, Hole) and depth and not (part.conversion or part.spec) and part.value is not built.root:
            inner = _text_made_by(part.value, model)
        if inner is None:
            yield part
        else:
            yield from _flat(inner, model, depth - 1)


def _text_made_by(expr: ast.expr, model: SemanticModel) -> Built | None:
    """Return how a text is put together; of `"".join(f"<li>{x}</li>" for x in xs)`, how one of its items is."""
    built = build_of(expr, model)
    if built is not None:
        return built
    binding = model.binding_of(expr) if isinstance(expr, ast.Name) else None
    if binding is not None and binding.single is not None and binding.single.value is not None:
        expr = binding.single.value
    if not isinstance(expr, ast.Call) or not isinstance(expr.func, ast.Attribute):
        return None
    items = expr.args[0] if expr.func.attr == "join" and len(expr.args) == 1 else None
    known = isinstance(expr.func.value, ast.Constant) and isinstance(expr.func.value.value, str)
    if not known or not isinstance(items, (ast.GeneratorExp, ast.ListComp)):
        return None
    return build_of(items.elt, model)


def is_markup(expr: ast.expr, model: SemanticModel, depth: int = _DEPTH) -> bool:
    """Tell whether an expression is Markup, which escapes all that is put into it: `Markup("<b>{}</b>").format(x)`."""
    if depth == 0:
        return False
    if isinstance(expr, ast.BinOp):
        sides = [expr.left, expr.right] if isinstance(expr.op, ast.Add) else [expr.left]
        return any(is_markup(each, model, depth - 1) for each in sides)
    if isinstance(expr, ast.Call):
        if model.qualified_name(expr.func) in _MARKUP:
            return True
        return isinstance(expr.func, ast.Attribute) and is_markup(expr.func.value, model, depth - 1)
    single = model.single_of(expr)
    return single is not None and single.value is not None and is_markup(single.value, model, depth - 1)


def _escapes(within: ast.expr, model: SemanticModel) -> bool:
    """Tell whether the expression that puts a value into a text escapes it, because that text is Markup."""
    if isinstance(within, ast.Call) and isinstance(within.func, ast.Attribute):
        return is_markup(within.func.value, model)
    return isinstance(within, ast.BinOp) and is_markup(within, model)


def is_plain_value(expr: ast.expr, model: SemanticModel, depth: int = _DEPTH) -> bool:
    """Tell whether a value holds no HTML of the program's own: a field of a request, a parameter, a part of them."""
    if depth == 0:
        return False
    if isinstance(expr, ast.Constant):
        return not (isinstance(expr.value, str) and "<" in expr.value)
    if isinstance(expr, ast.Name):
        binding = model.binding_of(expr)
        values = [] if binding is None else [each.value for each in binding.assignments if each.value is not None]
        return binding is not None and all(is_plain_value(each, model, depth - 1) for each in values)
    if isinstance(expr, (ast.Attribute, ast.Subscript)):
        return True
    if isinstance(expr, ast.Await):
        return is_plain_value(expr.value, model, depth)
    if isinstance(expr, ast.BoolOp):
        return all(is_plain_value(each, model, depth - 1) for each in expr.values)
    if isinstance(expr, ast.IfExp):
        return is_plain_value(expr.body, model, depth - 1) and is_plain_value(expr.orelse, model, depth - 1)
    if (
        not isinstance(expr, ast.Call)
        or not isinstance(expr.func, ast.Attribute)
        or expr.func.attr not in _PLAIN_METHODS
    ):
        return False
    return all(is_plain_value(each, model, depth - 1) for each in (expr.func.value, *expr.args))


def _outermost(expr: ast.expr, model: SemanticModel) -> ast.expr:
    """Return the whole sum of strings that an expression is an operand of."""
    parent = model.parent(expr)
    while isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Add):
        expr, parent = parent, model.parent(parent)
    return expr
