"""Loops over the rows of a query that read one and the same column of each row, and nothing else."""

from __future__ import annotations

import ast
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from perffix.model import NodeRef, Span
from perffix.project.index import Class, External
from perffix.project.orm.graph import Kind
from perffix.project.orm.makers import gives_query, is_made_anew, lazy_lookups, methods_of
from perffix.project.orm.readings import names_in
from perffix.project.orm.row_uses import asks_anew, held, is_once, string_around
from perffix.project.orm.users import Users
from perffix.project.place import Place
from perffix.project.summaries.terms import Call, Named
from perffix.semantic import facts
from perffix.semantic.scopes import How

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from perffix.project.evaluation.values import Query, Site
    from perffix.project.orm.graph import Field, Model
    from perffix.project.orm.readings import Reading
    from perffix.project.orm.row_uses import Held
    from perffix.project.project import Project
    from perffix.project.trees import Tree
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Binding

LoopOverRows = ast.For | ast.AsyncFor | ast.comprehension
_LEAST_OTHERS = 2  # columns beside the key and the one that is read
_MAKING = ("__init__", "from_db", "__getattribute__", "__getattr__")
_SIGNAL = ".post_init"


class OneColumn(NamedTuple):
    """A loop that reads one column of each row.

    Attributes:
        query: the query.
        column: the attribute.
        loop: the loop or the clause of a comprehension.
        target: the name of the row in it.
        reads: the places that read the column.
        rows: the expression of the query itself.
        iterated: what the loop runs over: that expression, or a name for it.
        alone: whether nothing else is done with the query.
        place: where the rows are asked for.
        tree: what it stands in.
    """

    query: Query
    column: str
    loop: LoopOverRows
    target: ast.Name
    reads: tuple[ast.Attribute, ...]
    rows: ast.expr
    iterated: ast.expr
    alone: bool
    place: Place
    tree: Tree

    @property
    def model(self) -> SemanticModel:
        """What the module means."""
        return self.tree.model


def one_column(project: Project) -> Iterator[OneColumn]:
    """Yield the loops of a project that read one column of each row of a query."""
    columns, lookups = _Columns(project), lazy_lookups(project.index)
    groups: dict[tuple[str, str], list[tuple[Site, Reading]]] = {}
    for site, reading in project.evaluator.readings.items():
        if _is_whole(reading):
            groups.setdefault((site.module, site.body), []).append((site, reading))
    for readings in groups.values():
        body = project.evaluator.body_of(readings[0][0])
        users: Users | None = None
        for site, reading in readings:
            if body.entries[site.ref].kind != "Call":
                continue
            users = users or Users(body)
            column = users.column(site.ref)
            if column is None or not columns.is_plain(reading.query.model, column):
                continue
            found = _found(project, site, reading, column, lookups)
            if found is not None:
                yield found


def _is_whole(reading: Reading) -> bool:
    """Tell whether a query brings all columns of many rows, which are not in memory before."""
    query, loaded = reading.query, reading.query.loaded
    if query.few or reading.mixed or reading.may_be_in_memory or loaded.only is not None or loaded.deferred:
        return False
    return query.owner is None if query.model.library == "sqlalchemy" else not query.evaluated


def _found(project: Project, site: Site, reading: Reading, column: str, lookups: Collection[str]) -> OneColumn | None:
    path = project.evaluator.place_of(site).path
    entry = project.evaluator.body_of(site).entries[site.ref]
    tree = project.trees.around(path, [entry.line])
    node = None if tree is None else tree.node(NodeRef(entry.kind, entry.span))
    if tree is None or node is None or not _is_told(project, reading, node):
        return None
    model = tree.model
    if model.function_of(node) is None or model.locals.is_seen_dynamically(node):
        return None
    if _begins_with_parameter(node, model):
        return None
    holder = held(node, (), model)
    use = None if holder is None or holder.value is not node else _the_loop(holder, model, lookups)
    if holder is None or use is None:
        return None
    loop = model.parent(use)
    assert isinstance(loop, LoopOverRows)
    reads = _reads(loop, column, model)
    if not reads or not isinstance(loop.target, ast.Name):
        return None
    place = Place(path, Span.of(string_around(use, model) or use), model.statement_lines(use))
    alone = len(holder.uses) == 1
    return OneColumn(reading.query, column, loop, loop.target, reads, node, use, alone, place, tree)


def _is_told(project: Project, reading: Reading, node: ast.expr) -> bool:
    """Tell whether all is known of how a query is put together, and none of it says what comes with the rows."""
    shaping = facts.load("django_queries")["shaping"]
    methods = methods_of(node)
    if any(each in shaping for each in methods) or not gives_query(node, reading):
        return False
    if not all(is_made_anew(each, project.trees) for each in reading.functions):
        return False
    index = project.index
    functions = list(reading.functions)
    for cls in reading.query.classes:
        functions += [each for each in [index.method(cls, "get_queryset")] if each is not None]
        if any(index.method(cls, name) is not None for name in facts.load("django_queries")["reading"]):
            return False
    return not any(names_in(each) & set(shaping) for each in functions)


def _begins_with_parameter(node: ast.expr, model: SemanticModel) -> bool:
    """Tell whether a query goes on from what the function was given: rows of any model may come so."""
    if any(each in ("query", "scalars", "exec") for each in methods_of(node)):
        return False  # a session, which is told the model here
    while isinstance(node, (ast.Call, ast.Attribute)):
        node = node.func if isinstance(node, ast.Call) else node.value
    binding = model.binding_of(node) if isinstance(node, ast.Name) else None
    if binding is None or all(each.how is not How.PARAMETER for each in binding.assignments):
        return False
    assert isinstance(node, ast.Name)
    return node.id != "cls" and model.scopes.class_of_self(node) is None


def _the_loop(holder: Held, model: SemanticModel, lookups: Collection[str]) -> ast.expr | None:
    """Return the one use of a query that loops over its rows; None when more is done with it."""
    found = None
    for use in holder.uses:
        parent = model.parent(use)
        if isinstance(parent, LoopOverRows) and parent.iter is use:
            if found is not None or not is_once(use, holder, model):
                return None
            found = use
        elif not asks_anew(use, facts.load("django_queries")["asking_anew"], lookups, model):
            return None
    return found


# The row


def _reads(loop: LoopOverRows, column: str, model: SemanticModel) -> tuple[ast.Attribute, ...]:
    """Return the places that read a column of the row of a loop; none when anything else is done with the row."""
    binding = model.binding_of(loop.target) if isinstance(loop.target, ast.Name) else None
    if binding is None or not _is_row_only(binding, loop, model):
        return ()
    reads = []
    for use in binding.uses:
        if isinstance(loop, (ast.For, ast.AsyncFor)) and not model.is_within(use, *loop.body):
            continue
        parent = model.parent(use)
        if not isinstance(parent, ast.Attribute) or parent.attr != column or not isinstance(parent.ctx, ast.Load):
            return ()
        around = model.parent(parent)
        if isinstance(around, ast.Call) and around.func is parent:
            return ()
        reads.append(parent)
    return tuple(reads)


def _is_row_only(binding: Binding, loop: LoopOverRows, model: SemanticModel) -> bool:
    """Tell whether a name holds the row wherever it is read in a loop, and is read nowhere after it."""
    if isinstance(loop, ast.comprehension):
        return len(binding.assignments) == 1
    if not binding.is_local or model.locals.is_used_by_functions(binding) or loop.orelse:
        return False
    loops = [each.statement for each in binding.assignments]
    if any(each.how is not How.ITERATED for each in binding.assignments):
        return False
    if any(each is not loop and model.is_within(each, loop) for each in loops):
        return False
    bodies = [each.body for each in loops if isinstance(each, (ast.For, ast.AsyncFor))]
    return all(any(model.is_within(use, *body) for body in bodies) for use in binding.uses)


# The column


class _Columns:
    """The columns of models.

    Args:
        project: the project.
    """

    def __init__(self, project: Project) -> None:
        self._index = project.index

    def is_plain(self, model: Model, name: str) -> bool:
        """Tell whether an attribute is a column whose value is what the database holds, of rows with several more."""
        cls = model.cls
        if cls is None or any(self._index.method(cls, each) is not None for each in (name, *_MAKING)):
            return False
        others = {_column(each, model) for each in model.fields.values() if each.kind in (Kind.COLUMN, Kind.TO_ONE)}
        if len(others - {name, "id", "pk"}) < _LEAST_OTHERS:
            return False
        plain = _is_sqlalchemy_column if model.library == "sqlalchemy" else self._is_django_column
        return plain(model, name) and model.name not in self._signalled

    def _is_django_column(self, model: Model, name: str) -> bool:
        cls = model.cls
        assert cls is not None
        if name == "pk":
            return True
        field = model.fields.get(name)
        if field is None:
            return name == "id" and self._index.attribute(cls, "id") is None
        if field.kind is not Kind.COLUMN:
            return False
        key = model.fields.get(name.removesuffix("_id"))
        if key is not None and key.kind is Kind.TO_ONE and key is not field:
            return True
        return field.declared is None or self._is_declared_plain(cls, name)

    def _is_declared_plain(self, cls: Class, name: str) -> bool:
        """Tell whether a field is declared by a class that gives rows the value as the database holds it."""
        index = self._index
        held = index.attribute(cls, name)
        term = None if held is None else held.body.entries[held.refs[-1]].term
        called = held.body.entries[term.function].term if held is not None and isinstance(term, Call) else None
        if held is None or not isinstance(called, Named):
            return False
        definition, rest = index.resolve(called.name, held.module)
        if rest or not isinstance(definition, (Class, External)):
            return False
        makers: Sequence[Class | External] = (definition,)
        if isinstance(definition, Class):
            own = ("contribute_to_class", "__get__", "value_from_object")
            makers = index.ancestors(definition)
            if any(index.method(definition, each) is not None for each in own):
                return False
            if index.attribute(definition, "descriptor_class") is not None:
                return False
        plain = facts.load("django")["plain_columns"]
        outside = [each.name for each in makers if isinstance(each, External) and each.name != "builtins.object"]
        return bool(outside) and all(
            each.startswith("django.") and each.rpartition(".")[2] in plain for each in outside
        )

    @cached_property
    def _signalled(self) -> frozenset[str]:
        """The names of classes in the modules that wait for rows to be made: it may be for rows of those."""
        found: set[str] = set()
        for module in self._index.modules.values():
            summary = module.summary
            if any(target.endswith(_SIGNAL) for targets in summary.imports.values() for target in targets):
                found.update(summary.imports, summary.classes)
        return frozenset(found)


def _column(field: Field, model: Model) -> str:
    return f"{field.name}_id" if field.kind is Kind.TO_ONE and model.library == "django" else field.name


def _is_sqlalchemy_column(model: Model, name: str) -> bool:
    field = model.fields.get(name)
    if field is None or field.kind is not Kind.COLUMN or field.lazy or model.parents:
        return False
    return field.by in ("Column", "mapped_column", "Field", "Mapped", "")
