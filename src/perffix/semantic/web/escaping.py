"""Escaping: which template engines write values into HTML as they are, and what shows that it is HTML."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.arguments import argument_of, unpacks
from perffix.semantic.scopes import How
from perffix.semantic.secrets import words_of
from perffix.semantic.strings import build_of
from perffix.semantic.weaknesses.prescribed import names_around
from perffix.semantic.web.objects import (
    class_of,
    made_by,
    text_of,
    texts_in,
    uses_of_object,
    written_value,
)
from perffix.semantic.web.surroundings import is_for_development

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel

_ENVIRONMENTS = (
    "jinja2.Environment",
    "jinja2.environment.Environment",
    "jinja2.sandbox.SandboxedEnvironment",
    "jinja2.sandbox.ImmutableSandboxedEnvironment",
)
_TEMPLATES = ("jinja2.Template", "jinja2.environment.Template")
_SELECTORS = ("jinja2.select_autoescape", "jinja2.utils.select_autoescape")
_PAGES = ("starlette.templating.Jinja2Templates", "fastapi.templating.Jinja2Templates")
# Engines that escape unless they are told not to, and whose answers are HTML.
_ESCAPING = (*_PAGES, "aiohttp_jinja2.setup", "tornado.web.Application")
_APPLICATIONS = ("flask.Flask", "quart.Quart")
_RENDERERS = ("flask.render_template", "quart.render_template", "flask.templating.render_template")
_HTML_ENDINGS = ("html", "htm", "xhtml")
_FLASK_ENDINGS = (".html", ".htm", ".xml", ".xhtml", ".svg")
DEFAULT_ENDINGS = ("html", "htm", "xml")
_TAGS = r"<(?:!doctype html|(?:html|body|div|span|table|tr|td|h[1-6]|p|br|ul|li|script|form|img|a)[\s/>])"


class Page(NamedTuple):
    """What shows that a template engine makes HTML.

    Attributes:
        node: the expression that shows it.
        name: the name of a template file, or None when it is a text or an answer.
        says: it in words.
        unread: it is called a page, but what stands in it is not seen.
    """

    node: ast.expr
    name: str | None
    says: str
    unread: bool = False


class Endings(NamedTuple):
    """What `select_autoescape` escapes; `node` is the display of the endings, or None when they are the default."""

    escaped: tuple[str, ...]
    strings: bool
    node: ast.expr | None


class Unescaped(NamedTuple):
    """An engine that does not escape although it makes HTML.

    Attributes:
        node: the call or statement that decides it.
        value: what is written for `autoescape`, or None when nothing is.
        pages: what shows that it makes HTML; empty where that is certain by the engine.
        endings: the endings that are escaped, when it selects by them.
    """

    node: ast.Call | ast.Assign
    value: ast.expr | None
    pages: tuple[Page, ...]
    endings: Endings | None = None


def unescaped_call(call: ast.Call, model: SemanticModel) -> Unescaped | None:
    """Return what is wrong with a call that makes a template engine or a template, or None."""
    name = model.qualified_name(call.func)
    if name is None or unpacks(call):
        return None
    value = argument_of(call, "autoescape")
    if name in _ESCAPING:
        off = isinstance(value, ast.Constant) and not value.value
        return Unescaped(call, value, ()) if off else None
    if name in _TEMPLATES:
        text = argument_of(call, "source", 0)
        page = None if text is None or not _is_off(value) else _html_text(text, model)
        if page is None or (page.unread and not _are_for_others(call, model)):
            return None
        return Unescaped(call, value, (page,))
    if name not in _ENVIRONMENTS or _is_set_later(call, model):
        return None
    pages = tuple(_pages_of(call, model))
    if _is_off(value):
        proved = bool(pages) and (not all(page.unread for page in pages) or _are_for_others(call, model))
        return Unescaped(call, value, pages) if proved else None
    endings = None if value is None else _endings(value, model)
    if endings is None:
        return None
    missed = tuple(page for page in pages if not _is_escaped(page, endings))
    return Unescaped(call, value, missed, endings) if missed else None


def _are_for_others(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether pages go into other people's browsers or mailboxes, by the module's imports or a name around.

    A program that shows pages to its own user, in a window, a notebook or a report, shows what that user brought.
    """
    table = facts.load("pages")
    if is_for_development(call, model):
        return False
    if any(package.partition("_")[0] in table["packages"] for package in model.imports.packages):
        return True
    path = PurePath(model.source.place)
    names = [*names_around(call, model), path.stem, path.parent.name]
    return any(not set(words_of(name)).isdisjoint(table["words"]) for name in names)


def _is_off(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and not value.value)


def _is_set_later(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether the module sets `autoescape` on the environment that a call makes, or replaces it."""
    for use in uses_of_object(call, model):
        parent = model.parent(use)
        if isinstance(parent, ast.Attribute) and parent.value is use and parent.attr in ("autoescape", "overlay"):
            return True
    return False


def _endings(value: ast.expr, model: SemanticModel) -> Endings | None:
    """Return what `select_autoescape(...)` escapes, or None when the value is something else."""
    if not isinstance(value, ast.Call) or model.qualified_name(value.func) not in _SELECTORS or unpacks(value):
        return None
    if argument_of(value, "default", 3) is not None or argument_of(value, "disabled_extensions", 1) is not None:
        return None
    node = argument_of(value, "enabled_extensions", 0)
    texts = dict.fromkeys(DEFAULT_ENDINGS) if node is None else texts_in(node, model)
    if texts is None or (node is not None and not isinstance(written_value(node, model), (ast.List, ast.Tuple))):
        return None
    strings = argument_of(value, "default_for_string", 2)
    off = isinstance(strings, ast.Constant) and not strings.value
    return Endings(tuple(text.lstrip(".").lower() for text in texts), not off, node)


def _is_escaped(page: Page, endings: Endings) -> bool:
    if page.name is None:
        return endings.strings
    return any(page.name.lower().endswith(f".{ending}") for ending in endings.escaped)


# What is rendered


def _pages_of(call: ast.Call, model: SemanticModel) -> Iterator[Page]:
    """Yield what shows that an environment makes HTML: templates taken from it, and pages that are answered."""
    for use in uses_of_object(call, model):
        parent = model.parent(use)
        if isinstance(parent, ast.keyword):
            owner = model.parent(parent)
            if parent.arg == "env" and isinstance(owner, ast.Call) and model.qualified_name(owner.func) in _PAGES:
                yield Page(owner.func, None, "its templates are answered as pages")
        if not isinstance(parent, ast.Attribute) or parent.value is not use:
            continue
        taken = model.parent(parent)
        if isinstance(taken, ast.Call) and taken.func is parent and taken.args:
            yield from _taken(parent.attr, taken.args[0], model)


def _taken(method: str, wanted: ast.expr, model: SemanticModel) -> Iterator[Page]:
    if method == "from_string":
        page = _html_text(wanted, model)
        if page is not None:
            yield page
    elif method in ("get_template", "select_template", "get_or_select_template"):
        names = wanted.elts if isinstance(wanted, (ast.List, ast.Tuple)) else [wanted]
        for each in names:
            name = _end_of(each, model)
            if name is not None and is_html_name(name):
                yield Page(each, name, f"`{model.text(each)}` is a page by its name", unread=True)


def _end_of(expr: ast.expr, model: SemanticModel) -> str | None:
    """Return the literal text that a name of a template ends in, or None."""
    text = text_of(expr, model)
    if text is not None:
        return text
    built = build_of(expr, model)
    return None if built is None else built.text.rpartition("\0")[2]


def is_html_name(name: str) -> bool:
    """Tell whether a file is HTML by its name: `page.html`, also `page.html.j2`."""
    return any(ending in _HTML_ENDINGS for ending in name.lower().split(".")[1:])


def _html_text(expr: ast.expr, model: SemanticModel) -> Page | None:
    """Return that a text of a template is HTML which shows values as they are, or None when that is not certain."""
    text = text_of(expr, model)
    if text is None:
        path = _path_read(expr, model)
        name = None if path is None else _end_of(path, model)
        if name is None or not is_html_name(name):
            return None
        return Page(expr, None, f"`{name}` is a page by its name", unread=True)
    if _tag().search(text) is None or "autoescape" in text:
        return None
    shown = [value for value in _shown().findall(text) if not _escaped().search(value)]
    return Page(expr, None, "the text of the template is HTML") if shown else None


@cache
def _tag() -> re.Pattern[str]:
    return re.compile(_TAGS, re.IGNORECASE)


@cache
def _shown() -> re.Pattern[str]:
    return re.compile(r"\{\{-?(.*?)-?\}\}", re.DOTALL)


@cache
def _escaped() -> re.Pattern[str]:
    return re.compile(r"\|\s*(?:e|escape|forceescape|tojson|urlencode|int|float|length|count|round)\b")


def _path_read(expr: ast.expr, model: SemanticModel) -> ast.expr | None:
    """Return the path of the file whose whole text an expression is: `open(path).read()`, `Path(path).read_text()`."""
    for _ in range(3):
        single = model.single_of(expr)
        if single is None or single.how is not How.ASSIGNED or single.value is None:
            break
        expr = single.value
    if not isinstance(expr, ast.Call) or not isinstance(expr.func, ast.Attribute):
        return None
    maker = made_by(expr.func.value, model)
    if maker is None or not maker.args:
        return None
    name = model.qualified_name(maker.func)
    wanted = {"read": ("builtins.open", "io.open", "codecs.open"), "read_text": ("pathlib.Path",)}
    return maker.args[-1 if name == "pathlib.Path" else 0] if name in wanted.get(expr.func.attr, ()) else None


# Switches that are set on an object, and names that no ending covers


def unescaped_assignment(node: ast.Assign, model: SemanticModel) -> Unescaped | None:
    """Return what is wrong with `app.jinja_env.autoescape = False` and its kind, or None."""
    target = node.targets[0]
    if not (isinstance(node.value, ast.Constant) and node.value.value is False):
        return None
    if isinstance(target, ast.Attribute) and target.attr == "autoescape":
        owner = target.value
        if isinstance(owner, ast.Attribute) and owner.attr in ("jinja_env", "env"):
            wanted = _APPLICATIONS if owner.attr == "jinja_env" else _PAGES
            return Unescaped(node, node.value, ()) if class_of(owner.value, model) in wanted else None
        return None
    if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Attribute):
        options = target.value
        if options.attr == "jinja_options" and text_of(target.slice, model) == "autoescape":
            return Unescaped(node, node.value, ()) if class_of(options.value, model) in _APPLICATIONS else None
    return None


def unescaped_name(call: ast.Call, model: SemanticModel) -> str | None:
    """Return the name of a page that Flask renders without escaping, because of its ending; None for others."""
    if model.qualified_name(call.func) not in _RENDERERS or not call.args or "autoescape" in model.source.text:
        return None
    name = text_of(call.args[0], model)
    if name is None or not is_html_name(name) or name.endswith(_FLASK_ENDINGS):
        return None
    return name


def unescaped_engine(node: ast.Assign, model: SemanticModel) -> ast.expr | None:
    """Return the `False` by which Django's only template engine does not escape, or None."""
    target = node.targets[0]
    engines = node.value
    if not isinstance(target, ast.Name) or target.id != "TEMPLATES" or not isinstance(engines, (ast.List, ast.Tuple)):
        return None
    if len(engines.elts) != 1 or not isinstance(model.parent(node), ast.Module):
        return None
    backend = text_of(_entry(engines.elts[0], "BACKEND"), model)
    off = _entry(_entry(engines.elts[0], "OPTIONS"), "autoescape")
    known = backend is not None and backend.startswith("django.template.backends.")
    return off if known and isinstance(off, ast.Constant) and off.value is False else None


def _entry(expr: ast.expr | None, key: str) -> ast.expr | None:
    """Return the value of a key of a dict display."""
    if isinstance(expr, ast.Dict):
        for each, value in zip(expr.keys, expr.values, strict=True):
            if isinstance(each, ast.Constant) and each.value == key:
                return value
    return None
