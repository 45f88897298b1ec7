"""A string grows in a loop.

## What it does

Reports a string that a loop makes longer and longer: `s += x`, `s = s + x`, `s = x + s`, `s = f"{s}{x}"`, where
nothing in the loop reads the string for another purpose or gives it a new value.

## Why it is slow

Strings cannot change, so each turn copies all the text that is there already, and the time grows with the square of
the result's length. CPython avoids the copy in one case: `s += x` on a local variable that nothing else refers to.
Then only a constant factor is to be gained, nothing at all below some hundred parts: this form is reported with
`--pedantic` or when the rule is selected by its code. Every turn copies in all other cases: text put in front, a
string inside an f-string, `s = s + x + y`, an attribute, a global variable, a variable that a nested function
shares, and everything on PyPy.

## Example

```python
class Report:
    def __init__(self):
        self.text = ""

    def add(self, rows):
        for row in rows:
            self.text += str(row)
```

## Use instead

```python
class Report:
    def __init__(self):
        self.text = ""

    def add(self, rows):
        self.text += "".join([str(row) for row in rows])
```

## When it stays silent

- The value is not proved to be a str.
- The loop reads the string, or gives it a new value: then each turn needs it, or it stays short.
- The loop runs a few times only, goes over the parts of one line, or over the digits of a number.
- A guard picks out the turn: `if index == 0`, the other branch of `if index > 0`; for copies also any equality.
- A local variable grows in place, unless that form is asked for as said above; and even then, unless it grows by the
  single addition of a short `for` loop that a literal stands just before.

## Fix safety

A loop that only adds one part becomes `"".join([...])`, another one fills a list of parts that is joined after it.
That is safe for a local variable that starts as a literal just before the loop, or is surely a plain str there, when
all parts are proved to be plain strings and nobody can see the string half-built: no nested function, no `locals()`,
no handler that goes on after an exception. It is unsafe for attributes, global variables and parts of unknown type,
and for loops with a comment that would be lost. A mix of both ends and f-strings are left to you.

## References

- [Concatenating strings](https://docs.python.org/3/faq/programming.html#what-is-the-most-efficient-way-to-concatenate-many-strings-together)
- [Sequence types: common operations, note 6](https://docs.python.org/3/library/stdtypes.html#common-sequence-operations)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Confidence, Fix, Impact, Related, Span
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perffix.model import Finding
    from perffix.semantic.containers.growth import Growth, Story

rule = Rule(
    code="PERF501",
    name="string-concat-in-loop",
    summary="A string grows in a loop",
    help='Collect the parts and put them together once, with `"".join(...)`',
    impact=Impact.ASYMPTOTIC,
    fix=Applicability.SAFE,
    in_loops=True,
)

_FEW_LINES = 4  # from so many statements, or lines of one, on the loop is as plain


@rule.on_all(ast.BinOp, ast.JoinedStr)
def detect_sum(sums: Sequence[ast.BinOp | ast.JoinedStr], at: Context) -> Iterator[Finding]:
    """Find the first assignment `x = x + y` of each loop: there are far fewer sums than assignments."""
    for each in sums:
        statement = at.model.parent(each)
        if isinstance(statement, ast.Assign):
            yield from detect(statement, at)


@rule.on(ast.AugAssign)
def detect(statement: ast.AugAssign | ast.Assign, at: Context) -> Iterator[Finding]:
    """Find the first statement of each loop that makes a string longer."""
    from perffix.rewrites.parts_joined import join_fix
    from perffix.semantic.containers.growth import growth_at, story_of, why_copied

    growth = growth_at(statement)
    if growth is None or _adds_a_number(growth) or at.model.loops.innermost(statement) is None:
        return
    known = at.model.type_of(growth.target)
    if known is None or known.name != "str" or at.model.is_compiled(statement):
        return
    story = story_of(growth, at.model)
    if story is None or story.growths[0].statement is not statement:
        return
    copied = why_copied(story, at.model)
    if copied is None and not _is_simple(story):
        return
    binding, name = story.binding, story.binding.name
    fix = join_fix(story, at.model) or Fix(
        Applicability.DISPLAY, f"Collect the parts of `{name}` in a list and join them"
    )
    turns = f"in the loop at line {story.loop.lineno}"
    if copied is None:
        message = f"`{name}` grows {turns}, where one `join` takes less time"
        evidence = "CPython makes a local string longer in place: only a constant factor is gained"
    else:
        message = f"`{name}` grows {turns}, and every turn copies all of it"
        evidence = copied
    yield at.finding(
        statement,
        message,
        confidence=Confidence.MEDIUM if copied is None or not binding.is_local else Confidence.HIGH,
        impact=Impact.CONSTANT if copied is None else Impact.ASYMPTOTIC,
        evidence=[f"`{name}` is a str: {known.because}", evidence],
        related=[Related(Span.of(each.statement), "it grows here too") for each in story.growths[1:4]],
        fix=fix,
    )


def _adds_a_number(growth: Growth) -> bool:
    """Tell at a glance whether a sum is none of strings, as in `i += 1`: most of the sums in loops."""
    return any(isinstance(part, ast.Constant) and not isinstance(part.value, str) for part in growth.added)


def _is_simple(story: Story) -> bool:
    """Tell whether a join would also be the plainer code: one addition to a literal in a `for` loop."""
    if len(story.growths) > 1 or story.start is None or isinstance(story.loop, ast.While):
        return False
    if len(story.loop.body) >= _FEW_LINES:
        return False
    (added,) = story.growths[0].added
    return not isinstance(added, ast.Constant) and (added.end_lineno or added.lineno) - added.lineno < _FEW_LINES
