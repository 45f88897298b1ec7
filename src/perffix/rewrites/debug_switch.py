"""How a switch for debugging is left to the environment."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Fix, NodeRef, Replace, SetArgument
from perffix.semantic.web.debugging import lookup_that_is_always_true
from perffix.semantic.web.objects import made_by

if TYPE_CHECKING:
    from perffix.model import Import
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.web.debugging import Switch

_ENVIRONMENTS = ("environ.Env", "environ.FileAwareEnv", "environs.Env")
_YES = '.lower() in ("1", "true", "yes", "on")'


def without_debugging(node: ast.Call | ast.stmt, switch: Switch, model: SemanticModel) -> Fix | None:
    """Return the fix that takes a switch away, or reads it from the environment where one must stand; else None."""
    if isinstance(node, ast.Call):
        return _without_argument(node, switch)
    target = node.targets[0] if isinstance(node, ast.Assign) else None
    if isinstance(target, ast.Name) or isinstance(node, ast.AnnAssign):
        return _of_setting(node, switch, model)
    if len(model.block_of(node)) < 2 or not isinstance(node, ast.Assign) or len(node.targets) > 1:
        return None
    return Fix(Applicability.UNSAFE, "Leave debugging off", (Replace(NodeRef.of(node), Code("")),))


def _without_argument(call: ast.Call, switch: Switch) -> Fix:
    where = f"leave it to {switch.variable}" if switch.variable else "leave debugging off"
    if switch.opens.name == "RELOAD":
        where = "leave reloading to the command line of developers"
    if switch.keyword is None:
        return Fix(Applicability.UNSAFE, f"Pass None and {where}", (Replace(NodeRef.of(switch.value), Code("None")),))
    edit = SetArgument(NodeRef.of(call), switch.keyword, Code(""))
    return Fix(Applicability.UNSAFE, f"Drop the argument and {where}", (edit,))


def _of_setting(node: ast.stmt, switch: Switch, model: SemanticModel) -> Fix | None:
    """Return the fix for `DEBUG = True`: off in a class for production, else read from the environment."""
    value = switch.value
    if isinstance(model.parent(node), ast.ClassDef):
        return Fix(Applicability.UNSAFE, "Switch debugging off", (Replace(NodeRef.of(value), Code("False")),))
    lookup = lookup_that_is_always_true(value, model)
    if lookup is not None:
        pieces: dict[str, NodeRef | str] = {"get": NodeRef.of(lookup.func), "name": NodeRef.of(lookup.args[0])}
        code = Code(f'$get($name, ""){_YES}', pieces)
        return Fix(Applicability.UNSAFE, "Compare the text of the variable", (Replace(NodeRef.of(value), code),))
    reader = _reader(node, model)
    if reader is None:
        return None
    text, adds = reader
    edit = Replace(NodeRef.of(value), Code(text))
    return Fix(Applicability.UNSAFE, "Read DEBUG from the environment, off by default", (edit,), adds)


def _reader(node: ast.stmt, model: SemanticModel) -> tuple[str, tuple[Import, ...]] | None:
    """Return the expression that reads a flag in the way the module reads its settings, and what it imports."""
    config = model.imports.spelling_of("decouple", "config", node)
    if config is not None and config.adds is None:
        return f'{config.text}("DEBUG", default=False, cast=bool)', ()
    for binding in model.scopes.bindings_of_module():
        single = binding.single
        if single is None or not isinstance(single.value, ast.Call) or single.value.lineno >= node.lineno:
            continue
        maker = made_by(single.value, model)
        if maker is not None and model.qualified_name(maker.func) in _ENVIRONMENTS:
            return f'{binding.name}.bool("DEBUG", default=False)', ()
    environ = model.imports.spelling_of("os", "environ", node)
    if environ is not None and environ.adds is None:
        return f'{environ.text}.get("DEBUG", ""){_YES}', ()
    module = model.imports.spelling_of("os", None, node)
    if module is None:
        return None
    adds = () if module.adds is None else (module.adds,)
    return f'{module.text}.environ.get("DEBUG", ""){_YES}', adds
