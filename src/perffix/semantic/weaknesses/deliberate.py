"""Deliberate choices: what happens only because somebody has asked for it, by an option, a setting or a name."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING

from perffix.semantic.secrets import words_of
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel

_LEAVES = (ast.Raise, ast.Return, ast.Continue, ast.Break)
# Words of options about how, and whether, the other end of a connection is verified.
_OPTIONS = frozenset(
    {
        "verify",
        "verified",
        "verification",
        "unverified",
        "insecure",
        "insecurely",
        "secure",
        "ssl",
        "tls",
        "sslv",
        "cert",
    }
    | {"certs", "certificate", "certificates", "https", "trust", "trusted", "untrusted", "validate", "validation", "ca"}
    | {"cafile", "cacert", "cacerts", "check", "hostname", "legacy", "old", "weak", "unsafe", "allow", "skip", "ignore"}
    | {"noverify", "selfsigned", "signed", "debug", "testing", "test", "version", "protocol", "strict", "bundle"}
)
_NAMES_THAT_SAY_SO = (
    frozenset({"unverified"}),
    frozenset({"insecure"}),
    frozenset({"noverify"}),
    frozenset({"non", "verifying"}),
    frozenset({"not", "verifying"}),
    frozenset({"non", "verified"}),
    frozenset({"no", "verify"}),
    frozenset({"no", "verification"}),
    frozenset({"disable", "verification"}),
    frozenset({"disable", "verify"}),
    frozenset({"disable", "ssl"}),
    frozenset({"disable", "certificate"}),
    frozenset({"skip", "verify"}),
    frozenset({"without", "verification"}),
    frozenset({"trust", "all"}),
    frozenset({"ignore", "ssl"}),
    frozenset({"ignore", "certificate"}),
    frozenset({"unsafe"}),
    frozenset({"legacy"}),
)


def is_asked_for(node: ast.AST, model: SemanticModel) -> bool:
    """Tell whether control comes to a node only after an option about security was looked at.

    The function around it, or the name that gets the result, may say so, too: then it is whoever uses that who
    chooses.
    """
    if any(not _OPTIONS.isdisjoint(_words_in(test)) for test in _tests_on_the_way(node, model)):
        return True
    names = [set(words_of(name)) for each in (node, *model.ancestors(node)) for name in _names_given_by(each)]
    return any(saying <= words for words in names for saying in _NAMES_THAT_SAY_SO)


def _names_given_by(node: ast.AST) -> Iterator[str]:
    """Yield the name of a function or class, and those of what an assignment sets."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.Assign, ast.AnnAssign)):
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            yield last_name(target)
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                yield target.value.id


def _tests_on_the_way(node: ast.AST, model: SemanticModel) -> Iterator[ast.expr]:
    """Yield the tests of the branches that a node stands in, and of those before it that leave."""
    child = node
    for parent in model.ancestors(node):
        if isinstance(parent, (ast.If, ast.IfExp, ast.While)) and child is not parent.test:
            yield parent.test
        elif isinstance(parent, ast.BoolOp):
            yield from parent.values[: parent.values.index(child)] if isinstance(child, ast.expr) else ()
        elif isinstance(parent, ast.match_case):
            match = model.parent(parent)
            if isinstance(match, ast.Match):
                yield match.subject
        if isinstance(child, ast.stmt):
            block = model.block_of(child)
            for before in block[: block.index(child)]:
                if isinstance(before, ast.If) and isinstance(before.body[-1], _LEAVES):
                    yield before.test
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            return
        child = parent


def _words_in(test: ast.expr) -> Iterator[str]:
    for node in ast.walk(test):
        if isinstance(node, ast.Name):
            yield from words_of(node.id)
        elif isinstance(node, ast.Attribute):
            yield from words_of(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)):
            text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            yield from words_of(text)
            if _version_of_protocol().fullmatch(text.strip()):
                yield "version"


@cache
def _version_of_protocol() -> re.Pattern[str]:
    """Return what a version of TLS looks like in a setting: `tls1.0`, `TLSv1_1`, `SSLv3`."""
    import re

    return re.compile(r"(?i)(?:protocol[_ ]?)?(?:tls|ssl)[ _-]?(?:v[ _.]?)?[123](?:[._][0-3])?")
