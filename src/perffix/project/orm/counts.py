"""Places that load the rows of a query to learn their number, or count them to learn whether there are any."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.model import NodeRef, Span
from perffix.project.orm.makers import LISTING, gives_query, is_made_anew, lazy_lookups, methods_of, without_all
from perffix.project.orm.readings import names_in
from perffix.project.orm.row_uses import asks_anew, counting, held, is_once, judged, string_around
from perffix.project.orm.users import Users
from perffix.project.place import Place
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from perffix.project.evaluation.values import Query, Site
    from perffix.project.index import Index
    from perffix.project.orm.readings import Reading
    from perffix.project.orm.row_uses import Counting, Held
    from perffix.project.project import Project
    from perffix.project.trees import Tree
    from perffix.semantic.model import SemanticModel

_COUNTING = ("count", "acount")
_LOCKING = "select_for_update"


class Counted(NamedTuple):
    """A place of which rows want no more than a number.

    Attributes:
        query: the query.
        counting: what is wanted, and where.
        held: the query's expression and its uses; None where `count()` is called on it.
        rows: the expression of the query itself.
        place: where it is.
        tree: what it stands in.
    """

    query: Query
    counting: Counting
    held: Held | None
    rows: ast.expr
    place: Place
    tree: Tree

    @property
    def model(self) -> SemanticModel:
        """What the module means."""
        return self.tree.model

    @property
    def is_in_string(self) -> bool:
        """Whether it is part of an f-string."""
        return string_around(self.counting.node, self.model) is not None

    @property
    def method(self) -> str:
        """The method that counts, if one does."""
        return (methods_of(self.rows) or [""])[0]


def counted(project: Project) -> Iterator[Counted]:
    """Yield the places of a project where rows of Django's or SQLAlchemy's queries are only counted."""
    groups: dict[tuple[str, str], list[tuple[Site, Reading]]] = {}
    for site, reading in project.evaluator.readings.items():
        groups.setdefault((site.module, site.body), []).append((site, reading))
    lookups = lazy_lookups(project.index) if groups else frozenset()
    for readings in groups.values():
        yield from _Function(project, readings, lookups).counted()


class _Function:
    """The readings of one function.

    Args:
        project: the project.
        readings: what holds queries in it.
        lookups: the methods that take another query as a condition without running it.
    """

    def __init__(self, project: Project, readings: Sequence[tuple[Site, Reading]], lookups: Collection[str]) -> None:
        self._project = project
        self._lookups = lookups
        self._readings = readings
        self._body = project.evaluator.body_of(readings[0][0])

    def counted(self) -> Iterator[Counted]:
        """Yield what is only counted."""
        users = Users(self._body)
        suspects = [each for each in self._readings if self._is_suspect(*each, users)]
        if not suspects:
            return
        place, trees = self._project.evaluator.place_of(suspects[0][0]), self._project.trees
        found = list(self._counted_in(trees.around(place.path, [place.span.line]), suspects))
        if any(each.query.model.library == "sqlalchemy" for each in found):
            # What is written instead may have to be imported: that asks for all names of the module.
            found = list(self._counted_in(trees.of(place.path), suspects))
        yield from found

    def _counted_in(self, tree: Tree | None, suspects: Sequence[tuple[Site, Reading]]) -> Iterator[Counted]:
        if tree is None:
            return
        nodes = {}
        for site, reading in self._readings:
            entry = self._body.entries[site.ref]
            node = tree.node(NodeRef(entry.kind, entry.span)) if entry.kind == "Call" else None
            if node is None or not (gives_query(node, reading) or self._counts(site)):
                continue
            if all(is_made_anew(each, self._project.trees) for each in reading.functions):
                nodes[site] = node
        done = set()
        for site, reading in suspects:
            if site not in nodes:
                continue
            found = self._found(site, reading, nodes[site], list(nodes.values()), tree)
            if found is not None and found.counting.node not in done:
                done.add(found.counting.node)
                yield found

    def _is_suspect(self, site: Site, reading: Reading, users: Users) -> bool:
        query = reading.query
        if self._body.entries[site.ref].kind != "Call":
            return False
        if reading.is_in_memory or has_own_ways(query, self._project.index):
            return False
        if query.evaluated and query.model.library == "django":
            return False  # a list or set of rows by now, and none of its methods asks the database
        if query.few and query.model.library != "django":
            return False
        if any(_LOCKING in names_in(each) for each in reading.functions):
            return False
        if self._counts(site):
            return not query.few and users.is_compared(site.ref)
        return not reading.may_be_in_memory and users.counts(site.ref)

    def _counts(self, site: Site) -> bool:
        """Tell whether an expression is the call of a method that counts."""
        return self._project.evaluator.method_at(site) in _COUNTING

    def _found(self, site: Site, reading: Reading, node: ast.expr, known: list[ast.expr], tree: Tree) -> Counted | None:
        model = tree.model
        function = model.function_of(node)
        if function is None or _LOCKING in methods_of(node):
            return None
        method, library = self._project.evaluator.method_at(site), reading.query.model.library
        if isinstance(function, ast.AsyncFunctionDef) and library == "django" and method != "acount":
            return None  # what is asked without `await` fails there, or runs in a thread
        holder = None if method in _COUNTING else held(node, known, model)
        found = None
        if method in _COUNTING:
            found = _by_count(node, known, model, self._lookups)
        elif holder is not None and _is_loaded(node, holder, library):
            found = _only(holder, model, self._lookups)
        if found is None:
            return None
        lines = model.statement_lines(found.node)
        span = Span.of(string_around(found.node, model) or found.node)
        place = Place(self._project.evaluator.place_of(site).path, span, lines)
        return Counted(reading.query, found, holder, node, place, tree)


def _is_loaded(node: ast.expr, holder: Held, library: str) -> bool:
    """Tell whether rows are loaded where a query is counted.

    SQLAlchemy's own objects have neither length nor truth, nor have streams of rows.
    """
    method = (methods_of(node) or [""])[0]
    if library == "django":
        return holder.value is not node or method not in _facts("streaming")
    return holder.value is not node or method in LISTING


def _only(holder: Held, model: SemanticModel, lookups: Collection[str]) -> Counting | None:
    """Return the one use of rows, which counts them; None when more is done with them."""
    found = None
    for use in holder.uses:
        if asks_anew(use, _facts("asking_anew"), lookups, model):
            continue
        count = counting(use, model)
        if count is None or found is not None or not is_once(use, holder, model):
            return None
        found = count
    return found


def _by_count(
    call: ast.expr, known: Sequence[ast.expr], model: SemanticModel, lookups: Collection[str]
) -> Counting | None:
    """Return how a call of `count` serves only to tell whether there are rows that nobody reads here."""
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.args or call.keywords:
        return None
    parent = model.parent(call)
    number = parent if isinstance(parent, ast.Await) else call
    rows = call.func.value
    found = judged(number, rows, model)
    if found is None or not _is_unread(rows, call, known, model, lookups):
        return None
    return found


def _is_unread(
    rows: ast.expr, call: ast.Call, known: Sequence[ast.expr], model: SemanticModel, lookups: Collection[str]
) -> bool:
    """Tell whether nothing else in the function reads the rows that are counted."""
    if isinstance(rows, ast.Name):
        binding = model.binding_of(rows)
        if binding is None or not binding.is_local or model.locals.is_used_by_functions(binding):
            return False
        values = [each.value for each in binding.assignments]
        if not values or any(each not in known for each in values):
            return False
        uses = [each for each in binding.uses if each is not rows]
        return all(asks_anew(each, _facts("asking_anew"), lookups, model) for each in uses)
    source = without_all(rows)
    text, function = ast.dump(source), model.function_of(call)
    assert function is not None
    for each in ast.walk(function):
        if not isinstance(each, (ast.Attribute, ast.Call)) or each is source or ast.dump(each) != text:
            continue
        if not asks_anew(each, _facts("asking_anew"), lookups, model):
            return False
    return True


def has_own_ways(query: Query, index: Index) -> bool:
    """Tell whether a queryset class of the project counts or gives rows in a way of its own."""
    return any(index.method(cls, name) is not None for cls in query.classes for name in _facts("reading"))


def _facts(name: str) -> Sequence[str]:
    found = facts.load("django_queries")[name]
    assert isinstance(found, list)
    return found
