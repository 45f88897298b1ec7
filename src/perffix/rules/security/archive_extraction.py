"""A tar archive is unpacked wherever its entries say.

## What it does
Reports `extractall()` and `extract()` of archives of `tarfile`, and `shutil.unpack_archive()` of what is certainly a
tar archive, without the argument `filter`. SEC202, which has bandit's number, stands for `extractall(members=...)`
where the members are the archive's own, unexamined. The severity is high where a client sends the archive or names it.

## Why it is dangerous
An entry of a tar archive may be called `../../home/me/.profile`, have an absolute path, or be a link that leads out of
the directory, through which the next entry is written. So whoever makes the archive writes files anywhere that the
program may write, and then runs code. Up to Python 3.13 nothing stops it; from 3.14 on the filter `data` is the
default, so there the rule is off.

## Example
```python
import tarfile

def unpack(path: str, directory: str) -> None:
    with tarfile.open(path) as archive:
        archive.extractall(directory)
```

## Use instead
```python
import tarfile

def unpack(path: str, directory: str) -> None:
    with tarfile.open(path) as archive:
        archive.extractall(directory, filter="data")
```

## When it stays silent
- A `filter` is given, even one that trusts everything: that is said on purpose. The same for `extraction_filter`.
- Another branch of the same `if` or `try` gives the filter: this one is for old Pythons.
- The entries are looked at before: in a loop that can skip one or stop, by a comprehension that asks for their names,
  or by a function that gets the archive.
- One entry is taken by a name that the program chooses.
- The program has written the archive itself.
- Every Python that the code is for is at least 3.14.
- It is a zip archive: `zipfile` removes what would lead out of the directory.
- Where the archive comes from is not known: it may be of any library.
- The file belongs to tests (a default that selecting the rule by its code overrides).

## Fix safety
Unsafe: with the filter, archives whose entries lead out of the directory, or that hold devices, raise an error;
owners and some permissions are no longer restored. The argument exists since Python 3.12 and in the security
releases 3.8.17, 3.9.17, 3.10.12 and 3.11.4; where older ones must run the code, set `extraction_filter` instead.

## References
- [tarfile: extraction filters](https://docs.python.org/3/library/tarfile.html#extraction-filters)
- [PEP 706](https://peps.python.org/pep-0706/)
- [CWE-22: Path Traversal](https://cwe.mitre.org/data/definitions/22.html)
- [bandit: B202](https://bandit.readthedocs.io/en/latest/plugins/b202_tarfile_unsafe_members.html)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Confidence, Fix, NodeRef, SetArgument, Severity
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from perffix.model import Finding

rule = Rule(
    code="SEC834",
    name="archive-extraction",
    summary="A tar archive is unpacked without a filter",
    help='Pass `filter="data"`',
    severity=Severity.MEDIUM,
    cwe=22,
    fix=Applicability.UNSAFE,
    variants={"SEC202": "the members that are unpacked are the archive's own, unexamined"},
    names=("tarfile", "unpack_archive"),
    before=(3, 14),
)


@rule.on_call("extractall", "extract", "unpack_archive")
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Find unfiltered extractions."""
    from perffix.semantic.flow.input import input_in
    from perffix.semantic.weaknesses.tar_archives import extraction_of

    found = extraction_of(call, at.model)
    if found is None:
        return
    origins = (input_in(each, at.model, "deserialise", remote=True) for each in found.sources)
    origin = next((each for each in origins if each is not None and each.remote), None)
    members = "" if found.members is None else f", all of `{at.text(found.members, 30)}`,"
    yield at.finding(
        call,
        f"`{at.text(call.func)}` unpacks a tar archive{members} without a filter against paths that lead elsewhere",
        code=None if found.members is None else "SEC202",
        confidence=Confidence.MEDIUM if found.declared else Confidence.HIGH,
        severity=Severity.MEDIUM if origin is None or origin.kind == "answer" else Severity.HIGH,
        evidence=[f"it is an archive of `{found.opener}`", *([] if origin is None else [origin.says])],
        related=() if origin is None else origin.steps,
        fix=Fix(
            Applicability.UNSAFE,
            'Pass `filter="data"`',
            (SetArgument(NodeRef.of(call), "filter", Code('"data"')),),
        ),
    )
