"""How values are escaped where they are put into HTML."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.model import Applicability, Code, Fix, NodeRef, Replace, Span
from perffix.rewrites.fstring_fields import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.model import Edit, Import
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.strings import Hole

_MARKUPSAFE = ("markupsafe", "escape")
_DJANGO = ("django.utils.html", "escape")
_STANDARD = ("html", "escape")
_KNOWN = (_MARKUPSAFE, ("flask", "escape"), _DJANGO, ("django.utils.html", "conditional_escape"), _STANDARD)
_TIGHT = (ast.Name, ast.Attribute, ast.Subscript, ast.Call)


class _Escape(NamedTuple):
    """A function that escapes: how it is written, and what it takes and gives.

    Attributes:
        text: the expression.
        adds: the imports it needs.
        takes_text_only: it fails for anything but a text.
        gives_markup: what it gives escapes all that is added to it with `+`.
    """

    text: str
    adds: tuple[Import, ...]
    takes_text_only: bool
    gives_markup: bool


def escaped(holes: Sequence[Hole], model: SemanticModel) -> Fix | None:
    """Return the fix that escapes values where they are put into HTML; None where that cannot be written."""
    escape = _escape_at(holes[0].within, model)
    if escape is None or any(hole.conversion or hole.spec for hole in holes):
        return None
    edits: list[Edit] = []
    strings: dict[ast.JoinedStr, list[Hole]] = {}
    for hole in holes:
        if isinstance(hole.within, ast.JoinedStr):
            strings.setdefault(hole.within, []).append(hole)
        else:
            source = "$value" if not escape.takes_text_only or _is_text(hole.value, model) else "str($value)"
            text = f"{escape.text}({source})"
            if escape.gives_markup and isinstance(hole.within, ast.BinOp) and isinstance(hole.within.op, ast.Add):
                text = f"str({text})"
            edits.append(Replace(NodeRef.of(hole.value), Code(text, {"value": NodeRef.of(hole.value)})))
    for string, inside in strings.items():
        edit = _in_string(string, inside, escape, model)
        if edit is None:
            return None
        edits.append(edit)
    what = "the value" if len(holes) == 1 else "the values"
    return Fix(Applicability.UNSAFE, f"Escape {what}", tuple(edits), escape.adds)


def as_arguments(call: ast.Call, holes: Sequence[Hole], model: SemanticModel) -> Fix | None:
    """Return the fix that hands the values of `format_html(f"<b>{x}</b>")` over as arguments, which it escapes."""
    string = call.args[0] if call.args else None
    if not isinstance(string, ast.JoinedStr) or len(call.args) != 1 or call.keywords:
        return None
    source = model.source.segment(Span.of(string))
    reading = read(source)
    if reading is None or len(reading.fields) != len(holes) or any(hole.conversion or hole.spec for hole in holes):
        return None
    if "{{" in source or "}}" in source or source[0] not in "fF" or len(string.values) < len(holes) or reading.lines:
        return None
    if source.count(source[-1]) != 2:
        return None  # several literals, or one in triple quotes
    values = [source[field.start : field.end].strip() for field in reading.fields]
    template = reading.written([""] * len(values), 0)[1:]
    text = ", ".join([template, *values]).replace("$", "$$")
    code = Code(f"$function({text})", {"function": NodeRef.of(call.func)})
    edit = Replace(NodeRef.of(call), code)
    return Fix(Applicability.UNSAFE, "Hand the values over as arguments, which are escaped", (edit,))


def _escape_at(place: ast.expr, model: SemanticModel) -> _Escape | None:
    """Return the escape function that the module has, else the one that fits its framework."""
    for module, name in _KNOWN:
        spelling = model.imports.spelling_of(module, name, place)
        if spelling is not None and spelling.adds is None and (module != "flask" or spelling.text == "escape"):
            # Flask has had no such function since its version 3: only who imports it has an older one.
            return _Escape(spelling.text, (), module == "html", module in ("markupsafe", "flask"))
    packages = model.imports.packages
    wanted = _STANDARD
    if packages & {"flask", "quart", "markupsafe", "jinja2"}:
        wanted = _MARKUPSAFE
    elif packages & {"django", "rest_framework"}:
        wanted = _DJANGO
    spelling = model.imports.spelling_of(*wanted, place)
    if spelling is None:
        return None
    adds = () if spelling.adds is None else (spelling.adds,)
    return _Escape(spelling.text, adds, wanted is _STANDARD, wanted is _MARKUPSAFE)


def _is_text(expr: ast.expr, model: SemanticModel) -> bool:
    known = model.type_of(expr)
    return known is not None and known.name == "str" and not known.optional


def _in_string(string: ast.JoinedStr, holes: Sequence[Hole], escape: _Escape, model: SemanticModel) -> Replace | None:
    """Return the edit that escapes values inside of an f-string; its text else stays as it is written."""
    source = model.source.segment(Span.of(string))
    reading = read(source)
    values = [each.value for each in string.values if isinstance(each, ast.FormattedValue)]
    if reading is None or len(reading.fields) != len(values):
        return None
    texts: list[str | None] = []
    wanted = {hole.value for hole in holes}
    for field, value in zip(reading.fields, values, strict=True):
        expression = source[field.start : field.end].strip()
        if value not in wanted:
            texts.append(None)
            continue
        if not expression or source[field.end] == "=" or expression.endswith("="):
            return None
        inner = f"str({expression})" if escape.takes_text_only and not _is_text(value, model) else expression
        texts.append(f"{escape.text}({inner})")
    text = reading.written(texts, model.statement_of(string).col_offset)
    return Replace(NodeRef.of(string), Code(text.replace("$", "$$")))
