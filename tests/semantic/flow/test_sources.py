"""Where input enters: the frameworks, the terminal, the command line, the environment, and what is none."""

from __future__ import annotations

import pytest
from programs import origin_of


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("from flask import request", "request.args['q']"),
        ("from flask import request", "request.args.get('q', 'a')"),
        ("from flask import request", "request.form.getlist('q')[0]"),
        ("from flask import request", "request.values['q']"),
        ("from flask import request", "request.json['q']"),
        ("from flask import request", "request.get_json()['q']"),
        ("from flask import request", "request.get_json(force=True).get('q')"),
        ("from flask import request", "request.data.decode()"),
        ("from flask import request", "request.get_data(as_text=True)"),
        ("from flask import request", "request.headers['X-Name']"),
        ("from flask import request", "request.headers.get('X-Name')"),
        ("from flask import request", "request.cookies.get('name')"),
        ("from flask import request", "request.files['f'].filename"),
        ("from flask import request", "request.files['f'].read()"),
        ("from flask import request", "request.path"),
        ("from flask import request", "request.query_string.decode()"),
        ("from flask import request", "request.view_args['name']"),
        ("from flask import request", "list(request.form.keys())[0]"),
        ("from flask import request", "[name for name in request.form][0]"),
        ("from flask import request", "dict(request.form)['q']"),
        ("from flask import request", "request.form.to_dict()['q']"),
        ("import flask", "flask.request.args['q']"),
        ("import flask as f", "f.request.args['q']"),
        ("from flask import request as r", "r.args['q']"),
        ("from quart import request", "request.args['q']"),
        ("from bottle import request", "request.query.q"),
        ("from bottle import request", "request.forms.get('q')"),
        ("from bottle import request", "request.params['q']"),
        ("import cherrypy", "cherrypy.request.params['q']"),
        ("", "input()"),
        ("", "input('name? ').strip()"),
        ("import sys", "sys.argv[1]"),
        ("import sys", "' '.join(sys.argv[1:])"),
        ("import sys", "sys.stdin.read()"),
        ("import sys", "[line for line in sys.stdin][0]"),
        ("import os", "os.environ['NAME']"),
        ("import os", "os.environ.get('NAME')"),
        ("import os", "os.getenv('NAME', 'a')"),
        ("from os import environ", "environ['NAME']"),
        ("import argparse", "argparse.ArgumentParser().parse_args().name"),
        ("import argparse\np = argparse.ArgumentParser()", "p.parse_args().name"),
        ("import argparse\np = argparse.ArgumentParser()\nargs = p.parse_args()", "args.name"),
        ("import socket\ns = socket.socket()", "s.recv(10).decode()"),
        ("import cgi", "cgi.FieldStorage().getvalue('q')"),
    ],
)  # fmt: skip
def test_enters_by_name(header: str, part: str) -> None:
    assert origin_of(f"{header}\nsink({part})") is not None


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("from flask import request", "request.method"),
        ("from flask import request", "request.remote_addr"),
        ("from flask import request", "request.is_json"),
        ("from flask import request", "request.content_length"),
        ("from flask import request", "request.endpoint"),
        ("from flask import session", "session['name']"),
        ("from flask import g", "g.user"),
        ("from flask import url_for", "url_for('index')"),
        ("from somewhere import request", "request.args['q']"),
        ("", "request.args['q']"),
        ("import sys", "sys.argv[0]"),
        ("import sys", "sys.path[0]"),
        ("import os", "os.getcwd()"),
        ("def input(): return 'a'", "input()"),
        ("from tools import input", "input()"),
        ("import requests", "requests.get('https://example.com').text"),
        ("p = load()", "p.parse_args().name"),
        ("s = load()", "s.recv(10)"),
    ],
)  # fmt: skip
def test_is_no_input(header: str, part: str) -> None:
    assert origin_of(f"{header}\nsink({part})") is None


@pytest.mark.parametrize(
    "text",
    [
        "def view(request):\n    sink(request.GET['q'])",
        "def view(request):\n    sink(request.POST.get('q'))",
        "def view(request):\n    sink(request.GET.getlist('q')[0])",
        "def view(request):\n    sink(request.COOKIES['q'])",
        "def view(request):\n    sink(request.body)\n    return render(request, 'a.html')",
        "def view(request):\n    sink(request.META['HTTP_X_NAME'])",
        "def view(request):\n    sink(request.META.get('QUERY_STRING'))",
        "def view(request, pk):\n    request.GET\n    sink(request.body)",
        "def view(request):\n    q = request.GET\n    sink(q['a'])",
        "from django.http import HttpRequest\ndef helper(r: HttpRequest):\n    sink(r.headers['X'])",
        "from django.views import View\nclass V(View):\n    def get(self, request):\n"
        "        sink(request.headers['X'])",
        "from django.views import View\nclass V(View):\n    def get(self, request):\n"
        "        sink(self.request.GET['X'])",
        "from django.views import View\nclass V(View):\n    def helper(self):\n        sink(self.request.GET['X'])",
        "from django.urls import path\ndef view(request, name):\n    sink(name)\nurls = [path('a/<str:name>/', view)]",
        "from django.urls import re_path\ndef view(request, name):\n    sink(name)\n"
        "urls = [re_path(r'^a/(?P<name>.+)/$', view)]",
        "from rest_framework.views import APIView\nclass V(APIView):\n    def post(self, request):\n"
        "        sink(request.data['q'])",
        "from rest_framework.decorators import api_view\n@api_view(['GET'])\ndef view(request):\n"
        "    sink(request.query_params.get('q'))",
        "from rest_framework import viewsets\nclass V(viewsets.ModelViewSet):\n    def create(self, request):\n"
        "        sink(request.data.get('q'))",
    ],
)
def test_enters_in_django(text: str) -> None:
    origin = origin_of("from django.shortcuts import render\n" + text)
    assert origin is not None
    assert origin.remote


@pytest.mark.parametrize(
    "text",
    [
        "def view(request):\n    sink(request.user.name)",
        "def view(request):\n    sink(request.method)",
        "def view(request):\n    sink(request.META['REMOTE_ADDR'])",
        "def view(request):\n    sink(request.META['SERVER_NAME'])",
        "def view(request):\n    sink(request.session['q'])",
        "def view(request, pk):\n    sink(pk)",
        "from django.urls import path\ndef view(request, pk):\n    sink(pk)\nurls = [path('a/<int:pk>/', view)]",
        "from django.urls import path\ndef view(request, name):\n    sink(name)\nurls = [path('a/<slug:name>/', view)]",
        "from django.urls import re_path\ndef view(request, name):\n    sink(name)\n"
        "urls = [re_path(r'^a/(?P<name>[0-9]+)/$', view)]",
        "class Client:\n    def send(self, request):\n        sink(request.headers['X'])",
    ],
)
def test_is_no_input_in_django(text: str) -> None:
    assert origin_of("from django.shortcuts import render\n" + text) is None


_FASTAPI = """
from enum import Enum
from typing import Annotated, Any, Literal, Optional
from uuid import UUID
from fastapi import Body, Cookie, Depends, FastAPI, File, Form, Header, Path, Query, Request, UploadFile, WebSocket
from pydantic import BaseModel, Field, field_validator

app = FastAPI()

class Color(Enum):
    RED = "red"

class Item(BaseModel):
    name: str
    size: int
    tags: list[str] = []
    code: str = Field(pattern="^[a-z]+$")

class Checked(BaseModel):
    name: str

    @field_validator("name")
    def check(cls, value): return value

def text(q: str):
    return q

def number(q: int):
    return q

class Service: ...

{}
"""


@pytest.mark.parametrize(
    "text",
    [
        "@app.get('/{q}')\ndef view(q):\n    sink(q)",
        "@app.get('/{q}')\nasync def view(q: str):\n    sink(q)",
        "@app.get('/')\ndef view(q: str = 'a'):\n    sink(q)",
        "@app.get('/')\ndef view(q: Optional[str] = None):\n    sink(q)",
        "@app.get('/')\ndef view(q: str | None = None):\n    sink(q)",
        "@app.get('/')\ndef view(q: str = Query(...)):\n    sink(q)",
        "@app.get('/')\ndef view(q: Annotated[str, Query(max_length=10)]):\n    sink(q)",
        "@app.get('/')\ndef view(q: list[str] = Query()):\n    sink(q[0])",
        "@app.get('/')\ndef view(q: str = Header()):\n    sink(q)",
        "@app.get('/')\ndef view(q: str = Cookie()):\n    sink(q)",
        "@app.post('/')\ndef view(q: str = Form()):\n    sink(q)",
        "@app.post('/')\ndef view(q: dict = Body()):\n    sink(q['a'])",
        "@app.post('/')\ndef view(q: Any = Body()):\n    sink(q)",
        "@app.post('/')\ndef view(item: Item):\n    sink(item.name)",
        "@app.post('/')\ndef view(item: Item):\n    sink(item.tags[0])",
        "@app.post('/')\ndef view(items: list[Item]):\n    sink(items[0].name)",
        "@app.post('/')\ndef view(item: Item):\n    sink(item.model_dump()['name'])",
        "@app.post('/')\ndef view(f: UploadFile):\n    sink(f.filename)",
        "@app.post('/')\nasync def view(f: UploadFile = File()):\n    sink(await f.read())",
        "@app.get('/')\ndef view(q=Depends(text)):\n    sink(q)",
        "@app.get('/')\ndef view(q: Annotated[str, Depends(text)]):\n    sink(q)",
        "@app.get('/')\ndef view(request: Request):\n    sink(request.query_params['q'])",
        "@app.get('/')\nasync def view(r: Request):\n    sink((await r.json())['q'])",
        "@app.get('/')\nasync def view(r: Request):\n    data = await r.json()\n    sink(data['q'])",
        "@app.websocket('/')\nasync def view(ws: WebSocket):\n    sink(await ws.receive_text())",
        "@app.websocket('/')\nasync def view(ws: WebSocket):\n    async for text in ws.iter_text():\n"
        "        sink(text)",
        "from .app import router\n@router.get('/{q}')\ndef view(q: str):\n    sink(q)",
        "def get(q: str):\n    sink(q)\napp.add_api_route('/', get)",
    ],
)
def test_enters_in_fastapi(text: str) -> None:
    origin = origin_of(_FASTAPI.format(text))
    assert origin is not None
    assert origin.remote


@pytest.mark.parametrize(
    "text",
    [
        "@app.get('/{q}')\ndef view(q: int):\n    sink(q)",
        "@app.get('/{q}')\ndef view(q: UUID):\n    sink(q)",
        "@app.get('/{q}')\ndef view(q: Color):\n    sink(q)",
        "@app.get('/{q}')\ndef view(q: Color):\n    sink(q.value)",
        "@app.get('/{q}')\ndef view(q: Literal['a', 'b']):\n    sink(q)",
        "@app.get('/{q}')\ndef view(q: Optional[int] = None):\n    sink(q)",
        "@app.get('/')\ndef view(q: bool = False):\n    sink(q)",
        "@app.get('/')\ndef view(q: list[int] = Query()):\n    sink(q[0])",
        "@app.get('/')\ndef view(q: str = Query(pattern='^[a-z]+$')):\n    sink(q)",
        "@app.get('/')\ndef view(q: Annotated[str, Path(pattern='^[a-z]+$')]):\n    sink(q)",
        "@app.post('/')\ndef view(item: Item):\n    sink(item.size)",
        "@app.post('/')\ndef view(item: Item):\n    sink(item.code)",
        "@app.post('/')\ndef view(item: Checked):\n    sink(item.name)",
        "@app.get('/')\ndef view(q=Depends(number)):\n    sink(q)",
        "@app.get('/')\ndef view(service: Service = Depends()):\n    sink(service.name)",
        "@app.get('/')\ndef view(service: Service):\n    sink(service.name)",
        "from schemas import Imported\n@app.post('/')\ndef view(item: Imported):\n    sink(item.name)",
        "@app.get('/')\ndef view(request: Request):\n    sink(request.client.host)",
        "@app.get('/')\ndef view(request: Request):\n    sink(request.state.user)",
        "def helper(q: str):\n    sink(q)",
        "@cached('/')\ndef helper(q: str):\n    sink(q)",
    ],
)
def test_is_no_input_in_fastapi(text: str) -> None:
    assert origin_of(_FASTAPI.format(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "from flask import Flask\napp = Flask(__name__)\n@app.route('/<name>')\ndef view(name):\n    sink(name)",
        "from flask import Flask\napp = Flask(__name__)\n@app.get('/<path:name>')\ndef view(name):\n    sink(name)",
        "from flask import Blueprint\nbp = Blueprint('a', __name__)\n@bp.route('/<string:name>')\ndef view(name):\n"
        "    sink(name)",
        "from flask import Flask\ndef make():\n    app = Flask(__name__)\n    @app.route('/<name>')\n"
        "    def view(name):\n        sink(name)",
        "from .app import app\n@app.route('/<name>')\ndef view(name):\n    sink(name)",
        "from flask import Flask\napp = Flask(__name__)\ndef view(name):\n    sink(name)\n"
        "app.add_url_rule('/<name>', 'view', view)",
        "from bottle import route\n@route('/<name>')\ndef view(name):\n    sink(name)",
        "from sanic import Sanic\napp = Sanic('a')\n@app.get('/<name:str>')\nasync def view(request, name):\n"
        "    sink(name)",
        "from sanic import Sanic\napp = Sanic('a')\n@app.get('/')\nasync def view(request):\n"
        "    sink(request.args['q'])",
        "from aiohttp import web\nroutes = web.RouteTableDef()\n@routes.get('/')\nasync def view(request):\n"
        "    sink(request.query['q'])",
        "from aiohttp import web\nasync def view(request):\n    sink(request.match_info['q'])\n"
        "app = web.Application()\napp.add_routes([web.get('/{q}', view)])",
        "from aiohttp import web\nasync def view(request):\n    sink((await request.post())['q'])\n"
        "app = web.Application()\napp.router.add_post('/', view)",
        "from aiohttp import web\nasync def view(r: web.Request):\n    sink(r.query['q'])",
        "from aiohttp import web\nclass V(web.View):\n    async def get(self):\n        sink(self.request.query['q'])",
        "import tornado.web\nclass H(tornado.web.RequestHandler):\n    def get(self):\n"
        "        sink(self.get_argument('q'))",
        "from tornado.web import RequestHandler\nclass Base(RequestHandler): ...\nclass H(Base):\n"
        "    def get(self):\n"
        "        sink(self.get_query_argument('q'))",
        "import tornado.web\nclass H(tornado.web.RequestHandler):\n    def get(self):\n        sink(self.request.body)",
        "import tornado.websocket\nclass H(tornado.websocket.WebSocketHandler):\n    def on_message(self, message):\n"
        "        sink(message)",
        "import falcon\nclass R:\n    def on_get(self, req, resp):\n        sink(req.get_param('q'))",
        "import falcon\nclass R:\n    def on_get(self, req, resp, name):\n        sink(name)",
        "import falcon\nclass R:\n    def on_post(self, req, resp):\n        sink(req.media['q'])",
        "from starlette.requests import Request\nasync def view(request: Request):\n    sink(request.path_params['q'])",
        "from starlette.routing import Route\nasync def view(request):\n    sink(request.query_params['q'])\n"
        "routes = [Route('/', view)]",
        "from starlette.endpoints import HTTPEndpoint\nclass E(HTTPEndpoint):\n    async def get(self, request):\n"
        "        sink(request.query_params['q'])",
        "from pyramid.view import view_config\n@view_config(route_name='a')\ndef view(request):\n"
        "    sink(request.params['q'])",
        "import cherrypy\nclass Root:\n    @cherrypy.expose\n    def index(self, name):\n        sink(name)",
        "from http.server import BaseHTTPRequestHandler\nclass H(BaseHTTPRequestHandler):\n    def do_GET(self):\n"
        "        sink(self.path)",
        "def lambda_handler(event, context):\n    sink(event['q'])",
        "from flask_socketio import SocketIO\nsocketio = SocketIO()\n@socketio.on('message')\ndef on(data):\n"
        "    sink(data['q'])",
        "from flask.views import MethodView\nfrom flask import request\nclass V(MethodView):\n    def get(self):\n"
        "        sink(request.args['q'])",
    ],
)
def test_enters_in_other_frameworks(text: str) -> None:
    origin = origin_of(text)
    assert origin is not None
    assert origin.remote


@pytest.mark.parametrize(
    "text",
    [
        "from flask import Flask\napp = Flask(__name__)\n@app.route('/<int:name>')\ndef view(name):\n    sink(name)",
        "from flask import Flask\napp = Flask(__name__)\n@app.route('/<uuid:name>')\ndef view(name):\n    sink(name)",
        "from flask import Flask\napp = Flask(__name__)\n@app.route('/<any(a, b):name>')\ndef view(name):\n"
        "    sink(name)",
        "from flask import Flask\napp = Flask(__name__)\n@app.route('/')\ndef view(name='a'):\n    sink(name)",
        "from bottle import route\n@route('/<name:int>')\ndef view(name):\n    sink(name)",
        "import tornado.web\nclass H(tornado.web.RequestHandler):\n    def get(self):\n"
        "        sink(self.get_secure_cookie('q'))",
        "class H:\n    def get(self):\n        sink(self.get_argument('q'))",
        "class R:\n    def fetch(self, req, resp):\n        sink(req.params['q'])",
        "def run(event, name):\n    sink(event['q'])",
        "import queue\n@app.get('/x')\ndef view(name):\n    sink(name)",
        "import requests\nrequests.get('/<name>')\ndef view(name):\n    sink(name)",
        "from celery import Celery\ncelery = Celery()\n@celery.task\ndef run(name):\n    sink(name)",
        "from aiohttp import ClientSession\nasync def fetch(request):\n    sink(request.query['q'])",
    ],
)
def test_is_no_input_in_other_frameworks(text: str) -> None:
    assert origin_of(text) is None


@pytest.mark.parametrize(
    ("text", "kind", "remote", "says"),
    [
        (
            "from flask import request\nsink(request.args['q'])",
            "request",
            True,
            "`request.args` is what the client sends",
        ),
        ("sink(input())", "terminal", False, "`input()` is typed in by the user"),
        ("import sys\nsink(sys.argv[1])", "arguments", False, "`sys.argv` comes from the command line"),
        ("import os\nsink(os.environ['A'])", "environment", False, "`os.environ` comes from the environment"),
        (
            "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/')\ndef view(q: str):\n    sink(q)",
            "handler",
            True,
            "`q` is filled by the client",
        ),
    ],
)
def test_what_is_said_of_a_source(text: str, kind: str, remote: bool, says: str) -> None:
    origin = origin_of(text)
    assert origin is not None
    assert (origin.kind, origin.remote, origin.says) == (kind, remote, says)


def test_answers_of_other_servers_count_where_they_are_run() -> None:
    text = "import requests\nsink(requests.get('https://example.com').text)"
    assert origin_of(text, "code") is not None
    assert origin_of(text, "html") is None


def test_django_keeps_only_the_last_part_of_the_name_of_a_file() -> None:
    text = "import django\ndef view(request):\n    sink(request.FILES['f'].name)"
    assert origin_of(text, "path") is None
    assert origin_of(text, "html") is not None


_FORMS = """
from django import forms
from flask_wtf import FlaskForm
from rest_framework import serializers
from wtforms import IntegerField, StringField
from wtforms.validators import DataRequired, Regexp
from pydantic import BaseModel
from flask import request

class Search(FlaskForm):
    text = StringField("Text", validators=[DataRequired()])
    size = IntegerField("Size")
    code = StringField("Code", validators=[Regexp("[a-z]+")])

class Contact(forms.Form):
    name = forms.CharField()
    age = forms.IntegerField()
    kind = forms.ChoiceField(choices=["a"])
    nick = forms.CharField()

    def clean_nick(self): ...

class Entry(serializers.Serializer):
    name = serializers.CharField()
    age = serializers.IntegerField()

class Item(BaseModel):
    name: str
    size: int

def view():
    search = Search()
    contact = Contact(request.POST)
    entry = Entry(data=request.data)
    item = Item(**request.json)
    other = Item.model_validate(request.json)
    sink({})
"""


@pytest.mark.parametrize(
    "part",
    [
        "search.text.data",
        "search.data['text']",
        "contact.cleaned_data['name']",
        "contact.cleaned_data.get('name')",
        "entry.validated_data['name']",
        "item.name",
        "other.name",
    ],
)
def test_enters_by_a_field_of_a_form(part: str) -> None:
    assert origin_of(_FORMS.format(part)) is not None


@pytest.mark.parametrize(
    "part",
    [
        "search.size.data",
        "search.code.data",
        "search.text.label",
        "contact.cleaned_data['age']",
        "contact.cleaned_data['kind']",
        "contact.cleaned_data['nick']",
        "entry.validated_data['age']",
        "item.size",
        "other.size",
        "imported.cleaned_data['name']",
    ],
)
def test_is_no_input_by_a_field_of_a_form(part: str) -> None:
    assert origin_of(_FORMS.format(part)) is None


@pytest.mark.parametrize(
    "text",
    [
        "def app(environ, start_response):\n    sink(environ['QUERY_STRING'])",
        "def app(environ, start_response):\n    sink(environ.get('HTTP_X_NAME', ''))",
        "from urllib.parse import parse_qs\ndef app(environ, start_response):\n"
        "    sink(parse_qs(environ['QUERY_STRING'])['q'][0])",
    ],
)
def test_enters_by_wsgi(text: str) -> None:
    origin = origin_of(text)
    assert origin is not None
    assert origin.remote


def test_the_servers_part_of_a_wsgi_environment_is_no_input() -> None:
    assert origin_of("def app(environ, start_response):\n    sink(environ['SERVER_NAME'])") is None


_COMMANDS = """
import argparse
import click
import typer

parser = argparse.ArgumentParser()
parser.add_argument("--name")
parser.add_argument("--size", type=int)
parser.add_argument("--kind", choices=["a", "b"])
parser.add_argument("--dry-run", action="store_true")
args = parser.parse_args()

@click.command()
@click.option("--name", default="a")
@click.option("--size", type=int)
@click.option("--all", is_flag=True)
def run(name, size, all):
    {}

app = typer.Typer()

@app.command()
def go(name: str, size: int):
    {}

{}
"""


@pytest.mark.parametrize(
    ("in_click", "in_typer", "below"),
    [("sink(name)", "", ""), ("", "sink(name)", ""), ("", "", "sink(args.name)")],
)
def test_enters_by_the_command_line(in_click: str, in_typer: str, below: str) -> None:
    origin = origin_of(_COMMANDS.format(in_click or "pass", in_typer or "pass", below))
    assert origin is not None
    assert not origin.remote
    assert origin.kind == "arguments"


@pytest.mark.parametrize(
    ("in_click", "in_typer", "below"),
    [
        ("sink(size)", "", ""),
        ("sink(all)", "", ""),
        ("", "sink(size)", ""),
        ("", "", "sink(args.size)"),
        ("", "", "sink(args.kind)"),
        ("", "", "sink(args.dry_run)"),
    ],
)
def test_a_converted_argument_is_no_input(in_click: str, in_typer: str, below: str) -> None:
    assert origin_of(_COMMANDS.format(in_click or "pass", in_typer or "pass", below)) is None


@pytest.mark.parametrize(
    ("text", "enters"),
    [
        ("async def view(r: web.Request):\n    sink(r.match_info['q'])\nweb.get('/{q}', view)", True),
        ("async def view(r: web.Request):\n    sink(r.match_info['q'])\nweb.get(r'/{q:\\d+}', view)", False),
        ("async def view(r: web.Request):\n    sink(r.match_info['q'])\nweb.get(r'/{q:.+}', view)", True),
        ("async def view(r: web.Request):\n    sink(r.match_info['q'])\nweb.get(r'/{q:[a-f0-9]{8}}', view)", False),
        ("async def view(r: Request):\n    sink(r.path_params['q'])\nRoute('/{q:int}', view)", False),
        ("async def view(r: Request):\n    sink(r.path_params['q'])\nRoute('/{q:path}', view)", True),
        ("class H(RequestHandler):\n    def get(self, name):\n        sink(name)\nr = [(r'/u/([^/]+)', H)]", True),
        ("class H(RequestHandler):\n    def get(self, name):\n        sink(name)\nr = [(r'/u/(\\d+)', H)]", False),
        ("class H(RequestHandler):\n    def get(self, name):\n        sink(name)", False),
    ],
)
def test_the_path_of_a_route_limits_its_parts(text: str, enters: bool) -> None:
    header = "from aiohttp import web\nfrom starlette.requests import Request\nfrom starlette.routing import Route\n"
    header += "from tornado.web import RequestHandler\n"
    assert (origin_of(header + text) is not None) is enters


def test_what_an_imported_object_keeps_between_requests_is_no_proof() -> None:
    text = """
        from flask import g, request, session
        def login():
            session["name"] = g.name = request.form["name"]
        def view():
            sink({})
        """
    assert origin_of(text.format('session["name"]')) is None
    assert origin_of(text.format("g.name")) is not None
