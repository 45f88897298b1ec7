"""A request model takes any text for a mail address or a new password.

## What it does
Reports fields of pydantic models that describe requests, when they are for a mail address or a new password and are
declared as plain `str`; and validators of such fields that are still written with `@validator` of pydantic 1. A
model describes requests by its name (`UserCreate`, `RegisterRequest`), as the parameter of a route handler, or
because such a model is derived from it.

## Why it is dangerous
An empty password is a password, and `x` a mail address: accounts are opened that nobody can be reached at, and
headers or addresses of other people can be slipped into mail that is sent there. `@validator` is deprecated since
pydantic 2 and will go: a check that nobody misses until it does nothing.

## Example
```python
from pydantic import BaseModel

class UserCreate(BaseModel):
    email: str
    password: str
```

## Use instead
```python
from pydantic import BaseModel, EmailStr, Field

class UserCreate(BaseModel):
    email: EmailStr
    password: str = Field(min_length=8)
```

## When it stays silent
- The model describes a response, a row or settings, or nothing says what it describes.
- The field is limited: `Field(pattern=...)`, `Field(min_length=...)`, an annotation of its own, a validator.
- The password is asked for at a login, or is the old or the repeated one: it is compared with something.
- The module is written for pydantic 1.

## Fix safety
Unsafe: requests are refused that were taken. `EmailStr` also lowers the domain, and needs the package
email-validator. `@validator` becomes `@field_validator` with `@classmethod` when the validator takes the class and the
value alone; `always`, `each_item`, `values` and their like are left to a person.

## References
- [CWE-1287: Improper Validation of Specified Type of Input](https://cwe.mitre.org/data/definitions/1287.html)
- [pydantic: EmailStr](https://docs.pydantic.dev/latest/api/networks/#pydantic.networks.EmailStr)
- [pydantic: migration guide](https://docs.pydantic.dev/latest/migration/#validator-and-root_validator-are-deprecated)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import (
    Applicability,
    Code,
    Confidence,
    Fix,
    Group,
    Import,
    InsertBefore,
    NodeRef,
    Replace,
    SetArgument,
    Severity,
)  # fmt: skip
from perffix.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Edit, Finding
    from perffix.rules.rule import Context
    from perffix.semantic.web.request_models import PlainField

rule = Rule(
    code="SEC826",
    name="unvalidated-credential-field",
    summary="A request model takes any text for a mail address or a new password",
    help="Declare a mail address as `EmailStr`, and a new password with `Field(min_length=8)`",
    severity=Severity.LOW,
    cwe=1287,
    group=Group.PEDANTIC,
    fix=Applicability.UNSAFE,
    needs=("pydantic",),
)

_LENGTH = "8"  # what NIST SP 800-63B asks for at least


@rule.on(ast.ClassDef)
def detect(node: ast.ClassDef, at: Context) -> Iterator[Finding]:
    """Look at the fields and validators of a model."""
    if not node.bases:
        return
    from perffix.semantic.web.request_models import is_for_pydantic_2, old_validators, plain_fields

    for field in plain_fields(node, at.model):
        if field.is_email:
            yield at.finding(
                field.statement,
                f"`{node.name}.{field.name}` takes any text for a mail address",
                help="Declare it as `EmailStr`",
                fix=_as_email(field, at),
            )
        else:
            yield at.finding(
                field.statement,
                f"`{node.name}.{field.name}` takes any text for a password, also an empty one",
                help=f"Declare it with `Field(min_length={_LENGTH})`",
                fix=_as_password(field, at),
            )
    for decorator, function in old_validators(node, at.model):
        certain = is_for_pydantic_2(at.model)
        yield at.finding(
            decorator,
            f"`{function.name}` checks a credential by `@validator`, which is deprecated since pydantic 2",
            confidence=Confidence.HIGH if certain else Confidence.MEDIUM,
            help="Write `@field_validator` and `@classmethod`",
            fix=_as_field_validator(decorator, function, at),
        )


def _as_email(field: PlainField, at: Context) -> Fix:
    spelling = at.model.imports.spelling_of("pydantic", "EmailStr", field.statement)
    if spelling is None:
        return Fix(Applicability.DISPLAY, "Declare it as `EmailStr`")
    adds = () if spelling.adds is None else (spelling.adds,)
    return Fix(
        Applicability.UNSAFE, "Declare it as `EmailStr`", (Replace(NodeRef.of(field.text), Code(spelling.text)),), adds
    )


def _as_password(field: PlainField, at: Context) -> Fix:
    advice = f"Ask for {_LENGTH} characters at least"
    spelling = at.model.imports.spelling_of("pydantic", "Field", field.statement)
    value = field.statement.value
    if spelling is None:
        return Fix(Applicability.DISPLAY, advice)
    adds = () if spelling.adds is None else (spelling.adds,)
    edit: Edit
    if value is None:
        pieces = {"name": NodeRef.of(field.statement.target), "type": NodeRef.of(field.statement.annotation)}
        edit = Replace(
            NodeRef.of(field.statement), Code(f"$name: $type = {spelling.text}(min_length={_LENGTH})", pieces)
        )
    elif isinstance(value, ast.Constant) and (value.value is None or value.value is ...):
        default = "..." if value.value is ... else "default=None"
        edit = Replace(NodeRef.of(value), Code(f"{spelling.text}({default}, min_length={_LENGTH})"))
    elif isinstance(value, ast.Call) and at.model.qualified_name(value.func) in (
        "pydantic.Field",
        "pydantic.fields.Field",
    ):
        edit, adds = SetArgument(NodeRef.of(value), "min_length", Code(_LENGTH)), ()
    else:
        return Fix(Applicability.DISPLAY, advice)
    return Fix(Applicability.UNSAFE, advice, (edit,), adds)


def _as_field_validator(decorator: ast.Call, function: ast.FunctionDef, at: Context) -> Fix:
    """Return the fix that writes a validator for pydantic 2, when it takes the class and the value alone."""
    advice = "Write `@field_validator`"
    given = function.args
    simple = len([*given.posonlyargs, *given.args]) == 2 and not (given.kwonlyargs or given.vararg or given.kwarg)
    options = {keyword.arg: keyword.value for keyword in decorator.keywords}
    spelling = at.model.imports.spelling_of("pydantic", "field_validator", function)
    is_known = set(options) <= {"pre", "allow_reuse"} and all(
        isinstance(each, ast.Constant) for each in options.values()
    )
    if not simple or not is_known or spelling is None or len(function.decorator_list) != 1:
        return Fix(Applicability.DISPLAY, advice)
    before = options.get("pre")
    fields = {f"field{index}": NodeRef.of(each) for index, each in enumerate(decorator.args)}
    arguments = [f"${name}" for name in fields]
    if isinstance(before, ast.Constant) and before.value is True:
        arguments.append('mode="before"')
    edits: tuple[Edit, ...] = (
        InsertBefore(NodeRef.of(function), Code(f"@{spelling.text}({', '.join(arguments)})", fields)),
        Replace(NodeRef.of(decorator), Code("classmethod")),
    )
    adds = () if spelling.adds is None else (spelling.adds,)
    return Fix(Applicability.UNSAFE, advice, edits, adds, (Import("pydantic", "validator"),))
