"""Turns a command line for a shell into the list of its words, or quotes the values that are put into it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Fix, Import, NodeRef, Replace, SetArgument
from perffix.semantic import facts
from perffix.semantic.shell.command import HOLE, Role
from perffix.semantic.strings import Literal

if TYPE_CHECKING:
    from perffix.model import Edit
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.shell.calls import ShellCall
    from perffix.semantic.shell.injection import Exposed, Line
    from perffix.semantic.strings import Hole

_LONGEST_LIST = 90
_JOINING = ("join", "format", "quote")
_TAKES_A_LIST = ("os.system", "os.popen")
_TEXT_TYPES = ("str", "pathlib.Path", "pathlib.PosixPath", "pathlib.PurePath")


def without_shell(line: Line, call: ShellCall, model: SemanticModel) -> Fix | None:
    """Return the fix that runs the program of a command without a shell, or None where that is not certain.

    Safe only for a constant command whose program every system has: where a program is missing, a shell answers 127
    and a list raises `FileNotFoundError`.
    """
    command = line.command
    if command is None or command.needs_shell or not command.words or not _is_built_for(line, call, model):
        return None
    if call.through is not None or any(each.place.role in (Role.PROGRAM, Role.SCRIPT) for each in line.exposed):
        return None
    if any(keyword.arg in ("executable", None) for keyword in call.call.keywords):
        return None
    if not all(_is_one_word(each.value, model) for each in line.built.holes):
        return None
    words = _as_list(command.words, line, model)
    if words is None:
        return None
    replaced = Replace(NodeRef.of(line.built.root), Code(words.replace("$", "$$")))
    if call.name in _TAKES_A_LIST:
        return _as_subprocess(words, line, call, model)
    if not call.by_keyword:
        return None
    certain = (
        not line.built.holes
        and call.number == 602
        and command.program in facts.load("sinks/shell")["posix"]["programs"]
    )
    return Fix(
        Applicability.SAFE if certain else Applicability.UNSAFE,
        "Run the program itself, with a list of its arguments",
        (replaced, SetArgument(NodeRef.of(call.call), "shell", Code(""))),
    )


def with_quotes(line: Line, model: SemanticModel) -> Fix | None:
    """Return the fix that passes every exposed value of a command through `shlex.quote`, or None."""
    if any(each.place.role is not Role.ARGUMENT or each.undone or each.hole.conversion for each in line.exposed):
        return None
    if line.command is None or any(each.hole.spec or _is_several(each.hole.value) for each in line.exposed):
        return None
    spelling = model.imports.spelling_of("shlex", None, at=line.built.root)
    if spelling is None:
        return None
    edits = _quoted(line, f"{spelling.text}.quote", model)
    if edits is None:
        return None
    return Fix(
        Applicability.UNSAFE,
        "Pass the value through `shlex.quote`" if len(line.exposed) == 1 else "Pass the values through `shlex.quote`",
        edits,
        () if spelling.adds is None else (spelling.adds,),
    )


def without_keyword(call: ast.Call) -> Fix:
    """Return the fix for a list that is given to a shell."""
    return Fix(
        Applicability.UNSAFE,
        "Take `shell=True` out, so that the program gets its arguments",
        (SetArgument(NodeRef.of(call), "shell", Code("")),),
    )


def _is_built_for(line: Line, call: ShellCall, model: SemanticModel) -> bool:
    """Tell whether a command's text is built in one expression for this call alone, and means the same there."""
    built = line.built
    if built.stepwise or len(built.names) > 1:
        return False
    if not built.names:
        return built.root is call.command
    binding = built.names[0]
    if not binding.is_local or binding.single is None or len(binding.uses) != 1:
        return False
    return model.loops.innermost(call.call) is model.loops.innermost(built.root)


def _is_one_word(value: ast.expr, model: SemanticModel) -> bool:
    """Tell whether a value that is put into a command stands for one word, as far as can be seen.

    A text that is put together there may hold blanks on purpose, and so may one that is written in the program.
    """
    if isinstance(value, (ast.IfExp, ast.BoolOp, ast.JoinedStr, ast.BinOp, ast.Constant)):
        return False
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in _JOINING:
        return False
    if _is_several(value):
        return False
    binding = model.binding_of(value)
    given = [] if binding is None else [each.value for each in binding.assignments if each.value is not None]
    return not any(
        isinstance(text, ast.Constant) and isinstance(text.value, str) and (not text.value or " " in text.value)
        for each in given
        for text in ast.walk(each)
    )


def _is_several(value: ast.expr) -> bool:
    """Tell whether a value is several words of a command by its name: `options`."""
    name = value.id if isinstance(value, ast.Name) else getattr(value, "attr", "")
    return not set(name.lower().split("_")).isdisjoint(facts.load("sinks/shell")["words"]["several"])


def _as_list(words: tuple[str, ...], line: Line, model: SemanticModel) -> str | None:
    """Return the source of the list of words."""
    holes = iter(line.built.holes)
    items = []
    for word in words:
        inside = [next(holes) for _ in range(word.count(HOLE))]
        item = _item(word, inside, model)
        if item is None:
            return None
        items.append(item)
    text = f"[{', '.join(items)}]"
    statement = model.statement_of(line.built.root)
    stands_alone = isinstance(statement, ast.Assign) and statement.value is line.built.root
    if len(text) <= _LONGEST_LIST or not stands_alone or statement.lineno != line.built.root.lineno:
        return text
    lines = "".join(f"    {item},\n" for item in items)
    return f"[\n{lines}]"


def _item(word: str, inside: list[Hole], model: SemanticModel) -> str | None:
    if not inside:
        return literal(word)
    if any(each.spec == "*" or each.conversion for each in inside):
        return None
    if word == HOLE and not inside[0].spec:
        return text_of(inside[0].value, model)
    parts = word.split(HOLE)
    text = parts[0].replace("{", "{{").replace("}", "}}")
    for hole, after in zip(inside, parts[1:], strict=True):
        spec = f":{hole.spec}" if hole.spec else ""
        text += f"{{{ast.unparse(hole.value)}{spec}}}" + after.replace("{", "{{").replace("}", "}}")
    return _in_quotes(text, "f", [ast.unparse(each.value) for each in inside])


def text_of(value: ast.expr, model: SemanticModel) -> str:
    """Return the source of a value as text: the value itself where it is text, else `str(...)` of it."""
    source = ast.unparse(value)
    known = model.type_of(value)
    is_text = known is not None and known.name in _TEXT_TYPES and not known.optional
    return source if is_text or _is_str_call(value, model) else f"str({source})"


def _is_text(value: ast.expr, model: SemanticModel) -> bool:
    known = model.type_of(value)
    return _is_str_call(value, model) or (known is not None and known.name == "str" and not known.optional)


def _is_str_call(value: ast.expr, model: SemanticModel) -> bool:
    return isinstance(value, ast.Call) and model.names.is_builtin(value.func, "str")


def literal(text: str) -> str:
    """Return the source of a string, in double quotes where that needs no escape."""
    return f'"{text}"' if '"' not in text and "\\" not in text and text.isprintable() else repr(text)


def _in_quotes(text: str, prefix: str, expressions: list[str]) -> str | None:
    """Return an f-string; None when an expression in it holds what no Python before 3.12 allows there."""
    if "\\" in text or "\n" in text:
        return None
    for quote in ('"', "'"):
        if quote not in text and not any(quote in each for each in expressions):
            return f"{prefix}{quote}{text}{quote}"
    return None


def _quoted(line: Line, quote: str, model: SemanticModel) -> tuple[Edit, ...] | None:
    edits: list[Edit] = []
    rebuilt = {
        id(each.hole.within): each.hole.within for each in line.exposed if isinstance(each.hole.within, ast.JoinedStr)
    }
    for string in rebuilt.values():
        text = _with_calls(string, [each for each in line.exposed if each.hole.within is string], quote, line, model)
        if text is None:
            return None
        edits.append(Replace(NodeRef.of(string), Code(text.replace("$", "$$"))))
    for each in line.exposed:
        if not isinstance(each.hole.within, ast.JoinedStr):
            within = each.hole.within
            value = within if _is_str_call(within, model) else each.hole.value
            template = f"{quote}($value)" if _is_text(value, model) else f"{quote}(str($value))"
            edits.append(Replace(NodeRef.of(value), Code(template, {"value": NodeRef.of(value)})))
    return tuple(edits)


def _with_calls(
    string: ast.JoinedStr, exposed: list[Exposed], quote: str, line: Line, model: SemanticModel
) -> str | None:
    """Return an f-string on one line written anew: before Python 3.12 the places inside of one are wrong."""
    if string.lineno != string.end_lineno:
        return None
    changed = {each.hole.value for each in exposed}
    text, expressions = "", []
    for part in line.built.parts:
        if isinstance(part, Literal):
            if part.node in string.values:
                text += part.text.replace("{", "{{").replace("}", "}}")
        elif part.within is string:
            source = ast.unparse(part.value)
            if part.value in changed:
                source = f"{quote}({source if _is_text(part.value, model) else f'str({source})'})"
            expressions.append(source)
            conversion = f"!{part.conversion}" if part.conversion else ""
            spec = f":{part.spec}" if part.spec else ""
            if spec == ":*":
                return None
            text += f"{{{source}{conversion}{spec}}}"
    return _in_quotes(text, "f", expressions)


def _as_subprocess(words: str, line: Line, call: ShellCall, model: SemanticModel) -> Fix | None:
    """Return the fix for `os.system` and `os.popen(...).read()`; None where what becomes of the result is not known."""
    if line.built.names:
        return None
    spelling = model.imports.spelling_of("subprocess", None, at=call.call)
    if spelling is None:
        return None
    target, text = _call_of_subprocess(words, spelling.text, call, model) or (None, "")
    if target is None:
        return None
    return Fix(
        Applicability.UNSAFE,
        "Run the program itself, with a list of its arguments",
        (Replace(NodeRef.of(target), Code(text.replace("$", "$$"))),),
        () if spelling.adds is None else (spelling.adds,),
        (Import("os"),),
    )


def _call_of_subprocess(words: str, module: str, call: ShellCall, model: SemanticModel) -> tuple[ast.expr, str] | None:
    user = model.parent(call.call)
    if call.name == "os.popen":
        reader = model.parent(user) if isinstance(user, ast.Attribute) and user.attr == "read" else None
        if not isinstance(reader, ast.Call) or reader.args or len(call.call.args) != 1 or call.call.keywords:
            return None
        return reader, f"{module}.run({words}, stdout={module}.PIPE, text=True, check=False).stdout"
    if isinstance(user, ast.Expr):
        return call.call, f"{module}.run({words}, check=False)"
    compared = isinstance(user, ast.Compare) and all(
        isinstance(each, ast.Constant) and each.value == 0 for each in user.comparators
    )
    tested = isinstance(user, (ast.If, ast.While, ast.UnaryOp))
    return (call.call, f"{module}.call({words})") if compared or tested else None
