"""Who may import whom: the plan of the house, checked on the syntax trees of all its modules."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

import perffix

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(str(perffix.__file__)).parent

# Each layer with the layers that it may import besides itself. `perffix` itself, the version and the public
# functions, is for everybody.
LAYERS: dict[str, set[str]] = {}


def _layer(names: str, *below: str) -> None:
    allowed = {layer for name in below for layer in (name, *LAYERS[name])}
    for name in names.split():
        LAYERS[name] = allowed


_layer("model")
_layer("source", "model")
_layer("semantic", "source")
_layer("project", "semantic")
_layer("rewrites", "project")
_layer("rules", "rewrites")
_layer("suppression", "source")
_layer("settings_file")
_layer("config", "settings_file")
_layer("bridges", "rules")
_layer("fixing", "rules")
_layer("engine", "fixing", "suppression", "config", "bridges")
_layer("output", "engine")
_layer("evidence", "engine")
_layer("commands", "output", "evidence")
_layer("cli", "commands")
_layer("flake8_plugin", "cli")
_layer("__main__", "cli")
_layer("__init__", "output")

# Libraries with the layers that may import them.
LIBRARIES: dict[str, set[str]] = {
    "bandit": {"bridges"},
    "libcst": {"fixing"},
    "flake8": {"flake8_plugin"},
    "pathspec": {"engine"},
    "tomli": {"settings_file", "semantic"},
    "pyperf": {"evidence"},
}


class Import(NamedTuple):
    line: int
    module: str
    for_types_only: bool


def imports(tree: ast.AST, package: str, for_types_only: bool = False) -> Iterator[Import]:
    """Yield all imports in a tree, those inside functions too, as names of modules."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            for child in node.body:
                yield from imports(ast.Module([child], []), package, True)
            for child in node.orelse:
                yield from imports(ast.Module([child], []), package, for_types_only)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(node.lineno, alias.name, for_types_only)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, *filter(None, [node.module])])
            if base in ("perffix", "perffix.commands", "perffix.rules"):
                for alias in node.names:
                    yield Import(node.lineno, f"{base}.{alias.name}", for_types_only)
            else:
                yield Import(node.lineno, base, for_types_only)
        else:
            yield from imports(node, package, for_types_only)


def complaints(source: str, module: str, package: str) -> list[str]:
    """Return what the imports of a module do that its layer may not, a sentence each."""
    layer = _layer_of(module)
    found = []
    for line, name, for_types_only in imports(ast.parse(source), package):
        target = _layer_of(name) if name.partition(".")[0] == "perffix" else None
        if target is None:
            library = name.partition(".")[0]
            owners = LIBRARIES.get(library, {layer})
            if layer not in owners and not for_types_only:
                found.append(f"{module}:{line}: {library} is for {' and '.join(sorted(owners))} only")
        elif target not in {layer, "__init__"} and target not in LAYERS[layer]:
            found.append(f"{module}:{line}: {layer} may not import {name}")
        elif _is_rule(module) and _is_rule(name) and name != module:
            found.append(f"{module}:{line}: a rule may not import the rule {name}")
    return found


def _layer_of(module: str) -> str:
    """Return the part of a module's name that is its layer; functions of `perffix` itself are `__init__`."""
    part = module.split(".")[1] if "." in module else "__init__"
    return part if (PACKAGE / part).is_dir() or (PACKAGE / f"{part}.py").is_file() else "__init__"


def _is_rule(module: str) -> bool:
    return module.startswith(("perffix.rules.performance.", "perffix.rules.security."))


def _modules() -> list[tuple[str, str, Path]]:
    """Return name, package and file of every module."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        relative = path.relative_to(PACKAGE)
        if relative.parts[0] == "fixtures":
            continue
        package = ".".join(["perffix", *relative.parent.parts])
        module = package if relative.name == "__init__.py" else f"{package}.{relative.stem}"
        found.append((module, package, path))
    return found


MODULES = _modules()


@pytest.mark.parametrize(("module", "package", "path"), MODULES, ids=[module for module, _, _ in MODULES])
def test_a_module_imports_only_what_lies_below_it(module: str, package: str, path: Path) -> None:
    assert complaints(path.read_text(encoding="utf-8"), module, package) == []


def test_every_module_belongs_to_a_layer() -> None:
    assert {_layer_of(module) for module, _, _ in MODULES} <= LAYERS.keys()


@pytest.mark.parametrize(
    ("module", "line", "complaint"),
    [
        ("perffix.model", "from perffix.source import SourceFile", "model may not import perffix.source"),
        ("perffix.source", "import perffix.semantic.model", "source may not import perffix.semantic.model"),
        ("perffix.semantic.x", "from perffix import engine", "semantic may not import perffix.engine"),
        ("perffix.semantic.x", "from ..engine import runner", "semantic may not import perffix.engine"),
        ("perffix.rules.rule", "def f():\n import perffix.fixing", "rules may not import perffix.fixing"),
        (
            "perffix.engine.x",
            "from perffix.output.text import count",
            "engine may not import perffix.output.text",
        ),
        ("perffix.output.x", "from perffix import commands", "output may not import perffix.commands"),
        ("perffix.commands.x", "from perffix import cli", "commands may not import perffix.cli"),
        ("perffix.engine.x", "import libcst as cst", "libcst is for fixing only"),
        ("perffix.engine.x", "from libcst.metadata import PositionProvider", "libcst is for fixing only"),
        ("perffix.cli", "if x:\n try:\n  import flake8\n except E: pass", "flake8 is for flake8_plugin only"),
        (
            "perffix.rules.performance.one",
            "from perffix.rules.performance.two import rule",
            "a rule may not import the rule perffix.rules.performance.two",
        ),
        (
            "perffix.model",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from perffix.source import SourceFile",
            "model may not import perffix.source",
        ),
    ],
)
def test_the_check_can_fail(module: str, line: str, complaint: str) -> None:
    (found,) = complaints(line, module, module.rpartition(".")[0])
    assert complaint in found


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("perffix.source", "from perffix.model import Span"),
        ("perffix.rules.performance.one", "from perffix.rules.rule import Rule"),
        ("perffix.fixing.x", "import libcst"),
        ("perffix.engine.x", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import libcst"),
        ("perffix.commands.check", "from perffix import __version__"),
        ("perffix.commands.check", "from perffix.commands import OK"),
    ],
)
def test_what_is_allowed(module: str, line: str) -> None:
    assert complaints(line, module, module.rpartition(".")[0]) == []
