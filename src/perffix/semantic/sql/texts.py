"""The text of a statement as a tree, and the ways in which it can read.

Its leaves are regions, the expressions that spell text: an f-string, a sum, a `%`, a `format()` call. A region may put
in the text of a variable, of a joined list or of a function of the module; these grow in steps, each step a statement
with a text of its own.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.strings import Hole, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Binding

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Region:
    """One expression that spells text: its root, and its literal text and holes in order."""

    __slots__ = ("elements", "root")

    def __init__(self, root: ast.expr, elements: tuple[Element, ...]) -> None:
        self.root = root
        self.elements = elements

    @property
    def text(self) -> str:
        """The literal text, a NUL for every hole."""
        return "".join(each.text if isinstance(each, Literal) else "\0" for each in self.elements)

    @property
    def holes(self) -> list[Hole]:
        """The holes in order, those that are known to hold text included."""
        return [
            each if isinstance(each, Hole) else each.hole for each in self.elements if not isinstance(each, Literal)
        ]


class Splice(NamedTuple):
    """A hole into which known text is put."""

    hole: Hole
    subject: Subject


class Itself(NamedTuple):
    """The hole in which a variable stands to which more is added: the first `sql` of `sql = sql + ...`."""

    hole: Hole


Element = Literal | Hole | Splice | Itself


class Series:
    """Texts with a separator between them: a list that is written out."""

    __slots__ = ("items", "separator")

    def __init__(self, separator: str, items: tuple[Subject, ...]) -> None:
        self.separator = separator
        self.items = items


class Choice:
    """One of several texts: `a if test else b`."""

    __slots__ = ("options",)

    def __init__(self, options: tuple[Subject, ...]) -> None:
        self.options = options


class Step(NamedTuple):
    """A statement that gives a variable its text or adds to it; `starts` tells which."""

    statement: ast.stmt
    subject: Subject
    starts: bool


class Growing:
    """The text of a variable, of a list that is joined, or of what a function returns.

    Attributes:
        steps: in the order of the source; those that start are alternatives.
        binding: the variable or list; None for a function.
        separator: of a joined list, else None.
        call: the call of the function whose result it is.
        function: that function.
        in_loop: whether a later turn of a loop may add to it before the text is used.
    """

    __slots__ = ("binding", "call", "function", "in_loop", "separator", "steps")

    def __init__(
        self,
        steps: tuple[Step, ...],
        *,
        binding: Binding | None = None,
        separator: str | None = None,
        call: ast.Call | None = None,
        function: ast.FunctionDef | ast.AsyncFunctionDef | None = None,
        in_loop: bool = False,
    ) -> None:
        self.steps = steps
        self.binding = binding
        self.separator = separator
        self.call = call
        self.function = function
        self.in_loop = in_loop

    @property
    def starts(self) -> list[Step]:
        """The steps that give it a first text."""
        return [step for step in self.steps if step.starts]


Subject = Region | Series | Choice | Growing


class Atom(NamedTuple):
    """A piece of a statement's text: literal, or a hole as a NUL; and where in which region it stands."""

    text: str
    hole: Hole | None
    region: Region | None
    offset: int
    splice: Splice | None = None


def variants(subject: Subject) -> int:
    """Return how many variants show every alternative of a text at least once."""
    if isinstance(subject, Region):
        return max([1, *(variants(each.subject) for each in subject.elements if isinstance(each, Splice))])
    if isinstance(subject, Series):
        return max([1, *map(variants, subject.items)])
    if isinstance(subject, Choice):
        return max(len(subject.options), *map(variants, subject.options))
    return max([1, len(subject.starts), *(variants(step.subject) for step in subject.steps)])


def atoms_of(subject: Subject, variant: int, opened: set[int], model: SemanticModel) -> Iterator[Atom]:
    """Yield the pieces of one variant of a text; splices are opened whose hole's id is in `opened`."""
    if isinstance(subject, Region):
        offset = 0
        for element in subject.elements:
            if isinstance(element, Literal):
                yield Atom(element.text, None, subject, offset)
                offset += len(element.text)
                continue
            if isinstance(element, Itself):
                offset += 1
                continue
            if isinstance(element, Splice) and id(element.hole) in opened:
                yield from atoms_of(element.subject, variant, opened, model)
            elif isinstance(element, Splice):
                yield Atom("\0", element.hole, subject, offset, element)
            else:
                yield Atom("\0", element, subject, offset)
            offset += 1
    elif isinstance(subject, Choice):
        yield from atoms_of(subject.options[min(variant, len(subject.options) - 1)], variant, opened, model)
    else:
        yield from _atoms_of_several(subject, variant, opened, model)


def _atoms_of_several(
    subject: Series | Growing, variant: int, opened: set[int], model: SemanticModel
) -> Iterator[Atom]:
    if isinstance(subject, Series):
        texts, separator = list(subject.items), subject.separator
    else:
        texts, separator = [step.subject for step in steps_of(subject, variant, model)], subject.separator or ""
    first = True
    for text in texts:
        pieces = list(atoms_of(text, variant, opened, model))
        if separator and not first and pieces:
            yield Atom(separator, None, None, 0)
        first = first and not pieces
        yield from pieces


def steps_of(growing: Growing, variant: int, model: SemanticModel) -> list[Step]:
    """Return the steps that happen in one variant: one that starts, and what may be added to it."""
    starts = growing.starts
    if len(starts) < 2:
        return list(growing.steps)
    chosen = starts[min(variant, len(starts) - 1)]
    return [
        step
        for step in growing.steps
        if step is chosen
        or (
            not step.starts
            and step.statement.lineno > chosen.statement.lineno
            and _last_start(step, starts, model) in (None, chosen)
        )
    ]


def _last_start(step: Step, starts: Sequence[Step], model: SemanticModel) -> Step | None:
    """Return the start that a step surely follows: one before it in its block or in a block around it."""
    child: ast.AST = step.statement
    for parent in model.ancestors(step.statement):
        for statement in reversed(statements_before(child, parent)):
            for start in starts:
                if start.statement is statement:
                    return start
        if isinstance(parent, _FUNCTIONS):
            return None
        child = parent
    return None


def regions_of(subject: Subject) -> Iterator[tuple[Region, Growing | None]]:
    """Yield every region of a text with what it is a step of, in the order of the tree."""
    yield from _regions(subject, None)


def _regions(subject: Subject, owner: Growing | None) -> Iterator[tuple[Region, Growing | None]]:
    if isinstance(subject, Region):
        yield subject, owner
        for element in subject.elements:
            if isinstance(element, Splice):
                yield from _regions(element.subject, owner)
    elif isinstance(subject, Series):
        for item in subject.items:
            yield from _regions(item, owner)
    elif isinstance(subject, Choice):
        for option in subject.options:
            yield from _regions(option, owner)
    else:
        for step in subject.steps:
            yield from _regions(step.subject, subject)


def statements_before(child: ast.AST, parent: ast.AST) -> list[ast.stmt]:
    """Return the statements that run before a statement in its block."""
    for _, block in ast.iter_fields(parent):
        if isinstance(block, list) and child in block and isinstance(child, ast.stmt):
            return block[: block.index(child)]
    return []
