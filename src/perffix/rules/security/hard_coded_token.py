"""A provider's token, a URL with a password or a private key is written into the source.

## What it does
Reports strings whose shape alone gives them away: the keys and tokens of some forty providers by their exact format,
URLs and connection strings that carry a password, private keys with their body, JSON Web Tokens whose header decodes.
Where a format has a checksum (GitHub, npm, Grafana), it is computed: a token that fails is a stand-in and stays
unreported, one that passes is genuine. Nothing is sent anywhere to find out.

## Why it is dangerous
Such strings are found by machines within minutes of becoming public, and each of them opens an account. No output of
perffix shows the value.

## Example
```python
DATABASE_URL = "postgresql://billing:kT4!vRw9-zLq@db.internal:5432/billing"
```

## Use instead
```python
import os

DATABASE_URL = os.environ["DATABASE_URL"]
```

The secret stays in the history of the repository: revoke it and make a new one.

## When it stays silent
- A checksum fails, an AWS key is the documentation's, a token is the sample token of the tutorials.
- The random part is a stand-in: `xxxx`, `EXAMPLE`, `1234567890`, one character repeated.
- A URL's password is empty, a template, a placeholder, the user's name, or a plain word on the local machine.
- A private key's header stands without a body, as in a comparison.
- The string is a docstring, or any other statement of its own.
- A remark beside the value or right above it says that it is no secret, or public on purpose.
- The module reads one site's pages for youtube-dl or yt-dlp (`InfoExtractor`), or gallery-dl: its keys are
  those of the pages.
- The file belongs to tests, documentation, examples or migrations: there only what a checksum proves is reported, with
  low severity.

## Fix safety
Unsafe: the program needs the variable from then on, and fails with a KeyError at this place without it. Whole strings
are replaced by a look-up in the way the module reads its environment already; the variable has the provider's
customary name, such as `GITHUB_TOKEN`. A secret inside a longer text, a default or a comparison is left to a person.

## References
- [CWE-798: Use of Hard-coded Credentials](https://cwe.mitre.org/data/definitions/798.html)
- [GitHub's token formats](https://github.blog/engineering/behind-githubs-new-authentication-token-formats/)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Confidence, Severity, Span
from perffix.rules.rule import Rule
from perffix.semantic.secrets import SHORTEST_TOKEN, may_hold_token

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perffix.model import Finding
    from perffix.rules.rule import Context
    from perffix.semantic.secrets.tokens import Token

rule = Rule(
    code="SEC801",
    name="hard-coded-token",
    summary="A provider's token, a URL with a password or a private key is written into the source",
    help="Read it from the environment or a secret store, and revoke the one in the source",
    severity=Severity.HIGH,
    cwe=798,
    fix=Applicability.UNSAFE,
)


@rule.on(ast.Module)
def detect(module: ast.Module, at: Context) -> Iterator[Finding]:
    """Look at the string and bytes literals of a module."""
    # Modules hold thousands of constants and hardly ever a token: look at the different values before the nodes.
    model = at.model
    long = [text for text in model.written_strings if len(text) >= SHORTEST_TOKEN]
    suspects: list[str | bytes] = []
    if may_hold_token("\n".join(long)):  # one look at all of them is mostly enough
        suspects += [text for text in long if may_hold_token(text)]
    suspects += [each for each in model.written_byte_strings if may_hold_token(each.decode("latin-1"))]
    tokens = _recognised(suspects) if suspects else {}
    for node in model.every(ast.Constant) if tokens else ():
        token = tokens.get(node.value) if isinstance(node.value, (str, bytes)) else None
        if token is not None:
            yield from _judged(node, token, at)


def _recognised(suspects: Iterable[str | bytes]) -> dict[str | bytes, Token]:
    """Return the tokens that some values hold."""
    from perffix.semantic.secrets.tokens import may_be_among, recognise

    texts = {each: each.decode("latin-1") if isinstance(each, bytes) else each for each in suspects}
    if not may_be_among(texts.values()):
        return {}
    found = {each: recognise(text) for each, text in texts.items()}
    return {each: token for each, token in found.items() if token is not None}


def _judged(node: ast.Constant, token: Token, at: Context) -> Iterator[Finding]:
    from perffix.rewrites.environment_variable import fix_by_environment
    from perffix.semantic.paths import is_test_path
    from perffix.semantic.secrets.named_literals import holder_of, is_illustration
    from perffix.semantic.secrets.published import is_published
    from perffix.semantic.secrets.tokens import recognise

    parent = at.model.parent(node)
    shown = is_test_path(at.source.place) or is_illustration(node, at.model)
    if isinstance(parent, ast.Expr) or (not token.verified and (shown or is_published(node, at.model))):
        return
    evidence = ["its checksum is right" if token.verified else "it has the exact shape"]
    holder = holder_of(node, at.model)
    # A name may be a key of a dict, and that may be a secret itself.
    if holder is not None and holder.name.isprintable() and len(holder.name) <= 40 and recognise(holder.name) is None:
        evidence.append(f"it stands under the name `{holder.name}`")
    yield at.finding(
        node,
        f"{token.description[0].upper()}{token.description[1:]} is written into the source",
        confidence=Confidence.HIGH if token.verified or token.severity is not Severity.LOW else Confidence.MEDIUM,
        span=Span.of(parent) if isinstance(parent, ast.JoinedStr) else None,
        severity=Severity.LOW if shown else token.severity,
        evidence=evidence,
        fix=fix_by_environment(node, at.model),
        secret=True,
    )
