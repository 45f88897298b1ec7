"""Inference: what is certain about the class of an expression's value, and why.

It is small and honest. It knows literals, constructors, annotations, comprehension, known methods and functions,
functions of the module with an annotated or obvious result, `self.x` over a class, and names whose assignments all
agree. Where it is not certain the answer is None, and rules stay silent.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeVar

from perffix.semantic import facts
from perffix.semantic.annotations import AnnotationReader, also_given
from perffix.semantic.containers.contents import added_types
from perffix.semantic.operations import type_of_method_call, type_of_operation, type_of_subscript
from perffix.semantic.scopes import How
from perffix.semantic.types import Type, agree, agree_or_none, parse, same

if TYPE_CHECKING:
    from collections.abc import Callable

    from perffix.semantic.names import NameTable
    from perffix.semantic.scopes import Assignment, Binding, ScopeTable
    from perffix.semantic.uses import UseTable

K = TypeVar("K", "ast.expr", "Binding", "ast.FunctionDef")

_NOWHERE = 1_000_000
_MOST_EFFORT = 2_000  # questions asked for the sake of one; chains of assignments may be long and branch
_DEEPEST = 60
_HOLDERS = {"list": "list", "sorted": "list", "tuple": "tuple", "set": "set", "frozenset": "frozenset"}
_GROWN_IN_PLACE = ("list", "set", "dict", "collections.deque", "bytearray", "str", "bytes", "tuple")
_FILLED = ("list", "set", "collections.deque")
_DISPLAYS = {ast.ListComp: "list", ast.SetComp: "set", ast.GeneratorExp: "generator"}


class TypeTable:
    """Answers about types in one module, computed on demand and kept."""

    def __init__(self, scopes: ScopeTable, names: NameTable, uses: UseTable, parents: dict[ast.AST, ast.AST]) -> None:
        self._scopes = scopes
        self._names = names
        self._uses = uses
        self._parents = parents
        self.annotations = AnnotationReader(names)
        self._known: dict[ast.expr | Binding | ast.FunctionDef, Type | None] = {}
        # Questions being answered, outermost first, and how far out the answer in the making has looked back.
        self._asked: dict[ast.expr | Binding | ast.FunctionDef, int] = {}
        self._looked_back = _NOWHERE
        self._effort = 0
        self._assumed: dict[ast.expr | Binding | ast.FunctionDef, Type] = {}

    def type_of(self, expr: ast.expr) -> Type | None:
        """Return the type of an expression's value, or None when it is not certain."""
        return self._answer(expr, self._infer)

    def type_of_binding(self, binding: Binding) -> Type | None:
        """Return the type on which all assignments of a name or attribute agree; those of None make it optional."""
        return self._answer(binding, self._agreed)

    def _answer(self, key: K, work_out: Callable[[K], Type | None]) -> Type | None:
        """Return a kept answer or work it out; a question met again inside of itself gets what is assumed for it.

        An answer that rests on an outer question still open is not kept: it may be poorer than the final one, or
        rest on an assumption that fails.
        """
        if key in self._known:
            return self._known[key]
        if key in self._asked:
            self._looked_back = min(self._looked_back, self._asked[key])
            return self._assumed.get(key)
        depth = len(self._asked)
        self._effort = self._effort + 1 if depth else 0
        if self._effort > _MOST_EFFORT or depth > _DEEPEST:
            return None
        outer, self._looked_back = self._looked_back, _NOWHERE
        self._asked[key] = depth
        try:
            found = work_out(key)
        finally:
            del self._asked[key]
            closed = self._looked_back >= depth
            self._looked_back = outer if closed else min(outer, self._looked_back)
        if closed:
            self._known[key] = found
        return found

    def element_of(self, expr: ast.expr) -> Type | None:
        """Return the type of what iteration over an expression yields, or None."""
        known = self.type_of(expr)
        return None if known is None else known.element

    def is_plain(self, expr: ast.expr) -> bool:
        """Tell whether an expression is certainly of a builtin type itself, not of a subclass with its own methods."""
        known = self.type_of(expr)
        return known is not None and known.exact and known.name in facts.load("builtins")["types"]

    # Bindings

    def _agreed(self, binding: Binding) -> Type | None:
        given = [each for each in binding.assignments if each.how not in (How.DELETED, How.AUGMENTED)]
        types = [self.type_of_assignment(each) for each in given]
        agreed = agree([each for each in types if each is not None])
        if agreed is None:
            return None
        if None in types and not self._holds(agreed, binding, given, types):
            return None
        declared = any(each.how in (How.ANNOTATED, How.PARAMETER) for each in binding.assignments)
        if agreed.name == "dict" and not declared:
            agreed = agreed.holding(())  # what is stored later is not followed
        grown = [each for each in binding.assignments if each.how is How.AUGMENTED]
        if grown and agreed.name not in _GROWN_IN_PLACE and not self._stays_number(agreed, grown):
            return None
        if agreed.name in _FILLED and not declared:
            return agreed.holding(self._contents(binding, agreed))
        return agreed

    def _holds(self, agreed: Type, binding: Binding, given: list[Assignment], types: list[Type | None]) -> bool:
        """Tell whether the assignments of unknown type keep the type of the others, as `xs = xs[1:]` does."""
        self._assumed[binding] = agreed
        try:
            for assignment, known in zip(given, types, strict=True):
                again = self.type_of_assignment(assignment) if known is None else known
                if again is None or again.name not in (agreed.name, "NoneType"):
                    return False
        finally:
            del self._assumed[binding]
        return True

    def _contents(self, binding: Binding, made: Type) -> tuple[Type | None, ...]:
        """Return the element type of a list or set once everything that is added to it is considered."""
        added = added_types(binding, self._uses, self.type_of)
        if added is None or (not made.arguments and not self._starts_empty(binding)):
            return ()
        element = same((*made.arguments, *added))
        return (element,) if element is not None else ()

    def _starts_empty(self, binding: Binding) -> bool:
        return all(
            is_empty_display(each.value) for each in binding.assignments if each.how not in (How.AUGMENTED, How.DELETED)
        )

    def _stays_number(self, agreed: Type, grown: list[Assignment]) -> bool:
        if agreed.name != "int":
            return False
        for assignment in grown:
            statement = assignment.statement
            if not isinstance(statement, ast.AugAssign) or isinstance(statement.op, (ast.Div, ast.Pow)):
                return False
            value = self.type_of(statement.value)
            if value is None or value.name not in ("int", "bool"):
                return False
        return True

    def type_of_assignment(self, assignment: Assignment) -> Type | None:
        """Return the type of the value that one assignment gives, or None."""
        how, value = assignment.how, assignment.value
        line = getattr(assignment.node, "lineno", 0)
        found: Type | None = None
        if how is How.ANNOTATED and isinstance(assignment.statement, ast.AnnAssign):
            found = also_given(value, self._annotated(assignment.statement))
        elif how is How.PARAMETER and isinstance(assignment.node, ast.arg):
            found = also_given(value, self._parameter(assignment.node))
        elif value is None:
            return None
        elif how in (How.ASSIGNED, How.WALRUS):
            found = self.type_of(value)
        elif how is How.ITERATED:
            found = self.element_of(value)
        elif how in (How.UNPACKED, How.ITERATED_UNPACKED):
            found = self._unpacked(assignment)
        if found is None or "line" in found.because:
            return found
        return found.but(because=f"{_phrase(how, value)} at line {line}")

    def _annotated(self, statement: ast.AnnAssign) -> Type | None:
        declared = self.annotations.type_of(statement.annotation)
        if statement.value is None or declared is None:
            return declared
        value = self.type_of(statement.value)
        if value is not None and value.name == declared.name:
            return declared.but(exact=value.exact)
        return declared

    def _parameter(self, parameter: ast.arg) -> Type | None:
        arguments = self._parents[parameter]
        assert isinstance(arguments, ast.arguments)
        inner = None if parameter.annotation is None else self.annotations.type_of(parameter.annotation)
        if parameter is arguments.vararg:
            return Type("tuple", (inner,), homogeneous=True, because=f"`*{parameter.arg}`, line {parameter.lineno}")
        if parameter is arguments.kwarg:
            return Type("dict", (Type("str"), inner), because=f"`**{parameter.arg}`, line {parameter.lineno}")
        return inner

    def _unpacked(self, assignment: Assignment) -> Type | None:
        value = assignment.value
        assert value is not None
        whole = self.element_of(value) if assignment.how is How.ITERATED_UNPACKED else self.type_of(value)
        path: list[int] = []
        child, parent = assignment.node, self._parents[assignment.node]
        while isinstance(parent, (ast.Tuple, ast.List)):
            if any(isinstance(each, ast.Starred) for each in parent.elts):
                return None
            path.append(parent.elts.index(child))  # type: ignore[arg-type]
            child, parent = parent, self._parents[parent]
        if isinstance(parent, ast.Starred):
            return None
        for index in reversed(path):
            if whole is None:
                return None
            if whole.name == "tuple" and not whole.homogeneous:
                whole = whole.arguments[index] if index < len(whole.arguments) else None
            else:
                whole = whole.element
        return whole

    # Expressions

    def _infer(self, expr: ast.expr) -> Type | None:
        if isinstance(expr, ast.Constant):
            return None if expr.value is Ellipsis else Type(type(expr.value).__name__)
        if isinstance(expr, ast.JoinedStr):
            return Type("str")
        if isinstance(expr, (ast.Name, ast.Attribute)):
            return self._infer_named(expr)
        if isinstance(expr, (ast.List, ast.Set, ast.Tuple)):
            return self._infer_display(expr)
        if isinstance(expr, (ast.Dict, ast.DictComp)):
            return self._infer_dict(expr)
        if isinstance(expr, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
            element = self.type_of(expr.elt)
            return Type(_DISPLAYS[type(expr)], (element,) if element else ())
        if isinstance(expr, ast.Call):
            return self._infer_call(expr)
        return self._infer_operation(expr)

    def _infer_named(self, expr: ast.Name | ast.Attribute) -> Type | None:
        in_scopes = self._scopes
        binding = in_scopes.binding_of(expr) if isinstance(expr, ast.Name) else in_scopes.field_of(expr)
        if binding is not None and binding.assignments:
            found = self.type_of_binding(binding)
            if found is not None:
                return found
        name = self._names.qualified_name(expr)
        if name is None or name.startswith("builtins."):
            return None
        return parse(facts.load("library")["returns"].get(name, "")) if name.rpartition(".")[2].islower() else None

    def _infer_display(self, expr: ast.List | ast.Set | ast.Tuple) -> Type | None:
        name = type(expr).__name__.lower()
        if any(isinstance(each, ast.Starred) for each in expr.elts):
            return Type(name, (None,), homogeneous=True) if name == "tuple" else Type(name)
        elements = tuple(self.type_of(each) for each in expr.elts)
        if name == "tuple":
            return Type(name, elements)
        element = same(elements)
        return Type(name, (element,) if element else ())

    def _infer_dict(self, expr: ast.Dict | ast.DictComp) -> Type | None:
        if isinstance(expr, ast.DictComp):
            return Type("dict", (self.type_of(expr.key), self.type_of(expr.value)))
        if not expr.keys or None in expr.keys:
            return Type("dict")
        key = same(tuple(self.type_of(each) for each in expr.keys if each is not None))
        return Type("dict", (key, same(tuple(self.type_of(each) for each in expr.values))))

    def _infer_operation(self, expr: ast.expr) -> Type | None:
        if isinstance(expr, ast.BinOp):
            return self._infer_binary(expr)
        if isinstance(expr, ast.BoolOp):
            return agree_or_none([self.type_of(each) for each in expr.values])
        if isinstance(expr, ast.IfExp):
            return agree_or_none([self.type_of(expr.body), self.type_of(expr.orelse)])
        if isinstance(expr, ast.UnaryOp):
            if isinstance(expr.op, ast.Not):
                return Type("bool")
            operand = self.type_of(expr.operand)
            return Type("int") if operand is not None and operand.name in ("int", "bool") else None
        if isinstance(expr, ast.Subscript):
            whole = self.type_of(expr.value)
            return None if whole is None else type_of_subscript(whole, expr.slice)
        if isinstance(expr, ast.NamedExpr):
            return self.type_of(expr.value)
        if isinstance(expr, ast.Compare) and all(
            isinstance(op, (ast.In, ast.NotIn, ast.Is, ast.IsNot)) for op in expr.ops
        ):
            return Type("bool")
        return None

    def _infer_binary(self, expr: ast.BinOp) -> Type | None:
        left = self.type_of(expr.left)
        if left is None:
            return None
        if isinstance(expr.op, ast.Mod) and left.name in ("str", "bytes"):
            return left.but(because="")
        right = self.type_of(expr.right)
        return None if right is None else type_of_operation(left, expr.op, right)

    # Calls

    def _infer_call(self, call: ast.Call) -> Type | None:
        name = self._names.qualified_name(call.func)
        if name is not None and name.startswith("builtins.") and name.count(".") == 1:
            return self._infer_builtin(name.removeprefix("builtins."), call)
        if name is not None:
            known = parse(facts.load("library")["returns"].get(name, ""))
            if known is not None:
                return known
        if isinstance(call.func, ast.Attribute):
            receiver = self.type_of(call.func.value)
            found = None if receiver is None else type_of_method_call(receiver, call.func.attr)
            if found is not None:
                return found
        return self._infer_defined(call)

    def _infer_builtin(self, name: str, call: ast.Call) -> Type | None:
        if name in _HOLDERS:
            element = self.element_of(call.args[0]) if call.args else None
            arguments = (element,) if element is not None else ()
            return Type(_HOLDERS[name], arguments or ((None,) if name == "tuple" else ()), homogeneous=name == "tuple")
        if name == "enumerate" and call.args:
            return Type("enumerate", (Type("tuple", (Type("int"), self.element_of(call.args[0]))),))
        if name == "zip":
            return Type("zip", (Type("tuple", tuple(self.element_of(each) for each in call.args)),))
        if name in ("reversed", "iter") and len(call.args) == 1:
            element = self.element_of(call.args[0])
            return Type("iterator", (element,) if element else ())
        return parse(facts.load("builtins")["functions"]["returns"].get(name, ""))

    def _infer_defined(self, call: ast.Call) -> Type | None:
        method = self._names.method_of_self(call.func)
        definition = self._names.definition_of(call.func) or method
        if isinstance(definition, ast.ClassDef):
            return None if definition.decorator_list or definition.keywords else Type(f".{definition.name}")
        if not isinstance(definition, ast.FunctionDef) or definition.decorator_list:
            return None
        if definition.returns is not None:
            declared = self.annotations.type_of(definition.returns)
            return declared and declared.but(because=f"`{definition.name}()` returns it, line {definition.lineno}")
        found = self._answer(definition, self._returned)
        return found and found.but(exact=found.exact and definition is not method)  # a subclass may override it

    def _returned(self, definition: ast.FunctionDef) -> Type | None:
        scope = self._scopes.scope_of(definition.body[0])
        if scope.yields:
            return None
        values = [Type("NoneType") if each.value is None else self.type_of(each.value) for each in scope.returns]
        if not values or not isinstance(definition.body[-1], (ast.Return, ast.Raise)):
            return None  # it may fall off its end
        found = agree_or_none(values)
        return found and found.but(because=f"`{definition.name}()` returns it, line {definition.lineno}")


def is_empty_display(expr: ast.expr | None) -> bool:
    """Tell whether an expression is written as an empty container: `[]`, `()`, `{}`, or a call without arguments."""
    if isinstance(expr, (ast.List, ast.Tuple)):
        return not expr.elts
    if isinstance(expr, ast.Dict):
        return not expr.keys
    return isinstance(expr, ast.Call) and not expr.args and not expr.keywords


def _phrase(how: How, value: ast.expr | None) -> str:
    if how in (How.PARAMETER, How.ANNOTATED):
        return "annotated so"
    if how in (How.ITERATED, How.ITERATED_UNPACKED):
        return "a loop variable"
    if isinstance(value, (ast.List, ast.Dict, ast.Tuple)) and not getattr(value, "elts", getattr(value, "keys", ())):
        return f"assigned `{ast.unparse(value)}`"
    if isinstance(value, ast.Constant) and value.value == "":
        return 'assigned `""`'
    return "assigned"
