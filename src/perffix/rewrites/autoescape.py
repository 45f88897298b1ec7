"""How a template engine is made to escape what it writes into HTML."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Fix, NodeRef, Replace, SetArgument
from perffix.semantic.web.escaping import DEFAULT_ENDINGS

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.web.escaping import Unescaped


def escaping_call(call: ast.Call, found: Unescaped, model: SemanticModel) -> Fix | None:
    """Return the fix for a call that makes an engine or a template; None where it takes a person."""
    if not found.pages:
        edit = SetArgument(NodeRef.of(call), "autoescape", Code(""))
        return Fix(Applicability.UNSAFE, "Leave escaping on, as it is by default", (edit,))
    if found.endings is not None:
        return _with_endings(found)
    name = model.qualified_name(call.func) or ""
    if name.endswith(".Template"):
        edit = SetArgument(NodeRef.of(call), "autoescape", Code("True"))
        return Fix(Applicability.UNSAFE, "Escape the values of the template", (edit,))
    selector = model.imports.spelling_of("jinja2", "select_autoescape", call)
    if selector is None:
        return None
    further = _further_endings(found)
    endings = ", ".join(f'"{ending}"' for ending in (*DEFAULT_ENDINGS, *further))
    text = f"{selector.text}([{endings}])" if further else f"{selector.text}()"
    edit = SetArgument(NodeRef.of(call), "autoescape", Code(text))
    adds = () if selector.adds is None else (selector.adds,)
    return Fix(Applicability.UNSAFE, "Escape in templates whose name says HTML", (edit,), adds)


def _further_endings(found: Unescaped) -> list[str]:
    """Return the endings of pages that the usual ones do not cover: `html.j2`."""
    covered = DEFAULT_ENDINGS if found.endings is None else found.endings.escaped
    endings: dict[str, None] = {}
    for page in found.pages:
        name = (page.name or "").lower()
        if name and not any(name.endswith(f".{each}") for each in covered):
            parts = name.rpartition("/")[2].split(".")
            start = next(index for index, part in enumerate(parts[1:], 1) if part in ("html", "htm", "xhtml"))
            endings[".".join(parts[start:])] = None
    return list(endings)


def _with_endings(found: Unescaped) -> Fix | None:
    endings = found.endings
    further = _further_endings(found)
    if endings is None or not isinstance(endings.node, (ast.List, ast.Tuple)) or not further or not endings.node.elts:
        return None
    pieces: dict[str, NodeRef | str] = {f"e{i}": NodeRef.of(each) for i, each in enumerate(endings.node.elts)}
    inner = ", ".join([*(f"${name}" for name in pieces), *(f'"{ending}"' for ending in further)])
    text = f"[{inner}]" if isinstance(endings.node, ast.List) else f"({inner})"
    edit = Replace(NodeRef.of(endings.node), Code(text, pieces))
    return Fix(Applicability.UNSAFE, "Add the ending of the page", (edit,))
