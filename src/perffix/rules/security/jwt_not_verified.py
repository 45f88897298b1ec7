"""A JSON Web Token is believed without full verification.

## What it does
Reports how PyJWT, python-jose, Authlib and google-auth are told not to look:

- the signature is not verified: `options={"verify_signature": False}`, `get_unverified_claims`,
  `verify=False` of google-auth;
- the token chooses the algorithm: `algorithms=[get_unverified_header(token)["alg"]]`, or none is given to
  python-jose; symmetric and asymmetric algorithms are allowed side by side; `"none"` is among them;
- expiry or audience are not verified: `verify_exp`, `verify_aud`; with Authlib `claims.validate()` is not called;
- the call does not do what it says: PyJWT 2 ignores `verify=False`, fails without `algorithms`, and takes a string
  of algorithms for a list of substrings.

## Why it is dangerous
Anybody can write a token. Without a verified signature its user, roles and expiry are what the sender wants them
to be. A token that may choose between a public and a shared key can be signed with the public key as the secret.

## Example
```python
import jwt

def current_user(token: str) -> str:
    claims = jwt.decode(token, options={"verify_signature": False})
    return claims["sub"]
```

## Use instead
```python
import jwt

def current_user(token: str, key: str) -> str:
    claims = jwt.decode(token, key, algorithms=["HS256"])
    return claims["sub"]
```

## When it stays silent
- The same token is verified in the same function, too: the first look only finds the key or the issuer.
- Only `iss`, `kid`, `exp` or `iat` are read: that decides who verifies, or whether to ask for a new token.
- The program has fetched the token from its issuer itself, or kept the issuer's answer (`response["id_token"]`); or
  it looks at `exp` or `aud` on its own.
- The audience of tokens that are made with a shared secret: nobody else makes such.
- The function says in its name that it does not verify: its callers know.
- Options and algorithms are not seen: they come from a parameter, a setting, `**options`.
- The key of a call without `algorithms` may be a PyJWK, which knows its own.
- The algorithm of the header is checked against a list first.
- The file belongs to tests.

## Fix safety
Unsafe: tokens are refused that were accepted. The option that switches verification off is taken out where key and
algorithms are given, `"none"` is taken out of the list, `verify=False` goes, `algorithms` is added where the module
encodes its tokens with one algorithm, and `claims.validate()` is called. A string of algorithms is put into a list:
PyJWT accepts the same tokens, but a header whose `alg` is no text is refused instead of failing with a TypeError.
Elsewhere a person has to say which key verifies.

## References
- [CWE-347: Improper Verification of Cryptographic Signature](https://cwe.mitre.org/data/definitions/347.html)
- [PyJWT: usage](https://pyjwt.readthedocs.io/en/stable/usage.html)
- [RFC 8725: JSON Web Token Best Current Practices](https://www.rfc-editor.org/rfc/rfc8725)
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Confidence, Fix, InsertAfter, NodeRef, Replace, SetArgument, Severity
from perffix.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perffix.model import Finding
    from perffix.rules.rule import Context
    from perffix.semantic.web.json_web_tokens import Decode

rule = Rule(
    code="SEC822",
    name="jwt-not-verified",
    summary="A JSON Web Token is believed without verifying its signature, algorithm, expiry or audience",
    help="Verify it with the key and a fixed list of algorithms: `decode(token, key, algorithms=[...])`",
    severity=Severity.HIGH,
    cwe=347,
    fix=Applicability.UNSAFE,
    needs=("jwt", "jose"),
    in_tests=False,
)

_METHODS = ("decode", "decode_complete", "get_unverified_claims", "verify")
_SYMMETRIC = ("HS",)
_ASYMMETRIC = ("RS", "ES", "PS", "EdDSA")


@rule.on(ast.Call)
def detect(call: ast.Call, at: Context) -> Iterable[Finding]:
    """Look at `jwt.decode(...)` and its kin, under whatever name it was imported."""
    func = call.func
    if (func.__class__ is ast.Attribute and func.attr not in _METHODS) or not (call.args or call.keywords):
        return ()
    return _judged(call, at)


def _judged(call: ast.Call, at: Context) -> Iterator[Finding]:
    from perffix.semantic.web.json_web_tokens import AUTHLIB, GOOGLE, decode_of

    decode = decode_of(call, at.model)
    if decode is None:
        return
    if decode.skips_signature:
        yield from _without_signature(decode, at)
    elif decode.library == AUTHLIB:
        yield from _without_claims(decode, at)
    elif decode.library != GOOGLE:
        yield from _by_algorithms(decode, at)
        yield from _by_options(decode, at)


def _without_signature(decode: Decode, at: Context) -> Iterator[Finding]:
    from perffix.semantic.web.json_web_tokens import is_only_looked_at

    if is_only_looked_at(decode, at.model):
        return
    complete = decode.arguments.get("key") is not None and decode.arguments.get("algorithms") is not None
    fix = _without_option(decode, "verify_signature") if complete else None
    what = "the token" if decode.token is None else f"`{at.text(decode.token)}`"
    from_issuer = re.search(r"(?i)id_?token", what) is not None  # may have come straight from it over TLS
    yield at.finding(
        decode.call,
        f"The claims of {what} are taken without verifying its signature",
        confidence=Confidence.MEDIUM if from_issuer else Confidence.HIGH,
        severity=Severity.MEDIUM if from_issuer else None,
        evidence=(f"{decode.library} looks at nothing but the form of the token here",),
        fix=fix or Fix(Applicability.DISPLAY, "Give the key and the list of algorithms, and verify"),
    )


def _without_option(decode: Decode, name: str) -> Fix | None:
    """Return the fix that takes one option out of a dict that stands in the call."""
    options = decode.arguments.get("options")
    if not isinstance(options, ast.Dict):
        return None
    kept = [
        (key, value)
        for key, value in zip(options.keys, options.values, strict=True)
        if not (isinstance(key, ast.Constant) and key.value == name)
    ]
    if not kept and any(keyword.value is options for keyword in decode.call.keywords):
        edit: SetArgument | Replace = SetArgument(NodeRef.of(decode.call), "options", Code(""))
    else:
        pieces: dict[str, NodeRef | str] = {}
        for index, (key, value) in enumerate(kept):
            assert key is not None
            pieces[f"key{index}"], pieces[f"value{index}"] = NodeRef.of(key), NodeRef.of(value)
        text = ", ".join(f"$key{index}: $value{index}" for index in range(len(kept)))
        edit = Replace(NodeRef.of(options), Code(f"{{{text}}}", pieces))
    return Fix(Applicability.UNSAFE, f"Take `{name}` out of the options", (edit,))


def _without_claims(decode: Decode, at: Context) -> Iterator[Finding]:
    from perffix.semantic.web.json_web_tokens import claims_are_validated

    if claims_are_validated(decode, at.model):
        return
    statement = at.model.statement_of(decode.call)
    fix = Fix(Applicability.DISPLAY, "Call `validate()` on the claims")
    name = "The claims"
    if isinstance(statement, ast.Assign) and statement.value is decode.call:
        target = statement.targets[0]
        name = f"`{at.text(target)}`"
        code = Code("$claims.validate()", {"claims": NodeRef.of(target)})
        fix = Fix(
            Applicability.UNSAFE, f"Call `{at.text(target)}.validate()`", (InsertAfter(NodeRef.of(statement), code),)
        )
    yield at.finding(
        decode.call,
        f"{name} may be expired: nothing validates what Authlib decoded",
        severity=Severity.MEDIUM,
        help="Call `claims.validate()` before the claims are used",
        evidence=("Authlib's `decode` verifies the signature alone",),
        fix=fix,
    )


def _by_options(decode: Decode, at: Context) -> Iterator[Finding]:
    from perffix.semantic.web.json_web_tokens import PYJWT, algorithms_in, is_claim_checked

    if decode.is_off("verify_exp") and not is_claim_checked("exp", decode, at.model):
        yield at.finding(
            decode.call,
            "Tokens are accepted after they have expired",
            severity=Severity.MEDIUM,
            help="Verify the expiry; refresh with a refresh token",
            evidence=("`verify_exp` is False",),
            fix=_without_option(decode, "verify_exp"),
        )
    names = [str(getattr(each, "value", "")) for each in algorithms_in(decode.arguments.get("algorithms"), at.model)]
    of_others = bool(names) and all(name.startswith(_ASYMMETRIC) for name in names)
    if of_others and decode.is_off("verify_aud") and not is_claim_checked("aud", decode, at.model):
        yield at.finding(
            decode.call,
            "Tokens that were issued for somebody else are accepted",
            severity=Severity.LOW,
            help="Pass `audience=` and verify it",
            evidence=("`verify_aud` is False",),
            fix=Fix(Applicability.DISPLAY, "Pass `audience=` instead"),
        )
    verify = decode.arguments.get("verify")
    if decode.library == PYJWT and isinstance(verify, ast.Constant) and verify.value is False:
        complete = decode.arguments.get("key") is not None and decode.arguments.get("algorithms") is not None
        named = any(keyword.value is verify for keyword in decode.call.keywords)
        edit = SetArgument(NodeRef.of(decode.call), "verify", Code(""))
        yield at.finding(
            decode.call,
            "`verify=False` is ignored by PyJWT 2, and makes PyJWT 1 take any token",
            severity=Severity.LOW if complete else Severity.MEDIUM,
            help="Take the argument out, and give the key and the list of algorithms",
            fix=Fix(Applicability.UNSAFE, "Take `verify` out", (edit,))
            if complete and named
            else Fix(Applicability.DISPLAY, "Give the key and the list of algorithms, and take `verify` out"),
        )


def _by_algorithms(decode: Decode, at: Context) -> Iterator[Finding]:
    from perffix.semantic.web.json_web_tokens import algorithms_in

    given = decode.arguments.get("algorithms")
    if given is None or (isinstance(given, ast.Constant) and given.value is None):
        if not decode.open_ended:
            yield from _without_algorithms(decode, at)
        return
    if isinstance(given, ast.Constant) and isinstance(given.value, str):
        yield from _as_text(decode, given, at)
        return
    elements = algorithms_in(given, at.model)
    names = [each.value for each in elements if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    yield from _chosen_by_token(decode, [given, *elements], at)
    if any(name.lower() == "none" for name in names):
        yield at.finding(
            decode.call,
            'Unsigned tokens are allowed: "none" is among the algorithms',
            severity=Severity.LOW,
            help='Take "none" out: current versions refuse such tokens all the same, older ones may not',
            fix=_without_none(given, elements),
        )
    symmetric = [name for name in names if name.startswith(_SYMMETRIC)]
    asymmetric = [name for name in names if name.startswith(_ASYMMETRIC)]
    if symmetric and asymmetric:
        yield at.finding(
            decode.call,
            f"The token chooses between a shared secret ({symmetric[0]}) and a public key ({asymmetric[0]})",
            severity=Severity.MEDIUM,
            help="Allow the algorithms of one kind of key alone",
            evidence=("who knows the public key can use it as the secret, unless the library notices",),
        )


def _without_algorithms(decode: Decode, at: Context) -> Iterator[Finding]:
    from perffix.semantic.web.json_web_tokens import PYJWT, algorithm_of_module

    if decode.arguments.get("verify") is not None:
        return  # reported for that
    if decode.library == PYJWT and not _is_no_jwk(decode.arguments.get("key"), at):
        return
    calls = [node for node in ast.walk(at.source.tree) if isinstance(node, ast.Call)]
    algorithm = algorithm_of_module(calls, decode.library, at.model)
    fix = Fix(Applicability.DISPLAY, "Give the list of algorithms that the tokens are made with")
    if algorithm is not None:
        edit = SetArgument(NodeRef.of(decode.call), "algorithms", Code(f'["{algorithm}"]'))
        fix = Fix(Applicability.UNSAFE, f"Allow {algorithm} alone, which this module encodes with", (edit,))
    if decode.library == PYJWT:
        message = "`algorithms` is missing: PyJWT 2 refuses every token, PyJWT 1 lets the token choose"
    else:
        message = "`algorithms` is missing: python-jose lets the token choose"
    yield at.finding(
        decode.call,
        message,
        severity=Severity.LOW if decode.library == PYJWT else Severity.MEDIUM,
        fix=fix,
    )


def _is_no_jwk(key: ast.expr | None, at: Context) -> bool:
    """Tell whether a key is certainly no PyJWK, which brings its algorithm along: it is text, or named a secret."""
    if key is None or isinstance(key, ast.Constant):
        return True
    known = at.model.type_of(key)
    if known is not None and known.name in ("str", "bytes"):
        return True
    from perffix.semantic.secrets import words_of
    from perffix.semantic.written_names import last_name

    if isinstance(key, ast.Call) and last_name(key.func) in ("from_jwk", "load_pem_public_key", "load_pem_private_key"):
        return True
    return "secret" in words_of(last_name(key))


def _as_text(decode: Decode, given: ast.Constant, at: Context) -> Iterator[Finding]:
    from perffix.semantic.web.json_web_tokens import PYJWT

    if decode.library == PYJWT:
        edit = Replace(NodeRef.of(given), Code("[$algorithm]", {"algorithm": NodeRef.of(given)}))
        yield at.finding(
            decode.call,
            "`algorithms` is a string: PyJWT looks for the name of the token's algorithm anywhere in it",
            severity=Severity.LOW,
            help="Give a list",
            evidence=("a token whose `alg` is no text makes it fail with a TypeError",),
            fix=Fix(Applicability.UNSAFE, "Put the algorithm into a list", (edit,)),
        )


def _chosen_by_token(decode: Decode, exprs: list[ast.expr], at: Context) -> Iterator[Finding]:
    from perffix.semantic.flow.closed import is_closed
    from perffix.semantic.web.json_web_tokens import is_header_of_token

    for expr in exprs:
        if is_header_of_token(expr, at.model) and not is_closed(expr, at.model):
            yield at.finding(
                decode.call,
                f"The token chooses the algorithm that verifies it: `{at.text(expr)}`",
                help="Allow a fixed list of algorithms",
                evidence=("the header of a token is what its sender wrote",),
                fix=Fix(Applicability.DISPLAY, "Allow the algorithms that the keys are made for"),
            )
            return


def _without_none(given: ast.expr, elements: list[ast.expr]) -> Fix:
    kept = [each for each in elements if not (isinstance(each, ast.Constant) and str(each.value).lower() == "none")]
    if not kept or not isinstance(given, (ast.List, ast.Tuple)):
        return Fix(Applicability.DISPLAY, "Give the list of algorithms that the tokens are made with")
    pieces: dict[str, NodeRef | str] = {f"each{index}": NodeRef.of(each) for index, each in enumerate(kept)}
    edit = Replace(NodeRef.of(given), Code(f"[{', '.join(f'${name}' for name in pieces)}]", pieces))
    return Fix(Applicability.UNSAFE, 'Take "none" out of the list', (edit,))
