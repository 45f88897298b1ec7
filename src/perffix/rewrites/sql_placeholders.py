"""What stands in a text in the place of its values: placeholders, their names and numbers."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.rewrites.sql_literals import Mark, Spelling, SpellingError
from perffix.rewrites.sql_values import RESERVED_IN_ORACLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.rewrites.sql_existing import Existing
    from perffix.rewrites.sql_values import Parameter
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.sql.drivers import Driver
    from perffix.semantic.sql.texts import Region

# What stands in the place of a value, by the id of its region and the number of its parameter there.
Contents = dict[tuple[int, int], tuple[str | Mark, ...]]


class Part(NamedTuple):
    """A region with values: its spelling, its parameters in order, and the statement in which it is evaluated."""

    region: Region
    spelling: Spelling
    parameters: list[Parameter]
    statement: ast.stmt
    in_call: bool

    @property
    def references(self) -> list[tuple[Part, int]]:
        """Every parameter as this part and its number."""
        return [(self, index) for index in range(len(self.parameters))]


class Placeholders:
    """Names, numbers and spellings of placeholders for one statement."""

    def __init__(self, driver: Driver, existing: Existing, model: SemanticModel) -> None:
        self._driver = driver
        self._existing = existing
        self._model = model

    def names(self, ordered: Sequence[tuple[Part, int]]) -> list[str]:
        """Return a name for every parameter; a variable that stands in several places is one parameter."""
        taken = set(self._existing.names)
        known: dict[str, str] = {}
        found = []
        for part, index in ordered:
            parameter = part.parameters[index]
            if parameter.code in known and self._is_same(parameter, part):
                found.append(known[parameter.code])
                continue
            wanted = name = self._legal(parameter.name)
            number = 2
            while name in taken:
                name, number = f"{wanted}_{number}", number + 1
            taken.add(name)
            known[parameter.code] = name
            found.append(name)
        return found

    def _is_same(self, parameter: Parameter, part: Part) -> bool:
        """Tell whether a variable has the same value at every place that names it."""
        binding = self._model.binding_of(parameter.value) if isinstance(parameter.value, ast.Name) else None
        return parameter.code.isidentifier() and binding is not None and (part.in_call or binding.single is not None)

    def _legal(self, name: str) -> str:
        reserved = self._driver.name == "oracledb" and name.lower() in RESERVED_IN_ORACLE
        return f"{name}_value" if reserved else name

    def numbers(self, ordered: Sequence[tuple[Part, int]]) -> list[int | None]:
        """Return the number of every parameter by its first use, None where it repeats an earlier variable."""
        first = self._existing.count + 1
        known: dict[str, int] = {}
        found: list[int | None] = []
        for part, index in ordered:
            code = part.parameters[index].code
            if code in known and code.isidentifier():
                found.append(None)
            else:
                known[code] = first
                found.append(first)
                first += 1
        return found

    def contents(self, ordered: Sequence[tuple[Part, int]]) -> Contents:
        """Return what stands in the place of each value, by its region and number."""
        style = self._driver.style
        labels: list[str]
        if style in ("named", "pyformat"):
            pattern = ":{}" if style == "named" else "%({})s"
            labels = [pattern.format(name) for name in self.names(ordered)]
        elif style == "dollar":
            by_code: dict[str, int] = {}
            labels = []
            for (part, index), number in zip(ordered, self.numbers(ordered), strict=True):
                code = part.parameters[index].code
                by_code[code] = number if number is not None else by_code[code]
                labels.append(f"${by_code[code]}")
        elif style == "inline":
            labels = [_inline(part.parameters[index].code) for part, index in ordered]
        else:
            labels = ["?" if style == "qmark" else "%s"] * len(ordered)
        return {
            (id(part.region), index): content_for(part.parameters[index], label, style)
            for (part, index), label in zip(ordered, labels, strict=True)
        }


def content_for(parameter: Parameter, label: str, style: str, number: Mark | None = None) -> tuple[str | Mark, ...]:
    """Return what stands in the text in the place of a value or list."""
    tail: tuple[str | Mark, ...] = (label,) if number is None else (label, number)
    if parameter.kind == "array":
        return ("<> ALL(" if parameter.negated else "= ANY(", *tail, ")")
    if parameter.kind != "spread":
        return tail
    variable = parameter.variable
    keeps = parameter.marks is not None and variable is not None
    code = variable.name if keeps and variable is not None else marks_for(parameter.code, style)
    return ("(", Mark(code, ""), ")") if parameter.bare else (Mark(code, ""),)


def marks_for(code: str, style: str) -> str:
    """Return the code of as many placeholders as a list has elements."""
    body = ast.parse(code, mode="eval").body
    items = ast.unparse(body.generators[0].iter) if isinstance(body, ast.ListComp) else code
    if style == "qmark":
        return f"', '.join('?' * len({items}))"
    if style != "format":
        raise SpellingError
    return f"', '.join(['%s'] * len({items}))"


def _inline(code: str) -> str:
    """Return a value of the program in the text of a query of Pony."""
    if '"' in code or "'" in code:
        raise SpellingError
    return f"${code}" if code.isidentifier() else f"$({code})"
