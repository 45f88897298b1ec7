"""Turns values in the text of a statement into parameters, in the style of the driver that receives it.

Where the text grows in steps, a list (or dict) of parameters grows beside it, statement by statement.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.model import Applicability, Code, Fix, InsertAfter, InsertBefore, NodeRef, Replace, Span
from perffix.rewrites.sql_calls import Given, call_edit
from perffix.rewrites.sql_existing import Existing, with_existing
from perffix.rewrites.sql_layout import further_calls, is_kept_until
from perffix.rewrites.sql_literals import Mark, Spelling, SpellingError
from perffix.rewrites.sql_source import Patch, dedented
from perffix.rewrites.sql_spelling import Replacement, respelled
from perffix.rewrites.sql_values import RESERVED_IN_ORACLE, parameter_for
from perffix.semantic.flow.closed import is_closed
from perffix.semantic.scopes import How
from perffix.semantic.sql import EXECUTING
from perffix.semantic.sql.drivers import driver_for_fix
from perffix.semantic.sql.statement import Role, is_single
from perffix.semantic.sql.texts import Choice, Growing, Region, Series, Splice, regions_of
from perffix.semantic.strings import Literal, constant_text

if TYPE_CHECKING:
    from perffix.model import Edit, Import
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


class _Part(NamedTuple):
    """A region with values: its spelling, its parameters in order, and the statement in which it is evaluated."""

    region: Region
    spelling: Spelling
    parameters: list[Parameter]
    statement: ast.stmt
    in_call: bool


class _Starred(NamedTuple):
    """The parameters that a variable holds."""

    name: str


_Element = tuple["_Part", int] | _Starred


def parameterised(statement: Statement, call: DatabaseCall, model: SemanticModel) -> tuple[Fix | None, str | None]:
    """Return the fix that passes the exposed values of a statement as parameters, or None and what to do instead.

    The fix needs a proved driver, a call that takes parameters, values that stand where parameters can, and a text
    whose whole making is known and that nothing else uses.
    """
    if not call.takes_parameters:
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
        self._parts: dict[int, _Part] = {}
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

    def _part(self, region: Region, statement: ast.stmt, *, in_call: bool) -> _Part:
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
        return _Part(region, spelling, parameters, statement, in_call)

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
        name = self._companions[id(growing)] = self._new_name(growing)
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

    def _new_name(self, growing: Growing) -> str:
        assert growing.binding is not None
        own = (f"{growing.binding.name}_params", f"{growing.binding.name}_parameters")
        for name in ("params", *own) if self._is_only_statement() else own:
            if name not in self._companions.values() and self._is_free(name):
                return name
        raise SpellingError

    def _is_only_statement(self) -> bool:
        """Tell whether the function runs no other statement, whose parameters could have the same name."""
        home = self._model.function_of(self._call.call) or self._model.source.tree
        calls = [self._call.call, *(each.call for each in self._further)]
        own = {id(each) for call in calls for each in (call, *self._model.ancestors(call))}
        return not any(
            isinstance(each, ast.Call)
            and id(each) not in own
            and isinstance(each.func, ast.Attribute)
            and (each.func.attr in EXECUTING or each.func.attr == getattr(self._call.call.func, "attr", ""))
            for each in ast.walk(home)
        )

    def _is_free(self, name: str) -> bool:
        scope = self._model.scopes.scope_of(self._place)
        return self._model.scopes.lookup(name, scope) is None and name not in scope.names

    # Edits

    @property
    def _doubles_percent(self) -> bool:
        return self._driver.style in ("format", "pyformat") and not self._existing.has_any

    def _with_lists(self, elements: list[_Element]) -> Fix:
        """Return the fix that passes parameters in order: all at the call, or by lists beside the text."""
        ordered = [each for each in elements if not isinstance(each, _Starred)]
        contents = self._contents(ordered)
        for _, _, inner in self._steps:
            contents.update(self._contents([each for each in inner if not isinstance(each, _Starred)]))
        given = self._given(elements, ordered)
        edits = self._texts(contents)
        for step, name, inner in self._steps:
            code = self._companion(step, name, inner)
            if code:
                edits.append(InsertAfter(NodeRef.of(step.statement), Code(code.replace("$", "$$"))))
        return self._finished(edits, given)

    def _given(self, elements: list[_Element], ordered: list[tuple[_Part, int]]) -> Given:
        """Return the parameters that the call passes."""
        codes = [f"*{each.name}" if isinstance(each, _Starred) else self._passed(*each) for each in elements]
        if self._driver.style in ("named", "pyformat"):
            names = self._names(ordered)
            unique = dict(zip(names, codes, strict=True))
            binds = {
                name: part.parameters[index].code
                for name, (part, index) in zip(names, ordered, strict=True)
                if part.parameters[index].kind == "bind"
            }
            given = Given(list(unique.values()), list(unique), binds=binds)
            return with_existing(given, self._existing, ())
        if self._driver.style == "dollar":
            numbers = self._numbers(ordered)
            codes = [code for code, number in zip(codes, numbers, strict=True) if number is not None]
            return Given(codes)
        if self._driver.parameters == "variadic" and self._call.parameters is not None:
            raise SpellingError
        positions = [self._global(part, index) for part, index in ordered]
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

    def _global(self, part: _Part, index: int) -> int:
        return self._existing.position_of(part.region, part.parameters[index].start)

    def _passed(self, part: _Part, index: int) -> str:
        parameter = part.parameters[index]
        if parameter.kind == "spread":
            return f"*{parameter.code}"
        return parameter.code

    def _names(self, ordered: list[tuple[_Part, int]]) -> list[str]:
        """Return a name for every parameter; a variable that stands in several places is one parameter."""
        taken = set(self._existing.names)
        known: dict[str, str] = {}
        found = []
        for part, index in ordered:
            parameter = part.parameters[index]
            if parameter.code in known and parameter.code.isidentifier():
                found.append(known[parameter.code])
                continue
            wanted = name = self._legal(parameter.name)
            number = 2
            while name in taken:
                name, number = f"{wanted}_{number}", number + 1
            taken.add(name)
            known[parameter.code] = name
            found.append(name)
        return found

    def _legal(self, name: str) -> str:
        reserved = self._driver.name == "oracledb" and name.lower() in RESERVED_IN_ORACLE
        return f"{name}_value" if reserved else name

    def _numbers(self, ordered: list[tuple[_Part, int]]) -> list[int | None]:
        """Return the number of every parameter by its first use, None where it repeats an earlier variable."""
        first = self._existing.count + 1
        known: dict[str, int] = {}
        found: list[int | None] = []
        for part, index in ordered:
            code = part.parameters[index].code
            if code in known and code.isidentifier():
                found.append(None)
            else:
                known[code] = first
                found.append(first)
                first += 1
        return found

    def _contents(self, ordered: list[tuple[_Part, int]]) -> dict[tuple[int, int], tuple[str | Mark, ...]]:
        """Return what stands in the place of each value, by its region and number."""
        style = self._driver.style
        labels: list[str]
        if style in ("named", "pyformat"):
            pattern = ":{}" if style == "named" else "%({})s"
            labels = [pattern.format(name) for name in self._names(ordered)]
        elif style == "dollar":
            by_code: dict[str, int] = {}
            labels = []
            for (part, index), number in zip(ordered, self._numbers(ordered), strict=True):
                code = part.parameters[index].code
                by_code[code] = number if number is not None else by_code[code]
                labels.append(f"${by_code[code]}")
        elif style == "inline":
            labels = [_inline(part.parameters[index].code) for part, index in ordered]
        else:
            labels = ["?" if style == "qmark" else "%s"] * len(ordered)
        return {
            (id(part.region), index): _content(part.parameters[index], label, style)
            for (part, index), label in zip(ordered, labels, strict=True)
        }

    def _texts(self, contents: dict[tuple[int, int], tuple[str | Mark, ...]]) -> list[Edit]:
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
            text = self._parenthesised(region.root, text)
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
        code = _marks_for(parameter.code, self._driver.style)
        code = code if '"' in code else code.replace("'", '"')
        return [Replace(NodeRef.of(parameter.marks), Code(code))]

    def _parenthesised(self, root: ast.expr, text: str) -> str:
        """Return new text in parentheses when it goes over lines and nothing around it is in brackets."""
        if "\n" not in text:
            return text
        try:
            ast.parse(text, mode="eval")
        except SyntaxError:
            before = self._model.source.line(root.lineno).encode()[: root.col_offset].decode().rstrip()
            line = root.lineno - 1
            while not before and line > 0:
                before = self._model.source.line(line).partition("#")[0].rstrip()
                line -= 1
            if not before.endswith(("(", "[", "{", ",")):
                return f"({text})"
        return text

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

    # Parameters with numbers or names over several statements

    def _with_shared(self) -> Fix:
        """Return the fix in which all steps fill one list (or dict), whose order the text does not depend on."""
        if self._existing.has_any:
            raise SpellingError
        shared = next(iter(self._companions.values()))
        parts = sorted(self._parts.values(), key=lambda part: (part.statement.lineno, part.region.root.lineno))
        if any(each.kind == "bind" for part in parts for each in part.parameters):
            raise SpellingError
        every = [step.statement for step, _, _ in self._steps] + [part.statement for part in parts]
        first = self._common_start(min(every, key=lambda each: each.lineno))
        named = self._driver.style != "dollar"
        ordered = [(part, index) for part in parts for index in range(len(part.parameters))]
        contents = self._contents(ordered) if named else {}
        names = dict(zip([(id(part.region), index) for part, index in ordered], self._names(ordered), strict=True))
        edits: list[Edit] = []
        by_statement: dict[int, list[tuple[_Part, int]]] = {}
        for part, index in ordered:
            by_statement.setdefault(id(part.statement), []).append((part, index))
        begins = id(first) not in by_statement
        if begins:
            edits.append(InsertBefore(NodeRef.of(first), Code(f"{shared} = {'{}' if named else '[]'}")))
        for flat in by_statement.values():
            statement = flat[0][0].statement
            if named and self._is_in_inner_loop(statement, first):
                raise SpellingError
            if isinstance(statement, (ast.While, ast.If)) or not _is_evaluated_at_once(flat, self._model):
                raise SpellingError
            codes = [part.parameters[index].code for part, index in flat]
            if named:
                keys = [names[id(part.region), index] for part, index in flat]
                code = _filled(shared, dict(zip(keys, codes, strict=True)), begins=statement is first)
            else:
                for number, (part, index) in enumerate(flat):
                    back = len(flat) - 1 - number
                    mark = Mark(f"len({shared}) - {back}" if back else f"len({shared})", "")
                    label = f"${number + 1}" if statement is first else "$"
                    contents[id(part.region), index] = _content(
                        part.parameters[index], label, "dollar", None if statement is first else mark
                    )
                code = _appended(shared, codes, begins=statement is first)
            edits.append(InsertBefore(NodeRef.of(statement), Code(code.replace("$", "$$"))))
        edits += self._texts(contents)
        return self._finished(edits, Given([], whole=shared))

    def _common_start(self, first: ast.stmt) -> ast.stmt:
        """Return the statement before which a variable is known to the first step and to the call."""
        around = [self._place, *self._model.ancestors(self._place)]
        child: ast.stmt = first
        while True:
            block = self._model.block_of(child)
            if any(each in block for each in around if isinstance(each, ast.stmt)):
                return child
            parent = self._model.parent(child)
            while parent is not None and not isinstance(parent, ast.stmt):
                parent = self._model.parent(parent)
            if parent is None:
                raise SpellingError
            child = parent

    def _is_in_inner_loop(self, statement: ast.stmt, first: ast.stmt) -> bool:
        return len(list(self._model.loops.repeating_loops(statement))) > len(
            list(self._model.loops.repeating_loops(first))
        )

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
            f"Pass {'the value' if count == 1 else 'the values'} as {_possessive(self._driver)} parameters",
            tuple(edits),
            tuple(dict.fromkeys(adds)),
        )


def _possessive(driver: Driver) -> str:
    return driver.name


def _regions_in(subject: Subject) -> list[Region]:
    return [region for region, _ in regions_of(subject)]


def _content(parameter: Parameter, label: str, style: str, number: Mark | None = None) -> tuple[str | Mark, ...]:
    """Return what stands in the text in the place of a value or list."""
    tail: tuple[str | Mark, ...] = (label,) if number is None else (label, number)
    if parameter.kind == "array":
        return ("<> ALL(" if parameter.negated else "= ANY(", *tail, ")")
    if parameter.kind != "spread":
        return tail
    variable = parameter.variable
    keeps = parameter.marks is not None and variable is not None
    code = variable.name if keeps and variable is not None else _marks_for(parameter.code, style)
    return ("(", Mark(code, ""), ")") if parameter.bare else (Mark(code, ""),)


def _marks_for(code: str, style: str) -> str:
    """Return the code of as many placeholders as a list has elements."""
    body = ast.parse(code, mode="eval").body
    items = ast.unparse(body.generators[0].iter) if isinstance(body, ast.ListComp) else code
    if style == "qmark":
        return f"', '.join('?' * len({items}))"
    if style != "format":
        raise SpellingError
    return f"', '.join(['%s'] * len({items}))"


def _inline(code: str) -> str:
    """Return a value of the program in the text of a query of Pony."""
    if '"' in code or "'" in code:
        raise SpellingError
    return f"${code}" if code.isidentifier() else f"$({code})"


def _filled(name: str, values: dict[str, str], *, begins: bool) -> str:
    """Return the statements that put values into a dict of parameters, which the first of them makes."""
    if begins:
        return f"{name} = {{" + ", ".join(f'"{key}": {code}' for key, code in values.items()) + "}"
    return "\n".join(f'{name}["{key}"] = {code}' for key, code in values.items())


def _appended(name: str, codes: list[str], *, begins: bool) -> str:
    """Return the statement that puts values into a list of parameters, which the first of them makes."""
    if begins:
        return f"{name} = [{', '.join(codes)}]"
    return f"{name}.append({codes[0]})" if len(codes) == 1 else f"{name} += [{', '.join(codes)}]"


def _is_evaluated_at_once(flat: list[tuple[_Part, int]], model: SemanticModel) -> bool:
    """Tell whether values that a statement uses can be had before it: they stand in no inner scope of it."""
    for part, _ in flat:
        for parent in model.ancestors(part.region.root):
            if parent is part.statement:
                break
            if isinstance(parent, (ast.Lambda, ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp)):
                return False
    return True
