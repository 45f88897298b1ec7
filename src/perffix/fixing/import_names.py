"""Names put into and taken out of one import statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perffix.model import Import

# A list of names that would grow beyond this gets a line of its own instead.
_LINE_LENGTH = 88


def source_of(wanted: Import) -> str:
    """Return the statement that makes an import."""
    if wanted.name is None:
        return f"import {wanted.module}"
    return f"from {wanted.module} import {wanted.name}"


def merged(module: cst.Module, line: cst.SimpleStatementLine, wanted: Import) -> cst.SimpleStatementLine | None:
    """Return a line `from m import a` that imports a further name, or None when it has no good place for it."""
    (statement, *others) = line.body
    if others or not isinstance(statement, cst.ImportFrom) or isinstance(statement.names, cst.ImportStar):
        return None
    assert wanted.name is not None
    names = list(statement.names)
    position = _position(names, wanted.name)
    names.insert(position, _alias(names, position, wanted.name))
    if position == len(names) - 1:
        # The name before the last needs a comma; the last ends as the last did.
        names[-2:] = [names[-2].with_changes(comma=_comma(names[:-1])), names[-1].with_changes(comma=names[-2].comma)]
    longer = line.with_changes(body=[statement.with_changes(names=names)])
    text = module.code_for_node(longer.with_changes(leading_lines=[])).rstrip()
    if statement.lpar is None and len(text) > _LINE_LENGTH and "\n" not in text:
        return None
    return longer


def _position(names: Sequence[cst.ImportAlias], name: str) -> int:
    """Return where a name goes among others: in their order, whichever it is, else at the end."""
    texts = [_dotted(alias.name) for alias in names]
    for key in (_constants_first, str.lower, str):
        keys = [key(text) for text in texts]
        if keys == sorted(keys):
            return sum(other < key(name) for other in keys)  # type: ignore[operator]
    return len(texts)


def _constants_first(name: str) -> tuple[int, str]:
    """Order names as import sorters do: constants, then classes, then the rest."""
    if name.isupper() and len(name) > 1:
        return 0, name
    return (1, name) if name[:1].isupper() else (2, name)


def _alias(names: Sequence[cst.ImportAlias], position: int, name: str) -> cst.ImportAlias:
    return cst.ImportAlias(cst.Name(name), comma=_comma(names))


def _comma(names: Sequence[cst.ImportAlias]) -> cst.Comma:
    """Return a comma with the white space that stands between names, without its comments."""
    for alias in names[:-1]:
        if isinstance(alias.comma, cst.Comma):
            after = alias.comma.whitespace_after
            if isinstance(after, cst.ParenthesizedWhitespace):
                line_end = cst.TrailingWhitespace(newline=after.first_line.newline)
                after = after.with_changes(first_line=line_end, empty_lines=[])
            return cst.Comma(whitespace_after=after)
    return cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


def without_name(
    statement: cst.BaseSmallStatement, unwanted: Import, is_used: Callable[[str], bool]
) -> cst.BaseSmallStatement | None:
    """Return a statement without an import; the same when it stays, None when nothing is left of it.

    `import x as x` and `from m import x as x` export the name again, so they stay.
    """
    if isinstance(statement, cst.Import):
        if unwanted.name is not None:
            return statement
        searched = unwanted.module
    elif isinstance(statement, cst.ImportFrom):
        if unwanted.name is None or _module(statement) != unwanted.module:
            return statement
        searched = unwanted.name
    else:
        return statement
    if isinstance(statement.names, cst.ImportStar):
        return statement
    names = [alias for alias in statement.names if not _goes(alias, searched, is_used)]
    if len(names) == len(statement.names):
        return statement
    if not names:
        return None
    names[-1] = names[-1].with_changes(comma=statement.names[-1].comma)
    return statement.with_changes(names=names)


def _goes(alias: cst.ImportAlias, searched: str, is_used: Callable[[str], bool]) -> bool:
    name = _dotted(alias.name)
    if name != searched:
        return False
    if alias.asname is not None:
        bound = _dotted(alias.asname.name)
        return bound != name and not is_used(bound)
    return not is_used(name.partition(".")[0])


def _module(statement: cst.ImportFrom) -> str:
    module = "" if statement.module is None else _dotted(statement.module)
    return "." * len(statement.relative) + module


def _dotted(node: cst.CSTNode) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""
