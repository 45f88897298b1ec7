"""A temporary file's name is chosen before the file is made.

## What it does
Reports `tempfile.mktemp()`.

## Why it is dangerous
The function returns a name that no file has at that moment. Until the program opens it, anyone on the machine can put
a file or a symbolic link there: the program then writes into a file of the attacker's choice, with its own rights, or
reads what the attacker wrote.

## Example
```python
import tempfile

def report(text: str) -> str:
    path = tempfile.mktemp(suffix=".txt")
    with open(path, "w") as file:
        file.write(text)
    return path
```

## Use instead
```python
import tempfile

def report(text: str) -> str:
    path = tempfile.NamedTemporaryFile(suffix=".txt", delete=False).name
    with open(path, "w") as file:
        file.write(text)
    return path
```

## When it stays silent
- The name lies in a directory of `tempfile.mkdtemp()` or `tempfile.TemporaryDirectory()`, which nobody else may enter.
- The name goes to `os.symlink`, `os.link` or `os.mkdir`, which fail when something is there, and is only renamed or
  removed afterwards: nothing is opened under it.
- The name is not that of `tempfile`.
- The function is handed on without a call.
- The file belongs to tests (a default that selecting the rule by its code overrides).

## Fix safety
Unsafe: the file exists from then on, empty, and readable for its owner alone; code that wants to find nothing there
would fail. Where the name is seen to become a directory, a link, a pipe or a socket, only the advice is given: make
a directory with `tempfile.mkdtemp()` and put it there.

## References
- [tempfile: deprecated functions](https://docs.python.org/3/library/tempfile.html#deprecated-functions-and-variables)
- [CWE-377: Insecure Temporary File](https://cwe.mitre.org/data/definitions/377.html)
- [bandit: B306](https://bandit.readthedocs.io/en/latest/blacklists/blacklist_calls.html#b306-mktemp-q)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Fix, Import, NodeRef, Replace, Severity
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Finding
    from perffix.semantic.model import SemanticModel

rule = Rule(
    code="SEC306",
    name="insecure-temporary-name",
    summary="A temporary file's name is chosen before the file is made",
    help="Let `tempfile.NamedTemporaryFile` or `tempfile.mkstemp` make the file",
    severity=Severity.MEDIUM,
    cwe=377,
    fix=Applicability.UNSAFE,
    names=("mktemp",),
)

_PARAMETERS = ("suffix", "prefix", "dir")
_PRIVATE = ("tempfile.mkdtemp", "tempfile.TemporaryDirectory")
# These fail when something is there already.
_WANT_NOTHING = frozenset(
    {"os.mkdir", "os.makedirs", "os.mkfifo", "os.mknod", "os.symlink", "os.link", "shutil.copytree", "os.rename"}
    | {"venv.create", "venv.EnvBuilder"}
)
# These, too, and nobody writes through what they make. A pipe is opened under its name afterwards.
_MAKES_ALONE = {"os.symlink": 1, "os.link": 1, "os.mkdir": 0}
_AFTERWARDS = frozenset(
    {"os.unlink", "os.remove", "os.rmdir", "os.rename", "os.replace", "os.readlink", "os.lstat", "os.path.islink"}
    | {"os.path.lexists", "os.path.exists", "os.path.isdir"}
)
_REMOVING = ("unlink", "remove", "rmdir", "try_unlink", "tryunlink", "rmtree")
_SAME_NAME = ("fsencode", "fsdecode")
_WANTING_WORDS = ("bind", "mkdir", "symlink", "hardlink", "unix", "listen", "fifo")


@rule.on_call("mktemp")
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Find calls of `tempfile.mktemp`."""
    if at.model.qualified_name(call.func) != "tempfile.mktemp" or _is_private(call, at.model):
        return
    if _is_made_at_once(call, at.model):
        return
    yield at.finding(
        call,
        f"`{at.text(call)}` returns a name at which anyone may put a file before it is opened",
        fix=_fix(call, at.model),
    )


def _is_private(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether the name lies in a directory that only this program may enter."""
    from perffix.semantic.arguments import argument_of
    from perffix.semantic.makers import made_by

    directory = argument_of(call, "dir", _PARAMETERS.index("dir"))
    if isinstance(directory, ast.Attribute) and directory.attr == "name":
        directory = directory.value
    made = None if directory is None else made_by(directory, model)
    return made is not None and made.name in _PRIVATE


def _is_made_at_once(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether a name only goes to functions that make a link or a directory and fail when something is there."""
    places: list[ast.expr] = [call]
    parent = model.parent(call)
    if isinstance(parent, (ast.Assign, ast.AnnAssign)):
        target = parent.targets[0] if isinstance(parent, ast.Assign) else parent.target
        binding = model.binding_of(target) if isinstance(target, ast.Name) else None
        if binding is None or not binding.is_local:
            return False
        places = [use for use in binding.uses if not _spells_anew(use, target, model)]
    made = False
    for place in places:
        user = model.parent(place)
        if not isinstance(user, ast.Call) or place not in user.args:
            return False
        name = model.qualified_name(user.func) or ""
        if _MAKES_ALONE.get(name) == user.args.index(place):
            made = True
        elif name in ("os.rename", "os.replace"):
            if user.args[0] is not place:
                return False
        elif name not in _AFTERWARDS and _called(user) not in _REMOVING:
            return False
    return made


def _spells_anew(use: ast.expr, target: ast.expr, model: SemanticModel) -> bool:
    """Tell whether a variable is only given its own name in other letters: `path = os.fsencode(path)`."""
    user = model.parent(use)
    statement = model.parent(user) if isinstance(user, ast.Call) and _called(user) in _SAME_NAME else None
    return isinstance(statement, ast.Assign) and ast.dump(statement.targets[0]) == ast.dump(target)


def _called(call: ast.Call) -> str:
    from perffix.semantic.written_names import last_name

    return last_name(call.func)


def _fix(call: ast.Call, model: SemanticModel) -> Fix:
    if any(_wants_nothing(use, model) for use in _places_of_name(call, model)):
        return Fix(Applicability.DISPLAY, "Make a directory with `tempfile.mkdtemp()` and choose a name in it")
    from perffix.semantic.arguments import unpacks

    maker = model.imports.spelling_of("tempfile", "NamedTemporaryFile", call)
    if maker is None or unpacks(call) or len(call.args) > len(_PARAMETERS):
        return Fix(Applicability.DISPLAY, "Let `tempfile.mkstemp()` make the file, and close it")
    given = [*zip(_PARAMETERS, call.args, strict=False), *((each.arg or "", each.value) for each in call.keywords)]
    pieces: dict[str, NodeRef | str] = {name: NodeRef.of(value) for name, value in given}
    arguments = ", ".join([*(f"{name}=${name}" for name, _ in given), "delete=False"])
    return Fix(
        Applicability.UNSAFE,
        "Let `NamedTemporaryFile` make the file",
        (Replace(NodeRef.of(call), Code(f"{maker.text}({arguments}).name", pieces)),),
        () if maker.adds is None else (maker.adds,),
        (Import("tempfile", "mktemp"),),
    )


def _places_of_name(call: ast.Call, model: SemanticModel) -> Iterator[ast.expr]:
    """Yield the call and the places that read the variable it is assigned to."""
    yield call
    parent = model.parent(call)
    if isinstance(parent, (ast.Assign, ast.AnnAssign, ast.NamedExpr)):
        target = parent.targets[0] if isinstance(parent, ast.Assign) else parent.target
        binding = model.binding_of(target)
        if binding is not None:
            yield from binding.uses


def _wants_nothing(place: ast.expr, model: SemanticModel) -> bool:
    """Tell whether what gets a name can do nothing where a file is already."""
    user = model.parent(place)
    if not isinstance(user, ast.Call) or place not in user.args:
        return False
    if any(word in _called(user).lower() for word in _WANTING_WORDS):
        return True
    return model.qualified_name(user.func) in _WANT_NOTHING
