"""How values that stand in the text of a template become values that are handed over to it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Fix, NodeRef, Replace, SetArgument, Span
from perffix.rewrites.fstring_fields import read
from perffix.semantic.arguments import argument_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.model import Edit
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.web.template_texts import TemplateText

# Names that Jinja and Flask give to templates, and words of Jinja's language.
_TAKEN = frozenset(
    {"self", "loop", "range", "dict", "lipsum", "cycler", "joiner", "namespace", "config", "request", "session", "g"}
    | {"url_for", "get_flashed_messages", "true", "false", "none", "and", "or", "not", "in", "is", "if", "else", "for"}
    | {"caller", "varargs", "kwargs", "super", "source", "context"}
)


def handed_over(found: TemplateText, model: SemanticModel) -> Fix | None:
    """Return the fix that makes the text constant and hands its values over; None where that cannot be written."""
    string, taker = found.string, found.taker
    if string is None or taker is None or not found.holes or any(each.arg is None for each in taker.keywords):
        return None
    if any(hole.within is not string or hole.conversion or hole.spec for hole in found.holes):
        return None
    names = _names(found, taker)
    text = None if names is None else _constant(string, names, model)
    if names is None or text is None:
        return None
    edits: list[Edit] = [Replace(NodeRef.of(string), Code(text.replace("$", "$$")))]
    source = model.source.segment(Span.of(string))
    reading = read(source)
    fields = () if reading is None else reading.fields
    for name, field in dict(zip(names, fields, strict=True)).items():
        value = source[field.start : field.end].strip().replace("$", "$$")
        edits.append(SetArgument(NodeRef.of(taker), name, Code(value)))
    if found.name == "jinja2.Template" and "<" in text and argument_of(found.call, "autoescape") is None:
        edits.append(SetArgument(NodeRef.of(found.call), "autoescape", Code("True")))
    return Fix(Applicability.UNSAFE, "Hand the values over to a template whose text is constant", tuple(edits))


def _names(found: TemplateText, taker: ast.Call) -> list[str] | None:
    """Return a name for the value of each hole, the same for equal values."""
    known: dict[str, str] = {}
    given = {each.arg for each in taker.keywords}
    names: list[str] = []
    for hole in found.holes:
        key = ast.dump(hole.value)
        if key not in known:
            name = _name_of(hole.value)
            if name is None or name in _TAKEN or name in given or name in known.values():
                return None
            known[key] = name
        names.append(known[key])
    return names


def _name_of(value: ast.expr) -> str | None:
    """Return a name for a value: its own, that of the attribute, or the key by which it is looked up."""
    name: object = None
    if isinstance(value, ast.Name):
        name = value.id
    elif isinstance(value, ast.Attribute):
        name = value.attr
    elif isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Constant):
        name = value.slice.value
    elif (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr == "get"
        and value.args
    ):
        name = value.args[0].value if isinstance(value.args[0], ast.Constant) else None
    usable = isinstance(name, str) and name.isidentifier() and name.isascii() and not name.startswith("_")
    return name if usable and isinstance(name, str) else None


def _constant(string: ast.JoinedStr, names: Sequence[str], model: SemanticModel) -> str | None:
    """Return the text of an f-string as a plain literal with the template's own places for its values."""
    source = model.source.segment(Span.of(string))
    reading = read(source)
    if reading is None or len(reading.literals) != 1 or len(reading.fields) != len(names):
        return None
    prefix, quote = source[: source.index(source[-1])], source[-1]
    parts: list[str] = []
    position = len(prefix)
    for field, name in zip(reading.fields, names, strict=True):
        parts += [_undoubled(source[position : field.outer_start]), f"{{{{ {name} }}}}"]
        position = field.outer_end
    parts.append(_undoubled(source[position:]))
    text = "".join([prefix.replace("f", "").replace("F", ""), *parts])
    return text if quote in "\"'" else None


def _undoubled(text: str) -> str:
    return text.replace("{{", "{").replace("}}", "}")
