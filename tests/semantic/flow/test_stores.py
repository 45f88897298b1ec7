"""Containers and objects: what is stored where, and which part of it is read."""

from __future__ import annotations

import pytest
from programs import in_view, origin_of


@pytest.mark.parametrize(
    "body",
    [
        "d = {'a': 'x', 'b': value}\nsink(d['b'])",
        "d = {'a': value}\nsink(d.get('a'))",
        "d = {}\nd['a'] = value\nsink(d['a'])",
        "d = {}\nd['a'] = value\nsink(d['a'] + d['b'])",
        "d = dict(a=value)\nsink(d['a'])",
        "d = {**{'a': value}}\nsink(d['a'])",
        "d = {}\nd.update({'a': value})\nsink(d['a'])",
        "d = {}\nd.update(a=value)\nsink(d['a'])",
        "d = {}\nd.setdefault('a', value)\nsink(d['a'])",
        "d = {'a': {'b': value}}\nsink(d['a']['b'])",
        "d = {'a': {}}\nd['a']['b'] = value\nsink(d['a']['b'])",
        "d = {}\nd.setdefault('a', []).append(value)\nsink(d['a'][0])",
        "d = {'a': value}\nfor key in d:\n    sink(d[key])",
        "d = {'a': value}\nfor each in d.values():\n    sink(each)",
        "d = {'a': value}\nfor key, each in d.items():\n    sink(each)",
        "d = {value: 1}\nfor key in d:\n    sink(key)",
        "d = {}\nd[value] = 1\nfor key in d.keys():\n    sink(key)",
        "d = {'a': value}\nsink(str(d))",
        "d = {'a': value}\nsink('%(a)s' % d)",
        "d = {'a': value}\nsink('{a}'.format(**d))",
        "d = {'a': 'x'}\nd['a'] = value\nd['b'] = 'y'\nsink(d.pop('a'))",
        "xs = [value]\nsink(xs[0])",
        "xs = ['a', value]\nsink(xs[1])",
        "xs = ['a', value]\nsink(xs[-1])",
        "xs = []\nxs.append('a')\nxs.append(value)\nxs.append('b')\nxs.pop(0)\nsink(xs[0])",
        "xs = []\nxs.append(value)\nsink(', '.join(xs))",
        "xs = ['a']\nxs.insert(0, value)\nsink(xs[0])",
        "xs = ['a']\nxs.extend([value])\nsink(xs[1])",
        "xs = ['a']\nxs += [value]\nsink(xs[1])",
        "xs = ['a'] + [value]\nsink(xs)",
        "xs = []\nfor each in value.split():\n    xs.append(each)\nsink(xs[0])",
        "xs = ('a', value)\nfirst, second = xs\nsink(second)",
        "xs = ['a', value]\nxs.reverse()\nsink(xs[0])",
        "xs = []\nxs.append(value)\nfor each in xs:\n    sink(each)",
        "s = set()\ns.add(value)\nsink(s.pop())",
        "from collections import deque\nq = deque()\nq.append(value)\nsink(q.popleft())",
        "import queue\nq = queue.Queue()\nq.put(value)\nsink(q.get())",
        "import configparser\nc = configparser.ConfigParser()\nc.add_section('s')\nc.set('s', 'a', 'x')\n"
        "c.set('s', 'b', value)\nsink(c.get('s', 'b'))",
        "from types import SimpleNamespace\no = SimpleNamespace(a='x', b=value)\nsink(o.b)",
        "from collections import namedtuple\no = load()\no.name = value\nsink(o.name)",
        "d = {'a': 'x'}\nif len(value) > 3:\n    d['a'] = value\nsink(d['a'])",
        "d = {}\nd['a'] = value\nother = d\nsink(other['a'])",
        "key = 'a'\nd = {'a': value}\nsink(d[key])",
    ],
)
def test_the_part_holds_input(body: str) -> None:
    assert in_view(body) is not None


@pytest.mark.parametrize(
    "body",
    [
        "d = {'a': 'x', 'b': value}\nsink(d['a'])",
        "d = {'a': value}\nsink(d.get('b'))",
        "d = {}\nd['a'] = value\nsink(d['b'])",
        "d = {}\nd['a'] = value\nd['a'] = 'x'\nsink(d['a'])",
        "d = dict(a=value, b='x')\nsink(d['b'])",
        "d = {'a': value}\nd = {'a': 'x'}\nsink(d['a'])",
        "d = {'a': value}\ndel d['a']\nsink(d.get('a', 'x'))",
        "d = {'a': value}\nd.clear()\nsink(d.get('a'))",
        "d = {'a': value}\nd.pop('a')\nsink(d.get('a'))",
        "d = {'a': {'b': value}}\nsink(d['a']['c'])",
        "d = {'a': value}\nfor key in d:\n    sink(key)",
        "d = {'a': value}\nfor key, each in d.items():\n    sink(key)",
        "d = {'a': value}\nsink('%(b)s' % {'b': 'x'})",
        "d = {'a': value}\nsink(len(d))",
        "xs = ['a', value]\nsink(xs[0])",
        "xs = ['a', value]\nsink(xs[-2])",
        "xs = []\nxs.append('a')\nxs.append(value)\nxs.append('b')\nxs.pop(0)\nsink(xs[1])",
        "xs = [value]\nxs.insert(0, 'a')\nsink(xs[0])",
        "xs = [value]\nxs.clear()\nxs.append('a')\nsink(xs[0])",
        "xs = ['a', value]\nxs.pop()\nsink(xs[0])",
        "xs = ('a', value)\nfirst, second = xs\nsink(first)",
        "xs = []\nsink(xs)\nxs.append(value)",
        "xs = ['a', value]\nxs = ['b']\nsink(xs[0])",
        "xs = ['a']\nif value in xs:\n    sink(xs[0])",
        "import configparser\nc = configparser.ConfigParser()\nc.add_section('s')\nc.set('s', 'a', 'x')\n"
        "c.set('s', 'b', value)\nsink(c.get('s', 'a'))",
        "from types import SimpleNamespace\no = SimpleNamespace(a='x', b=value)\nsink(o.a)",
        "o = load()\no.name = value\nsink(o.other)",
        "o = load()\no.name = value\no.name = 'a'\nsink(o.name)",
        "o = load()\no.name = value\nsink(o)",
        "key = 'b'\nd = {'a': value, 'b': 'x'}\nsink(d[key])",
        "seen = {}\nseen[value] = 'x'\nsink(seen['a'])",
        "counts = {}\ncounts[value] = counts.get(value, 0) + 1\nsink(counts['a'])",
    ],
)
def test_the_part_holds_none(body: str) -> None:
    assert in_view(body) is None


def test_attribute_of_an_instance_of_the_module() -> None:
    text = """
        from flask import request
        class Search:
            def __init__(self, text, limit):
                self.text = text
                self.limit = limit
        def view():
            search = Search(request.args["q"], "10")
            sink(search.{})
        """
    assert origin_of(text.format("text")) is not None
    assert origin_of(text.format("limit")) is None


def test_fields_of_a_data_class() -> None:
    text = """
        from dataclasses import dataclass
        from flask import request
        @dataclass
        class Search:
            text: str
            order: str
        def view():
            search = Search(request.args["q"], order="name")
            sink(search.{})
        """
    assert origin_of(text.format("text")) is not None
    assert origin_of(text.format("order")) is None


def test_attribute_set_by_another_method() -> None:
    text = """
        from flask import request
        class Search:
            def prepare(self):
                self.text = request.args["q"]
                self.order = "name"
            def run(self):
                sink(self.{})
        """
    assert origin_of(text.format("text")) is not None
    assert origin_of(text.format("order")) is None


def test_attribute_replaced_in_the_same_method() -> None:
    text = """
        from flask import request
        class Search:
            def prepare(self):
                self.text = request.args["q"]
            def run(self):
                self.text = "fixed"
                sink(self.text)
        """
    assert origin_of(text) is None


def test_each_request_has_its_own_handler_object() -> None:
    text = """
        import tornado.web
        class Page(tornado.web.RequestHandler):
            def post(self):
                self.name = self.get_argument("name")
            def get(self):
                sink(self.name)
        """
    assert origin_of(text) is None
