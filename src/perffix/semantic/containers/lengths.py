"""Lengths: which lists are known to hold only a few elements, so that nothing done to them can be slow."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.loops import FEW, constant_int, own_nodes
from perffix.semantic.places import block_of, is_within
from perffix.semantic.scopes import How
from perffix.semantic.uses import UseKind

if TYPE_CHECKING:
    from perffix.semantic.loops import Loop
    from perffix.semantic.names import NameTable
    from perffix.semantic.scopes import Assignment, Binding, ScopeTable
    from perffix.semantic.uses import Use, UseTable

SMALL = 100  # up to so many elements moving them all costs no more than a call
_DEPTH = 4  # how many names are followed
_COMMAND_LINE = ("argv", "args", "sys_args", "cmd_args", "arguments")  # parameters called so hold what somebody typed
_SHORT_RESULTS = ("shlex.split", "sys.argv", "sys.path", "os.path.split", "os.path.splitext")
_GROWING_METHODS = ("append", "extend", "insert", "__setitem__")
_DICT_WRITES = ("setdefault", "update", "__setitem__", "__ior__")
_VIEWS = ("items", "keys", "values")
_COPIES = ("list", "sorted", "reversed", "tuple", "map", "filter")


class LengthTable:
    """Answers about the number of elements of lists and tuples in one module."""

    def __init__(self, parents: dict[ast.AST, ast.AST], scopes: ScopeTable, names: NameTable, uses: UseTable) -> None:
        self._parents = parents
        self._scopes = scopes
        self._names = names
        self._uses = uses

    def stays_short(self, expr: ast.expr) -> bool:
        """Tell whether a list is known to be short whenever it is read here: made so, and never added to."""
        return self._is_short(expr, _DEPTH)

    def limits(self, loop: Loop) -> bool:
        """Tell whether a loop goes over a short list, a number's digits or a path's parts, or drains a short list."""
        if not isinstance(loop, ast.While):
            return self.stays_short(loop.iter)
        test = loop.test
        if self._shrinks_fast(loop):
            return True
        if isinstance(test, ast.Compare) and isinstance(test.left, ast.Call) and test.left.args:
            test = test.left.args[0] if self._names.is_builtin(test.left.func, "len") else test
        return isinstance(test, (ast.Name, ast.Attribute)) and self.stays_short(test)

    def _shrinks_fast(self, loop: ast.While) -> bool:
        """Tell whether a loop tests a number or path that each turn divides: it turns once for each digit or part."""
        tested = {node.id for node in ast.walk(loop.test) if isinstance(node, ast.Name)}
        for node in own_nodes(loop.body):
            if isinstance(node, ast.AugAssign):
                targets: list[ast.expr] = [node.target]
                divided = isinstance(node.op, (ast.FloorDiv, ast.RShift))
            elif isinstance(node, ast.Assign):
                targets, divided = node.targets, self._divides(node.value)
            else:
                continue
            names = {each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)}
            if divided and names & tested:
                return True
        return False

    def _divides(self, value: ast.expr) -> bool:
        if isinstance(value, ast.BinOp):
            return isinstance(value.op, (ast.FloorDiv, ast.RShift))
        if not isinstance(value, ast.Call):
            return False
        return self._names.is_builtin(value.func, "divmod") or (
            self._names.qualified_name(value.func) in ("os.path.split", "os.path.dirname")
        )

    def starts_short(self, binding: Binding) -> bool:
        """Tell whether every value that a name or attribute is given is a short list, whatever is added later."""
        return self._starts_short(binding, _DEPTH)

    def is_added_to(self, binding: Binding) -> bool:
        """Tell whether the module adds elements to the list behind a name, in place: many, or one in a loop."""
        if any(assignment.how is How.AUGMENTED for assignment in binding.assignments):
            return True
        return any(self._adds(use, binding) for use in self._uses.uses_of(binding))

    def _adds(self, use: Use, binding: Binding) -> bool:
        if use.kind is UseKind.SLICE_WRITE:
            return True
        if use.kind is not UseKind.METHOD or use.detail not in _GROWING_METHODS:
            return False
        return use.detail == "extend" or not binding.is_local or binding.outside or self._is_in_loop(use.node)

    def _may_get_items(self, binding: Binding) -> bool:
        """Tell whether the dict behind a name may become longer: items are set, or other code gets it."""
        return not binding.is_local or any(
            use.kind in (UseKind.INDEX_WRITE, UseKind.PASSED, UseKind.STORED, UseKind.ATTRIBUTE, UseKind.OTHER)
            or (use.kind is UseKind.METHOD and use.detail in _DICT_WRITES)
            for use in self._uses.uses_of(binding)
        )

    def _is_in_loop(self, node: ast.AST) -> bool:
        parent = self._parents.get(node)
        while parent is not None and not isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if isinstance(parent, (ast.For, ast.AsyncFor, ast.While)):
                return True
            parent = self._parents.get(parent)
        return False

    def is_capped_at(self, node: ast.AST, binding: Binding) -> bool:
        """Tell whether a node runs under `if len(xs) > N` with a small constant N, as one that keeps a list short."""
        child, parent = node, self._parents.get(node)
        while parent is not None and not isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            guards = isinstance(parent, (ast.If, ast.While)) and child in parent.body
            if guards and not (isinstance(parent, ast.While) and len(parent.body) > 1):  # that one drains the list
                for test in ast.walk(parent.test):  # type: ignore[attr-defined]
                    if isinstance(test, ast.Compare) and self._is_cap(test, binding):
                        return True
            child, parent = parent, self._parents.get(parent)
        return False

    def is_checked_short(self, node: ast.AST, binding: Binding) -> bool:
        """Tell whether a node runs only after a test has found a list to hold a few elements, and nothing adds any.

        That is `len(xs) == 3 and ...`, `if len(xs) < 5: ...`, and what follows `if len(xs) > 2: raise ...`.
        """
        child, parent = node, self._parents.get(node)
        while parent is not None and not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            if isinstance(parent, ast.BoolOp) and isinstance(parent.op, ast.And):
                before: list[ast.expr] = parent.values[: parent.values.index(child)]  # type: ignore[arg-type]
                if any(self._finds_short(test, binding, True) for test in before):
                    return True
            elif isinstance(parent, ast.IfExp) and child is parent.body:
                if self._finds_short(parent.test, binding, True):
                    return True
            elif isinstance(child, ast.stmt):
                block = block_of(child, self._parents)
                if self._is_entered_short(parent, block, node, binding) or self._is_left_long(block, child, binding):
                    return True
            child, parent = parent, self._parents.get(parent)
        return False

    def _is_entered_short(self, parent: ast.AST, block: list[ast.stmt], node: ast.AST, binding: Binding) -> bool:
        """Tell whether a block is the branch of a list that was found short, and adds nothing but at a node of it."""
        if not isinstance(parent, ast.If) or not self._finds_short(parent.test, binding, block is parent.body):
            return False
        return not any(self._grows_in(each, binding) for each in block if getattr(each, "value", None) is not node)

    def _is_left_long(self, block: list[ast.stmt], statement: ast.stmt, binding: Binding) -> bool:
        """Tell whether a block is left before a statement where the list was not found short."""
        before = block[: block.index(statement)]
        for index, guard in enumerate(before):
            if (
                isinstance(guard, ast.If)
                and isinstance(guard.body[-1], (ast.Return, ast.Raise, ast.Continue, ast.Break))
                and self._finds_short(guard.test, binding, False)
            ):
                return not any(self._grows_in(each, binding) for each in block[index + 1 :])
        return False

    def _grows_in(self, statement: ast.stmt, binding: Binding) -> bool:
        """Tell whether a statement adds to a list in any way, or gives its name another value."""
        if any(is_within(each.node, (statement,), self._parents) for each in binding.assignments):
            return True
        return any(
            use.kind is UseKind.SLICE_WRITE or (use.kind is UseKind.METHOD and use.detail in _GROWING_METHODS)
            for use in self._uses.uses_of(binding)
            if is_within(use.node, (statement,), self._parents)
        )

    def _finds_short(self, test: ast.expr, binding: Binding, outcome: bool) -> bool:
        """Tell whether a list holds `FEW` elements at most when a test has this outcome."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return self._finds_short(test.operand, binding, not outcome)
        if isinstance(test, ast.BoolOp):
            decides = isinstance(test.op, ast.And) is outcome
            return decides and any(self._finds_short(each, binding, outcome) for each in test.values)
        if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not self._is_length(test.left, binding):
            return False
        limit = self._constant(test.comparators[0])
        if limit is None:
            return False
        closed, opened = ((ast.Eq, ast.LtE), ast.Lt) if outcome else ((ast.NotEq, ast.Gt), ast.GtE)
        return (isinstance(test.ops[0], closed) and limit <= FEW) or (
            isinstance(test.ops[0], opened) and limit - 1 <= FEW
        )

    def _is_length(self, expr: ast.expr, binding: Binding) -> bool:
        """Tell whether an expression is `len(xs)`."""
        if not isinstance(expr, ast.Call) or len(expr.args) != 1 or not self._names.is_builtin(expr.func, "len"):
            return False
        return self._binding_of(expr.args[0]) is binding

    def _is_cap(self, test: ast.Compare, binding: Binding) -> bool:
        if len(test.ops) != 1 or not isinstance(test.ops[0], (ast.Gt, ast.GtE, ast.Eq)):
            return False
        limit = self._constant(test.comparators[0])
        return limit is not None and 1 < limit <= SMALL and self._is_length(test.left, binding)

    def _constant(self, expr: ast.expr) -> int | None:
        binding = self._binding_of(expr)
        if binding is not None and binding.single is not None and binding.single.value is not None:
            expr = binding.single.value
        return constant_int(expr)

    def _binding_of(self, expr: ast.expr) -> Binding | None:
        if isinstance(expr, ast.Name):
            return self._scopes.binding_of(expr)
        return self._scopes.field_of(expr) if isinstance(expr, ast.Attribute) else None

    def _starts_short(self, binding: Binding, depth: int) -> bool:
        given = [each for each in binding.assignments if each.how not in (How.AUGMENTED, How.DELETED)]
        if any(isinstance(each.value, (ast.Dict, ast.DictComp)) for each in given) and self._may_get_items(binding):
            return False
        made = [each for each in given if not self._only_thins_out(each, binding)]
        return bool(made) and all(self._is_short_assignment(each, depth) for each in made)

    def _only_thins_out(self, assignment: Assignment, binding: Binding) -> bool:
        """Tell whether an assignment is `xs = [x for x in xs if ...]`, which makes nothing longer."""
        iterated = _iterated(assignment.value)
        return iterated is not None and self._binding_of(iterated) is binding

    def _is_short_assignment(self, assignment: Assignment, depth: int) -> bool:
        if assignment.how is How.PARAMETER:
            return isinstance(assignment.node, ast.arg) and assignment.node.arg in _COMMAND_LINE
        if assignment.how is How.UNPACKED:
            part = _unpacked_part(assignment)
            return part is not None and self._is_short(part, depth)
        if assignment.how not in (How.ASSIGNED, How.ANNOTATED, How.WALRUS) or assignment.value is None:
            return False
        return self._is_short(assignment.value, depth)

    def _is_short(self, expr: ast.expr, depth: int) -> bool:
        if isinstance(expr, (ast.List, ast.Tuple)):
            return len(expr.elts) <= FEW and not any(isinstance(each, ast.Starred) for each in expr.elts)
        if isinstance(expr, ast.Dict):
            return len(expr.keys) <= FEW and None not in expr.keys
        if (iterated := _iterated(expr)) is not None:
            return self._is_short(iterated, depth)
        if isinstance(expr, ast.Constant):
            return expr.value is None  # the other half of an optional list
        if isinstance(expr, ast.Subscript):
            return isinstance(expr.slice, ast.Slice) and self._is_short(expr.value, depth)
        if isinstance(expr, ast.BinOp):
            return isinstance(expr.op, ast.Add) and all(self._is_short(each, depth) for each in (expr.left, expr.right))
        if isinstance(expr, ast.IfExp):
            return self._is_short(expr.body, depth) and self._is_short(expr.orelse, depth)
        if isinstance(expr, ast.BoolOp):
            return all(self._is_short(each, depth) for each in expr.values)
        if isinstance(expr, ast.Call):
            return self._is_short_call(expr, depth)
        return self._is_short_name(expr, depth)

    def _is_short_name(self, expr: ast.expr, depth: int) -> bool:
        if self._names.qualified_name(expr) in _SHORT_RESULTS:
            return True
        binding = self._binding_of(expr)
        if binding is None or depth == 0 or self.is_added_to(binding):
            return False
        return self._starts_short(binding, depth - 1)

    def _is_short_call(self, call: ast.Call, depth: int) -> bool:
        name = self._names.qualified_name(call.func)
        if name in _SHORT_RESULTS:
            return True
        if name == "re.split":  # takes apart whole texts more often than lines
            return any(_is_named_line(each) for each in (*call.args[1:2], *(given.value for given in call.keywords)))
        if self._names.is_builtin(call.func, *_COPIES):
            return all(self._is_short(each, depth) for each in call.args[-1:])
        if not isinstance(call.func, ast.Attribute):
            return False
        if call.func.attr == "copy" or (call.func.attr in _VIEWS and not call.args):
            return self._is_short(call.func.value, depth)
        return call.func.attr in ("split", "rsplit") and _splits_one_line(call)


def _iterated(expr: ast.expr | None) -> ast.expr | None:
    """Return what a comprehension goes over that makes at most one element of each; of a view, its dict."""
    if not isinstance(expr, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)) or len(expr.generators) > 1:
        return None
    over = expr.generators[0].iter
    if isinstance(over, ast.Call) and isinstance(over.func, ast.Attribute) and over.func.attr in _VIEWS:
        return over.func.value
    return over


def _unpacked_part(assignment: Assignment) -> ast.expr | None:
    """Return `y` for the name `b` of `a, b = x, y`."""
    statement, value = assignment.statement, assignment.value
    if not isinstance(statement, ast.Assign) or not isinstance(value, ast.Tuple):
        return None
    for target in statement.targets:
        if isinstance(target, ast.Tuple) and len(target.elts) == len(value.elts) and assignment.node in target.elts:
            return value.elts[target.elts.index(assignment.node)]
    return None


def _splits_one_line(call: ast.Call) -> bool:
    """Tell whether `text.split(...)` cuts up something like a line or a path rather than a whole file."""
    assert isinstance(call.func, ast.Attribute)
    text = call.func.value
    if isinstance(text, ast.Call) and isinstance(text.func, ast.Attribute) and text.func.attr in ("read", "read_text"):
        return False
    return not any(
        isinstance(argument, ast.Constant) and isinstance(argument.value, (str, bytes)) and _is_line_end(argument.value)
        for argument in (*call.args, *(keyword.value for keyword in call.keywords))
    )


def _is_named_line(expr: ast.expr) -> bool:
    return any(isinstance(node, ast.Name) and "line" in node.id for node in ast.walk(expr))


def _is_line_end(separator: str | bytes) -> bool:
    return b"\n" in separator if isinstance(separator, bytes) else "\n" in separator
