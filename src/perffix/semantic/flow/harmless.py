"""What makes a value harmless for a kind of sink: the facts of `cleaners.toml` and `sinks/KIND.toml` put together."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.arguments import argument_of
from perffix.semantic.flow.folding import UNKNOWN, fold
from perffix.semantic.flow.patterns import takes_each

if TYPE_CHECKING:
    from collections.abc import Callable

    from perffix.semantic.model import SemanticModel

_DIGITS = ("%Y", "%y", "%m", "%d", "%H", "%I", "%M", "%S", "%f", "%j")  # directives of `strptime`
_SAME_TEXT = ("decode", "encode", "strip", "lower", "upper")
_SEPARATORS = {"os.sep": "/", "os.path.sep": "/", "os.pardir": ".."}


class Cleaners(NamedTuple):
    """What is known to clean for one kind of sink; see `cleaners.toml` for the words."""

    functions: frozenset[str]
    methods: frozenset[str]
    types: frozenset[str]
    attributes: frozenset[str]
    characters: str
    without: frozenset[str]
    alternatives: tuple[str, ...]

    def is_kept_out(self, keeps_out: Callable[[str], bool]) -> bool:
        """Tell whether a text does no harm, by what answers whether it holds none of some characters."""
        return any(keeps_out(each) for each in (self.characters, *self.alternatives))


@cache
def cleaners_of(kind: str) -> Cleaners:
    """Return what cleans for a kind of sink; only what does so everywhere when nothing is known of the kind."""
    known, sinks = facts.load("cleaners"), facts.load_or_empty(f"sinks/{kind}")
    # What marks a text is a sink itself: input in the text is reported there, and not once more where it is sent.
    marking = [name for name, fact in sinks.get("functions", {}).items() if fact.get("marks")]
    sets = [known["all"], known.get(kind, {}), sinks.get("clean", {}), {"functions": marking}]

    def together(name: str) -> frozenset[str]:
        return frozenset(entry for each in sets for entry in each.get(name, ()))

    return Cleaners(
        functions=together("functions"),
        methods=together("methods"),
        types=together("types"),
        attributes=together("attributes"),
        characters=known.get(kind, {}).get("characters", ""),
        without=together("without"),
        alternatives=tuple(known.get(kind, {}).get("alternatives", ())),
    )


def is_cleaning_call(call: ast.Call, name: str | None, kind: str, model: SemanticModel) -> bool:
    """Tell whether the result of a call is harmless for a kind of sink, whatever it is given."""
    cleaners = cleaners_of(kind)
    if name is not None and name in cleaners.functions:
        return not _lets_slashes_through(call, name, kind)
    func = call.func
    if not isinstance(func, ast.Attribute):
        return False
    if func.attr in cleaners.methods:
        return True
    if func.attr == "replace" and len(call.args) >= 2:
        return _takes_away(call.args[0], call.args[1], cleaners, model)
    if func.attr == "translate" or (name in ("re.sub", "re.subn") and len(call.args) >= 3):
        return name is not None and name.startswith("re.") and _is_reduced(call, cleaners, model)
    return False


def is_cleaned(expr: ast.expr, kind: str, model: SemanticModel) -> bool:
    """Tell whether an expression is the result of a call that cleans: `base64.b64encode(data).decode()`."""
    while isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute) and expr.func.attr in _SAME_TEXT:
        expr = expr.func.value
    return isinstance(expr, ast.Call) and is_cleaning_call(expr, model.qualified_name(expr.func), kind, model)


def admits_only_digits(form: object, kind: str) -> bool:
    """Tell whether what a format of `strptime` reads is digits and signs that do no harm for a kind of sink."""
    if not isinstance(form, str):
        return False
    signs = form
    for directive in _DIGITS:
        signs = signs.replace(directive, "")
    if "%" in signs or any(each.isspace() for each in signs):
        return False  # names of zones and months, or any white space
    return cleaners_of(kind).is_kept_out(lambda each: each != "" and not any(sign in each for sign in signs))


def _lets_slashes_through(call: ast.Call, name: str, kind: str) -> bool:
    """Tell whether `quote` leaves the slashes that make a text another place."""
    if name != "urllib.parse.quote" or kind not in ("redirect", "url", "path"):
        return False
    safe = argument_of(call, "safe", 1)
    return not (isinstance(safe, ast.Constant) and safe.value == "")


def _takes_away(old: ast.expr, new: ast.expr, cleaners: Cleaners, model: SemanticModel) -> bool:
    """Tell whether `text.replace(old, new)` takes away what a text needs to do harm."""
    taken = fold(old, model)
    if taken is UNKNOWN:
        taken = _SEPARATORS.get(model.qualified_name(old) or "", "")
    given = fold(new, model)
    if not isinstance(taken, str) or not isinstance(given, str) or taken not in cleaners.without:
        return False
    # Taking `..` out of `....//` leaves `../`: only a single character is gone for good.
    return len(taken) == 1 and (taken not in given or given == taken * 2 or given == f"\\{taken}")


def _is_reduced(call: ast.Call, cleaners: Cleaners, model: SemanticModel) -> bool:
    """Tell whether `re.sub(pattern, replacement, text)` leaves none of the characters that do harm."""
    pattern, replacement = fold(call.args[0], model), fold(call.args[1], model)
    if not isinstance(pattern, str) or not isinstance(replacement, str):
        return False
    if len(call.args) > 3 or any(each.arg in ("count", None) for each in call.keywords):
        return False  # the rest of the text stays as it was
    given = replacement.replace("\\", "")

    def is_gone(characters: str) -> bool:
        return takes_each(pattern, characters) and not any(each in given for each in characters)

    return cleaners.is_kept_out(is_gone) or any(is_gone(each) for each in cleaners.without if len(each) == 1)
