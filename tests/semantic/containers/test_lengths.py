from __future__ import annotations

import pytest
from analysed import Analysed


@pytest.mark.parametrize(
    ("value", "short"),
    [
        ("[1, 2, 3]", True),
        ("[]", True),
        ("[1, 2, 3, 4, 5, 6, 7, 8, 9]", False),
        ("[1, *more]", False),
        ("list(more)", False),
        ("list((1, 2))", True),
        ("sys.argv[1:]", True),
        ("line.split()", True),
        ("line.split(',')", True),
        ("text.split('\\n')", False),
        ("data.split(sep=b'\\r\\n')", False),
        ("file.read().split()", False),
        ("shlex.split(line)", True),
        ("re.split('[ -]+', text)", False),
        ("re.split(',', line)", True),
        ("re.split(',', string=line)", True),
        ("[1] + [2]", True),
        ("[1] + more", False),
        ("[1] if more else [2]", True),
        ("[1].copy()", True),
        ("[each for each in more]", False),
        ("[each + 1 for each in (1, 2)]", True),
        ("[a + b for a in (1, 2) for b in (1, 2)]", False),
        ("{'a': 1, 'b': more}", True),
        ("{'a': 1, **more}", False),
        ("{'a': 1}.items()", True),
        ("{key: 1 for key, value in {'a': 1}.items()}", True),
        ("more.items()", False),
    ],
)
def test_what_is_short_from_its_making(value: str, short: bool) -> None:
    code = Analysed(f"import re, shlex, sys\ndef f(more, line, text, data, file):\n xs = {value}\n for x in xs: pass\n")
    assert code.model.lengths.stays_short(code.expr("xs", -1)) is short


@pytest.mark.parametrize(
    ("then", "short"),
    [
        ("pass", True),
        ("xs.append(1)", True),
        ("for x in more: xs.append(x)", False),
        ("xs.extend(more)", False),
        ("xs += more", False),
        ("xs[1:] = more", False),
        ("xs.pop()", True),
        ("xs = more", False),
    ],
)
def test_what_grows_does_not_stay_short(then: str, short: bool) -> None:
    code = Analysed(f"def f(more):\n    xs = [1, 2]\n    {then}\n    use(xs)\n")
    assert code.model.lengths.stays_short(code.expr("xs", -1)) is short


@pytest.mark.parametrize(
    ("then", "short"),
    [
        ("pass", True),
        ("xs = {key: value for key, value in xs.items() if value}", True),
        ("xs = {key: value for key, value in more.items()}", False),
        ("xs[more] = 1", False),
        ("xs.update(more)", False),
        ("xs.setdefault(more, 1)", False),
        ("xs |= more", False),
        ("fill(xs)", False),
        ("more.kept = xs", False),
    ],
)
def test_a_dict_that_gets_no_items_stays_short(then: str, short: bool) -> None:
    code = Analysed(f"def f(more):\n    xs = {{'a': 1}}\n    {then}\n    for x in xs: pass\n")
    assert code.model.lengths.stays_short(code.expr("xs", -1)) is short


def test_the_dict_of_an_object_may_grow() -> None:
    code = Analysed("class C:\n def __init__(self): self.xs = {}\n def f(self):\n  for x in self.xs: pass\n")
    assert not code.model.lengths.stays_short(code.expr("self.xs", -1))


def test_one_of_several_values_at_once_may_be_short() -> None:
    code = Analysed("def f(line):\n    parts, rest = line.split('.'), other\n    use(parts, rest)\n")
    assert code.model.lengths.stays_short(code.expr("parts", -1))
    assert not code.model.lengths.stays_short(code.expr("rest", -1))


def test_command_line_arguments_are_known_by_their_name() -> None:
    code = Analysed("def f(argv, items):\n    use(argv, items)\n")
    assert code.model.lengths.stays_short(code.expr("argv", -1))
    assert not code.model.lengths.stays_short(code.expr("items", -1))


@pytest.mark.parametrize(
    ("loop", "limited"),
    [
        ("for x in line.split(): pass", True),
        ("for x in more: pass", False),
        ("while names: names.pop()", True),
        ("while len(names) > 1: names.pop()", True),
        ("while more: more.pop()", False),
        ("while number: number //= 10", True),
        ("while number > 0: number, digit = divmod(number, 10)", True),
        ("while number > 0: other //= 10", False),
    ],
)
def test_loops_that_are_limited(loop: str, limited: bool) -> None:
    code = Analysed(f"def f(line, more, number, other):\n    names = ['a', 'b']\n    {loop}\n")
    assert code.model.lengths.limits(code.loop()) is limited


@pytest.mark.parametrize(
    ("guard", "capped"),
    [
        ("if len(xs) > 10", True),
        ("if len(xs) >= LIMIT", True),
        ("if len(xs) > 1000", False),
        ("if len(xs) > 0", False),
        ("if len(other) > 10", False),
        ("if xs", False),
        ("while len(xs) > 10", True),
    ],
)
def test_a_list_that_is_kept_short(guard: str, capped: bool) -> None:
    code = Analysed(f"LIMIT = 20\ndef f(xs, other):\n    xs.append(1)\n    {guard}:\n        xs.pop(0)\n")
    node = code.expr("xs.pop(0)")
    binding = code.model.binding_of(code.expr("xs"))
    assert binding is not None
    assert code.model.lengths.is_capped_at(node, binding) is capped


def test_a_loop_that_does_more_drains_its_list() -> None:
    code = Analysed("def f(xs):\n    while len(xs) > 2:\n        use(xs.pop(0))\n        use(xs.pop(0))\n")
    binding = code.model.binding_of(code.expr("xs"))
    assert binding is not None
    assert not code.model.lengths.is_capped_at(code.expr("xs.pop(0)"), binding)


@pytest.mark.parametrize(
    ("code", "short"),
    [
        ("return len(xs) == 3 and use(xs)", True),
        ("return len(xs) == 30 and use(xs)", False),
        ("return len(xs) == 3 or use(xs)", False),
        ("return not (len(xs) == 3 and use(xs))", True),
        ("return more and len(xs) < 4 and use(xs)", True),
        ("return len(more) == 3 and use(xs)", False),
        ("return use(xs) if len(xs) <= 2 else 0", True),
        ("return 0 if len(xs) <= 2 else use(xs)", False),
        ("if len(xs) < 9 and more:\n  use(xs)", True),
        ("if len(xs) < 10 and more:\n  use(xs)", False),
        ("if len(xs) < 9 or more:\n  use(xs)", False),
        ("if len(xs) < 9:\n  xs.extend(more)\n  use(xs)", False),
        ("if len(xs) > 2:\n  pass\n else:\n  use(xs)", True),
        ("if len(xs) > 2:\n  return\n for x in more:\n  use(xs)", True),
        ("if len(xs) >= 2 or more:\n  raise ValueError\n use(xs)", True),
        ("if len(xs) >= 2 and more:\n  return\n use(xs)", False),
        ("if len(xs) > 2:\n  print()\n use(xs)", False),
        ("if len(xs) < 2:\n  return\n use(xs)", False),
        ("if len(xs) != 2:\n  return\n for x in more:\n  xs.append(x)\n use(xs)", False),
        ("if len(xs) != 2:\n  return\n xs = list(more)\n use(xs)", False),
        ("if len(xs) != 2:\n  return\n def g():\n  use(xs)", False),
    ],
)
def test_what_is_used_only_when_it_is_short(code: str, short: bool) -> None:
    found = Analysed(f"def f(more):\n xs = list(more)\n {code}\n")
    place = found.expr("use(xs)")
    binding = found.model.binding_of(place.args[0])  # type: ignore[attr-defined]
    assert binding is not None
    assert found.model.lengths.is_checked_short(place, binding) is short
