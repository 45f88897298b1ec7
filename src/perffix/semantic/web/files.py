"""Files that a client names: which calls touch the file that an argument names, and what the client can reach."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.arguments import argument_by_fact
from perffix.semantic.flow.input import input_in
from perffix.semantic.flow.instances import class_of
from perffix.semantic.flow.sinks import sink_at
from perffix.semantic.scopes import How
from perffix.semantic.web.handlers import handler_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.flow.input import Origin
    from perffix.semantic.model import SemanticModel

_DEPTH = 5
_UPLOADS = ("files", "FILES")
_CONTENTS = ("read", "stream", "file", "getvalue", "get_data", "body", "open", "download_blob")
_BUFFERS = ("io.BytesIO", "io.StringIO", "io.TextIOWrapper", "tempfile.TemporaryFile", "tempfile.SpooledTemporaryFile")
# Parts of a request whose values are text.
_TEXTS = ("args", "form", "values", "GET", "POST", "query_params", "path_params", "query", "match_info", "view_args")
_LISTING = ("listdir", "scandir", "iterdir", "walk")
_CHOOSING = ("chooser", "picker", "browse", "browsing")
_PATH_METHODS = ("joinpath", "resolve", "absolute", "with_suffix", "with_name", "expanduser", "with_stem")


class NamedFile(NamedTuple):
    """An argument that names a file.

    Attributes:
        path: the argument.
        name: the function or method, for messages.
        is_folder: it names a folder, whose parent is as good as any other.
    """

    path: ast.expr
    name: str
    is_folder: bool


def named_files(call: ast.Call, model: SemanticModel) -> Iterator[NamedFile]:
    """Yield the arguments of a call that name files: none for most calls, two for copies and the like."""
    sink = sink_at(call, "path", model)
    if sink is not None:
        if not sink.facts.get("buffer") or _is_name(sink.argument, model):
            yield NamedFile(sink.argument, sink.name, bool(sink.facts.get("folder")))
        other = facts.load("sinks/path")["second"].get(sink.name)
        second = None if other is None else argument_by_fact(call, other)
        if second is not None:
            yield NamedFile(second, sink.name, is_folder=False)
        return
    func = call.func
    if not isinstance(func, ast.Attribute):
        return
    known = facts.load("sinks/path")["receivers"]
    if func.attr in known["methods"] and is_path(func.value, model):
        yield NamedFile(func.value, f"pathlib.Path.{func.attr}", is_folder=func.attr in ("iterdir", "rmdir"))
        if func.attr in ("rename", "replace", "symlink_to") and len(call.args) == 1:
            yield NamedFile(call.args[0], f"pathlib.Path.{func.attr}", is_folder=False)
    elif func.attr == "save" and len(call.args) == 1 and is_upload(func.value, model):
        yield NamedFile(call.args[0], "werkzeug.datastructures.FileStorage.save", is_folder=False)


def is_path(expr: ast.expr, model: SemanticModel, depth: int = _DEPTH) -> bool:
    """Tell whether an expression is certainly a path object."""
    if depth == 0:
        return False
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.Div):
        return is_path(expr.left, model, depth - 1) or is_path(expr.right, model, depth - 1)
    if isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute) and expr.func.attr in _PATH_METHODS:
        return is_path(expr.func.value, model, depth - 1)
    if isinstance(expr, ast.Attribute) and expr.attr == "parent":
        return is_path(expr.value, model, depth - 1)
    if class_of(expr, model) in facts.load("sinks/path")["receivers"]["classes"]:
        return True
    values = list(_values_of(expr, model))
    return bool(values) and all(is_path(each, model, depth - 1) for each in values)


def is_upload(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether an expression is an uploaded file itself."""
    if not _is_content(expr, model):
        return False
    origin = input_in(expr, model, "upload", remote=True)
    return origin is not None and origin.remote


def _is_content(expr: ast.expr, model: SemanticModel, depth: int = _DEPTH) -> bool:
    """Tell whether an expression may be a file or its content instead of a name."""
    if depth == 0:
        return False
    if isinstance(expr, ast.Await):
        return _is_content(expr.value, model, depth)
    if isinstance(expr, ast.Call):
        if model.qualified_name(expr.func) in (*_BUFFERS, "builtins.open"):
            return True
        if isinstance(expr.func, ast.Attribute):
            return expr.func.attr in _CONTENTS or (
                expr.func.attr in ("get", "getlist") and _is_content(expr.func.value, model, depth - 1)
            )
        return False
    if isinstance(expr, ast.Attribute):
        return expr.attr in (*_UPLOADS, *_CONTENTS)
    if isinstance(expr, ast.Subscript):
        return _is_content(expr.value, model, depth - 1)
    return any(_is_content(each, model, depth - 1) for each in _values_of(expr, model))


def _is_name(expr: ast.expr, model: SemanticModel, depth: int = _DEPTH) -> bool:
    """Tell whether an expression is certainly the name of a file and no open one: text, or a path."""
    if depth == 0 or _is_content(expr, model):
        return False
    known = model.type_of(expr)
    if (known is not None and known.name == "str") or is_path(expr, model):
        return True
    if isinstance(expr, ast.Call) and (model.qualified_name(expr.func) or "").startswith("os.path."):
        return True
    if isinstance(expr, (ast.BoolOp, ast.IfExp)):
        options = expr.values if isinstance(expr, ast.BoolOp) else [expr.body, expr.orelse]
        return all(_is_name(each, model, depth - 1) for each in options)
    if isinstance(expr, (ast.Subscript, ast.Call, ast.Attribute)):
        return any(isinstance(each, ast.Attribute) and each.attr in _TEXTS for each in ast.walk(expr))
    values = list(_values_of(expr, model))
    if values:
        return all(_is_name(each, model, depth - 1) for each in values)
    handler = handler_of(expr, model)
    return isinstance(expr, ast.Name) and handler is not None and any(p.arg == expr.id for p in handler.parameters)


def _values_of(expr: ast.expr, model: SemanticModel) -> Iterator[ast.expr]:
    binding = model.binding_of(expr)
    for each in () if binding is None else binding.assignments:
        if each.value is not None and each.how in (How.ASSIGNED, How.ANNOTATED, How.WALRUS, How.ENTERED, How.ITERATED):
            yield each.value


def is_named_before(call: ast.Call, named: NamedFile, model: SemanticModel) -> bool:
    """Tell whether an earlier call of the same function gets the same name with the same value: one word is enough."""
    function = model.function_of(call)
    binding = model.binding_of(named.path) if isinstance(named.path, ast.Name) else None
    if function is None or binding is None or binding.single is None:
        return False
    place = (call.lineno, call.col_offset)
    for use in binding.uses:
        other = next((each for each in model.ancestors(use) if isinstance(each, ast.Call)), None)
        if other is None or (other.lineno, other.col_offset) >= place or model.function_of(other) is not function:
            continue
        if any(each.path is use for each in named_files(other, model)):
            return True
    return False


def is_for_browsing(call: ast.Call, named: NamedFile, model: SemanticModel) -> bool:
    """Tell whether a function shows any folder of the machine for a person to choose one: `def path_chooser():`.

    It does so when its name says it, and the path is joined to no folder that it would have to stay in.
    """
    function = model.function_of(call)
    if function is None or named.name.rpartition(".")[2] not in _LISTING:
        return False
    return any(word in function.name.lower() for word in _CHOOSING) and not _is_joined(named.path, model)


def _is_joined(expr: ast.expr, model: SemanticModel, depth: int = _DEPTH) -> bool:
    if depth == 0:
        return True
    for part in ast.walk(expr):
        if isinstance(part, ast.BinOp) and isinstance(part.op, (ast.Div, ast.Add)) and not _adds_slash(part, model):
            return True
        if isinstance(part, ast.Call) and (model.qualified_name(part.func) or "").rpartition(".")[2] == "join":
            return True
    names = [part for part in ast.walk(expr) if isinstance(part, ast.Name)]
    values = (value for name in names for value in _values_of(name, model))
    return any(_is_joined(value, model, depth - 1) for value in values if not _mentions(value, names))


def _adds_slash(sum_of: ast.BinOp, model: SemanticModel) -> bool:
    return model.qualified_name(sum_of.right) in ("os.sep", "os.path.sep")


def _mentions(value: ast.expr, names: list[ast.Name]) -> bool:
    """Tell whether a value is made of the very name that it is given to: `path = normpath(path)`."""
    known = {each.id for each in names}
    return any(isinstance(part, ast.Name) and part.id in known for part in ast.walk(value))


def can_leave(origin: Origin, named: NamedFile, model: SemanticModel) -> bool:
    """Tell whether a client's text can name a file outside of the folder that it is joined to.

    One segment of a route holds no slash: all it can name is the parent folder, which is no file.
    """
    source = origin.source
    if named.is_folder or not isinstance(source, ast.arg):
        return True
    handler = handler_of(source, model)
    route = None if handler is None else handler.route
    if route is None:
        return True
    return re.search(rf"<{source.arg}>|<(str|string|slug|int|uuid):{source.arg}>|{{{source.arg}}}", route) is None
