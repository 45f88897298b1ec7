"""Classes that code maps to tables by calls: `registry.map_imperatively(Book, book_table, properties={...})`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.project.index import Class, External, Value
from perffix.project.orm.schema import called, literal
from perffix.project.summaries.terms import Call, Named, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.index import Index, Module
    from perffix.project.summaries.terms import Body, Ref

_FUNCTIONS = ("map", "model", "table", "orm")  # words in the names of functions that are likely to map classes


class Written(NamedTuple):
    """Something that is given to an attribute of a class outside of its statements.

    Attributes:
        name: the attribute.
        module: where it is written.
        body: the code that it is a part of.
        ref: its entry there.
    """

    name: str
    module: Module
    body: Body
    ref: Ref


class ClassMapping(NamedTuple):
    """What maps a class to a table.

    Attributes:
        table: the name of the table; empty where it is not known.
        attributes: the columns and properties that the class gets.
    """

    table: str
    attributes: tuple[Written, ...]


def imperative_mappings(index: Index) -> dict[Class, ClassMapping]:
    """Return the classes that modules which import SQLAlchemy map by calls."""
    found: dict[Class, ClassMapping] = {}
    for module in index.modules.values():
        if not any(each.startswith("sqlalchemy") for targets in module.summary.imports.values() for each in targets):
            continue
        functions = (
            each.body for name, each in module.summary.functions.items() if any(word in name for word in _FUNCTIONS)
        )
        for body in (module.summary.body, *functions):
            found.update(_mapped_in(index, module, body))
    return found


def _mapped_in(index: Index, module: Module, body: Body) -> Iterator[tuple[Class, ClassMapping]]:
    """Yield the classes that one piece of code maps."""
    for ref, entry in enumerate(body.entries):
        made = called(body, ref) if isinstance(entry.term, Call) else None
        if made is None or made[0] not in ("map_imperatively", "mapper") or not made[1].arguments:
            continue
        call = made[1]
        if made[0] == "mapper" and not _is_function_of_library(index, module, body, call):
            continue
        first = body.entries[call.arguments[0]].term
        cls = index.resolve(first.name, module) if isinstance(first, Named) else (None, ())
        if not isinstance(cls[0], Class) or cls[1]:
            continue
        options = dict(call.keywords)
        table = call.arguments[1] if len(call.arguments) > 1 else options.get("local_table")
        mapping = ClassMapping("", ()) if table is None else table_written(index, module, body, table)
        properties = tuple(_properties(module, body, options.get("properties")))
        yield cls[0], mapping._replace(attributes=(*mapping.attributes, *properties))


def _is_function_of_library(index: Index, module: Module, body: Body, call: Call) -> bool:
    function = body.entries[call.function].term
    definition = index.resolve(function.name, module)[0] if isinstance(function, Named) else None
    return isinstance(definition, External) and definition.name.startswith("sqlalchemy.")


def table_written(index: Index, module: Module, body: Body, ref: Ref) -> ClassMapping:
    """Return the name and the columns of a table that an entry of a body stands for, also by a name."""
    term = body.entries[ref].term
    if isinstance(term, Named):
        held = index.resolve(term.name, module)[0]
        if not isinstance(held, Value):
            return ClassMapping("", ())
        module, body, ref = held.module, held.body, held.refs[-1]
    made = called(body, ref)
    if made is None or made[0] != "Table":
        return ClassMapping("", ())
    columns = []
    for each in made[1].arguments[1:]:
        column = called(body, each)
        if column is not None and column[0] == "Column" and column[1].arguments:
            stored = literal(body, column[1].arguments[0])
            key = literal(body, dict(column[1].keywords).get("key"))
            if isinstance(stored, str):
                columns.append(Written(key if isinstance(key, str) else stored, module, body, each))
    name = literal(body, made[1].arguments[0]) if made[1].arguments else None
    return ClassMapping(name if isinstance(name, str) else "", tuple(columns))


def _properties(module: Module, body: Body, ref: Ref | None) -> Iterator[Written]:
    term = None if ref is None else body.entries[ref].term
    for key, value in term.items if isinstance(term, Table) else ():
        name = literal(body, key)
        if isinstance(name, str):
            yield Written(name, module, body, value)
