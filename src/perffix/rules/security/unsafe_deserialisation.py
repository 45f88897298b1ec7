"""Objects are made of bytes that come from outside, by a format that can call functions.

## What it does
Follows what `pickle`, `dill`, `cloudpickle`, `shelve`, `jsonpickle`, `joblib`, `pandas.read_pickle` and
`numpy.load(allow_pickle=True)` are given back through the module to where it enters, and reports what a client sends,
what comes over a socket, and what another server answers. SEC302 stands for `marshal`, SEC614 for `torch.load` without
`weights_only=True`.

## Why it is dangerous
A pickle is a program: it may name any function and have it called while it is loaded, before the caller sees an
object. Whoever chooses the bytes runs code with the rights of the server. There is no way to look whether a pickle is
harmless without loading it. `marshal` can be made to overwrite memory.

## Example
```python
import base64
import pickle

from flask import Flask, request

app = Flask(__name__)

@app.route("/cart")
def cart() -> dict:
    return pickle.loads(base64.b64decode(request.cookies["cart"]))
```

## Use instead
```python
import base64
import json

from flask import Flask, request

app = Flask(__name__)

@app.route("/cart")
def cart() -> dict:
    return json.loads(base64.b64decode(request.cookies["cart"]))
```

## When it stays silent
- No way is known on which input reaches the call: a file of the program's own, a cache, a parameter that nobody in the
  module fills from outside.
- The input is the name of a file: who names it need not have written it (SEC828 is about the name).
- The input comes from who runs the program: the command line, the environment, the terminal.
- A key has been asked for: the bytes are decrypted or unsigned, or the function compares a digest before
  (`hmac.compare_digest`, `verify`).
- The object is made by a class of the module that derives from `Unpickler` and chooses what may be named.
- `torch.load(..., weights_only=True)`, `numpy.load` without `allow_pickle`.
- The name is not that of one of these libraries.

## Fix safety
`weights_only=True` is added to `torch.load`: unsafe, since files that hold more than tensors are refused then. All else
needs another format on both ends.

## References
- [pickle: warning](https://docs.python.org/3/library/pickle.html)
- [CWE-502: Deserialization of Untrusted Data](https://cwe.mitre.org/data/definitions/502.html)
- bandit: [B301, B302](https://bandit.readthedocs.io/en/latest/blacklists/blacklist_calls.html#b301-pickle),
  [B614](https://bandit.readthedocs.io/en/latest/plugins/b614_pytorch_load.html)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from perffix.model import Applicability, Code, Confidence, Fix, NodeRef, SetArgument, Severity
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perffix.model import Finding
    from perffix.semantic.model import SemanticModel

rule = Rule(
    code="SEC301",
    name="unsafe-deserialisation",
    summary="Objects are made of input by a format that can call functions",
    help="Use a format of plain data such as JSON, or sign the bytes and check the signature first",
    severity=Severity.HIGH,
    cwe=502,
    fix=Applicability.UNSAFE,
    variants={
        "SEC302": "the format is that of `marshal`",
        "SEC614": "`torch.load` may load more than tensors",
    },
    names=(
        *("pickle", "_pickle", "cPickle", "dill", "cloudpickle", "shelve", "jsonpickle", "joblib", "read_pickle"),
        *("allow_pickle", "torch", "marshal", "PickleSerializer", "pickle_loads"),
    ),
    remote=True,
)

# Parts of a request that are uploaded files, and what makes the name of a file of them.
_UPLOADED = frozenset({"files", "FILES"})
_NAMED = frozenset({"filename", "name", "join"})
# Calls of functions named so show that a key was asked for.
_CHECKING = ("compare_digest", "verify", "verify_signature", "check_signature", "unsign", "validate_signature")


@rule.on_call("loads", "load", "Unpickler", "open", "decode", "read_pickle", "pickle_loads")
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Find calls that make objects of input."""
    from perffix.semantic.flow.input import input_in
    from perffix.semantic.flow.sinks import sink_at

    sink = sink_at(call, "deserialise", at.model)
    if sink is None or not _is_dangerous(call, sink.facts):
        return
    origin = input_in(sink.argument, at.model, "deserialise", remote=True)
    if origin is None or not origin.remote or _is_checked(call, at.model):
        return
    if sink.facts.get("path") and origin.kind != "upload" and not _is_file(sink.argument, at.model):
        return  # it is the name of a file
    harm = sink.facts.get("what", "calls any function that the bytes name")
    since = sink.facts.get("since")
    answered = origin.kind == "answer"
    yield at.finding(
        call,
        f"`{at.text(sink.argument, 40)}` comes from {'another server' if answered else 'outside'}, and"
        f" `{at.text(call.func)}` {harm}",
        code=sink.facts.get("code"),
        severity=Severity.MEDIUM if answered else Severity.HIGH,
        confidence=Confidence.MEDIUM if since else Confidence.HIGH,
        evidence=[origin.says, *([f"this holds before {since}"] if since else [])],
        related=origin.steps,
        fix=_fix(call, sink.facts),
    )


def _is_dangerous(call: ast.Call, facts: Mapping[str, Any]) -> bool:
    """Tell whether the arguments of a call leave it as powerful as it can be."""
    from perffix.semantic.arguments import argument_of

    if any(each.arg is None for each in call.keywords):
        return False
    for name, value in facts.get("unless", {}).items():
        given = argument_of(call, name)
        if given is not None and not (isinstance(given, ast.Constant) and given.value is not value):
            return False
    for name, value in facts.get("only", {}).items():
        given = argument_of(call, name)
        if not isinstance(given, ast.Constant) or given.value is not value:
            return False
    return True


def _is_file(argument: ast.expr, model: SemanticModel) -> bool:
    """Tell whether an argument is the file itself, uploaded or in memory, and not a name."""
    from perffix.semantic.makers import made_by

    made = made_by(argument, model)
    if made is not None and made.name in ("io.BytesIO", "io.BufferedReader"):
        return True
    parts: set[str] = set()
    pending, seen = [argument], set()
    while pending:
        for node in ast.walk(pending.pop()):
            if isinstance(node, ast.Attribute):
                parts.add(node.attr)
            binding = model.binding_of(node) if isinstance(node, ast.Name) else None
            if binding is not None and binding not in seen:
                seen.add(binding)
                pending += [each.value for each in binding.assignments if each.value is not None]
    return not parts.isdisjoint(_UPLOADED) and parts.isdisjoint(_NAMED)


def _is_checked(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether the function asks for a signature before the call."""
    function = model.function_of(call)
    if function is None:
        return False
    from perffix.semantic.written_names import last_name

    return any(
        isinstance(node, ast.Call)
        and node.lineno <= call.lineno
        and node is not call
        and last_name(node.func) in _CHECKING
        for node in ast.walk(function)
    )


def _fix(call: ast.Call, facts: Mapping[str, Any]) -> Fix:
    for name in facts.get("unless", {}):
        edit = SetArgument(NodeRef.of(call), name, Code("True"))
        return Fix(Applicability.UNSAFE, f"Pass `{name}=True`", (edit,))
    return Fix(Applicability.DISPLAY, "Use JSON on both ends, or check a signature of the bytes before they are loaded")
