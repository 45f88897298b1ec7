from __future__ import annotations

from analysed import Analysed


def test_a_node_is_within_itself_and_what_is_around_it() -> None:
    code = Analysed("for x in xs:\n    f(y)\ny\n")
    loop = code.loop()
    assert code.model.is_within(code.expr("y", 0), loop)
    assert code.model.is_within(loop, loop)
    assert not code.model.is_within(code.expr("y", 1), loop)


def test_blocks_of_all_compound_statements_are_found() -> None:
    code = Analysed(
        """
        try:
            a
        except E:
            b
        else:
            c
        finally:
            d
        match m:
            case 1:
                e
        if t:
            f
        else:
            g
        """
    )
    for name in "abcdefg":
        statement = code.model.statement_of(code.expr(name))
        assert code.model.block_of(statement) == [statement]


def test_header_lines_leave_the_body_out() -> None:
    code = Analysed("@deco\ndef f(\n    a,\n):\n    return a\nif x and (\n  y\n): z\nv = (\n 1,\n)\n")
    lines = [code.model.statement_lines(statement) for statement in code.source.tree.body]
    assert lines[0] == (1, 4)
    assert lines[1][0] == 6
    assert lines[2] == (9, 11)
