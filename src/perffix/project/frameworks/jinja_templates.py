"""Reads Jinja's templates: which variables they look up, loop over and show.

A template becomes the summary of a module whose body has an entry for each look-up. Its variables are parameters of
the body; a macro becomes a function of it. Expressions of Jinja are close enough to Python's to be parsed as such; what
is not is left out. Of filters and functions that are not Jinja's own nothing is known but that they look up their
arguments.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from perffix.project.frameworks.template_reader import TemplateReader
from perffix.project.summaries.summary import FunctionSummary, ParameterSummary
from perffix.project.summaries.terms import (
    Attribute,
    Call,
    Combined,
    Either,
    Include,
    Item,
    Literal,
    Lookup,
    Macro,
    Parameter,
    Slice,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from perffix.project.summaries.summary import ModuleSummary
    from perffix.project.summaries.terms import Ref

_STRING = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_CONSTANTS = {"true": True, "false": False, "none": None, "True": True, "False": False, "None": None}
_SKIPPED = {"raw": "endraw"}
_COMPARING: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
_PASSING = frozenset({
    "list", "sort", "reverse", "unique", "select", "reject", "selectattr", "rejectattr", "default", "d", "safe",
})  # fmt: skip
_SHOWING = frozenset({"string", "lower", "upper", "title", "capitalize", "truncate", "escape", "e", "trim", "format"})
_OF_ATTRIBUTES = {"selectattr": 0, "rejectattr": 0, "groupby": 0, "sort": 9, "map": 9, "join": 1, "sum": 0, "unique": 9}


def read_jinja_template(path: str, text: str) -> ModuleSummary:
    """Return the summary of a template."""
    reader = _Reader(text)
    reader.run()
    return reader.summary(path)


class _Reader(TemplateReader):
    tag = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._imported: dict[str, str] = {}  # other templates, by the names under which their macros are called
        self._named: dict[str, Macro] = {}  # macros by the names under which they are called
        self._open_macros: list[tuple[str, list[ParameterSummary]]] = []

    def run(self) -> None:
        """Read all tags in the order of the text."""
        skipped = ""
        for found in self.tags():
            content = found[2:-2].strip("-+ \t\r\n")
            word, rest = (*content.split(None, 1), "", "")[:2]
            if skipped:
                skipped = "" if found.startswith("{%") and word == skipped else skipped
            elif found.startswith("{{"):
                self._add(Text(self._expression(content)))
            elif found.startswith("{%") and word in _SKIPPED:
                skipped = _SKIPPED[word]
            elif found.startswith("{%"):
                self._tag(word, rest.strip())

    # Tags

    def _tag(self, word: str, rest: str) -> None:
        if word == "endmacro":
            self._end_macro()
        elif word.startswith("end"):
            self._end(word[3:])
        elif word == "for":
            self._for(rest)
        elif word == "if":
            self._open("if")
            self._condition(_parsed(rest))
            self._sometimes = True
        elif word in ("elif", "else"):
            self._condition(_parsed(rest) if rest else None)
            self._sometimes = True
        elif word == "set":
            self._set(rest)
        elif word == "block":
            self._open_block(rest.partition(" ")[0])
        elif word == "extends":
            self._extended = (self._expression(rest), self._place)
        elif word in ("with", "filter", "autoescape"):
            self._open(word)
            if word == "with":
                self._with(rest)
        elif word == "macro":
            self._macro(rest)
        elif word == "call":
            self._call(rest)
        elif word == "include":
            self._include(rest)
        elif word in ("do", "print"):
            self._expression(rest)
        elif word in ("import", "from"):
            self._import(rest)

    def _condition(self, node: ast.expr | None) -> None:
        """Read what a tag asks the truth of."""
        if isinstance(node, ast.BoolOp):
            for each in node.values:
                self._condition(each)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            self._condition(node.operand)
        elif node is not None:
            ref = self._read(node)
            if not isinstance(node, ast.Compare):
                self.tested.append(ref)

    def _for(self, rest: str) -> None:
        rest = re.sub(r"\s+recursive$", "", rest)
        head, inside, tail = rest.partition(" in ")
        node = _parsed(f"[0 for {head} in {tail}]") if inside else None
        if not isinstance(node, ast.ListComp):
            self._open("for")
            return
        (turns,) = node.generators
        names = _names(turns.target)
        self._enter_loop(self._read(turns.iter), names)
        self._scopes[-1]["loop"] = self._unknown()
        for condition in turns.ifs:
            self._read(condition)
            self._sometimes = True

    def _set(self, rest: str) -> None:
        name, equals, value = rest.partition("=")
        names = [each.strip() for each in name.split(",")]
        if not equals:  # {% set title %}...{% endset %}
            self._open("set")
            self._scopes[-2][names[0]] = self._unknown()
            return
        ref = self._expression(value)
        for each in names:
            self._scopes[-1][each] = ref if len(names) == 1 else self._unknown()

    def _with(self, rest: str) -> None:
        node = _parsed(f"dict({rest})")
        for each in node.keywords if isinstance(node, ast.Call) else ():
            if each.arg is not None:
                self._scopes[-1][each.arg] = self._read(each.value)

    def _include(self, rest: str) -> None:
        alone = rest.endswith("without context")
        rest = re.sub(r"\s+(ignore missing|with context|without context)", "", rest)
        template = self._expression(rest)
        self._add(Include(template, () if alone else tuple(self._visible().items()), not alone))

    def _import(self, rest: str) -> None:
        rest = re.sub(r"\s+(with|without) context$", "", rest)
        source, _, names = rest.rpartition(" import ")  # {% from "macros.html" import row, cell as field %}
        if not source:  # {% import "macros.html" as macros %}
            source, _, alias = rest.rpartition(" as ")
            self._imported[alias.strip()] = _text(source)
            return
        for each in names.split(","):
            name, _, renamed = (part.strip() for part in each.partition(" as "))
            self._named[renamed or name] = Macro(_text(source), name)

    # Macros

    def _macro(self, rest: str) -> None:
        """Begin a macro: up to its end, all belongs to the body of a function."""
        name, _, signature = rest.partition("(")
        node = _parsed(f"lambda {signature.rstrip().removesuffix(')')}: 0")
        parameters = _parameters(node.args) if isinstance(node, ast.Lambda) else []
        self._open_macros.append((name.strip(), parameters))
        self._begin_body()
        for parameter in parameters:
            self._scopes[0][parameter.name] = self._add(Parameter(parameter.name))
        for special in ("caller", "varargs", "kwargs"):
            self._scopes[0][special] = self._unknown()

    def _end_macro(self) -> None:
        if not self._open_macros:
            return
        name, parameters = self._open_macros.pop()
        body = self._end_body()
        known = {each.name for each in parameters}
        read = [entry.term.name for entry in body.entries if isinstance(entry.term, Parameter)]
        # A macro sees the variables of its template, too.
        free = [ParameterSummary(each, "keyword", None) for each in dict.fromkeys(read) if each not in known]
        place, all_parameters = self._place, (*parameters, *free)
        lines = place.line, place.end_line
        self.macros[name] = FunctionSummary(
            name, place, *lines, all_parameters, (), None, body, is_async=False, yields=False, may_give_none=False
        )
        self._named[name] = Macro("", name)

    def _call(self, rest: str) -> None:
        """Read `{% call(item) listed(items) %}`: the macro decides whether, and with what, it shows the block."""
        given, _, call = rest.partition(")") if rest.startswith("(") else ("", "", rest)
        self._expression(call)
        self._open("call")
        for name in given.lstrip("(").split(","):
            self._scopes[-1][name.strip()] = self._unknown()
        self._sometimes = True

    # Expressions

    def _name(self, name: str) -> Ref:
        """Return the entry of a name: of a block around, of a macro, or of the context."""
        bound = name not in self._named or any(name in scope for scope in self._scopes)
        return super()._name(name) if bound else self._add(self._named[name])

    def _expression(self, text: str) -> Ref:
        node = _parsed(text.strip()) if text.strip() else None
        return self._unknown() if node is None else self._read(node)

    def _read(self, node: ast.expr) -> Ref:
        read = _READ.get(node.__class__)
        if read is not None:
            return read(self, node)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._read(child)
        return self._unknown()

    def _of_name(self, node: ast.Name) -> Ref:
        if node.id in _CONSTANTS:
            return self._add(Literal(_CONSTANTS[node.id]))
        return self._name(node.id)

    def _of_constant(self, node: ast.Constant) -> Ref:
        value = node.value
        return self._add(Literal(value)) if value is None or isinstance(value, (str, int, float)) else self._unknown()

    def _of_attribute(self, node: ast.Attribute) -> Ref:
        if isinstance(node.value, ast.Name) and node.value.id in self._imported:
            return self._add(Macro(self._imported[node.value.id], node.attr))
        return self._add(Lookup(self._read(node.value), node.attr))

    def _of_item(self, node: ast.Subscript) -> Ref:
        value = self._read(node.value)
        if isinstance(node.slice, ast.Slice):
            stop = node.slice.upper
            known = stop.value if isinstance(stop, ast.Constant) and isinstance(stop.value, int) else None
            return self._add(Slice(value, known))
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if isinstance(key, str):
            return self._add(Lookup(value, key))  # `order["customer"]` is the same as `order.customer` here
        return self._add(Item(value, self._read(node.slice)))

    def _of_call(self, node: ast.Call) -> Ref:
        func = node.func
        if isinstance(func, ast.Name) and func.id == "super":
            self._shows_replaced()
        if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id in self._imported:
            function = self._of_attribute(func)
        elif isinstance(func, ast.Attribute):
            function = self._add(Attribute(self._read(func.value), func.attr))
        else:
            function = self._read(func)
        arguments = tuple(self._read(each) for each in node.args)
        keywords = [(each.arg, self._read(each.value)) for each in node.keywords]
        macro = self.entries[function].term
        own = self.macros.get(macro.name) if isinstance(macro, Macro) and not macro.template else None
        free = () if own is None else own.parameters
        keywords += [(each.name, self._name(each.name)) for each in free if each.kind == "keyword"]
        return self._add(Call(function, arguments, tuple(keywords)))

    def _of_operator(self, node: ast.BinOp) -> Ref:
        if not isinstance(node.op, ast.BitOr):
            self._read(node.left)
            self._read(node.right)
            return self._unknown()
        return self._filtered(self._read(node.left), node.right)

    def _of_condition(self, node: ast.IfExp) -> Ref:
        self._read(node.test)
        sometimes, self._sometimes = self._sometimes, True
        options = (self._read(node.body), self._read(node.orelse))
        self._sometimes = sometimes
        return self._add(Either(options))

    def _of_choice(self, node: ast.BoolOp) -> Ref:
        first = self._read(node.values[0])
        sometimes, self._sometimes = self._sometimes, True
        rest = [self._read(each) for each in node.values[1:]]
        self._sometimes = sometimes
        return self._add(Either((first, *rest))) if isinstance(node.op, ast.Or) else rest[-1]

    def _of_comparison(self, node: ast.Compare) -> Ref:
        left = self._read(node.left)
        sign = _COMPARING.get(type(node.ops[0])) if len(node.ops) == 1 else None
        if sign is not None:
            return self._add(Combined(sign, left, self._read(node.comparators[0])))
        for operator, each in zip(node.ops, node.comparators, strict=True):
            if not isinstance(operator, (ast.Is, ast.IsNot)):  # `is defined` names a test
                self._read(each)
        return self._unknown()

    # Filters

    def _filtered(self, value: Ref, node: ast.expr) -> Ref:
        """Return what a filter makes of a value."""
        if isinstance(node, ast.BinOp):  # Jinja's filters bind closer than Python's operators: `name|upper ~ "!"`
            self._filtered(value, node.left)
            self._read(node.right)
            return self._unknown()
        call = node if isinstance(node, ast.Call) else None
        named = node if call is None else call.func
        name = named.id if isinstance(named, ast.Name) else ""
        for each in (*call.args, *(keyword.value for keyword in call.keywords)) if call is not None else ():
            self._read(each)
        attribute = _attribute_of(name, call)
        if attribute:
            self._read_of_each(value, attribute)
        if name in ("length", "count"):
            return self._length(value)
        if name == "first":
            return self._add(Item(value, self._add(Literal(0))))
        if name in _SHOWING:
            self._add(Text(value))
        return value if name in _PASSING else self._unknown()


def _attribute_of(name: str, call: ast.Call | None) -> str:
    """Return the attribute of each element that a filter looks at: `map(attribute="author.name")`."""
    position = _OF_ATTRIBUTES.get(name)
    if position is None or call is None:
        return ""
    given = [each.value for each in call.keywords if each.arg == "attribute"]
    given += call.args[position : position + 1]
    found = given[0] if given else None
    text = found.value if isinstance(found, ast.Constant) else None
    return text if isinstance(text, str) and all(part.isidentifier() for part in text.split(".")) else ""


def _text(literal: str) -> str:
    """Return a text that is written out; empty for any other expression."""
    found = _STRING.fullmatch(literal.strip())
    return "" if found is None else found[0][1:-1]


def _parameters(arguments: ast.arguments) -> list[ParameterSummary]:
    """Return the parameters of a macro, with the defaults that are written out."""
    found = []
    missing = len(arguments.args) - len(arguments.defaults)
    for number, each in enumerate(arguments.args):
        default = arguments.defaults[number - missing] if number >= missing else None
        value = default.value if isinstance(default, ast.Constant) else None
        known = Literal(value) if isinstance(value, (str, int, float, bool)) else None
        found.append(ParameterSummary(each.arg, "positional", None, known))
    return found


def _names(target: ast.expr) -> list[str]:
    """Return the names that a loop binds; empty ones for what is nested deeper."""
    if isinstance(target, ast.Name):
        return [target.id]
    return [each.id if isinstance(each, ast.Name) else "" for each in getattr(target, "elts", ())]


def _parsed(text: str) -> ast.expr | None:
    """Return an expression of Jinja as Python's, None where they differ too much."""
    text = " ".join(text.split("\n"))
    for written in (text, _adapted(text), f"{_adapted(text)} else None"):
        try:
            return ast.parse(written.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError):
            continue
    return None


def _adapted(text: str) -> str:
    """Return an expression with `~` as `+`, `class=` as `class_=`, and tests without an argument after them."""
    strings: list[str] = []

    def keep(found: re.Match[str]) -> str:
        strings.append(found[0])
        return f"__{len(strings) - 1}__"

    bare = _STRING.sub(keep, text).replace("~", "+")
    bare = re.sub(r"\b(class|for)\s*=(?!=)", r"\1_=", bare)
    bare = re.sub(r"\bis\s+(not\s+)?(\w+)\s+(?=[\w(])(?!and\b|or\b|else\b|if\b|in\b|is\b)[\w.]+", r"is \1\2", bare)
    bare = re.sub(r"\bis\s+(not\s+)?in\s*\(", "in (", bare)
    return re.sub(r"__(\d+)__", lambda found: strings[int(found[1])], bare)


_READ: dict[type[ast.expr], Callable[[_Reader, Any], Ref]] = {
    ast.Name: _Reader._of_name,
    ast.Constant: _Reader._of_constant,
    ast.Attribute: _Reader._of_attribute,
    ast.Subscript: _Reader._of_item,
    ast.Call: _Reader._of_call,
    ast.BinOp: _Reader._of_operator,
    ast.IfExp: _Reader._of_condition,
    ast.BoolOp: _Reader._of_choice,
    ast.Compare: _Reader._of_comparison,
}
