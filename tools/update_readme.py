"""Bring the generated parts of README.md up to date: the table of rules, and what is printed of the sample and shop.

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
_SHOP, _MODELS, _EXPLAINED = (
    re.compile(rf"(<!-- {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL) for name in ("shop", "models", "explained")
)
_MARK = re.compile(r"  # expect: .*")
_RULES = re.compile(r"(<!-- rules -->\n).*?(<!-- end rules -->)", re.DOTALL)


def updated(readme: str) -> str:
    """Return the text of the README with its generated parts made anew."""
    for pattern, new in (
        (_SAMPLE, _with_output),
        (_SHOP, _with_finding),
        (_MODELS, _with_models),
        (_EXPLAINED, _with_beliefs),
        (_RULES, _with_rules),
    ):
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
    (told,) = _paragraphs(_of_shop("check", "shop"), r"shop/views\.py:.* PERF712 .* `Order` .* `customer`")
    return f"{found[1]}```console\n$ perffix shop\n{told}\n```\n{found[2]}"


def _with_models(found: re.Match[str]) -> str:
    output = _of_shop("models", "shop")
    (order,) = _paragraphs(output, r"shop\.Order ")
    (count,) = _paragraphs(output, r"\d+ models")
    return f"{found[1]}```console\n$ perffix models shop\n...\n{order}\n...\n{count}```\n{found[2]}"


def _with_beliefs(found: re.Match[str]) -> str:
    template = "shop/templates/shop/order_list.html"
    lines = (SHOP / template).read_text(encoding="utf-8").splitlines()
    (number,) = (number for number, line in enumerate(lines, 1) if "order.customer" in line)
    place = f"{template}:{number}"
    return f"{found[1]}```console\n$ perffix explain {place}\n{_of_shop('explain', place)}```\n{found[2]}"


def _paragraphs(output: str, beginning: str) -> list[str]:
    """Return the paragraphs of an output that begin so; there must be some."""
    found = [each for each in output.split("\n\n") if re.match(beginning, each)]
    if not found:
        raise SystemExit(f"the shop has no such paragraph as {beginning}:\n{output}")
    return found


def _of_shop(*arguments: str) -> str:
    """Return what a command prints in a folder with the shop, without the marks in its files."""
    with tempfile.TemporaryDirectory() as folder:
        for path in (SHOP / "shop").rglob("*"):
            if path.suffix in (".py", ".html"):
                copy = folder / path.relative_to(SHOP)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_text(_MARK.sub("", path.read_text(encoding="utf-8")), encoding="utf-8")
        return _perffix(*arguments, "--isolated", folder=folder)


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
