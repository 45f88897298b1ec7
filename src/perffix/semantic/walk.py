"""The one walk over a module's tree: parents, scopes with the names in them, and the nodes that rules asked for.

Everything else in `semantic` is computed later, from these tables, when somebody asks. The walk is the only part
that every file pays for, so it does the least per node: no operator or context nodes, no method look-up by name,
no work for leaves.
"""

from __future__ import annotations

import ast
import enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable


class ScopeKind(enum.Enum):
    """What opened a scope."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    LAMBDA = "lambda"
    COMPREHENSION = "comprehension"
    TYPE_PARAMETERS = "type parameters"


class Scope:
    """A region of the module with names of its own.

    Attributes:
        kind: what opened it.
        node: the module, class, function, lambda or comprehension. A function with type parameters opens two
            scopes; both have its node.
        parent: the scope around it, None for the module.
        names: for each name that stands in it, its occurrences in source order: `ast.Name` nodes of any context
            and every other node that binds the name (`arg`, `alias`, definitions, handlers, patterns).
        declared_global: names under a `global` statement of this scope.
        declared_nonlocal: names under a `nonlocal` statement of this scope.
        returns: the `return` statements of a function itself.
        yields: whether a function is a generator.
    """

    __slots__ = ("declared_global", "declared_nonlocal", "kind", "names", "node", "parent", "returns", "yields")

    def __init__(self, kind: ScopeKind, node: ast.AST, parent: Scope | None) -> None:
        self.kind = kind
        self.node = node
        self.parent = parent
        self.names: dict[str, list[ast.AST]] = {}
        self.declared_global: set[str] = set()
        self.declared_nonlocal: set[str] = set()
        self.returns: list[ast.Return] = []
        self.yields = False

    def __repr__(self) -> str:
        return f"<Scope {self.kind.value} {getattr(self.node, 'name', '')}>"


# Fields that hold no nodes a rule could want: contexts, operators, plain values.
_PLAIN_FIELDS = {"ctx", "op", "ops", "kind", "type_comment", "type_ignores", "id", "attr", "arg", "name", "asname"}
_PLAIN_FIELDS |= {"names", "level", "is_async", "conversion", "simple", "tag", "rest", "kwd_attrs", "module"}
# Of these a few are nodes in some classes.
_NODE_FIELDS = {("Import", "names"), ("ImportFrom", "names"), ("TypeAlias", "name"), ("keyword", "value")}


def _child_fields(cls: type[ast.AST]) -> tuple[str, ...]:
    return tuple(field for field in cls._fields if field not in _PLAIN_FIELDS or (cls.__name__, field) in _NODE_FIELDS)


def _subclasses(cls: type[ast.AST]) -> Iterable[type[ast.AST]]:
    for subclass in cls.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


_CHILD_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {cls: _child_fields(cls) for cls in _subclasses(ast.AST)}
_CHILD_FIELDS[ast.Constant] = _CHILD_FIELDS[ast.MatchSingleton] = ()  # their value is no node


def children_of(node: ast.AST) -> list[ast.AST]:
    """Return the nodes directly below a node in the order of its fields, contexts and operators left out."""
    found: list[ast.AST] = []
    for field in _CHILD_FIELDS[node.__class__]:
        value = getattr(node, field)
        if value.__class__ is list:
            found += [each for each in value if each is not None]
        elif value is not None:
            found.append(value)
    return found


class Walk:
    """The result of walking a tree once.

    Args:
        tree: the module.
        classes: node classes to collect.
        calls: called names to collect: `name` of `name(...)` and of `anything.name(...)`.

    Attributes:
        parents: each visited node's parent.
        scopes: all scopes, outer before inner.
        scope_of_node: the (innermost) scope that a module, class, function, lambda or comprehension opens.
        nodes: the collected nodes by class, in source order.
        calls: the collected calls by called name, in source order; a name that is never called is missing.
        has_star_import: whether any `from ... import *` stands in the module.

    Raises:
        RecursionError: the tree is nested too deeply.
    """

    def __init__(self, tree: ast.Module, classes: Collection[type[ast.AST]], calls: Collection[str]) -> None:
        self.parents: dict[ast.AST, ast.AST] = {}
        self.scope_of_node: dict[ast.AST, Scope] = {}
        self.scopes: list[Scope] = []
        self.nodes: dict[type[ast.AST], list[ast.AST]] = {cls: [] for cls in classes}
        self.calls: dict[str, list[ast.Call]] = {}
        self._wanted_calls = calls
        self.has_star_import = False
        self._scope = self._open(ScopeKind.MODULE, tree, None)
        self._add_name: Callable[[ast.Name], None]
        self._run(tree)

    def _open(self, kind: ScopeKind, node: ast.AST, parent: Scope | None) -> Scope:
        scope = Scope(kind, node, parent)
        self.scopes.append(scope)
        self.scope_of_node[node] = scope
        return scope

    def _run(self, tree: ast.Module) -> None:
        parents = self.parents
        buckets = self.nodes
        fields_of = _CHILD_FIELDS
        special = {cls: getattr(self, name) for cls, name in _SPECIAL.items()}
        Name = ast.Name  # noqa: N806 - a local alias of the class for speed

        def visit(node: ast.AST) -> None:
            cls = node.__class__
            bucket = buckets.get(cls)
            if bucket is not None:
                bucket.append(node)
            handler = special.get(cls)
            if handler is not None:
                handler(node, visit)  # noqa: F821 - the `del` below runs last
                return
            for field in fields_of[cls]:
                child = getattr(node, field)
                if child.__class__ is list:
                    for item in child:
                        if item.__class__ is Name:
                            parents[item] = node
                            add_name(item)
                        elif item is not None:
                            parents[item] = node
                            visit(item)  # noqa: F821
                elif child.__class__ is Name:
                    parents[child] = node
                    add_name(child)
                elif child is not None:
                    parents[child] = node
                    visit(child)  # noqa: F821

        names_bucket = buckets.get(Name)

        def add_name(node: ast.Name) -> None:
            names = self._scope.names
            known = names.get(node.id)
            if known is None:
                names[node.id] = [node]
            else:
                known.append(node)
            if names_bucket is not None:
                names_bucket.append(node)

        self._add_name = add_name
        try:
            for statement in tree.body:
                parents[statement] = tree
                visit(statement)
        finally:
            # Both closures refer to themselves or to this object: without this, the tree would live until the
            # next run of the cyclic garbage collector.
            del visit, self._add_name

    def _bind(self, name: str, node: ast.AST) -> None:
        self._scope.names.setdefault(name, []).append(node)

    def _children(self, node: ast.AST, visit: Callable[[ast.AST], None], fields: Iterable[str]) -> None:
        """Visit the children in some fields, in the order of the fields."""
        for field in fields:
            value = getattr(node, field, None)
            for child in value if isinstance(value, list) else (value,):
                if isinstance(child, ast.Name):
                    self.parents[child] = node
                    self._add_name(child)
                elif child is not None:
                    self.parents[child] = node
                    visit(child)

    # Handlers of the node classes that bind names or open scopes.

    def _call(self, node: ast.Call, visit: Callable[[ast.AST], None]) -> None:
        func = node.func
        if func.__class__ is ast.Attribute:
            name = func.attr
        elif func.__class__ is ast.Name:
            name = func.id
        else:
            name = ""
        if name in self._wanted_calls:
            self.calls.setdefault(name, []).append(node)
        parents = self.parents
        for child in (func, *node.args, *node.keywords):
            parents[child] = node
            if child.__class__ is ast.Name:
                self._add_name(child)
            else:
                visit(child)

    def _function(self, node: ast.FunctionDef, visit: Callable[[ast.AST], None]) -> None:
        self._bind(node.name, node)
        outer = self._scope
        self._children(node, visit, ("decorator_list",))
        arguments = node.args
        self.parents[arguments] = node
        self._children(arguments, visit, ("defaults", "kw_defaults"))
        if getattr(node, "type_params", None):
            self._scope = self._open(ScopeKind.TYPE_PARAMETERS, node, outer)
            self._children(node, visit, ("type_params",))
        parameters = _parameters(arguments)
        for parameter in parameters:
            self.parents[parameter] = arguments
            self._children(parameter, visit, ("annotation",))
        self._children(node, visit, ("returns",))
        self._scope = self._open(ScopeKind.FUNCTION, node, self._scope)
        for parameter in parameters:
            self._bind(parameter.arg, parameter)
        self._children(node, visit, ("body",))
        self._scope = outer

    def _lambda(self, node: ast.Lambda, visit: Callable[[ast.AST], None]) -> None:
        outer = self._scope
        self.parents[node.args] = node
        self._children(node.args, visit, ("defaults", "kw_defaults"))
        self._scope = self._open(ScopeKind.LAMBDA, node, outer)
        for parameter in _parameters(node.args):
            self.parents[parameter] = node.args
            self._bind(parameter.arg, parameter)
        self._children(node, visit, ("body",))
        self._scope = outer

    def _class(self, node: ast.ClassDef, visit: Callable[[ast.AST], None]) -> None:
        self._bind(node.name, node)
        outer = self._scope
        self._children(node, visit, ("decorator_list",))
        if getattr(node, "type_params", None):
            self._scope = self._open(ScopeKind.TYPE_PARAMETERS, node, outer)
            self._children(node, visit, ("type_params",))
        self._children(node, visit, ("bases", "keywords"))
        self._scope = self._open(ScopeKind.CLASS, node, self._scope)
        self._children(node, visit, ("body",))
        self._scope = outer

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, visit: Callable[[ast.AST], None]
    ) -> None:
        outer = self._scope
        first = node.generators[0]
        self.parents[first] = node
        self._children(first, visit, ("iter",))
        self._scope = self._open(ScopeKind.COMPREHENSION, node, outer)
        if ast.comprehension in self.nodes:
            self.nodes[ast.comprehension].append(first)
        self._children(first, visit, ("target", "ifs"))
        for generator in node.generators[1:]:
            self.parents[generator] = node
            visit(generator)
        self._children(node, visit, ("key", "value", "elt"))
        self._scope = outer

    def _walrus(self, node: ast.NamedExpr, visit: Callable[[ast.AST], None]) -> None:
        self._children(node, visit, ("value",))
        inner = self._scope
        while self._scope.kind is ScopeKind.COMPREHENSION and self._scope.parent is not None:
            self._scope = self._scope.parent  # a walrus binds in the scope around the comprehension
        self._children(node, visit, ("target",))
        self._scope = inner

    def _import(self, node: ast.Import | ast.ImportFrom, visit: Callable[[ast.AST], None]) -> None:
        for alias in node.names:
            self.parents[alias] = node
            if alias.name == "*":
                self.has_star_import = True
            elif alias.asname is None and isinstance(node, ast.Import):
                self._bind(alias.name.partition(".")[0], alias)
            else:
                self._bind(alias.asname or alias.name, alias)

    def _global(self, node: ast.Global, visit: Callable[[ast.AST], None]) -> None:
        self._scope.declared_global.update(node.names)

    def _nonlocal(self, node: ast.Nonlocal, visit: Callable[[ast.AST], None]) -> None:
        self._scope.declared_nonlocal.update(node.names)

    def _return(self, node: ast.Return, visit: Callable[[ast.AST], None]) -> None:
        self._scope.returns.append(node)
        self._children(node, visit, ("value",))

    def _yield(self, node: ast.Yield | ast.YieldFrom, visit: Callable[[ast.AST], None]) -> None:
        self._scope.yields = True
        self._children(node, visit, ("value",))

    def _named(self, node: ast.AST, visit: Callable[[ast.AST], None]) -> None:
        """Visit a node that binds the name in its field `name` or `rest`: a handler, a pattern, a type parameter."""
        name = getattr(node, "rest" if isinstance(node, ast.MatchMapping) else "name", None)
        if isinstance(name, str):
            self._bind(name, node)
        self._children(node, visit, _CHILD_FIELDS[type(node)])


def _parameters(arguments: ast.arguments) -> list[ast.arg]:
    """Return all parameters of a function in the order in which they are written."""
    found = [*arguments.posonlyargs, *arguments.args]
    if arguments.vararg is not None:
        found.append(arguments.vararg)
    found.extend(arguments.kwonlyargs)
    if arguments.kwarg is not None:
        found.append(arguments.kwarg)
    return found


_SPECIAL: dict[type[ast.AST], str] = {
    ast.Call: "_call",
    ast.FunctionDef: "_function",
    ast.AsyncFunctionDef: "_function",
    ast.Lambda: "_lambda",
    ast.ClassDef: "_class",
    ast.ListComp: "_comprehension",
    ast.SetComp: "_comprehension",
    ast.DictComp: "_comprehension",
    ast.GeneratorExp: "_comprehension",
    ast.NamedExpr: "_walrus",
    ast.Import: "_import",
    ast.ImportFrom: "_import",
    ast.Global: "_global",
    ast.Nonlocal: "_nonlocal",
    ast.Return: "_return",
    ast.Yield: "_yield",
    ast.YieldFrom: "_yield",
    ast.ExceptHandler: "_named",
    ast.MatchAs: "_named",
    ast.MatchStar: "_named",
    ast.MatchMapping: "_named",
    **{getattr(ast, name): "_named" for name in ("TypeVar", "TypeVarTuple", "ParamSpec") if hasattr(ast, name)},
}
