"""What stands in the place of a value in a statement's text, and the code of the parameter that carries it."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from perffix.rewrites.sql_literals import SpellingError
from perffix.semantic.scopes import How
from perffix.semantic.sql.statement import Role

if TYPE_CHECKING:
    from perffix.rewrites.sql_literals import Spelling
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Binding
    from perffix.semantic.sql.drivers import Driver
    from perffix.semantic.sql.injection import Exposed
    from perffix.semantic.sql.texts import Region
    from perffix.semantic.strings import Hole

_BEFORE_LIST = re.compile(r"(?P<not>\bnot\s+)?\bin\s*\(?\s*'?\Z", re.IGNORECASE)
_AFTER_LIST = re.compile(r"\A'?\s*\)?")
# Classes that every driver takes as they are.
_BINDABLE = ("str", "int", "float", "bool", "bytes", "datetime.date", "datetime.datetime", "datetime.time")
# Words of Oracle that no parameter may be called.
RESERVED_IN_ORACLE = (
    *("access", "by", "comment", "date", "file", "group", "level", "mode", "number", "option", "order", "size"),
    *("start", "table", "type", "uid", "user", "values"),
)


class Parameter(NamedTuple):
    """A value that becomes a parameter.

    Attributes:
        code: the source of the value; of a list, of the whole list.
        start: where the part of the region's text begins that the placeholder replaces.
        end: where it ends.
        name: what to call it, where placeholders have names.
        kind: "value"; of lists "spread" (one placeholder each), "array" (`= ANY`), "whole" (`IN %s`) or "bind".
        negated: of a list, whether `NOT` stands before the `IN`.
        bare: of a list, whether the parentheses are part of the hole.
        marks: the expression that joined the list elsewhere, to be replaced by one that makes placeholders.
        variable: the variable for that, which the text then still puts in.
        is_list: of a list, whether it surely is a list or tuple, which can be passed as it is.
        value: the expression of the program behind it.
    """

    code: str
    start: int
    end: int
    name: str
    value: ast.expr
    kind: str = "value"
    negated: bool = False
    bare: bool = False
    marks: ast.expr | None = None
    variable: Binding | None = None
    is_list: bool = False


def parameter_for(
    exposed: Exposed, region: Region, spelling: Spelling, driver: Driver, model: SemanticModel
) -> Parameter:
    """Return the parameter for an exposed value; raises `SpellingError` where that is not certain."""
    if exposed.start < 0:
        raise SpellingError
    if exposed.place.role is Role.LIST or _list_in(exposed.hole.value, model) is not None:
        return _list_parameter(exposed, region, spelling, driver, model)
    hole = exposed.hole
    source = _source_of(hole, region, spelling)
    name = name_for(hole.value)
    if exposed.place.role is Role.VALUE:
        code = _plain_value(exposed, source, model)
    elif exposed.place.role is Role.QUOTED:
        code = _quoted_value(exposed, region, spelling, driver, model)
    else:
        raise SpellingError
    return Parameter(code, exposed.start, exposed.end, name, hole.value)


def _source_of(hole: Hole, region: Region, spelling: Spelling) -> str:
    index = next(number for number, each in enumerate(region.holes) if each is hole)
    source = spelling.values[index]
    return ast.unparse(hole.value) if "\n" in source else source


def _type_name(expr: ast.expr, model: SemanticModel) -> str | None:
    known = model.type_of(expr)
    return None if known is None or known.optional else known.name


def _plain_value(exposed: Exposed, source: str, model: SemanticModel) -> str:
    """Return the parameter for a value that stands in the text without quotes."""
    hole, value = exposed.hole, exposed.hole.value
    is_number = _type_name(value, model) in ("int", "bool")
    if hole.conversion == "r" and _type_name(value, model) != "str":
        raise SpellingError
    if hole.conversion == "a" or hole.spec not in ("", "d", "s"):
        raise SpellingError
    if hole.spec == "d":
        return source if is_number else f"int({source})"
    inner = _without_str(value, source, model)
    if exposed.place.counts and not is_number:
        return f"int({inner})"
    return inner


def _without_str(value: ast.expr, source: str, model: SemanticModel) -> str:
    """Return the source without a call of `str` that only served to put the value into the text."""
    if isinstance(value, ast.Call) and model.names.is_builtin(value.func, "str") and len(value.args) == 1:
        return ast.unparse(value.args[0])
    return source


def _quoted_value(exposed: Exposed, region: Region, spelling: Spelling, driver: Driver, model: SemanticModel) -> str:
    """Return the parameter for everything between two quotes, wildcards and other literal text included."""
    inside = _marks_between(exposed, region, spelling)
    quoted = exposed.place.quoted
    if quoted.count("\0") != len(inside):
        raise SpellingError
    if quoted == "\0" and not inside[0][0].spec:
        return _whole_text(inside[0][0], inside[0][1], driver, model)
    sources = [source for _, source in inside]
    quote = "'" if any('"' in source for source in sources) or '"' in quoted else '"'
    if quote in "".join(sources) + quoted or any(sign in quoted or sign in "".join(sources) for sign in ("\\", "\n")):
        raise SpellingError
    marks = iter(inside)
    text = "".join(_field(*next(marks)) if sign == "\0" else _in_f_string(sign) for sign in quoted)
    return f"f{quote}{text}{quote}"


def _in_f_string(sign: str) -> str:
    return sign * 2 if sign in "{}" else sign


def _whole_text(hole: Hole, source: str, driver: Driver, model: SemanticModel) -> str:
    """Return the parameter for a quoted text that is nothing but one value."""
    if hole.conversion in ("r", "a"):
        return f"{'repr' if hole.conversion == 'r' else 'ascii'}({source})"
    known = _type_name(hole.value, model)
    if hole.conversion == "s" or (known is not None and known not in _BINDABLE and driver.style == "qmark"):
        return source if known == "str" else f"str({source})"
    return source


def _field(hole: Hole, source: str) -> str:
    if hole.spec == "*" or "{" in hole.spec:
        raise SpellingError
    if source.startswith("{") or isinstance(hole.value, (ast.Lambda, ast.IfExp, ast.NamedExpr)):
        source = f"({source})"
    conversion = f"!{hole.conversion}" if hole.conversion else ""
    return "{" + source + conversion + (f":{hole.spec}" if hole.spec else "") + "}"


def _marks_between(exposed: Exposed, region: Region, spelling: Spelling) -> list[tuple[Hole, str]]:
    """Return the holes between the quotes around an exposed one, with the sources of their values."""
    offsets = [offset for offset, sign in enumerate(region.text) if sign == "\0"]
    return [
        (hole, ast.unparse(hole.value) if "\n" in source else source)
        for hole, offset, source in zip(region.holes, offsets, spelling.values, strict=True)
        if exposed.start < offset < exposed.end
    ]


def name_for(value: ast.expr) -> str:
    """Return what to call a value: its variable, attribute, key or function."""
    name = "value"
    if isinstance(value, ast.Call):
        called = value.func
        keyed = value.args and isinstance(value.args[0], ast.Constant) and isinstance(value.args[0].value, str)
        if keyed and isinstance(called, ast.Attribute) and called.attr in ("get", "pop"):
            name = str(value.args[0].value)  # type: ignore[attr-defined]
        elif value.args and isinstance(called, ast.Name) and called.id in ("str", "repr", "tuple", "list"):
            return name_for(value.args[0])
        elif isinstance(called, ast.Attribute):
            return name_for(called.value) if called.attr in ("strip", "lower", "upper", "replace") else called.attr
    elif isinstance(value, ast.Name):
        name = value.id
    elif isinstance(value, ast.Attribute):
        name = value.attr
    elif isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Constant):
        name = str(value.slice.value)
    name = re.sub(r"\W", "_", name).strip("_")
    if not name or not name.isascii() or not name[0].isalpha():
        return "value"
    return name


# Lists


class _List(NamedTuple):
    """A list that is put into a text: its source, the expression that joins it, and the variable for the result."""

    code: str
    whole: bool  # parentheses and commas are part of it
    quoted: bool  # the outermost quotes stand in the text around it
    value: ast.expr
    marks: ast.expr | None = None
    variable: Binding | None = None


def _list_in(expr: ast.expr, model: SemanticModel) -> _List | None:
    """Return the list whose elements an expression joins with commas, or whose tuple it shows."""
    binding = model.binding_of(expr) if isinstance(expr, ast.Name) else None
    single = None if binding is None else binding.single
    if binding is not None and single is not None and single.how is How.ASSIGNED and single.value is not None:
        found = _list_made_by(single.value, model)
        if found is None or not binding.is_local or not isinstance(single.value, ast.Call):
            return found
        joins = isinstance(single.value.func, ast.Attribute) and single.value.func.attr == "join"
        return found._replace(marks=single.value, variable=binding) if joins else None
    return _list_made_by(expr, model)


def _list_made_by(expr: ast.expr, model: SemanticModel) -> _List | None:
    if not isinstance(expr, ast.Call):
        return None
    func = expr.func
    if isinstance(func, ast.Attribute) and func.attr == "join" and len(expr.args) == 1:
        separator = func.value.value if isinstance(func.value, ast.Constant) else None
        if not isinstance(separator, str):
            return None
        stripped = separator.replace(" ", "")
        code = _elements(expr.args[0], model)
        if code is None or stripped not in (",", "','"):
            return None
        return _List(code, False, stripped == "','", expr.args[0])
    if model.names.is_builtin(func, "tuple") and len(expr.args) == 1 and not expr.keywords:
        code = _elements(expr.args[0], model)
        return None if code is None else _List(code, True, False, expr.args[0])
    return None


def _elements(items: ast.expr, model: SemanticModel) -> str | None:
    """Return the source of the list of values behind the texts that are joined, None when it cannot be told."""
    if isinstance(items, ast.Call) and model.names.is_builtin(items.func, "map") and len(items.args) == 2:
        plain = model.names.is_builtin(items.args[0], "str", "repr")
        return _elements(items.args[1], model) if plain else None
    if isinstance(items, (ast.ListComp, ast.GeneratorExp)):
        return _comprehended(items, model)
    known = model.type_of(items)
    if known is not None and known.name not in (
        "list",
        "tuple",
        "set",
        "frozenset",
        "dict",
        "collections.abc.Sequence",
    ):
        return None
    return ast.unparse(items) if isinstance(items, (ast.Name, ast.Attribute)) else None


def _comprehended(items: ast.ListComp | ast.GeneratorExp, model: SemanticModel) -> str | None:
    first, *more = items.generators
    if more or first.is_async or _elements(first.iter, model) is None:
        return None
    core = _unquoted(items.elt, model)
    if core is None:
        return None
    target, source = ast.unparse(first.target), ast.unparse(first.iter)
    if ast.unparse(core) == target and not first.ifs:
        return source
    conditions = "".join(f" if {ast.unparse(each)}" for each in first.ifs)
    return f"[{ast.unparse(core)} for {target} in {source}{conditions}]"


def _unquoted(element: ast.expr, model: SemanticModel) -> ast.expr | None:
    """Return the value that an element of the joined texts shows, quotes around it left out."""
    from perffix.semantic.strings import Hole, parts_of

    if isinstance(element, ast.Call) and len(element.args) == 1 and not element.keywords:
        if model.names.is_builtin(element.func, "str", "repr"):
            return element.args[0]
        return None
    parts = [part for part in parts_of(element, model) if isinstance(part, Hole) or part.text]
    holes = [part for part in parts if isinstance(part, Hole)]
    text = "".join("\0" if isinstance(part, Hole) else part.text for part in parts)
    if len(holes) != 1 or text not in ("\0", "'\0'", '"\0"') or holes[0].spec:
        return None
    if holes[0].conversion not in ("", "s", "r"):
        return None
    return holes[0].value if isinstance(holes[0].value, (ast.Name, ast.Attribute, ast.Subscript)) else None


def _list_parameter(
    exposed: Exposed, region: Region, spelling: Spelling, driver: Driver, model: SemanticModel
) -> Parameter:
    """Return the parameter for the values of an IN list."""
    found = _list_in(exposed.hole.value, model)
    hole, place = exposed.hole, exposed.place
    quoted = place.role is Role.QUOTED
    if found is None or hole.conversion or hole.spec or found.quoted is not quoted or found.whole is not place.bare:
        raise SpellingError
    if quoted and place.quoted != "\0":
        raise SpellingError
    offset = exposed.start + quoted
    text = region.text
    before, after = _BEFORE_LIST.search(text[:offset]), _AFTER_LIST.search(text[offset + 1 :])
    if before is None or after is None or ("(" in before[0]) is place.bare or (")" in after[0]) is place.bare:
        raise SpellingError
    kind = {"expand": "spread", "array": "array", "whole": "whole", "bind": "bind"}.get(driver.lists)
    if kind is None:
        raise SpellingError
    name = name_for(found.value if isinstance(found.value, (ast.Name, ast.Attribute)) else hole.value)
    code = found.code
    if kind in ("array", "whole") and not code.startswith("[") and not _known_list(found.value, model):
        code = f"list({code})"
    if kind == "spread":
        if "[" in code and " if " in code:
            raise SpellingError  # the number of placeholders is not that of the list
        start, end = exposed.start, exposed.end
    else:
        start = before.start() + (0 if kind == "array" else len(re.match(r"(?i)(not\s+)?in\s*", before[0])[0]))  # type: ignore[index]
        end = offset + 1 + after.end()
    keeps = kind == "spread" and found.marks is not None
    return Parameter(
        code,
        start,
        end,
        name,
        found.value,
        kind,
        negated=before["not"] is not None,
        bare=place.bare,
        marks=found.marks if keeps else None,
        variable=found.variable,
        is_list=code.startswith("[") or _known_list(found.value, model, "tuple"),
    )


def _known_list(items: ast.expr, model: SemanticModel, *further: str) -> bool:
    """Tell whether what is joined is known to be a list, or of a further class."""
    if isinstance(items, ast.Call) and len(items.args) == 2:
        items = items.args[1]  # map(str, items)
    elif isinstance(items, (ast.ListComp, ast.GeneratorExp)):
        items = items.generators[0].iter
    return _type_name(items, model) in ("list", *further)
