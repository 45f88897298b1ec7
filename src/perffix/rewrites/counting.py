"""How the database counts rows, or says whether there are any, instead of sending them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.model import Applicability, Code, Fix, Import, NodeRef, Replace
from perffix.project.orm.graph import Kind
from perffix.project.orm.makers import LISTING, speaks_of_others, without_all
from perffix.project.orm.row_uses import ANY, COUNT, NONE

if TYPE_CHECKING:
    from perffix.model import Edit
    from perffix.project.orm.counts import Counted

_SAME_ROWS = ("filter", "filter_by", "where", "order_by", "limit", "offset", "options", "execution_options")
_CONDITIONS = ("where", "filter", "filter_by")


def counting_fix(found: Counted) -> Fix:
    """Return the fix that asks for no more than is wanted.

    It is unsafe: the rows are not in memory afterwards, and each evaluation asks anew.
    """
    if found.is_in_string or _is_counted_later(found):
        return Fix(Applicability.DISPLAY, counting_advice(found))
    if found.query.model.library == "sqlalchemy":
        return _sqlalchemy_fix(found)
    wanted, node = found.counting.wanted, found.counting.node
    if wanted == COUNT and _is_ordered_by_others(found):
        return Fix(Applicability.DISPLAY, counting_advice(found))
    awaited = found.held is None and isinstance(found.rows, ast.Call) and _name(found.rows) == "acount"
    method = "count" if wanted == COUNT else "exists"
    edits: list[Edit] = []
    rows = _rows(found, edits)
    text = f"await $rows.a{method}()" if awaited else f"$rows.{method}()"
    edits.insert(0, Replace(NodeRef.of(node), Code(f"not {text}" if wanted == NONE else text, {"rows": rows})))
    return Fix(Applicability.UNSAFE, f"Call `{method}()` instead", tuple(edits))


def counting_advice(found: Counted) -> str:
    """Return what asks for no more than is wanted, in a sentence."""
    if found.query.model.library == "sqlalchemy":
        return _sqlalchemy_advice(found)
    if found.counting.wanted == COUNT:
        return "Let the database count the rows: `count()`"
    return "Ask the database whether there is one: `exists()`"


def _rows(found: Counted, edits: list[Edit]) -> NodeRef:
    """Return the expression of the query; where a name holds a list of its rows, let it hold the query."""
    value = found.counting.value
    if found.held is None:
        return NodeRef.of(value)
    if value is not found.held.value:  # a name
        if found.held.value is not found.rows:
            query = {"query": NodeRef.of(_kept(found.rows))}
            edits.append(Replace(NodeRef.of(found.held.value), Code("$query", query)))
        return NodeRef.of(value)
    field = found.query.field
    managed = field is not None and field.by.endswith("Manager")
    rows = _kept(found.rows)
    return NodeRef.of(rows if managed else without_all(rows))


def _kept(rows: ast.expr) -> ast.expr:
    """Return a query without the call that streams its rows: a stream cannot be counted."""
    if isinstance(rows, ast.Call) and isinstance(rows.func, ast.Attribute) and rows.func.attr == "iterator":
        return rows.func.value
    return rows


def _is_counted_later(found: Counted) -> bool:
    """Tell whether a name holds a list of rows, and something may change them before they are counted."""
    held = found.held
    if held is None or not held.assigned:
        return False
    listing = held.value is not found.rows or found.query.model.library == "sqlalchemy"
    if not listing:
        return False
    function, node = found.model.function_of(found.rows), found.counting.node
    end, start = (held.value.end_lineno or 0, held.value.end_col_offset or 0), (node.lineno, node.col_offset)
    if function is None or sum((each.lineno, each.col_offset) >= end for each in held.uses) > 1:
        return True
    calls = (each for each in ast.walk(function) if isinstance(each, (ast.Call, ast.Await, ast.Yield, ast.YieldFrom)))
    return any(end <= (each.lineno, each.col_offset) < start for each in calls)


def _is_ordered_by_others(found: Counted) -> bool:
    """Tell whether rows may be ordered by columns of other rows: of many, they double them, and are not counted."""
    fields = found.query.model.fields
    for call in ast.walk(found.rows):
        if not isinstance(call, ast.Call) or _name(call) != "order_by":
            continue
        for argument in call.args:
            named = [str(each.value) for each in ast.walk(argument) if isinstance(each, ast.Constant)]
            for name in named or [""]:
                field = fields.get(name.removeprefix("-"))
                own = field is not None and field.kind in (Kind.COLUMN, Kind.TO_ONE)
                if not own and name.removeprefix("-") not in ("pk", "id", "?"):
                    return True
    return False


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


class _Statement(NamedTuple):
    """A statement of SQLAlchemy, link by link.

    Attributes:
        root: the call that begins it, `session.query(Book)` or `select(Book)`; `Book.query` for such.
        methods: what is called on that, the first first.
        links: the calls.
    """

    root: ast.expr
    methods: tuple[str, ...]
    links: tuple[ast.Call, ...]


def _statement(node: ast.expr) -> _Statement:
    links: list[ast.Call] = []
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr not in _ROOTS:
        links.append(node)
        node = node.func.value
    links.reverse()
    return _Statement(node, tuple(_name(each) for each in links), tuple(links))


_ROOTS = ("query", "select", "scalars", "execute")


def _sqlalchemy_fix(found: Counted) -> Fix:
    wanted = found.counting.wanted
    advice = _sqlalchemy_advice(found)
    rows = found.counting.value if found.held is None else found.rows
    if found.held is not None:
        if not isinstance(rows, ast.Call) or _name(rows) not in LISTING or not isinstance(rows.func, ast.Attribute):
            return Fix(Applicability.DISPLAY, advice)
        rows = rows.func.value
    statement = _statement(rows)
    if speaks_of_others(rows, found.query.model.name) or any(each not in _SAME_ROWS for each in statement.methods):
        return Fix(Applicability.DISPLAY, advice)
    root = statement.root
    legacy = isinstance(root, ast.Attribute) or (isinstance(root, ast.Call) and _name(root) == "query")
    if legacy:
        return _of_query(found, rows, root, advice)
    if wanted == NONE or found.held is None or found.held.assigned:
        return Fix(Applicability.DISPLAY, advice)
    return _of_select(found, statement, advice)


def _sqlalchemy_advice(found: Counted) -> str:
    if found.counting.wanted == COUNT:
        return (
            "Let the database count the rows, distinct ones if others are joined: `query.count()`, or"
            " `select(func.count())` with the same conditions"
        )
    return "Ask for one: `session.query(query.exists()).scalar()`, or `session.scalar(select(statement.exists()))`"


def _of_query(found: Counted, rows: ast.expr, root: ast.expr, advice: str) -> Fix:
    node, wanted = NodeRef.of(found.counting.node), found.counting.wanted
    pieces: dict[str, NodeRef | str] = {"rows": NodeRef.of(rows)}
    edits: list[Edit] = []
    if found.held is not None and found.held.assigned:
        if len(found.held.assigned) > 1 or found.held.value is not found.rows:
            return Fix(Applicability.DISPLAY, advice)
        edits.append(Replace(NodeRef.of(found.rows), Code("$rows", dict(pieces))))
        pieces["rows"] = NodeRef.of(found.counting.value)  # the name holds the query then
    if wanted == COUNT:
        edits.insert(0, Replace(node, Code("$rows.count()", pieces)))
        return Fix(Applicability.UNSAFE, "Call `count()` instead", tuple(edits))
    if not isinstance(root, ast.Call) or not isinstance(root.func, ast.Attribute):
        return Fix(Applicability.DISPLAY, advice)
    pieces["query"] = NodeRef.of(root.func)
    text = "$query($rows.exists()).scalar()"
    edits.insert(0, Replace(node, Code(f"not {text}" if wanted == NONE else text, pieces)))
    return Fix(Applicability.UNSAFE, "Ask by `exists()` instead", tuple(edits))


def _of_select(found: Counted, statement: _Statement, advice: str) -> Fix:
    """Return the fix for `session.scalars(select(Book)...).all()`, or for `session.execute(...).scalars().all()`."""
    root, display = statement.root, Fix(Applicability.DISPLAY, advice)
    if isinstance(root, ast.Call) and _name(root) == "scalars" and not root.args and not root.keywords:
        assert isinstance(root.func, ast.Attribute)
        root = root.func.value  # of `session.execute(...).scalars()`
    if statement.methods or not isinstance(root, ast.Call) or _name(root) not in ("scalars", "execute"):
        return display
    if len(root.args) != 1 or root.keywords:
        return display
    assert isinstance(root.func, ast.Attribute)
    asked = _statement(root.args[0])
    start, select = asked.root, ""
    if not isinstance(start, ast.Call) or len(start.args) != 1 or start.keywords:
        return display
    pieces: dict[str, NodeRef | str] = {"session": NodeRef.of(root.func.value), "select": NodeRef.of(start.func)}
    if found.counting.wanted == ANY:
        pieces["statement"] = NodeRef.of(root.args[0])
        code = Code("$session.scalar($select($statement.exists()))", pieces)
        return Fix(Applicability.UNSAFE, "Ask by `exists()` instead", (Replace(NodeRef.of(found.counting.node), code),))
    if any(each not in _CONDITIONS for each in asked.methods):
        return display
    adds: tuple[Import, ...] = ()
    if isinstance(start.func, ast.Attribute):
        pieces["library"] = NodeRef.of(start.func.value)
        select = "$library.func.count()"
    else:
        spelling = found.model.imports.spelling_of("sqlalchemy", "func", start)
        if spelling is None:
            return display
        select, adds = f"{spelling.text}.count()", (spelling.adds,) if spelling.adds else ()
    pieces["model"] = NodeRef.of(start.args[0])
    text = f"$session.scalar($select({select}).select_from($model){_conditions(asked, pieces)})"
    edit = Replace(NodeRef.of(found.counting.node), Code(text, pieces))
    return Fix(Applicability.UNSAFE, "Select `func.count()` instead", (edit,), adds)


def _conditions(asked: _Statement, pieces: dict[str, NodeRef | str]) -> str:
    """Return the calls that say which rows are wanted, as text; their arguments become pieces."""
    text = ""
    for number, link in enumerate(asked.links):
        arguments = []
        for index, argument in enumerate(link.args):
            pieces[f"a{number}_{index}"] = NodeRef.of(argument)
            arguments.append(f"$a{number}_{index}")
        for index, keyword in enumerate(link.keywords):
            pieces[f"k{number}_{index}"] = NodeRef.of(keyword.value)
            arguments.append(f"{keyword.arg}=$k{number}_{index}" if keyword.arg else f"**$k{number}_{index}")
        text += f".{asked.methods[number]}({', '.join(arguments)})"
    return text
