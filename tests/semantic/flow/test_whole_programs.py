"""Small whole programs: helpers, classes, forms and injected values, as they are written."""

from __future__ import annotations

import pytest
from programs import origin_of


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        pytest.param(
            "sql",
            """
            from flask import Flask, g, request
            app = Flask(__name__)
            @app.before_request
            def load():
                g.term = request.args.get("q")
            @app.route("/")
            def view():
                sink(g.term)
            """,
            id="flask g",
        ),
        pytest.param(
            "path",
            """
            from flask import Flask
            app = Flask(__name__)
            @app.route("/f/<path:name>")
            def view(**kwargs):
                sink(kwargs["name"])
            """,
            id="kwargs handler",
        ),
        pytest.param(
            "sql",
            """
            import functools
            from flask import request
            def logged(f):
                @functools.wraps(f)
                def inner(*a, **k):
                    return f(*a, **k)
                return inner
            @logged
            def q(x):
                return "select " + x
            def view():
                sink(q(request.args["x"]))
            """,
            id="decorator wrapper",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            class Repo:
                def __init__(self):
                    self.filters = []
                def add(self, text):
                    self.filters.append(text)
                def sql(self):
                    return " and ".join(self.filters)
            def view():
                repo = Repo()
                repo.add(request.args["x"])
                sink(repo.sql())
            """,
            id="class attribute dict",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            class B:
                def __init__(self):
                    self.parts = ""
                def where(self, x):
                    self.parts += x
                    return self
            def view():
                b = B().where(request.args["x"])
                sink(b.parts)
            """,
            id="builder chain",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            class B:
                def set(self, x):
                    self.x = x
            def view():
                b = B()
                b.set(request.args["x"])
                sink(b.x)
            """,
            id="setter",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            def fill(d, v):
                d["k"] = v
            def view():
                d = {}
                fill(d, request.args["x"])
                sink(d["k"])
            """,
            id="helper fills dict",
        ),
        pytest.param(
            "shell",
            """
            from flask import request
            def fill(d, v):
                d.append(v)
            def view():
                d = []
                fill(d, request.args["x"])
                sink(" ".join(d))
            """,
            id="helper fills list",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            def view():
                sink(", ".join(f"{k}={v}" for k, v in request.form.items()))
            """,
            id="nested comprehension",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            def view():
                data = {k: v for k, v in request.json.items()}
                sink(data["a"])
            """,
            id="dict comp",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            def view():
                if (n := request.args.get("n")) and len(n) > 2:
                    sink(n)
            """,
            id="walrus",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            class C:
                @property
                def term(self):
                    return request.args["q"]
                def run(self):
                    sink(self.term)
            """,
            id="property",
        ),
        pytest.param(
            "sql",
            """
            import tornado.web
            class H(tornado.web.RequestHandler):
                def prepare(self):
                    self.term = self.get_argument("q")
                def get(self):
                    sink(self.term)
            """,
            id="class attr via instance",
        ),
        pytest.param(
            "sql",
            """
            from fastapi import Depends, FastAPI
            app = FastAPI()
            class Params:
                def __init__(self, q: str, n: int = 0):
                    self.q = q
                    self.n = n
            @app.get("/")
            def view(p: Params = Depends()):
                sink(p.q)
            """,
            id="fastapi depends class",
        ),
        pytest.param(
            "sql",
            """
            from fastapi import Depends, FastAPI
            app = FastAPI()
            class Params:
                def __init__(self, q: str, n: int = 0):
                    self.q = q
            @app.get("/")
            def view(p=Depends(Params)):
                sink(p.q)
            """,
            id="fastapi depends class 2",
        ),
        pytest.param(
            "sql",
            """
            from django import forms
            class F(forms.Form):
                q = forms.CharField()
            def view(request):
                form = F(request.POST)
                if form.is_valid():
                    sink(form.cleaned_data["q"])
            """,
            id="django form valid",
        ),
        pytest.param(
            "sql",
            """
            from django import forms
            from django.views.generic.edit import FormView
            class F(forms.Form):
                q = forms.CharField()
            class V(FormView):
                form_class = F
                def form_valid(self, form):
                    sink(form.cleaned_data["q"])
            """,
            id="django cbv form_valid",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            TERMS = []
            def add():
                TERMS.append(request.args["q"])
            def view():
                for t in TERMS:
                    sink(t)
            """,
            id="global list",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            def view():
                sink("a {q}".format_map(request.args))
            """,
            id="str format map",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            def view():
                sink("a %(q)s" % request.args)
            """,
            id="percent dict",
        ),
        pytest.param(
            "sql",
            """
            from aiohttp import web
            async def view(request: web.Request):
                data = await request.post()
                name = data.get("name", "")
                sink(f"x {name}")
            """,
            id="async gather",
        ),
        pytest.param(
            "sql",
            """
            from functools import partial
            from flask import request
            def q(a, b):
                sink(a + b)
            def view():
                f = partial(q, request.args["a"])
                f("b")
            """,
            id="partial",
        ),
        pytest.param(
            "sql",
            """
            import contextlib
            from flask import request
            @contextlib.contextmanager
            def term():
                yield request.args["q"]
            def view():
                with term() as t:
                    sink(t)
            """,
            id="generator in helper with contextmanager",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            class A:
                def __init__(self, x):
                    self.x = x
            class B(A):
                def __init__(self, x, y):
                    super().__init__(x)
                    self.y = y
            def view():
                sink(B(request.args["a"], "b").x)
            """,
            id="super init",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            class A:
                def __init__(self, x):
                    self.x = x
            class B(A):
                def run(self):
                    sink(self.x)
            def view():
                B(request.args["a"]).run()
            """,
            id="inherited field",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            q = ""
            def view():
                global q
                q = request.args["q"]
                run()
            def run():
                sink(q)
            """,
            id="global",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            def view():
                x = request.args["q"]
                sink("".join(reversed(x)))
            """,
            id="reversed",
        ),
        pytest.param(
            "shell",
            """
            from flask import request
            def view():
                cmd = ["ls"] + request.args["q"].split()
                cmd.extend(["-l"])
                sink(cmd)
            """,
            id="sum of lists",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            def view():
                d = {"a": 1} | {"b": request.args["b"]}
                sink(d["b"])
            """,
            id="dict merge",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            def pair():
                return request.args["a"], "b"
            def view():
                sink(pair()[0])
            """,
            id="tuple return and index",
        ),
        pytest.param(
            "sql",
            """
            from typing import NamedTuple
            from flask import request
            class P(NamedTuple):
                a: str
                b: str
            def view():
                p = P(request.args["a"], "x")
                a, b = p
                sink(p[0])
            """,
            id="namedtuple",
        ),
        pytest.param(
            "sql",
            """
            import flask
            def view():
                req = flask.request
                args = req.args
                sink(args.get("q"))
            """,
            id="request alias",
        ),
        pytest.param(
            "sql",
            """
            from django.http import HttpResponse
            def param(request, name):
                return request.GET.get(name)
            def view(request):
                sink(param(request, "q"))
            """,
            id="django request.GET helper",
        ),
        pytest.param(
            "sql",
            """
            from urllib.parse import urlparse, parse_qs
            from http.server import BaseHTTPRequestHandler
            class H(BaseHTTPRequestHandler):
                def do_GET(self):
                    q = parse_qs(urlparse(self.path).query)
                    sink(q["a"][0])
            """,
            id="urllib parse",
        ),
        pytest.param(
            "sql",
            """
            import json
            from http.server import BaseHTTPRequestHandler
            class H(BaseHTTPRequestHandler):
                def do_POST(self):
                    n = int(self.headers["Content-Length"])
                    data = json.loads(self.rfile.read(n))
                    sink(data["a"])
            """,
            id="rfile",
        ),
        pytest.param(
            "code",
            """
            import socket
            s = socket.socket()
            conn, addr = s.accept()
            sink(conn.recv(100).decode())
            """,
            id="socket accept",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            def view():
                try:
                    q = request.args["q"]
                except KeyError:
                    return "no"
                else:
                    sink(q)
            """,
            id="try else",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            def view():
                q = request.args["q"]
                def inner():
                    return f"x {q}"
                sink(inner())
            """,
            id="nested function closure",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            def esc(x):
                return "'" + x + "'"
            def view():
                sink(",".join(map(esc, request.args.getlist("q"))))
            """,
            id="map with helper",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            def view():
                for each in sorted(request.args.getlist("q"), key=len):
                    sink(each)
            """,
            id="sorted key",
        ),
    ],
)
def test_input_comes_through(kind: str, text: str) -> None:
    assert origin_of(text, kind) is not None


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        pytest.param(
            "sql",
            """
            from flask import request
            from x import clean
            def view():
                q = clean(request.args["q"])
                sink(q)
            """,
            id="imported cleaner",
        ),
        pytest.param(
            "sql",
            """
            from flask import session
            def view():
                sink(session["x"])
            """,
            id="session",
        ),
        pytest.param(
            "sql",
            """
            from enum import Enum
            from flask import request
            class C(Enum):
                A = "a"
            def view():
                c = C(request.args["q"])
                sink(c.value)
            """,
            id="enum",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            T = {"a": "select 1"}
            def view():
                q = T.get(request.args["q"])
                if q is None: return
                sink(q)
            """,
            id="dispatch",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            def view():
                cols = []
                for c in ("a", "b"):
                    if c in request.args:
                        cols.append(c)
                sink(", ".join(cols))
            """,
            id="loop const",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            def view():
                ids = request.args.getlist("id")
                sink("in (%s)" % ",".join("?" * len(ids)))
            """,
            id="placeholders",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            def view():
                ids = request.args.getlist("id")
                sink("in (%s)" % ",".join("?" for _ in ids))
            """,
            id="placeholders2",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            def view():
                ids = [int(i) for i in request.args.getlist("id")]
                sink(",".join(map(str, ids)))
            """,
            id="ids int",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            COLS = {"a", "b"}
            def view():
                cols = [c for c in request.args.getlist("c") if c in COLS]
                sink(", ".join(cols))
            """,
            id="intersection",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            COLS = {"a", "b"}
            def view():
                cols = COLS & set(request.args.getlist("c"))
                sink(", ".join(cols))
            """,
            id="set intersection",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            COLS = {"a", "b"}
            def view():
                cols = COLS.intersection(request.args.getlist("c"))
                sink(", ".join(cols))
            """,
            id="set intersection 2",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            def view():
                order = "desc" if request.args.get("o") == "desc" else "asc"
                sink("order by " + order)
            """,
            id="sort order",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            class M:
                a = "x"
            def view():
                col = getattr(M, request.args["c"], M.a)
                sink(col)
            """,
            id="model column",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            def view():
                flag = request.args.get("x") == "1"
                sink(f"{flag}")
            """,
            id="bool flag",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            def view():
                n = min(int(request.args.get("n", 10)), 100)
                sink(f"limit {n}")
            """,
            id="min max",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            def view():
                out = []
                for v in request.args.getlist("v"):
                    try:
                        out.append(int(v))
                    except ValueError:
                        continue
                sink(str(out))
            """,
            id="try int loop",
        ),
        pytest.param(
            "sql",
            """
            from datetime import datetime
            from flask import request
            def view():
                d = datetime.strptime(request.args["d"], "%Y-%m-%d").date()
                sink(f"{d} {d.isoformat()}")
            """,
            id="date",
        ),
        pytest.param(
            "path",
            """
            import hashlib
            from flask import request
            def view():
                name = hashlib.md5(request.args["u"].encode()).hexdigest()
                sink(f"/cache/{name}")
            """,
            id="hash",
        ),
        pytest.param(
            "path",
            """
            import os, uuid
            from flask import request
            def view():
                f = request.files["f"]
                ext = os.path.splitext(f.filename)[1]
                sink(os.path.join("/data", str(uuid.uuid4()) + ext))
            """,
            id="uuid4 ext",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            ALLOWED = {"a"}
            def column(name):
                if name not in ALLOWED:
                    raise ValueError(name)
                return name
            def view():
                sink(column(request.args["c"]))
            """,
            id="guard in helper raising",
        ),
        pytest.param(
            "sql",
            """
            from flask import jsonify, request
            ALLOWED = {"a"}
            def view():
                c = request.args.get("c")
                if c not in ALLOWED:
                    return jsonify(error="x"), 400
                sink(c)
            """,
            id="early return tuple",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            ALLOWED = {"a"}
            def view():
                cs = request.args.getlist("c")
                if not all(c in ALLOWED for c in cs):
                    return
                sink(", ".join(cs))
            """,
            id="all in",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            ALLOWED = {"a"}
            def view():
                cs = request.args.getlist("c")
                if not set(cs) <= ALLOWED:
                    return
                sink(", ".join(cs))
            """,
            id="issubset",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            ALLOWED = {"a"}
            def view():
                cs = request.args.getlist("c")
                for c in cs:
                    if c not in ALLOWED:
                        raise ValueError
                sink(", ".join(cs))
            """,
            id="loop raise",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            ALLOWED = {"a"}
            def view():
                cs = request.args.getlist("c")
                if any(c not in ALLOWED for c in cs):
                    raise ValueError
                sink(", ".join(cs))
            """,
            id="any bad",
        ),
        pytest.param(
            "redirect",
            """
            from flask import request, redirect
            HOSTS = {"a"}
            from urllib.parse import urlparse
            def view():
                t = request.args.get("next")
                if urlparse(t).netloc in HOSTS:
                    sink(t)
            """,
            id="redirect allow",
        ),
        pytest.param(
            "redirect",
            """
            from flask import request
            def view():
                t = request.args.get("next", "/")
                if not t.startswith("/") or t.startswith("//"):
                    t = "/"
                sink(t)
            """,
            id="redirect rel",
        ),
        pytest.param(
            "url",
            """
            from flask import request
            class C:
                def __init__(self, base):
                    self.base = base
                def get(self):
                    sink(self.base + "/x/" + request.args["u"])
            """,
            id="self base",
        ),
        pytest.param(
            "sql",
            """
            from flask import Flask
            app = Flask(__name__)
            @app.route("/<int:id>")
            def view(id):
                sink(f"id={id}")
            """,
            id="int path param",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            from collections import Counter
            def view():
                c = Counter(request.args["q"])
                sink(sum(c.values()))
            """,
            id="counter",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            def view():
                n = len(request.args.getlist("q"))
                sink("?" * n)
            """,
            id="len of",
        ),
        pytest.param(
            "sql",
            """
            from flask import request
            def view():
                conv = {"n": int(request.args["n"]), "s": request.args["s"]}
                sink(conv["n"])
            """,
            id="type conv dict",
        ),
    ],
)
def test_no_input_comes_through(kind: str, text: str) -> None:
    assert origin_of(text, kind) is None


def test_input_from_afar_is_told_before_input_at_hand() -> None:
    origin = origin_of("""
        import os
        from flask import request
        sink(os.environ["HOME"] + request.args["q"])
        """)
    assert origin is not None
    assert origin.remote
