from __future__ import annotations

import ast
import gc
import sys
import sysconfig
import weakref
from pathlib import Path

import pytest

from perffix.semantic.places import in_source_order
from perffix.semantic.walk import ScopeKind, Walk
from perffix.source import SourceFile


def test_every_node_but_contexts_and_operators_gets_its_parent() -> None:
    text = Path(ast.__file__).read_text("utf-8")
    tree = ast.parse(text)
    parents = Walk(tree, (), ()).parents
    for parent in ast.walk(tree):
        for child in ast.iter_child_nodes(parent):
            if not isinstance(child, (ast.expr_context, ast.operator, ast.boolop, ast.unaryop, ast.cmpop)):
                assert parents[child] is parent


def test_nodes_and_calls_are_collected() -> None:
    tree = ast.parse("for x in f(): pass\n[y.f() for y in g(f)]\nfor z in (): f(f(1))\n")
    walk = Walk(tree, (ast.For, ast.comprehension, ast.Name), ("f", "h"))
    assert [node.lineno for node in in_source_order(walk.nodes[ast.For]) if isinstance(node, ast.For)] == [1, 3]
    assert len(walk.nodes[ast.comprehension]) == 1
    assert sorted(ast.unparse(node) for node in walk.nodes[ast.Name]) == [*"ffffgxyyz"]
    assert [ast.unparse(call) for call in in_source_order(walk.calls["f"])] == ["f()", "y.f()", "f(f(1))", "f(1)"]
    assert walk.calls.keys() == {"f"}


def test_calls_by_another_name_are_collected_wherever_that_is_imported() -> None:
    walk = Walk(ast.parse("run(1)\nx.run(2)\ntry:\n from os import system as run\nfinally: pass\n"), (), ("system",))
    assert [ast.unparse(call) for call in walk.calls["system"]] == ["run(1)"]


def test_a_walrus_binds_around_the_comprehensions_that_it_stands_in() -> None:
    walk = Walk(ast.parse("def f(): return [x for y in [(x := z) for z in ()]]"), (), ())
    assert [sorted(scope.names) for scope in walk.scopes] == [["f"], ["x"], ["x", "y"], ["z"]]
    assert "x" in walk.written_names


def test_what_a_function_returns_is_in_source_order() -> None:
    walk = Walk(ast.parse("def f():\n if x: return 1\n return 2\n"), (), ())
    assert [node.lineno for node in walk.scopes[1].returns] == [2, 3]


def test_scopes_are_opened_by_what_python_says() -> None:
    text = "class A:\n def f(self): return [lambda: x for x in (y for y in ())]\n"
    walk = Walk(ast.parse(text), (), ())
    kinds = [scope.kind for scope in walk.scopes]
    assert kinds == [
        ScopeKind.MODULE,
        ScopeKind.CLASS,
        ScopeKind.FUNCTION,
        ScopeKind.COMPREHENSION,
        ScopeKind.COMPREHENSION,
        ScopeKind.LAMBDA,
    ]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters are syntax since Python 3.12")
def test_type_parameters_open_a_scope_of_their_own() -> None:
    walk = Walk(ast.parse("def f[T](x: T) -> T: ...\nclass C[T]: ...\ntype A[T] = list[T]\n"), (), ())
    assert [scope.kind for scope in walk.scopes].count(ScopeKind.TYPE_PARAMETERS) == 2


def test_the_tree_is_freed_without_the_garbage_collector() -> None:
    source = SourceFile("module.py", b"def f(x):\n return [y for y in x]\n")
    tree = weakref.ref(source.tree)
    walk = Walk(source.tree, (ast.For,), ("f",))
    collecting = gc.isenabled()
    gc.disable()
    try:
        del walk, source
        assert tree() is None
    finally:
        if collecting:
            gc.enable()


def test_the_whole_standard_library_resolves_names_as_the_compiler_does() -> None:
    """`symtable`, the compiler's own table, is the oracle for what is local, global and free."""
    library = Path(sysconfig.get_paths()["stdlib"])
    compared = 0
    for path in sorted(library.glob("*.py"))[::4]:
        compared += _compare_with_compiler(path)
    assert compared > 1000


def _compare_with_compiler(path: Path) -> int:
    import symtable

    from perffix.semantic.scopes import ScopeTable

    text = path.read_text("utf-8")
    walk = Walk(ast.parse(text), (), ())
    table = ScopeTable(walk)
    ours = {
        (scope.node.name, scope.node.lineno): scope
        for scope in walk.scopes
        if scope.kind is ScopeKind.FUNCTION and isinstance(scope.node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    compared = 0
    pending = [symtable.symtable(text, str(path), "exec")]
    while pending:
        theirs = pending.pop()
        pending.extend(theirs.get_children())
        scope = ours.get((theirs.get_name(), theirs.get_lineno()))
        if not isinstance(theirs, symtable.Function) or scope is None:
            continue
        for symbol in theirs.get_symbols():
            name = symbol.get_name()
            if name not in scope.names or name.startswith("__"):
                continue  # read in a nested scope alone, or a mangled or implicit name
            binding = table.lookup(name, scope)
            if symbol.is_local():
                assert binding is not None, (path.name, name)
                assert binding.scope is scope, (path.name, name)
            elif symbol.is_free():
                assert binding is not None, (path.name, name)
                assert binding.scope is not scope, (path.name, name)
                assert binding.scope is not table.module, (path.name, name)
            elif symbol.is_global() and binding is not None:
                assert binding.scope is table.module, (path.name, name)
            compared += 1
    return compared


def test_the_names_that_are_written() -> None:
    walk = Walk(
        ast.parse(
            "import a.b, c as d\nfrom e.f import g as h\nfrom . import i\n"
            "def j(k, *l, m=1, **n): global o\nclass P(metaclass=Q): pass\n"
            "r.s[t](u=v.w, **x)\ntry: pass\nexcept Y as z: pass\nf'{aa.bb}cc'\n'dd'\n(b'ee', 1, None)"
        ),
        (),
        (),
    )
    assert walk.strings == {"cc"}
    assert walk.byte_strings == {b"ee"}
    assert walk.written_names == set("abcdefghijklmnPQrstuvwxYz") | {"metaclass", "aa", "bb"}


def test_the_module_itself_is_collected_where_it_is_wanted() -> None:
    tree = ast.parse("a")
    assert Walk(tree, {ast.Module}, ()).nodes[ast.Module] == [tree]
