"""Tests that let only harmless values pass, and tests that do not."""

from __future__ import annotations

import pytest
from programs import in_view, origin_of


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("sql", "if value in ('a', 'b'):\n    sink(value)"),
        ("sql", "if value not in ('a', 'b'):\n    return\nsink(value)"),
        ("sql", "if value not in ('a', 'b'):\n    raise ValueError\nsink(value)"),
        ("sql", "if value not in ('a', 'b'):\n    abort(404)\nsink(value)"),
        ("sql", "if value not in ('a', 'b'):\n    sys.exit(1)\nsink(value)"),
        ("sql", "if value not in ('a', 'b'):\n    value = 'a'\nsink(value)"),
        ("sql", "allowed = {'a': 1}\nif value in allowed:\n    sink(value)"),
        ("sql", "allowed = load()\nif value not in allowed:\n    return\nsink(value)"),
        ("sql", "if not (value == 'a' or value == 'b'):\n    return\nsink(value)"),
        ("sql", "if value == 'a' or value == 'b':\n    sink(value)"),
        ("sql", "if value != 'a':\n    return\nsink(value)"),
        ("sql", "if value.lower() not in ('a', 'b'):\n    return\nsink(value)"),
        ("sql", "assert value in ('a', 'b')\nsink(value)"),
        ("sql", "sink(value if value in ('a', 'b') else 'a')"),
        ("sql", "value in ('a', 'b') and sink(value)"),
        ("sql", "sink([each for each in value.split() if each in ('a', 'b')])"),
        ("sql", "if len(value) > 3 and value in ('a', 'b'):\n    sink(value)"),
        ("sql", "for each in value.split():\n    if each not in ('a', 'b'):\n        continue\n    sink(each)"),
        ("sql", "while value not in ('a', 'b'):\n    value = load()\nsink(value)"),
        ("sql", "if value.isdigit():\n    sink(value)"),
        ("sql", "if not value.isalnum():\n    abort(400)\nsink(value)"),
        ("sql", "if not value.isidentifier():\n    return\nsink(f'SELECT {value}')"),
        ("sql", "if not re.fullmatch(r'[a-z0-9_]+', value):\n    abort(400)\nsink(value)"),
        ("sql", "if not re.match(r'^[a-z0-9_]+$', value):\n    abort(400)\nsink(value)"),
        ("sql", "if re.match(r'^[a-z0-9_]+$', value) is None:\n    abort(400)\nsink(value)"),
        ("sql", "match = re.fullmatch(r'\\w+', value)\nif match is None:\n    abort(400)\nsink(value)"),
        ("sql", "match = re.fullmatch(r'\\w+', value)\nif not match:\n    abort(400)\nsink(value)"),
        ("sql", "pattern = re.compile(r'\\w+')\nif not pattern.fullmatch(value):\n    abort(400)\nsink(value)"),
        ("sql", "if re.search(r'[^a-z]', value):\n    abort(400)\nsink(value)"),
        ("sql", "if not all(c.isalnum() or c == '_' for c in value):\n    abort(400)\nsink(value)"),
        ("sql", "if any(c in value for c in '\\'\";'):\n    abort(400)\nsink(value)"),
        ("sql", "if not set(value) <= set('abc'):\n    abort(400)\nsink(value)"),
        ("sql", "if \"'\" in value:\n    abort(400)\nsink(value)"),
        ("sql", "from helpers import is_valid_name\nif not is_valid_name(value):\n    abort(400)\nsink(value)"),
        ("sql", "from helpers import is_valid_name\nif is_valid_name(value) is False:\n    abort(400)\nsink(value)"),
        ("sql", "from helpers import is_valid_name\nif is_valid_name(value) == True:\n    sink(value)"),
        ("sql", "save = request.args['s']\nif save and value:\n    if value not in ('a', 'b'):\n        return\n"
         "if save == '1':\n    sink(value)"),
        ("redirect", "from django.urls import resolve\nresolve(value)\nsink(value)"),
        ("redirect", "from django.urls import resolve\nfrom urllib.parse import urljoin, urlparse\n"
         "resolve(urljoin(value, urlparse(value).path))\nsink(value)"),
        ("sql", "from helpers import has_bad_words\nif has_bad_words(value):\n    abort(400)\nsink(value)"),
        ("sql", "from helpers import validate_name\nvalidate_name(value)\nsink(value)"),
        ("sql", "try:\n    uuid.UUID(value)\nexcept ValueError:\n    abort(400)\nsink(value)"),
        ("sql", "number = int(value)\nsink(value)"),
        ("sql", "text = 'a ' + value\nif value not in ('a', 'b'):\n    abort(400)\nsink(text)"),
        ("sql", "if request.args['x'] in ('a', 'b'):\n    sink(request.args['x'])"),
        ("sql", "if request.args.get('x') not in ('a', 'b'):\n    abort(400)\nsink(request.args.get('x'))"),
        ("sql", "if isinstance(value, int):\n    sink(value)"),
        ("sql", "ok = value in ('a', 'b')\nif not ok:\n    abort(400)\nsink(value)"),
        ("path", "base = Path('/data').resolve()\ntarget = (base / value).resolve()\n"
         "if not target.is_relative_to(base):\n    abort(404)\nsink(target)"),
        ("path", "base = Path('/data')\ntarget = (base / value).resolve()\nif base not in target.parents:\n"
         "    abort(404)\nsink(target)"),
        ("path", "full = os.path.abspath(os.path.join('/data', value))\nif not full.startswith('/data/'):\n"
         "    abort(404)\nsink(full)"),
        ("path", "full = os.path.join('/data', value)\nif not os.path.realpath(full).startswith('/data/'):\n"
         "    abort(404)\nsink(full)"),
        ("path", "full = os.path.realpath(os.path.join('/data', value))\n"
         "if os.path.commonpath([full, '/data']) != '/data':\n    abort(404)\nsink(full)"),
        ("path", "if '..' in value or value.startswith('/'):\n    abort(404)\nsink(os.path.join('/data', value))"),
        ("path", "if '/' in value:\n    abort(404)\nsink('/data/' + value)"),
        ("redirect", "if urlparse(value).netloc:\n    abort(400)\nsink(value)"),
        ("redirect", "if urlparse(value).netloc != request.host:\n    abort(400)\nsink(value)"),
        ("redirect", "parsed = urlparse(value)\nif parsed.netloc not in ('example.com',):\n    abort(400)\n"
        "sink(value)"),
        ("redirect", "from django.utils.http import url_has_allowed_host_and_scheme\n"
         "if not url_has_allowed_host_and_scheme(value, None):\n    value = '/'\nsink(value)"),
        ("redirect", "from helpers import is_safe_url\nif not is_safe_url(value):\n    abort(400)\nsink(value)"),
        ("redirect", "if not value.startswith('https://example.com/'):\n    abort(400)\nsink(value)"),
        ("url", "if urlparse(value).hostname not in ('example.com',):\n    abort(400)\nsink(value)"),
    ],
)  # fmt: skip
def test_lets_only_harmless_values_pass(kind: str, body: str) -> None:
    assert in_view(body, kind) is None


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("sql", "if value in ('a', 'b'):\n    print(value)\nsink(value)"),
        ("sql", "from helpers import is_valid_name\nif is_valid_name(value) is True:\n    abort(400)\nsink(value)"),
        ("sql", "save = request.args['s']\nif save and value:\n    if value not in ('a', 'b'):\n        return\n"
         "sink(value)"),
        ("sql", "save = request.args['s']\nif save and value:\n    if value not in ('a', 'b'):\n        return\n"
         "if save != '1':\n    sink(value)"),
        ("sql", "save = request.args['s']\nif save and value:\n    if value not in ('a', 'b'):\n        return\n"
         "save = save or '1'\nif save == '1':\n    sink(value)"),
        ("redirect", "from django.urls import resolve\nfrom urllib.parse import urlparse\n"
         "resolve(urlparse(value).path)\nsink(value)"),
        ("sql", "if value not in ('a', 'b'):\n    print(value)\nsink(value)"),
        ("sql", "if value in ('a', 'b'):\n    return\nsink(value)"),
        ("sql", "if value not in ('a', 'b'):\n    sink(value)"),
        ("sql", "if value == 'a':\n    pass\nelse:\n    sink(value)"),
        ("sql", "if value:\n    sink(value)"),
        ("sql", "if value is not None:\n    sink(value)"),
        ("sql", "if len(value) < 10:\n    sink(value)"),
        ("sql", "if not value:\n    abort(400)\nsink(value)"),
        ("sql", "if value in ('a', 'b') or len(value) > 3:\n    sink(value)"),
        ("sql", "other = request.args['o']\nif other in ('a', 'b'):\n    sink(value)"),
        ("sql", "if value in ('a', 'b'):\n    value = request.args['o']\n    sink(value)"),
        ("sql", "if value == request.args['o']:\n    sink(value)"),
        ("sql", "if value in request.args:\n    sink(value)"),
        ("sql", "if re.match(r'[a-z]+', value):\n    sink(value)"),
        ("sql", "if re.search(r'[a-z]+', value):\n    sink(value)"),
        ("sql", "if re.fullmatch(r'.*', value):\n    sink(value)"),
        ("sql", "if re.fullmatch(r\"[a-z' ]+\", value):\n    sink(value)"),
        ("sql", "if not re.fullmatch(r'[a-z]+', value):\n    print(value)\nsink(value)"),
        ("sql", "re.fullmatch(r'[a-z]+', value)\nsink(value)"),
        ("sql", "if not re.fullmatch(r'[a-z]+', value):\n    sink(value)"),
        ("sql", "if value.isprintable():\n    sink(value)"),
        ("sql", "if value.startswith('a'):\n    sink(value)"),
        ("sql", "if not value.isdigit():\n    sink(value)"),
        ("sql", "if 'x' in value:\n    abort(400)\nsink(value)"),
        ("sql", "if \"'\" in value:\n    print(value)\nsink(value)"),
        ("sql", "from helpers import is_valid_name\nif is_valid_name(value):\n    print(value)\nsink(value)"),
        ("sql", "from helpers import is_valid_name\nif is_valid_name('a'):\n    sink(value)"),
        ("sql", "try:\n    int(value)\nexcept ValueError:\n    pass\nsink(value)"),
        ("sql", "if len(value) > 3:\n    int(value)\nsink(value)"),
        ("sql", "for each in value.split():\n    if each not in ('a', 'b'):\n        print(each)\n    sink(each)"),
        ("path", "full = os.path.join('/data', value)\nif not full.startswith('/data/'):\n    abort(404)\n"
        "sink(full)"),
        ("path", "full = '/data/' + value\nif not full.startswith('/data/'):\n    abort(404)\nsink(full)"),
        ("path", "target = Path('/data') / value\nif not target.is_relative_to('/data'):\n    abort(404)\n"
        "sink(target)"),
        ("path", "if not os.path.exists(value):\n    abort(404)\nsink(value)"),
        ("path", "if not value.endswith('.txt'):\n    abort(404)\nsink(value)"),
        ("redirect", "if value.startswith('/'):\n    sink(value)"),
        ("redirect", "if not value.startswith('http'):\n    abort(400)\nsink(value)"),
        ("redirect", "if urlparse(value).scheme != 'https':\n    abort(400)\nsink(value)"),
        ("redirect", "if urlparse(value).netloc:\n    sink(value)"),
        ("url", "if not value.startswith('https://'):\n    abort(400)\nsink(value)"),
        ("url", "if 'example.com' not in value:\n    abort(400)\nsink(value)"),
    ],
)  # fmt: skip
def test_lets_harmful_values_pass(kind: str, body: str) -> None:
    assert in_view(body, kind) is not None


_WITH_HELPER = """
import re
from flask import abort, request
ALLOWED = {{"a", "b"}}
def check(name):
    {}
def view():
    value = request.args["q"]
    if not check(value):
        abort(400)
    sink(value)
"""


@pytest.mark.parametrize(
    "body",
    [
        "return name in ALLOWED",
        "return bool(re.fullmatch(r'[a-z]+', name))",
        "return re.fullmatch(r'[a-z]+', name) is not None",
        "return name.isalnum() and len(name) < 10",
    ],
)
def test_a_check_of_the_module_is_read(body: str) -> None:
    assert origin_of(_WITH_HELPER.format(body)) is None


@pytest.mark.parametrize("body", ["return len(name) < 10", "return '.' in name", "return name not in ALLOWED"])
def test_a_check_of_the_module_that_checks_something_else(body: str) -> None:
    assert origin_of(_WITH_HELPER.format(body)) is not None


def test_a_function_that_raises_for_bad_values() -> None:
    text = """
        from flask import request
        def check_name(name):
            if name not in ("a", "b"):
                raise ValueError(name)
        def view():
            value = request.args["q"]
            check_name(value)
            sink(value)
        """
    assert origin_of(text) is None


def test_a_function_named_for_checks_that_refuses_nothing() -> None:
    text = """
        from flask import request
        def check_name(name):
            print(name)
        def view():
            value = request.args["q"]
            check_name(value)
            sink(value)
        """
    assert origin_of(text) is not None


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("redirect", "from helpers import is_safe_url\nif value and not is_safe_url(value):\n    value = '/'\n"
        "sink(value)"),
        ("sql", "if value and value not in ('a', 'b'):\n    abort(400)\nsink(value)"),
        ("sql", "if not value:\n    sink(value)"),
        ("sql", "engine = ENGINES.get(value)\nif engine is None:\n    abort(404)\nsink(value)"),
        ("sql", "if (engine := get_engine(value)) is None:\n    abort(404)\nsink(value)"),
        ("code", "if not value.startswith(\"'\") or \"'\" in value[1:-1]:\n    return\nsink(value)"),
        ("path", "base = Path('/data')\np = (base / value).resolve()\nif not str(p).startswith(str(base)):\n"
         "    abort(404)\nsink(p)"),
        ("path", "if '../' in value:\n    return\nsink('/data/' + value)"),
    ],
)  # fmt: skip
def test_lets_only_empty_known_or_contained_values_pass(kind: str, body: str) -> None:
    assert in_view(body, kind) is None


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("sql", "engine = request.form.get(value)\nif engine is None:\n    abort(404)\nsink(value)"),
        ("sql", "engine = ENGINES.get(value)\nif engine is None:\n    print(value)\nsink(value)"),
        ("sql", "engine = ENGINES.get('a')\nif engine is None:\n    abort(404)\nsink(value)"),
        ("sql", "if value:\n    print(value)\nsink(value)"),
        (
            "path",
            "base = Path('/data')\np = base / value\nif not str(p).startswith(str(base)):\n    abort(404)\nsink(p)",
        ),
    ],
)
def test_lets_unknown_values_pass(kind: str, body: str) -> None:
    assert in_view(body, kind) is not None


@pytest.mark.parametrize(
    "body",
    [
        "p = (Path('/data') / value).resolve()\np.relative_to('/data')\nsink(p)",
        "p = Path('/data') / value\np.resolve().relative_to('/data')\nsink(p)",
        "p = (Path('/data') / value).resolve()\ntry:\n    p.relative_to('/data')\nexcept ValueError:\n"
        "    return\nsink(p)",
        "sink('/data/' + value.split('/')[-1])",
        "parts = value.split('/')\nsink('/data/' + parts[0])",
        "sink('/data/' + value.rpartition('/')[2])",
        "sink('/data/' + value.rsplit('/', 1)[-1])",
    ],
)
def test_a_path_stays_in_its_folder(body: str) -> None:
    assert in_view(body, "path") is None


@pytest.mark.parametrize(
    "body",
    [
        "p = Path('/data') / value\np.relative_to('/data')\nsink(p)",
        "p = (Path('/data') / value).resolve()\ntry:\n    p.relative_to('/data')\nexcept ValueError:\n    pass\n"
        "sink(p)",
        "sink('/data/' + value.rsplit('/', 1)[0])",
        "sink('/data/' + value.split('.')[0])",
    ],
)
def test_a_path_may_leave_its_folder(body: str) -> None:
    assert in_view(body, "path") is not None


def test_a_check_in_another_function_is_none_of_this_one() -> None:
    text = """
        from flask import request
        class Search:
            def prepare(self):
                self.names = request.args.getlist("q")
            def check(self):
                for name in self.names:
                    if name not in ("a", "b"):
                        raise ValueError(name)
            def run(self):
                sink(", ".join(self.names))
        """
    assert origin_of(text) is not None
    assert in_view("def number():\n    return int(value)\nsink(value)") is not None


_FOREIGN = """
    from flask import abort, request
    from shop.checking import is_md5, log, probe
    def view():
        value = request.args["q"]
"""


def _asked(body: str) -> str:
    return _FOREIGN + "".join(f"        {line}\n" for line in body.split("\n"))


@pytest.mark.parametrize("kind", ["path", "sql", "html"])
@pytest.mark.parametrize(
    "body",
    [
        "if not is_md5(value):\n    return None\nsink(value)",
        "if is_md5(value):\n    sink(value)",
        "if not is_md5(value):\n    abort(400)\nsink(value)",
        "if probe(value):\n    return None\nsink(value)",
        "if other or not is_md5(value):\n    raise ValueError\nsink('/data/' + value)",
    ],
)
def test_a_function_of_another_module_may_refuse_what_does_harm(kind: str, body: str) -> None:
    assert origin_of(_asked(body), kind) is None


@pytest.mark.parametrize("kind", ["path", "sql", "html"])
@pytest.mark.parametrize(
    "body",
    [
        "probe(value)\nsink(value)",
        "if probe(value):\n    other()\nsink(value)",
        "if not is_md5(value):\n    other()\nsink(value)",
        "if log.info(value):\n    return None\nsink(value)",
        "if not len(value):\n    return None\nsink(value)",
        "if not isinstance(value, str):\n    return None\nsink(value)",
        "if not print(value):\n    sink(value)",
    ],
)
def test_a_call_that_refuses_nothing_leaves_input(kind: str, body: str) -> None:
    assert origin_of(_asked(body), kind) is not None


def test_a_path_without_a_way_up_among_its_segments() -> None:
    before = "short = value.lstrip('/')\nif '..' in short.split('/'):\n    raise ValueError\n"
    assert in_view(before + "sink(os.path.join('/data', short))", "path") is None
    assert in_view(before.replace("'..'", "'.'") + "sink(os.path.join('/data', short))", "path") is not None


@pytest.mark.parametrize("given", ["value", "data['at']"])
@pytest.mark.parametrize(
    ("form", "harmless"), [("%Y%m%d.%H%M%S", True), ("%Y-%m-%d", True), ("%Y/%m/%d", False), ("%d %Z", False)]
)
def test_what_was_read_as_a_time_is_digits(given: str, form: str, harmless: bool) -> None:
    body = f"import datetime\ndata = request.form\ndatetime.datetime.strptime({given}, '{form}')\nsink({given})"
    assert (in_view(body, "path") is None) is harmless
    tried = body.replace("\ndatetime.", "\ntry:\n    datetime.").replace(
        "\nsink", "\nexcept ValueError:\n    pass\nsink"
    )
    assert in_view(tried, "path") is not None
