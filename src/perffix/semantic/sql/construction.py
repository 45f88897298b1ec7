"""How the text of a statement comes about: over several statements, variables, lists and helper functions."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.scopes import How
from perffix.semantic.sql.texts import Choice, Growing, Itself, Region, Series, Splice, Step, statements_before
from perffix.semantic.strings import Hole, Literal, parts_of, same_text
from perffix.semantic.walk import ScopeKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Binding
    from perffix.semantic.sql.texts import Element, Subject
    from perffix.semantic.strings import Part

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_TRIES: tuple[type[ast.Try], ...] = (ast.Try, getattr(ast, "TryStar", ast.Try))
_COMPREHENSIONS = (ast.ListComp, ast.GeneratorExp)
_COMPARING = ("=", "<", ">", " like ", " LIKE ")
_DEPTH = 8
_MOST_TEXTS = 400


class _UnclearError(Exception):
    """The steps of a variable cannot be told; nothing for the user."""


class _Effort:
    """How far texts in texts are still followed, and how many more of them altogether."""

    __slots__ = ("_left", "depth")

    def __init__(self, depth: int, left: list[int]) -> None:
        self.depth = depth
        self._left = left

    def deeper(self) -> _Effort:
        """Return the effort for a text that is put into this one."""
        return _Effort(self.depth - 1, self._left)

    def begin(self) -> bool:
        """Tell whether one more text may be followed into what is put into it."""
        self._left[0] -= 1
        return self._left[0] >= 0


def construction_of(expr: ast.expr, model: SemanticModel) -> Subject | None:
    """Return how the text of an expression comes about, or None when nothing of it can be told."""
    return _subject(expr, model.statement_of(expr), model, _Effort(_DEPTH, [_MOST_TEXTS]))


def values_reaching(name: ast.Name, model: SemanticModel) -> list[ast.expr] | None:
    """Return what a variable may have been given, and what was added to it, when a place is reached.

    None when that cannot be told, as for a parameter that nothing replaces on every way.
    """
    binding = model.binding_of(name)
    if binding is None or binding.scope.kind is not ScopeKind.FUNCTION:
        return None
    place = model.statement_of(name)
    if model.scopes.scope_of(place) is not binding.scope:
        return None
    try:
        steps = _Search(binding, None, model, _Effort(1, [_MOST_TEXTS])).before(place)
    except _UnclearError:
        return None
    values = [getattr(step.statement, "value", None) for step in steps or ()]
    return [value for value in values if isinstance(value, ast.expr)] or None


# Building the tree


def _subject(expr: ast.expr, place: ast.stmt, model: SemanticModel, effort: _Effort) -> Subject | None:
    """Return the text of an expression that is evaluated in the statement `place`."""
    if effort.depth <= 0:
        return None
    expr = same_text(expr, model)
    if isinstance(expr, (ast.List, ast.Tuple)):
        return _series(expr, " AND ", place, model, effort)
    parts = parts_of(expr, model)
    elements: list[Element] = list(parts)
    if effort.begin():
        known = _known_text(expr, place, model, effort)
        if known is not None:
            return known
        elements = _elements(parts, place, model, effort)
    if len(elements) == 1 and isinstance(elements[0], Hole) and elements[0].value is expr:
        return None
    return Region(expr, tuple(elements))


def _elements(parts: Sequence[Part], place: ast.stmt, model: SemanticModel, effort: _Effort) -> list[Element]:
    """Return the parts of a text with the texts that are put into their holes, where they are known."""
    elements: list[Element] = []
    for part in parts:
        if isinstance(part, Hole) and not part.conversion and not part.spec:
            text = _known_text(part.value, place, model, effort.deeper())
            elements.append(part if text is None else Splice(part, text))
        else:
            elements.append(part)
    return elements


def _series(
    items: ast.List | ast.Tuple, separator: str, place: ast.stmt, model: SemanticModel, effort: _Effort
) -> Series | None:
    texts = []
    for item in items.elts:
        text = None if isinstance(item, ast.Starred) else _subject(item, place, model, effort.deeper())
        texts.append(Region(item, (Hole(item, "", "", item),)) if text is None else text)
    return Series(separator, tuple(texts))


def _repeated(
    items: ast.ListComp | ast.GeneratorExp, separator: str, place: ast.stmt, model: SemanticModel, effort: _Effort
) -> Series | None:
    """Return the text of each turn of a comprehension, as if there was one, when it says what to do with a value.

    `f"{name} = '{value}'"` does; of a value alone, in quotes or not, others know more.
    """
    options = [items.elt.body, items.elt.orelse] if isinstance(items.elt, ast.IfExp) else [items.elt]
    written = "".join(part.text for each in options for part in parts_of(each, model) if isinstance(part, Literal))
    if not any(sign in written for sign in _COMPARING):
        return None
    text = _subject(items.elt, place, model, effort.deeper())
    return None if text is None else Series(separator, (text,))


def _known_text(expr: ast.expr, place: ast.stmt, model: SemanticModel, effort: _Effort) -> Subject | None:
    """Return the text behind a name, a join, a call of a function of the module, or a choice of texts."""
    if effort.depth <= 0:
        return None
    if isinstance(expr, ast.Name):
        binding = model.binding_of(expr)
        return None if binding is None else _variable(binding, None, place, model, effort)
    if isinstance(expr, ast.IfExp):
        options = [_subject(each, place, model, effort.deeper()) for each in (expr.body, expr.orelse)]
        known = tuple(option for option in options if option is not None)
        return Choice(known) if len(known) == len(options) else None
    if isinstance(expr, ast.Await):
        expr = expr.value
    if not isinstance(expr, ast.Call):
        return None
    func = expr.func
    if isinstance(func, ast.Attribute) and func.attr == "join" and isinstance(func.value, ast.Constant):
        separator = func.value.value
        return _joined(expr, separator, place, model, effort) if isinstance(separator, str) else None
    return _returned(expr, model, effort)


def _joined(call: ast.Call, separator: str, place: ast.stmt, model: SemanticModel, effort: _Effort) -> Subject | None:
    if len(call.args) != 1:
        return None
    items = call.args[0]
    if isinstance(items, (ast.List, ast.Tuple)):
        return _series(items, separator, place, model, effort)
    if isinstance(items, _COMPREHENSIONS):
        return _repeated(items, separator, place, model, effort)
    if not isinstance(items, ast.Name):
        return None
    binding = model.binding_of(items)
    return None if binding is None else _variable(binding, separator, place, model, effort)


def _returned(call: ast.Call, model: SemanticModel, effort: _Effort) -> Growing | None:
    """Return the text that a function of this module gives back."""
    function = model.names.definition_of(call.func) or model.names.method_of_self(call.func)
    if not isinstance(function, _FUNCTIONS):
        return None
    plain = ("staticmethod", "classmethod")
    if any(not (isinstance(each, ast.Name) and each.id in plain) for each in function.decorator_list):
        return None
    steps = []
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and model.function_of(node) is function and node.value is not None:
            text = _subject(node.value, node, model, effort.deeper())
            if text is None:
                return None
            steps.append(Step(node, text, True))
    steps.sort(key=lambda step: step.statement.lineno)
    return Growing(tuple(steps), call=call, function=function) if steps else None


# Variables and lists


def _variable(
    binding: Binding, separator: str | None, place: ast.stmt, model: SemanticModel, effort: _Effort
) -> Growing | None:
    """Return the text that a variable has (or the texts that a list has) when control comes to a statement."""
    scope = binding.scope
    if scope.kind not in (ScopeKind.FUNCTION, ScopeKind.MODULE) or model.scopes.scope_of(place) is not scope:
        return None
    if any(
        model.scopes.scope_of(each.node) is not scope for each in binding.assignments if each.how is not How.PARAMETER
    ):
        return None
    search = _Search(binding, separator, model, effort)
    try:
        steps = search.before(place)
    except _UnclearError:
        return None
    if (
        steps is None
        or not any(step.starts for step in steps)
        or not any(_says_something(step.subject) for step in steps)
    ):
        return None
    return Growing(tuple(steps), binding=binding, separator=separator, in_loop=search.in_loop)


def _says_something(subject: Subject) -> bool:
    """Tell whether anything of a text is known, so that it is more than a value of unknown content."""
    if isinstance(subject, Region):
        return any(not isinstance(element, Hole) for element in subject.elements) or len(subject.elements) > 1
    if isinstance(subject, Series):
        return any(map(_says_something, subject.items))
    return True


def _place(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _end(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "end_lineno", None) or 0, getattr(node, "end_col_offset", None) or 0


class _Search:
    """Collects the steps of one variable or list, backwards from a place."""

    def __init__(self, binding: Binding, separator: str | None, model: SemanticModel, effort: _Effort) -> None:
        self._binding = binding
        self._separator = separator
        self._model = model
        self._effort = effort
        self._places = [_place(each.node) for each in binding.assignments]
        self.in_loop = False

    def before(self, place: ast.stmt) -> list[Step] | None:
        """Return the steps in the order of the source, None when the first text is not seen."""
        found: list[Step] = []
        child: ast.AST = place
        for parent in self._model.ancestors(place):
            blocks = [statements_before(child, parent)]
            if isinstance(parent, _TRIES) and child not in parent.body:
                blocks.append(parent.body)
            for block in blocks:
                steps, done = self._block(block)
                found[:0] = steps
                if done:
                    return found
            if parent is self._binding.scope.node or isinstance(parent, (*_FUNCTIONS, ast.ClassDef)):
                return None
            if isinstance(parent, (ast.For, ast.AsyncFor, ast.While)):
                after = parent.body[parent.body.index(child) :] if child in parent.body else []
                if any(self._touches(each) for each in after):
                    self.in_loop = True
            child = parent
        return None

    def _touches(self, statement: ast.AST) -> bool:
        """Tell whether a statement assigns the variable, or may change the list."""
        first, last = _place(statement), _end(statement)
        if any(first <= place < last for place in self._places):
            return True
        return self._separator is not None and bool(self._appends_in(statement))

    def _appends_in(self, statement: ast.AST) -> list[ast.Call]:
        return [
            call
            for use in self._binding.uses
            if _place(statement) <= _place(use) < _end(statement)
            and isinstance(attribute := self._model.parent(use), ast.Attribute)
            and attribute.attr in ("append", "extend", "insert", "pop", "remove", "clear", "reverse", "sort")
            and isinstance(call := self._model.parent(attribute), ast.Call)
        ]

    def _block(self, block: Sequence[ast.stmt]) -> tuple[list[Step], bool]:
        """Return the steps of a block from its last start on, and whether there is one on every way through."""
        found: list[Step] = []
        for statement in reversed(block):
            if not self._touches(statement):
                continue
            steps, done = self._statement(statement)
            found[:0] = steps
            if done:
                return found, True
        return found, False

    def _statement(self, statement: ast.stmt) -> tuple[list[Step], bool]:
        if isinstance(statement, ast.If):
            return self._branches([statement.body, statement.orelse])
        if isinstance(statement, (ast.With, ast.AsyncWith)):
            return self._block(statement.body)
        if isinstance(statement, (ast.For, ast.AsyncFor, ast.While)):
            steps, _ = self._branches([statement.body, statement.orelse])
            return steps, False
        if isinstance(statement, _TRIES):
            ways = [[*statement.body, *statement.orelse], *(handler.body for handler in statement.handlers)]
            return self._branches(ways)
        if isinstance(statement, ast.Match):
            steps, done = self._branches([case.body for case in statement.cases])
            last = statement.cases[-1]
            rest = isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None and last.guard is None
            return steps, done and rest
        return self._simple(statement)

    def _branches(self, blocks: Sequence[Sequence[ast.stmt]]) -> tuple[list[Step], bool]:
        found: list[Step] = []
        all_done = True
        for block in blocks:
            if block and isinstance(block[-1], _LEAVES):
                continue  # what happens there does not come to the place
            steps, done = self._block(block)
            found += steps
            all_done = all_done and done
        return found, all_done

    def _simple(self, statement: ast.stmt) -> tuple[list[Step], bool]:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            return self._assigned(statement, statement.targets[0], statement.value)
        if isinstance(statement, ast.AnnAssign) and statement.value is not None:
            return self._assigned(statement, statement.target, statement.value)
        if isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add) and self._is_it(statement.target):
            return self._added(statement, statement.value), False
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) and self._separator is not None:
            return self._called(statement, statement.value), False
        raise _UnclearError

    def _is_it(self, expr: ast.expr) -> bool:
        return isinstance(expr, ast.Name) and self._model.binding_of(expr) is self._binding

    def _assigned(self, statement: ast.stmt, target: ast.expr, value: ast.expr) -> tuple[list[Step], bool]:
        if not self._is_it(target):
            raise _UnclearError
        if self._separator is not None:
            return [Step(statement, self._items(value), True)], True
        first, *rest = parts_of(value, self._model)
        if isinstance(first, Hole) and first.value is not value and self._is_it(first.value):
            elements = _elements(rest, statement, self._model, self._effort.deeper())
            return [Step(statement, Region(value, (Itself(first), *elements)), False)], False
        text = self._text(value, statement)
        return [Step(statement, text, True)], True

    def _text(self, value: ast.expr, statement: ast.stmt) -> Subject:
        text = _subject(value, statement, self._model, self._effort.deeper())
        return Region(value, (Hole(value, "", "", value),)) if text is None else text

    def _added(self, statement: ast.stmt, value: ast.expr) -> list[Step]:
        if self._separator is None:
            return [Step(statement, self._text(value, statement), False)]
        return [Step(statement, self._items(value), False)]

    def _items(self, value: ast.expr) -> Series:
        """Return the texts of a list that is written out."""
        if isinstance(value, ast.Call) and not value.args and self._model.names.is_builtin(value.func, "list"):
            return Series(self._separator or "", ())
        separator, place = self._separator or "", self._model.statement_of(value)
        if isinstance(value, (ast.List, ast.Tuple)):
            series = _series(value, separator, place, self._model, self._effort)
        elif isinstance(value, _COMPREHENSIONS):
            series = _repeated(value, separator, place, self._model, self._effort)
        else:
            raise _UnclearError
        if series is None:
            raise _UnclearError
        return series

    def _called(self, statement: ast.stmt, call: ast.Call) -> list[Step]:
        func = call.func
        if not isinstance(func, ast.Attribute) or not self._is_it(func.value) or len(call.args) != 1:
            raise _UnclearError
        if func.attr == "append":
            return [Step(statement, self._text(call.args[0], statement), False)]
        if func.attr == "extend":
            return [Step(statement, self._items(call.args[0]), False)]
        raise _UnclearError
