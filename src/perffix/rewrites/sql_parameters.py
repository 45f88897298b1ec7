"""Turns values in the text of a statement into parameters, in the style of the driver that receives it.

Where the text grows in steps, a list (or dict) of parameters grows beside it, statement by statement.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.model import Applicability, Code, Fix, InsertAfter, NodeRef, Replace, Span
from perffix.rewrites.sql_calls import Given, call_edit
from perffix.rewrites.sql_existing import Existing, with_existing
from perffix.rewrites.sql_layout import free_name, further_calls, is_kept_until
from perffix.rewrites.sql_literals import Spelling, SpellingError
from perffix.rewrites.sql_placeholders import Part, Placeholders, marks_for
from perffix.rewrites.sql_shared import shared_parameters
from perffix.rewrites.sql_source import Patch, dedented, parenthesised
from perffix.rewrites.sql_spelling import Replacement, respelled
from perffix.rewrites.sql_values import parameter_for
from perffix.semantic.flow.closed import is_closed
from perffix.semantic.scopes import How
from perffix.semantic.sql.drivers import driver_for_fix
from perffix.semantic.sql.statement import Role, is_single
from perffix.semantic.sql.texts import Choice, Growing, Region, Series, Splice, regions_of
from perffix.semantic.strings import Literal, constant_text

if TYPE_CHECKING:
    from perffix.model import Edit, Import
    from perffix.rewrites.sql_placeholders import Contents
    from perffix.rewrites.sql_values import Parameter
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.sql.calls import DatabaseCall
    from perffix.semantic.sql.drivers import Driver
    from perffix.semantic.sql.injection import Statement
    from perffix.semantic.sql.texts import Step, Subject

_UNKNOWN_DRIVER = (
    "Write a placeholder in the text and pass the value as a parameter; which placeholder the driver reads is not"
    " to be seen here"
)
_SCRIPT = "Run the statement with execute(): scripts take no parameters"
_NO_PARAMETERS = "Use a call that takes parameters: nothing can be passed beside this text"
_TYPED = "Pass a value of that type as a parameter: none can stand inside of a typed literal"
_FROM_HELPER = "Let the function return the text with placeholders together with the values for them"


class _Starred(NamedTuple):
    """The parameters that a variable holds."""

    name: str


_Element = tuple["Part", int] | _Starred


def parameterised(statement: Statement, call: DatabaseCall, model: SemanticModel) -> tuple[Fix | None, str | None]:
    """Return the fix that passes the exposed values of a statement as parameters, or None and what to do instead.

    The fix needs a proved driver, a call that takes parameters, values that stand where parameters can, and a text
    whose whole making is known and that nothing else uses.
    """
    if not call.takes_parameters:
        if any((keyword.arg or "").startswith("param") for keyword in call.call.keywords):
            return None, None
        return None, _SCRIPT if ast.unparse(call.call.func).endswith("script") else _NO_PARAMETERS
    if any(each.place.role is Role.TYPED for each in statement.exposed):
        return None, _TYPED
    driver = call.driver or driver_for_fix(call.call, model)
    if driver is None or not driver.style:
        return None, _UNKNOWN_DRIVER
    home = model.function_of(call.call)
    if any(model.function_of(each.region.root) is not home for each in statement.exposed):
        return None, _FROM_HELPER
    if not all(map(is_single, statement.texts)):
        return None, None
    try:
        return _Rewriting(statement, call, driver, model).fix(), None
    except SpellingError:
        return None, None


class _Rewriting:
    """The rewriting of one statement; every method raises `SpellingError` where it is not certain."""

    def __init__(self, statement: Statement, call: DatabaseCall, driver: Driver, model: SemanticModel) -> None:
        self._statement = statement
        self._call = call
        if driver.name == "SQLAlchemy" and call.driver is None:
            self._call = call._replace(passing="clause")
        self._model = model
        self._existing = Existing(self._call, driver, statement, model)
        self._driver = driver._replace(style=self._existing.style)
        self._labels = Placeholders(self._driver, self._existing, model)
        self._parts: dict[int, Part] = {}
        self._regions: list[tuple[Region, ast.stmt, bool]] = []
        self._companions: dict[int, str] = {}
        self._steps: list[tuple[Step, str, list[_Element]]] = []
        self._further: list[DatabaseCall] = []
        self._place = model.statement_of(call.call)
        self._spliced: set[int] = set()

    def fix(self) -> Fix:
        """Return the whole fix."""
        subject = self._statement.subject
        self._collect(subject, self._place, in_call=True)
        if self._driver.parameters == "none" and any(not part.in_call for part in self._parts.values()):
            raise SpellingError
        elements = self._compose(subject, self._place)
        if self._companions and self._driver.style in ("dollar", "named", "pyformat"):
            return self._with_shared()
        if self._companions and self._existing.has_any:
            raise SpellingError
        return self._with_lists(elements)

    # What is to be changed

    def _collect(self, subject: Subject, statement: ast.stmt, *, in_call: bool) -> None:
        """Read all regions of the text, with the statements that evaluate them."""
        if isinstance(subject, Region):
            self._regions.append((subject, statement, in_call))
            exposed = [each for each in self._statement.exposed if each.region is subject and each.is_value]
            if exposed:
                self._parts[id(subject)] = self._part(subject, statement, in_call=in_call)
            for element in subject.elements:
                if isinstance(element, Splice) and id(element.hole) in self._statement.opened:
                    self._spliced.update(id(node) for node in ast.walk(element.hole.value))
                    self._collect(element.subject, statement, in_call=False)
        elif isinstance(subject, Series):
            for item in subject.items:
                self._collect(item, statement, in_call=in_call)
        elif isinstance(subject, Choice):
            if any(each.region in _regions_in(subject) for each in self._statement.exposed):
                raise SpellingError
        else:
            for step in subject.steps:
                if isinstance(step.subject, Growing):  # `where = " AND ".join(conditions)`
                    self._spliced.update(id(node) for node in ast.walk(step.statement))
                self._collect(step.subject, step.statement, in_call=False)

    def _part(self, region: Region, statement: ast.stmt, *, in_call: bool) -> Part:
        spelling = Spelling(region, self._model)
        parameters: list[Parameter] = []
        for exposed in (*self._statement.exposed, *self._statement.numbers):
            if exposed.region is not region or not exposed.is_value:
                continue
            if any(each.start == exposed.start for each in parameters):
                continue
            if exposed.place.cast and self._driver.name == "SQLAlchemy":
                raise SpellingError  # text() would take `:name::type` for a parameter of another name
            parameters.append(parameter_for(exposed, region, spelling, self._driver, self._model))
        parameters.sort(key=lambda each: each.start)
        if any(
            isinstance(node, (ast.Yield, ast.YieldFrom, ast.NamedExpr))
            for each in parameters
            for node in ast.walk(each.value)
        ):
            raise SpellingError
        return Part(region, spelling, parameters, statement, in_call)

    def _holds(self, subject: Subject) -> bool:
        return any(id(region) in self._parts for region in _regions_in(subject))

    # How the parameters come to the call

    def _compose(self, subject: Subject, place: ast.stmt) -> list[_Element]:
        """Return the parameters of a text in its order, as they can be had in the statement `place`."""
        if isinstance(subject, Growing):
            return self._of_growing(subject, place)
        if not self._holds(subject):
            return []
        if isinstance(subject, Region):
            return self._of_region(subject, place)
        if isinstance(subject, Series):
            return [element for item in subject.items for element in self._compose(item, place)]
        raise SpellingError

    def _of_region(self, region: Region, place: ast.stmt) -> list[_Element]:
        found: list[tuple[int, list[_Element]]] = []
        part = self._parts.get(id(region))
        if part is not None:
            found += [(each.start, [(part, index)]) for index, each in enumerate(part.parameters)]
        offset = 0
        for element in region.elements:
            if isinstance(element, Splice) and id(element.hole) in self._statement.opened:
                found.append((offset, self._compose(element.subject, place)))
            offset += len(element.text) if isinstance(element, Literal) else 1
        return [element for _, elements in sorted(found, key=lambda each: each[0]) for element in elements]

    def _of_growing(self, growing: Growing, place: ast.stmt) -> list[_Element]:
        if growing.function is not None or growing.binding is None:
            if self._holds(growing):
                raise SpellingError
            return []
        if not self._holds(growing):
            if self._doubles_percent:
                self._further += further_calls(growing, self._call, self._spliced, self._model)
            return []
        if growing.in_loop or growing.binding.is_attribute:
            raise SpellingError
        further = further_calls(growing, self._call, self._spliced, self._model)
        if not further and self._is_straight(growing, place):
            return [element for step in growing.steps for element in self._compose(step.subject, place)]
        self._further += further
        calls = [self._call.call, *(each.call for each in self._further)]
        name = free_name(growing.binding.name, self._companions.values(), calls, self._model)
        self._companions[id(growing)] = name
        for step in growing.steps:
            self._steps.append((step, name, self._compose(step.subject, step.statement)))
        return [_Starred(name)]

    def _is_straight(self, growing: Growing, place: ast.stmt) -> bool:
        """Tell whether every step surely happens once before a place at which all values are what they were."""
        if len(growing.starts) != 1:
            return False
        block = self._model.block_of(growing.steps[0].statement)
        if any(step.statement not in block for step in growing.steps):
            return False
        for step in growing.steps:
            for region in _regions_in(step.subject):
                part = self._parts.get(id(region))
                for parameter in part.parameters if part is not None and part.statement is step.statement else ():
                    if not is_kept_until(parameter.value, step.statement, place, self._model):
                        return False
        return True

    # Edits

    @property
    def _doubles_percent(self) -> bool:
        return self._driver.style in ("format", "pyformat") and not self._existing.has_any

    def _with_lists(self, elements: list[_Element]) -> Fix:
        """Return the fix that passes parameters in order: all at the call, or by lists beside the text."""
        ordered = [each for each in elements if not isinstance(each, _Starred)]
        contents = self._labels.contents(ordered)
        for _, _, inner in self._steps:
            contents.update(self._labels.contents([each for each in inner if not isinstance(each, _Starred)]))
        given = self._given(elements, ordered)
        edits = self._texts(contents)
        for step, name, inner in self._steps:
            code = self._companion(step, name, inner)
            if code:
                edits.append(InsertAfter(NodeRef.of(step.statement), Code(code.replace("$", "$$"))))
        return self._finished(edits, given)

    def _given(self, elements: list[_Element], ordered: list[tuple[Part, int]]) -> Given:
        """Return the parameters that the call passes."""
        codes = [f"*{each.name}" if isinstance(each, _Starred) else self._passed(*each) for each in elements]
        if self._driver.style in ("named", "pyformat"):
            names = self._labels.names(ordered)
            unique = dict(zip(names, codes, strict=True))
            binds = {
                name: part.parameters[index].code
                for name, (part, index) in zip(names, ordered, strict=True)
                if part.parameters[index].kind == "bind"
            }
            given = Given(list(unique.values()), list(unique), binds=binds)
            return with_existing(given, self._existing, ())
        if self._driver.style == "dollar":
            numbers = self._labels.numbers(ordered)
            codes = [code for code, number in zip(codes, numbers, strict=True) if number is not None]
            return Given(codes)
        if self._driver.parameters == "variadic" and self._call.parameters is not None:
            raise SpellingError
        positions = [self._existing.position_of(part.region, part.parameters[index].start) for part, index in ordered]
        if self._existing.has_any and len(positions) != len(elements):
            positions = []
        whole = self._only_list(elements) if not self._existing.has_any else ""
        return with_existing(Given(codes, whole=whole), self._existing, positions)

    def _only_list(self, elements: list[_Element]) -> str:
        """Return the list that is all the parameters there are, when it can be passed as it is."""
        if len(elements) != 1 or self._driver.parameters != "sequence":
            return ""
        element = elements[0]
        if isinstance(element, _Starred):
            return element.name
        parameter = element[0].parameters[element[1]]
        return parameter.code if parameter.kind == "spread" and parameter.is_list else ""

    def _passed(self, part: Part, index: int) -> str:
        parameter = part.parameters[index]
        if parameter.kind == "spread":
            return f"*{parameter.code}"
        return parameter.code

    def _texts(self, contents: Contents) -> list[Edit]:
        """Return the edits of text outside of the call; what stands in the call is kept in `_patches`."""
        edits: list[Edit] = []
        self._patches: list[Patch] = []
        for region, statement, in_call in self._regions:
            part = self._parts.get(id(region))
            doubles = self._doubles_percent
            if part is None and not (doubles and "%" in region.text):
                self._check_kept(region, ())
                continue
            spelling = Spelling(region, self._model) if part is None else part.spelling
            parameters = [] if part is None else part.parameters
            self._check_kept(region, parameters)
            replacements = [
                Replacement(each.start, each.end, contents[id(region), index]) for index, each in enumerate(parameters)
            ]
            inline = self._driver.style == "inline"
            if inline and "$" in region.text:
                raise SpellingError
            text = respelled(spelling, replacements, double_percent=doubles)
            text = parenthesised(region.root, text, self._model)
            if in_call:
                span = Span.of(region.root)
                self._patches.append(Patch(span.start, span.end, text))
            else:
                code = dedented(text, statement.col_offset).replace("$", "$$")
                edits.append(Replace(NodeRef.of(region.root), Code(code)))
            edits += [edit for each in parameters for edit in self._marks(each)]
        return edits

    def _check_kept(self, region: Region, parameters: list[Parameter] | tuple[()]) -> None:
        """Refuse text from elsewhere with a `%` that would have to be doubled."""
        if not self._doubles_percent:
            return
        clauses = {id(hole) for _, role, hole in self._statement.kept if role is Role.CLAUSE}
        for hole in region.holes:
            text = constant_text(hole.value, self._model)
            if "%" in (text or "") or (text is None and id(hole) in clauses and not is_closed(hole.value, self._model)):
                raise SpellingError

    def _marks(self, parameter: Parameter) -> list[Edit]:
        """Return the edits for the statement that joined the values of a list."""
        variable = parameter.variable
        if variable is None:
            return []
        single = variable.single
        if single is None or single.how is not How.ASSIGNED or not isinstance(single.statement, ast.stmt):
            raise SpellingError
        alone = len(variable.uses) == 1
        if parameter.marks is None:
            return [Replace(NodeRef.of(single.statement), Code(""))] if alone else []
        if not alone or not is_kept_until(
            ast.parse(parameter.code, mode="eval").body, single.statement, self._place, self._model
        ):
            raise SpellingError
        code = marks_for(parameter.code, self._driver.style)
        code = code if '"' in code else code.replace("'", '"')
        return [Replace(NodeRef.of(parameter.marks), Code(code))]

    def _companion(self, step: Step, name: str, elements: list[_Element]) -> str:
        """Return the statement that gives a list of parameters what a step gives the text."""
        codes = [f"*{each.name}" if isinstance(each, _Starred) else self._passed(*each) for each in elements]
        if step.starts:
            return f"{name} = [{', '.join(codes)}]"
        if not codes:
            return ""
        if len(codes) == 1 and not codes[0].startswith("*"):
            return f"{name}.append({codes[0]})"
        return f"{name} += [{', '.join(codes)}]"

    def _with_shared(self) -> Fix:
        """Return the fix in which all steps fill one list (or dict), whose order the text does not depend on."""
        if self._existing.has_any:
            raise SpellingError
        name = next(iter(self._companions.values()))
        edits, contents = shared_parameters(
            name,
            list(self._parts.values()),
            [step.statement for step, _, _ in self._steps],
            self._place,
            None if self._driver.style == "dollar" else self._labels,
            self._model,
        )
        edits += self._texts(contents)
        return self._finished(edits, Given([], whole=name))

    # Together

    def _finished(self, edits: list[Edit], given: Given) -> Fix:
        adds: list[Import] = []
        made = call_edit(self._call, self._driver, given, self._patches, self._model)
        edits.append(made.edit)
        adds += made.adds
        seen = {id(self._call.call)}
        for other in self._further:
            if id(other.call) in seen:
                continue
            seen.add(id(other.call))
            if self._doubles_percent and not self._companions and not given.codes:
                raise SpellingError
            edits.append(call_edit(other, self._driver, given, (), self._model).edit)
        count = sum(len(part.parameters) for part in self._parts.values())
        return Fix(
            Applicability.UNSAFE,
            f"Pass {'the value' if count == 1 else 'the values'} as {self._driver.name} parameters",
            tuple(edits),
            tuple(dict.fromkeys(adds)),
        )


def _regions_in(subject: Subject) -> list[Region]:
    return [region for region, _ in regions_of(subject)]
