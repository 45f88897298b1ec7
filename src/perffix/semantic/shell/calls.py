"""Shell calls: which calls hand a command line to a shell, and which start a program directly."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.arguments import argument_of
from perffix.semantic.walk import ScopeKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel


class ShellCall(NamedTuple):
    """A call that starts a process.

    Attributes:
        call: the call.
        command: the argument that says what to run.
        name: the canonical name of the function; of a function of this module, its own name.
        number: bandit's number for such a call.
        has_shell: a shell reads the command.
        by_keyword: the shell is asked for by `shell=True`.
        through: the call inside of a function of this module that `command` is handed on to, if it is.
    """

    call: ast.Call
    command: ast.expr
    name: str
    number: int
    has_shell: bool
    by_keyword: bool
    through: ast.Call | None = None


def shell_call(call: ast.Call, model: SemanticModel) -> ShellCall | None:
    """Return what a call starts, or None when it is not known to start anything."""
    table = facts.load("sinks/shell")
    name = model.qualified_name(call.func)
    if name is None:
        return None
    program = table["programs"].get(name)
    if program is not None:
        command = argument_of(call, (), program["position"])
        if command is None:
            return None
        return ShellCall(call, command, name, program["number"], has_shell=False, by_keyword=False)
    entry = table["functions"].get(name)
    command = None if entry is None else argument_of(call, entry["keyword"], entry["position"])
    if entry is None or command is None:
        return None
    has_shell = {
        "always": True,
        "keyword": says_shell(call, model),
        "text": not isinstance(command, (ast.List, ast.Tuple)) and _is_text(command, model),
    }[entry["shell"]]
    if has_shell is None:
        return None
    number = entry["number"] if has_shell else 603
    return ShellCall(call, command, name, number, has_shell, by_keyword=has_shell and entry["shell"] == "keyword")


def says_shell(call: ast.Call, model: SemanticModel) -> bool | None:
    """Tell whether a call says `shell=True`; None when it says something that is not known."""
    given = argument_of(call, "shell")
    if given is None:
        return None if any(keyword.arg is None for keyword in call.keywords) else False
    if isinstance(given, ast.Constant):
        return bool(given.value)
    single = model.single_of(given)
    if single is not None and isinstance(single.value, ast.Constant) and single.node is not single.statement:
        is_parameter = isinstance(single.node, ast.arg)
        return None if is_parameter else bool(single.value.value)
    return None


def _is_text(expr: ast.expr, model: SemanticModel) -> bool:
    known = model.type_of(expr)
    return known is not None and known.name == "str"


def handed_on(call: ast.Call, model: SemanticModel) -> Iterator[ShellCall]:
    """Yield the calls with `shell=True` of the function that this call stands in, when that hands both on to it.

    `def run(command, shell=False): return Popen(command, shell=shell)`
    """
    definition = model.function_of(call)
    entry = facts.load("sinks/shell")["functions"].get(model.qualified_name(call.func))
    if definition is None or entry is None or not _hands_on_shell(call):
        return
    names = [each.arg for each in (*definition.args.posonlyargs, *definition.args.args)]
    command = argument_of(call, entry["keyword"], entry["position"])
    if not isinstance(command, ast.Name) or command.id not in names:
        return
    position = names.index(command.id) - _bound_parameters(definition, model)
    for use in _uses_of(definition, model):
        user = model.parent(use)
        if isinstance(user, ast.Call) and user.func is use and says_shell(user, model):
            given = argument_of(user, command.id, position)
            if given is not None:
                yield ShellCall(user, given, definition.name, 604, has_shell=True, by_keyword=True, through=call)


def _hands_on_shell(call: ast.Call) -> bool:
    """Tell whether a call passes a variable of the same name on as `shell=shell`."""
    return any(
        keyword.arg == "shell" and isinstance(keyword.value, ast.Name) and keyword.value.id == "shell"
        for keyword in call.keywords
    )


def _bound_parameters(definition: ast.FunctionDef | ast.AsyncFunctionDef, model: SemanticModel) -> int:
    """Return how many parameters a caller does not give: `self` of a method."""
    return int(model.scopes.method_self(model.scopes.scope_of(definition.body[0])) is not None)


def _uses_of(definition: ast.FunctionDef | ast.AsyncFunctionDef, model: SemanticModel) -> Iterator[ast.expr]:
    scope = model.scopes.scope_of(definition)
    if scope.kind is not ScopeKind.CLASS:
        binding = model.scopes.binding_in(scope, definition.name)
        if binding.single is not None:
            yield from binding.uses
        return
    owner = model.parent(definition)
    for method in owner.body if isinstance(owner, ast.ClassDef) else ():
        for node in ast.walk(method):
            if not isinstance(node, ast.Attribute) or node.attr != definition.name:
                continue
            if model.names.method_of_self(node) is definition:
                yield node
