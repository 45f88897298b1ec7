"""A client names the file that is opened, sent, written or removed.

## What it does

Follows the path of every call that touches a file (`open`, `send_file`, `FileResponse`, `os.remove`, `shutil.rmtree`,
the methods of `pathlib.Path`, the `save` of an upload) back to where it comes from. It is reported where a request, the
name of an uploaded file or another message from the network is proved to be a part of it.

The severity is medium instead of high where the route lets only administrators in, by the name of its decorator or
dependency.

## Why it is dangerous

`../../etc/passwd` leaves the folder that it is joined to, and `os.path.join("/srv/files", "/etc/passwd")` is
`/etc/passwd`: the folder in front is dropped. The client reads, replaces or removes whatever the program may.

## Example

```python
import os

from flask import Flask, request, send_file

app = Flask(__name__)


@app.route("/download")
def download():
    return send_file(os.path.join("/srv/files", request.args["name"]))
```

## Use instead

```python
from flask import Flask, request, send_from_directory

app = Flask(__name__)


@app.route("/download")
def download():
    return send_from_directory("/srv/files", request.args["name"])
```

## When it stays silent

- The name loses its folders: `secure_filename`, `os.path.basename`, `Path(...).name`, `safe_join`.
- A test lets only paths inside of the folder through: `is_relative_to`, `commonpath`, `startswith` on a resolved path.
- The name is one of a list of allowed ones, a number, a UUID, a digest, or matches a pattern without slashes.
- The name is one segment of the route (`<name>`, `{name}`), which holds no slash; not for folders, whose parent
  `..` names.
- An earlier call in the same function was reported for the same name.
- The function lists any folder of the machine for a person to choose one, as its name says (`path_chooser`), and joins
  the path to none that it would have to stay in.
- The argument is an open file or its content, not a name.
- The path comes from the command line, the environment or a file of the program's own: whoever gives it may read
  that file anyway.
- The file belongs to tests (a default that selecting the rule by its code overrides).

## Fix safety

Unsafe: `send_from_directory` answers 404 for a path outside of the folder, where `send_file` sent it. Offered for
`send_file(os.path.join(folder, name))`. All else needs a decision where files may lie.

## References

- [flask.send_from_directory](https://flask.palletsprojects.com/en/stable/api/#flask.send_from_directory)
- [OWASP: Path Traversal](https://owasp.org/www-community/attacks/Path_Traversal)
- [CWE-22](https://cwe.mitre.org/data/definitions/22.html)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Fix, Import, NodeRef, Replace, Severity
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Finding

rule = Rule(
    code="SEC828",
    name="path-from-input",
    summary="A client names the file that is opened, sent, written or removed",
    help="Resolve the path and refuse it unless it lies in the folder, or take the name alone with `secure_filename`",
    severity=Severity.HIGH,
    cwe=22,
    fix=Applicability.UNSAFE,
    names=(
        "flask", "quart", "django", "rest_framework", "fastapi", "starlette", "aiohttp", "tornado", "sanic", "bottle",
        "falcon", "litestar", "pyramid", "cherrypy", "werkzeug", "request", "Request", "websocket", "WebSocket",
        "event", "BaseHTTPRequestHandler",
    ),
    remote=True,
)  # fmt: skip

_SENDING = ("flask.send_file", "flask.helpers.send_file")


@rule.on_call(
    "open", "FileIO", "open_file", "remove", "unlink", "rmdir", "removedirs", "mkdir", "makedirs", "rename", "renames",
    "replace", "symlink", "link", "chmod", "chown", "listdir", "scandir", "walk", "rmtree", "copy", "copy2", "copyfile",
    "copytree", "move", "send_file", "FileResponse", "file", "file_stream", "File", "read_csv", "read_json",
    "read_excel", "load", "loadtxt", "ZipFile", "connect", "save", "read_text", "read_bytes", "write_text",
    "write_bytes", "touch", "iterdir", "symlink_to", "hardlink_to",
)  # fmt: skip
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Yield a finding for the first argument of a call that names a file and that a client decides on."""
    from perffix.semantic.flow.input import input_in
    from perffix.semantic.web.files import can_leave, is_for_browsing, is_named_before, named_files
    from perffix.semantic.web.restriction import restriction_of

    for named in named_files(call, at.model):
        origin = input_in(named.path, at.model, "path", remote=True)
        if origin is None or not origin.remote or not can_leave(origin, named, at.model):
            continue
        if is_named_before(call, named, at.model) or is_for_browsing(call, named, at.model):
            return
        restriction = restriction_of(origin, at.model)
        yield at.finding(
            call,
            f"`{at.text(named.path, 50)}` comes from a client and names the {'folder' if named.is_folder else 'file'}"
            f" for `{at.text(call.func, 40)}()`",
            severity=Severity.HIGH if restriction is None else Severity.MEDIUM,
            evidence=[origin.says, *([] if restriction is None else [f"`{restriction}` lets only some people in"])],
            related=origin.steps,
            fix=_from_directory(call, named.path, at) if named.name in _SENDING else None,
        )
        return


def _from_directory(call: ast.Call, path: ast.expr, at: Context) -> Fix | None:
    """Return the fix for `send_file(os.path.join(folder, name))` with a folder that is the program's own."""
    from perffix.semantic.flow.input import input_in

    model = at.model
    if not isinstance(path, ast.Call) or model.qualified_name(path.func) != "os.path.join" or path.keywords:
        return None
    if len(path.args) != 2 or len(call.args) != 1 or isinstance(path.args[0], ast.Starred):
        return None
    if any(keyword.arg is None for keyword in call.keywords) or input_in(path.args[0], model, "path") is not None:
        return None
    spelling = model.imports.spelling_of("flask", "send_from_directory", at=call)
    if spelling is None:
        return None
    pieces: dict[str, NodeRef | str] = {f"argument{index}": NodeRef.of(each) for index, each in enumerate(path.args)}
    pieces.update({f"keyword{index}": NodeRef.of(each.value) for index, each in enumerate(call.keywords)})
    keywords = "".join(f", {each.arg}=$keyword{index}" for index, each in enumerate(call.keywords))
    code = Code(f"{spelling.text}($argument0, $argument1{keywords})", pieces)
    return Fix(
        Applicability.UNSAFE,
        "Send it with `send_from_directory`, which refuses paths that leave the folder",
        (Replace(NodeRef.of(call), code),),
        () if spelling.adds is None else (spelling.adds,),
        (Import("flask", "send_file"), Import("os")),
    )
