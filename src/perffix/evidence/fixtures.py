"""Where the rules' fixtures are: the code that shows each rule at work, and its benchmark."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import perffix
from perffix.config import UsageError

_FOLDER_NAME = re.compile(r"([A-Z]+[0-9]+)_([a-z0-9_]+)")


class FixturesMissingError(UsageError):
    """The fixtures, or those of one rule, are not there; the message says what was looked for and where."""


class RuleFolder(NamedTuple):
    """The fixture folder of a rule."""

    code: str
    name: str
    path: Path

    @property
    def bench(self) -> Path:
        """The bench file, which need not exist."""
        return self.path / "bench.py"

    @property
    def has_bench(self) -> bool:
        """Whether there is something to measure."""
        return self.bench.is_file()


def fixtures_folder() -> Path:
    """Return the folder that holds one `CODE_rule_name` folder for each rule.

    An installed perffix carries it inside the package; a checkout has it at its top.

    Raises:
        FixturesMissingError: neither place has it.
    """
    package = Path(perffix.__file__).resolve().parent
    places = (package / "fixtures", package.parent.parent / "fixtures")
    for place in places:
        if any(_FOLDER_NAME.fullmatch(path.name) for path in place.glob("*_*")):
            return place
    looked = " nor ".join(map(str, places))
    raise FixturesMissingError(f"the rules' fixtures are missing: neither {looked} holds any")


def rule_folders(rule: str = "ALL") -> list[RuleFolder]:
    """Return the fixture folders that are meant, ordered by code.

    Args:
        rule: a rule's code or name, the beginning of codes, or ALL.

    Raises:
        FixturesMissingError: no folder is meant, or there are no fixtures at all.
    """
    found = []
    folder = fixtures_folder()
    for path in sorted(folder.iterdir()):
        match = _FOLDER_NAME.fullmatch(path.name)
        if match and path.is_dir():
            code, name = match[1], match[2].replace("_", "-")
            if rule.upper() in ("ALL", code) or rule.lower() == name or _is_prefix(rule.upper(), code):
                found.append(RuleFolder(code, name, path))
    if not found:
        raise FixturesMissingError(f"{rule}: no rule with fixtures in {folder}")
    return found


def _is_prefix(rule: str, code: str) -> bool:
    """Tell whether `rule` is the beginning of a code, at least its letters."""
    return rule.startswith(code.rstrip("0123456789")) and code.startswith(rule)
