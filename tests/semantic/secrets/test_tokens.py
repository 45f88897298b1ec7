"""Secrets by their shape. Tokens are put together at run time, so that no scanner takes this file for a leak."""

from __future__ import annotations

import base64
import json
import time
import zlib

import pytest

from perffix.model import Severity
from perffix.semantic import facts
from perffix.semantic.secrets import may_hold_token
from perffix.semantic.secrets.tokens import crc32_base62, recognise

RANDOM = "q7Zp2mWx9LrT4vKs8YbN0uHdCjXeGf1RaS5nQi6MgO3kPwVtBzEyAhUoDlIcJsFx"
HEX = "f3a9c1b77e2d4860a5c8d1e2b4f6071893ae5cd0724b1f68"


def with_checksum(prefix: str, body: str = RANDOM[:30]) -> str:
    return prefix + body + crc32_base62(body)


def with_grafana_checksum(text: str) -> str:
    return f"{text}_{zlib.crc32(text.encode()).to_bytes(4, 'little').hex()}"


def as_jwt(header: object, claims: object) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, claims)]
    return ".".join([*parts, RANDOM[:43]])


PRIVATE_KEY = "\n".join(
    ["-----BEGIN " + "PRIVATE KEY-----", RANDOM, RANDOM[::-1], "-----END " + "PRIVATE KEY-----", ""]
)
GENUINE = {
    "a GitHub token": with_checksum("ghp" + "_"),
    "a GitHub fine-grained token": "github_" + "pat_" + RANDOM[:22] + "_" + RANDOM[:59],
    "an npm access token": with_checksum("npm" + "_"),
    "an AWS access key id": "AK" + "IA" + "Q7ZP2MWX6LRT4VKS",
    "a GitLab token": "glpat" + "-" + RANDOM[:20],
    "a Slack token": "xox" + "b-2839104756-9182736450-" + RANDOM[:24],
    "a Slack webhook URL": "https://hooks.slack" + ".com/services/T0Q7ZP2MW/B0X6LRT4V/" + RANDOM[:24],
    "a Stripe secret key": "sk" + "_live_" + RANDOM[:24],
    "a Stripe test key": "sk" + "_test_" + RANDOM[:24],
    "a Google API key": "AI" + "za" + RANDOM[:35],
    "a Google OAuth client secret": "GOC" + "SPX-" + RANDOM[:28],
    "an OpenAI key": "sk-" + RANDOM[:20] + "T3Blbk" + "FJ" + RANDOM[20:40],
    "an Anthropic key": "sk-" + "ant-api03-" + (RANDOM * 2)[:93] + "AA",
    "a Hugging Face token": "h" + "f_" + "qZpmWxLrTvKsYbNuHdCjXeGfRaSnQiMgOk",
    "a PyPI token": "py" + "pi-AgEIcHlwaS5vcmc" + RANDOM,
    "a SendGrid key": "S" + "G." + RANDOM[:22] + "." + RANDOM[:43],
    "a Twilio API key": "S" + "K" + HEX[:32],
    "a Telegram bot token": "2839104756:A" + "A" + RANDOM[:33],
    "a Mailgun key": "ke" + "y-" + HEX[:32],
    "a Mailchimp key": HEX[:32] + "-u" + "s12",
    "a Databricks token": "da" + "pi" + HEX[:32],
    "a Shopify token": "shp" + "at_" + HEX[:32],
    "a Grafana token": "gl" + "c_" + RANDOM[:60],
    "a Grafana service account token": with_grafana_checksum("gl" + "sa_" + RANDOM[:32]),
    "a Discord bot token": "ODEyMzQ1Njc4OTAxMjM0NTY3" + "." + RANDOM[:6] + "." + RANDOM[:38],
    "a Facebook access token": "739182789073918" + "|" + RANDOM[:27],
    "an Azure storage account key": "AccountName=shop;Account" + "Key=" + (RANDOM * 2)[:86] + "==;EndpointSuffix=x.net",
    "a Vault token": "hv" + "s." + (RANDOM * 2)[:95],
    "a Terraform Cloud token": RANDOM[:14] + ".atlas" + "v1." + RANDOM,
    "an Azure AD client secret": RANDOM[:3] + "8Q" + "~" + RANDOM[3:37],
    "an age secret key": "AGE-SECRET" + "-KEY-1" + "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L" + "ZQ2L7AUM6ECHK45NJ3S0WDVT2F",
    "a JSON Web Token": as_jwt({"alg": "HS256"}, {"sub": "billing", "admin": True}),
    "a private key": PRIVATE_KEY,
    "a URL with a password": "postgresql://billing:kT4!vRw9-zLq@db.internal:5432/billing",
}


@pytest.mark.parametrize("description", GENUINE)
def test_a_token_is_recognised_alone_and_inside_a_text(description: str) -> None:
    token = recognise(GENUINE[description])
    assert token is not None
    assert token.description == description
    assert (token.start, token.end) == (0, len(GENUINE[description]))
    inside = recognise(f"use '{GENUINE[description]}' here")
    assert inside is not None
    assert (inside.description, inside.start) == (description, 5)


def test_only_checksums_verify() -> None:
    verified = {description for description, text in GENUINE.items() if (token := recognise(text)) and token.verified}
    assert verified == {"a GitHub token", "an npm access token", "a Grafana service account token"}


def test_checksum_of_github() -> None:
    assert crc32_base62("") == "000000"
    assert crc32_base62(RANDOM[:30]) != crc32_base62(RANDOM[1:31])
    assert len(crc32_base62(RANDOM[:30])) == 6


@pytest.mark.parametrize(
    "text",
    [
        with_checksum("ghp" + "_")[:-1] + "x",
        "npm" + "_" + RANDOM[:36],
        with_checksum("ghp" + "_") + "a",
        "monkey-" + HEX[:32],
        "AKIA" + "IOSFODNN7EXAMPLE",
        "AKIA" + "1189ABCD0189EFGH",
        "sk" + "_live_" + "x" * 24,
        "sk" + "_live_" + "1234567890abcdef",
        "key-" + "0" * 32,
        as_jwt({"alg": "HS256"}, {"sub": "1234567890", "name": "John Doe"}),
        as_jwt({"typ": "JWT"}, {"sub": "billing"}),
        as_jwt(["HS256"], {"sub": "billing"}),
        "eyJ" + RANDOM[:20] + ".eyJ" + RANDOM[:20] + "." + RANDOM[:30],
        "-----BEGIN " + "PRIVATE KEY-----",
        "-----BEGIN " + "PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "-----BEGIN PUBLIC KEY-----\n" + RANDOM + "\n-----END PUBLIC KEY-----",
        "",
        RANDOM,
        HEX,
    ],
)
def test_what_only_looks_like_a_token(text: str) -> None:
    assert recognise(text) is None


@pytest.mark.parametrize(
    "url",
    [
        *("postgresql://db.internal/billing", "ssh://deploy@git.internal/repo", "https://clock.internal:8443/12:30@x"),
        *("postgresql://{user}:{password}@{host}/x", "mysql://%s:%s@%s/x", "redis://:$REDIS_PASSWORD@cache/0"),
        *("postgresql://user:password@host/x", "amqp://guest:guest@broker.internal//", "mysql://scott:tiger@db/x"),
        *("postgresql://app:admin123@localhost/app", "http://user:pass@proxy:3128", "app://a:kT4!vRw9@b"),
    ],
)
def test_urls_without_a_secret(url: str) -> None:
    assert recognise(url) is None


@pytest.mark.parametrize(
    ("url", "variable", "severity"),
    [
        ("mysql+pymysql://app:kT4!vRw9@db1.prod.net/app", "DATABASE_URL", Severity.HIGH),
        ("rediss://:kT4!vRw9@cache.prod.net:6379/0", "REDIS_URL", Severity.HIGH),
        ("https://ci:kT4!vRw9@git.prod.net/repo", "SERVICE_URL", Severity.HIGH),
        ("amqp://worker:kT4!vRw9@localhost//", "AMQP_URL", Severity.LOW),
    ],
)
def test_urls_with_a_secret(url: str, variable: str, severity: Severity) -> None:
    token = recognise(url)
    assert token is not None
    assert (token.variable, token.severity, token.end) == (variable, severity, len(url))


def test_the_cheap_test_passes_every_format() -> None:
    for description, text in GENUINE.items():
        assert may_hold_token(text), description
    described = {description.split(" ", 1)[1] for description in GENUINE}
    assert len(described & {form["name"] for form in facts.load("secrets")["formats"]}) == len(GENUINE) - 2


def test_long_texts_take_no_long_time() -> None:
    started = time.perf_counter()
    for text in (
        "a:" * 50_000 + "://",
        "eyJ" * 30_000,
        "key-" * 20_000,
        "://a:" * 20_000,
        "pat1" * 20_000,
        "1-" * 50_000,
    ):
        assert recognise(text) is None
    assert time.perf_counter() - started < 10


def test_the_checksum_of_a_published_token_of_grafana() -> None:
    published = "gl" + "sa_yscW25imSKJIuav8zF37RZmnbiDvB05G_fcaaf58a"
    token = recognise(published)
    assert token is not None
    assert token.verified
    assert recognise(published[:-1] + "b") is None


@pytest.mark.parametrize(
    "text",
    [
        "Server=tcp:db.corp.net,1433;User ID=app;Password=kT4!vRw9-zLq;Encrypt=yes;",
        "Driver={ODBC Driver 18};Server=db.corp.net;Uid=app;Pwd=kT4!vRw9-zLq",
        "host=db.corp.net user=app password=kT4!vRw9-zLq dbname=shop",
    ],
)
def test_connection_strings(text: str) -> None:
    token = recognise(text)
    assert token is not None
    assert token.description == "a connection string with a password"
    assert (token.start, token.end) == (0, len(text))


@pytest.mark.parametrize(
    "text",
    [
        "Server={server};Password={password};Encrypt=yes",  # a template
        "host=localhost user=app password=secret",  # what everybody knows, on the own machine
        "password=kT4!vRw9-zLq&next=1",  # no server
        "Server=db;Password=<your password>;",  # a stand-in
        "NzM5MTgyNzg5MDczOTE4" + ".q7Zp2m." + RANDOM[:38],  # does not begin as a token of Discord
    ],
)
def test_what_looks_like_a_connection_string_or_a_token(text: str) -> None:
    assert recognise(text) is None


def test_a_short_word_in_a_long_random_string_makes_no_stand_in_of_it() -> None:
    token = "HRKU-" + "AAgg3Os2WLldXIylOvUXqgA2v4gtesTvA3AeetelcYV59GAgDAeoAb8KIsq7"
    assert recognise(token.ljust(65, "q")) is not None
    assert recognise("HRKU-" + "AA" + "test" + RANDOM[:54]) is None
