"""The one walk over a module's tree: parents, scopes with the names in them, and the nodes that rules asked for.

Everything else in `semantic` is computed later, from these tables, when somebody asks. The walk is the only part
that every file pays for, so it does the least per node: no operator or context nodes, no method look-up by name,
no work for leaves.
"""

from __future__ import annotations

import ast
import enum
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    # Takes children, None among them where one is missing, and the node that they are children of.
    Visit = Callable[[Iterable[ast.AST | None], ast.AST], None]


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


# The same for the walk, which need not leave out None: the quickest way for the classes that trees are made of.
_CHILDREN: dict[type[ast.AST], Callable[[Any], Iterable[ast.AST | None]]] = {
    **dict.fromkeys(_CHILD_FIELDS, children_of),
    **{
        cls: attrgetter(*_CHILD_FIELDS[cls])
        for cls in (ast.AnnAssign, ast.Assert, ast.AugAssign, ast.BinOp, ast.FormattedValue, ast.IfExp, ast.Raise)
    },
    **{cls: attrgetter(*_CHILD_FIELDS[cls]) for cls in (ast.Slice, ast.Subscript, ast.withitem)},
    **{cls: attrgetter(*_CHILD_FIELDS[cls]) for cls in (ast.BoolOp, ast.JoinedStr, ast.List, ast.Set, ast.Tuple)},
    ast.Assign: lambda node: [*node.targets, node.value],
    ast.Compare: lambda node: [node.left, *node.comparators],
    ast.For: lambda node: [node.target, node.iter, *node.body, *node.orelse],
    ast.If: lambda node: [node.test, *node.body, *node.orelse],
    ast.UnaryOp: lambda node: (node.operand,),
    ast.While: lambda node: [node.test, *node.body, *node.orelse],
    ast.With: lambda node: [*node.items, *node.body],
}
_WITH_A_VALUE = frozenset({ast.Attribute, ast.Await, ast.Expr, ast.keyword, ast.MatchValue, ast.Starred})  # and no more


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
        calls: the collected calls by called name, in source order; a name that is never called is missing. What is
            imported under another name (`from os import system as run`) is called by both.
        imports: the `import` statements of all scopes, in source order.
        written_names: all names that stand in the code: what scopes hold, attributes, keyword arguments, the parts of
            the names of imported modules, and what is imported from them.
        strings: what stands in strings, docstrings and other strings without use left out.
        byte_strings: what stands in byte strings.
        remarks: what stands in strings that are statements of their own, docstrings among them.
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
        self.imports: list[ast.Import | ast.ImportFrom] = []
        self._renamed: dict[str, str] = {}  # what a name that an import gives stands for, where that is wanted
        self.written_names: set[str] = set()
        self.strings: set[str] = set()
        self.byte_strings: set[bytes] = set()
        self.remarks: list[str] = []
        self.has_star_import = False
        self._scope = self._open(ScopeKind.MODULE, tree, None)
        if ast.Module in self.nodes:
            self.nodes[ast.Module].append(tree)
        self._run(tree)

    def _open(self, kind: ScopeKind, node: ast.AST, parent: Scope | None) -> Scope:
        scope = Scope(kind, node, parent)
        self.scopes.append(scope)
        self.scope_of_node[node] = scope
        return scope

    def _run(self, tree: ast.Module) -> None:
        parents = self.parents
        buckets = self.nodes
        children, with_a_value = _CHILDREN, _WITH_A_VALUE
        special = {cls: getattr(self, name) for cls, name in _SPECIAL.items()}
        Name, Constant = ast.Name, ast.Constant  # noqa: N806 - local aliases of the classes for speed
        Attribute, Expr, keyword = ast.Attribute, ast.Expr, ast.keyword  # noqa: N806
        add_name, add_string = self.written_names.add, self.strings.add
        names_bucket, constants_bucket = buckets.get(Name), buckets.get(Constant)

        def visit(nodes: Iterable[Any], parent: ast.AST) -> None:
            for node in nodes:
                above = parent
                while node is not None:  # down along the nodes that have nothing but a value
                    parents[node] = above
                    cls = node.__class__
                    if cls is Name:
                        names = self._scope.names
                        name = node.id
                        if name in names:
                            names[name].append(node)
                        else:
                            names[name] = [node]
                            add_name(name)
                        if names_bucket is not None:
                            names_bucket.append(node)
                        break
                    if cls is Constant:
                        value = node.value
                        if value.__class__ is str:
                            if above.__class__ is not Expr:
                                add_string(value)
                            else:
                                self.remarks.append(value)
                        elif value.__class__ is bytes:
                            self.byte_strings.add(value)
                        if constants_bucket is not None:
                            constants_bucket.append(node)
                        break
                    if cls in buckets:
                        buckets[cls].append(node)
                    if cls in with_a_value:
                        if cls is Attribute:
                            add_name(node.attr)
                        elif cls is keyword and node.arg is not None:
                            add_name(node.arg)
                        above, node = node, node.value
                        continue
                    if cls in special:
                        special[cls](node, visit)  # noqa: F821 - the `del` below runs last
                    else:
                        visit(children[cls](node), node)  # noqa: F821
                    break

        try:
            visit(tree.body, tree)
        finally:
            # The closure refers to itself and to this object: without this, the tree would live until the next
            # run of the cyclic garbage collector.
            del visit

    def _bind(self, name: str, node: ast.AST) -> None:
        self._scope.names.setdefault(name, []).append(node)
        self.written_names.add(name)

    # Handlers of the node classes that bind names or open scopes.

    def _call(self, node: ast.Call, visit: Visit) -> None:
        func = node.func
        if func.__class__ is ast.Attribute:
            name = func.attr
        elif func.__class__ is ast.Name:
            name = func.id
            if name in self._renamed:
                self.calls.setdefault(self._renamed[name], []).append(node)
        else:
            name = ""
        if name in self._wanted_calls:
            self.calls.setdefault(name, []).append(node)
        visit([func, *node.args, *node.keywords], node)

    def _function(self, node: ast.FunctionDef, visit: Visit) -> None:
        self._bind(node.name, node)
        outer = self._scope
        visit(node.decorator_list, node)
        arguments = node.args
        self.parents[arguments] = node
        visit(arguments.defaults, arguments)
        visit(arguments.kw_defaults, arguments)
        if type_parameters := getattr(node, "type_params", ()):
            self._scope = self._open(ScopeKind.TYPE_PARAMETERS, node, outer)
            visit(type_parameters, node)
        parameters = _parameters(arguments)
        for parameter in parameters:
            self.parents[parameter] = arguments
            if parameter.annotation is not None:
                visit((parameter.annotation,), parameter)
        visit((node.returns,), node)
        self._scope = self._open(ScopeKind.FUNCTION, node, self._scope)
        for parameter in parameters:
            self._bind(parameter.arg, parameter)
        visit(node.body, node)
        self._scope = outer

    def _lambda(self, node: ast.Lambda, visit: Visit) -> None:
        outer = self._scope
        arguments = node.args
        self.parents[arguments] = node
        visit(arguments.defaults, arguments)
        visit(arguments.kw_defaults, arguments)
        self._scope = self._open(ScopeKind.LAMBDA, node, outer)
        for parameter in _parameters(arguments):
            self.parents[parameter] = arguments
            self._bind(parameter.arg, parameter)
        visit((node.body,), node)
        self._scope = outer

    def _class(self, node: ast.ClassDef, visit: Visit) -> None:
        self._bind(node.name, node)
        outer = self._scope
        visit(node.decorator_list, node)
        if type_parameters := getattr(node, "type_params", ()):
            self._scope = self._open(ScopeKind.TYPE_PARAMETERS, node, outer)
            visit(type_parameters, node)
        visit(node.bases, node)
        visit(node.keywords, node)
        self._scope = self._open(ScopeKind.CLASS, node, self._scope)
        visit(node.body, node)
        self._scope = outer

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, visit: Visit) -> None:
        outer = self._scope
        first = node.generators[0]
        self.parents[first] = node
        visit((first.iter,), first)
        self._scope = self._open(ScopeKind.COMPREHENSION, node, outer)
        if ast.comprehension in self.nodes:
            self.nodes[ast.comprehension].append(first)
        visit((first.target, *first.ifs), first)
        visit(node.generators[1:], node)
        visit((node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,), node)
        self._scope = outer

    def _walrus(self, node: ast.NamedExpr, visit: Visit) -> None:
        visit((node.value,), node)
        inner = self._scope
        while self._scope.kind is ScopeKind.COMPREHENSION and self._scope.parent is not None:
            self._scope = self._scope.parent  # a walrus binds in the scope around the comprehension
        visit((node.target,), node)
        self._scope = inner

    def _import(self, node: ast.Import | ast.ImportFrom, visit: Visit) -> None:
        self.imports.append(node)
        if isinstance(node, ast.ImportFrom) and node.module:
            self.written_names.update(node.module.split("."))
        for alias in node.names:
            self.parents[alias] = node
            self.written_names.update(alias.name.split("."))
            if alias.name == "*":
                self.has_star_import = True
            elif alias.asname is None and isinstance(node, ast.Import):
                self._bind(alias.name.partition(".")[0], alias)
            else:
                name = alias.asname or alias.name
                self._bind(name, alias)
                if name != alias.name and alias.name in self._wanted_calls:
                    self._renamed[name] = alias.name

    def _global(self, node: ast.Global, visit: Visit) -> None:
        self._scope.declared_global.update(node.names)

    def _nonlocal(self, node: ast.Nonlocal, visit: Visit) -> None:
        self._scope.declared_nonlocal.update(node.names)

    def _return(self, node: ast.Return, visit: Visit) -> None:
        self._scope.returns.append(node)
        visit((node.value,), node)

    def _yield(self, node: ast.Yield | ast.YieldFrom, visit: Visit) -> None:
        self._scope.yields = True
        visit((node.value,), node)

    def _named(self, node: ast.AST, visit: Visit) -> None:
        """Visit a node that binds the name in its field `name` or `rest`: a handler, a pattern, a type parameter."""
        name = getattr(node, "rest" if isinstance(node, ast.MatchMapping) else "name", None)
        if isinstance(name, str):
            self._bind(name, node)
        visit(children_of(node), node)


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
