"""Bring the generated parts of README.md up to date: the table of rules, and the output on the sample.

python tools/update_readme.py            write README.md
python tools/update_readme.py --check    exit 1 if that would change it
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

README = Path(__file__).parent.parent / "README.md"
_SAMPLE = re.compile(
    r"(?P<code><!-- sample -->\n```python\n(?P<text>.*?)```\n\n)(?P<output>.*?)(?P<end><!-- end sample -->)",
    re.DOTALL,
)
_RULES = re.compile(r"(<!-- rules -->\n).*?(<!-- end rules -->)", re.DOTALL)


def updated(readme: str) -> str:
    """Return the text of the README with its generated parts made anew."""
    return _replaced(_RULES, _with_rules, _replaced(_SAMPLE, _with_output, readme))


def _replaced(pattern: re.Pattern[str], new: Callable[[re.Match[str]], str], text: str) -> str:
    text, count = pattern.subn(new, text)
    if count != 1:
        raise SystemExit(f"{README.name}: the marks of a generated part are missing: {pattern.pattern}")
    return text


def _with_rules(found: re.Match[str]) -> str:
    return f"{found[1]}{_perffix('rules', '--output-format', 'markdown')}{found[2]}"


def _with_output(found: re.Match[str]) -> str:
    arguments = ("check", "--isolated", "--stdin-filename", "jobs.py", "-")
    output = _perffix(*arguments, text=found["text"])
    return f"{found['code']}```console\n$ perffix jobs.py\n{output}```\n{found['end']}"


def _perffix(*arguments: str, text: str = "") -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "perffix", *arguments], input=text, capture_output=True, encoding="utf-8", check=False
    )
    if ran.returncode not in (0, 1) or ran.stderr:
        raise SystemExit(ran.stderr)
    return ran.stdout


def main() -> int:
    """Write the README, or only compare with `--check`; return the exit status."""
    text = README.read_text(encoding="utf-8")
    new = updated(text)
    if "--check" in sys.argv[1:]:
        if new != text:
            print("README.md is out of date: run make readme")
        return int(new != text)
    README.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
