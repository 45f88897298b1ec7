from __future__ import annotations

import ast

import pytest
from analysed import Analysed

from perffix.semantic.web.handlers import Handler, handler_of


def _handler(text: str) -> Handler | None:
    """Return the handler of the last function of a module."""
    code = Analysed(text)
    functions = [
        node for node in ast.walk(code.source.tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    last = max(functions, key=lambda node: node.lineno)
    return handler_of(last.body[0], code.model)


@pytest.mark.parametrize(
    ("text", "framework", "route", "methods", "parameters", "request_name"),
    [
        (
            "from flask import Flask\napp = Flask('a')\n@app.route('/<name>/<int:size>', methods=['GET', 'post'])\n"
            "def view(name, size): ...",
            "flask",
            "/<name>/<int:size>",
            ("GET", "POST"),
            ("name",),
            None,
        ),
        (
            "from fastapi import APIRouter\nrouter = APIRouter()\n@router.post('/{name}')\n"
            "async def view(name: str, size: int = 3, text: str = ''): ...",
            "fastapi",
            "/{name}",
            ("POST",),
            ("name", "text"),
            None,
        ),
        (
            "from fastapi import FastAPI, Request\napp = FastAPI()\n@app.get('/')\ndef view(r: Request, q: str): ...",
            "fastapi",
            "/",
            ("GET",),
            ("q",),
            "r",
        ),
        ("import django\ndef view(request, pk):\n    request.GET", "django", None, (), (), "request"),
        (
            "from django.http import HttpResponse\ndef view(request):\n    return HttpResponse('a')",
            "django",
            None,
            (),
            (),
            "request",
        ),
        (
            "from django.urls import path\ndef view(request, name): ...\nurlpatterns = [path('<str:name>/', view)]",
            "django",
            "<str:name>/",
            (),
            ("name",),
            "request",
        ),
        (
            "from django.views.decorators.http import require_POST\n@require_POST\ndef view(request): ...",
            "django",
            None,
            (),
            (),
            "request",
        ),
        (
            "from rest_framework.views import APIView\nclass V(APIView):\n    def post(self, request): ...",
            "drf",
            None,
            ("POST",),
            (),
            "request",
        ),
        (
            "import tornado.web\nclass H(tornado.web.RequestHandler):\n    def get(self): ...",
            "tornado",
            None,
            ("GET",),
            (),
            None,
        ),
        (
            "from aiohttp import web\nroutes = web.RouteTableDef()\n@routes.get('/a')\nasync def view(request): ...",
            "aiohttp",
            "/a",
            ("GET",),
            (),
            "request",
        ),
        (
            "from bottle import get\n@get('/<name>')\ndef view(name): ...",
            "bottle",
            "/<name>",
            ("GET",),
            ("name",),
            None,
        ),
        (
            "import falcon\nclass R:\n    def on_put(self, req, resp, name): ...",
            "falcon",
            None,
            ("PUT",),
            ("name",),
            "req",
        ),
        (
            "from sanic import Sanic\napp = Sanic('a')\n@app.route('/<name>')\nasync def view(request, name): ...",
            "sanic",
            "/<name>",
            (),
            ("name",),
            "request",
        ),
    ],
)
def test_handler(
    text: str,
    framework: str,
    route: str | None,
    methods: tuple[str, ...],
    parameters: tuple[str, ...],
    request_name: str | None,
) -> None:
    handler = _handler(text)
    assert handler is not None
    assert (handler.framework, handler.route, handler.methods) == (framework, route, methods)
    assert tuple(each.arg for each in handler.parameters) == parameters
    assert handler.request == request_name


@pytest.mark.parametrize(
    "text",
    [
        "def view(name): ...",
        "def view(request): ...",
        "import django\ndef view(request):\n    request.user",
        "from django.http import HttpResponse\ndef helper(user):\n    return HttpResponse('a')",
        "import requests\n@requests.get('/a')\ndef view(name): ...",
        "@cache.get('key')\ndef view(name): ...",
        "from functools import lru_cache\n@lru_cache\ndef get(name): ...",
        "class Store:\n    def get(self, name): ...",
        "from celery import Celery\napp = Celery()\n@app.task\ndef run(name): ...",
        "import click\n@click.command()\ndef run(name): ...",
        "import pytest\n@pytest.fixture\ndef client(request): ...",
        "class Listener:\n    def on_get(self): ...",
        "from somewhere import View\nclass V(View):\n    def get(self, request): ...",
    ],
)
def test_no_handler(text: str) -> None:
    assert _handler(text) is None


def test_a_function_inside_of_a_handler_belongs_to_it() -> None:
    text = "from flask import Flask\napp = Flask('a')\n@app.get('/')\ndef view():\n    def inner():\n        return 1"
    handler = _handler(text)
    assert handler is not None
    assert handler.function.name == "view"
