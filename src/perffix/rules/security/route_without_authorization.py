"""A route that changes something asks for no authorization, unlike the others of its application.

## What it does

Reports a route that answers POST, PUT, PATCH or DELETE, or that stands under `admin`, and that carries no dependency or
decorator which asks who is calling, in an application whose other such routes nearly all do.

It looks at one module: only applications whose object, hooks, middleware and routes all stand in it are judged.

## Why it is dangerous

Whoever knows the address can call the route. Such a route is mostly one that was added later, or from which the
decorator was taken for a try.

## Example

```python
from fastapi import Depends, FastAPI

from shop import current_user, store

app = FastAPI()


@app.post("/items")
def add_item(name: str, user=Depends(current_user)):
    store.add(name, user)


@app.put("/items/{key}")
def change_item(key: int, name: str, user=Depends(current_user)):
    store.change(key, name, user)


@app.delete("/items/{key}")
def delete_item(key: int):
    store.delete(key)
```

## Use instead

```python
from fastapi import Depends, FastAPI

from shop import current_user, store

app = FastAPI()


@app.post("/items")
def add_item(name: str, user=Depends(current_user)):
    store.add(name, user)


@app.put("/items/{key}")
def change_item(key: int, name: str, user=Depends(current_user)):
    store.change(key, name, user)


@app.delete("/items/{key}", dependencies=[Depends(current_user)])
def delete_item(key: int):
    store.delete(key)
```

## When it stays silent

- Fewer than two other routes that change something ask for authorization, or as many do not as do.
- Dependencies, hooks or middleware hold for all routes.
- The route is public by its nature: login, registration, password reset, webhooks, contact forms, searches.
- The handler itself speaks of the current user, the session, a token or a permission, or refuses with 401 or 403.
- The application is handed to code of other modules, or gets routers, blueprints or middleware from there.
- Tests, examples and development.

## Fix safety

No fix is written: who may call the route only a person knows.

## References

- [OWASP: authorization](https://cheatsheetseries.owasp.org/cheatsheets/Authorization_Cheat_Sheet.html)
- [FastAPI: dependencies](https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-in-path-operation-decorators/)
- [CWE-862: Missing Authorization](https://cwe.mitre.org/data/definitions/862.html)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Applicability, Confidence, Fix, Group, Related, Severity, Span
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from perffix.model import Finding

rule = Rule(
    code="SEC835",
    name="route-without-authorization",
    summary="A route that changes something asks for no authorization, unlike the others",
    help="Give the route the dependency or decorator that its neighbours have",
    severity=Severity.MEDIUM,
    cwe=862,
    group=Group.PEDANTIC,
    fix=Applicability.DISPLAY,
    needs=("Flask", "FastAPI", "Quart"),
)


@rule.on_call("Flask", "FastAPI", "Quart")
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Look at calls that make an application."""
    from perffix.semantic.web.authorization import unguarded_routes
    from perffix.semantic.web.surroundings import is_for_development
    from perffix.semantic.web.whole_applications import name_span, whole_application

    found = whole_application(call, at.model)
    if found is None or is_for_development(call, at.model):
        return
    for route in unguarded_routes(found, at.model):
        function = route.handler.function
        methods = " and ".join(route.handler.methods) or "GET"
        where = f" `{route.handler.route}`" if route.handler.route else ""
        yield at.finding(
            function,
            f"`{function.name}` answers {methods}{where} for everybody, while {route.others} like it ask who is"
            " calling",
            span=name_span(function),
            confidence=Confidence.MEDIUM,
            evidence=["the application, its hooks and its routes stand in this module"],
            related=[Related(Span.of(route.example), "Another route asks here")],
            fix=Fix(Applicability.DISPLAY, "Give the route the dependency or decorator that its neighbours have"),
        )
