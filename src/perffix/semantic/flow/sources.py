"""Sources: the expressions with which input enters a program. The facts are in `facts/sources.toml`."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.flow.instances import class_of
from perffix.semantic.scopes import How

if TYPE_CHECKING:
    from perffix.semantic.flow.selectors import Path
    from perffix.semantic.model import SemanticModel

_DJANGO_PARTS = ("GET", "POST", "FILES", "COOKIES", "META")
_DEPTH = 4


class Source(NamedTuple):
    """A place where input enters.

    Attributes:
        node: the expression or parameter.
        kind: "request", "handler", "message", "upload", "terminal", "arguments", "environment", "answer".
        remote: whether it comes over the network.
        says: a phrase about it for the user.
    """

    node: ast.expr | ast.arg
    kind: str
    remote: bool
    says: str


_SAYS = {
    "request": "is what the client sends",
    "handler": "is filled by the client",
    "message": "comes over the network",
    "upload": "is uploaded by the client",
    "terminal": "is typed in by the user",
    "arguments": "comes from the command line",
    "environment": "comes from the environment",
    "answer": "is what another server answers",
}


def source(node: ast.expr | ast.arg, kind: str, remote: bool) -> Source:
    """Return the source that a node is, with its phrase."""
    text = ast.unparse(node) if isinstance(node, ast.expr) else node.arg
    if len(text) > 60:
        text = f"{text[:40]}..."
    return Source(node, kind, remote, f"`{text}` {_SAYS[kind]}")


class _Framework(NamedTuple):
    name: str
    attributes: frozenset[str]
    methods: frozenset[str]
    own: frozenset[str]
    own_methods: frozenset[str]


@cache
def _framework(name: str) -> _Framework:
    known = facts.load("sources")["frameworks"].get(name, {})
    return _Framework(
        name, *(frozenset(known.get(each, ())) for each in ("attributes", "methods", "own", "own_methods"))
    )


@cache
def _request_names() -> dict[str, str]:
    frameworks = facts.load("sources")["frameworks"]
    return {name: framework for framework, known in frameworks.items() for name in known["requests"]}


@cache
def _request_classes() -> dict[str, str]:
    frameworks = facts.load("sources")["frameworks"]
    return {name: framework for framework, known in frameworks.items() for name in known["classes"]}


@cache
def _parts() -> frozenset[str]:
    """Return all attributes and methods that may be input on some request."""
    names = facts.load("sources")["frameworks"]
    groups = ("attributes", "methods", "own", "own_methods")
    return frozenset(name for known in names.values() for group in groups for name in known.get(group, ()))


def source_at(expr: ast.expr, path: Path, kind: str, model: SemanticModel) -> Source | None:
    """Return the source that an expression is, or None.

    Args:
        expr: the expression.
        path: which part of its value is asked for.
        kind: the kind of sink; some input does no harm in some sinks.
        model: the module.
    """
    if isinstance(expr, ast.Call):
        return _called(expr, path, kind, model)
    if isinstance(expr, ast.Attribute):
        return _attribute(expr, path, kind, model) or _named(expr, path, model)
    if not isinstance(expr, ast.Name):
        return None
    return _named(expr, path, model) or _part_of_request(expr, path, kind, model)


def is_method_of_requests(name: str) -> bool:
    """Tell whether some request has a method of this name that returns what the client sent."""
    return name in _parts() and any(name in _framework(each).methods for each in facts.load("sources")["frameworks"])


def _part_of_request(expr: ast.Name, path: Path, kind: str, model: SemanticModel) -> Source | None:
    """Return the source that a request is whose part is asked for, as a function does that is given the request."""
    if not path or path[0].kind != "attribute" or path[0].key not in _parts():
        return None
    framework = framework_of_request(expr, model)
    if framework is None:
        return None
    part = str(path[0].key)
    known = _framework(framework)
    if part not in known.attributes and part not in known.methods:
        return None
    if part in facts.load("sources")["harmless"].get(kind, ()) or not _is_the_clients(part, path[1:], kind):
        return None
    return source(expr, "request", True)


def _named(expr: ast.Name | ast.Attribute, path: Path, model: SemanticModel) -> Source | None:
    name = model.qualified_name(expr)
    known = None if name is None else facts.load("sources")["names"].get(name)
    if known is None:
        return None
    if name == "sys.argv" and path and path[0].key == 0:
        return None
    return source(expr, known["kind"], known["remote"])


def _attribute(expr: ast.Attribute, path: Path, kind: str, model: SemanticModel) -> Source | None:
    if expr.attr in ("data", "cleaned_data", "validated_data"):
        from perffix.semantic.web.forms import is_part_of_form

        if is_part_of_form(expr, path, model):
            return source(expr, "request", True)
    if expr.attr not in _parts() or expr.attr in facts.load("sources")["harmless"].get(kind, ()):
        return None
    framework = framework_of_request(expr.value, model)
    if framework is not None:
        parts = _framework(framework)
        if expr.attr not in parts.attributes and expr.attr not in parts.methods:
            return None
        return source(expr, "request", True) if _is_the_clients(expr.attr, path, kind) else None
    framework = _framework_of_self(expr.value, model)
    if framework is not None and expr.attr in _framework(framework).own:
        return source(expr, "request", True)
    return None


def _is_the_clients(part: str, path: Path, kind: str) -> bool:
    """Tell whether the client decides on what is asked for: of `META` and `files` it does not for all."""
    key = path[0].key if path else None
    if part == "META":
        if kind in ("redirect", "url") and key in ("HTTP_REFERER", "HTTP_HOST", "PATH_INFO"):
            return False
        return is_the_clients_environment(path)
    if part == "headers" and kind in ("redirect", "url") and isinstance(key, str):
        return key.lower() not in ("referer", "host", "referrer", "origin")
    if kind == "path" and part in ("files", "FILES"):
        # An upload is no path, only its name is; and of that Django keeps only the last part.
        return part == "files" and any(each.key in ("filename", "raw_filename") for each in path)
    return True


def is_the_clients_environment(path: Path) -> bool:
    """Tell whether a part of a WSGI environment, or of Django's `META`, is what the client decides on."""
    known = facts.load("sources")["environ"]
    key = path[0].key if path else None
    return isinstance(key, str) and (key.startswith(tuple(known["prefixes"])) or key in known["keys"])


def _called(call: ast.Call, path: Path, kind: str, model: SemanticModel) -> Source | None:
    known = facts.load("sources")
    func = call.func
    name = model.qualified_name(func)
    fact = None if name is None else known["functions"].get(name)
    if fact is not None:
        return source(call, fact["kind"], fact["remote"])
    if name in known["answers"]["functions"] and kind in known["answers"]["sinks"]:
        return source(call, "answer", True)
    if not isinstance(func, ast.Attribute):
        return None
    if func.attr in _parts() and func.attr not in known["harmless"].get(kind, ()):
        framework = framework_of_request(func.value, model)
        if framework is not None and func.attr in _framework(framework).methods:
            return source(call, "request", True)
        framework = _framework_of_self(func.value, model)
        if framework is not None and func.attr in _framework(framework).own_methods:
            return source(call, "request", True)
    if any(each.endswith(f".{func.attr}") for each in known["methods"]):
        owner = class_of(func.value, model)
        fact = known["methods"].get(f"{owner}.{func.attr}")
        if fact is not None and not (fact["kind"] == "arguments" and is_limited_argument(path, model)):
            return source(call, fact["kind"], fact["remote"])
    return None


def is_limited_argument(path: Path, model: SemanticModel) -> bool:
    """Tell whether a part of what a parser of arguments returns is converted, or one of some choices."""
    if not path or path[0].kind != "attribute":
        return False
    name = str(path[0].key)
    for node in ast.walk(model.source.tree):
        if (
            not isinstance(node, ast.Call)
            or not isinstance(node.func, ast.Attribute)
            or node.func.attr != "add_argument"
        ):
            continue
        given = {each.arg: each.value for each in node.keywords}
        written = [str(each.value) for each in node.args if isinstance(each, ast.Constant)]
        dest = given.get("dest")
        names = (
            [dest.value] if isinstance(dest, ast.Constant) else [each.lstrip("-").replace("-", "_") for each in written]
        )
        if name in names:
            kept = given.get("type")
            is_text = kept is None or (model.qualified_name(kept) or "") in ("builtins.str", "pathlib.Path")
            return (
                "choices" in given
                or not is_text
                or ast.unparse(given.get("action", node)).startswith(("'store_true", "'store_false", "'count"))
            )
    return False


# Request objects


def framework_of_request(expr: ast.expr, model: SemanticModel, depth: int = _DEPTH) -> str | None:
    """Return the framework whose request object an expression is, or None."""
    if depth == 0 or not isinstance(expr, (ast.Name, ast.Attribute, ast.Call)):
        return None
    name = model.qualified_name(expr) if not isinstance(expr, ast.Call) else None
    if name is not None and name in _request_names():
        return _request_names()[name]
    if isinstance(expr, ast.Call):
        return _request_classes().get(model.qualified_name(expr.func) or "")
    if isinstance(expr, ast.Attribute):
        return _framework_of_self(expr.value, model) if expr.attr == "request" else None
    binding = model.scopes.binding_of(expr)
    single = None if binding is None else binding.single
    if binding is None or single is None:
        return None
    if single.how in (How.ASSIGNED, How.ANNOTATED) and single.value is not None:
        return framework_of_request(single.value, model, depth - 1)
    if single.how is How.PARAMETER and isinstance(single.node, ast.arg):
        return _framework_of_parameter(single.node, single.statement, model)
    return None


def _framework_of_parameter(parameter: ast.arg, function: ast.AST, model: SemanticModel) -> str | None:
    framework = model.handlers.framework_of_annotation(parameter)
    if framework is not None:
        return framework
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return None
    handler = model.handlers.of(function)
    if handler is not None and handler.request == parameter.arg:
        return handler.framework
    if parameter.arg not in ("request", "req") or parameter.annotation is not None:
        return None
    scope = model.scopes.scope_of(function.body[0])
    owner = model.scopes.enclosing_class(scope)
    if owner is not None and isinstance(owner.node, ast.ClassDef):
        framework = model.handlers.framework_of_class(owner.node)
        if framework in ("django", "drf"):
            return framework
    binding = model.scopes.binding_in(scope, parameter.arg)
    parents = (model.parent(use) for use in binding.uses)
    read = {parent.attr for parent in parents if isinstance(parent, ast.Attribute)}
    imported = model.handlers.imported
    if read.isdisjoint(_DJANGO_PARTS):
        return "drf" if "rest_framework" in imported and "query_params" in read else None
    if "rest_framework" in imported:
        return "drf"
    return "django" if "django" in imported else "pyramid" if "pyramid" in imported else None


def _framework_of_self(expr: ast.expr, model: SemanticModel) -> str | None:
    """Return the framework of whose handlers `self` is one, or None."""
    if not isinstance(expr, ast.Name):
        return None
    owner = model.scopes.class_of_self(expr)
    if owner is None or not isinstance(owner.node, ast.ClassDef):
        return None
    return model.handlers.framework_of_class(owner.node)
