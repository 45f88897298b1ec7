"""What bandit says about its checks, in the Markdown that the pages of rules are written in."""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

_RULE = re.compile(r"[=\-~^]{3,}")
_HEADING = re.compile(r"(?:\*\*|:)([^*:]+)(?::\*\*|:|\*\*)")
_DIRECTIVE = re.compile(r"\.\. ([\w-]+)::?(?=\s|$)")
_REFERENCE = re.compile(r"\.\. (?:\[\d+\] )?")
_DROPPED = frozenset({"versionadded", "versionchanged", "deprecated"})
_TEST_FOR = re.compile(r"^(?:test|checking)(?: for)?(?: the)? ", re.IGNORECASE)


def of_test(bandit_id: str, function: Callable[..., Any]) -> tuple[str, str]:
    """Return summary and documentation of a test function, from its docstring or that of its module."""
    module = sys.modules.get(function.__module__)
    text = inspect.getdoc(function) or inspect.cleandoc((module and module.__doc__) or "")
    title = re.search(rf"^\W*{bandit_id}:\s*(.+?)[\s*]*$", text, re.MULTILINE)
    summary = _capitalised(_TEST_FOR.sub("", title[1] if title else function.__name__.replace("_", " ")))
    body = text[title.end() :] if title else text
    return summary, f"bandit's {bandit_id}: {summary}\n\n{_markdown(body)}".rstrip() + "\n"


def of_entry(entry: Mapping[str, Any], kinds: Collection[str]) -> tuple[str, str]:
    """Return summary and documentation of an entry of the blacklists, found on these kinds of nodes."""
    names: list[str] = list(entry["qualnames"])
    done = "imported" if "Import" in kinds else "called"
    others = f" or one of {len(names) - 1} others" if len(names) > 2 else "".join(f" or `{name}`" for name in names[1:])
    summary = f"`{names[0]}`{others} is {done}" if names else str(entry["name"])
    message = textwrap.fill(" ".join(str(entry["message"]).replace("{name}", "this").split()), 100)
    listed = "".join(f"- `{name}`\n" for name in names)
    return summary, f"bandit's {entry['id']}: {entry['name']}\n\n{message}\n\n## Reports when {done}\n{listed}"


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".")


def _markdown(text: str) -> str:
    """Return reStructuredText as Markdown, as far as bandit makes use of it."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(_lines(text.splitlines()))).strip() + "\n"


def _lines(lines: Iterable[str]) -> Iterator[str]:
    block = ""  # the directive whose indented lines are read
    for line in lines:
        if block and line.strip() and not line.startswith(" "):
            if block == "code-block":
                yield "```"
            block = ""
        if directive := _DIRECTIVE.match(line):
            if block == "code-block":
                yield "```"
            block = directive[1]
            if block == "code-block":
                yield "```text"
            elif block not in _DROPPED:
                yield f"## {block.replace('seealso', 'see also').capitalize()}"
        elif block == "code-block":
            yield line[4:]
        elif heading := _HEADING.fullmatch(line.strip()):
            yield f"## {heading[1].strip().capitalize()}"
        elif block not in _DROPPED and not _RULE.fullmatch(line.strip()):
            yield _REFERENCE.sub("- ", line.strip()) if block else line
    if block == "code-block":
        yield "```"
