"""Whether a file that the running Python cannot parse is valid for a newer one: libcst reads the syntax of all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import libcst

Version = tuple[int, int]

# Classes that appeared with a Python version; by name, since older releases of libcst lack some of them.
_SINCE: dict[str, Version] = {
    "Match": (3, 10),
    "TryStar": (3, 11),
    "TypeAlias": (3, 12),
    "TypeParameters": (3, 12),
    "TemplatedString": (3, 14),
    "LazyImport": (3, 15),
    "LazyImportFrom": (3, 15),
    "StarredDictComp": (3, 15),
}
_COMPREHENSIONS = frozenset({"ListComp", "SetComp", "GeneratorExp"})


# What follows keeps libcst from harm: its parser recurses on the machine's stack, so that deep nesting ends the
# process, and long chains of operators take it quadratic time. Such files get no answer.
_LONGEST_STATEMENT = 4000  # bytes
_DEEPEST_BRACKETS = 100
_STACK = 64 * 1024 * 1024
_OUTERMOST = re.compile(rb"(?:def|class|import|from|async|@)\b|@")
_BRACKET = re.compile(rb"[(\[{]|[)\]}]")


def oldest_python(data: bytes) -> Version | None:
    """Return the oldest Python that parses a file, as far as its newest construct tells.

    Args:
        data: the bytes of the file.

    Returns:
        The version that the newest construct in the file appeared with; None when no known Python parses the
        file, when nothing in it is newer than Python 3.9, and when it would be dangerous to find out.
    """
    if not _is_tame(data):
        return None
    import threading

    answers: list[Version | None] = []
    stack = threading.stack_size(_STACK)
    try:
        thread = threading.Thread(target=lambda: answers.append(_newest_construct(data)))
        thread.start()
    except RuntimeError:  # no room for such a stack
        return None
    finally:
        threading.stack_size(stack)
    thread.join()
    return answers[0] if answers else None


def _newest_construct(data: bytes) -> Version | None:
    import libcst

    try:
        module = libcst.parse_module(data)
    except Exception:  # libcst has no class for all that stops it: of t-strings side by side it makes a bare Exception
        return None
    try:
        return max(filter(None, (_since(node, module) for node in _nodes(module))), default=None)
    except RecursionError:
        return None


def _is_tame(data: bytes) -> bool:
    """Tell whether no statement is very long or deep, judged by lines and brackets, those in strings among them."""
    depth = length = 0
    for line in data.splitlines():
        if depth == 0 or _OUTERMOST.match(line):
            depth = length = 0
        length += len(line)
        for bracket in _BRACKET.findall(line):
            depth = depth + 1 if bracket in b"([{" else max(depth - 1, 0)
            if depth > _DEEPEST_BRACKETS:
                return False
        if length > _LONGEST_STATEMENT:
            return False
        if line.endswith(b"\\"):
            depth = max(depth, 1)
    return True


def _nodes(module: libcst.Module) -> Iterator[Any]:
    """Yield all nodes, without recursion. They are looked at by name, so their types are of no use."""
    pending: list[Any] = [module]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(node.children)


def _since(node: Any, module: libcst.Module) -> Version | None:
    """Return the version that brought the syntax of one node, None for what has always been there."""
    name = type(node).__name__
    if name in _SINCE:
        return _SINCE[name]
    if name == "TypeParam":
        return (3, 13) if getattr(node, "default", None) is not None else (3, 12)
    if name == "Index" and getattr(node, "star", None) == "*":
        return (3, 11)
    if name == "Annotation" and type(node.annotation).__name__ == "StarredElement":
        return (3, 11)
    if name == "ExceptHandler" and type(node.type).__name__ == "Tuple" and not node.type.lpar:
        return (3, 14)
    if name in _COMPREHENSIONS and type(node.elt).__name__ == "StarredElement":
        return (3, 15)
    if name == "FormattedString" and _is_freely_nested(node, module):
        return (3, 12)
    return None


def _is_freely_nested(string: Any, module: libcst.Module) -> bool:
    """Tell whether an f-string holds in its braces what was refused before Python 3.12."""
    quote = string.end
    for part in string.parts:
        if type(part).__name__ != "FormattedStringExpression":
            continue
        text = module.code_for_node(part)
        inside = module.code_for_node(part.expression)
        if quote in text or "\\" in inside or "#" in text or (len(quote) == 1 and "\n" in text):
            return True
    return False
