"""The one walk over a module's tree: parents, scopes with the names in them, and the nodes that rules asked for.

Everything else in `semantic` is computed later, from these tables, when somebody asks. The walk is the only part
that every file pays for, so it does the least per node: no operator or context nodes, no function call for what
trees are mostly made of. It goes through the scopes one after another, and through each of them level by level, with a
list that grows while it is gone through: that takes half the time of a descent by recursion. So nothing is found in
source order; who needs that has to sort.
"""

from __future__ import annotations

import ast
import enum
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from perffix.semantic.children import CHILDREN, children_of
from perffix.semantic.places import in_source_order

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from collections.abc import Set as AbstractSet

_NONE: AbstractSet[str] = frozenset()


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
        names: for each name that stands in it, its occurrences in no order: `ast.Name` nodes of any context and
            every other node that binds the name (`arg`, `alias`, definitions, handlers, patterns).
        declared_global: names under a `global` statement of this scope.
        declared_nonlocal: names under a `nonlocal` statement of this scope.
        returns: the `return` statements of a function itself, in source order.
        yields: whether a function is a generator.
        pending: nodes that the walk still has to look at.
    """

    __slots__ = (
        "declared_global",
        "declared_nonlocal",
        "kind",
        "names",
        "node",
        "parent",
        "pending",
        "returns",
        "yields",
    )

    def __init__(self, kind: ScopeKind, node: ast.AST, parent: Scope | None) -> None:
        self.kind = kind
        self.node = node
        self.parent = parent
        self.names: defaultdict[str, list[ast.AST]] = defaultdict(list)
        self.declared_global: AbstractSet[str] = _NONE
        self.declared_nonlocal: AbstractSet[str] = _NONE
        self.returns: list[ast.Return] = []
        self.yields = False
        self.pending: list[ast.AST] = []

    def bind(self, name: str, node: ast.AST) -> None:
        """Note that a node binds a name."""
        self.names[name].append(node)

    def __repr__(self) -> str:
        return f"<Scope {self.kind.value} {getattr(self.node, 'name', '')}>"


# What the walk meets too often or within other nodes, and hardly anybody asks for: looked for afterwards.
_NOT_LISTED_AT_ONCE = (ast.Name, ast.Constant, ast.arguments, ast.arg, ast.alias)


class Walk:
    """The result of walking a tree once.

    Args:
        tree: the module.
        classes: node classes to collect.
        calls: called names to collect: `name` of `name(...)` and of `anything.name(...)`.

    Attributes:
        parents: each visited node's parent; outer nodes stand before inner ones.
        scopes: all scopes, outer before inner.
        scope_of_node: the (innermost) scope that a module, class, function, lambda or comprehension opens.
        nodes: the collected nodes by class, in no order; see `in_source_order`.
        calls: the collected calls by called name, in no order; a name that is never called is missing. What is
            imported under another name (`from os import system as run`) is called by both.
        imports: the `import` statements of all scopes, in no order.
        written_names: all names that stand in the code: what scopes hold, attributes, keyword arguments, the parts of
            the names of imported modules, and what is imported from them.
        strings: what stands in strings, docstrings and other strings without use left out.
        byte_strings: what stands in byte strings.
        remarks: what stands in strings that are statements of their own, docstrings among them.
        has_star_import: whether any `from ... import *` stands in the module.
    """

    def __init__(self, tree: ast.Module, classes: Collection[type[ast.AST]], calls: Collection[str]) -> None:
        self.parents: dict[ast.AST, ast.AST] = {}
        self.scope_of_node: dict[ast.AST, Scope] = {}
        self.scopes: list[Scope] = []
        self.nodes: dict[type[ast.AST], list[ast.AST]] = {cls: [] for cls in classes}
        self.calls: defaultdict[str, list[ast.Call]] = defaultdict(list)
        self._wanted_calls = calls
        self.imports: list[ast.Import | ast.ImportFrom] = []
        self._renamed: dict[str, str] = {}  # what a name that an import gives stands for, where that is wanted
        self.written_names: set[str] = set()
        self.strings: set[str] = set()
        self.byte_strings: set[bytes] = set()
        self.remarks: list[str] = []
        self.has_star_import = False
        self._run(tree)

    def _run(self, tree: ast.Module) -> None:
        self._put(tree.body, tree, self._open(ScopeKind.MODULE, tree, None))
        self._go_through_scopes()
        self.written_names.discard(None)  # what `**more` is called in a call
        for scope in self.scopes:
            self.written_names.update(scope.names)
            if len(scope.returns) > 1:
                scope.returns = in_source_order(scope.returns)
        if ast.Module in self.nodes:
            self.nodes[ast.Module].append(tree)
        for cls in _NOT_LISTED_AT_ONCE:
            if cls in self.nodes:
                self.nodes[cls] = [node for node in self.parents if type(node) is cls]
        if self._renamed:
            self._add_renamed_calls()

    def _open(self, kind: ScopeKind, node: ast.AST, parent: Scope | None) -> Scope:
        scope = Scope(kind, node, parent)
        self.scopes.append(scope)
        self.scope_of_node[node] = scope
        return scope

    def _put(self, nodes: Sequence[ast.AST], parent: ast.AST, scope: Scope) -> None:
        """Put the children of a node among what is still to be looked at in a scope."""
        parents = self.parents
        for node in nodes:
            parents[node] = parent
        scope.pending += nodes

    def _go_through_scopes(self) -> None:
        """Look at all nodes, one scope after another."""
        parents, lists, calls, wanted_calls = self.parents, self.nodes, self.calls, self._wanted_calls
        children, special = CHILDREN, _SPECIAL
        add_name, add_string = self.written_names.add, self.strings.add
        # Local aliases of the classes that trees are mostly made of, for speed.
        Name, Attribute, Constant, Call = ast.Name, ast.Attribute, ast.Constant, ast.Call  # noqa: N806
        keyword, Assign, Expr = ast.keyword, ast.Assign, ast.Expr  # noqa: N806
        for scope in self.scopes:  # more and more of them
            names = scope.names
            pending: list[Any] = scope.pending
            put = pending.append
            for node in pending:  # more and more of them
                while True:  # down along the last of the children, which need not wait
                    cls = type(node)  # quicker than `__class__`, which is looked up in ever other classes
                    if cls is Name:
                        names[node.id].append(node)
                        break
                    if cls is Constant:
                        value = node.value
                        if type(value) is str:
                            add_string(value)
                        elif type(value) is bytes:
                            self.byte_strings.add(value)
                        break
                    if cls in lists:
                        lists[cls].append(node)
                    if cls is Attribute:
                        add_name(node.attr)
                        last = node.value
                    elif cls is Call:
                        last = node.func
                        name = last.attr if type(last) is Attribute else last.id if type(last) is Name else ""
                        if name in wanted_calls:
                            calls[name].append(node)
                        for child in node.args:
                            parents[child] = node
                            put(child)
                        for child in node.keywords:
                            parents[child] = node
                            put(child)
                    elif cls is keyword:
                        add_name(node.arg)
                        last = node.value
                    elif cls is Assign:
                        for child in node.targets:
                            parents[child] = node
                            put(child)
                        last = node.value
                    elif cls is Expr:
                        last = node.value
                        if type(last) is Constant and type(last.value) is str:
                            parents[last] = node
                            self.remarks.append(last.value)
                            break
                    elif cls in special:
                        special[cls](self, node, scope)
                        break
                    else:
                        for child in children[cls](node):
                            if child is not None:
                                parents[child] = node
                                put(child)
                        break
                    parents[last] = node
                    node = last
            scope.pending = []

    def _add_renamed_calls(self) -> None:
        """Add the calls of what is imported under another name."""
        for node in self.parents:
            if type(node) is ast.Call and isinstance(node.func, ast.Name) and node.func.id in self._renamed:
                self.calls[self._renamed[node.func.id]].append(node)

    # What the node classes that bind names or open scopes ask for.

    def _function(self, node: ast.FunctionDef, scope: Scope) -> None:
        scope.bind(node.name, node)
        arguments = node.args
        self.parents[arguments] = node
        self._put(node.decorator_list, node, scope)
        self._put(arguments.defaults, arguments, scope)
        self._put([each for each in arguments.kw_defaults if each], arguments, scope)
        scope = self._open_for_type_parameters(node, scope)
        if node.returns is not None:
            self._put((node.returns,), node, scope)
        inner = self._open(ScopeKind.FUNCTION, node, scope)
        self._parameters(arguments, scope, inner)
        self._put(node.body, node, inner)

    def _lambda(self, node: ast.Lambda, scope: Scope) -> None:
        arguments = node.args
        self.parents[arguments] = node
        self._put(arguments.defaults, arguments, scope)
        self._put([each for each in arguments.kw_defaults if each], arguments, scope)
        inner = self._open(ScopeKind.LAMBDA, node, scope)
        self._parameters(arguments, scope, inner)
        self._put((node.body,), node, inner)

    def _parameters(self, arguments: ast.arguments, scope: Scope, inner: Scope) -> None:
        """Look at the parameters of a function and bind them in its scope, `inner`."""
        for parameter in _parameters(arguments):
            self.parents[parameter] = arguments
            inner.bind(parameter.arg, parameter)
            if parameter.annotation is not None:
                self.parents[parameter.annotation] = parameter
                scope.pending.append(parameter.annotation)

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        scope.bind(node.name, node)
        self._put(node.decorator_list, node, scope)
        scope = self._open_for_type_parameters(node, scope)
        self._put(node.bases, node, scope)
        self._put(node.keywords, node, scope)
        self._put(node.body, node, self._open(ScopeKind.CLASS, node, scope))

    def _open_for_type_parameters(self, node: ast.FunctionDef | ast.ClassDef, scope: Scope) -> Scope:
        """Return the scope of a definition's type parameters, or the one around it when it has none."""
        if parameters := getattr(node, "type_params", ()):
            scope = self._open(ScopeKind.TYPE_PARAMETERS, node, scope)
            self._put(parameters, node, scope)
        return scope

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, scope: Scope) -> None:
        first, *others = node.generators
        self.parents[first] = node
        if ast.comprehension in self.nodes:
            self.nodes[ast.comprehension].append(first)
        self._put((first.iter,), first, scope)
        inner = self._open(ScopeKind.COMPREHENSION, node, scope)
        self._put((first.target, *first.ifs), first, inner)
        self._put(others, node, inner)
        self._put((node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,), node, inner)

    def _walrus(self, node: ast.NamedExpr, scope: Scope) -> None:
        self._put((node.value,), node, scope)
        self.parents[node.target] = node
        while scope.kind is ScopeKind.COMPREHENSION and scope.parent is not None:
            scope = scope.parent  # a walrus binds in the scope around the comprehension
        scope.bind(node.target.id, node.target)

    def _import(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        self.imports.append(node)
        if isinstance(node, ast.ImportFrom) and node.module:
            self.written_names.update(node.module.split("."))
        for alias in node.names:
            self.parents[alias] = node
            if "." in alias.name:
                self.written_names.update(alias.name.split("."))
            else:
                self.written_names.add(alias.name)
            if alias.name == "*":
                self.has_star_import = True
            elif alias.asname is None and isinstance(node, ast.Import):
                scope.bind(alias.name.partition(".")[0], alias)
            else:
                name = alias.asname or alias.name
                scope.bind(name, alias)
                if name != alias.name and alias.name in self._wanted_calls:
                    self._renamed[name] = alias.name

    def _global(self, node: ast.Global, scope: Scope) -> None:
        scope.declared_global |= {*node.names}

    def _nonlocal(self, node: ast.Nonlocal, scope: Scope) -> None:
        scope.declared_nonlocal |= {*node.names}

    def _return(self, node: ast.Return, scope: Scope) -> None:
        scope.returns.append(node)
        if node.value is not None:
            self._put((node.value,), node, scope)

    def _yield(self, node: ast.Yield | ast.YieldFrom, scope: Scope) -> None:
        scope.yields = True
        if node.value is not None:
            self._put((node.value,), node, scope)

    def _named(self, node: ast.AST, scope: Scope) -> None:
        """Look at a node that binds the name in its field `name` or `rest`: a handler, a pattern, a type parameter."""
        name = getattr(node, "rest" if isinstance(node, ast.MatchMapping) else "name", None)
        if isinstance(name, str):
            scope.bind(name, node)
        self._put(children_of(node), node, scope)


def _parameters(arguments: ast.arguments) -> list[ast.arg]:
    """Return all parameters of a function in the order in which they are written."""
    found = [*arguments.posonlyargs, *arguments.args]
    if arguments.vararg is not None:
        found.append(arguments.vararg)
    found.extend(arguments.kwonlyargs)
    if arguments.kwarg is not None:
        found.append(arguments.kwarg)
    return found


_SPECIAL: dict[type[ast.AST], Callable[[Walk, Any, Scope], None]] = {
    ast.FunctionDef: Walk._function,
    ast.AsyncFunctionDef: Walk._function,
    ast.Lambda: Walk._lambda,
    ast.ClassDef: Walk._class,
    ast.ListComp: Walk._comprehension,
    ast.SetComp: Walk._comprehension,
    ast.DictComp: Walk._comprehension,
    ast.GeneratorExp: Walk._comprehension,
    ast.NamedExpr: Walk._walrus,
    ast.Import: Walk._import,
    ast.ImportFrom: Walk._import,
    ast.Global: Walk._global,
    ast.Nonlocal: Walk._nonlocal,
    ast.Return: Walk._return,
    ast.Yield: Walk._yield,
    ast.YieldFrom: Walk._yield,
    ast.ExceptHandler: Walk._named,
    ast.MatchAs: Walk._named,
    ast.MatchStar: Walk._named,
    ast.MatchMapping: Walk._named,
    **{getattr(ast, name): Walk._named for name in ("TypeVar", "TypeVarTuple", "ParamSpec") if hasattr(ast, name)},
}
