"""A template engine writes values into HTML without escaping them.

## What it does

Reports engines that make HTML and do not escape what they put in:

- `jinja2.Environment(...)` and `jinja2.Template(...)`, whose `autoescape` is off unless it is given, when something
  shows that they make HTML: a template called `page.html` (or `page.html.j2`) is taken from it, the text of a template
  has HTML tags around its values, or its templates are answered as pages;
- `select_autoescape([...])` whose endings do not cover a page that is taken: `page.html.j2` does not end in `.html`;
- a page that Flask renders under a name with such an ending: Flask escapes `.html`, `.htm`, `.xml`, `.xhtml`, `.svg`;
- engines that escape by default and are told not to: `app.jinja_env.autoescape = False` of Flask and Quart,
  `Jinja2Templates(..., autoescape=False)`, `aiohttp_jinja2.setup(..., autoescape=False)`, Tornado's
  `Application(..., autoescape=None)`, Django's `TEMPLATES` with the option `"autoescape": False`.

## Why it is dangerous

A value that holds `<script>` becomes part of the page, and runs in the browser of whoever opens it with all that this
person may do on the site.

## Example

```python
from flask import Flask
from jinja2 import Environment, FileSystemLoader

app = Flask(__name__)
environment = Environment(loader=FileSystemLoader("templates"))


@app.get("/hello/<name>")
def page(name: str) -> str:
    return environment.get_template("page.html").render(name=name)
```

## Use instead

```python
from flask import Flask
from jinja2 import Environment, FileSystemLoader, select_autoescape

app = Flask(__name__)
environment = Environment(loader=FileSystemLoader("templates"), autoescape=select_autoescape())


@app.get("/hello/<name>")
def page(name: str) -> str:
    return environment.get_template("page.html").render(name=name)
```

## When it stays silent

- Nothing shows that the engine makes HTML: it may make source text, YAML, SQL, plain mail.
- Templates are only known by their names, and nothing shows that the pages go to other people: the module imports no
  web framework and nothing for mail, and neither it nor what is around is called so (`views.py`, `class Mailer`). A
  program may show pages to its own user, as in a window, a notebook or a report. So it is where the file or a name
  around says that it is for developers.
- `autoescape` is `True`, a function, a setting, or among options that are handed on (`**options`).
- The module sets `autoescape` on the environment later, or makes an overlay of it.
- A text of a template escapes each value itself (`{{ name|e }}`), or says `{% autoescape true %}`.
- Django has several engines: the one that does not escape may be for plain text.
- The environment is of a class of its own.

## Fix safety

Unsafe: values that hold HTML on purpose are escaped from then on, and values that are escaped already are escaped
twice. They need `Markup` or the filter `safe`. For a page that Flask renders, the file has to be renamed by a person.

## References

- [Jinja: autoescaping](https://jinja.palletsprojects.com/en/stable/api/#autoescaping)
- [Flask: Jinja setup](https://flask.palletsprojects.com/en/stable/templating/#jinja-setup)
- [CWE-79: Cross-site Scripting](https://cwe.mitre.org/data/definitions/79.html)
- Bandit B701
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Confidence, Fix, NodeRef, Related, Replace, Severity, Span
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perffix.model import Finding
    from perffix.semantic.web.escaping import Unescaped

rule = Rule(
    code="SEC701",
    name="template-autoescape-off",
    summary="A template engine writes values into HTML without escaping them",
    help="Switch autoescape on for all templates that make HTML",
    severity=Severity.MEDIUM,
    cwe=79,
    fix=Applicability.UNSAFE,
    needs=("autoescape", "jinja2", "render_template"),
)


@rule.on_call(
    "Environment",
    "SandboxedEnvironment",
    "ImmutableSandboxedEnvironment",
    "Template",
    "Jinja2Templates",
    "setup",
    "Application",
)
def detect_engine(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Look at calls that make an engine or a template."""
    from perffix.rewrites.autoescape import escaping_call
    from perffix.semantic.web.escaping import unescaped_call

    found = unescaped_call(call, at.model)
    if found is None:
        return
    name = at.text(call.func)
    evidence = [page.says for page in found.pages] or ["its templates are answered as pages"]
    if found.endings is not None:
        endings = ", ".join(f".{ending}" for ending in found.endings.escaped)
        message = f"`{name}` makes HTML from a template whose name is not covered by {endings or 'any ending'}"
        if found.pages[0].name is None:
            message = f"`{name}` makes HTML from texts, which it is told not to escape"
    elif found.value is None:
        message = f"`{name}` makes HTML and does not escape, as `autoescape` is not given"
    else:
        message = f"`{name}` makes HTML and is told not to escape it"
    yield at.finding(
        call, message, evidence=evidence, related=_shown(call, found), fix=escaping_call(call, found, at.model)
    )


def _shown(call: ast.Call, found: Unescaped) -> list[Related]:
    inside = Span.of(call)
    places = [(Span.of(page.node), page.says) for page in found.pages]
    return [Related(span, f"HTML: {says}") for span, says in places if not inside.contains(span)][:3]


@rule.on_call("render_template")
def detect_name(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Look at names of pages that Flask does not take for HTML."""
    from perffix.semantic.web.escaping import unescaped_name

    name = unescaped_name(call, at.model)
    if name is None:
        return
    ending = name.rpartition(".")[2]
    yield at.finding(
        call,
        f'Flask does not escape values in "{name}", whose name ends in .{ending}',
        confidence=Confidence.MEDIUM,
        help="Give the file a name that ends in .html",
        evidence=["Flask escapes .html, .htm, .xml, .xhtml and .svg", "its name says that the file is a page"],
        fix=Fix(Applicability.DISPLAY, "Give the file a name that ends in .html"),
    )


@rule.on(ast.Assign)
def detect_switch(node: ast.Assign, at: Context) -> Iterable[Finding]:
    """Look at `app.jinja_env.autoescape = False` and at Django's `TEMPLATES`."""
    target = node.targets[0]
    if isinstance(target, ast.Name):
        return _engine(node, at) if target.id == "TEMPLATES" else ()
    value = node.value
    return _switch(node, at) if isinstance(value, ast.Constant) and value.value is False else ()


def _switch(node: ast.Assign, at: Context) -> Iterator[Finding]:
    from perffix.semantic.web.escaping import unescaped_assignment

    if unescaped_assignment(node, at.model) is None:
        return
    alone = len(at.model.block_of(node)) < 2 or len(node.targets) > 1
    edit = Replace(NodeRef.of(node), Code(""))
    fix = None if alone else Fix(Applicability.UNSAFE, "Leave escaping to the ending of a template's name", (edit,))
    yield at.finding(node, f"`{at.text(node)}` switches escaping off for all pages", fix=fix)


def _engine(node: ast.Assign, at: Context) -> Iterator[Finding]:
    from perffix.semantic.web.escaping import unescaped_engine

    off = unescaped_engine(node, at.model)
    if off is not None:
        fix = Fix(Applicability.UNSAFE, "Switch escaping on", (Replace(NodeRef.of(off), Code("True")),))
        yield at.finding(off, "The only template engine of Django is told not to escape HTML", fix=fix)
