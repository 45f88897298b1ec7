"""Parameters of handlers: which of them, and which fields of the models among them, the client fills with text."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from perffix.semantic.arguments import argument_of
from perffix.semantic.flow.instances import bases_of
from perffix.semantic.flow.patterns import group_keeps_out, has_group, keeps_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.web.handlers import Handler

_HARMFUL = "<>'\"/\\;$ \n"
_PLACEHOLDER = re.compile(r"<(?:(?P<converter>[^<>:]+):)?(?P<name>[^<>:]+)(?::(?P<after>[^<>]*))?>")
_BRACES = re.compile(r"\{(?P<name>\w+)(?::(?P<converter>[^{}]+))?\}")
_BRACES_OF_ANY = re.compile(r"\{(?P<name>\w+)(?::(?P<converter>(?:[^{}]|\{\d+(?:,\d*)?\})+))?\}")
_TEXT_CONVERTERS = ("string", "str", "path", "default", "strorempty", "ext", "unquoted")
_TEXT = frozenset(
    {
        "builtins.str", "builtins.bytes", "builtins.object", "builtins.dict", "builtins.list", "builtins.set",
        "builtins.tuple", "typing.Any", "typing.AnyStr", "typing.Dict", "typing.List", "pydantic.constr",
        "pydantic.StrictStr", "pydantic.AnyUrl", "pydantic.HttpUrl", "pydantic.AnyHttpUrl", "pathlib.Path",
        "collections.abc.Sequence", "typing.Sequence", "pydantic.Json", "typing.Text",
    }
)  # fmt: skip
_HOLDING = (
    "builtins.list", "builtins.set", "builtins.tuple", "builtins.dict", "builtins.frozenset", "typing.List",
    "typing.Set", "typing.Dict", "typing.Tuple", "typing.Sequence", "typing.Iterable", "collections.abc.Sequence",
    "collections.abc.Iterable", "typing.Mapping", "collections.abc.Mapping", "typing.Union", "typing.Optional",
)  # fmt: skip
_ANNOTATED = ("typing.Annotated", "typing_extensions.Annotated")
_UPLOADS = ("fastapi.UploadFile", "starlette.datastructures.UploadFile", "fastapi.datastructures.UploadFile")
_INJECTED = ("Depends", "Security", "Inject")
_LIMITS = ("pattern", "regex")
_MODELS = ("BaseModel", "SQLModel", "TypedDict", "Schema", "Struct", "RootModel")
_DEPTH = 4


def filled_parameters(handler: Handler, model: SemanticModel) -> tuple[ast.arg, ...]:
    """Return the parameters of a handler that the client fills."""
    parameters = [*handler.function.args.posonlyargs, *handler.function.args.args, *handler.function.args.kwonlyargs]
    if isinstance(model.parent(handler.function), ast.ClassDef):
        parameters = parameters[1:]
    parameters = [each for each in parameters if each.arg != handler.request]
    if handler.framework in ("fastapi", "litestar"):
        return tuple(each for each in parameters if _is_filled(each, model))
    if handler.framework == "click":
        return tuple(each for each in parameters if _is_text_option(each, handler, model))
    if handler.framework in ("wsgi",):
        return tuple(parameters[:1])
    if handler.framework == "cherrypy":
        return tuple(parameters)
    if handler.framework == "lambda":
        return tuple(parameters[:1])
    if handler.framework == "socketio":
        return tuple(each for each in parameters if each.arg not in ("sid", "environ", "auth"))
    if handler.framework == "falcon":
        return tuple(each for each in parameters[1:] if holds_text(each.annotation, model))
    if handler.framework == "tornado":
        if handler.function.name == "on_message":
            return tuple(parameters)
        return tuple(dict.fromkeys(_groups_of_route(handler, parameters, model)))
    names = set(text_in_route(handler))
    named = {each.arg for each in parameters}
    rest = [handler.function.args.kwarg] if handler.function.args.kwarg is not None and names - named else []
    return tuple(each for each in (*parameters, *rest) if each in rest or each.arg in names)


def limits_of_part(route: str, name: str) -> bool | None:
    """Tell whether a path takes no text for its part of a name; None when it has no such part."""
    for match in _BRACES_OF_ANY.finditer(route):
        if match["name"] == name:
            converter = match["converter"]
            if converter is None or converter in _TEXT_CONVERTERS:
                return False
            return converter in ("int", "float", "uuid") or keeps_out(converter, _HARMFUL, "fullmatch")
    for match in _PLACEHOLDER.finditer(route):
        if match["name"] == name:
            return match["converter"] in ("int", "float", "uuid")
    return None


def _groups_of_route(handler: Handler, parameters: list[ast.arg], model: SemanticModel) -> Iterator[ast.arg]:
    """Yield the parameters that the groups of a path in `(r"/user/([^/]+)", Handler)` fill with text."""
    owner = model.parent(handler.function)
    for node in ast.walk(model.source.tree):
        if not isinstance(node, (ast.Tuple, ast.Call)):
            continue
        parts = node.elts if isinstance(node, ast.Tuple) else node.args
        if len(parts) < 2 or model.names.definition_of(parts[1]) is not owner:
            continue
        pattern = parts[0].value if isinstance(parts[0], ast.Constant) else None
        if not isinstance(pattern, str):
            continue
        for number, parameter in enumerate(parameters, 1):
            group = parameter.arg if f"(?P<{parameter.arg}>" in pattern else number
            if has_group(pattern, group) and not group_keeps_out(pattern, group, _HARMFUL):
                yield parameter


def _is_text_option(parameter: ast.arg, handler: Handler, model: SemanticModel) -> bool:
    """Tell whether the user of a command writes any text for a parameter: its option has no type and no choices."""
    if parameter.annotation is not None and not holds_text(parameter.annotation, model):
        return False
    for decorator in handler.decorators:
        if not isinstance(decorator, ast.Call):
            continue
        names = [
            str(each.value).lstrip("-").replace("-", "_") for each in decorator.args if isinstance(each, ast.Constant)
        ]
        if parameter.arg in names:
            return not any(each.arg in ("type", "is_flag", "count", "flag_value") for each in decorator.keywords)
    return parameter.annotation is not None


def text_in_route(handler: Handler) -> Iterator[str]:
    """Yield the names in the pattern of a path that stand for text of the client's choice."""
    routes = [handler.route, *(_first_text(each) for each in handler.decorators)]
    for route in routes:
        if route is None:
            continue
        for match in _PLACEHOLDER.finditer(re.sub(r"\(\?P<\w+>", "", route)):
            yield from _placeholder(match, handler.framework)
        for match in _BRACES.finditer(route) if handler.framework in ("sanic", "starlette") else ():
            if match["converter"] in (None, "str", "path"):
                yield match["name"]
        if handler.framework == "django":
            for name in re.findall(r"\(\?P<(\w+)>", route):
                if not group_keeps_out(route, name, _HARMFUL):
                    yield name


def _placeholder(match: re.Match[str], framework: str) -> Iterator[str]:
    converter, name = match["converter"], match["name"]
    if framework in ("bottle", "sanic"):  # the name comes first
        name, converter = (converter, name) if converter is not None else (name, None)
        if match["after"] is not None or (converter or "").startswith(("re", "int", "float", "uuid", "ymd")):
            return
    converter = None if converter is None else converter.partition("(")[0]
    if converter is None or converter in _TEXT_CONVERTERS:
        yield name


def _first_text(decorator: ast.expr) -> str | None:
    if not isinstance(decorator, ast.Call) or not decorator.args:
        return None
    first = decorator.args[0]
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def _is_filled(parameter: ast.arg, model: SemanticModel) -> bool:
    """Tell whether FastAPI or Litestar fills a parameter with text of the client's."""
    default = default_of(parameter, model)
    if isinstance(default, ast.Call):
        name = (model.qualified_name(default.func) or "").rpartition(".")[2]
        if name in _INJECTED or any(each.arg in _LIMITS for each in default.keywords):
            return False
    if injected(parameter, model) is not None:
        return False
    return is_upload(parameter, model) or holds_text(parameter.annotation, model)


def default_of(parameter: ast.arg, model: SemanticModel) -> ast.expr | None:
    """Return the default of a parameter."""
    return model.scopes.assignment_at(parameter).value


def is_upload(parameter: ast.arg, model: SemanticModel) -> bool:
    """Tell whether a parameter is an uploaded file."""
    if parameter.annotation is None:
        return False
    names = {
        model.qualified_name(each)
        for each in ast.walk(parameter.annotation)
        if isinstance(each, (ast.Name, ast.Attribute))
    }
    return not names.isdisjoint(_UPLOADS)


def injected(parameter: ast.arg, model: SemanticModel) -> ast.expr | None:
    """Return the function in `Depends(function)` that makes the value of a parameter, None when there is none."""
    calls = [default_of(parameter, model)]
    annotation = parameter.annotation
    if isinstance(annotation, ast.Subscript) and model.qualified_name(annotation.value) in _ANNOTATED:
        calls += annotation.slice.elts[1:] if isinstance(annotation.slice, ast.Tuple) else []
    for call in calls:
        if (
            not isinstance(call, ast.Call)
            or (model.qualified_name(call.func) or "").rpartition(".")[2] not in _INJECTED
        ):
            continue
        return argument_of(call, "dependency", 0) or annotation
    return None


def holds_text(
    annotation: ast.expr | None, model: SemanticModel, field: str | None = None, depth: int = _DEPTH
) -> bool:
    """Tell whether a value of an annotated type holds text that nobody has limited.

    Args:
        annotation: the annotation; without one anything may come.
        model: the module.
        field: the attribute of the value that is asked about; None for any.
        depth: how many models inside of models are looked into.
    """
    if annotation is None:
        return True
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        text = annotation.value.strip()
        return text in ("str", "Any", "dict", "bytes", "Optional[str]", "str | None", "list[str]", "List[str]")
    if isinstance(annotation, ast.BinOp):
        return any(holds_text(each, model, field, depth) for each in (annotation.left, annotation.right))
    if isinstance(annotation, ast.Subscript):
        return _generic_holds_text(annotation, model, field, depth)
    if isinstance(annotation, ast.Constant):
        return False
    if model.qualified_name(annotation) in _TEXT:
        return True
    definition = model.names.definition_of(annotation)
    return isinstance(definition, ast.ClassDef) and depth > 0 and _model_holds_text(definition, model, field, depth)


def _generic_holds_text(annotation: ast.Subscript, model: SemanticModel, field: str | None, depth: int) -> bool:
    name = model.qualified_name(annotation.value)
    inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    if name in _ANNOTATED:
        limited = any(
            keyword.arg in _LIMITS for each in inner[1:] if isinstance(each, ast.Call) for keyword in each.keywords
        )
        return not limited and holds_text(inner[0], model, field, depth)
    return name in _HOLDING and any(holds_text(each, model, field, depth) for each in inner)


def _model_holds_text(definition: ast.ClassDef, model: SemanticModel, field: str | None, depth: int) -> bool:
    """Tell whether a field, or any, of a class of the module that describes a body is text."""
    if not is_body_model(definition, model):
        return False
    for statement in definition.body:
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        if field not in (None, statement.target.id):
            continue
        limits = statement.value.keywords if isinstance(statement.value, ast.Call) else ()
        if not any(each.arg in _LIMITS for each in limits) and holds_text(statement.annotation, model, None, depth - 1):
            return True
    bases = (model.names.definition_of(base) for base in definition.bases)
    return any(isinstance(base, ast.ClassDef) and _model_holds_text(base, model, field, depth - 1) for base in bases)


def field_holds_text(definition: ast.ClassDef, field: str, model: SemanticModel) -> bool:
    """Tell whether a field of a class of the module holds text that nobody has limited."""
    return _model_holds_text(definition, model, field, _DEPTH)


def is_body_model(definition: ast.ClassDef, model: SemanticModel) -> bool:
    """Tell whether a class describes the body of a request: a pydantic model, a dataclass, a typed dictionary."""
    if any(name.rpartition(".")[2] in _MODELS for name in bases_of(definition, model)):
        return not any(_checks_fields(each) for each in definition.body)
    makers = (each.func if isinstance(each, ast.Call) else each for each in definition.decorator_list)
    return any((model.qualified_name(each) or "").rpartition(".")[2] == "dataclass" for each in makers)


def _checks_fields(statement: ast.stmt) -> bool:
    """Tell whether a method of a model is a validator: what it lets pass is not followed."""
    if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    return any(
        ("validator" in ast.unparse(each) or "serializer" in ast.unparse(each)) for each in statement.decorator_list
    )
