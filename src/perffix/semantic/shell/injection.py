"""Which parts of a command line could be read by the shell as something else than a word."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.flow.closed import is_closed, is_constant_by_name, tests_before
from perffix.semantic.flow.harmless import cleaners_of
from perffix.semantic.flow.input import input_in
from perffix.semantic.flow.matching import ALPHABETS, is_matched
from perffix.semantic.flow.reach import assignments_before
from perffix.semantic.scopes import How
from perffix.semantic.secrets import words_of
from perffix.semantic.shell.command import Command, Place, Role, read
from perffix.semantic.shell.operators import is_operators_own
from perffix.semantic.strings import Built, Hole, build_of
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perffix.semantic.flow.input import Origin
    from perffix.semantic.model import SemanticModel

_DEPTH = 6
_ENDS_QUOTES = {"'": "'", '"': '"$`\\'}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_WINDOWS = frozenset({"windows", "win", "win32", "win64", "nt"})
_QUOTING_WORDS = ("quote", "quoted", "escape", "escaped", "shellescape", "shquote", "shlex")
# Modules and functions whose text is made by the program or the system and holds nothing that a shell reads.
_MAKERS = (
    "tempfile.mkdtemp", "tempfile.mkstemp", "tempfile.gettempdir", "tempfile.NamedTemporaryFile",
    "tempfile.TemporaryDirectory", "os.getcwd", "os.getpid", "os.cpu_count", "sys.executable", "os.devnull", "os.sep",
    "platform.system", "platform.machine", "platform.release", "sys.platform", "multiprocessing.cpu_count",
    "shutil.which", "time.strftime", "uuid.uuid4", "secrets.token_hex", "secrets.token_urlsafe",
)  # fmt: skip
_PATH_METHODS = ("resolve", "absolute", "joinpath", "with_suffix", "with_name", "relative_to", "expanduser", "as_posix")
_TEXT_METHODS = ("replace", "strip", "rstrip", "lstrip", "lower", "upper", "removeprefix", "removesuffix")
# Libraries whose quoting is for another place than a shell.
_FOR_OTHER_PLACES = ("html.", "re.", "urllib.", "xml.", "markupsafe.", "flask.", "django.", "sqlalchemy.", "psycopg")
_DIGITS = ("strftime", "isoformat", "hexdigest")
_PATH_MAKERS = (
    "os.path.join", "os.path.abspath", "os.path.dirname", "os.path.basename", "os.path.realpath", "os.path.normpath",
    "os.path.expanduser", "os.path.splitext", "builtins.str", "pathlib.Path", "os.fspath",
)  # fmt: skip


class Exposed(NamedTuple):
    """A hole whose text the shell may take for more than a word.

    Attributes:
        hole: the hole.
        place: where it stands.
        origin: where input enters, when that is proved.
        undone: its value is quoted, but stands between quotes, which undo it.
    """

    hole: Hole
    place: Place
    origin: Origin | None
    undone: bool = False


class Line(NamedTuple):
    """A command line, how it is built, what the shell makes of it, and its exposed holes."""

    built: Built
    command: Command | None
    exposed: tuple[Exposed, ...]


def line_of(expr: ast.expr, model: SemanticModel) -> Line | None:
    """Return what can be told about a command line, or None when its text is not built in sight."""
    built = build_of(expr, model)
    if built is None:
        return None
    command = read(built.text)
    if command is None or len(command.places) != len(built.holes):
        places = tuple(Place(Role.ARGUMENT, "") for _ in built.holes)
        command = None
    else:
        places = command.places
    found = (_exposed(hole, place, model) for hole, place in zip(built.holes, places, strict=True))
    return Line(built, command, tuple(each for each in found if each is not None))


def _exposed(hole: Hole, place: Place, model: SemanticModel) -> Exposed | None:
    if hole.spec and hole.spec[-1] in "dioxXeEfFgG" and hole.spec != "*":
        return None  # only a number can be formatted so
    if is_quoted(hole.value, model):
        if place.quote and _is_shlex(hole.value, model) and not is_harmless(_quoted_value(hole.value), model):
            return Exposed(hole, place, None, undone=True)
        return None
    if is_harmless(hole.value, model) or _is_matched(hole.value, place, model):
        return None
    origin = input_in(hole.value, model, "shell", remote=True)
    if origin is not None and origin.remote:
        return Exposed(hole, place, origin)
    if (
        place.role is Role.PROGRAM
        or not _is_worth_telling(hole.value, model)
        or _stays_between_quotes(hole, place, model)
    ):
        return None
    origin = input_in(hole.value, model, "shell")
    if origin is not None:
        return Exposed(hole, place, origin)
    if is_constant_by_name(hole.value, model) or is_operators_own(hole.value, model):
        return None
    return Exposed(hole, place, None)


def _is_matched(expr: ast.expr, place: Place, model: SemanticModel) -> bool:
    """Tell whether a test on the way lets no character pass that a shell reads at the place."""
    kept_out = _ENDS_QUOTES.get(place.quote) or cleaners_of("shell").characters
    return is_matched(expr, kept_out, ALPHABETS, model)


def _stays_between_quotes(hole: Hole, place: Place, model: SemanticModel) -> bool:
    """Tell whether a value is put between quotes on purpose, and has been looked at for them or gets them by `repr`."""
    if hole.conversion == "r" and not place.quote:
        return True
    wanted = ast.dump(hole.value)
    return bool(place.quote) and any(
        isinstance(test, ast.Compare)
        and isinstance(test.ops[0], (ast.In, ast.NotIn))
        and isinstance(test.ops[0], ast.NotIn) is outcome
        and getattr(test.left, "value", None) == place.quote
        and ast.dump(test.comparators[0]) == wanted
        for test, outcome in tests_before(hole.value, model)
    )


def is_quoted(expr: ast.expr, model: SemanticModel, depth: int = _DEPTH) -> bool:
    """Tell whether a value is made harmless by `shlex.quote` or a function that is named for doing so."""
    if depth == 0:
        return False
    if isinstance(expr, ast.Call):
        if _is_shlex(expr, model):
            return True
        func = expr.func
        name = last_name(func)
        if (model.qualified_name(func) or "").startswith(_FOR_OTHER_PLACES):
            return False
        if not set(name.lower().split("_")).isdisjoint(_QUOTING_WORDS):
            return True
        if name == "format":
            given = (*expr.args, *(each.value for each in expr.keywords))
            return _are_quoted(given, model, depth)
        return name == "join" and len(expr.args) == 1 and _joins_quoted(expr.args[0], model, depth)
    if isinstance(expr, ast.IfExp):
        return _are_quoted((expr.body, expr.orelse), model, depth)
    if isinstance(expr, (ast.JoinedStr, ast.BinOp)):
        built = build_of(expr, model)
        return built is not None and _are_quoted([hole.value for hole in built.holes], model, depth)
    binding = model.binding_of(expr) if isinstance(expr, (ast.Name, ast.Attribute)) else None
    assigned = () if binding is None else binding.assignments
    known = [each.value for each in assigned if each.how in (How.ASSIGNED, How.ANNOTATED, How.WALRUS, How.AUGMENTED)]
    values = [each for each in known if each is not None]
    return len(values) == len(assigned) and _are_quoted(values, model, depth)


def _are_quoted(parts: Iterable[ast.expr], model: SemanticModel, depth: int) -> bool:
    """Tell whether what a text is made of is quoted, apart from what is harmless as it is."""
    others = [each for each in parts if not is_harmless(each, model, depth - 1)]
    return bool(others) and all(is_quoted(each, model, depth - 1) for each in others)


def _is_shlex(expr: ast.expr, model: SemanticModel) -> bool:
    if not isinstance(expr, ast.Call):
        return False
    return model.qualified_name(expr.func) in facts.load("sinks/shell")["clean"]["functions"]


def _quoted_value(expr: ast.expr) -> ast.expr:
    return expr.args[0] if isinstance(expr, ast.Call) and expr.args else expr


def _joins_quoted(items: ast.expr, model: SemanticModel, depth: int) -> bool:
    if isinstance(items, (ast.GeneratorExp, ast.ListComp)):
        return is_quoted(items.elt, model, depth - 1)
    if isinstance(items, ast.Call) and model.names.is_builtin(items.func, "map") and len(items.args) == 2:
        return model.qualified_name(items.args[0]) in facts.load("sinks/shell")["clean"]["functions"]
    return False


def is_harmless(expr: ast.expr, model: SemanticModel, depth: int = _DEPTH) -> bool:
    """Tell whether a value is written in the program, a number, or made by the program or the system alone."""
    if depth == 0:
        return False
    if is_closed(expr, model):
        return True
    if isinstance(expr, ast.Call):
        function = model.qualified_name(expr.func)
        if function in _PATH_MAKERS:
            return all(is_harmless(each, model, depth - 1) for each in expr.args)
        if isinstance(expr.func, ast.Attribute) and expr.func.attr in (*_PATH_METHODS, *_TEXT_METHODS):
            return all(is_harmless(each, model, depth - 1) for each in (expr.func.value, *expr.args))
        made_of_digits = isinstance(expr.func, ast.Attribute) and expr.func.attr in _DIGITS
        return made_of_digits or function in _MAKERS
    name = model.qualified_name(expr) if isinstance(expr, (ast.Name, ast.Attribute)) else None
    if name in _MAKERS or getattr(expr, "id", getattr(expr, "attr", "")) in ("__file__", "__path__"):
        return True
    if isinstance(expr, ast.BinOp):
        return is_harmless(expr.left, model, depth - 1) and is_harmless(expr.right, model, depth - 1)
    if isinstance(expr, ast.JoinedStr):
        holes = [each.value for each in expr.values if isinstance(each, ast.FormattedValue)]
        return all(is_harmless(each, model, depth - 1) for each in holes)
    if isinstance(expr, (ast.IfExp, ast.BoolOp)):
        options = [expr.body, expr.orelse] if isinstance(expr, ast.IfExp) else expr.values
        return all(is_harmless(each, model, depth - 1) for each in options)
    if isinstance(expr, (ast.Attribute, ast.Subscript)) and model.binding_of(expr) is None:
        if isinstance(expr.value, ast.Attribute):
            return is_harmless(expr.value, model, depth - 1)
        return isinstance(expr.value, (ast.Name, ast.Call)) and _is_made(expr.value, model, depth - 1)
    return _is_made(expr, model, depth)


def _is_made(expr: ast.expr, model: SemanticModel, depth: int) -> bool:
    """Tell whether all values of a name, or of the object that an attribute is read from, are made by the program."""
    binding = model.binding_of(expr)
    if binding is None:
        return isinstance(expr, ast.Call) and is_harmless(expr, model, depth - 1)
    reaching = assignments_before(expr, binding, model) if isinstance(expr, (ast.Name, ast.Attribute)) else ()
    return bool(reaching) and all(
        each.how in (How.ASSIGNED, How.ANNOTATED, How.WALRUS, How.ENTERED, How.UNPACKED)
        and each.value is not None
        and is_harmless(each.value, model, depth - 1)
        for each in reaching
    )


def _is_worth_telling(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether a hole of unknown origin is a single value, and not a part of the command that was put together.

    `args`, `options`, `command`: such a text is meant to be several words, and quoting it would break it. And `pid`,
    `port`, `width` are numbers, as far as names tell.
    """
    while isinstance(expr, (ast.Subscript, ast.Call)):
        if (
            isinstance(expr, ast.Subscript)
            and isinstance(expr.slice, ast.Constant)
            and isinstance(expr.slice.value, str)
        ):
            expr = ast.Name(expr.slice.value)
        elif isinstance(expr, ast.Call) and model.names.is_builtin(expr.func, "str") and len(expr.args) == 1:
            expr = expr.args[0]
        elif isinstance(expr, ast.Call):
            expr = expr.func
            if isinstance(expr, ast.Attribute) and expr.attr == "join":
                return False
        else:
            expr = expr.value
    name = expr.id if isinstance(expr, ast.Name) else getattr(expr, "attr", "")
    words = set(name.lower().split("_"))
    known = facts.load("sinks/shell")["words"]
    return bool(name) and words.isdisjoint(known["several"]) and words.isdisjoint(known["numbers"])


def script_in(command: ast.expr, model: SemanticModel) -> ast.expr | None:
    """Return the script in a list such as `["sh", "-c", script]`, if it is one."""
    binding = model.binding_of(command)
    if binding is not None and binding.single is not None and binding.single.how is How.ASSIGNED:
        command = binding.single.value or command
    if not isinstance(command, (ast.List, ast.Tuple)) or len(command.elts) < 3:
        return None
    texts = [each.value if isinstance(each, ast.Constant) else None for each in command.elts]
    shells = facts.load("sinks/shell")["words"]["shells"]
    for index in range(len(texts) - 2):
        program, option = texts[index], texts[index + 1]
        if isinstance(program, str) and program.rpartition("/")[2] in shells and option in ("-c", "-lc", "-ec", "/c"):
            return command.elts[index + 2]
    return None


def program_in(command: ast.expr, model: SemanticModel, depth: int = _DEPTH) -> ast.expr | None:
    """Return the expression that names the program of a command without a shell, or None when that is not certain."""
    if isinstance(command, (ast.List, ast.Tuple)):
        first = command.elts[0] if command.elts else None
        return None if isinstance(first, ast.Starred) else first
    if isinstance(command, ast.BinOp) and isinstance(command.op, ast.Add) and depth:
        return program_in(command.left, model, depth - 1)
    if isinstance(command, ast.Call) and model.qualified_name(command.func) == "shlex.split":
        return _first_word(command.args[0], model) if command.args else None
    binding = model.binding_of(command)
    if binding is None:
        return command
    given = binding.assignments[0] if binding.assignments else None
    if given is None or given.value is None or given.how not in (How.ASSIGNED, How.ANNOTATED) or not depth:
        return None
    return program_in(given.value, model, depth - 1)


def _first_word(text: ast.expr, model: SemanticModel) -> ast.expr | None:
    """Return the expression that the first word of a command line comes from; None when the program wrote it."""
    built = build_of(text, model)
    if built is None:
        return text
    command = read(built.text)
    first = command.places[0] if command is not None and command.places else None
    return built.holes[0].value if first is not None and first.role is Role.PROGRAM else None


def means_more_to_a_shell(item: ast.expr) -> bool:
    """Tell whether an item of a list has a sign in it that a shell would have replaced: `*`, `~`, `$HOME`."""
    texts = [each.value for each in ast.walk(item) if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return any(each in text for text in texts for each in "*?$~`|<>;&")


def is_for_windows(node: ast.AST, model: SemanticModel) -> bool:
    """Tell whether code is for Windows: by a name around it, or by a test that asks for the operating system."""
    around = [each.name for each in model.ancestors(node) if isinstance(each, (ast.ClassDef, *_FUNCTIONS))]
    file = model.source.place.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]
    if any(not _WINDOWS.isdisjoint(words_of(name)) for name in (*around, file)):
        return True
    asked = ("os.name", "sys.platform", "platform.system")
    function = model.function_of(node)
    return any(
        isinstance(each, (ast.Attribute, ast.Name)) and model.qualified_name(each) in asked
        for test in ast.walk(function or model.statement_of(node))
        if isinstance(test, (ast.If, ast.IfExp, ast.Compare))
        for each in ast.walk(test.test if isinstance(test, (ast.If, ast.IfExp)) else test)
    )
