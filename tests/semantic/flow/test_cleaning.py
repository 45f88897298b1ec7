"""What makes a value harmless, for which kind of sink, and what only seems to."""

from __future__ import annotations

import pytest
from programs import in_view


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("html", "sink(html.escape(value))"),
        ("html", "from markupsafe import escape\nsink(f'<p>{escape(value)}</p>')"),
        ("html", "safe = html.escape(value)\nsink('<p>' + safe + '</p>')"),
        ("html", "sink(value.replace('<', '&lt;'))"),
        ("html", "sink(base64.b64encode(value.encode()).decode())"),
        ("html", "sink(quote(value))"),
        ("shell", "sink('ls ' + shlex.quote(value))"),
        ("shell", "sink(f'ls {shlex.quote(value)}')"),
        ("shell", "sink(' '.join(shlex.quote(each) for each in value.split()))"),
        ("shell", "sink(' '.join(map(shlex.quote, value.split())))"),
        ("shell", "sink(re.sub(r'[^\\w.-]', '', value))"),
        ("path", "from werkzeug.utils import secure_filename\nsink(os.path.join('/data', secure_filename(value)))"),
        ("path", "sink(os.path.join('/data', os.path.basename(value)))"),
        ("path", "sink(Path('/data') / Path(value).name)"),
        ("path", "sink(value.replace('/', '_'))"),
        ("path", "sink(value.replace(os.sep, '_'))"),
        ("sql", 'sink(value.replace("\'", "\'\'"))'),
        ("header", "sink(value.replace('\\n', ''))"),
        ("header", "sink(repr(value))"),
        ("log", "sink(f'{value!r}')"),
        ("log", "sink('%r' % value)"),
        ("log", "sink(value.replace('\\r', '').replace('\\n', ''))"),
        ("log", "sink(json.dumps(value))"),
        ("regex", "sink(re.escape(value))"),
        ("url", "sink(f'https://api.example.com/users/{value}')"),
        ("url", "sink('https://api.example.com/users/' + value)"),
        ("url", "sink('https://api.example.com/users/%s' % value)"),
        ("url", "sink('https://api.example.com/users/{}'.format(value))"),
        ("url", "base = load()\nsink(f'{base}/users/{value}')"),
        ("url", "sink('https://example.com?q=' + value)"),
        ("url", "sink(urlparse(value).path)"),
        ("redirect", "sink('/users/' + value)"),
        ("redirect", "sink(f'/users/{value}')"),
        ("redirect", "sink(request.path)"),
        ("redirect", "sink(request.referrer)"),
        ("redirect", "sink('?page=' + value)"),
        ("code", "sink(repr(value))"),
        ("deserialise", "sink(json.dumps(json.loads(value)))"),
        ("sql", "sink(str(uuid.UUID(value)))"),
    ],
)
def test_is_harmless_for(kind: str, body: str) -> None:
    assert in_view(body, kind) is None


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("html", "html.escape(value)\nsink(value)"),
        ("html", "safe = html.escape(value)\nsink(value)"),
        ("html", "sink(html.unescape(html.escape(value)))"),
        ("html", "sink(shlex.quote(value))"),
        ("html", "sink(value.replace('a', '<'))"),
        ("html", "sink(html.escape('a') + value)"),
        ("html", "safe = html.escape(value) if len(value) > 3 else value\nsink(safe)"),
        ("shell", "sink(html.escape(value))"),
        ("shell", "shlex.quote(value)\nsink('ls ' + value)"),
        ("shell", "sink(value.replace(';', ''))"),
        ("shell", "sink(re.sub(r'[;|]', '', value))"),
        ("sql", "sink(html.escape(value))"),
        ("sql", "sink(f'{value!r}')"),
        ("path", "sink(value.replace('..', ''))"),
        ("path", "sink(os.path.join('/data', value))"),
        ("path", "sink(os.path.normpath(os.path.join('/data', value)))"),
        ("path", "sink('/data/' + value + '.txt')"),
        ("path", "sink(Path(value).parent)"),
        ("path", "sink(quote(value))"),
        ("url", "sink(value)"),
        ("url", "sink('https://' + value)"),
        ("url", "sink(f'http://{value}/users')"),
        ("url", "sink(f'https://{value}.example.com/')"),
        ("url", "sink(f'http://localhost:{value}')"),
        ("url", "sink(urljoin('https://example.com/', value))"),
        ("url", "sink('%s/users' % value)"),
        ("redirect", "sink(value)"),
        ("redirect", "sink('/' + value)"),
        ("redirect", "sink(quote(value))"),
        ("redirect", "sink(value or '/')"),
        ("redirect", "sink(request.args.get('next') or request.referrer)"),
        ("code", "sink(value)"),
        ("log", "sink('%s' % value)"),
        ("log", "sink(value.replace('a', ''))"),
        ("header", "sink(value.strip())"),
        ("template", "sink('<h1>' + html.escape(value) + '</h1>')"),
        ("regex", "sink('^' + value + '$')"),
        ("deserialise", "sink(base64.b64decode(value))"),
    ],
)
def test_is_not_harmless_for(kind: str, body: str) -> None:
    assert in_view(body, kind) is not None


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("sql", "sink(request.args.get('n', type=int))"),
        ("sql", "sink(request.args.get('n', 0, type=float))"),
        ("sql", "sink(request.args.getlist('n', type=int))"),
        ("path", "sink(request.files['f'])"),
        ("path", "import io\nsink(io.BytesIO(request.files['f'].read()))"),
        ("redirect", "base = load()\nsep = '&' if '?' in base else '?'\nsink(sep.join([base, value]))"),
        ("url", "sink('/'.join(['https://example.com', value]))"),
    ],
)
def test_is_converted_or_stands_elsewhere(kind: str, body: str) -> None:
    assert in_view(body, kind) is None


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("sql", "sink(request.args.get('n', type=str))"),
        ("path", "sink(request.files['f'].filename)"),
        ("path", "f = request.files['f']\nsink(os.path.join('/data', f.filename))"),
        ("path", "for f in request.files.getlist('f'):\n    sink('/data/' + f.filename)"),
        ("url", "sink('/'.join([value, 'users']))"),
        ("url", "sink(''.join(['https://', value]))"),
    ],
)
def test_is_neither_converted_nor_stands_elsewhere(kind: str, body: str) -> None:
    assert in_view(body, kind) is not None


def test_an_extension_leads_nowhere() -> None:
    for body in (
        "sink('/data/x' + os.path.splitext(value)[1])",
        "name, ext = os.path.splitext(value)\nsink('/data/x' + ext)",
        "sink('/data/x.' + value.rsplit('.', 1)[1])",
    ):
        assert in_view(body, "path") is None
    assert in_view("name, ext = os.path.splitext(value)\nsink('/data/' + name)", "path") is not None


def test_a_parsed_address_without_a_host() -> None:
    body = (
        "from werkzeug.urls import url_parse\n"
        "if not value or url_parse(value).netloc != '':\n    value = '/'\nsink(value)"
    )
    assert in_view(body, "redirect") is None
