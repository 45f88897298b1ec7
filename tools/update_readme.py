"""Bring the generated parts of README.md up to date: the table of rules, and the output on the sample and the shop.

python tools/update_readme.py            write README.md
python tools/update_readme.py --check    exit 1 if that would change it
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

TOP = Path(__file__).parent.parent
README = TOP / "README.md"
SHOP = TOP / "fixtures/apps/django_shop"
_SAMPLE = re.compile(
    r"(?P<code><!-- sample -->\n```python\n(?P<text>.*?)```\n\n)(?P<output>.*?)(?P<end><!-- end sample -->)",
    re.DOTALL,
)
_SHOP = re.compile(r"(<!-- shop -->\n).*?(<!-- end shop -->)", re.DOTALL)
_MARK = re.compile(r"  # expect: .*")
_RULES = re.compile(r"(<!-- rules -->\n).*?(<!-- end rules -->)", re.DOTALL)


def updated(readme: str) -> str:
    """Return the text of the README with its generated parts made anew."""
    for pattern, new in ((_SAMPLE, _with_output), (_SHOP, _with_finding), (_RULES, _with_rules)):
        readme = _replaced(pattern, new, readme)
    return readme


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


def _with_finding(found: re.Match[str]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        for path in (SHOP / "shop").rglob("*"):
            if path.suffix in (".py", ".html"):
                copy = folder / path.relative_to(SHOP)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_text(_MARK.sub("", path.read_text(encoding="utf-8")), encoding="utf-8")
        output = _perffix("check", "--isolated", "shop", folder=folder)
    told = [
        each for each in output.split("\n\n") if re.match(r"shop/views\.py:.* PERF712 .* `Order` .* `customer`", each)
    ]
    if len(told) != 1:
        raise SystemExit(f"the shop has no such finding:\n{output}")
    return f"{found[1]}```console\n$ perffix shop\n{told[0]}\n```\n{found[2]}"


def _perffix(*arguments: str, text: str = "", folder: str | None = None) -> str:
    command = [sys.executable, "-m", "perffix", *arguments]
    ran = subprocess.run(command, cwd=folder, input=text, capture_output=True, encoding="utf-8", check=False)
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
