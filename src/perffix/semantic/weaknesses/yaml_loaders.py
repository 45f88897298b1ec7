"""YAML loaders of PyYAML: which calls load a text, and what the loader may be made to do by it."""

from __future__ import annotations

import ast
import enum
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.arguments import argument_of, unpacks
from perffix.semantic.flow.closed import is_closed
from perffix.semantic.scopes import How

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Assignment


class Power(enum.Enum):
    """What a text may make a loader do, least first."""

    PLAIN = "builds plain data"
    NAMES = "looks up any function or class that the program has imported"
    CODE = "calls any function with any arguments"
    UNSAID = "is not named"


_POWERS = {
    "BaseLoader": Power.PLAIN,
    "CBaseLoader": Power.PLAIN,
    "SafeLoader": Power.PLAIN,
    "CSafeLoader": Power.PLAIN,
    "FullLoader": Power.NAMES,
    "CFullLoader": Power.NAMES,
    "Loader": Power.CODE,
    "CLoader": Power.CODE,
    "UnsafeLoader": Power.CODE,
    "CUnsafeLoader": Power.CODE,
}
_MODULES = ("yaml", "yaml.loader", "yaml.cyaml")
_FUNCTIONS = {
    "yaml.full_load": Power.NAMES,
    "yaml.full_load_all": Power.NAMES,
    "yaml.unsafe_load": Power.CODE,
    "yaml.unsafe_load_all": Power.CODE,
}
_ORDER = list(Power)
_DEPTH = 5


class Loading(NamedTuple):
    """A call that loads YAML.

    Attributes:
        power: what the text may make it do.
        loader: the argument that names the loader, None when there is none.
        stream: the text or file.
        several: it loads several documents.
    """

    power: Power
    loader: ast.expr | None
    stream: ast.expr
    several: bool


def loading_of(call: ast.Call, model: SemanticModel) -> Loading | None:
    """Return what a call of PyYAML loads and how; None for all other calls and for loaders that are not known."""
    name = model.qualified_name(call.func) or ""
    if unpacks(call):
        return None
    stream = argument_of(call, "stream", 0)
    if stream is None or is_closed(stream, model):
        return None
    if name in _FUNCTIONS:
        return Loading(_FUNCTIONS[name], None, stream, name.endswith("_all"))
    if name not in ("yaml.load", "yaml.load_all"):
        return None
    loader = argument_of(call, "Loader", 1)
    power = Power.UNSAID if loader is None else power_of(loader, model)
    return None if power is None else Loading(power, loader, stream, name.endswith("_all"))


def writes_tags(model: SemanticModel) -> bool:
    """Tell whether the module writes files by `yaml.dump`, which marks tuples and objects for Python alone."""
    for call in model.every(ast.Call):
        if model.qualified_name(call.func) in ("yaml.dump", "yaml.dump_all") and argument_of(call, "stream", 1):
            dumper = argument_of(call, "Dumper", 2)
            if dumper is None or not (model.qualified_name(dumper) or "").endswith("SafeDumper"):
                return True
    return False


def power_of(loader: ast.expr, model: SemanticModel, depth: int = _DEPTH) -> Power | None:
    """Return what the most powerful loader that an expression may stand for can be made to do, None if unknown."""
    if depth == 0:
        return None
    name = model.qualified_name(loader)
    if name is not None:
        return _power_of_name(name)
    if isinstance(loader, ast.Call) and model.names.is_builtin(loader.func, "getattr") and len(loader.args) == 3:
        module, attribute, default = loader.args
        if model.qualified_name(module) == "yaml" and isinstance(attribute, ast.Constant):
            return _most([_POWERS.get(str(attribute.value)), power_of(default, model, depth - 1)])
    binding = model.binding_of(loader)
    if binding is None:
        return None
    return _most([_power_of_assignment(each, model, depth) for each in binding.assignments])


def _power_of_name(name: str) -> Power | None:
    module, _, cls = name.rpartition(".")
    return _POWERS.get(cls) if module in _MODULES else None


def _power_of_assignment(assignment: Assignment, model: SemanticModel, depth: int) -> Power | None:
    node, statement = assignment.node, assignment.statement
    if assignment.how is How.IMPORTED and isinstance(node, ast.alias) and isinstance(statement, ast.ImportFrom):
        return None if statement.level else _power_of_name(f"{statement.module}.{node.name}")
    if assignment.how is How.DEFINED and isinstance(node, ast.ClassDef):
        known = [power_of(base, model, depth - 1) for base in node.bases]
        return _most(known) if known else None
    if assignment.how in (How.ASSIGNED, How.ANNOTATED) and assignment.value is not None:
        return power_of(assignment.value, model, depth - 1)
    return None


def _most(known: list[Power | None]) -> Power | None:
    powers = [each for each in known if each is not None]
    return max(powers, key=_ORDER.index) if powers and len(powers) == len(known) else None
