"""Bindings: what a name stands for, where it is given a value and where it is used.

Names are resolved by Python's own rules (class scopes are invisible from inside functions, comprehension targets
are their own, a walrus binds outside the comprehension, `global` and `nonlocal` are followed). The answers do not
depend on the order in which code runs: a binding lists all its assignments, and who needs certainty asks that
they all agree.
"""

from __future__ import annotations

import ast
import enum
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.walk import Scope, ScopeKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from perffix.semantic.walk import Walk

_place = attrgetter("lineno", "col_offset")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS = (*_FUNCTIONS, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class How(enum.Enum):
    """The construct that gave a name its value."""

    ASSIGNED = "assigned"  # x = value, also as one of several targets
    ANNOTATED = "annotated"  # x: T = value, or x: T alone
    AUGMENTED = "augmented"  # x += value
    UNPACKED = "unpacked"  # a, x = value
    ITERATED = "iterated"  # for x in value, also in a comprehension
    ITERATED_UNPACKED = "iterated and unpacked"  # for a, x in value
    ENTERED = "entered"  # with value as x
    PARAMETER = "parameter"
    IMPORTED = "imported"
    DEFINED = "defined"  # def x, class x, type x
    CAUGHT = "caught"  # except E as x
    WALRUS = "walrus"  # (x := value)
    MATCHED = "matched"  # case x
    DELETED = "deleted"  # del x


_WHOLE = (How.ASSIGNED, How.ANNOTATED, How.WALRUS, How.ENTERED)


class Assignment(NamedTuple):
    """One place where a name (or an attribute of self) is given a value.

    Attributes:
        how: by which construct.
        node: the node that carries the name: `Name`, `Attribute`, `arg`, `alias`, definition, handler, pattern.
        statement: the construct itself: the statement, or the `comprehension`, `NamedExpr`, `withitem`.
        value: the expression on the other side, where there is one; of a loop, its iterable; of a parameter, its
            default.
    """

    how: How
    node: ast.AST
    statement: ast.AST
    value: ast.expr | None

    @property
    def given(self) -> ast.expr | None:
        """The expression whose value the name gets as it is, where there is one: no part or element of it."""
        return self.value if self.how in _WHOLE else None


class Binding:
    """A name in the scope that owns it, or an attribute `self.x` in the class that owns it.

    Attributes:
        name: the name; for attributes with the `self.` in front.
        scope: the owning scope; for attributes the class's.
        assignments: every place that gives it a value or deletes it, in source order.
        uses: every place that reads it, in source order, nested functions included.
        outside: whether a nested function or comprehension also reads or writes it (a closure), or for module
            names, any function.
    """

    __slots__ = ("assignments", "name", "outside", "scope", "uses")

    def __init__(
        self,
        name: str,
        scope: Scope,
        assignments: tuple[Assignment, ...],
        uses: tuple[ast.expr, ...],
        outside: bool,
    ) -> None:
        self.name = name
        self.scope = scope
        self.assignments = assignments
        self.uses = uses
        self.outside = outside

    def __repr__(self) -> str:
        return f"<Binding {self.name} in {self.scope!r}>"

    @property
    def is_attribute(self) -> bool:
        """Whether this is an attribute of self rather than a name."""
        return self.name.startswith("self.")

    @property
    def is_local(self) -> bool:
        """Whether it is a name of a function (parameters included): nothing outside can rebind it unseen."""
        return self.scope.kind in (ScopeKind.FUNCTION, ScopeKind.LAMBDA) and not self.is_attribute

    @property
    def single(self) -> Assignment | None:
        """The only assignment, if there is exactly one."""
        return self.assignments[0] if len(self.assignments) == 1 else None


class ScopeTable:
    """Answers about names, computed on demand from one `Walk` and kept."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self._parents = walk.parents
        self.module = walk.scopes[0]
        self._children: dict[Scope, list[Scope]] | None = None
        self._bindings: dict[tuple[Scope, str], Binding] = {}
        self._of_names: dict[ast.Name, Binding | None] = {}
        self._fields: dict[tuple[Scope, str], Binding | None] = {}
        self._attributes: dict[Scope, dict[str, list[ast.Attribute]]] = {}
        self._declared_global: set[str] | None = None

    # Scopes

    @property
    def all(self) -> list[Scope]:
        """All scopes of the module, outer before inner."""
        return self._walk.scopes

    def bindings_of_module(self) -> list[Binding]:
        """Return the bindings of all names that the module level binds."""
        return [self.binding_in(self.module, name) for name in self.module.names if _binds(self.module, name)]

    def scope_of(self, node: ast.AST) -> Scope:
        """Return the scope whose names an expression or statement at this place sees."""
        before, child = None, node
        parents, opening = self._parents, self._walk.scope_of_node
        parent = parents.get(node)
        while parent is not None:
            if parent in opening and _is_inside(parent, child, before):
                return opening[parent]
            before, child = child, parent
            parent = parents.get(parent)
        return self.module

    def children_of(self, scope: Scope) -> list[Scope]:
        """Return the scopes directly inside a scope."""
        if self._children is None:
            self._children = {}
            for each in self._walk.scopes:
                if each.parent is not None:
                    self._children.setdefault(each.parent, []).append(each)
        return self._children.get(scope, [])

    def enclosing_class(self, scope: Scope) -> Scope | None:
        """Return the class in whose method a function scope stands directly, if it does."""
        parent = scope.parent
        while parent is not None and parent.kind is ScopeKind.TYPE_PARAMETERS:
            parent = parent.parent
        return parent if parent is not None and parent.kind is ScopeKind.CLASS else None

    # Names

    @property
    def imports(self) -> list[ast.Import | ast.ImportFrom]:
        """The `import` statements of all scopes."""
        return self._walk.imports

    @cached_property
    def renamings(self) -> list[ast.Assign]:
        """The assignments that give a name or attribute another name: `a = b.c`."""
        among: Iterable[ast.AST] = self._walk.nodes.get(ast.Assign, self._parents)
        return [
            node for node in among if node.__class__ is ast.Assign and isinstance(node.value, (ast.Name, ast.Attribute))
        ]

    def binding_of(self, name: ast.Name) -> Binding | None:
        """Return what a name refers to, or None when nothing in this module binds it (a builtin, or star import)."""
        if name not in self._of_names:
            self._of_names[name] = self._binding_of(name)
        return self._of_names[name]

    def _binding_of(self, name: ast.Name) -> Binding | None:
        scope = self.scope_of(name)
        parent = self._parents.get(name)
        if isinstance(parent, ast.NamedExpr) and parent.target is name:
            while scope.kind is ScopeKind.COMPREHENSION and scope.parent is not None:
                scope = scope.parent
        return self.lookup(name.id, scope)

    def lookup(self, name: str, scope: Scope) -> Binding | None:
        """Resolve a name as code in the given scope would; None when nothing in this module binds it."""
        owner = self._owner(name, scope)
        return None if owner is None else self.binding_in(owner, name)

    def _owner(self, name: str, start: Scope) -> Scope | None:
        scope: Scope | None = start
        while scope is not None:
            if name in scope.declared_global:
                return self.module if self._binds_global(name) else None
            visible = scope is start or scope.kind is not ScopeKind.CLASS
            if visible and name not in scope.declared_nonlocal and _binds(scope, name):
                return scope
            if scope is self.module and self._binds_global(name):
                return scope
            scope = scope.parent
        return None

    def _binds_global(self, name: str) -> bool:
        if _binds(self.module, name):
            return True
        if self._declared_global is None:
            self._declared_global = {
                each for scope in self._walk.scopes for each in scope.declared_global if _binds(scope, each)
            }
        return name in self._declared_global

    def binding_in(self, scope: Scope, name: str) -> Binding:
        """Return the binding of a name in the scope that owns it."""
        key = (scope, name)
        binding = self._bindings.get(key)
        if binding is None:
            binding = self._bindings[key] = self._collect(scope, name)
        return binding

    def _collect(self, owner: Scope, name: str) -> Binding:
        assignments: list[Assignment] = []
        uses: list[ast.Name] = []
        outside = False
        for scope in self._scopes_seeing(owner, name):
            found = scope.names.get(name, ())
            outside = outside or (bool(found) and scope is not owner)
            for node in found:
                if type(node) is ast.Name and type(node.ctx) is ast.Load:
                    uses.append(node)
                else:
                    assignments.append(self.assignment_at(node))
        assignments.sort(key=_place_of_assignment)
        uses.sort(key=_place)
        return Binding(name, owner, tuple(assignments), tuple(uses), outside)

    def _scopes_seeing(self, owner: Scope, name: str) -> Iterator[Scope]:
        """Yield the scopes in which the name means the one of `owner`."""
        if owner is self.module:
            for scope in self._walk.scopes:
                if name in scope.names and self._owner(name, scope) is owner:
                    yield scope
            return
        yield owner
        pending = list(self.children_of(owner))
        while pending:
            scope = pending.pop()
            if name in scope.names and self._owner(name, scope) is owner:
                yield scope
            pending.extend(self.children_of(scope))

    def is_bound_anywhere(self, name: str) -> bool:
        """Tell whether any scope of the module binds this name."""
        return any(_binds(scope, name) for scope in self._walk.scopes)

    # Attributes of self

    def method_self(self, scope: Scope) -> str | None:
        """Return the name of the instance parameter when a function scope is an ordinary method."""
        node = scope.node
        if scope.kind is not ScopeKind.FUNCTION or not isinstance(node, _FUNCTIONS):
            return None
        if self.enclosing_class(scope) is None:
            return None
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Name) and decorator.id in ("staticmethod", "classmethod"):
                return None
        positional = [*node.args.posonlyargs, *node.args.args]
        return positional[0].arg if positional else None

    def class_of_self(self, name: ast.Name) -> Scope | None:
        """Return the class whose instance a name stands for when it is an unrebound `self`, closures included."""
        binding = self.binding_of(name)
        if binding is None or len(binding.assignments) != 1 or binding.assignments[0].how is not How.PARAMETER:
            return None
        if self.method_self(binding.scope) != name.id:
            return None
        return self.enclosing_class(binding.scope)

    def field_of(self, attribute: ast.Attribute) -> Binding | None:
        """Return the binding of `self.x` over the whole class, or None when it is not such an attribute.

        Its assignments are those in the methods and at class level of this one class; what a base class, a
        subclass or other modules do to the attribute is not seen.
        """
        if not isinstance(attribute.value, ast.Name):
            return None
        owner = self.class_of_self(attribute.value)
        if owner is None:
            return None
        key = (owner, attribute.attr)
        if key not in self._fields:
            self._fields[key] = self._collect_field(owner, attribute.attr)
        return self._fields[key]

    def attributes_of_self(self, definition: ast.ClassDef, name: str) -> Sequence[ast.Attribute]:
        """Return the places in the methods of a class where `self.name` stands."""
        return self._attributes_of_self(self._walk.scope_of_node[definition]).get(name, ())

    def _collect_field(self, owner: Scope, name: str) -> Binding | None:
        nodes = self._attributes_of_self(owner).get(name, [])
        assignments = [self.assignment_at(node) for node in nodes if type(node.ctx) is not ast.Load]
        at_class_level = [
            self.assignment_at(node)
            for node in owner.names.get(name, ())
            if not (type(node) is ast.Name and type(node.ctx) is ast.Load)
        ]
        uses = tuple(sorted((node for node in nodes if type(node.ctx) is ast.Load), key=_place))
        assignments = sorted([*at_class_level, *assignments], key=_place_of_assignment)
        return Binding(f"self.{name}", owner, tuple(assignments), uses, outside=True)

    def _attributes_of_self(self, owner: Scope) -> dict[str, list[ast.Attribute]]:
        found = self._attributes.get(owner)
        if found is None:
            found = self._attributes[owner] = {}
            for method in self._methods(owner):
                binding = self.binding_in(method, self.method_self(method) or "")
                for use in binding.uses:
                    parent = self._parents.get(use)
                    if isinstance(parent, ast.Attribute) and parent.value is use:
                        found.setdefault(parent.attr, []).append(parent)
        return found

    def _methods(self, owner: Scope) -> Iterator[Scope]:
        for child in self.children_of(owner):
            scopes = self.children_of(child) if child.kind is ScopeKind.TYPE_PARAMETERS else [child]
            for scope in scopes:
                if self.method_self(scope) is not None:
                    yield scope

    # Assignments

    def assignment_at(self, node: ast.AST) -> Assignment:
        """Return what gives the value to a name or attribute node that stands as a target."""
        if isinstance(node, ast.arg):
            return Assignment(How.PARAMETER, node, self._parents[self._parents[node]], self._default_of(node))
        if isinstance(node, ast.alias):
            return Assignment(How.IMPORTED, node, self._parents[node], None)
        if isinstance(node, ast.ExceptHandler):
            return Assignment(How.CAUGHT, node, node, None)
        if isinstance(node, _DEFINITIONS):
            return Assignment(How.DEFINED, node, node, None)
        if not isinstance(node, (ast.Name, ast.Attribute)):
            how = How.MATCHED if isinstance(node, ast.pattern) else How.DEFINED
            return Assignment(how, node, node, None)
        return self._assignment_of_target(node)

    def _assignment_of_target(self, node: ast.Name | ast.Attribute) -> Assignment:
        unpacked = False
        parent = self._parents[node]
        while isinstance(parent, (ast.Tuple, ast.List, ast.Starred)):
            unpacked = True
            parent = self._parents[parent]
        if isinstance(node.ctx, ast.Del):
            return Assignment(How.DELETED, node, parent, None)
        if isinstance(parent, ast.Assign):
            return Assignment(How.UNPACKED if unpacked else How.ASSIGNED, node, parent, parent.value)
        if isinstance(parent, ast.AnnAssign):
            return Assignment(How.ANNOTATED, node, parent, parent.value)
        if isinstance(parent, ast.AugAssign):
            return Assignment(How.AUGMENTED, node, parent, parent.value)
        if isinstance(parent, ast.NamedExpr):
            return Assignment(How.WALRUS, node, parent, parent.value)
        if isinstance(parent, (ast.For, ast.AsyncFor, ast.comprehension)):
            how = How.ITERATED_UNPACKED if unpacked else How.ITERATED
            return Assignment(how, node, parent, parent.iter)
        if isinstance(parent, ast.withitem):
            how = How.UNPACKED if unpacked else How.ENTERED
            return Assignment(how, node, parent, parent.context_expr)
        return Assignment(How.DEFINED, node, parent, None)  # `type X = ...`

    def _default_of(self, parameter: ast.arg) -> ast.expr | None:
        arguments = self._parents[parameter]
        assert isinstance(arguments, ast.arguments)
        positional = [*arguments.posonlyargs, *arguments.args]
        if parameter in positional:
            index = positional.index(parameter) - (len(positional) - len(arguments.defaults))
            return arguments.defaults[index] if index >= 0 else None
        if parameter in arguments.kwonlyargs:
            return arguments.kw_defaults[arguments.kwonlyargs.index(parameter)]
        return None


def _binds(scope: Scope, name: str) -> bool:
    """Tell whether a scope gives the name a value (whatever its declarations say whose it is)."""
    for node in scope.names.get(name, ()):  # noqa: SIM110 - asked so often that a generator would show
        if type(node) is not ast.Name or type(node.ctx) is not ast.Load:
            return True
    return False


def _is_inside(parent: ast.AST, child: ast.AST, grandchild: ast.AST | None) -> bool:
    """Tell whether a child of a scope-opening node lies in the scope that it opens."""
    if isinstance(parent, _DEFINITIONS):
        return isinstance(child, ast.stmt)  # not decorators, bases, defaults, annotations
    if isinstance(parent, ast.Lambda):
        return child is parent.body
    if isinstance(parent, _COMPREHENSIONS):
        first = parent.generators[0]
        return not (child is first and grandchild is first.iter)
    return True


def _place_of_assignment(assignment: Assignment) -> tuple[int, int]:
    node = assignment.node
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
