"""A client's text runs as code, or becomes part of a query, a pattern or a document that is read as one.

## What it does

Follows what these calls are given back to where it comes from, and reports it where a request or another message from
the network is proved to be a part of it:

- Python code: `eval`, `exec`, `compile`, `__import__`, `importlib.import_module`, `DataFrame.query` and the like,
- an LDAP filter: `search` of ldap3 and python-ldap,
- an XPath expression: `xpath`, `find` of lxml, of the standard library and of parsel,
- an XML document that lxml reads with a parser that loads what the document names,
- a regular expression: `re.search` and its kind.

SQL is the matter of SEC608, shell commands of SEC602, templates of SEC831, pickles of SEC301.

## Why it is dangerous

Code can do all that the program can: no list of forbidden words keeps `().__class__.__base__` out. `*)(uid=*` ends one
condition of a filter and begins another, `' or '1'='1` does so in XPath. An entity of an XML document may stand for
`file:///etc/passwd`. The pattern `(a+)+$` runs for hours on a short text.

## Example

```python
from flask import Flask, request

app = Flask(__name__)


@app.route("/compute")
def compute():
    return str(eval(request.args["formula"]))
```

## Use instead

```python
import ast

from flask import Flask, request

app = Flask(__name__)


@app.route("/compute")
def compute():
    return str(ast.literal_eval(request.args["formula"]))
```

## When it stays silent

- The text is written in the program, a number, one of a list of allowed values, a value of an enumeration, or matches
  a pattern without harmful characters: digits and signs alone name nothing.
- It is escaped for the place: `ldap.filter.escape_filter_chars`, `escape_rdn`, `re.escape`; for code `repr` and
  `json.dumps`.
- It is passed beside the query: `tree.xpath("//user[@name = $name]", name=name)`.
- `ast.literal_eval` reads it, which knows literals alone.
- It comes from the person who runs the program: the command line, the terminal, a file.
- The program catches `re.error` around the call, or the whole pattern is the client's: the client is meant to write
  one.
- The XML parser has no switch that loads anything.
- Where it comes from is not known. Bandit's B307 and B102 report every `eval` and `exec` in `--audit`.
- The file belongs to tests (a default that selecting the rule by its code overrides).

## Fix safety

Unsafe, and only for `re`: `re.escape` makes the client's text a literal one, and `int` a number where it says how often
something stands in a row. `resolve_entities=False` is unsafe, too: a document may use entities of its own.

## References

- [CWE-94](https://cwe.mitre.org/data/definitions/94.html), [CWE-90](https://cwe.mitre.org/data/definitions/90.html),
  [CWE-643](https://cwe.mitre.org/data/definitions/643.html), [CWE-611](https://cwe.mitre.org/data/definitions/611.html),
  [CWE-1333](https://cwe.mitre.org/data/definitions/1333.html)
- [RFC 4515: filters of LDAP](https://www.rfc-editor.org/rfc/rfc4515)
- [lxml: variables in XPath](https://lxml.de/xpathxslt.html#the-xpath-method)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Fix, NodeRef, Replace, SetArgument, Severity
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Finding

rule = Rule(
    code="SEC833",
    name="code-from-input",
    summary="A client's text runs as code, or becomes part of a query, a pattern or a document",
    help="Read data with `ast.literal_eval` or `json.loads`, and choose what runs from a table of the program",
    severity=Severity.HIGH,
    cwe=94,
    fix=Applicability.UNSAFE,
    names=(
        "eval", "exec", "compile", "__import__", "import_module", "runpy", "timeit", "numexpr", "pandas", "sympy",
        "code", "ldap", "ldap3", "etree", "ElementTree", "lxml", "parsel", "re", "regex",
    ),
    remote=True,
)  # fmt: skip

# By the kind of sink: what the text becomes, its number in the Common Weakness Enumeration, severity, and the remedy.
_KINDS = {
    "code": ("runs as Python code in", 94, Severity.HIGH, None),
    "ldap": ("becomes part of the LDAP filter for", 90, Severity.HIGH, "Pass it through `escape_filter_chars`"),
    "xpath": (
        "becomes part of the XPath expression for",
        643,
        Severity.MEDIUM,
        "Name a variable in the expression and pass the value beside it: `tree.xpath('//*[@id = $id]', id=value)`",
    ),
    "regex": ("becomes part of the regular expression for", 1333, Severity.LOW, "Pass it through `re.escape`"),
}


_AS_A_NUMBER = "Make the text a number"


@rule.on_call(
    "eval", "exec", "compile", "__import__", "import_module", "run_path", "run_module", "timeit", "evaluate", "sympify",
    "parse_expr", "query", "runsource", "push",
)  # fmt: skip
def detect_code(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Yield a finding when a client's text runs as Python code."""
    yield from _of_kind(call, "code", at)
    if at.model.qualified_name(call.func) in ("re.compile", "regex.compile"):
        yield from _of_kind(call, "regex", at)


@rule.on_call("search", "search_s", "search_st", "search_ext", "search_ext_s")
def detect_filter(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Yield a finding when a client's text becomes part of an LDAP filter; `search` may be one for a pattern, too."""
    yield from _of_kind(call, "regex" if at.model.qualified_name(call.func) else "ldap", at)


@rule.on_call("xpath", "find", "findall", "findtext", "XPath", "ETXPath")
def detect_xpath(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Yield a finding when a client's text becomes part of an XPath expression; `findall` may be one for a pattern."""
    is_pattern = at.model.qualified_name(call.func) in ("re.findall", "regex.findall")
    yield from _of_kind(call, "regex" if is_pattern else "xpath", at)


@rule.on_call("match", "fullmatch", "finditer", "sub", "subn", "split")
def detect_pattern(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Yield a finding when a client's text becomes part of a regular expression."""
    yield from _of_kind(call, "regex", at)


@rule.on_call("fromstring", "XML", "parse")
def detect_document(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Yield a finding when a client's document is read by a parser that loads what the document names."""
    from perffix.semantic.flow.input import input_in
    from perffix.semantic.web.documents import loading_parser

    parser = loading_parser(call, at.model)
    origin = None if parser is None else input_in(parser.document, at.model, "xml", remote=True)
    if parser is None or origin is None or not origin.remote:
        return
    switch = f"{parser.switch.arg}={'True' if parser.value else 'False'}"
    fix = Fix(
        Applicability.UNSAFE,
        f"Set `{parser.switch.arg}` to {not parser.value}",
        (SetArgument(NodeRef.of(parser.call), parser.switch.arg or "", Code(str(not parser.value))),),
    )
    yield at.finding(
        call,
        f"`{at.text(parser.document, 50)}` comes from a client and is read by a parser with `{switch}`, which loads"
        " what a document names",
        help="Leave the switch out: a document of a client has no business to load anything",
        evidence=[origin.says],
        related=origin.steps,
        fix=fix,
    )._replace(cwe=611)


def _of_kind(call: ast.Call, kind: str, at: Context) -> Iterator[Finding]:
    from perffix.semantic.flow.input import input_in
    from perffix.semantic.flow.sinks import sink_at

    sink = sink_at(call, kind, at.model)
    origin = None if sink is None else input_in(sink.argument, at.model, kind, remote=True)
    if sink is None or origin is None or not origin.remote or (kind == "regex" and _expects_patterns(call, at)):
        return
    becomes, number, severity, remedy = _KINDS[kind]
    if kind == "regex" and _is_whole(sink.argument, at):
        return
    fix = _escaped(sink.argument, at) if kind == "regex" else None
    sender = "another server" if origin.kind == "answer" else "a client"
    yield at.finding(
        call,
        f"`{at.text(sink.argument, 50)}` comes from {sender} and {becomes} `{at.text(call.func, 40)}()`",
        severity=severity,
        help="Make it a number with `int`" if fix is not None and fix.description == _AS_A_NUMBER else remedy,
        evidence=[origin.says],
        related=origin.steps,
        fix=fix,
    )._replace(cwe=number)


def _expects_patterns(call: ast.Call, at: Context) -> bool:
    """Tell whether the program catches what a bad pattern raises: then the client is meant to write one."""
    return any(
        handler.type is not None and "error" in ast.unparse(handler.type)
        for each in at.model.ancestors(call)
        if isinstance(each, ast.Try)
        for handler in each.handlers
    )


def _is_whole(pattern: ast.expr, at: Context) -> bool:
    """Tell whether a pattern is all the client's: a search by patterns is what the program offers then."""
    from perffix.semantic.scopes import How

    for _ in range(5):
        binding = at.model.binding_of(pattern) if isinstance(pattern, ast.Name) else None
        if binding is None:
            break
        given = [each for each in binding.assignments if not isinstance(each.value, ast.Constant)]
        if len(given) != 1 or given[0].how not in (How.ASSIGNED, How.ANNOTATED, How.WALRUS) or given[0].value is None:
            return True
        pattern = given[0].value
    if isinstance(pattern, ast.Call) and isinstance(pattern.func, ast.Attribute):
        return pattern.func.attr not in ("format", "join", "replace")
    return not isinstance(pattern, (ast.JoinedStr, ast.BinOp))


def _escaped(pattern: ast.expr, at: Context) -> Fix | None:
    """Return the fix for a pattern with one value in it; an f-string is left to a person."""
    from perffix.semantic.strings import build_of

    built = build_of(pattern, at.model)
    hole = built.holes[0] if built is not None and len(built.holes) == 1 else None
    if hole is None or isinstance(hole.within, ast.JoinedStr):
        return None
    pattern = hole.value
    if not isinstance(pattern, (ast.Name, ast.Attribute, ast.Subscript, ast.Call)):
        return None
    before = built.text.partition("\0")[0] if built is not None else ""
    if before.endswith("{") or before.rstrip("0123456789,").endswith("{"):
        text = Code("int($text)", {"text": NodeRef.of(pattern)})
        return Fix(Applicability.UNSAFE, _AS_A_NUMBER, (Replace(NodeRef.of(pattern), text),))
    spelling = at.model.imports.spelling_of("re", None, at=pattern)
    if spelling is None:
        return None
    return Fix(
        Applicability.UNSAFE,
        "Pass the text through `re.escape`",
        (Replace(NodeRef.of(pattern), Code(f"{spelling.text}.escape($text)", {"text": NodeRef.of(pattern)})),),
        () if spelling.adds is None else (spelling.adds,),
    )
