"""What a module imports under another name is the same function: no rule loses it, and none is led astray."""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from fixture_files import RULES, findings_in, folder_of, read_fixture

if TYPE_CHECKING:
    from perffix.rules.rule import Rule

_HERE = [each for each in RULES if not each.spans_files]


class _Renaming(ast.NodeTransformer):
    """Gives what `from ... import` brings another name, wherever nothing else has the old one."""

    def __init__(self, tree: ast.Module) -> None:
        imported = [each for each in ast.walk(tree) if isinstance(each, ast.ImportFrom) and each.module != "__future__"]
        bound = {
            name
            for each in ast.walk(tree)
            for name in (
                getattr(each, "arg", None) if isinstance(each, ast.arg) else None,
                each.id if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load) else None,
                getattr(each, "name", None) if isinstance(each, (ast.FunctionDef, ast.ClassDef)) else None,
            )
        }
        self.names = {
            alias.name: f"{alias.name}_renamed"
            for each in imported
            for alias in each.names
            if alias.asname is None and alias.name != "*" and alias.name not in bound
        }

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self.names.get(node.id, node.id)
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom:
        for alias in node.names:
            if alias.asname is None and alias.name in self.names:
                alias.asname = self.names[alias.name]
        return node


def _found(text: str, rule: Rule) -> Counter[str]:
    return Counter(finding.code for finding in findings_in(text, rule))


@pytest.mark.parametrize("rule", _HERE, ids=lambda rule: rule.code)
def test_a_rule_finds_the_same_when_imports_have_other_names(rule: Rule) -> None:
    """The flagged and the clean fixture, with every imported name changed."""
    for name in ("flagged.py", "clean.py"):
        tree = ast.parse(read_fixture(folder_of(rule) / name).text)
        before = ast.unparse(tree)
        renaming = _Renaming(tree)
        after = ast.unparse(renaming.visit(tree))
        assert _found(after, rule) == _found(before, rule), name
