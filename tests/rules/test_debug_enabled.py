"""SEC201 by the path of the module, by what settings modules do with DEBUG, and how bad it is."""

from __future__ import annotations

import pytest
from fixture_files import RULES, findings_in, fixed_text

from perffix.model import Applicability, Severity

RULE = next(rule for rule in RULES if rule.code == "SEC201")
SETTINGS = 'ROOT_URLCONF = "shop.urls"\nINSTALLED_APPS = []\n'
FLASK = "from flask import Flask\n\napp = Flask(__name__)\n"


@pytest.mark.parametrize(
    "path",
    [
        "shop/settings.py",
        "shop/settings/production.py",
        "settings/__init__.py",
        "conf/live.py",
        "developers/settings.py",
    ],
)
def test_settings_for_everybody_are_reported(path: str) -> None:
    assert len(findings_in(f"{SETTINGS}DEBUG = True\n", RULE, path)) == 1


@pytest.mark.parametrize(
    "path",
    [
        "shop/settings/dev.py",
        "settings/local.py",
        "settings_test.py",
        "tests/settings.py",
        "settings/base.py",
        "shop/settings_development.py",
        "examples/shop/settings.py",
        "shop/common_settings.py",
        "shop/testutils/settings.py",
    ],
)
def test_settings_for_developers_and_bases_are_not(path: str) -> None:
    assert findings_in(f"{SETTINGS}DEBUG = True\n", RULE, path) == []


@pytest.mark.parametrize(
    "rest",
    [
        "DEBUG = True\nDEBUG = False\n",
        "DEBUG = True\nif 'shop' in __file__:\n    DEBUG = False\n",
        "DEBUG = True\nfrom .local_settings import *\n",
        "DEBUG = True\ntry:\n    from local_settings import *\nexcept ImportError:\n    pass\n",
        "DEBUG = True\nlocals().update(overrides())\n",
        "import os\nDEBUG = bool(int(os.environ.get('DEBUG', '0')))\n",
        "import os\nDEBUG = os.environ.get('DEBUG')\n",
        "import os\nDEBUG = os.environ.get('DEBUG', 'True') == 'True'\n",
        "import os\nDEBUG = os.environ.get('DEBUG', '')\n",
        "if 'runserver' in argv:\n    DEBUG = True\n",
    ],
)
def test_debug_that_may_get_another_value_is_not_reported(rest: str) -> None:
    assert findings_in(SETTINGS + rest, RULE, "settings.py") == []


def test_a_module_that_is_no_settings_module_is_left_alone() -> None:
    assert findings_in("DEBUG = True\nSECRET_KEY = ''\n", RULE) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "import os\nDEBUG = True\n",
            'import os\nDEBUG = os.environ.get("DEBUG", "").lower() in ("1", "true", "yes", "on")\n',
        ),
        (
            "from decouple import config\nDEBUG = True\n",
            'from decouple import config\nDEBUG = config("DEBUG", default=False, cast=bool)\n',
        ),
        (
            "import environ\nenv = environ.Env()\nDEBUG = True\n",
            'import environ\nenv = environ.Env()\nDEBUG = env.bool("DEBUG", default=False)\n',
        ),
        (
            "import os\nDEBUG = os.getenv('SHOP_DEBUG', 'False')\n",
            'import os\nDEBUG = os.getenv(\'SHOP_DEBUG\', "").lower() in ("1", "true", "yes", "on")\n',
        ),
        (
            "import os\nDEBUG = bool(os.environ.get('DEBUG', 'False'))\n",
            'import os\nDEBUG = os.environ.get(\'DEBUG\', "").lower() in ("1", "true", "yes", "on")\n',
        ),
    ],
)
def test_the_setting_is_read_as_the_module_reads_others(before: str, after: str) -> None:
    assert fixed_text(SETTINGS + before, RULE, Applicability.UNSAFE) == SETTINGS + after


@pytest.mark.parametrize(
    ("rest", "severity"),
    [
        ("if __name__ == '__main__':\n    app.run(debug=True)\n", Severity.LOW),
        ("if __name__ == '__main__':\n    app.run('127.0.0.1', debug=True)\n", Severity.LOW),
        ("if __name__ == '__main__':\n    app.run(host='0.0.0.0', debug=True)\n", Severity.HIGH),
        ("if __name__ == '__main__':\n    app.run('0.0.0.0', debug=True)\n", Severity.HIGH),
        ("app.run(debug=True)\n", Severity.MEDIUM),
        ("def main(host):\n    app.run(host=host, debug=True)\n", Severity.MEDIUM),
    ],
)
def test_severity_follows_from_who_reaches_the_server(rest: str, severity: Severity) -> None:
    assert [finding.severity for finding in findings_in(FLASK + rest, RULE)] == [severity]


def test_a_lone_statement_is_not_taken_out() -> None:
    text = f"{FLASK}def start():\n    app.debug = True\n"
    assert [finding.fix for finding in findings_in(text, RULE)] == [None]


SERVED = (
    "from werkzeug.serving import run_simple\nrun_simple('127.0.0.1', 5000, app)\n",
    "from waitress import serve\nserve(app)\n",
    "class Served:\n    def __call__(self, environ, start_response):\n        return app(environ, start_response)\n",
)


@pytest.mark.parametrize("served", SERVED)
@pytest.mark.parametrize(
    "switch", ["app.debug = True\n", 'app.config["DEBUG"] = True\n', "app.config.update(DEBUG=True)\n"]
)
def test_servers_that_never_ask_for_debug_open_no_debugger(switch: str, served: str) -> None:
    assert findings_in(f"{FLASK}{switch}{served}", RULE, "shop/serve.py") == []
    (finding,) = findings_in(f"{FLASK}{switch}{served}app.run()\n", RULE, "shop/serve.py")
    assert finding.span.line == 4


@pytest.mark.parametrize(
    "served",
    [
        "from twisted.web.wsgi import WSGIResource\nresource = WSGIResource(reactor, reactor.getThreadPool(), app)\n",
        "from waitress import serve\nserve(app)\n",
        "from starlette.middleware.wsgi import WSGIMiddleware\nsite.mount('/', WSGIMiddleware(app))\n",
    ],
)
def test_a_server_that_never_asks_the_application_opens_no_debugger(served: str) -> None:
    assert findings_in(f'{FLASK}app.config["DEBUG"] = True\n', RULE) != []
    assert findings_in(f'{FLASK}app.config["DEBUG"] = True\n{served}', RULE) == []
    assert findings_in(f'{FLASK}app.config["DEBUG"] = True\n{served}app.run()\n', RULE) != []
