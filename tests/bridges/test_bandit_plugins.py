"""Plugins that others have written for bandit, run by perffix as by bandit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import perffix

PLUGIN = '''
import ast
import bandit
from bandit.core import test_properties

def report(context, text, **more):
    return bandit.Issue(severity=bandit.LOW, confidence=bandit.UNDEFINED, text=text, **more)

@test_properties.checks("FunctionDef", "AsyncFunctionDef")
@test_properties.test_id("B901")
def functions(context):
    """A function is defined."""
    return report(context, f"{context.call_function_name_qual} {context.call_function_name}", cwe=400)

@test_properties.checks("Attribute", "ListComp", "comprehension", "Bytes")
@test_properties.test_id("PLUG7")
def anything(context):
    """PLUG7: Anything that has a parent."""
    node = context.node
    if hasattr(node, "lineno"):
        sibling = type(node._bandit_sibling).__name__
        return report(context, f"{context.bytes_val} {type(node._bandit_parent).__name__} {sibling}")

@test_properties.checks("Call")
@test_properties.test_id("B902")
@test_properties.takes_config("calls")
def calls(context, config):
    """Calls of what the settings name."""
    if context.call_function_name in config["names"]:
        return report(context, context.call_function_name_qual, lineno=context.node.func.lineno, test_id="B903")

def gen_config(name):
    return {"names": ["wanted"]}
'''
POINTS = """\
[bandit.plugins]
plug_functions = plug:functions
plug_anything = plug:anything
plug_calls = plug:calls
"""
TEXT = """\
from other import wanted as w

class A:
    def m(self):
        async def inner(): return b"x", 1
        def deep(): pass
        return self.x, [y for y in self.z]

w(A.m, A)
w(A().m)  # nosec PLUG7
async def outer():
    def inside(): pass  # nosec B901
"""


def _run(folder: Path, *command: str) -> dict[str, list[dict[str, object]]]:
    paths = [str(folder / "site"), str(Path(perffix.__file__).parents[1])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "XDG_CACHE_HOME": str(folder / "cache")}
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", *command],
        capture_output=True,
        text=True,
        env=environment,
        cwd=folder,
        check=False,
    )
    assert ran.returncode in (0, 1), ran.stderr
    result: dict[str, list[dict[str, object]]] = json.loads(ran.stdout)
    return result


def _install(folder: Path) -> None:
    info = folder / "site" / "plug-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plug\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    (folder / "site" / "plug.py").write_text(PLUGIN)
    (folder / "code").mkdir()
    (folder / "code" / "__init__.py").write_text("")
    (folder / "code" / "a.py").write_text(TEXT)


def test_plugins_find_the_same(tmp_path: Path) -> None:
    _install(tmp_path)
    theirs = _run(tmp_path, "bandit", "-q", "-f", "json", "-r", "code")["results"]
    ours = _run(tmp_path, "perffix", "check", "--isolated", "--bandit", "--output-format", "json", "code")["findings"]
    assert len({str(found["test_id"]) for found in theirs}) == 3
    assert sorted((f"SEC{found['test_id']}", found["line_number"], found["issue_text"]) for found in theirs) == sorted(
        (found["code"], found["line"], found["message"]) for found in ours
    )


def test_plugins_beside_our_rules(tmp_path: Path) -> None:
    _install(tmp_path)
    found = _run(tmp_path, "perffix", "check", "--isolated", "--audit", "--output-format", "json", "code")["findings"]
    lines = [finding["line"] for finding in found if finding["code"] == "SECPLUG7"]
    assert lines
    assert 10 not in lines
    only = _run(tmp_path, "perffix", "check", "--isolated", "--select", "SECB901", "--output-format", "json", "code")
    assert {finding["code"] for finding in only["findings"]} == {"SECB901"}
    names = {rule["name"] for rule in _run(tmp_path, "perffix", "rules", "--audit", "--json")["rules"]}
    assert {"plug_functions", "plug_anything", "assert_used", "sql-built-from-input"} <= names
