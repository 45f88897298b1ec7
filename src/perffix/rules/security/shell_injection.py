"""A shell reads text that is not all the program's own, or is asked for where none is needed.

## What it does

Follows the command line of every call that starts a shell (`subprocess` with `shell=True`, `os.system`, `os.popen`,
`asyncio.create_subprocess_shell` and the like of other libraries) back through the function that builds it, reads it
as a shell would, and reports

- a value in it that is neither written in the program nor a number, nor goes through `shlex.quote`; also one that is
  quoted and then put between quotes, which undoes it,
- a command that comes from a request as a whole, and a program to start that a request names (SEC603, SEC606),
- a list that is given to a shell: only its first item runs,
- `shell=True` for a constant command in which nothing means anything to a shell.

The severity is high where the value is proved to come over the network, low where the person who runs the program
gives it (by an argument, the environment, an option of a command of Django), and for the last two.

## Why it is dangerous

A shell does not know where the program's text ends and the value begins. The name `x; rm -rf ~` becomes a second
command; an honest name with a blank becomes two arguments. Without a shell every item of a list is one argument,
whatever it holds.

## Example

```python
import subprocess


def clone(url: str) -> None:
    subprocess.run(f"git clone {url} checkout", shell=True, check=True)
```

## Use instead

```python
import subprocess


def clone(url: str) -> None:
    subprocess.run(["git", "clone", url, "checkout"], check=True)
```

## When it stays silent

- The command is constant and needs the shell: a pipe, a redirection, a variable, a pattern, a command of the shell
  itself. So does `os.system("clear")`: nothing else can get into it, and so does `npm`, a script on Windows.
- Each value is written in the program, a number, checked against a list of allowed values, or made by the program:
  a temporary file, the working folder, the interpreter's path.
- A test before lets only texts pass that hold nothing for a shell: `re.fullmatch(r"[a-z]+", name)`; for an attribute
  that only the constructor sets, also a test in there.
- The value goes through `shlex.quote` or a function that is named for quoting, also as a part of an option.
- The value is put between quotes and a test before it refuses quotes, or `!r` puts it between quotes; from a request
  that is reported.
- The value is a constant by its name (`LOG_FILE`), or it is read from the configuration, or the module is a command of
  Django (`management/commands`): the operator gives it. What is an argument of the command line is reported.
- The value is a command, or several arguments, by its name (`command`, `options`), and does not come from a
  request: it is meant to be more than one word.
- The whole command is a parameter of a function that runs commands for others, and no caller in the module is proved
  to pass input.
- The command is a list and no shell is asked for, except when a request names the program.
- What `shell=` says is not known, or the list is given to a shell for Windows only.
- The code is a test, and no request is involved; constant commands are reported there, too.

## Fix safety

Safe for a constant command whose program every system has (`ls`, `grep`). Unsafe for every other program: where it is
missing, a shell answers 127 and a list raises `FileNotFoundError`; on Windows a shell also finds `npm.cmd`. Unsafe,
too, for values: one that holds blanks was several arguments and becomes one. A command with pipes keeps its shell, and
the values in it are passed through `shlex.quote`. There is no fix for a list with `*`, `~` or `$` in an item: the
program would get the sign itself.

## References

- [Security considerations of subprocess](https://docs.python.org/3/library/subprocess.html#security-considerations)
- [CWE-78: OS Command Injection](https://cwe.mitre.org/data/definitions/78.html)
- Bandit B602 to B606, Ruff S602 to S606
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Confidence, Fix, Related, Severity, Span
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perffix.model import Finding
    from perffix.semantic.flow.input import Origin
    from perffix.semantic.shell.calls import ShellCall
    from perffix.semantic.shell.injection import Exposed, Line

rule = Rule(
    code="SEC602",
    name="shell-injection",
    summary="A shell reads text that is not all the program's own",
    help="Pass the program and its arguments as a list, without a shell",
    severity=Severity.MEDIUM,
    cwe=78,
    fix=Applicability.SAFE,
    variants={
        "SEC603": "a process whose program a request names",
        "SEC604": "a function of another library or of this module, with `shell=True`",
        "SEC605": "a function that always starts a shell, such as `os.system`",
        "SEC606": "`os.exec*`, `os.spawn*` and the like: a request names the program",
    },
    names=("subprocess", "os", "asyncio", "psutil", "gevent", "trio", "anyio", "invoke", "fabric"),
)


@rule.on_call(
    "run", "call", "check_call", "check_output", "Popen", "run_process", "open_process", "local", "sudo", "system",
    "popen", "getoutput", "getstatusoutput", "create_subprocess_shell", "create_subprocess_exec", "execl", "execle",
    "execlp", "execlpe", "execv", "execve", "execvp", "execvpe", "spawnl", "spawnle", "spawnlp", "spawnlpe", "spawnv",
    "spawnve", "spawnvp", "spawnvpe", "posix_spawn", "posix_spawnp", "startfile",
)  # fmt: skip
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Yield at most one finding for each call that starts a process."""
    from perffix.semantic.shell.calls import handed_on, shell_call

    started = shell_call(call, at.model)
    for each in [*handed_on(call, at.model)] if started is None else [started]:
        if each.has_shell:
            yield from _of_shell(each, at)
        else:
            yield from _of_program(each, at)


def _of_shell(call: ShellCall, at: Context) -> Iterator[Finding]:
    from perffix.semantic.flow.input import input_in
    from perffix.semantic.shell.injection import line_of

    if isinstance(call.command, (ast.List, ast.Tuple)):
        yield from _of_list(call, call.command, at)
        return
    line = line_of(call.command, at.model)
    if line is not None and line.exposed:
        yield from _of_values(line, call, at)
    elif line is None or line.built.holes:
        origin = input_in(call.command, at.model, "shell", remote=True)
        if origin is not None and origin.remote:
            yield _of_input(call, call.command, origin, at)
    elif call.by_keyword:
        yield from _of_constant(line, call, at)


def _of_values(line: Line, call: ShellCall, at: Context) -> Iterator[Finding]:
    """Yield the finding about values in the text of a command."""
    from perffix.rewrites.command_as_list import with_quotes, without_shell
    from perffix.semantic.paths import is_test_path

    origins = [each.origin for each in line.exposed if each.origin is not None]
    remote = [each for each in origins if each.remote]
    if not remote and is_test_path(at.source.place):
        return
    sources = dict.fromkeys(at.text(each.hole.value, 40) for each in line.exposed)
    names = ", ".join(f"`{each}`" for each in sources)
    undone = all(each.undone for each in line.exposed)
    verb = "is" if len(sources) == 1 else "are"
    manner = _manner(line.exposed, many=len(sources) > 1)
    origin = next(iter([*remote, *origins]), None)
    severity = Severity.MEDIUM if origin is None else Severity.HIGH if remote else Severity.LOW
    evidence = [each.says for each in origins]
    evidence += [f"`{at.text(each.hole.value, 40)}` stands as {each.place.role.value}" for each in line.exposed]
    yield at.finding(
        call.call,
        f"{names} {verb} quoted and then put between quotes, which undoes it"
        if undone
        else f"{names} {verb} put {manner} the command line that `{_name(call)}` gives to a shell",
        code=f"SEC{call.number}",
        severity=severity,
        confidence=Confidence.MEDIUM if origin is None and not undone else Confidence.HIGH,
        help="Take the quotes away from around what `shlex.quote` returns" if undone else _remedy(line),
        evidence=dict.fromkeys(evidence),
        related=[*(origin.steps if origin else ()), *_places(line, call)],
        fix=None if undone else without_shell(line, call, at.model) or with_quotes(line, at.model),
    )


def _remedy(line: Line) -> str | None:
    """Return what to do about a command of the shell itself, which is no program that a list could name."""
    from perffix.semantic import facts

    command, known = line.command, facts.load("sinks/shell")
    if command is None or command.program not in known["words"]["builtins"]:
        return None
    instead = known["instead"].get(command.program)
    if command.is_single and instead is not None:
        return f"`{command.program}` has no effect, for the shell ends with the call: {instead}"
    if command.program == "cd" and not command.is_single:
        return "Pass the program and its arguments as a list, and the folder as `cwd=`"
    return f"Pass every value through `shlex.quote`: `{command.program}` is a command of the shell itself"


def _manner(exposed: Iterable[Exposed], *, many: bool) -> str:
    """Return how values are put into a text, in words."""
    ways = {bool(each.place.quote or each.hole.conversion in ("r", "a")) for each in exposed}
    if ways == {True}:
        return f"between quotes, which {'they may hold themselves' if many else 'it may hold itself'}, into"
    return "unquoted into" if ways == {False} else "without `shlex.quote` into"


def _of_constant(line: Line, call: ShellCall, at: Context) -> Iterator[Finding]:
    from perffix.rewrites.command_as_list import without_shell
    from perffix.semantic import facts

    command = line.command
    if command is None or command.needs_shell:
        return
    if command.program in facts.load("sinks/shell")["words"]["scripts_of_windows"]:
        return
    yield at.finding(
        call.call,
        f"`{_name(call)}` starts a shell for the constant command `{line.built.text.strip()}`, which needs none",
        code=f"SEC{call.number}",
        severity=Severity.LOW,
        related=_places(line, call),
        fix=without_shell(line, call, at.model),
    )


def _of_list(call: ShellCall, command: ast.List | ast.Tuple, at: Context) -> Iterator[Finding]:
    from perffix.rewrites.command_as_list import without_keyword
    from perffix.semantic.shell.injection import is_for_windows, means_more_to_a_shell

    if len(command.elts) < 2 or not call.by_keyword or is_for_windows(call.call, at.model):
        return
    yield at.finding(
        call.call,
        f"`{_name(call)}` gives a list to a shell, which runs its first item `{at.text(command.elts[0], 40)}` alone",
        code=f"SEC{call.number}",
        severity=Severity.LOW,
        help="Take `shell=True` out: a list needs no shell",
        fix=None if any(map(means_more_to_a_shell, command.elts)) else without_keyword(call.call),
    )


def _of_program(call: ShellCall, at: Context) -> Iterator[Finding]:
    """Yield the finding about a request that names the program, or gives a script to `sh -c`."""
    from perffix.semantic.flow.input import input_in
    from perffix.semantic.shell.injection import program_in, script_in

    command = call.command
    script = script_in(command, at.model)
    if script is not None:
        origin = input_in(script, at.model, "shell", remote=True)
        if origin is not None and origin.remote:
            yield _of_input(call, script, origin, at, code="SEC602")
        return
    program = program_in(command, at.model)
    origin = None if program is None else input_in(program, at.model, "program", remote=True)
    if program is not None and origin is not None and origin.remote:
        yield at.finding(
            call.call,
            f"`{at.text(program, 40)}` comes from a client and says which program `{_name(call)}` starts",
            code=f"SEC{call.number}",
            severity=Severity.HIGH,
            help="Start a program that the code names, and check the arguments against a list of allowed ones",
            evidence=[origin.says],
            related=origin.steps,
        )


def _of_input(call: ShellCall, command: ast.expr, origin: Origin, at: Context, code: str | None = None) -> Finding:
    return at.finding(
        call.call,
        f"`{at.text(command, 40)}` comes from a client and is a command line for a shell",
        code=code or f"SEC{call.number}",
        severity=Severity.HIGH,
        evidence=[origin.says],
        related=origin.steps,
        fix=Fix(Applicability.DISPLAY, "Name the program in the code, and pass what the client sends as one argument"),
    )


def _name(call: ShellCall) -> str:
    return f"{call.name.removeprefix('builtins.')}()"


def _places(line: Line, call: ShellCall) -> list[Related]:
    """Return where the command is put together, and where a function of the module starts the shell."""
    root = line.built.root
    found = (
        [] if Span.of(call.call).contains(Span.of(root)) else [Related(Span.of(root), "The command is written here")]
    )
    if call.through is not None:
        found.append(Related(Span.of(call.through), "The shell is started here"))
    return found
