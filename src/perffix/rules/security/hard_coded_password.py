"""A password, key or other secret is written into the source.

## What it does
Reports a string under a name that promises a secret (`password`, `api_key`, `client_secret`, `DB_PASSWD_2`) when
the string also looks like one. The name is compared word by word; the value has to survive a test: length, kinds of
characters, randomness. Names are taken from assignments, attributes, dict entries, subscripts, keyword arguments
(SEC106), parameter defaults (SEC107), comparisons with `==`, and fallbacks of look-ups such as `os.getenv`. Some
functions take a secret in a place of their own: `jwt.encode(claims, ...)`, `HTTPBasicAuth`, `auth=("user", ...)`
(SEC106).

Secrets that show by their own shape are reported by `hard-coded-token` (SEC801).

## Why it is dangerous
Whoever can read the source, its history, a build or a traceback has the secret, and it cannot be changed without
a release. No output of perffix shows the value.

## Example
```python
import psycopg2

connection = psycopg2.connect(host="db.internal", user="billing", password="kT4!vRw9-zLq")
```

## Use instead
```python
import os

import psycopg2

connection = psycopg2.connect(host="db.internal", user="billing", password=os.environ["DB_PASSWORD"])
```

The secret stays in the history of the repository: revoke it and make a new one.

## When it stays silent
- The name is about a secret, but does not hold one: `password_field`, `reset_password_url`, `token_type`, `eos_token`,
  `pwd_salt`, `VerificationToken`.
- The value is a placeholder (`changeme`, `<password>`, `your-key-here`), a template, or repeats its name.
- The value is a path, a URL, an identifier, a sentence, a version, an algorithm, a hash of a password, a public key.
- The name says little (`token`, `key`, `auth`) and the value does not look random.
- A remark beside the value or right above it says that it is no secret, or public on purpose.
- The module reads one site's pages for youtube-dl or yt-dlp (`InfoExtractor`), or gallery-dl: its keys are
  those of the pages.
- The value is of a kind that is published by design: keys for pages of PostHog (`phc_`), Stripe (`pk_live_`).
- Each copy of the program has it: `Basic` with the name of a client and an empty password, the key for telemetry, the
  token that names the calling program (`X-Consumer-Token`).
- The file belongs to tests, documentation, examples or migrations; the value stands under a name that says example.

## Fix safety
Unsafe: the program needs the variable from then on, and fails with a KeyError at this place without it. The fix reads
the environment as the module does already: `os.environ`, `os.getenv`, decouple's `config`, environ's `Env`. The
variable takes its name from the target and what stands around it; different secrets get different variables. A field
of pydantic's `BaseSettings` loses its default: it is read from the environment anyway. Parameter defaults,
comparisons, fields of other declared classes and binary keys are left to a person.

## References
- [CWE-259: Use of Hard-coded Password](https://cwe.mitre.org/data/definitions/259.html)
- [bandit B105, B106, B107](https://bandit.readthedocs.io/en/latest/plugins/b105_hardcoded_password_string.html)
- [The twelve-factor app: Config](https://12factor.net/config)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Confidence, Severity
from perffix.rules.rule import Rule
from perffix.semantic.secrets import may_promise_secret, named_literals
from perffix.semantic.secrets.named_literals import HOLDERS, Role, holder_of, is_illustration
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from perffix.model import Finding
    from perffix.rules.rule import Context
    from perffix.semantic.secrets.judgement import Judgement
    from perffix.semantic.secrets.named_literals import NamedLiteral

rule = Rule(
    code="SEC105",
    name="hard-coded-password",
    summary="A secret is written into the source under a name that says so",
    help="Read it from the environment or a secret store, and revoke the one in the source",
    severity=Severity.MEDIUM,
    cwe=259,
    fix=Applicability.UNSAFE,
    variants={
        "SEC106": "the secret is passed as a keyword argument",
        "SEC107": "the secret is the default of a parameter",
    },
    needs=(
        "pass", "pwd", "secret", "key", "token", "credential", "auth", "salt",
        "jwt", "hmac", "login", "fernet", "urlsafe", "timestampsigner",  # what takes a secret without a name
    ),
    in_tests=False,
)  # fmt: skip

_VARIANTS = {Role.ARGUMENT: "SEC106", Role.DEFAULT: "SEC107"}
_SAID = {
    Role.ASSIGNED: "`{name}` is set to a literal {what}",
    Role.ENTRY: "The entry `{name}` holds a literal {what}",
    Role.ARGUMENT: "The argument `{name}`{call} is a literal {what}",
    Role.DEFAULT: "The parameter `{name}` defaults to a literal {what}",
    Role.COMPARED: "`{name}` is compared with a literal {what}",
    Role.FALLBACK: "`{name}` falls back to a literal {what} when it is not set",
}


# The handlers look at many nodes of every module and nearly all of them hold nothing: each looks at the cheapest sign
# first.


@rule.on_all(ast.Assign, ast.AnnAssign, ast.NamedExpr)
def detect_assignment(nodes: Sequence[ast.Assign | ast.AnnAssign | ast.NamedExpr], at: Context) -> Iterator[Finding]:
    """Look at `name = "..."`."""
    for node in nodes:
        if node.value.__class__ in HOLDERS:
            yield from _findings(named_literals.of_assignment(node), at)


@rule.on_all(ast.Dict)
def detect_entry(nodes: Sequence[ast.Dict], at: Context) -> Iterator[Finding]:
    """Look at `{"name": "..."}`."""
    for node in nodes:
        if node.keys:
            yield from _findings(named_literals.of_dict(node), at)


@rule.on_all(ast.keyword)
def detect_argument(nodes: Sequence[ast.keyword], at: Context) -> Iterator[Finding]:
    """Look at `call(name="...")`."""
    for node in nodes:
        if node.value.__class__ in HOLDERS and node.arg is not None and may_promise_secret(node.arg):
            yield from _findings(named_literals.of_keyword(node), at)


@rule.on_all(ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
def detect_default(
    nodes: Sequence[ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda], at: Context
) -> Iterator[Finding]:
    """Look at `def f(name="...")`."""
    for node in nodes:
        if node.args.defaults or node.args.kw_defaults:
            yield from _findings(named_literals.of_parameters(node), at)


@rule.on_all(ast.Compare)
def detect_comparison(nodes: Sequence[ast.Compare], at: Context) -> Iterator[Finding]:
    """Look at `name == "..."`."""
    for node in nodes:
        if node.comparators[0].__class__ is ast.Constant or node.left.__class__ is ast.Constant:
            yield from _findings(named_literals.of_comparison(node), at)


@rule.on_call(*named_literals.LOOKUPS)
def detect_fallback(node: ast.Call, at: Context) -> Iterable[Finding]:
    """Look at `os.getenv("NAME", "...")`."""
    return _findings(named_literals.of_lookup(node, at.model), at)


@rule.on_call(*named_literals.POSITIONS)
def detect_position(node: ast.Call, at: Context) -> Iterable[Finding]:
    """Look at `jwt.encode(claims, "...")`."""
    return _findings(named_literals.of_positions(node, at.model), at) if node.args else ()


def _findings(found: Iterable[NamedLiteral], at: Context) -> Iterable[Finding]:
    suspects = [named for named in found if may_promise_secret(named.name)]
    return _judged(suspects, at) if suspects else ()


def _judged(suspects: Iterable[NamedLiteral], at: Context) -> Iterator[Finding]:
    from perffix.semantic.secrets.judgement import judge
    from perffix.semantic.secrets.published import is_of_every_copy, is_published

    for named in suspects:
        verdict = judge(named.name, named.value)
        if verdict is None or _has_a_shape(named) or is_of_every_copy(named.name):
            continue
        if not is_illustration(named.literal, at.model) and not is_published(named.literal, at.model):
            yield _finding(named, verdict, at)


def _has_a_shape(named: NamedLiteral) -> bool:
    """Tell whether the shape of a value decides already: it is reported as a token, or refuted by its checksum."""
    from perffix.semantic.secrets.tokens import is_counterfeit, recognise_literal

    value = named.value
    return recognise_literal(named.literal) is not None or (isinstance(value, str) and is_counterfeit(value))


def _finding(named: NamedLiteral, verdict: Judgement, at: Context) -> Finding:
    from perffix.rewrites.environment_variable import fix_by_environment
    from perffix.semantic.secrets.judgement import Kind

    what = "password" if verdict.kind is Kind.PASSWORD else "secret"
    if verdict.generated:
        looks = "the value is the key that the project template generated for development"
    elif verdict.confidence is Confidence.HIGH:
        looks = "the value looks random"
    else:
        looks = "the value mixes kinds of characters or is widely used"
    holder = holder_of(named.literal, at.model)
    called = "" if holder is None or holder.owner is None else last_name(holder.owner)
    call = f" of `{called}`" if called else ""
    return at.finding(
        named.literal,
        _SAID[named.role].format(name=named.name, what=what, call=call),
        confidence=verdict.confidence,
        code=_VARIANTS.get(named.role),
        severity=Severity.LOW if verdict.generated else None,
        evidence=(f"the name `{named.name}` promises a {what}", looks),
        fix=fix_by_environment(named.literal, at.model),
        secret=True,
    )
