"""Certificates: where a program tells a library not to check whom it is talking to."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.model import Span
from perffix.semantic import facts
from perffix.semantic.arguments import argument_of
from perffix.semantic.makers import made_by
from perffix.semantic.strings import Hole, build_of
from perffix.semantic.uses import UseKind
from perffix.semantic.weaknesses.deliberate import is_asked_for
from perffix.semantic.weaknesses.http_calls import http_call_of, library_of_session
from perffix.semantic.web.objects import text_of

if TYPE_CHECKING:
    from perffix.semantic.makers import Made
    from perffix.semantic.model import SemanticModel

# What a request of each library says in order not to check.
_REQUEST_ARGUMENTS = {"requests": ("verify",), "httpx": ("verify",), "aiohttp": ("ssl", "verify_ssl")}
_HARMLESS_URLS = ("http://", "https://localhost", "https://127.", "https://[::1]", "ws://", "wss://localhost")
# Code that speaks of these looks at the certificate itself.
_LOOKS_ITSELF = ("fingerprint", "getpeercert", "get_peer_certificate")


class Unchecked(NamedTuple):
    """An argument that switches the check off: the call, and the argument's name and value."""

    call: ast.Call
    keyword: str
    value: ast.expr


class UncheckedContext(NamedTuple):
    """A context that is told not to check.

    Attributes:
        statement: the assignment that says so.
        others: further assignments to the same context that only serve the same end.
        checks_by_default: it would check if these assignments were not there.
        sure: where the context was made is known.
    """

    statement: ast.Assign
    others: tuple[ast.Assign, ...]
    checks_by_default: bool
    sure: bool


def unchecked_by(keyword: ast.keyword, model: SemanticModel) -> Unchecked | None:
    """Return what a keyword argument switches off, or None when it does not, or somebody has asked for it."""
    call = model.parent(keyword)
    name = keyword.arg
    if name is None or not isinstance(call, ast.Call) or not _is_bad_argument(call, name, keyword.value, model):
        return None
    if is_asked_for(call, model) or _looks_itself(model) or not _encrypts(call, model):
        return None
    return Unchecked(call, name, keyword.value)


def _is_bad_argument(call: ast.Call, name: str, value: ast.expr, model: SemanticModel) -> bool:
    table = facts.load("certificates")
    written = _written(value, model)
    function = model.qualified_name(call.func)
    for entry in table["arguments"]:
        if name == entry["keyword"] and written in entry["bad"] and function in entry["functions"]:
            return True
    if name in table["anywhere"]["keywords"] and written in table["anywhere"]["bad"]:
        return not _opens_server(call, function, model)
    if written != "False" or not any(name in names for names in _REQUEST_ARGUMENTS.values()):
        return False
    sent = http_call_of(call, model)
    return sent is not None and name in _REQUEST_ARGUMENTS[sent.library] and not _stays_harmless(call, model)


def _written(value: ast.expr, model: SemanticModel) -> str:
    return repr(value.value) if isinstance(value, ast.Constant) else model.qualified_name(value) or ""


def _opens_server(call: ast.Call, function: str | None, model: SemanticModel) -> bool:
    """Tell whether a call may open a server, which asks its clients for no certificates: or who knows what it does."""
    if any(each.arg == "server_side" for each in call.keywords):
        return True
    if function is None:
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        return not (method == "tls_set" and "paho" in model.imports.packages)
    return function.startswith(tuple(f"{each}." for each in facts.load("certificates")["anywhere"]["servers"]))


def _stays_harmless(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether a request goes to the same machine, or is not encrypted at all."""
    places = [*call.args[:2], *(each.value for each in call.keywords if each.arg == "url")]
    return any(_beginning(place, model).startswith(_HARMLESS_URLS) for place in places)


def _beginning(place: ast.expr, model: SemanticModel) -> str:
    """Return the text that a string surely begins with, as far as it is written in the module."""
    text = text_of(place, model)
    built = build_of(place, model) if text is None else None
    if built is None:
        return text or ""
    first = next((part for part in built.parts if isinstance(part, Hole) or part.text), None)
    return _beginning(first.value, model) if isinstance(first, Hole) and first.value is not place else built.text


def _looks_itself(model: SemanticModel) -> bool:
    return any(word in model.source.text for word in _LOOKS_ITSELF)


def _encrypts(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether a function may encrypt anything: it does not name unencrypted addresses alone."""
    function = model.function_of(call)
    text = model.source.text if function is None else model.source.segment(Span.of(function))
    return "http://" not in text or "https" in text or "wss://" in text


def unchecked_object(statement: ast.Assign, model: SemanticModel) -> Made | None:
    """Return whose attribute is set so that nothing is checked: `session.verify = False` and the like."""
    target = statement.targets[0]
    if len(statement.targets) != 1 or not isinstance(target, ast.Attribute) or is_asked_for(statement, model):
        return None
    written = _written(statement.value, model)
    made = made_by(target.value, model)
    if made is None or _looks_itself(model) or _is_changed_later(statement, target, model):
        return None
    if target.attr == "verify" and written == "False" and library_of_session(made.name) == "requests":
        return made
    for entry in facts.load("certificates")["attributes"]:
        if target.attr == entry["attribute"] and written in entry["bad"] and made.name in entry["makers"]:
            return made
    return None


def unchecked_context(statement: ast.Assign, model: SemanticModel) -> UncheckedContext | None:
    """Return what `context.verify_mode = ssl.CERT_NONE` or `context.check_hostname = False` does to a client.

    Of both in one block the first form counts, and the other is part of it.
    """
    target = statement.targets[0]
    if len(statement.targets) != 1 or not isinstance(target, ast.Attribute):
        return None
    turned_off = _turns_off(statement, model)
    if turned_off is None or is_asked_for(statement, model) or _looks_itself(model):
        return None
    if _is_changed_later(statement, target, model):
        return None
    others = tuple(
        each
        for each in model.block_of(statement)
        if isinstance(each, ast.Assign) and each is not statement and _is_same_context(each, target, model)
    )
    if turned_off == "check_hostname" and others:
        return None
    made = made_by(target.value, model)
    known = facts.load("certificates")["contexts"]
    if made is None or made.name not in (*known["checking"], *known["others"]):
        declared = made is not None and made.name == "ssl.SSLContext"
        return UncheckedContext(statement, others, False, False) if others and (declared or made is None) else None
    if _is_for_server(made, model, hostname=bool(others) or turned_off == "check_hostname"):
        return None
    if turned_off == "check_hostname" and _has_own_authority(made, model):
        return None
    return UncheckedContext(statement, others, made.name in known["checking"], True)


def is_unverified_context(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether a call makes a context that checks nothing: no `cert_reqs` says that it may check all the same."""
    if model.qualified_name(call.func) != "ssl._create_unverified_context" or is_asked_for(call, model):
        return False
    wanted = argument_of(call, "cert_reqs")
    return wanted is None or _written(wanted, model) == "ssl.CERT_NONE"


def unchecking_context(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether `ssl.SSLContext(...)` makes a context that a client uses and that is never told to check."""
    protocol = model.qualified_name(call.args[0]) if call.args else None
    if model.qualified_name(call.func) != "ssl.SSLContext" or call.keywords:
        return False
    if protocol in ("ssl.PROTOCOL_TLS_CLIENT", "ssl.PROTOCOL_TLS_SERVER") or is_asked_for(call, model):
        return False
    parent = model.parent(call)
    target = parent.targets[0] if isinstance(parent, ast.Assign) and len(parent.targets) == 1 else None
    binding = None if target is None else model.binding_of(target)
    if binding is None or binding.single is None or _looks_itself(model):
        return False
    uses = model.uses.uses_of(binding)
    if any(use.kind not in (UseKind.METHOD, UseKind.ATTRIBUTE_WRITE) or use.detail == "verify_mode" for use in uses):
        return False  # it may be told elsewhere
    return any(
        isinstance(use.user, ast.Call) and any(each.arg == "server_hostname" for each in use.user.keywords)
        for use in uses
        if use.detail == "wrap_socket"
    )


def _turns_off(statement: ast.Assign, model: SemanticModel) -> str | None:
    target = statement.targets[0]
    if isinstance(target, ast.Attribute):
        written = _written(statement.value, model)
        if (target.attr, written) in (("verify_mode", "ssl.CERT_NONE"), ("check_hostname", "False")):
            return target.attr
    return None


def _is_changed_later(statement: ast.Assign, target: ast.Attribute, model: SemanticModel) -> bool:
    """Tell whether the function gives the same attribute another value further down: it is put back, or decided."""
    around: ast.AST = model.function_of(statement) or model.source.tree
    same = ast.dump(ast.Attribute(target.value, target.attr, ast.Store()))
    return any(
        isinstance(node, ast.Assign)
        and node.lineno > statement.lineno
        and any(ast.dump(each) == same for each in node.targets)
        and ast.dump(node.value) != ast.dump(statement.value)
        for node in ast.walk(around)
    )


def _is_same_context(statement: ast.Assign, target: ast.Attribute, model: SemanticModel) -> bool:
    other = statement.targets[0]
    return (
        isinstance(other, ast.Attribute)
        and _turns_off(statement, model) is not None
        and ast.dump(other.value) == ast.dump(target.value)
    )


def _is_for_server(made: Made, model: SemanticModel, *, hostname: bool) -> bool:
    """Tell whether a context may be for a server, which checks no certificates as a rule.

    Only clients check host names, so that who switches that off has a client.
    """
    for_servers = facts.load("certificates")["contexts"]["for_servers"]
    for call in made.calls:
        if any(model.qualified_name(each) in for_servers for each in (*call.args, *(k.value for k in call.keywords))):
            return True
    if hostname:
        return False
    for name in made.names:
        for use in model.uses.uses_of(name):
            user = use.user
            if use.kind is UseKind.METHOD and use.detail == "load_cert_chain":
                return True
            if isinstance(user, ast.Call) and any(each.arg == "server_side" for each in user.keywords):
                return True
    return made.name == "ssl.SSLContext" and not any(_asks_for_client(call, model) for call in made.calls)


def _asks_for_client(call: ast.Call, model: SemanticModel) -> bool:
    return bool(call.args) and model.qualified_name(call.args[0]) == "ssl.PROTOCOL_TLS_CLIENT"


def _has_own_authority(made: Made, model: SemanticModel) -> bool:
    """Tell whether a context trusts certain authorities alone: then the host's name says little more."""
    if any(each.arg in ("cafile", "capath", "cadata") for call in made.calls for each in call.keywords):
        return True
    return any(
        use.kind is UseKind.METHOD and use.detail == "load_verify_locations"
        for name in made.names
        for use in model.uses.uses_of(name)
    )
