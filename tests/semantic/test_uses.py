from __future__ import annotations

import pytest
from analysed import Analysed

from perffix.semantic.uses import UseKind


@pytest.mark.parametrize(
    ("text", "kind", "detail"),
    [
        ("v.append(1)", UseKind.METHOD, "append"),
        ("v.append", UseKind.ATTRIBUTE, "append"),
        ("v.size = 1", UseKind.ATTRIBUTE_WRITE, "size"),
        ("del v.size", UseKind.ATTRIBUTE_WRITE, "size"),
        ("x = v[0]", UseKind.INDEX, ""),
        ("v[0] = 1", UseKind.INDEX_WRITE, ""),
        ("v[0] += 1", UseKind.INDEX_WRITE, ""),
        ("del v[0]", UseKind.INDEX_DELETE, ""),
        ("x = v[1:]", UseKind.SLICE, ""),
        ("v[1:] = x", UseKind.SLICE_WRITE, ""),
        ("del v[:]", UseKind.SLICE_WRITE, ""),
        ("x[v]", UseKind.OPERAND, ""),
        ("for x in v: pass", UseKind.ITERATED, ""),
        ("[x for x in v]", UseKind.ITERATED, ""),
        ("for i, x in enumerate(v): pass", UseKind.ITERATED, ""),
        ("e = enumerate(v)", UseKind.PASSED, ""),
        ("f(*v)", UseKind.ITERATED, ""),
        ("x in v", UseKind.CONTAINER, ""),
        ("v in x", UseKind.COMPARED, ""),
        ("v == x", UseKind.COMPARED, ""),
        ("while v: pass", UseKind.TRUTH, ""),
        ("if not v: pass", UseKind.TRUTH, ""),
        ("x = 1 if v else 2", UseKind.TRUTH, ""),
        ("x = v if y else 2", UseKind.STORED, ""),
        ("x = v or []", UseKind.STORED, ""),
        ("len(v)", UseKind.BORROWED, "len"),
        ("sorted(v, key=f)", UseKind.BORROWED, "sorted"),
        ("f(v)", UseKind.PASSED, ""),
        ("f(k=v)", UseKind.PASSED, ""),
        ("x = v", UseKind.STORED, ""),
        ("x = [v]", UseKind.STORED, ""),
        ("x.y = v", UseKind.STORED, ""),
        ("v + x", UseKind.OPERAND, ""),
        ("f'{v}'", UseKind.FORMATTED, ""),
        ("lambda: v", UseKind.RETURNED, ""),
        ("v()", UseKind.OTHER, ""),
        ("v", UseKind.DISCARDED, ""),
    ],
)
def test_kind_of_use(text: str, kind: UseKind, detail: str) -> None:
    code = Analysed(text)
    use = code.model.uses.use_at(code.expr("v"))
    assert (use.kind, use.detail) == (kind, detail)


def test_shadowed_len_is_an_unknown_function() -> None:
    code = Analysed("def len(x): ...\nlen(v)\n")
    assert code.model.uses.use_at(code.expr("v")).kind is UseKind.PASSED
