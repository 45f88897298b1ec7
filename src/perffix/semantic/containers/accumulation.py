"""Accumulations: loops that do nothing but fill one list or dict, and what stands in the way of a comprehension.

An accumulation is a `for` whose only statement, perhaps under one `if`, appends to a list or sets an item of a dict
that is known to be one. Here is told what it is made of and what is certain about it; whether that is worth a
finding, and which fix is safe, is for the rules to say.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.containers.interruption import Witness, is_only_read_after, witness
from perffix.semantic.inference import is_empty_display
from perffix.semantic.loop_variables import are_private, target_names
from perffix.semantic.reaching import reaching_assignment
from perffix.semantic.scopes import How
from perffix.semantic.types import Type
from perffix.semantic.uses import LEAKS, UseKind
from perffix.semantic.walk import ScopeKind

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Assignment, Binding

For = ast.For | ast.AsyncFor
Start = ast.Assign | ast.AnnAssign

_NOT_IN_A_COMPREHENSION = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
_LOOKS_AT_FRAMES = ("sys._getframe", "inspect.currentframe", "inspect.stack", "warnings.warn")
_ALIASES = (UseKind.STORED, UseKind.ATTRIBUTE, UseKind.YIELDED, UseKind.OTHER)
_ITERATED_WITHOUT_CODE = (
    *("list", "tuple", "dict", "set", "frozenset", "str", "bytes", "bytearray", "range"),
    *("dict_keys", "dict_values", "dict_items", "collections.deque"),
)


class Accumulation(NamedTuple):
    """A loop that only fills a collection.

    Attributes:
        loop: the `for` or `async for`.
        addition: the `append` call, or the assignment to an item.
        collection: the name of the collection where it is added to.
        binding: what that name is.
        type: the type of the collection, always list or dict.
        key: for a dict, the key of the item; else None.
        element: what is appended, or the value of the item.
        condition: the test of the `if` around the addition.
        start: the statement before the loop, in the same block, that makes the collection anew and empty, when
            nothing between the two names it; else None.
    """

    loop: For
    addition: ast.Call | ast.Assign
    collection: ast.Name
    binding: Binding
    type: Type
    key: ast.expr | None
    element: ast.expr
    condition: ast.expr | None
    start: Start | None

    @property
    def per_turn(self) -> tuple[ast.expr, ...]:
        """The expressions that every turn evaluates, in the order of evaluation in the loop."""
        return tuple(each for each in (self.condition, self.element, self.key) if each is not None)

    @property
    def is_copy(self) -> bool:
        """Whether each turn of a plain `for` adds just its own variable."""
        target, element = self.loop.target, self.element
        if self.condition is not None or self.key is not None or isinstance(self.loop, ast.AsyncFor):
            return False
        return isinstance(target, ast.Name) and isinstance(element, ast.Name) and target.id == element.id

    @property
    def expressions(self) -> tuple[ast.expr, ...]:
        """All expressions of the loop but its target."""
        return (self.loop.iter, *self.per_turn)


# What is an accumulation


def appending(call: ast.Call, model: SemanticModel) -> Accumulation | None:
    """Return the accumulation that an `append` call makes a loop into, or None."""
    func = call.func
    if not (isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name)) or call.keywords:
        return None
    if len(call.args) != 1 or isinstance(call.args[0], ast.Starred):
        return None
    statement = model.parent(call)
    if not isinstance(statement, ast.Expr):
        return None
    return _accumulation(statement, call, func.value, None, call.args[0], model)


def item_setting(statement: ast.Assign, model: SemanticModel) -> Accumulation | None:
    """Return the accumulation that an assignment `d[key] = value` makes a loop into, or None."""
    if len(statement.targets) != 1 or not isinstance(statement.targets[0], ast.Subscript):
        return None
    target = statement.targets[0]
    if not isinstance(target.value, ast.Name) or isinstance(target.slice, (ast.Slice, ast.Starred)):
        return None
    return _accumulation(statement, statement, target.value, target.slice, statement.value, model)


def _accumulation(
    statement: ast.stmt,
    addition: ast.Call | ast.Assign,
    collection: ast.Name,
    key: ast.expr | None,
    element: ast.expr,
    model: SemanticModel,
) -> Accumulation | None:
    condition: ast.expr | None = None
    loop = model.parent(statement)
    if isinstance(loop, ast.If):
        if len(loop.body) != 1 or loop.orelse:
            return None
        condition, statement, loop = loop.test, loop, model.parent(loop)
    if not isinstance(loop, (ast.For, ast.AsyncFor)) or loop.body != [statement] or loop.orelse:
        return None
    binding = model.binding_of(collection)
    if binding is None:
        return None
    kind = "list" if key is None else "dict"
    start = _start(loop, binding, kind, model)
    if start is not None:
        because = f"assigned `{ast.unparse(start.value or start)}` at line {start.lineno}"
        known: Type | None = Type(kind, because=because)
    else:
        known = model.type_of(collection) or _type_at(loop, binding, model)
    if known is None or known.name != kind or known.optional:
        return None
    return Accumulation(loop, addition, collection, binding, known, key, element, condition, start)


def _type_at(loop: For, binding: Binding, model: SemanticModel) -> Type | None:
    """Return the type of a name that means different things in its time, from the assignment that reaches the loop."""
    reaching = reaching_assignment(loop, binding, model)
    return None if reaching is None else model.types.type_of_assignment(reaching)


def _start(loop: For, binding: Binding, kind: str, model: SemanticModel) -> Start | None:
    """Return the statement that makes the collection in the loop's block, if it can give way to a comprehension."""
    block = model.block_of(loop)
    before = block[: block.index(loop)]
    for statement in reversed(before):
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and _makes_empty(statement, binding, kind, model):
            last = statement is before[-1]
            return statement if last or is_only_read_after(statement, binding, model) else None
        if _is_named_in(statement, binding):
            return None
    return None


def _is_named_in(statement: ast.stmt, binding: Binding) -> bool:
    """Tell whether a name stands on the lines of a statement, in nested functions too."""
    last = statement.end_lineno or statement.lineno
    nodes = (*binding.uses, *(assignment.node for assignment in binding.assignments))
    return any(statement.lineno <= getattr(node, "lineno", 0) <= last for node in nodes)


def _makes_empty(statement: Start, binding: Binding, kind: str, model: SemanticModel) -> bool:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    if len(targets) != 1 or not isinstance(targets[0], ast.Name) or targets[0].id != binding.name:
        return False
    value = statement.value
    if not is_empty_display(value):
        return False
    if isinstance(value, ast.Call):
        return model.names.is_builtin(value.func, kind)
    return isinstance(value, ast.List if kind == "list" else ast.Dict)


# What is certain about it


def fits_comprehension(found: Accumulation, model: SemanticModel) -> bool:
    """Tell whether the loop's expressions mean the same in a comprehension, and nothing else needs its variables."""
    for expr in found.expressions:
        for node in ast.walk(expr):
            if isinstance(node, _NOT_IN_A_COMPREHENSION) and (
                expr is not found.loop.iter or not isinstance(node, ast.Await)
            ):
                return False
            if isinstance(node, ast.Call) and _needs_its_frame(node, model):
                return False
    return are_private(found.loop, model)


def _needs_its_frame(call: ast.Call, model: SemanticModel) -> bool:
    if isinstance(call.func, ast.Name) and call.func.id == "super" and not call.args:
        return True  # finds its class and instance in the frame, which is another one in a comprehension
    return model.qualified_name(call.func) in _LOOKS_AT_FRAMES


def may_read_itself(found: Accumulation, model: SemanticModel) -> bool:
    """Tell whether the loop may look at the collection that it fills: by name, or through code that it runs."""
    name = found.binding.name
    for part in (found.loop.target, *found.expressions):
        if any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(part)):
            return True
    if runs_other_code(found, model):
        return _is_seen_by_closures(found, model) or _has_alias(found, model)
    return not _only_names(found) and _is_seen_by_closures(found, model)


def _only_names(found: Accumulation) -> bool:
    """Tell whether no turn evaluates an operator, an attribute or the like, which are methods of some object."""
    plain = (ast.Name, ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.expr_context)
    return all(isinstance(node, plain) for expr in found.per_turn for node in ast.walk(expr))


def runs_other_code(found: Accumulation, model: SemanticModel) -> bool:
    """Tell whether the loop may run code of which nothing is known: a call, or the iteration itself."""
    effects = model.effects.effects_of(found.expressions)
    if effects.opaque_calls or effects.suspends or isinstance(found.loop, ast.AsyncFor):
        return True
    return not iterates_builtin(found, model)


def iterates_builtin(found: Accumulation, model: SemanticModel) -> bool:
    """Tell whether the iterable is a builtin container, whose iteration runs no code of the program's own."""
    known = model.type_of(found.loop.iter)
    return known is not None and not known.optional and known.name in _ITERATED_WITHOUT_CODE


def _is_seen_by_closures(found: Accumulation, model: SemanticModel) -> bool:
    """Tell whether functions or generators that may exist when the loop runs read the collection."""
    again = next(model.loops.loops_around(found.loop), None) is not None
    earlier = (
        read
        for read in found.binding.uses
        if (again or read.lineno < found.loop.lineno) and read is not found.collection
    )
    return any(model.liveness.is_read_later(read, found.binding) for read in earlier)


def _has_alias(found: Accumulation, model: SemanticModel) -> bool:
    """Tell whether the collection was stored elsewhere before the loop, or was never this function's own."""
    if found.start is not None:
        return False
    reaching = reaching_assignment(found.loop, found.binding, model)
    assignments = found.binding.assignments if reaching is None else (reaching,)
    if not all(_is_fresh(assignment, model) for assignment in assignments):
        return True
    return any(
        use.kind in _ALIASES and use.node.lineno < found.loop.lineno for use in model.uses.uses_of(found.binding)
    )


def _is_fresh(assignment: Assignment, model: SemanticModel) -> bool:
    """Tell whether an assignment gives the name an object of its own; a parameter is taken to be one."""
    if assignment.how is How.UNPACKED:
        value = _unpacked_value(assignment)
        return value is not None and model.effects.makes_new_object(value)
    if assignment.how not in (How.ASSIGNED, How.ANNOTATED, How.WALRUS) or assignment.value is None:
        return True
    several = len(getattr(assignment.statement, "targets", ())) > 1
    return not several and model.effects.makes_new_object(assignment.value)


def _unpacked_value(assignment: Assignment) -> ast.expr | None:
    """Return the element that a name of `a, b = x, y` gets, or None when the two sides do not match one to one."""
    statement, value = assignment.statement, assignment.value
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1 or not isinstance(value, ast.Tuple):
        return None
    target = statement.targets[0]
    if not isinstance(target, ast.Tuple) or len(target.elts) != len(value.elts) or assignment.node not in target.elts:
        return None
    if any(isinstance(each, ast.Starred) for each in (*target.elts, *value.elts)):
        return None
    return value.elts[target.elts.index(assignment.node)]


def is_own(found: Accumulation, model: SemanticModel) -> bool:
    """Tell whether the collection is a local object that nothing outside of the function can reach meanwhile."""
    if not found.binding.is_local or found.binding.scope is not model.scopes.scope_of(found.loop):
        return False
    if found.start is None:
        return found.type.exact and _is_own_so_far(found, model)
    return not any(
        model.liveness.is_read_later(read, found.binding) for read in found.binding.uses
    ) or is_only_read_after(found.start, found.binding, model)


def _is_own_so_far(found: Accumulation, model: SemanticModel) -> bool:
    """Tell whether the collection was surely made in this function and given to nobody before the loop."""
    reaching = reaching_assignment(found.loop, found.binding, model)
    if reaching is None or not _is_fresh(reaching, model):
        return False
    since = set(model.loops.loops_around(found.loop)) - set(model.loops.loops_around(reaching.statement))
    return not any(
        model.liveness.is_read_later(use.node, found.binding)
        or (use.kind in LEAKS and (use.node.lineno < found.loop.lineno or model.is_within(use.node, *since)))
        for use in model.uses.uses_of(found.binding)
    )


def partial_result(found: Accumulation, model: SemanticModel) -> Witness:
    """Tell who may see the half filled collection when the loop raises."""
    if _cannot_raise(found, model):
        return Witness.NONE
    home: ast.stmt | None = found.start
    if home is None:
        reaching = reaching_assignment(found.loop, found.binding, model)
        if reaching is not None and isinstance(reaching.statement, ast.stmt):
            home = reaching.statement
    return witness(found.loop, found.binding, home, model)


def _cannot_raise(found: Accumulation, model: SemanticModel) -> bool:
    known = model.type_of(found.loop.iter)
    if known is None or not known.exact or not iterates_builtin(found, model):
        return False
    if not isinstance(found.loop.target, ast.Name) or not all(map(model.raising.cannot_raise, found.per_turn)):
        return False
    if not (model.raising.cannot_raise(found.loop.iter) or _is_plain_range(found.loop.iter, model)):
        return False
    return all(_is_plain(expr, model) for expr in (found.key, found.condition) if expr is not None)


def _is_plain_range(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether an expression is `range` of one or two numbers."""
    if not (isinstance(expr, ast.Call) and model.names.is_builtin(expr.func, "range") and len(expr.args) <= 2):
        return False
    types = [model.type_of(each) for each in expr.args if model.raising.cannot_raise(each)]
    plain = [each for each in types if each is not None and each.exact and not each.optional and each.name == "int"]
    return len(plain) == len(expr.args)


def _is_plain(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether an expression is of a type whose truth and hash cannot raise."""
    known = model.type_of(expr)
    return known is not None and known.exact and known.name in ("str", "bytes", "int", "float", "bool", "NoneType")


def captures_variables(found: Accumulation, model: SemanticModel) -> bool:
    """Tell whether a closure made in the loop keeps its variables: each comprehension has variables of its own."""
    names = {name.id for name in target_names(found.loop.target) or ()}
    for expr in found.per_turn:
        for node in ast.walk(expr):
            lazy = isinstance(node, ast.Lambda) or (
                isinstance(node, ast.GeneratorExp) and not model.liveness.is_used_up_at_once(node)
            )
            if lazy and any(isinstance(each, ast.Name) and each.id in names for each in ast.walk(node)):
                return True
    return False


def recurses(found: Accumulation, model: SemanticModel) -> bool:
    """Tell whether a turn calls the function that the loop stands in, by its name or as a method of self."""
    function = model.function_of(found.loop)
    if function is None:
        return False
    calls = (node.func for expr in found.per_turn for node in ast.walk(expr) if isinstance(node, ast.Call))
    return any(ast.unparse(func) in (function.name, f"self.{function.name}", f"cls.{function.name}") for func in calls)


def keeps_order(found: Accumulation, model: SemanticModel) -> bool:
    """Tell whether it makes no difference that a dict comprehension evaluates the key before the value."""
    if found.key is None:
        return True
    effects = model.effects
    parts = (found.key, found.element)
    if any(effects.is_effect_free(each) and model.raising.cannot_raise(each) for each in parts):
        return True
    plain = (ast.Attribute, ast.Name, ast.Constant, ast.expr_context)
    return all(isinstance(node, plain) for each in parts for node in ast.walk(each))


def is_in_function(found: Accumulation, model: SemanticModel) -> bool:
    """Tell whether the loop's variables are a function's; those of a module are attributes that others may read."""
    return model.scopes.scope_of(found.loop).kind in (ScopeKind.FUNCTION, ScopeKind.LAMBDA)


def copied_dict(found: Accumulation, model: SemanticModel) -> ast.expr | None:
    """Return `other` when the loop is `for key, value in other.items(): found[key] = value` and `other` is a dict."""
    source, target = found.loop.iter, found.loop.target
    if found.condition is not None or not (isinstance(target, ast.Tuple) and isinstance(source, ast.Call)):
        return None
    names = [each.id for each in (*target.elts, found.key, found.element) if isinstance(each, ast.Name)]
    if len(names) != 4 or names[:2] != names[2:] or names[0] == names[1] or source.args or source.keywords:
        return None
    if not isinstance(source.func, ast.Attribute) or source.func.attr != "items":
        return None
    known = model.type_of(source.func.value)
    return source.func.value if known is not None and known.name == "dict" and not known.optional else None
