"""A secret is made of numbers that can be computed from earlier ones.

## What it does
Reports calls of the module `random` (and of objects of `random.Random`) whose value becomes a password, a token, a
session key, a one-time code, a salt or a nonce, as its name says: the variable, attribute, key, parameter or function
that gets it in the end. A name such as `token`, which means other things too, counts only where letters and digits
are put together.

## Why it is dangerous
The generator of `random` is made for simulations. Whoever sees 624 of its numbers, spread over some hundred
tokens, computes all others, those of other people too; less is needed where it was seeded by the time.

## Example
```python
import random
import string

def new_password() -> str:
    return "".join(random.choice(string.ascii_letters) for _ in range(12))
```

## Use instead
```python
import secrets
import string

def new_password() -> str:
    return "".join(secrets.choice(string.ascii_letters) for _ in range(12))
```

## When it stays silent
- The value gets no name that means a secret, or one such as `token` without being made of letters and digits.
- One of several that exist already is chosen, as in `random.choice(passwords)`.
- The generator is that of the system: `secrets`, `random.SystemRandom`.
- A function or class around says by its name that it makes something up: `fake`, `mock`, `sample`, `simulate`.
- A nonce or the id of a session goes straight into the query of a request: only the server may look at it again.
- The name is not that of `random`.
- The code only runs where `uuid`, `secrets` or the like cannot be imported: every Python has them.
- The file belongs to tests (a default that selecting the rule by its code overrides).

## Fix safety
Unsafe: code that seeds the generator or replaces it in tests gets other values. `secrets.choice`, `secrets.randbits`
and `secrets.token_bytes` take the place of their counterparts; the others become methods of `secrets.SystemRandom()`,
which has the same interface. Where the module seeds the generator, it wants the same values again: then the remedy
is only named.

## References
- [secrets](https://docs.python.org/3/library/secrets.html)
- [CWE-338: Use of Cryptographically Weak Pseudo-Random Number Generator](https://cwe.mitre.org/data/definitions/338.html)
- [bandit: B311](https://bandit.readthedocs.io/en/latest/blacklists/blacklist_calls.html#b311-random)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Confidence, Fix, Import, NodeRef, Replace, Severity
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from perffix.model import Finding
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.weaknesses.random_secrets import RandomSecret

rule = Rule(
    code="SEC311",
    name="random-for-secret",
    summary="A secret is made of numbers that can be computed from earlier ones",
    help="Use the module `secrets`",
    severity=Severity.MEDIUM,
    cwe=338,
    fix=Applicability.UNSAFE,
    names=("random",),
)

_METHODS = (
    *("choice", "choices", "sample", "randint", "randrange", "random", "getrandbits", "randbytes", "uniform"),
    *("triangular", "betavariate"),
)
_COUNTERPARTS = {"choice": "choice", "getrandbits": "randbits", "randbytes": "token_bytes"}


@rule.on_call(*_METHODS)
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Find random values that become secrets."""
    from perffix.semantic.weaknesses.random_secrets import Kind, random_secret_of

    secret = random_secret_of(call, at.model)
    if secret is None:
        return
    fresh = secret.kind is Kind.FRESH
    reason = "must not come twice" if fresh else "must not be guessed"
    yield at.finding(
        call,
        f"`{at.text(call.func)}` makes `{secret.name}`, which {reason}, of numbers that can be computed",
        severity=Severity.LOW if fresh else Severity.MEDIUM,
        confidence=Confidence.HIGH if secret.kind is Kind.SECRET else Confidence.MEDIUM,
        evidence=[f"the value goes to `{secret.name}` at line {getattr(secret.node, 'lineno', call.lineno)}"],
        fix=_fix(call, secret, at.model),
    )


def _fix(call: ast.Call, secret: RandomSecret, model: SemanticModel) -> Fix:
    """Return the fix that calls the counterpart in `secrets`."""
    advice = Fix(Applicability.DISPLAY, "Take the value from the module `secrets`")
    if not secret.of_module or "seed(" in model.source.text:
        return advice
    module = model.imports.spelling_of("secrets", None, call)
    if module is None:
        return advice
    counterpart = _COUNTERPARTS.get(secret.function, f"SystemRandom().{secret.function}")
    return Fix(
        Applicability.UNSAFE,
        advice.description,
        (Replace(NodeRef.of(call.func), Code(f"{module.text}.{counterpart}")),),
        () if module.adds is None else (module.adds,),
        (Import("random"), Import("random", secret.function)),
    )
