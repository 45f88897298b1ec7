"""Sources: the expressions with which input enters a program. The facts are in `facts/sources.toml`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.flow.instances import bases_of, class_of
from perffix.semantic.flow.requests import all_parts, framework_of_request, framework_of_self, parts_of

if TYPE_CHECKING:
    from perffix.semantic.flow.selectors import Path
    from perffix.semantic.model import SemanticModel

_ROUTE_PARTS = ("match_info", "path_params", "view_args", "matchdict", "url_args")


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


def _part_of_request(expr: ast.Name, path: Path, kind: str, model: SemanticModel) -> Source | None:
    """Return the source that a request is whose part is asked for, as a function does that is given the request."""
    if not path or path[0].kind != "attribute" or path[0].key not in all_parts():
        return None
    framework = framework_of_request(expr, model)
    if framework is None:
        return None
    is_input = _is_input(str(path[0].key), framework, path[1:], kind, model)
    return source(expr, "request", True) if is_input else None


def _is_input(part: str, framework: str, path: Path, kind: str, model: SemanticModel) -> bool:
    """Tell whether a part of a framework's request is input that does harm in a kind of sink."""
    known = parts_of(framework)
    if part not in known.attributes and part not in known.methods:
        return False
    if part in facts.load("sources")["harmless"].get(kind, ()):
        return False
    if part in _ROUTE_PARTS and path and is_limited_by_route(path[0].key, model):
        return False
    return _is_the_clients(part, path, kind)


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
    if expr.attr not in all_parts():
        return None
    framework = framework_of_request(expr.value, model)
    if framework is not None:
        return source(expr, "request", True) if _is_input(expr.attr, framework, path, kind, model) else None
    framework = framework_of_self(expr.value, model)
    if framework is not None and expr.attr in parts_of(framework).own:
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
    if func.attr in all_parts() and func.attr not in known["harmless"].get(kind, ()):
        framework = framework_of_request(func.value, model)
        if framework is not None and func.attr in parts_of(framework).methods:
            return source(call, "request", True)
        framework = framework_of_self(func.value, model)
        if framework is not None and func.attr in parts_of(framework).own_methods:
            return source(call, "request", True)
    if any(each.endswith(f".{func.attr}") for each in known["methods"]):
        owner = class_of(func.value, model)
        fact = known["methods"].get(f"{owner}.{func.attr}")
        if fact is not None and not (fact["kind"] == "arguments" and is_limited_argument(path, model)):
            return source(call, fact["kind"], fact["remote"])
    return None


def is_limited_by_route(name: object, model: SemanticModel) -> bool:
    """Tell whether every path of the module that has a part of a name limits it: `{id:int}`, `<int:id>`."""
    from perffix.semantic.web.parameters import limits_of_part

    texts = (node.value for node in ast.walk(model.source.tree) if isinstance(node, ast.Constant))
    found = [limits_of_part(text, str(name)) for text in texts if isinstance(text, str) and str(name) in text]
    known = [each for each in found if each is not None]
    return bool(known) and all(known)


def are_arguments(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether a name holds all arguments of the command line: `args = parser.parse_args()`, `**options`."""
    single = model.single_of(expr)
    if single is None:
        return False
    if isinstance(single.node, ast.arg):
        return fills_options(single.node, single.statement, model)
    func = single.value.func if isinstance(single.value, ast.Call) else None
    return isinstance(func, ast.Attribute) and func.attr in ("parse_args", "parse_known_args")


def fills_options(parameter: ast.arg, function: ast.AST, model: SemanticModel) -> bool:
    """Tell whether the parser of a command of Django fills a parameter: `def handle(self, *args, **options)`."""
    owner = model.parent(function)
    if not isinstance(function, ast.FunctionDef) or function.name != "handle" or not isinstance(owner, ast.ClassDef):
        return False
    if parameter is not function.args.kwarg:
        return False
    return not set(bases_of(owner, model)).isdisjoint(facts.load("sources")["commands"]["classes"])


def is_limited_argument(path: Path, model: SemanticModel) -> bool:
    """Tell whether a part of what a parser of arguments returns is converted, or one of some choices."""
    if not path or path[0].kind not in ("attribute", "item"):
        return False
    name = str(path[0].key)
    for node in model.every(ast.Call):
        if not isinstance(node.func, ast.Attribute) or node.func.attr != "add_argument":
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
