"""Checks: what surely came before a place and left only harmless values there."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.flow.closed import is_enumeration, tests_before
from perffix.semantic.flow.definitions import FUNCTIONS, definition_of
from perffix.semantic.flow.fields import tests_of_field
from perffix.semantic.flow.folding import fold
from perffix.semantic.flow.guards import Guard, is_named_for_checks, tests_around
from perffix.semantic.flow.harmless import admits_only_digits
from perffix.semantic.flow.reach import body_of
from perffix.semantic.flow.subjects import Subject
from perffix.semantic.written_names import last_name, names_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perffix.semantic.flow.context import Context
    from perffix.semantic.flow.control import ControlFlow, Edge, Node
    from perffix.semantic.flow.tracing import Tracer
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Binding

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
_READING_TIMES = ("datetime.datetime.strptime", "time.strptime")
_JOINING = ("urllib.parse.urljoin",)
_RESOLVING = ("django.urls.resolve", "django.urls.base.resolve", "django.core.urlresolvers.resolve")
_REFUSING = ("builtins.int", "builtins.float", "uuid.UUID", "ipaddress.ip_address", "decimal.Decimal")


class Checks:
    """Answers about guards for one tracer."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._model: SemanticModel = tracer.model

    def blocked(self, place: ast.expr, binding: Binding, flow: ControlFlow, context: Context) -> Callable[[Edge], bool]:
        """Return what tells whether a way to a place is only taken when the value of a name is harmless."""
        checked = self._checked_nodes(binding, flow, context)
        if binding.name.removeprefix("self.") not in flow.tested:
            return lambda edge: edge.completed and edge.source in checked
        guard = self._guard(self._same_name(binding), context)._replace(holds=self._holding(place))

        def blocks(edge: Edge) -> bool:
            if edge.completed and edge.source in checked:
                return True
            return edge.test is not None and guard.cleans(edge.test, edge.outcome)

        return blocks

    def _holding(self, place: ast.expr) -> Callable[[ast.expr], bool]:
        """Return what tells whether a name is surely true at a place: `if save == "1":` stands around it."""
        known: list[Binding] | None = None

        def holds(expr: ast.expr) -> bool:
            nonlocal known
            if not isinstance(expr, ast.Name):
                return False
            if known is None:
                tests = (test for test, outcome in tests_before(place, self._model) if outcome)
                named = (self._model.binding_of(each) for test in tests for each in _truths_of(test))
                known = [each for each in named if each is not None and each.single is not None]
            return self._model.binding_of(expr) in known

        return holds

    def _same_name(self, binding: Binding) -> Callable[[ast.expr], bool]:
        def is_subject(expr: ast.expr) -> bool:
            if isinstance(expr, (ast.Name, ast.Attribute)):
                return self._model.binding_of(expr) is binding
            return False

        return is_subject

    def _guard(self, is_subject: Callable[[ast.expr], bool], context: Context) -> Guard:
        def is_input(expr: ast.expr) -> bool:
            return self._tracer.is_input(expr, context)

        return Guard(Subject(self._model, self._tracer.kind, is_subject), is_input)

    def is_guarded(self, expr: ast.expr, context: Context, binding: Binding | None = None) -> bool:
        """Tell whether a test that surely came before leaves only harmless values of an expression."""
        if self._tracer.kind == "":
            return False
        if binding is not None:
            is_subject = self._same_name(binding)
        else:
            written = ""  # until somebody compares

            def is_subject(other: ast.expr) -> bool:
                nonlocal written
                if type(other) is not type(expr):
                    return False
                written = written or ast.dump(expr)
                return ast.dump(other) == written

        guard = self._guard(is_subject, context)
        if any(guard.cleans(test, outcome) for test, outcome in tests_around(expr, self._model)):
            return True
        if binding is None and any(guard.cleans(*each) for each in tests_of_field(expr, self._model)):
            return True
        if binding is None:
            return self._is_guarded_before(expr, guard, set(names_in(expr)))
        anchor = context.anchor
        if anchor is None or len(binding.assignments) != 1 or binding.outside:
            return False
        return self._is_guarded_before(anchor, guard, {binding.name.removeprefix("self.")})

    def _is_guarded_before(self, place: ast.AST, guard: Guard, names: set[str]) -> bool:
        """Tell whether every way from the start of a function to a place goes through a test that cleans."""
        if any(guard.cleans(test, outcome) for test, outcome in tests_around(place, self._model)):
            return True
        body = body_of(place, self._model)
        if body is None:
            return False
        flow = self._model.flow.control_of(body)
        start = flow.node_of(place)
        if start is None:
            return False
        refusing = self._refusing_before(place, guard.subject.is_value, flow)
        if not refusing and not names <= flow.tested:
            return False

        def cleans(edge: Edge) -> bool:
            if edge.completed and edge.source in refusing:
                return True
            return edge.test is not None and guard.cleans(edge.test, edge.outcome)

        _, entered = flow.before(start, (), cleans)
        return not entered

    def _refusing_before(self, place: ast.AST, is_subject: Callable[[ast.expr], bool], flow: ControlFlow) -> set[Node]:
        """Return the steps that read an item as a time, which raises where it holds more than digits."""
        if not isinstance(place, ast.Subscript) or "strptime" not in self._model.written_names:
            return set()
        calls = (each for each in ast.walk(flow.body) if isinstance(each, ast.Call) and len(each.args) == 2)
        found = (
            flow.node_of(each)
            for each in calls
            if is_subject(each.args[0])
            and body_of(each, self._model) is flow.body
            and self._refuses(each)
            and self._always_runs(each)
        )
        return {node for node in found if node is not None}

    def _checked_nodes(self, binding: Binding, flow: ControlFlow, context: Context) -> set[Node]:
        """Return the steps that end only when the value of a name is harmless: `int(x)`, `validate(x)`."""
        found: set[Node] = set()
        defining = {flow.node_of(each.node) for each in binding.assignments}
        for use in binding.uses:
            if body_of(use, self._model) is not flow.body:
                continue
            loop = self._model.parent(use)
            if (
                isinstance(loop, (ast.For, ast.AsyncFor))
                and loop.iter is use
                and self._refuses_elements(loop, flow, context)
            ):
                found.add(flow.nodes[loop.iter])
            contained = self._contained(use) if self._tracer.kind == "path" else None
            if contained is not None and self._always_runs(contained):
                node = flow.node_of(contained)
                found |= {node} - defining if node is not None else set()
            call = self._found_or_raises(use, context) or self._given_to(use)
            if call is not None and self._always_runs(call):
                node = flow.node_of(call)
                if node is not None and node not in defining:
                    found.add(node)
        return found

    def _given_to(self, use: ast.expr) -> ast.Call | None:
        """Return the call that raises when a value, or a text that it stands in, does harm."""
        given: ast.AST = use
        parent = self._model.parent(use)
        while isinstance(parent, (ast.FormattedValue, ast.JoinedStr)):
            given, parent = parent, self._model.parent(parent)
        resolved = self._resolved(use) if self._tracer.kind == "redirect" else None
        if resolved is not None:
            return resolved
        if not isinstance(parent, ast.Call) or given not in parent.args:
            return None
        if self._chooses_member(parent) or (given is use and self._refuses(parent)):
            return parent
        return None

    def _resolved(self, use: ast.expr) -> ast.Call | None:
        """Return the call of Django's `resolve` around a target: it raises for all but paths of the site itself.

        Also around `urljoin(target, ...)`, which keeps the host of the target.
        """
        call = self._model.parent(use)
        if isinstance(call, ast.Call) and call.args[:1] == [use]:
            if self._model.qualified_name(call.func) in _JOINING:
                return self._resolved(call)
            if self._model.qualified_name(call.func) in _RESOLVING:
                return call
        return None

    def _chooses_member(self, call: ast.Call) -> bool:
        """Tell whether a call looks a member of an enumeration up by its value: it raises where there is none."""
        definition = definition_of(call.func, self._model)
        if not isinstance(definition, ast.ClassDef) or len(call.args) != 1 or call.keywords:
            return False
        return is_enumeration(definition, self._model) and not any(
            isinstance(each, FUNCTIONS) and each.name in ("_missing_", "__new__") for each in definition.body
        )

    def _found_or_raises(self, use: ast.expr, context: Context) -> ast.Call | None:
        """Return the call `next(each for each in known if each.name == value)`, which raises where nothing is equal."""
        compared = self._model.parent(use)
        source = None if compared is None else self._model.parent(compared)
        chosen = None if source is None else self._model.parent(source)
        call = None if chosen is None else self._model.parent(chosen)
        if not isinstance(compared, ast.Compare) or not isinstance(source, ast.comprehension):
            return None
        if len(compared.ops) != 1 or not isinstance(compared.ops[0], ast.Eq) or compared not in source.ifs:
            return None
        if not isinstance(chosen, ast.GeneratorExp) or len(chosen.generators) != 1 or not isinstance(call, ast.Call):
            return None
        raises = self._model.names.is_builtin(call.func, "next") and len(call.args) == 1
        return call if raises and not self._tracer.is_input(source.iter, context) else None

    def _refuses_elements(self, loop: ast.For | ast.AsyncFor, flow: ControlFlow, context: Context) -> bool:
        """Tell whether a loop leaves the function unless every element is harmless, and does nothing else of note."""
        target = self._model.binding_of(loop.target) if isinstance(loop.target, ast.Name) else None
        leaving = (ast.Raise, ast.Return)
        if target is None or any(isinstance(each, ast.Break) for each in ast.walk(loop)):
            return False
        if not any(isinstance(each, leaving) or is_abort(each) for each in ast.walk(loop)):
            return False
        guard = self._guard(self._same_name(target), context)
        turn = flow.nodes[loop]
        head = turn.entries[0].source if turn.entries else None
        if head is None or head.content is not None:
            return False

        def cleans(edge: Edge) -> bool:
            return edge.test is not None and guard.cleans(edge.test, edge.outcome)

        again = [edge for edge in head.entries if edge.source is not flow.nodes[loop.iter]]
        met, _ = flow.before(type(head)(None, again), {turn}, cleans)
        return not met

    def _contained(self, use: ast.expr) -> ast.Call | None:
        """Return the call `path.relative_to(folder)` around a path: it raises for a resolved path outside of it."""
        node: ast.AST | None = use
        is_resolved = False
        while node is not None:
            parent = self._model.parent(node)
            call = None if parent is None else self._model.parent(parent)
            if not isinstance(parent, ast.Attribute) or not isinstance(call, ast.Call) or call.func is not parent:
                return None
            if parent.attr == "relative_to":
                return call if is_resolved or self._is_made_resolved(use) else None
            is_resolved = is_resolved or parent.attr == "resolve"
            node = call
        return None

    def _is_made_resolved(self, use: ast.expr) -> bool:
        """Tell whether every value of a name is the result of resolving a path."""
        binding = self._model.binding_of(use)
        values = [] if binding is None else [each.value for each in binding.assignments]
        return bool(values) and all(
            isinstance(each, ast.Call)
            and (
                (isinstance(each.func, ast.Attribute) and each.func.attr == "resolve")
                or self._model.qualified_name(each.func) == "os.path.realpath"
            )
            for each in values
        )

    def _refuses(self, call: ast.Call) -> bool:
        """Tell whether a call raises for values that do harm."""
        name = self._model.qualified_name(call.func)
        if name in _REFUSING:
            return len(call.args) == 1
        if name in _READING_TIMES and len(call.args) == 2:
            return admits_only_digits(fold(call.args[1], self._model), self._tracer.kind)
        if not isinstance(self._model.parent(call), (ast.Expr, ast.Await)) or not is_named_for_checks(call.func):
            return False
        definition = definition_of(call.func, self._model) or self._model.names.method_of_self(call.func)
        if isinstance(definition, FUNCTIONS):
            return any(isinstance(each, (ast.Raise, ast.Assert)) or is_abort(each) for each in ast.walk(definition))
        return name is None or not name.startswith("builtins.")

    def _always_runs(self, call: ast.Call) -> bool:
        for each in self._model.ancestors(call):
            if isinstance(each, ast.stmt):
                return True
            if isinstance(each, (ast.IfExp, ast.BoolOp, ast.Lambda, *_COMPREHENSIONS)):
                return False
        return False


def _truths_of(test: ast.expr) -> Iterator[ast.expr]:
    """Yield the names that are true when a test is."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        for each in test.values:
            yield from _truths_of(each)
    elif isinstance(test, ast.Name):
        yield test
    elif isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq):
        other = test.comparators[0]
        if isinstance(other, ast.Constant) and other.value:
            yield test.left


def is_abort(node: ast.AST) -> bool:
    """Tell whether a node is a call that is named for leaving: `abort()`, `sys.exit()`, `parser.error()`."""
    if not isinstance(node, ast.Call):
        return False
    func = node.func
    return last_name(func) in ("abort", "exit", "error")
