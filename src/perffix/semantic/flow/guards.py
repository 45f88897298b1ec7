"""Guards: tests that let only harmless values pass.

A test on an allow-list, a comparison with a value of the program, a match of a closed class of characters, a check
that a path stays in its folder or a URL on its host, and functions that are named for such checks.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.flow.elsewhere import is_from_elsewhere, leaves_if_true
from perffix.semantic.flow.flags import is_flag_of_elements
from perffix.semantic.flow.folding import UNKNOWN, fold
from perffix.semantic.flow.harmless import cleaners_of
from perffix.semantic.flow.patterns import beginning_without, keeps_out, takes_each
from perffix.semantic.flow.subjects import Subject, made_from
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perffix.semantic.model import SemanticModel

_ALPHABET_TESTS = ("isdigit", "isalnum", "isalpha", "isdecimal", "isnumeric", "isidentifier")
_LOOKING_AT_DISK = ("os.path.isfile", "os.path.isdir", "os.path.exists")
_SAMENESS = (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)
_DEPTH = 4
_LONG = 16  # characters of a name that nobody gives to a folder by chance


class Guard(NamedTuple):
    """Judges tests on one subject for one kind of sink.

    Attributes:
        subject: what the tests are asked about.
        is_input: tells whether an expression holds input itself; what a value is compared with must not.
        holds: tells whether an expression is surely true where the subject is used.
    """

    subject: Subject
    is_input: Callable[[ast.expr], bool]
    holds: Callable[[ast.expr], bool] = lambda expr: False

    @property
    def model(self) -> SemanticModel:
        """The module."""
        return self.subject.model

    @property
    def kind(self) -> str:
        """The kind of sink."""
        return self.subject.kind

    def cleans(self, test: ast.expr, outcome: bool, depth: int = _DEPTH) -> bool:
        """Tell whether the subject is harmless wherever a test came out so."""
        if not outcome and self.subject.is_value(test):
            return True  # nothing is in what is empty
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return self.cleans(test.operand, not outcome, depth)
        if isinstance(test, ast.BoolOp):
            if isinstance(test.op, ast.And) is outcome and self._stays_local(test.values, outcome):
                return True
            if isinstance(test.op, ast.And) is outcome:
                return any(self.cleans(each, outcome, depth) for each in test.values)
            # Of `a and b`, when it was false although `a` is known to hold, `b` is what was false.
            open_ones = [each for each in test.values if outcome or not self.holds(each)]
            return bool(open_ones) and all(self.cleans(each, outcome, depth) for each in open_ones)
        if isinstance(test, ast.NamedExpr):
            return self.cleans(test.value, outcome, depth)
        if isinstance(test, ast.Compare):
            return self._comparison(test, outcome)
        if isinstance(test, ast.Call):
            return self._call(test, outcome, depth) or (outcome and self._finds(test))
        if isinstance(test, ast.Name):
            return self._named(test, outcome, depth)
        if isinstance(test, ast.Attribute) and self.kind in ("url", "redirect"):
            return not outcome and self.subject.has_host(test)
        return False

    def _stays_local(self, tests: list[ast.expr], outcome: bool) -> bool:
        """Tell whether tests together say that a target begins with one slash: a place on the same host."""
        if self.kind != "redirect":
            return False
        slash = double = False
        for test in tests:
            is_negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
            call = test.operand if isinstance(test, ast.UnaryOp) else test
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or len(call.args) != 1:
                continue
            if call.func.attr == "startswith" and self.subject.is_value(call.func.value):
                holds = outcome is not is_negated
                prefix = fold(call.args[0], self.model)
                slash = slash or (holds and prefix == "/")
                double = double or (not holds and (prefix == "//" or (isinstance(prefix, tuple) and "//" in prefix)))
        return slash and double

    # Kinds of tests

    def _named(self, test: ast.Name, outcome: bool, depth: int) -> bool:
        """Judge a test whose result got a name first: `ok = re.fullmatch(...)`."""
        made = made_from(test, self.model)
        if made is not None and outcome and self._finds(made):
            return True
        if made is None and outcome:
            return is_flag_of_elements(test, self.model, self.subject.is_shown_by, self._admits)
        if made is None or depth == 0 or not isinstance(made, (ast.Call, ast.Compare, ast.BoolOp, ast.UnaryOp)):
            return False
        return self.cleans(made, outcome, depth - 1)

    def _admits(self, test: ast.expr, is_subject: Callable[[ast.expr], bool]) -> bool:
        """Tell whether only harmless values of another subject come past a test that leads elsewhere."""
        return self._replace(subject=self.subject._replace(is_value=is_subject)).cleans(test, False)

    def _finds(self, expr: ast.expr) -> bool:
        """Tell whether an expression looks the subject up among what the program knows: `TABLE.get(name)`."""
        if isinstance(expr, ast.Await):
            return self._finds(expr.value)
        if isinstance(expr, ast.Subscript):
            return self.subject.is_shown_by(expr.slice) and not self.is_input(expr.value)
        if not isinstance(expr, ast.Call) or not any(self.subject.is_shown_by(each) for each in expr.args):
            return False
        func = expr.func
        if isinstance(func, ast.Attribute) and func.attr == "get":
            return len(expr.args) == 1 and not self.is_input(func.value)
        name = last_name(func)
        return re.match(r"_?(async_)?(get|find|lookup|resolve)_(?!safe|full|abs|file_?name|path)", name) is not None

    def _comparison(self, test: ast.Compare, outcome: bool) -> bool:
        if len(test.ops) != 1:
            return False
        left, operator, right = test.left, test.ops[0], test.comparators[0]
        if isinstance(operator, (ast.IsNot, ast.NotEq)) and _is_nothing(right):
            return self.cleans(left, outcome)
        if isinstance(operator, (ast.Is, ast.Eq)) and _is_nothing(right):
            return self.cleans(left, not outcome)
        if isinstance(right, ast.Constant) and isinstance(right.value, bool) and isinstance(operator, _SAMENESS):
            # `if check(x) is False:` asks the same as `if not check(x):`
            return self.cleans(left, outcome is (right.value is isinstance(operator, (ast.Is, ast.Eq))))
        equal = isinstance(operator, (ast.In, ast.Eq, ast.Is)) is outcome
        if isinstance(operator, (ast.In, ast.NotIn)) and self.subject.is_shown_by(right):
            return self._is_contained(left, equal)
        if isinstance(operator, (ast.In, ast.NotIn)) and not equal and self.subject.has_segments(right):
            return bool(fold(left, self.model) == "..")
        if isinstance(operator, (ast.In, ast.NotIn)) and not equal and self.subject.is_inside_of_quotes(right):
            return fold(left, self.model) in ("'", '"')
        if isinstance(operator, (ast.LtE, ast.Lt)) and outcome:
            return isinstance(left, ast.Call) and self.subject.is_shown_by(left) and not self.is_input(right)
        if not isinstance(operator, (ast.In, ast.NotIn, ast.Eq, ast.NotEq)) or not equal:
            return False
        if self.subject.is_shown_by(left) and not _is_index_test(left):
            return not self.is_input(right)
        if self.subject.is_shown_by(right) and not isinstance(operator, (ast.In, ast.NotIn)):
            return not self.is_input(left)
        return self.kind in ("url", "redirect") and self.subject.has_named_host(left)

    def _is_contained(self, part: ast.expr, contained: bool) -> bool:
        """Judge `part in subject`: what is known not to hold a part, or a path that has a folder among its parents."""
        if contained:
            return self.kind == "path" and not isinstance(part, ast.Constant) and not self.is_input(part)
        value = fold(part, self.model)
        if value is UNKNOWN:
            return self.kind == "path" and self.model.qualified_name(part) in ("os.sep", "os.path.sep", "os.pardir")
        return value in cleaners_of(self.kind).without

    def _call(self, test: ast.Call, outcome: bool, depth: int) -> bool:
        func = test.func
        name = self.model.qualified_name(func) or ""
        if name in ("re.fullmatch", "re.match", "re.search") and len(test.args) >= 2:
            if not self.subject.is_shown_by(test.args[1]):
                return False
            return self._matches(fold(test.args[0], self.model), name.rpartition(".")[2], outcome)
        if name in ("builtins.any", "builtins.all") and len(test.args) == 1:
            return self._every(name.rpartition(".")[2], test.args[0], outcome)
        if name == "builtins.bool" and len(test.args) == 1:
            return self.cleans(test.args[0], outcome, depth)
        if name == "builtins.isinstance" and len(test.args) == 2 and self.subject.is_value(test.args[0]):
            return outcome and self._are_harmless_types(test.args[1])
        if self.kind == "html" and name in _LOOKING_AT_DISK and any(map(self.subject.is_shown_by, test.args)):
            return outcome  # it is the name of a file that is there
        if isinstance(func, ast.Attribute):
            found = self._method(func, test, outcome)
            if found is not None:
                return found
        return self._checked_by_name(test, name, outcome, depth)

    def _are_harmless_types(self, expr: ast.expr) -> bool:
        types = expr.elts if isinstance(expr, ast.Tuple) else [expr]
        names = [(self.model.qualified_name(each) or "").removeprefix("builtins.") for each in types]
        return all(name in cleaners_of(self.kind).types for name in names)

    def _method(self, func: ast.Attribute, test: ast.Call, outcome: bool) -> bool | None:
        """Judge `subject.method(...)` and `pattern.fullmatch(subject)`; None when it is neither."""
        if func.attr in _ALPHABET_TESTS and self.subject.is_shown_by(func.value):
            return outcome
        if func.attr in ("fullmatch", "match", "search") and test.args and self.subject.is_shown_by(test.args[0]):
            return self._matches(self._compiled(func.value), func.attr, outcome)
        if func.attr == "is_relative_to" and self.subject.is_shown_by(func.value):
            return outcome and self.kind == "path" and not self._is_unresolved(func.value)
        if func.attr == "startswith" and test.args and self.subject.is_shown_by(func.value):
            return outcome and self._begins_well(test.args[0], func.value)
        if func.attr in ("issubset", "isdisjoint") and self.subject.is_shown_by(func.value):
            return outcome
        if func.attr == "issuperset" and test.args and self.subject.is_shown_by(test.args[0]):
            return outcome
        if func.attr in ("is_absolute",) and self.subject.is_shown_by(func.value):
            return False
        return None

    def _begins_well(self, prefix: ast.expr, tested: ast.expr) -> bool:
        """Tell whether a value that begins so is harmless: a path in a folder, a URL of a known host."""
        if self.kind == "path":
            root = isinstance(prefix, ast.Constant) and prefix.value in ("/", ".")
            return not root and not self.is_input(prefix) and not self._is_unresolved(tested)
        if self.kind not in ("url", "redirect"):
            return False
        value = fold(prefix, self.model)
        if value is UNKNOWN:
            return not self.is_input(prefix)
        prefixes = value if isinstance(value, tuple) else (value,)
        return all(isinstance(each, str) and re.match(r"(?i)https?://[^/]+/|/[^/\\]", each) for each in prefixes)

    def _is_unresolved(self, tested: ast.expr) -> bool:
        """Tell whether a path was only put together: `base/../..` begins with `base`."""
        made = made_from(tested, self.model) or tested
        if isinstance(made, ast.Call):
            name = self.model.qualified_name(made.func)
            if name in ("builtins.str", "os.fspath") and len(made.args) == 1:
                return self._is_unresolved(made.args[0])
            return name in ("os.path.join", "pathlib.Path")
        return isinstance(made, (ast.BinOp, ast.JoinedStr))

    def _compiled(self, expr: ast.expr) -> object:
        """Return the pattern text of a compiled expression."""
        made = made_from(expr, self.model) or expr
        if isinstance(expr, ast.Attribute):
            single = self.model.single_of(expr)
            made = single.value if single is not None and single.value is not None else expr
        if isinstance(made, ast.Call) and self.model.qualified_name(made.func) == "re.compile" and made.args:
            return fold(made.args[0], self.model)
        return UNKNOWN

    def _matches(self, pattern: object, function: str, outcome: bool) -> bool:
        if not isinstance(pattern, str):
            return outcome and pattern is UNKNOWN  # a pattern that is not seen may be as strict as need be
        if outcome and self.kind == "path" and function != "search" and beginning_without(pattern, "/\\.") >= _LONG:
            return True  # no folder is called so: what stands behind it leads nowhere
        if outcome:
            return cleaners_of(self.kind).is_kept_out(lambda each: keeps_out(pattern, each, function))
        if function != "search":
            return False
        # `if re.search(r"[^a-z]", name): abort()`: what is not found is not in the text.
        return cleaners_of(self.kind).is_kept_out(lambda each: takes_each(pattern, each))

    def _every(self, function: str, items: ast.expr, outcome: bool) -> bool:
        """Judge `all(c in ALLOWED for c in subject)` and `any(bad in subject for bad in BAD)`."""
        if not isinstance(items, (ast.GeneratorExp, ast.ListComp)) or len(items.generators) != 1:
            return False
        looped = items.generators[0]
        mentions = any(isinstance(each, ast.expr) and self.subject.is_value(each) for each in ast.walk(items))
        if function == "all" and outcome and self.subject.is_shown_by(looped.iter):
            return True
        if function == "any" and outcome:  # any(subject.startswith(prefix) for prefix in ALLOWED)
            return mentions and self.cleans(items.elt, True)
        return mentions and outcome is (function == "all")

    def _checked_by_name(self, test: ast.Call, name: str, outcome: bool, depth: int) -> bool:
        """Judge a function that is named for a check of what it is given, or is written in this module."""
        given = [*test.args, *(each.value for each in test.keywords)]
        if not any(self.subject.is_given_by(each) for each in given):
            return False
        definition = self.model.names.definition_of(test.func) or self.model.names.method_of_self(test.func)
        if isinstance(definition, ast.FunctionDef):
            found = self._inlined(definition, test, outcome, depth)
            if found is not None:
                return found
        if name.startswith(("builtins.", "os.", "pathlib.")):
            return False  # they ask something else
        good = _judges(test.func)
        if good is None and definition is None and is_from_elsewhere(test.func, name, self.model):
            return outcome or leaves_if_true(test, self.model)  # nobody knows here what it lets pass
        return good is outcome

    def _inlined(self, definition: ast.FunctionDef, test: ast.Call, outcome: bool, depth: int) -> bool | None:
        """Judge a function of the module that is one `return` of a test; None for longer ones."""
        body = [each for each in definition.body if not (isinstance(each, ast.Expr) and _is_text(each.value))]
        if len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None or depth == 0:
            return None
        scope = self.model.scopes.scope_of(definition.body[0])
        parameters = [*definition.args.posonlyargs, *definition.args.args]
        if self.model.scopes.method_self(scope) is not None:
            parameters = parameters[1:]
        given = {
            parameter.arg: argument
            for parameter, argument in zip(parameters, test.args, strict=False)
            if self.subject.is_shown_by(argument)
        }
        if not given:
            return None

        def is_parameter(expr: ast.expr) -> bool:
            return isinstance(expr, ast.Name) and expr.id in given and self.model.scopes.scope_of(expr) is scope

        subject = self.subject._replace(is_value=is_parameter)
        return self._replace(subject=subject).cleans(body[0].value, outcome, depth - 1)


def _judges(func: ast.expr) -> bool | None:
    """Tell whether a function is named for a check that lets good values pass (True) or that finds bad ones."""
    name = last_name(func)
    words = set(re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name))
    lowered = {word.lower() for word in words}
    known = facts.load("cleaners")["words"]
    if not lowered.isdisjoint(known["denying"]):
        return False
    return True if not lowered.isdisjoint(known["checking"]) else None


def is_named_for_checks(func: ast.expr) -> bool:
    """Tell whether a function's name says that it refuses bad values."""
    return _judges(func) is True


def _is_nothing(expr: ast.expr) -> bool:
    return isinstance(expr, ast.Constant) and expr.value is None


def _is_text(expr: ast.expr) -> bool:
    return isinstance(expr, ast.Constant) and isinstance(expr.value, str)


def _is_index_test(expr: ast.expr) -> bool:
    return isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute) and expr.func.attr in ("find", "count")


def tests_around(expr: ast.AST, model: SemanticModel) -> Iterator[tuple[ast.expr, bool]]:
    """Yield the tests inside of its own statement that came out so wherever an expression is evaluated."""
    child: ast.AST = expr
    for parent in model.ancestors(expr):
        if isinstance(child, (ast.stmt, ast.ExceptHandler)) or isinstance(parent, ast.stmt):
            return
        if isinstance(parent, ast.IfExp) and child is not parent.test:
            yield parent.test, child is parent.body
        elif isinstance(parent, ast.BoolOp):
            for before in parent.values[: parent.values.index(child)]:  # type: ignore[arg-type]
                yield before, isinstance(parent.op, ast.And)
        elif isinstance(parent, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            if not isinstance(child, ast.comprehension):
                for generator in parent.generators:
                    for test in generator.ifs:
                        yield test, True
        elif isinstance(parent, ast.comprehension) and child in parent.ifs:
            for test in parent.ifs[: parent.ifs.index(child)]:
                yield test, True
        child = parent
