"""Whole applications: what is seen of one in its module, and what makes it unseen."""

from __future__ import annotations

import ast

import pytest
from analysed import Analysed

from perffix.semantic.web.whole_applications import WholeApplication, whole_application

HEAD = "from flask import Blueprint, Flask\nfrom fastapi import APIRouter, FastAPI\napp = Flask(__name__)\n"
ROUTE = "@app.post('/items')\ndef add():\n    pass\n"


def found_in(text: str, made: str = "Flask(__name__)") -> WholeApplication | None:
    analysed = Analysed(HEAD + text)
    call = analysed.expr(made)
    assert isinstance(call, ast.Call)
    return whole_application(call, analysed.model)


def test_routes_are_gathered_in_order() -> None:
    found = found_in(f"{ROUTE}@app.route('/x')\ndef show():\n    pass\n")
    assert found is not None
    assert (found.name, found.framework) == ("app", "flask")
    assert [each.function.name for each in found.handlers] == ["add", "show"]
    assert [each.methods for each in found.handlers] == [("POST",), ()]


def test_parts_of_the_module_belong_to_it() -> None:
    found = found_in(
        "part = Blueprint('part', __name__)\n@part.get('/')\ndef show():\n    pass\napp.register_blueprint(part)\n"
    )
    assert found is not None
    assert [each.function.name for each in found.handlers] == ["show"]


def test_hooks_are_named() -> None:
    found = found_in(f"{ROUTE}@app.before_request\ndef check():\n    pass\n")
    assert found is not None
    assert [ast.unparse(each) for each in found.hooks] == ["app.before_request"]


@pytest.mark.parametrize(
    "more",
    [
        "prepare(app)\n",
        "from shop import part\napp.register_blueprint(part)\n",
        "app.wsgi_app_of_mine = 1\n",
        "servers = [app]\n",
        "app.add_url_rule('/x', view_func=view)\n",
        "extension.init_app(app)\n",
        "for each in modules:\n    each.register(app=app)\n",
        "other = app\nother.use(x)\n",
    ],
)
def test_what_is_handed_on_is_not_whole(more: str) -> None:
    assert found_in(ROUTE + more) is None


@pytest.mark.parametrize(
    "more",
    [
        "app.config['X'] = 1\n",
        "from flask_cors import CORS\nCORS(app)\n",
        "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\ndb.init_app(app)\n",
        "if __name__ == '__main__':\n    app.run()\n",
        "with app.app_context():\n    pass\n",
        "def get_app():\n    return app\n",
    ],
)
def test_what_changes_no_route_keeps_it_whole(more: str) -> None:
    assert found_in(ROUTE + more) is not None


@pytest.mark.parametrize("made", ["FastAPI(middleware=[x])", "FastAPI(**options)", "FastAPI(routes=found)"])
def test_an_application_that_is_given_its_parts_is_not_whole(made: str) -> None:
    text = f"api = {made}\n@api.post('/x')\ndef add():\n    pass\n"
    assert found_in(text, made) is None


def test_an_application_without_routes_is_none() -> None:
    assert found_in("") is None
