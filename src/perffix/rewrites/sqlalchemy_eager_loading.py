"""How a SQLAlchemy query is told to load a relation, or a column that it leaves out, with its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.model import AddArgument, Applicability, Code, Fix, Import, NodeRef, Replace, SetArgument
from perffix.project.orm.sqlalchemy.loading import is_loader
from perffix.project.orm.sqlalchemy.spelling import Spelling, spelling_in_place, spelling_of, spelling_of_loader
from perffix.project.summaries.operands import made_of
from perffix.project.summaries.terms import Attribute, Call, Literal, Named, Parameter
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perffix.project.evaluation.evaluator import Evaluator
    from perffix.project.evaluation.values import Site
    from perffix.project.orm.graph import Field, Model
    from perffix.project.orm.stories import Step, Story
    from perffix.project.summaries.terms import Entry, Ref

_JOINED_COLLECTION = ("joined", "False")
# With these a join of the relation would change what the statement gives or costs.
_APART = ("distinct", "group_by", "union", "union_all", "intersect", "except_", "from_statement", "with_for_update")
_RAW = ("text", "literal_column")
_COMPOUND = ("union", "union_all", "intersect", "except_")
_EACH = ("lazyload", "immediateload")  # another loader for the same relation gives way
_BY_KEY = ("get", "get_one", "get_or_404")
_PASSED_ON = ("session", "db", "self", "cls")
_DEPTH = 3
# A session forgets what its rows hold at the end of a transaction.
_FORGETTING = ("commit", "rollback", "expire_all")
_AFTER_THE_LOOP = (
    "and end the transaction after the loop: each `commit()` makes the session load the rows anew, unless it is made"
    " with `expire_on_commit=False`"
)
_DYNAMIC = "Ask for the rows of all at once: no option loads a dynamic relation"


class _Hop(NamedTuple):
    """One relation of a path, or the column at its end, the model that has it, and the loader function for it."""

    loader: str
    model: Model
    field: Field


def written_options(story: Story, evaluator: Evaluator) -> str:
    """Return the option that loads what is missed, with the plain names of classes and functions."""
    hops = _hops(story, evaluator)
    return ".".join(f"{hop.loader}({hop.model.name}.{hop.field.name})" for hop in hops)


def sqlalchemy_advice(story: Story, evaluator: Evaluator) -> str:
    """Return in a sentence what to write."""
    if story.path[-1].lazy:
        return _DYNAMIC
    whole = "statement" if story.steps[0].method == "select" else "query"
    return f"Add `.options({written_options(story, evaluator)})` to the {whole}"


def sqlalchemy_fix(story: Story, evaluator: Evaluator) -> Fix:
    """Return the fix that makes a query load what is missed.

    It is unsafe: the rows stay the same, but the statement and the memory that it takes do not.
    """
    hops = _hops(story, evaluator)
    description = f"Load it with the rows: `.options({written_options(story, evaluator)})`"
    if hops[-1].field.lazy and not story.is_column:
        return Fix(Applicability.DISPLAY, _DYNAMIC)
    methods = [step.method for step in story.steps]
    if any(each in _COMPOUND for each in methods) and "select" in methods:
        return Fix(Applicability.DISPLAY, f"{description}, on the statement around the combined ones")
    return _Writer(story, evaluator, hops).fix(description)


def _hops(story: Story, evaluator: Evaluator) -> list[_Hop]:
    """Return the loaders for a path: joins for single rows, one more statement for collections."""
    methods = [step.method for step in story.steps]
    # A legacy query leaves out the rows that a joined collection repeats, unless it streams them.
    legacy = methods[0] in ("query", "") and "yield_per" not in methods
    apart = _stands_apart(story, evaluator)
    asked = {access.path for access in story.accesses}
    found: list[_Hop] = []
    model = story.model
    for number, field in enumerate(story.path):
        target = None if field.target is None else evaluator.graph.models.get(field.target)
        below = any(hop.loader == "selectinload" for hop in found)
        joins = field.kind.is_one and (
            below or (not apart and (legacy or (target is not None and not _multiplies(target, evaluator, _DEPTH))))
        )
        loader = "joinedload" if joins else "selectinload"
        if number < len(story.path) - 1 and story.path[: number + 1] not in asked:
            loader = "defaultload"  # it is loaded: how stays as it is
        elif not field.kind.is_relation:
            loader = "undefer"
        found.append(_Hop(loader, model, field))
        if target is None:
            break
        model = target
    if len(found) == 1 and found[0].loader == "joinedload" and _joins_already(story, evaluator, found[0]):
        return [found[0]._replace(loader="contains_eager")]
    return found


def _stands_apart(story: Story, evaluator: Evaluator) -> bool:
    """Tell whether a join would change what a query gives, or makes names in SQL of its own mean several columns.

    That may be so of a query that a function of the project gives.
    """
    if story.steps[0].method.lstrip(":") not in _beginning():  # which a star may have imported
        return True
    for site in story.accesses[0].row.sites:
        if evaluator.method_at(site) in _APART:
            return True
        parts = made_of(evaluator.body_of(site).entries, site.ref) if site.ref >= 0 else ()
        if any(evaluator.method_at(site._replace(ref=ref)).lstrip(":") in _RAW for ref in parts):
            return True
    return False


def _joins_already(story: Story, evaluator: Evaluator, hop: _Hop) -> bool:
    """Tell whether the query joins a relation itself: the join serves for both."""
    for step, site in zip(story.steps, _written_sites(story, evaluator), strict=True):
        if step.method in ("join", "outerjoin"):
            entries = evaluator.body_of(site).entries
            call = entries[site.ref].term
            joined = [entries[each].term for each in call.arguments] if isinstance(call, Call) else []
            named = joined[0].name if len(joined) == 1 and isinstance(joined[0], Named) else ""
            is_plain = isinstance(call, Call) and not call.keywords
            if is_plain and named.lstrip(":").split(".")[-2:] == [hop.model.name, hop.field.name]:
                return True
    return False


def _written_sites(story: Story, evaluator: Evaluator) -> list[Site]:
    """Return the expressions that the query is put together by."""
    sites = story.accesses[0].row.sites
    written = [each for each in sites if each.ref >= 0 and evaluator.body_of(each).entries[each.ref].kind]
    return written[: len(story.steps)]  # the others belong to what the query is handed on to


def _multiplies(model: Model, evaluator: Evaluator, depth: int) -> bool:
    """Tell whether rows of a model bring a joined collection along, so that joining them asks for `unique()`."""
    for field in model.relations() if depth else ():
        if field.lazy not in _JOINED_COLLECTION:
            continue
        target = None if field.target is None else evaluator.graph.models.get(field.target)
        if not field.kind.is_one or target is None or _multiplies(target, evaluator, depth - 1):
            return True
    return False


def _beginning() -> frozenset[str]:
    """Return the methods that a query may begin with, where all of it is seen; empty for `Book.query`."""
    known = facts.load("sqlalchemy")
    queries, sessions = known["queries"], known["sessions"]
    return frozenset(["", "options", *sessions["making"], *sessions["by_key"], *queries["same"]]) | _asking()


def _asking() -> frozenset[str]:
    """Return the methods that run a query, so that what they give can no longer be told what to load."""
    known = facts.load("sqlalchemy")
    queries, sessions = known["queries"], known["sessions"]
    asking = [*queries["many"], *queries["chunks"], *queries["single"]]
    asking += [*sessions["rows"], *sessions["elements"], *sessions["adapting"], *sessions["single"]]
    return frozenset(asking) - frozenset(_BY_KEY)


class _Writer:
    """Writes an option into the code of a query."""

    def __init__(self, story: Story, evaluator: Evaluator, hops: list[_Hop]) -> None:
        self._story = story
        self._evaluator = evaluator
        self._hops = hops
        self._sites = _written_sites(story, evaluator)
        self._module = evaluator.module_of(self._sites[0])
        self._imports: list[Import] = []
        self._dropped: tuple[Import, ...] = ()

    def fix(self, description: str) -> Fix:
        """Return the fix; only advice where a name that it needs is not at hand."""
        display = Fix(Applicability.DISPLAY, description)
        if len({(site.module, site.body) for site in self._sites}) != 1:
            return display
        if self._is_for_any_model():
            return Fix(Applicability.DISPLAY, f"{description}, for `{self._story.model.name}` alone")
        if not self._is_entity():
            return display
        changed = self._changed_columns() if self._story.is_column else None
        if changed is not None:
            return changed
        edit = self._edit()
        if edit is None:
            return display
        if self._forgets_rows():
            return Fix(Applicability.DISPLAY, f"{description}, {_AFTER_THE_LOOP}")
        return Fix(Applicability.UNSAFE, description, (edit,), tuple(dict.fromkeys(self._imports)), self._dropped)

    def _forgets_rows(self) -> bool:
        """Tell whether a loop ends the transaction in each turn: the rows are loaded anew then, one by one.

        A relation that is joined comes with each of them again.
        """
        if all(hop.loader == "joinedload" for hop in self._hops):
            return False
        body = self._evaluator.body_of(self._sites[0])
        calls = (ref for ref, entry in enumerate(body.entries) if isinstance(entry.term, Call))
        return any(
            self._evaluator.method_at(self._sites[0]._replace(ref=ref)) in _FORGETTING and body.loops_around(ref)
            for ref in calls
        )

    def _changed_columns(self) -> Fix | None:
        """Return the edit of the option that leaves a column out; None where none is written in the query."""
        names = [field.name for field in self._story.path]
        for step, site in zip(self._story.steps, self._sites, strict=True):
            if step.method != "options":
                continue
            entries = self._entries(site)
            for ref in self._call(site).arguments:
                said = _loader_of(entries, ref)
                if said == "load_only" and _path_before(entries, ref) == names[:-1]:
                    return self._with_column(entries, ref)
                if said == "defer" and _path_of(entries, ref) == names:
                    return self._without_option(step, site, ref)
        return None

    def _with_column(self, entries: Sequence[Entry], ref: Ref) -> Fix:
        """Return the fix that gives `load_only` one more column."""
        model, column = self._hops[-1].model, self._hops[-1].field.name
        description = f"Add `{model.name}.{column}` to `load_only()`"
        cls = self._root_name() if len(self._hops) == 1 else self._name(model)
        call = entries[ref].term
        assert isinstance(call, Call)
        if cls is None or call.keywords or not entries[ref].kind:
            return Fix(Applicability.DISPLAY, description)
        edit = AddArgument(NodeRef(entries[ref].kind, entries[ref].span), Code(f"{cls}.{column}"))
        return Fix(Applicability.UNSAFE, description, (edit,), tuple(dict.fromkeys(self._imports)))

    def _without_option(self, step: Step, site: Site, ref: Ref) -> Fix:
        """Return the fix that takes an option out that defers a column."""
        description = f"Take `{self._hops[-1].model.name}.{self._hops[-1].field.name}` out of `defer()`"
        refs = self._call(site).arguments
        kept = {f"argument{n}": each for n, each in enumerate(step.arguments) if refs[n] != ref}
        if _path_before(self._entries(site), ref) or step.function is None or not (kept or step.owner):
            return Fix(Applicability.DISPLAY, description)  # the option loads a relation besides
        pieces = {"function": step.function, **kept} if kept or step.owner is None else {"owner": step.owner}
        text = f"$function({', '.join(f'${key}' for key in kept)})" if kept else "$owner"
        gone = (Import("sqlalchemy.orm", "defer"),)
        return Fix(Applicability.UNSAFE, description, (Replace(step.node, Code(text, pieces)),), (), gone)

    def _edit(self) -> Replace | SetArgument | AddArgument | None:
        steps = self._story.steps
        for number, step in enumerate(steps):
            if step.method == "options" and step.arguments:
                return self._merged(step, self._sites[number])
        option = self._option(0)
        if option is None:
            return None
        first = steps[0]
        if first.method in _asking():
            return None  # of one of several queries, each of which has a place of its own
        if first.method in _BY_KEY:
            has_options = any(name == "options" for name, _ in self._call(self._sites[0]).keywords)
            return None if has_options else SetArgument(first.node, "options", Code(f"[{option}]"))
        if first.node.kind not in ("Call", "Attribute"):
            return None
        return Replace(first.node, Code(f"$query.options({option})", {"query": first.node}))

    def _call(self, site: Site) -> Call:
        term = self._entries(site)[site.ref].term
        assert isinstance(term, Call)
        return term

    def _entries(self, site: Site) -> tuple[Entry, ...]:
        return self._evaluator.body_of(site).entries

    def _merged(self, step: Step, site: Site) -> Replace | AddArgument | None:
        """Return the edit of a call of `options`: one of its arguments goes on, or there is one more."""
        call, entries = self._call(site), self._entries(site)
        if len(call.arguments) != len(step.arguments) or any(not each.kind for each in step.arguments):
            return None
        names = [field.name for field in self._story.path]
        for number, ref in enumerate(call.arguments):
            path = _path_of(entries, ref)
            if path and path == names[: len(path)] and _loader_of(entries, ref) in _EACH:
                option = self._option(0)
                self._dropped = (Import("sqlalchemy.orm", _loader_of(entries, ref)),)
                return None if option is None else Replace(step.arguments[number], Code(option))
        for length in range(len(names) - 1, 0, -1):
            for number, ref in enumerate(call.arguments):
                if _path_of(entries, ref) == names[:length]:
                    rest = self._option(length)
                    argument = step.arguments[number]
                    return None if rest is None else Replace(argument, Code(f"$option.{rest}", {"option": argument}))
        option = self._option(0)
        return None if option is None else AddArgument(step.node, Code(option))

    def _option(self, start: int) -> str | None:
        """Return the calls for the path from one relation on, as code; None when a class has no name there."""
        calls = []
        for number, hop in enumerate(self._hops[start:], start):
            cls = self._root_name() if number == 0 else self._name(hop.model)
            if cls is None:
                return None
            loader = hop.loader
            if number == 0:
                loader = self._said(spelling_of_loader(self._module, loader))
            calls.append(f"{loader}({cls}.{hop.field.name})")
        return ".".join(calls)

    def _name(self, model: Model) -> str | None:
        spelled = None if model.cls is None else spelling_of(self._evaluator.index, self._module, model.cls)
        return None if spelled is None else self._said(spelled)

    def _said(self, spelled: Spelling) -> str:
        if spelled.imported is not None:
            self._imports.append(spelled.imported)
        return spelled.text

    def _root(self) -> Ref | None:
        """Return the entry of the class whose rows a query gives, where it is written."""
        site = self._sites[0]
        entries = self._entries(site)
        term = entries[site.ref].term
        if isinstance(term, Attribute):  # cls.query; or a relation that is a query of its own
            return term.value if self._is_class(entries[term.value]) else None
        if not isinstance(term, Call) or self._story.steps[0].method not in ("query", "select", *_BY_KEY):
            return None
        matching = [each for each in term.arguments if self._is_class(entries[each])]
        return matching[0] if len(matching) == 1 else None

    def _is_class(self, entry: Entry) -> bool:
        term = entry.term
        if isinstance(term, Parameter):
            return term.name == "cls"  # another parameter may be another model in the next call
        if not isinstance(term, Named) or not term.name:
            return False
        definition, rest = self._evaluator.index.resolve(term.name, self._module)
        return not rest and getattr(definition, "name", None) == self._story.model.key

    def _root_name(self) -> str | None:
        ref = self._root()
        term = None if ref is None else self._entries(self._sites[0])[ref].term
        if isinstance(term, Parameter):
            return term.name
        cls = self._story.model.cls
        spelled = self._name(self._story.model)
        if spelled is None and cls is not None and isinstance(term, Named):
            return spelling_in_place(self._module, term.name, cls)
        return spelled

    def _is_entity(self) -> bool:
        """Tell whether the query is one of the class itself, not of an alias of it."""
        return self._story.steps[0].method not in ("query", "select", *_BY_KEY) or self._root() is not None

    def _is_for_any_model(self) -> bool:
        """Tell whether the code is given the model by a parameter: it serves others, too."""
        entries = self._entries(self._sites[0])
        term = entries[self._sites[0].ref].term
        given = [*term.arguments, *(ref for _, ref in term.keywords)] if isinstance(term, Call) else []
        if self._story.steps[0].method in _BY_KEY:
            given = given[:1]  # the others are the key
        terms = [entries[each].term for each in given]
        return any(isinstance(each, Parameter) and each.name not in _PASSED_ON for each in terms)


def _path_of(entries: Sequence[Entry], ref: Ref) -> list[str] | None:
    """Return the relations that an option is written to load, one after another; None when it is something else."""
    term = entries[ref].term
    if not isinstance(term, Call):
        return None
    called = entries[term.function].term
    names = list(_names(entries, term.arguments))
    if isinstance(called, Attribute) and is_loader(called.name):
        before = _path_of(entries, called.value)
        return None if before is None else [*before, *names]
    if isinstance(called, Named) and is_loader(called.name.rpartition(".")[2].lstrip(":")):
        return names
    return None


def _path_before(entries: Sequence[Entry], ref: Ref) -> list[str] | None:
    """Return the relations that an option leads along before its last call; None when that is not written out."""
    term = entries[ref].term
    called = entries[term.function].term if isinstance(term, Call) else None
    if isinstance(called, Attribute):
        return _path_of(entries, called.value)
    return [] if isinstance(called, Named) else None


def _loader_of(entries: Sequence[Entry], ref: Ref) -> str:
    """Return the name of the loader function that an option calls last."""
    term = entries[ref].term
    called = entries[term.function].term if isinstance(term, Call) else None
    return called.name.rpartition(".")[2].lstrip(":") if isinstance(called, (Named, Attribute)) else ""


def _names(entries: Sequence[Entry], refs: Sequence[Ref]) -> Iterator[str]:
    for ref in refs:
        term = entries[ref].term
        if isinstance(term, (Named, Attribute)):
            yield term.name.rpartition(".")[2]
        elif isinstance(term, Literal) and isinstance(term.value, str):
            yield from term.value.split(".")
