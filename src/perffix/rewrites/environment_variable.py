"""How a module reads its settings, and how a secret in its source becomes one of them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from perffix.model import Applicability, Code, Fix, Import, NodeRef, Replace
from perffix.semantic import facts
from perffix.semantic.paths import is_test_path
from perffix.semantic.secrets import words_of
from perffix.semantic.secrets.judgement import Kind, judge, name_kind
from perffix.semantic.secrets.named_literals import LOOKUPS, Role, all_named_literals, holder_of
from perffix.semantic.secrets.tokens import recognise_literal
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.secrets.named_literals import NamedLiteral

_variables: WeakKeyDictionary[SemanticModel, dict[ast.Constant, str]] = WeakKeyDictionary()
_UNTELLING_FILES = ("db", "auth", "secrets", "credentials", "keys", "local", "dev", "prod", "production")
_SETTINGS_CLASSES = ("pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic.v1.BaseSettings")
_SETTINGS_READERS = ("environ.Env", "environ.FileAwareEnv", "environs.Env", "starlette.config.Config")


class Reader(NamedTuple):
    """The way in which one module reads an environment variable.

    Attributes:
        text: the expression with `NAME` in the place of the variable's name.
        adds: imports that the expression needs.
    """

    text: str
    adds: tuple[Import, ...]

    def of(self, name: str) -> str:
        """Return the expression that reads a variable."""
        return self.text.replace("NAME", name)


def fix_by_environment(literal: ast.Constant, model: SemanticModel) -> Fix:
    """Return the fix that reads a secret from the environment instead; without edits where that needs a person.

    Nothing in it shows the value.
    """
    variable = variable_of(literal, model)
    advice = f"Read {variable} from the environment"
    named = holder_of(literal, model)
    field = _field_of_settings(literal, model)
    if field is not None and not is_test_path(model.source.place):
        return _without_default(field, model)
    obstacle = _obstacle(literal, named, model)
    if obstacle is not None:
        return Fix(Applicability.DISPLAY, f"{advice} {obstacle}")
    reader = _reader_of(literal, model, for_bytes=isinstance(literal.value, bytes))
    if reader is None:
        return Fix(Applicability.DISPLAY, f"{advice} (os means something else in this module)")
    if named is not None and named.role is Role.FALLBACK:
        return _without_fallback(named, model, advice)
    text = reader.of(variable)
    if isinstance(literal.value, bytes):
        text = f"{text}.encode()"
    edit = Replace(NodeRef.of(literal), Code(text.replace("$", "$$")))
    return Fix(Applicability.UNSAFE, f"{advice}, where it has to be set", (edit,), reader.adds)


def variable_of(literal: ast.Constant, model: SemanticModel) -> str:
    """Return the environment variable for a secret: one for each different secret of the module."""
    known = _variables.get(model)
    if known is None:
        known = _variables[model] = _name_all(model)
    return known.get(literal) or _wanted_name(literal, model)


def _name_all(model: SemanticModel) -> dict[ast.Constant, str]:
    """Name every secret of the module: equal secrets alike, different ones differently, in source order."""
    literals = {
        named.literal for named in all_named_literals(ast.walk(model.source.tree)) if judge(named.name, named.value)
    }
    for node in ast.walk(model.source.tree):
        if isinstance(node, ast.Constant) and recognise_literal(node) is not None:
            literals.add(node)
    names: dict[ast.Constant, str] = {}
    owners: dict[str, str | bytes] = dict.fromkeys(_variables_read(model.source.tree), "")
    taken: dict[str | bytes, str] = {}
    for literal in sorted(literals, key=lambda each: (_order(each, model), each.lineno, each.col_offset)):
        value = literal.value
        assert isinstance(value, (str, bytes))
        wanted = _wanted_name(literal, model)
        if _order(literal, model) == 0:
            names[literal] = wanted
            taken.setdefault(value, wanted)
            owners[wanted] = value
            continue
        name = taken.get(value, wanted)
        number = 1
        while owners.setdefault(name, value) != value:
            number += 1
            name = f"{wanted}_{number}"
        names[literal] = taken[value] = name
    return names


def _variables_read(module: ast.Module) -> Iterable[str]:
    """Yield the variables that a module reads already: they are for something else."""
    for node in ast.walk(module):
        key: ast.expr | None = None
        if isinstance(node, ast.Subscript) and last_name(node.value) == "environ":
            key = node.slice
        elif isinstance(node, ast.Call) and last_name(node.func) in LOOKUPS and node.args:
            key = node.args[0]
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value


def _order(literal: ast.Constant, model: SemanticModel) -> int:
    """Say who may choose a name first: whose variable has one already, then what an edit can replace."""
    named = holder_of(literal, model)
    role = named.role if named is not None else Role.ARGUMENT
    return 0 if role is Role.FALLBACK else 2 if role in (Role.DEFAULT, Role.COMPARED) else 1


def _wanted_name(literal: ast.Constant, model: SemanticModel) -> str:
    named = holder_of(literal, model)
    token = recognise_literal(literal)
    own = [word for word in words_of(named.name) if word.isascii()] if named is not None else []
    if named is not None and token is not None and not _suits(own, named):
        own = []
    if not own:
        return token.variable if token is not None else "SECRET"
    assert named is not None
    if len(own) == 1 or " ".join(own) in facts.load("secrets")["variables"]["bare"]:
        around = [word for word in _context(named, model) if word.isascii()]
        own = [*around, *(own[1:] if around and around[-1] == own[0] else own)]
    name = "_".join(own).upper()
    return name if not name[0].isdigit() else f"SECRET_{name}"


def _suits(words: list[str], named: NamedLiteral) -> bool:
    """Tell whether a token's own name says more than the customary one of its provider."""
    if named.role not in (Role.ASSIGNED, Role.FALLBACK) or len(words) < 2:
        return False
    return name_kind(named.name) is not None or words[-1] in ("url", "uri", "dsn", "id")


def _context(named: NamedLiteral, model: SemanticModel) -> list[str]:
    """Return the words that tell one password from another: the library called, the class, the dict's name."""
    table = facts.load("secrets")["variables"]
    if named.role is Role.ARGUMENT and named.owner is not None:
        words = _words_of_call(named.owner, model)
    elif named.owner is not None:
        words = _words_of_owner(named.owner, model)
    elif named.role is Role.ENTRY:
        words = _words_of_dict(named.literal, model)
    else:
        owner = model.parent(model.statement_of(named.literal))
        words = list(words_of(owner.name)) if isinstance(owner, ast.ClassDef) else []
    words = [word for word in words if word not in table["generic"]]
    if not words and named.role in (Role.ASSIGNED, Role.ENTRY, Role.ARGUMENT):
        from pathlib import PurePath  # only for a fix of a secret without a better name

        untelling = {*table["generic"], *_UNTELLING_FILES}
        words = [word for word in words_of(PurePath(model.source.path).stem) if word not in untelling]
    return ["database" if word == "databases" else word for word in words[-3:]]


def _words_of_call(func: ast.expr, model: SemanticModel) -> list[str]:
    """Return the name of the library that is called, or else of the object or the function."""
    library, _, inside = (model.qualified_name(func) or "").partition(".")
    if library in facts.load("secrets")["variables"]["database_drivers"]:
        return ["db"]
    if library and inside and library != "builtins":
        return [library.strip("_")]
    if isinstance(func, ast.Attribute):
        return _words_of_owner(func.value, model)
    return list(words_of(func.id)) if isinstance(func, ast.Name) else []


def _words_of_owner(owner: ast.expr, model: SemanticModel) -> list[str]:
    while isinstance(owner, ast.Subscript):
        owner = owner.value
    if isinstance(owner, ast.Attribute):
        return list(words_of(owner.attr))
    if not isinstance(owner, ast.Name):
        return []
    if owner.id in ("self", "cls"):
        classes = (each for each in model.ancestors(owner) if isinstance(each, ast.ClassDef))
        return [word for each in classes for word in words_of(each.name)][:3]
    return list(words_of(owner.id))


def _words_of_dict(literal: ast.Constant, model: SemanticModel) -> list[str]:
    for node in model.ancestors(literal):
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            return _words_of_owner(target, model)
        if isinstance(node, ast.stmt):
            break
    return []


def _obstacle(literal: ast.Constant, named: NamedLiteral | None, model: SemanticModel) -> str | None:
    """Say why an edit would not do here, or return None when it does."""
    value = literal.value
    assert isinstance(value, (str, bytes))
    token = recognise_literal(literal)
    parent = model.parent(literal)
    if is_test_path(model.source.place):
        return "by hand"
    if named is not None and named.role is Role.DEFAULT:
        return "in the body, with None as the default"
    if named is not None and named.role is Role.COMPARED:
        return "and compare with hmac.compare_digest"
    if isinstance(parent, (ast.JoinedStr, ast.BinOp)) or (token is not None and token.end - token.start < len(value)):
        return "(the secret is a part of the text)"
    if token is None and named is not None and name_kind(named.name) is Kind.HEADER:
        return "(the secret is a part of the text)"
    if isinstance(value, bytes) and not (value.isascii() and value.decode("ascii").isprintable()):
        return "(a binary key needs an encoding there)"
    if isinstance(parent, (ast.BoolOp, ast.IfExp)):
        return "(the literal is a fallback for it)"
    if named is None and not isinstance(parent, (ast.Call, ast.List, ast.Set, ast.Tuple, ast.Return)):
        return "by hand"
    if _is_field(literal, model):
        return "(the class declares its fields, their defaults are for everybody)"
    return None


def _is_field(literal: ast.Constant, model: SemanticModel) -> bool:
    """Tell whether a literal is the default of an annotated field in a class that is derived or decorated."""
    statement = model.statement_of(literal)
    owner = model.parent(statement)
    if not isinstance(statement, ast.AnnAssign) or not isinstance(owner, ast.ClassDef):
        return False
    return bool(owner.bases or owner.decorator_list)


def _field_of_settings(literal: ast.Constant, model: SemanticModel) -> ast.AnnAssign | None:
    """Return the field whose whole default a literal is, in a class that pydantic fills from the environment."""
    statement = model.statement_of(literal)
    owner = model.parent(statement)
    if not isinstance(statement, ast.AnnAssign) or not isinstance(owner, ast.ClassDef):
        return None
    names = (model.qualified_name(base) for base in owner.bases)
    return statement if statement.value is literal and any(name in _SETTINGS_CLASSES for name in names) else None


def _without_default(field: ast.AnnAssign, model: SemanticModel) -> Fix:
    """Return the fix that takes the default away: pydantic then asks the environment, and fails without an answer."""
    code = Code("$name: $type", {"name": NodeRef.of(field.target), "type": NodeRef.of(field.annotation)})
    advice = f"Take the default of {model.text(field.target)} away, so that it has to be set in the environment"
    return Fix(Applicability.UNSAFE, advice, (Replace(NodeRef.of(field), code),))


def _without_fallback(named: NamedLiteral, model: SemanticModel, advice: str) -> Fix:
    """Return the fix for `os.getenv("NAME", "...")`: the same look-up, which fails when the variable is unset."""
    call = named.whole
    assert isinstance(call, ast.Call)
    looked_up = model.qualified_name(call.func)
    name = NodeRef.of(call.args[0])
    if looked_up in ("os.getenv", "os.environ.get"):
        reader = _environ(call, model)
        if reader is not None and not call.keywords:
            code = Code(reader.text.replace('"NAME"', "$name"), {"name": name})
            return Fix(Applicability.UNSAFE, f"{advice} alone", (Replace(NodeRef.of(call), code),), reader.adds)
    if looked_up == "decouple.config" and [keyword.arg for keyword in call.keywords] == ["default"]:
        code = Code("$config($name)", {"config": NodeRef.of(call.func), "name": name})
        return Fix(Applicability.UNSAFE, f"{advice} alone", (Replace(NodeRef.of(call), code),))
    return Fix(Applicability.DISPLAY, f"{advice} without a fallback")


def _reader_of(literal: ast.Constant, model: SemanticModel, *, for_bytes: bool) -> Reader | None:
    """Return the way of reading a variable that the module uses already, else `os.environ["NAME"]`.

    `os.getenv` may return None: where the value is worked with at once, it will not do.
    """
    config = model.imports.spelling_of("decouple", "config", literal)
    if config is not None and config.adds is None:
        return Reader(f'{config.text}("NAME")', ())
    for name in _module_level_readers(model):
        binding = model.scopes.lookup(name, model.scopes.scope_of(literal))
        if binding is not None and binding.single is not None and binding.scope is model.scopes.module:
            return Reader(f'{name}("NAME")', ())
    environ = _environ(literal, model)
    module = "" if environ is None else environ.text.rpartition(".")[0]
    if environ is not None and module and not for_bytes and not environ.adds and _only_getenv(module, model):
        return Reader(f'{module}.getenv("NAME")', ())
    return environ


def _environ(node: ast.expr, model: SemanticModel) -> Reader | None:
    environ = model.imports.spelling_of("os", "environ", node)
    if environ is not None and environ.adds is None:
        return Reader(f'{environ.text}["NAME"]', ())
    module = model.imports.spelling_of("os", None, node)
    if module is None:
        return None
    return Reader(f'{module.text}.environ["NAME"]', () if module.adds is None else (module.adds,))


def _module_level_readers(model: SemanticModel) -> Iterable[str]:
    """Yield the names of readers that the module made for itself, `env = environ.Env()`."""
    for binding in model.scopes.bindings_of_module():
        assignment = binding.single
        value = assignment.value if assignment is not None else None
        if isinstance(value, ast.Call) and model.qualified_name(value.func) in _SETTINGS_READERS:
            yield binding.name


def _only_getenv(module: str, model: SemanticModel) -> bool:
    """Tell whether the module reads the environment, and always by `os.getenv`."""
    binding = model.scopes.lookup(module, model.scopes.module)
    used = {
        parent.attr
        for use in (binding.uses if binding is not None else ())
        if isinstance(parent := model.parent(use), ast.Attribute)
    }
    return "getenv" in used and "environ" not in used
