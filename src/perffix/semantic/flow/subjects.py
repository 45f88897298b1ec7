"""Subjects of tests: the value that is asked about, and what a test may look at in its place.

That is the value in other letters, a path that was resolved from it, the URL in it taken apart, and the like.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.flow.folding import fold
from perffix.semantic.scopes import How

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perffix.semantic.model import SemanticModel

_SAME_TEXT = ("lower", "upper", "strip", "casefold", "encode", "decode", "lstrip", "rstrip", "title")
_RESOLVING = ("resolve", "absolute", "as_posix", "__str__", "joinpath")
_RESOLVING_FUNCTIONS = (
    "os.path.abspath", "os.path.realpath", "os.path.normpath", "pathlib.Path", "builtins.str", "os.fspath",
    "os.path.commonpath", "os.path.commonprefix", "os.path.relpath", "os.path.join", "os.path.normcase",
)  # fmt: skip
_PARSING = (
    "urllib.parse.urlparse",
    "urllib.parse.urlsplit",
    "urlparse.urlparse",
    "furl.furl",
    "yarl.URL",
    "httpx.URL",
    "werkzeug.urls.url_parse",
)
_HOSTS = ("netloc", "hostname", "host")
_DEPTH = 4


class Subject(NamedTuple):
    """What tests are asked about, for one kind of sink.

    Attributes:
        model: the module.
        kind: the kind of sink.
        is_value: tells whether an expression has the value that is asked about.
    """

    model: SemanticModel
    kind: str
    is_value: Callable[[ast.expr], bool]

    def is_shown_by(self, expr: ast.expr, depth: int = _DEPTH) -> bool:
        """Tell whether an expression is the subject, or that in other letters, or a resolved path of it."""
        if self.is_value(expr):
            return True
        if depth == 0:
            return False
        if isinstance(expr, ast.NamedExpr):
            return self.is_shown_by(expr.value, depth - 1) or self.is_shown_by(expr.target, depth - 1)
        if isinstance(expr, ast.Call):
            func = expr.func
            if isinstance(func, ast.Attribute) and func.attr in (*_SAME_TEXT, *_RESOLVING):
                return self.is_shown_by(func.value, depth - 1)
            if self.kind == "path" and self.model.qualified_name(func) in _RESOLVING_FUNCTIONS:
                return any(self.is_shown_by(each, depth - 1) for each in _flat(expr.args))
            if self.model.names.is_builtin(func, "str", "set", "frozenset", "list", "tuple", "repr"):
                return any(self.is_shown_by(each, depth - 1) for each in expr.args)
        if isinstance(expr, ast.Attribute) and self.kind == "path" and expr.attr in ("parents", "parent", "parts"):
            return self.is_shown_by(expr.value, depth - 1)
        if isinstance(expr, ast.BinOp) and self.kind == "path":
            return self.is_shown_by(expr.left, depth - 1) or self.is_shown_by(expr.right, depth - 1)
        made = made_from(expr, self.model)
        return made is not None and self.is_shown_by(made, depth - 1)

    def is_parsed_by(self, expr: ast.expr, depth: int = _DEPTH) -> bool:
        """Tell whether an expression is the subject taken apart as a URL."""
        if depth == 0:
            return False
        if isinstance(expr, ast.Call) and self.model.qualified_name(expr.func) in _PARSING:
            return any(self._is_in(each) for each in expr.args)
        made = made_from(expr, self.model)
        return self.is_value(expr) or (made is not None and self.is_parsed_by(made, depth - 1))

    def _is_in(self, expr: ast.expr) -> bool:
        """Tell whether the subject is all or part of an expression, as in `urlparse(urljoin(host, target))`."""
        if self.is_shown_by(expr):
            return True
        return isinstance(expr, ast.Call) and any(self.is_shown_by(each) for each in expr.args)

    def has_host(self, expr: ast.expr) -> bool:
        """Tell whether an expression is the host in the subject: `urlparse(x).netloc`."""
        return isinstance(expr, ast.Attribute) and expr.attr in _HOSTS and self.is_parsed_by(expr.value)

    def has_named_host(self, expr: ast.expr) -> bool:
        """Tell the same of what may have a name, or be made by `format`: `"{url.netloc}".format(url=urlparse(x))`."""
        expr = made_from(expr, self.model) or expr
        if not isinstance(expr, ast.Call) or not isinstance(expr.func, ast.Attribute) or expr.func.attr != "format":
            return self.has_host(expr)
        text = fold(expr.func.value, self.model)
        return isinstance(text, str) and any(
            self.is_parsed_by(each.value) and text in [f"{{{each.arg}.{host}}}" for host in _HOSTS]
            for each in expr.keywords
        )

    def is_inside_of_quotes(self, expr: ast.expr) -> bool:
        """Tell whether an expression is the subject without its first and last character, for code."""
        return (
            self.kind == "code"
            and isinstance(expr, ast.Subscript)
            and self.is_shown_by(expr.value)
            and ast.unparse(expr.slice) == "1:-1"
        )

    def has_segments(self, expr: ast.expr) -> bool:
        """Tell whether an expression is the path that is asked about, split at its slashes."""
        return (
            self.kind == "path"
            and isinstance(expr, ast.Call)
            and isinstance(expr.func, ast.Attribute)
            and expr.func.attr == "split"
            and len(expr.args) == 1
            and fold(expr.args[0], self.model) == "/"
            and self.is_shown_by(expr.func.value)
        )

    def is_given_by(self, expr: ast.expr) -> bool:
        """Tell whether an argument hands the subject to a check."""
        return self.is_shown_by(expr) or self.is_parsed_by(expr) or self._is_alone_in(expr)

    def _is_alone_in(self, expr: ast.expr) -> bool:
        """Tell whether the subject alone makes the difference in a text: `Method(f"{name}-auth")`."""
        if isinstance(expr, ast.Call) and len(expr.args) == 1 and not expr.keywords:
            return self._is_alone_in(expr.args[0])
        if not isinstance(expr, ast.JoinedStr):
            return False
        holes = [each.value for each in expr.values if isinstance(each, ast.FormattedValue)]
        return len(holes) == 1 and self.is_value(holes[0])


def made_from(expr: ast.expr, model: SemanticModel) -> ast.expr | None:
    """Return the value of a name that is assigned once."""
    if not isinstance(expr, ast.Name):
        return None
    single = model.single_of(expr)
    return single.value if single is not None and single.how in (How.ASSIGNED, How.ANNOTATED, How.WALRUS) else None


def _flat(arguments: list[ast.expr]) -> Iterator[ast.expr]:
    for each in arguments:
        if isinstance(each, (ast.List, ast.Tuple)):
            yield from each.elts
        else:
            yield each
