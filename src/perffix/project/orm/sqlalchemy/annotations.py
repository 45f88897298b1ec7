"""What the annotation of a mapped attribute says: one row or several, of which class."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.project.summaries.terms import Combined, Display, Item, Literal, Named
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.summaries.terms import Body, Ref


_FIRST = ("Annotated", "tuple", "Tuple")  # of `Annotated[int, Field(gt=0)]` and `tuple[int, ...]` the first counts


class Annotation(NamedTuple):
    """What an annotation says of an attribute.

    Attributes:
        target: the class of the rows, as a name in the module (with a colon in front where it was written as text).
        collection: whether the attribute holds several rows.
        optional: whether it may hold None.
        own_query: whether it is a query of its own instead of a collection.
    """

    target: str
    collection: bool = False
    optional: bool = False
    own_query: bool = False


class Shape(NamedTuple):
    """An annotation as a tree: a name, empty for what has none, with what is in its brackets; `|` for a union."""

    name: str
    inside: tuple[Shape, ...] = ()

    @property
    def last(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2].lstrip(":")


def annotation_of(body: Body, ref: Ref) -> Annotation | None:
    """Return what an annotation says; None when it names no single class."""
    shape = shape_of(body, ref)
    return None if shape is None else _read(shape)


def _read(shape: Shape) -> Annotation | None:
    known = facts.load("sqlalchemy")["annotations"]
    if shape.last in known["wrappers"] or shape.name == "|":
        options = [each for each in shape.inside if each.name != "None"]
        if shape.last == "Annotated":
            options = options[:1]
        found = _read(options[0]) if len(options) == 1 else None
        optional = shape.last == "Optional" or len(options) < len(shape.inside)
        own_query = shape.last in known["own_query"]
        if found is None:
            return None
        return found._replace(
            collection=found.collection or own_query,
            optional=found.optional or optional,
            own_query=found.own_query or own_query,
        )
    if shape.last in (*known["collections"], *known["keyed"], *known["own_query"]):
        found = _read(shape.inside[-1]) if shape.inside else None
        return None if found is None else found._replace(collection=True, own_query=shape.last in known["own_query"])
    return None if shape.inside else Annotation(shape.name)


def shape_of(body: Body, ref: Ref) -> Shape | None:
    """Return an annotation as a tree; None where part of it is no annotation."""
    term = body.entries[ref].term
    if isinstance(term, Named):
        return Shape(term.name) if term.name else None
    if isinstance(term, Literal):
        if term.value is None:
            return Shape("None")
        return _written(term.value) if isinstance(term.value, str) else None
    if isinstance(term, Combined) and term.operator == "|":
        return _with("|", [shape_of(body, term.left), shape_of(body, term.right)])
    if isinstance(term, Item):
        outside = shape_of(body, term.value)
        key = body.entries[term.key].term
        parts = key.items if isinstance(key, Display) else (term.key,)
        if outside is not None and outside.last in _FIRST:
            parts = parts[:1]
        return None if outside is None else _with(outside.name, [shape_of(body, each) for each in parts])
    return None


def _with(name: str, inside: list[Shape | None]) -> Shape | None:
    known = tuple(each for each in inside if each is not None)
    if name == "|":  # `A | B | None` is nested to the left
        known = tuple(_flat(known))
    return Shape(name, known) if len(known) >= len(inside) else None


def _flat(shapes: tuple[Shape, ...]) -> Iterator[Shape]:
    for shape in shapes:
        if shape.name == "|":
            yield from shape.inside
        else:
            yield shape


def _written(text: str) -> Shape | None:
    """Return the annotation in a string."""
    try:
        return _of_node(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _of_node(node: ast.expr) -> Shape | None:
    if isinstance(node, ast.Name):
        return Shape(f":{node.id}")
    if isinstance(node, ast.Attribute):
        value = _of_node(node.value)
        return None if value is None else Shape(f"{value.name}.{node.attr}")
    if isinstance(node, ast.Constant):
        if node.value is None:
            return Shape("None")
        return _written(node.value) if isinstance(node.value, str) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _with("|", [_of_node(node.left), _of_node(node.right)])
    if isinstance(node, ast.Subscript):
        outside = _of_node(node.value)
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if outside is not None and outside.last in _FIRST:
            parts = parts[:1]
        return None if outside is None else _with(outside.name, [_of_node(each) for each in parts])
    return None
