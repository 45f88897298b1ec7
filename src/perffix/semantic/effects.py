"""Effects: what running a piece of code may do besides computing a value.

Facts tables say which functions and methods are harmless; a call of anything else is opaque: it may change every
object that other code can reach. Operators and attribute reads are taken to have no effects of their own, as in
all code that is meant to be read; where that is not good enough (a SAFE fix), rules ask for known types as well.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.aliases import AliasTable
from perffix.semantic.loops import own_nodes
from perffix.semantic.places import is_within
from perffix.semantic.scopes import How
from perffix.semantic.types import base_name
from perffix.semantic.uses import LEAKS, WRITES, UseKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from perffix.semantic.inference import TypeTable
    from perffix.semantic.loops import Loop
    from perffix.semantic.names import NameTable
    from perffix.semantic.scopes import Assignment, Binding, ScopeTable
    from perffix.semantic.uses import Use, UseTable

_CONTROL = (ast.Return, ast.Break, ast.Continue, ast.Raise)
_SUSPENDS = (ast.Await, ast.Yield, ast.YieldFrom, ast.AsyncFor, ast.AsyncWith)
_NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


class Effects(NamedTuple):
    """What a region of code may do, nested functions counted only as made, not as run.

    Attributes:
        binds: names that it gives a value or deletes, comprehension targets left out.
        opaque_calls: calls of which nothing is known.
        writes_attributes: names of the attributes that it sets or deletes, on any object.
        control: its return, break, continue and raise statements; of breaks and continues also those that stay
            inside of a loop in the region.
        suspends: it awaits or yields, so that other code runs in between.
        nested: functions, lambdas and classes that it defines.
    """

    binds: frozenset[str]
    opaque_calls: tuple[ast.Call, ...]
    writes_attributes: frozenset[str]
    control: tuple[ast.stmt, ...]
    suspends: bool
    nested: tuple[ast.AST, ...]


class EffectTable:
    """Answers about effects in one module."""

    def __init__(
        self,
        parents: dict[ast.AST, ast.AST],
        scopes: ScopeTable,
        names: NameTable,
        types: TypeTable,
        uses: UseTable,
    ) -> None:
        self._parents = parents
        self._scopes = scopes
        self._names = names
        self._types = types
        self._uses = uses
        self._known: dict[tuple[ast.AST, ...], Effects] = {}

    @property
    def aliases(self) -> AliasTable:
        """Whether two expressions may stand for one object."""
        # Made anew for each question: kept here, it and this table would hold each other, and with them the whole
        # tree, until the cyclic garbage collector runs.
        return AliasTable(self._scopes, self._types, self._is_fresh, self.makes_new_object)

    def effects_of(self, region: Sequence[ast.AST]) -> Effects:
        """Return what running these statements or expressions may do."""
        key = tuple(region)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._collect(key)
        return found

    def _collect(self, region: tuple[ast.AST, ...]) -> Effects:
        binds: set[str] = set()
        opaque: list[ast.Call] = []
        attributes: set[str] = set()
        control: list[ast.stmt] = []
        nested: list[ast.AST] = []
        suspends = False
        for node in own_nodes(region):
            if isinstance(node, ast.Call):
                if not self.is_harmless_call(node):
                    opaque.append(node)
            elif isinstance(node, ast.Name):
                if not isinstance(node.ctx, ast.Load) and not self._is_comprehension_target(node):
                    binds.add(node.id)
            elif isinstance(node, ast.Attribute):
                if not isinstance(node.ctx, ast.Load):
                    attributes.add(node.attr)
            elif isinstance(node, _CONTROL):
                control.append(node)
            elif isinstance(node, _SUSPENDS) or (isinstance(node, ast.comprehension) and node.is_async):
                suspends = True
            elif isinstance(node, _NESTED):
                nested.append(node)
            binds.update(_names_bound_by(node))
        return Effects(frozenset(binds), tuple(opaque), frozenset(attributes), tuple(control), suspends, tuple(nested))

    def _is_comprehension_target(self, node: ast.Name) -> bool:
        parent = self._parents.get(node)
        while isinstance(parent, (ast.Tuple, ast.List, ast.Starred)):
            parent = self._parents.get(parent)
        return isinstance(parent, ast.comprehension)

    # Calls

    def is_harmless_call(self, call: ast.Call) -> bool:
        """Tell whether a call is known to change nothing but, for a known method, its own receiver."""
        return self.is_pure_call(call) or self._mutates_own_receiver(call)

    def is_pure_call(self, call: ast.Call) -> bool:
        """Tell whether a call is known to have no effect: a pure function of the tables, or a reading method."""
        name = self._names.qualified_name(call.func)
        if name is not None:
            if name.startswith("builtins.") and name[9:] in facts.load("builtins")["functions"]["pure"]:
                return not _calls_back(name[9:], call)
            if name in facts.load("library")["pure"]["functions"]:
                return True
        if not isinstance(call.func, ast.Attribute):
            return False
        return call.func.attr in self._methods(call.func.value, "reads")

    def _mutates_own_receiver(self, call: ast.Call) -> bool:
        func = call.func
        if not isinstance(func, ast.Attribute) or any(keyword.arg == "key" for keyword in call.keywords):
            return False
        return func.attr in self._methods(func.value, "mutates")

    def _methods(self, receiver: ast.expr, which: str) -> Sequence[str]:
        known = self._types.type_of(receiver)
        if known is None:
            return ()
        entry = facts.load("builtins")["types"].get(base_name(known.name))
        methods: Sequence[str] = () if entry is None else entry[which]
        return methods

    # Expressions

    def is_effect_free(self, expr: ast.expr) -> bool:
        """Tell whether evaluating an expression is known to change nothing and to call nothing unknown."""
        return all(self._is_effect_free_node(node) for node in ast.walk(expr))

    def _is_effect_free_node(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Call):
            return self.is_pure_call(node)
        if isinstance(node, ast.comprehension):
            return not node.is_async
        return not isinstance(node, (*_SUSPENDS, ast.NamedExpr))

    # Objects

    def is_shared(self, binding: Binding) -> bool:
        """Tell whether code outside of this function may reach the object behind a name, as far as can be seen.

        False only for a local name whose every value was made here and was never handed on.
        """
        if not binding.is_local or binding.outside:
            return True
        if not all(self._is_fresh(assignment) for assignment in binding.assignments):
            return True
        return any(self._leaks(use) for use in self._uses.uses_of(binding))

    def _leaks(self, use: Use) -> bool:
        return use.kind in LEAKS and use.kind is not UseKind.RETURNED

    def _is_fresh(self, assignment: Assignment) -> bool:
        """Tell whether an assignment gives an object that nothing else refers to."""
        how, value, statement = assignment.how, assignment.value, assignment.statement
        if how in (How.DELETED, How.AUGMENTED):
            return True
        if how not in (How.ASSIGNED, How.ANNOTATED, How.WALRUS) or value is None:
            return False
        if isinstance(statement, ast.Assign) and len(statement.targets) > 1:
            return False  # `self.items = items = []`
        if isinstance(statement, ast.NamedExpr) and self._leaks(self._uses.use_at(statement)):
            return False
        return self.makes_new_object(value)

    def makes_new_object(self, expr: ast.expr) -> bool:
        """Tell whether an expression makes an object that nothing else refers to."""
        if isinstance(expr, (ast.List, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp, ast.JoinedStr)):
            return True
        if isinstance(expr, (ast.Constant, ast.Tuple, ast.GeneratorExp)):
            return True
        if isinstance(expr, ast.BinOp):
            known = self._types.type_of(expr)
            return known is not None and known.name in facts.load("builtins")["types"]
        if isinstance(expr, ast.Subscript):
            return isinstance(expr.slice, ast.Slice) and self._types.is_plain(expr.value)
        if not isinstance(expr, ast.Call):
            return False
        name = self._names.qualified_name(expr.func) or ""
        if name.startswith("builtins."):
            return name[9:] in ("list", "dict", "set", "tuple", "frozenset", "sorted", "str", "bytes", "bytearray")
        if name.startswith("collections."):
            return True
        func = expr.func
        return (
            isinstance(func, ast.Attribute)
            and func.attr in (*("copy", "split", "rsplit", "splitlines", "union", "intersection", "difference"),)
            and self._is_known(func.value)
        )

    def _is_known(self, expr: ast.expr) -> bool:
        known = self._types.type_of(expr)
        return known is not None and known.name in facts.load("builtins")["types"]

    def rebinds(self, region: Iterable[ast.AST], binding: Binding) -> bool:
        """Tell whether code in a region gives the name or attribute another value (augmented assignment included)."""
        roots = frozenset(region)
        return any(is_within(assignment.node, roots, self._parents) for assignment in binding.assignments)

    def mutates(self, region: Sequence[ast.AST], binding: Binding) -> bool | None:
        """Tell whether running a region may change or rebind the object behind a name or attribute.

        Returns:
            True when it does, False when it certainly does not, None when it may: the object goes to an unknown
            function there, or is known elsewhere while the region calls something unknown.
        """
        if self.rebinds(region, binding):
            return True
        roots = frozenset(region)
        answer: bool | None = False
        for use in self._uses.uses_of(binding):
            if not is_within(use.node, roots, self._parents):
                continue
            changed = self._use_mutates(use)
            if changed:
                return True
            if changed is None:
                answer = None
        if answer is None:
            return None
        effects = self.effects_of(region)
        if (effects.opaque_calls or effects.suspends) and self.is_shared(binding):
            return None
        if binding.is_attribute and binding.name[5:] in effects.writes_attributes:
            return None  # set on an object that may be the same
        return None if self._is_changed_under_another_name(region, binding) else False

    def _is_changed_under_another_name(self, region: Sequence[ast.AST], binding: Binding) -> bool:
        own = {id(use) for use in binding.uses}
        if not self.is_shared(binding):
            return False
        return any(
            id(expr) not in own and self.aliases.may_be(expr, binding) for expr in self._changed_in_place(region)
        )

    def _changed_in_place(self, region: Sequence[ast.AST]) -> Iterator[ast.expr]:
        """Yield the expressions whose objects a region changes in place, unknown calls left out."""
        for node in own_nodes(region):
            if isinstance(node, ast.Call):
                if isinstance(node.func, ast.Attribute) and not self.is_pure_call(node):
                    yield node.func.value
            elif isinstance(node, ast.Subscript):
                if not isinstance(node.ctx, ast.Load):
                    yield node.value
            elif isinstance(node, ast.AugAssign):
                yield node.target

    def _use_mutates(self, use: Use) -> bool | None:
        if use.kind in WRITES:
            return True
        if use.kind is UseKind.METHOD:
            known = self._types.type_of(use.node)
            entry = None if known is None else facts.load("builtins")["types"].get(base_name(known.name))
            if entry is None:
                return None if use.detail not in _READS_OF_ANY_CONTAINER else False
            if use.detail in entry["reads"]:
                return False
            return True if use.detail in entry["mutates"] else None
        if use.kind is UseKind.INDEX:
            known = self._types.type_of(use.node)
            return None if known is not None and known.name == "collections.defaultdict" else False
        if use.kind in LEAKS:
            return None
        return False

    # Invariance

    def turn_of(self, loop: Loop) -> tuple[ast.AST, ...]:
        """Return what runs in the turns of a loop: `loop_region`, and of a comprehension's clause all of it."""
        return (self._parents[loop],) if isinstance(loop, ast.comprehension) else loop_region(loop)

    def is_invariant(self, expr: ast.expr, loop: Loop) -> bool | None:
        """Tell whether an expression has the same value in every turn of a loop.

        Returns:
            True or False when certain; None when something in the loop may change an object that it reads.
        """
        region = self.turn_of(loop)
        answer: bool | None = True
        for node in ast.walk(expr):
            if isinstance(node, ast.Call) and not self.is_pure_call(node):
                return None
            if isinstance(node, (*_SUSPENDS, ast.NamedExpr)):
                return None
            binding = None
            if isinstance(node, ast.Name):
                binding = self._scopes.binding_of(node)
            elif isinstance(node, ast.Attribute):
                binding = self._scopes.field_of(node)
                if binding is None and self._names.qualified_name(node) is None:
                    answer = None  # an attribute of some object: anybody may set it
            if binding is None:
                continue
            changed = self._changes(region, binding)
            if changed:
                return False
            if changed is None:
                answer = None
        return answer

    def _changes(self, region: Sequence[ast.AST], binding: Binding) -> bool | None:
        known = self._types.type_of_binding(binding)
        immutable = known is not None and known.name in ("str", "bytes", "int", "float", "bool", "frozenset", "range")
        if immutable and binding.is_local and not binding.outside:
            return self.rebinds(region, binding)
        if all(each.how in (How.IMPORTED, How.DEFINED) for each in binding.assignments):
            return self.rebinds(region, binding)
        return self.mutates(region, binding)


_READS_OF_ANY_CONTAINER = frozenset({"keys", "values", "items", "get", "copy", "count", "index", "startswith"})


def loop_region(loop: Loop) -> tuple[ast.AST, ...]:
    """Return the nodes that a statement runs once per turn, the target first; of a comprehension just the clause."""
    if isinstance(loop, ast.While):
        return (loop.test, *loop.body)
    if isinstance(loop, ast.comprehension):
        return (loop,)
    return (loop.target, *loop.body)


def _names_bound_by(node: ast.AST) -> tuple[str, ...]:
    """Return the names that a node other than `Name` binds in the scope where it stands."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return (node.name,)
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return tuple(alias.asname or alias.name.partition(".")[0] for alias in node.names)
    name = getattr(node, "rest" if isinstance(node, ast.MatchMapping) else "name", None)
    if isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar, ast.MatchMapping)) and name:
        return (name,)
    return ()


def _calls_back(name: str, call: ast.Call) -> bool:
    """Tell whether a builtin runs a function that it is given."""
    if any(keyword.arg in ("key", "default", None) for keyword in call.keywords):
        return any(keyword.arg == "key" for keyword in call.keywords)
    return name in ("map", "filter", "iter") or (name == "type" and len(call.args) == 3)
