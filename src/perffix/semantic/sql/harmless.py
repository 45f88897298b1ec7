"""Which values cannot carry SQL into a statement, whatever they are: numbers, quoted texts, placeholders."""

from __future__ import annotations

import ast
import re
import string
from typing import TYPE_CHECKING

from perffix.semantic import facts
from perffix.semantic.flow.closed import is_closed
from perffix.semantic.flow.folding import fold
from perffix.semantic.flow.harmless import is_cleaned
from perffix.semantic.flow.matching import ALPHABETS, DIGITS, is_matched, where_it_is_made
from perffix.semantic.flow.patterns import takes_each
from perffix.semantic.scopes import How
from perffix.semantic.sql.construction import values_reaching
from perffix.semantic.sql.statement import Role
from perffix.semantic.strings import Hole, Literal, parts_of
from perffix.semantic.uses import UseKind
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.sql.statement import Place

_PLACEHOLDER_NAME = re.compile(
    r"place_?holder|param(s|eter|eters)?$|param_?style|^ph$|marker|^binds?$|_binds?$", re.IGNORECASE
)
# Numbers, and what the database says of itself.
_COUNTS = re.compile(
    r"\s*select\s+(count|max|min|sum|database|current_database|current_schema|version)\s*\(", re.IGNORECASE
)
_ESCAPED_DEPTH = 5
_ENDS_LITERAL = "'\"\\`"
_ENDS_WORD = _ENDS_LITERAL + " ();,=<>|*/#"
# A word outside of quotes may be the name of a column, so that a comparison is always true.
_ENDS_VALUE = _ENDS_LITERAL + string.ascii_letters + "_ \t();,=<>|*/#-"


def is_harmless(hole: Hole, place: Place, model: SemanticModel) -> bool:
    """Tell whether a hole's text is closed, a number, quoted by the driver, or a placeholder itself."""
    value = where_it_is_made(hole.value, model)
    if place.role in (Role.QUOTED, Role.TYPED) and is_cleaned(value, "sql", model):
        return True
    if hole.spec and hole.spec[-1] in "dioxXeEfFgG" and hole.spec != "*":
        return True  # only a number can be formatted so
    return is_closed(hole.value, model) or any(
        (
            _is_escaped(hole.value, model, _ESCAPED_DEPTH),
            _is_placeholder(hole.value),
            _is_number_text(value, model),
            _joins_numbers(value, model),
            _shows_numbers(value, model),
            _is_matched(hole.value, place, model),
        )
    )


def _is_matched(expr: ast.expr, place: Place, model: SemanticModel) -> bool:
    """Tell whether a test on the way lets only texts pass that cannot leave their place: `fullmatch("[a-z]+", x)`."""
    quoted = place.role in (Role.QUOTED, Role.TYPED)
    return is_matched(expr, _ENDS_LITERAL if quoted else _ENDS_VALUE, ALPHABETS if quoted else DIGITS, model)


def has_number_as_default(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether an expression is a parameter without an annotation whose default is a number."""
    single = model.single_of(expr) if isinstance(expr, ast.Name) else None
    if single is None or single.how is not How.PARAMETER or not isinstance(single.value, ast.Constant):
        return False
    if isinstance(single.node, ast.arg) and single.node.annotation is not None:
        return False  # that says it
    return type(single.value.value) in (int, float)


def is_quoted(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether an expression calls a function that quotes, escapes or writes out a value for the database."""
    if not isinstance(expr, ast.Call):
        return False
    known = facts.load("databases")["quoting"]
    if model.qualified_name(expr.func) in known["functions"]:
        return True
    if isinstance(expr.func, ast.Attribute) and expr.func.attr == "sql":
        return True  # an expression of a toolkit, written out for a dialect
    name = last_name(expr.func)
    return not set(name.lower().split("_")).isdisjoint(known["words"])


def _doubles_quotes(expr: ast.expr) -> bool:
    """Tell whether quotes in a value are doubled, as SQL has them: `x.replace("'", "''")`."""
    return any(
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "replace"
        and [getattr(each, "value", None) for each in call.args] == ["'", "''"]
        for call in ast.walk(expr)
    )


def _is_escaped(expr: ast.expr, model: SemanticModel, depth: int) -> bool:
    """Tell whether a text is made of nothing but literals and of values that the program quotes or escapes."""
    if depth == 0:
        return False
    if isinstance(expr, (ast.Call, ast.Subscript)) and _is_counted_by_database(expr, model):
        return True
    if isinstance(expr, ast.Call):
        if is_quoted(expr, model) or _doubles_quotes(expr) or _is_reduced(expr, model):
            return True
        if isinstance(method := model.names.method_of_self(expr.func), ast.FunctionDef):
            return _is_escaped_result(method, model, depth)
        func = expr.func
        joins = isinstance(func, ast.Attribute) and func.attr == "join" and len(expr.args) == 1
        return joins and _is_escaped(expr.args[0], model, depth - 1)
    if isinstance(expr, (ast.ListComp, ast.GeneratorExp)):
        return _is_escaped(expr.elt, model, depth - 1)
    if isinstance(expr, ast.Name):
        return _is_escaped_name(expr, model, depth)
    if isinstance(expr, ast.Attribute):
        return _is_escaped_attribute(expr, model, depth)
    if isinstance(expr, (ast.IfExp, ast.List, ast.Tuple)):
        parts = [expr.body, expr.orelse] if isinstance(expr, ast.IfExp) else expr.elts
        return bool(parts) and all(_is_closed_or_escaped(each, model, depth) for each in parts)
    if isinstance(expr, (ast.JoinedStr, ast.BinOp)):
        holes = [part for part in parts_of(expr, model) if isinstance(part, Hole) and part.value is not expr]
        return bool(holes) and all(_is_closed_or_escaped(hole.value, model, depth) for hole in holes)
    return False


def _is_escaped_name(name: ast.Name, model: SemanticModel, depth: int) -> bool:
    """Tell it for a variable by what it is assigned and filled with, whatever it was before that."""
    binding = model.binding_of(name)
    if binding is None or not binding.is_local:
        return False
    reaching = values_reaching(name, model)
    values = [each.value for each in binding.assignments] if reaching is None else list(reaching)
    if reaching is None and any(each.how is How.PARAMETER for each in binding.assignments):
        return False
    for use in model.uses.uses_of(binding):
        if use.kind is UseKind.METHOD and use.detail == "append" and isinstance(use.user, ast.Call):
            values += use.user.args
    known = [value for value in values if value is not None and not _is_empty_list(value)]
    if not known or any(value is None for value in values):
        return False
    return all(_is_closed_or_escaped(value, model, depth) for value in known)


def _is_escaped_attribute(attribute: ast.Attribute, model: SemanticModel, depth: int) -> bool:
    """Tell it for an attribute of `self` by all that the class assigns to it."""
    binding = model.binding_of(attribute)
    if binding is None or any(each.how not in (How.ASSIGNED, How.ANNOTATED) for each in binding.assignments):
        return False
    # Before it has its text an attribute is often None.
    values = [each.value for each in binding.assignments]
    known = [value for value in values if not (isinstance(value, ast.Constant) and value.value is None)]
    return bool(known) and all(value is not None and _is_escaped(value, model, depth - 1) for value in known)


def _is_escaped_result(method: ast.FunctionDef, model: SemanticModel, depth: int) -> bool:
    """Tell it for what a method gives back."""
    values = [
        each.value
        for each in ast.walk(method)
        if isinstance(each, ast.Return) and model.function_of(each) is method and each.value is not None
    ]
    plain = not method.decorator_list and bool(values)
    return plain and all(_is_closed_or_escaped(value, model, depth) for value in values)


def _is_reduced(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether a call takes all characters away that end a literal or a word: `re.sub("[^a-z]", "_", x)`."""
    if model.qualified_name(call.func) != "re.sub" or len(call.args) != 3 or call.keywords:
        return False
    pattern, replacement = fold(call.args[0], model), fold(call.args[1], model)
    if not isinstance(pattern, str) or not isinstance(replacement, str):
        return False
    return takes_each(pattern, _ENDS_WORD) and (not replacement or replacement.isidentifier())


def _is_empty_list(expr: ast.expr) -> bool:
    return isinstance(expr, ast.List) and not expr.elts


def _is_closed_or_escaped(expr: ast.expr, model: SemanticModel, depth: int) -> bool:
    return is_closed(expr, model) or _is_escaped(expr, model, depth - 1)


def _is_counted_by_database(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether an expression fetches what a statement counts: `execute("SELECT max(id) ...").fetchone()[0]`."""
    while isinstance(expr, (ast.Subscript, ast.Await, ast.Call)):
        if isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute) and expr.func.attr == "execute":
            text = expr.args[0] if expr.args else None
            if isinstance(text, ast.Call) and len(text.args) == 1:
                text = text.args[0]  # `text("SELECT ...")` of SQLAlchemy
            parts = () if text is None else parts_of(text, model)
            return bool(_COUNTS.match("".join(part.text for part in parts if isinstance(part, Literal))))
        following = expr.func if isinstance(expr, ast.Call) else expr.value
        expr = where_it_is_made(following.value if isinstance(following, ast.Attribute) else following, model)
    return False


def is_row_of_texts(expr: ast.expr, place: Place, model: SemanticModel) -> bool:
    """Tell whether an expression joins texts with quotes around them to a row: `", ".join(f"'{x}'" for x in row)`."""
    made = where_it_is_made(expr, model)
    if place.role is not Role.ROW or not isinstance(made, ast.Call) or not isinstance(made.func, ast.Attribute):
        return False
    items = made.args[0] if made.func.attr == "join" and len(made.args) == 1 else None
    if not isinstance(items, (ast.ListComp, ast.GeneratorExp)) or not isinstance(items.elt, (ast.JoinedStr, ast.BinOp)):
        return False
    parts = parts_of(items.elt, model)
    holes = [part for part in parts if isinstance(part, Hole)]
    text = "".join("\0" if isinstance(part, Hole) else part.text for part in parts)
    return text == "'\0'" and not is_quoted(holes[0].value, model) and not _doubles_quotes(holes[0].value)


def _is_placeholder(expr: ast.expr) -> bool:
    """Tell whether an expression is a placeholder by the name: nobody calls a value a placeholder."""
    if isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute) and expr.func.attr == "get":
        default = expr.args[1] if len(expr.args) == 2 else None
        if isinstance(default, ast.Constant) and default.value in ("?", "%s"):
            return True
    while isinstance(expr, (ast.Call, ast.Subscript)):
        expr = expr.func if isinstance(expr, ast.Call) else expr.value
    name = expr.id if isinstance(expr, ast.Name) else getattr(expr, "attr", "")
    return bool(_PLACEHOLDER_NAME.search(name))


def _joins_numbers(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether an expression is `sep.join(...)` of numbers made to text, or of placeholders."""
    if not (isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute) and expr.func.attr == "join"):
        return False
    if len(expr.args) != 1:
        return False
    items = expr.args[0]
    if isinstance(items, (ast.GeneratorExp, ast.ListComp)):
        made = items.elt
        if isinstance(made, ast.Call) and not model.names.is_builtin(made.func, "str", "repr", "format"):
            return not isinstance(made.func, ast.Attribute) or made.func.attr not in (
                "format",
                "strip",
                "lower",
                "upper",
            )
        return _is_number_text(made, model) or _is_placeholder(made) or _is_named_placeholder(made)
    if isinstance(items, ast.Call) and model.names.is_builtin(items.func, "map") and len(items.args) == 2:
        function, numbers = items.args
        if model.names.is_builtin(function, "int", "float"):
            return True
        element = model.types.element_of(numbers)
        return (
            model.names.is_builtin(function, "str", "repr") and element is not None and element.name in ("int", "float")
        )
    return _is_placeholder(items)


def _shows_numbers(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether an expression is a list of numbers, such as a vector, as it is or made to text."""
    while isinstance(expr, ast.Call) and len(expr.args) == 1 and not expr.keywords:
        if not model.names.is_builtin(expr.func, "str", "repr") and model.qualified_name(expr.func) != "json.dumps":
            break
        expr = expr.args[0]
    known = model.type_of(expr)
    if known is None or known.name not in ("list", "tuple") or known.optional:
        return False
    return known.element is not None and known.element.name in ("int", "float")


def _is_named_placeholder(expr: ast.expr) -> bool:
    """Tell whether a text is `:name`, `@name` or `%(name)s` with the name put in."""
    if not isinstance(expr, ast.JoinedStr) or not expr.values:
        return False
    first = expr.values[0]
    return isinstance(first, ast.Constant) and str(first.value) in (":", "@", "%(", "$")


def _is_number_text(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether an expression is a number, None, or text made of one."""
    known = model.type_of(expr)
    if known is not None and known.name in ("int", "float", "bool"):
        return True
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, (ast.Add, ast.Sub)):
        sides = (expr.left, expr.right)
        if any(isinstance(each, ast.Constant) and isinstance(each.value, (int, float)) for each in sides):
            return True  # to anything but a number it could not be added
    if isinstance(expr, ast.IfExp):
        return _is_number_text(expr.body, model) and _is_number_text(expr.orelse, model)
    if isinstance(expr, ast.Call) and model.names.is_builtin(expr.func, "str", "repr") and len(expr.args) == 1:
        expr = expr.args[0]
    return is_closed(expr, model)


def is_counted(hole: Hole, model: SemanticModel) -> bool:
    """Tell whether a hole is a number that the program works out, and not one that is written in it."""
    known = model.type_of(hole.value)
    number = hole.spec == "d" or (not hole.spec and known is not None and known.name == "int" and not known.optional)
    single = where_it_is_made(hole.value, model)
    return number and not hole.conversion and not isinstance(single, ast.Constant)
