"""Secrets that are shown: which values in the arguments of a call are passwords, keys or tokens as they are.

A name alone does not make a secret. Its length, whether it is there, a hash or a mask of it, the name of the setting
that holds it: all that may be shown, and any function whose name is not known to leave a text as it is counts as making
something harmless of it.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.scopes import How
from perffix.semantic.secrets import may_promise_secret, words_of
from perffix.semantic.secrets.judgement import Kind, name_kind
from perffix.semantic.uses import WRITES, UseKind
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Assignment, Binding

_SAME_TEXT = ("strip", "lstrip", "rstrip", "lower", "upper", "decode", "encode")
_SHOWING = ("builtins.str", "builtins.repr", "builtins.ascii", "builtins.format", "os.fsdecode", "urllib.parse.quote")
_TEXTUAL = ("str", "bytes")
_LOOKED_UP = ("get", "pop", "getenv", "get_argument", "setdefault")
_DEPTH = 4


class Shown(NamedTuple):
    """A secret value that is shown.

    Attributes:
        name: what it is called.
        node: the expression.
        generated: the program itself has just made it up.
        evidence: what makes it a secret, a phrase.
    """

    name: str
    node: ast.expr
    generated: bool
    evidence: str


def shown_in(expr: ast.expr, model: SemanticModel, depth: int = _DEPTH) -> Iterator[Shown]:
    """Yield the secrets whose text stands in the text of an expression."""
    if depth == 0:
        return
    found = _secret_at(expr, model)
    if found is not None:
        yield found
        return
    for part in _parts(expr, model):
        yield from shown_in(part, model, depth - 1 if part.__class__ is not ast.FormattedValue else depth)


def _parts(expr: ast.expr, model: SemanticModel) -> Iterable[ast.expr]:
    """Return the expressions whose text becomes part of an expression's text."""
    if isinstance(expr, ast.JoinedStr):
        return [
            each.value
            for before, each in zip([None, *expr.values], expr.values, strict=False)
            if isinstance(each, ast.FormattedValue) and not _is_cut(each.format_spec) and not _announces_place(before)
        ]
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, (ast.Add, ast.Mod)):
        return [expr.left, expr.right] if isinstance(expr.op, ast.Add) else [expr.right]
    if isinstance(expr, ast.BoolOp):
        return expr.values if isinstance(expr.op, ast.Or) else expr.values[-1:]
    if isinstance(expr, (ast.Tuple, ast.List, ast.Set)):
        return expr.elts
    if isinstance(expr, ast.Dict):
        return expr.values
    if isinstance(expr, ast.Call):
        return _parts_of_call(expr, model)
    if isinstance(expr, ast.Name):
        return _built_for(expr, model)
    return ()


def _announces_place(before: ast.expr | None) -> bool:
    """Tell whether what follows a text is where a secret lies, and not the secret: `f"Reading the key from {x}"`."""
    text = before.value if isinstance(before, ast.Constant) else ""
    return isinstance(text, str) and text.rstrip(" '\"`:").lower().endswith((" from", " file", " path", " in file"))


def _is_cut(spec: ast.expr | None) -> bool:
    """Tell whether a format specification shortens the text: `{password:.3}`."""
    return spec is not None and any(
        isinstance(each, ast.Constant) and "." in str(each.value) for each in ast.walk(spec)
    )


def _parts_of_call(call: ast.Call, model: SemanticModel) -> Iterable[ast.expr]:
    func = call.func
    if isinstance(func, ast.Attribute):
        if func.attr == "format" and isinstance(func.value, ast.Constant):
            return [*call.args, *(keyword.value for keyword in call.keywords)]
        if func.attr == "join" and isinstance(func.value, ast.Constant):
            return call.args
        if func.attr in _SAME_TEXT:
            return (func.value,)
    return call.args[:1] if model.qualified_name(func) in _SHOWING else ()


def _built_for(name: ast.Name, model: SemanticModel) -> Iterable[ast.expr]:
    """Return the string that was put together for a local name with one value: `text = f"..."`."""
    binding = model.binding_of(name)
    single = None if binding is None or not binding.is_local else binding.single
    value = None if single is None or single.how is not How.ASSIGNED else single.value
    is_text = isinstance(value, ast.JoinedStr) or (
        isinstance(value, ast.BinOp)
        and any(isinstance(each, (ast.Constant, ast.JoinedStr)) for each in ast.walk(value))
    )
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "format":
        is_text = True
    return (value,) if value is not None and is_text else ()


# Which value is a secret


def _secret_at(expr: ast.expr, model: SemanticModel) -> Shown | None:
    """Return the secret that an expression is itself."""
    if isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute) and expr.func.attr == "get_secret_value":
        name, _ = _name_of(expr.func.value, model)
        return Shown(name, expr, False, "`get_secret_value` unmasks it") if name else None
    name, owner = _name_of(expr, model)
    if not name or not may_promise_secret(name):
        return _made_token(name, expr, model) if name else None
    kind = name_kind(name)
    table = facts.load("logging")["names"]
    if kind is Kind.HEADER and isinstance(expr, (ast.Subscript, ast.Call)):
        return Shown(name, expr, False, f"the header {name} carries the credentials of the request")
    words = words_of(name)
    if kind is not Kind.PASSWORD and (kind is None or not _ends_in(words, table["secret"])):
        return _made_token(name, expr, model)
    if words == ("pwd",) and "user" not in model.text(model.statement_of(expr), 2000).lower():
        return None  # the working directory
    if not set(words).isdisjoint(table["harmless"]) or not set(words_of(owner)).isdisjoint(table["about"]):
        return None
    if _is_harmless(expr, name, model):
        return None
    what = "password" if kind is Kind.PASSWORD else "secret"
    return Shown(name, expr, _is_generated(expr, model), f"the name {name} promises a {what}, and nothing masks it")


def _ends_in(words: tuple[str, ...], endings: list[str]) -> bool:
    return any(" ".join(words[-count:]) in endings for count in (1, 2, 3))


def _name_of(expr: ast.expr, model: SemanticModel) -> tuple[str, str]:
    """Return what a value is called, and the name of what it was looked up in."""
    if isinstance(expr, ast.Name):
        return expr.id, ""
    if isinstance(expr, ast.Attribute):
        return expr.attr, last_name(expr.value)
    key: ast.expr | None = None
    owner: ast.expr | None = None
    if isinstance(expr, ast.Subscript):
        key, owner = expr.slice, expr.value
    elif isinstance(expr, ast.Call) and last_name(expr.func) in _LOOKED_UP and expr.args:
        key, owner = expr.args[0], expr.func.value if isinstance(expr.func, ast.Attribute) else None
    if isinstance(key, ast.Constant) and isinstance(key.value, str):
        if not re.fullmatch(r"[\w.-]+", key.value):
            return "", ""
        return key.value, "" if owner is None else last_name(owner.func if isinstance(owner, ast.Call) else owner)
    return "", ""


def _is_harmless(expr: ast.expr, name: str, model: SemanticModel) -> bool:
    """Tell whether a value under a telling name is something else: a flag, a label, a masked text, an object."""
    known = model.type_of(expr)
    if known is not None and known.name not in _TEXTUAL:
        return True
    if isinstance(expr, ast.Attribute) and _is_declared_secret(name, model):
        return True
    if isinstance(expr, ast.Subscript) and _is_written_in_table(expr, name, model):
        return True
    binding = model.binding_of(expr)
    if binding is None:
        return isinstance(expr, ast.Attribute) and _is_class(expr.value, model)
    if binding.assignments and all(_is_label(each) for each in binding.assignments):
        return True
    relevant = binding.assignments
    if words_of(name)[-1] == "key" and _only_finds(binding, model):
        return True
    if isinstance(expr, ast.Name):
        from perffix.semantic.reaching import reaching_assignment

        reaching = reaching_assignment(model.statement_of(expr), binding, model)
        relevant = (reaching,) if reaching is not None else relevant
        if reaching is not None and isinstance(reaching.value, ast.Constant) and reaching.how is How.ASSIGNED:
            return True  # whatever it holds later
    return any(_makes_harmless(each, model) for each in relevant)


def _only_finds(binding: Binding, model: SemanticModel) -> bool:
    """Tell whether a key is put together of several values, and something is found under it: it opens no lock."""
    for assignment in binding.assignments:
        made = assignment.value
        if not isinstance(made, ast.Call) or len(made.args) < 2 or last_name(made.func) in _LOOKED_UP:
            return False
        if not all(isinstance(each, (ast.Name, ast.Attribute)) for each in made.args):
            return False
    return bool(binding.assignments) and any(_is_looked_up(each, model) for each in binding.uses)


def _is_looked_up(use: ast.expr, model: SemanticModel) -> bool:
    parent = model.parent(use)
    if isinstance(parent, ast.Subscript):
        return parent.slice is use
    return isinstance(parent, ast.Call) and last_name(parent.func) in ("get", "setdefault") and parent.args[:1] == [use]


def _is_written_in_table(expr: ast.Subscript, name: str, model: SemanticModel) -> bool:
    """Tell whether a value is one of a table that the module writes out: everybody who reads the program knows it."""
    single = model.single_of(expr.value)
    if single is None or single.value is None or single.how is not How.ITERATED:
        return False
    entries = _entries_of(single.value, model, set())
    return bool(entries) and all(_writes_out(each, name) for each in entries or ())


def _entries_of(table: ast.expr, model: SemanticModel, seen: set[Binding]) -> list[ast.expr] | None:
    """Return what a list may hold, through the names and calls it is built with; None if some is unseen."""
    if isinstance(table, (ast.List, ast.Tuple)):
        return list(table.elts)
    if isinstance(table, ast.BinOp) and isinstance(table.op, ast.Add):
        left, right = _entries_of(table.left, model, seen), _entries_of(table.right, model, seen)
        return None if left is None or right is None else left + right
    if isinstance(table, ast.Call) and len(table.args) == 1 and not table.keywords:
        copies = any(model.names.is_builtin(table.func, each) for each in ("list", "tuple", "reversed"))
        return _entries_of(table.args[0], model, seen) if copies else None
    binding = model.binding_of(table)
    if binding is None or binding.is_attribute or not binding.assignments:
        return None
    if binding in seen:
        return []
    seen.add(binding)
    entries: list[ast.expr] = []
    for assignment in binding.assignments:
        known = assignment.how in (How.ASSIGNED, How.ANNOTATED, How.AUGMENTED) and assignment.value is not None
        more = _entries_of(assignment.value, model, seen) if known and assignment.value is not None else None
        if more is None:
            return None
        entries += more
    for use in model.uses.uses_of(binding):
        if use.detail == "append" and isinstance(use.user, ast.Call):
            entries += use.user.args
        elif use.kind in WRITES or use.kind in (UseKind.METHOD, UseKind.PASSED, UseKind.STORED):
            return None
    return entries


def _writes_out(entry: ast.expr, name: str) -> bool:
    if not isinstance(entry, ast.Dict):
        return False
    values = [
        value
        for key, value in zip(entry.keys, entry.values, strict=True)
        if key is None or (isinstance(key, ast.Constant) and key.value == name)
    ]
    return bool(values) and all(isinstance(value, ast.Constant) for value in values)


def _is_class(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether an expression is a class: `Field.password` is no value."""
    return isinstance(expr, ast.Name) and expr.id[:1].isupper() and not expr.id.isupper()


def _is_label(assignment: Assignment) -> bool:
    return isinstance(assignment.value, ast.Constant) or assignment.how in (How.DEFINED, How.IMPORTED)


def _makes_harmless(assignment: Assignment, model: SemanticModel) -> bool:
    if isinstance(assignment.node, ast.arg):
        annotation = assignment.node.annotation
        return annotation is not None and "Secret" in ast.unparse(annotation)
    value = assignment.value
    if isinstance(value, ast.Await):
        value = value.value
    if isinstance(value, (ast.BinOp, ast.Compare, ast.Lambda, ast.Dict, ast.List, ast.Tuple, ast.Set, ast.IfExp)):
        return not isinstance(value, ast.BinOp) or any(isinstance(each, ast.Mult) for each in ast.walk(value))
    if isinstance(value, (ast.Name, ast.Attribute)):
        table = facts.load("logging")["names"]
        return not {*words_of(last_name(value))}.isdisjoint({*table["harmless"], *table["about"]})
    if isinstance(value, ast.Subscript):
        return isinstance(value.slice, ast.Slice)
    if not isinstance(value, ast.Call):
        return False
    called = last_name(value.func)
    words = {*words_of(called), *words_of(model.qualified_name(value.func) or "")}
    return called[:1].isupper() or not words.isdisjoint(facts.load("logging")["names"]["harmless"])


def _is_declared_secret(name: str, model: SemanticModel) -> bool:
    """Tell whether a class of the module declares a field of this name as a SecretStr, which hides itself."""
    if "Secret" not in model.source.text:
        return False
    return any(
        isinstance(node, ast.AnnAssign) and last_name(node.target) == name and "Secret" in ast.unparse(node.annotation)
        for node in ast.walk(model.source.tree)
    )


def _is_generated(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether the program made the value up itself."""
    binding = model.binding_of(expr)
    generators = facts.load("logging")["names"]["generators"]
    for assignment in () if binding is None else binding.assignments:
        for node in () if assignment.value is None else ast.walk(assignment.value):
            if isinstance(node, ast.Call) and not set(words_of(last_name(node.func))).isdisjoint(generators):
                return True
    return False


def _made_token(name: str, expr: ast.expr, model: SemanticModel) -> Shown | None:
    """Return a value under a name such as `token` that was made as a secret."""
    table = facts.load("logging")["names"]
    words = words_of(name)
    if not isinstance(expr, ast.Name) or not words or words[-1] not in table["token"]:
        return None
    if not {"csrf", "xsrf", "nonce", "state", "form"}.isdisjoint(words):
        return None
    binding = model.binding_of(expr)
    if binding is None or binding.single is None or not isinstance(binding.single.value, ast.Call):
        return None
    maker = binding.single.value
    looked_up, _ = _name_of(maker, model)
    if name_kind(looked_up) is Kind.HEADER and last_name(maker.func) == "get":
        return Shown(name, expr, False, f"{name} is the header {looked_up} of the request")
    if model.qualified_name(maker.func) in table["makers"] or last_name(maker.func) in table["making"]:
        return Shown(name, expr, True, f"{name} comes from `{last_name(maker.func)}`")
    return None
