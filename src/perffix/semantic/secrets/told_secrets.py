"""Secrets that a command tells its user: it was called for that, or speaks to the user about what it made for him."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING

from perffix.semantic import facts
from perffix.semantic.secrets import words_of
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.secrets.shown_values import Shown


def is_behind_option(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether a call stands under `if args.env:`, where an option of the command line asks for what it shows."""
    table = facts.load("logging")["names"]
    asked = {*table["handing_over"], *table["options"]}
    child: ast.AST = call
    for parent in model.ancestors(call):
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return False
        options = _options_in(parent.test) if isinstance(parent, ast.If) and child in parent.body else ()
        if any(not asked.isdisjoint(words_of(option)) for option in options):
            return True
        child = parent
    return False


def _options_in(test: ast.expr) -> Iterator[str]:
    """Yield the options that a test finds given: `args.env`, `args.command == "env"`."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        for each in test.values:
            yield from _options_in(each)
    elif isinstance(test, ast.Attribute) and _is_command_line(test.value):
        yield test.attr
    elif isinstance(test, ast.Compare) and isinstance(test.left, ast.Attribute) and _is_command_line(test.left.value):
        wanted = test.comparators[0]
        if isinstance(test.ops[0], ast.Eq) and isinstance(wanted, ast.Constant) and isinstance(wanted.value, str):
            yield wanted.value


def _is_command_line(owner: ast.expr) -> bool:
    words = words_of(last_name(owner))
    return bool(words) and words[-1] in facts.load("logging")["names"]["arguments"]


def is_told(call: ast.Call, shown: Shown, model: SemanticModel) -> bool:
    """Tell whether a text speaks to whoever runs the program, and the secret in it was made or fetched for that.

    Only what is fetched may be somebody else's: it counts where the level is one that commands show to their users.
    """
    level = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if level == "debug" or not any(_address().search(text) for text in _texts_in(call)):
        return False
    return shown.generated or (level in ("warning", "warn") and _is_fetched(shown.node, model))


def _texts_in(call: ast.Call) -> Iterator[str]:
    for node in ast.walk(call):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _is_fetched(secret: ast.expr, model: SemanticModel) -> bool:
    """Tell whether a local name gets its value from a call such as `get_script_password(...)`."""
    binding = model.binding_of(secret) if isinstance(secret, ast.Name) else None
    if binding is None or not binding.is_local or not binding.assignments:
        return False
    fetching = facts.load("logging")["names"]["fetching"]
    for assignment in binding.assignments:
        made = assignment.value
        words = words_of(last_name(made.func)) if isinstance(made, ast.Call) else ()
        if len(words) < 2 or words[0] not in fetching:
            return False
    return True


@cache
def _address() -> re.Pattern[str]:
    """Return how a text asks its reader to do something with a secret."""
    import re

    return re.compile(
        r"""(?ix)
          \b make \s a \s note \b | \b note \s down \b | \b write \s (?:it|this|that) \s down \b
        | \b use \s (?:(?:the|this|following) \s)* (?:password|passphrase|passcode|key|token) \b
        | \b (?:save|store|keep|copy|remember) \s (?:it|this|these|the|your) \b
        """
    )
