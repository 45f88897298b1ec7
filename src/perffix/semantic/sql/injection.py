"""Which parts of a statement's text could carry SQL of somebody else's making."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.flow.input import input_in
from perffix.semantic.scopes import How
from perffix.semantic.sql.assumptions import is_taken_for_harmless
from perffix.semantic.sql.calls import database_call
from perffix.semantic.sql.construction import construction_of
from perffix.semantic.sql.harmless import is_counted, is_harmless, is_quoted, is_row_of_texts
from perffix.semantic.sql.stand_ins import Reading, placeholder_name, stand_in
from perffix.semantic.sql.statement import Role, is_statement, places, takes_parameters
from perffix.semantic.sql.texts import Choice, Region, Series, Splice, atoms_of, regions_of, variants
from perffix.semantic.sql.wrappers import argument_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.flow.input import Origin
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.sql.calls import DatabaseCall
    from perffix.semantic.sql.statement import Place
    from perffix.semantic.sql.texts import Atom, Subject
    from perffix.semantic.strings import Hole

_VALUE_ROLES = (Role.VALUE, Role.QUOTED, Role.LIST)
_OF_ANY_DATABASE = ("django", "SQLAlchemy")
_MOST_VARIANTS = 8
_COMPREHENSIONS = (ast.ListComp, ast.GeneratorExp, ast.SetComp)
_MOST_CALLS = 40


class Exposed(NamedTuple):
    """A hole of a statement whose text is not known to be harmless.

    Attributes:
        hole: the hole.
        place: what stands there in the statement.
        origin: where input enters, when it is proved that the value holds some.
        region: the expression that spells the text around it.
        start: where in the region's text it begins, the quotes around it included; -1 when it cannot be a parameter.
        end: where that ends.
        is_number: it is only a number: harmless, though better passed as a parameter with the others.
    """

    hole: Hole
    place: Place
    origin: Origin | None
    region: Region
    start: int
    end: int
    is_number: bool = False

    @property
    def is_value(self) -> bool:
        """Whether a value stands there, so that a parameter could."""
        return self.place.role in (*_VALUE_ROLES, Role.TYPED, Role.ROW)


class Statement(NamedTuple):
    """The text that a database call runs.

    Attributes:
        subject: how it is built.
        exposed: its exposed holes.
        numbers: holes that are harmless because they are numbers, and could be parameters as well.
        texts: the ways in which it can read.
        opened: the holes into which known text is put, by their ids.
        kept: the other holes of these texts: the place of each in its text, what it stands as, and the hole.
    """

    subject: Subject
    exposed: tuple[Exposed, ...]
    numbers: tuple[Exposed, ...]
    texts: tuple[str, ...]
    opened: frozenset[int]
    kept: tuple[tuple[int, Role, Hole], ...]


class _Variant(NamedTuple):
    atoms: list[Atom]
    text: str
    places: list[Place]


def exposed_statement(call: DatabaseCall, model: SemanticModel) -> Statement | None:
    """Return the statement that a call runs when some part of it is exposed, else None."""
    subject = construction_of(call.statement, model)
    if subject is None:
        return None
    opened: set[int] = set()
    found: dict[tuple[int, int], Exposed] = {}
    texts: list[str] = []
    kept: list[tuple[int, Role, Hole]] = []
    readings = []
    for variant in _variants_of(subject, call, opened, model):
        readings.append(_reading(variant))
        here = list(_exposed_in(variant, subject, call, model))
        kept += _kept(variant, here)
        texts.append(variant.text)
        for exposed in here:
            key = id(exposed.region), id(exposed.hole)
            known = found.get(key)
            same = known is None or (known.start, known.end) == (exposed.start, exposed.end)
            found[key] = exposed if same else exposed._replace(start=-1)
    reported = tuple(
        _without_placeholders([each for each in found.values() if not each.is_number], readings, call, model)
    )
    if not reported:
        return None
    numbers = tuple(each for each in found.values() if each.is_number)
    return Statement(subject, reported, numbers, tuple(texts), frozenset(opened), tuple(kept))


def _variants_of(subject: Subject, call: DatabaseCall, opened: set[int], model: SemanticModel) -> Iterator[_Variant]:
    """Yield the ways in which a text can read that are statements."""
    strings = call.driver is None or call.driver.strings or call.driver.name in _OF_ANY_DATABASE
    for number in range(min(variants(subject), _MOST_VARIANTS)):
        variant = _opened(subject, number, opened, model, strings=strings)
        if len(variant.places) != variant.text.count("\0"):
            continue
        if is_statement(variant.text) or call.driver is not None or call.is_certain:
            yield variant


def _reading(variant: _Variant) -> Reading:
    holes = [atom.hole for atom in variant.atoms if atom.hole is not None]
    return Reading(variant.text, list(zip(holes, variant.places, strict=True)))


def _without_placeholders(
    exposed: list[Exposed], readings: list[Reading], call: DatabaseCall, model: SemanticModel
) -> Iterator[Exposed]:
    """Yield the parts that are not placeholders themselves."""
    held = stand_in(readings, call, model) if exposed else ""
    for each in exposed:
        bare = each.place.role in (Role.VALUE, Role.LIST) and (each.origin is None or not each.origin.remote)
        name = placeholder_name(each.hole.value, model) if bare else ""
        if not name or (name != held and not _holds_placeholders_elsewhere(name, call, model)):
            yield each


def _holds_placeholders_elsewhere(name: str, call: DatabaseCall, model: SemanticModel) -> bool:
    """Tell whether another call of the same method in the class shows that an attribute is a placeholder."""
    owner = next((each for each in model.ancestors(call.call) if isinstance(each, ast.ClassDef)), None)
    if owner is None or not name.startswith("self."):
        return False
    wanted = ast.dump(call.call.func)
    others = [
        each
        for each in ast.walk(owner)
        if isinstance(each, ast.Call) and len(each.args) > 1 and ast.dump(each.func) == wanted
    ]
    for other in others[:_MOST_CALLS]:
        subject = construction_of(other.args[0], model)
        like = call._replace(call=other, statement=other.args[0], parameters=other.args[1])
        if subject is not None:
            readings = [_reading(each) for each in _variants_of(subject, like, set(), model)]
            if stand_in(readings, like, model) == name:
                return True
    return False


def _kept(variant: _Variant, exposed: list[Exposed]) -> list[tuple[int, Role, Hole]]:
    """Return the holes of a text that stay, with their places."""
    indexes = [index for index, sign in enumerate(variant.text) if sign == "\0"]
    holes = [atom.hole for atom in variant.atoms if atom.hole is not None]
    gone = {id(each.hole) for each in exposed}
    return [
        (index, place.role, hole)
        for index, hole, place in zip(indexes, holes, variant.places, strict=True)
        if id(hole) not in gone
    ]


def is_reported_before(statement: Statement, call: DatabaseCall, model: SemanticModel) -> bool:
    """Tell whether an earlier call runs a text that is spelled in the same place, so that it has been reported."""
    if not isinstance(call.statement, ast.Name):
        return False
    binding = model.binding_of(call.statement)
    roots = {id(each.region.root) for each in statement.exposed}
    for use in () if binding is None else binding.uses:
        parent = model.parent(use)
        if use is call.statement or not isinstance(parent, ast.Call) or _place(parent) >= _place(call.call):
            continue
        earlier = database_call(parent, model)
        if earlier is not None and earlier.statement is use:
            subject = construction_of(use, model)
            spelled = () if subject is None else regions_of(subject)
            if roots <= {id(region.root) for region, _ in spelled}:
                return True
    return False


def _place(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _opened(subject: Subject, number: int, opened: set[int], model: SemanticModel, *, strings: bool) -> _Variant:
    """Return one variant of a text with all the text in it that is put together elsewhere.

    Text that stands as a value stays a hole: that it is put together in the program makes it no part of the SQL.
    """
    while True:
        atoms = list(atoms_of(subject, number, opened, model))
        text = "".join(atom.text for atom in atoms)
        found = places(text, strings=strings)
        if len(found) != text.count("\0"):
            return _Variant(atoms, text, found)
        holes = [atom for atom in atoms if atom.hole is not None]
        more = {
            id(atom.splice.hole)
            for atom, place in zip(holes, found, strict=True)
            if atom.splice is not None
            and place.role not in (*_VALUE_ROLES, Role.TYPED, Role.ROW)
            and not is_quoted(atom.splice.hole.value, model)
        }
        if not more - opened:
            return _Variant(atoms, text, found)
        opened |= more


def _is_repeated(region: Region, call: DatabaseCall, model: SemanticModel) -> bool:
    """Tell whether a comprehension spells a text once for each of its turns, and the call is not one of them."""
    comprehensions = [each for each in model.ancestors(region.root) if isinstance(each, _COMPREHENSIONS)]
    return bool(comprehensions) and not any(each in comprehensions for each in model.ancestors(call.call))


def _exposed_in(variant: _Variant, subject: Subject, call: DatabaseCall, model: SemanticModel) -> Iterator[Exposed]:
    reported = (*_VALUE_ROLES, Role.TYPED) if takes_parameters(variant.text) else ()
    calls = _calls_of_helpers(subject)
    holes = [atom for atom in variant.atoms if atom.hole is not None]
    columns = _columns_of(variant)
    for atom, place in zip(holes, variant.places, strict=True):
        hole, region = atom.hole, atom.region
        if hole is None or region is None or place.role is Role.COMMENT:
            continue
        if place.role is Role.VALUE and (
            (atom.splice is not None and _spells_column(atom.splice.subject, model)) or ast.dump(hole.value) in columns
        ):
            place = place._replace(role=Role.IDENTIFIER)
        given = _given(hole.value, calls, model)
        origin = input_in(hole.value, model, "sql") or (None if given is None else input_in(given, model, "sql"))
        remote = origin is not None and origin.remote
        if not remote and place.role not in reported and not is_row_of_texts(hole.value, place, model):
            continue
        repeated = _is_repeated(region, call, model)
        if repeated and not remote and (place.role is not Role.QUOTED or variant.text[place.start] != "'"):
            continue  # the name of a column as well as not
        start, end = (-1, -1) if repeated else _range(atom, place, variant)
        harmless = any(is_harmless(hole._replace(value=each), place, model) for each in (hole.value, given) if each)
        harmless = harmless or (not remote and is_taken_for_harmless(hole, place, model))
        if not harmless:
            yield Exposed(hole, place, origin, region, start, end)
        elif place.role is Role.VALUE and is_counted(hole, model):
            yield Exposed(hole, place, None, region, start, end, is_number=True)


def _columns_of(variant: _Variant) -> set[str]:
    """Return the expressions that stand for a column elsewhere in the text: `CASE WHEN {x} = '' THEN 0 ELSE {x}`."""
    holes = [atom.hole for atom in variant.atoms if atom.hole is not None]
    return {ast.dump(hole.value) for hole, place in zip(holes, variant.places, strict=True) if place.is_column}


def _spells_column(subject: Subject, model: SemanticModel) -> bool:
    """Tell whether a text reads `table.column` whichever way it comes about: no value looks like that."""
    texts = (
        "".join(atom.text for atom in atoms_of(subject, number, set(), model))
        for number in range(min(variants(subject), _MOST_VARIANTS))
    )
    return all(
        re.fullmatch(r"[\w\0]*[^\W\d\0][\w\0]*\.[\w\0]+|[\w\0]+\.[\w\0]*[^\W\d\0][\w\0]*", text) for text in texts
    )


def _range(atom: Atom, place: Place, variant: _Variant) -> tuple[int, int]:
    """Return the part of the region's text that a parameter would replace, -1 when it goes beyond the region."""
    if place.role is not Role.QUOTED:
        return atom.offset, atom.offset + 1
    if not place.movable:
        return -1, -1
    position = 0
    start = end = -1
    for each in variant.atoms:
        after = position + len(each.text)
        if position < place.end and place.start < after:
            if each.region is not atom.region:
                return -1, -1
            if position <= place.start:
                start = each.offset + place.start - position
            if place.end <= after:
                end = each.offset + place.end - position
        position = after
    return (start, end) if start >= 0 and end >= 0 else (-1, -1)


def _calls_of_helpers(subject: Subject) -> dict[ast.AST, ast.Call]:
    """Return the functions that make parts of a text, with the calls of them."""
    found: dict[ast.AST, ast.Call] = {}
    pending: list[Subject] = [subject]
    while pending:
        each = pending.pop()
        if isinstance(each, Region):
            pending += [part.subject for part in each.elements if isinstance(part, Splice)]
        elif isinstance(each, Series):
            pending += each.items
        elif isinstance(each, Choice):
            pending += each.options
        else:
            if each.function is not None and each.call is not None:
                found[each.function] = each.call
            pending += [step.subject for step in each.steps]
    return found


def _given(expr: ast.expr, calls: dict[ast.AST, ast.Call], model: SemanticModel) -> ast.expr | None:
    """Return what the call of a helper passes for the parameter of it that an expression is."""
    binding = model.binding_of(expr) if isinstance(expr, ast.Name) else None
    single = None if binding is None else binding.single
    if binding is None or single is None or single.how is not How.PARAMETER:
        return None
    call = calls.get(binding.scope.node)
    return None if call is None else argument_for(binding.name, binding.scope.node, call)
