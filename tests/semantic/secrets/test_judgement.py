"""What a name promises and what a value looks like; all values are made up."""

from __future__ import annotations

import re
import time

import pytest

from perffix.model import Confidence
from perffix.semantic import facts
from perffix.semantic.secrets import lines_that_may_promise_secret, may_promise_secret, words_of
from perffix.semantic.secrets.judgement import (
    Kind,
    entropy,
    is_guessable,
    is_placeholder,
    judge,
    looks_random,
    name_kind,
)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("DB_PASSWORD_2", ("db", "password", "2")),
        ("dbPassword", ("db", "password")),
        ("HTTPApiKey", ("http", "api", "key")),
        ("x-api-key", ("x", "api", "key")),
        ("_private__token", ("private", "token")),
        ("", ()),
    ],
)
def test_words_of_a_name(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("password", Kind.PASSWORD),
        ("DB_PASSWD", Kind.PASSWORD),
        ("smtpPwd2", Kind.PASSWORD),
        ("password_prod", Kind.PASSWORD),
        ("api_key", Kind.SECRET),
        ("X-Api-Key", Kind.SECRET),
        ("AWS_SECRET_ACCESS_KEY", Kind.SECRET),
        ("clientSecret", Kind.SECRET),
        ("token", Kind.WEAK),
        ("key", Kind.WEAK),
        ("Authorization", Kind.HEADER),
    ],
)
def test_names_that_promise_a_secret(name: str, kind: Kind) -> None:
    assert may_promise_secret(name)
    assert name_kind(name) is kind


@pytest.mark.parametrize(
    "name",
    [
        *("password_field", "reset_password_url", "passwordLabel", "password_hash", "PASSWORD_MIN_LENGTH"),
        *("token_type", "next_token", "eos_token", "csrf_token", "public_key", "primary_key", "cache_key", "key_name"),
        *("monkey", "keyboard", "author", "authority", "compass", "bypass", "passenger", "secretary", "tokenizer"),
        *("secret_name", "secret_id", "api_key_env", "password_regex", "wrong_password", "test_password"),
        *(
            "AWS::ApiGateway::ApiKey",
            "GET /users/password",
            "Please enter your password",
            "p" * 100 + "_password",
            "",
            "_",
            "1",
        ),
    ],
)
def test_names_that_promise_none(name: str) -> None:
    assert name_kind(name) is None


def test_every_word_of_the_tables_passes_the_cheap_test() -> None:
    names = facts.load("secrets")["names"]
    for kind in Kind:
        for ending in names[kind.value]:
            assert may_promise_secret(ending.replace(" ", "_")), ending
            assert name_kind(ending.replace(" ", "_")) is kind, ending


@pytest.mark.parametrize(
    "value",
    [
        *("hunter2", "s3cret", "Tr0ub4dor&3", "vex-Tarn!4471", "dsUBXUcI", "83749261", "orange-boat-77", "abc123!"),
        *("admin123", "password123", "P@ssw0rd", "qwerty123", "mypassword123", "SuperSecret123!"),
        "c0ffee58-91d2-4b7a-8e63-5fa2d917b046",
    ],
)
def test_passwords(value: str) -> None:
    verdict = judge("db_password", value)
    assert verdict is not None
    assert verdict.kind is Kind.PASSWORD


@pytest.mark.parametrize(
    "value",
    [
        *("q7Zp2mWx9LrT4vKs8YbN", "f3a9c1b77e2d4860a5c8d1e2", "2ySLN+2Fwb", "c0ffee58-91d2-4b7a-8e63-5fa2d917b046"),
        *("mij33pjc3kOlup1qOKxnWWxvle2kFbMH", "supersecret123"),
    ],
)
def test_secrets(value: str) -> None:
    assert judge("client_secret", value) is not None


@pytest.mark.parametrize("name", ["db_password", "client_secret", "token"])
@pytest.mark.parametrize(
    "value",
    [
        # Placeholders
        *("changeme", "change-me-please-1", "<password>", "your-api-key-here", "xxxxxxxxxxxx", "***", "example123!"),
        *("1234567890", "aaaaaaaaaaaaaaaaaaaaaaa1", "my-secret-key", "test-password-1", "TODO-4711", "(snip)"),
        *("abcdefghijklmnopqrstuvwxyz0123456789", "sk-1234567890abcdef", "0000-0000-0000"),
        # Templates and variables
        *("{user}-{year}!1", "%(password)s", "%s:%s@9aZ", "${DB_PASSWORD}", "$DB_PASSWORD2", "{{ vault.db1 }}"),
        # Paths, addresses, references
        *("/run/secrets/db1", "./keys/id_ed25519", "~/.ssh/id_rsa2", "C:\\keys\\k1.pem", "config/keys/main.pem"),
        *("https://vault.internal/v1/kv2", "ops4@mail.internal", "arn:aws:secretsmanager:eu-west-1:0:secret:db1"),
        *("vault:kv2/db#Password9", "settings.SECRET_KEY2", "db1.internal.net"),
        # Words
        *("password", "bearer", "refresh_token", "application-default", "thisIsMyUserNameField", "DB_PASSWORD_2"),
        *("us-east-1", "sha256", "pbkdf2_sha256", "oauth2", "ed25519-key", "AES-256", "Password:", "--auth-token"),
        "The 2 passwords do not match!",
        # Versions, dates, colours
        *("1.4.2", "v2.11", "2024-05-31", "#ff8800"),
        # Hashes and public keys
        *("$2b$12$q7Zp2mWx9LrT4vKs8YbN0u", "pbkdf2_sha256$600000$q7Zp2mWx$4vKs8YbN=", "sha256:q7Zp2mWx9LrT4vKs8YbN"),
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIq7Zp2mWx9LrT4vKs8YbN0uHdCjXeGf1RaS5",
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8Aq7Zp2mWx9LrT4vKs8YbN0uHdCjXeGf1RaS5",
        # Patterns
        *("^(?=.*[A-Z]).{8,}$", "[a-z0-9]+", "//input[@type='password']", "$.auth.token1", "**"),
        # Nothing to see
        *("", "abc", "pässwört-1", "line\nbreak1!", "\x00\x01\x02\x03"),
    ],
)
def test_values_that_are_none(name: str, value: str) -> None:
    assert judge(name, value) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PASSWORD", "password"),
        ("USER_PASSWORD", "user-password"),
        ("password1", "password2"),
        ("x_api_key", "X-Api-Key1"),
        ("CONF_S2_ACCESS_KEY", "s2_access_key"),
    ],
)
def test_a_value_that_repeats_its_name_is_none(name: str, value: str) -> None:
    assert judge(name, value) is None


def test_a_weak_name_needs_a_random_value() -> None:
    assert judge("token", "q7Zp2mWx9LrT4vKs8YbN") is not None
    for value in ("hunter2", "vex-Tarn!4471", "report:2024:weekly:v3", "c0ffee58-91d2-4b7a-8e63-5fa2d917b046"):
        assert judge("token", value) is None


def test_a_header_is_judged_without_its_scheme() -> None:
    assert judge("Authorization", "Bearer q7Zp2mWx9LrT4vKs8YbN") is not None
    for value in ("Bearer", "Bearer {token}", "q7Zp2mWx9LrT4vKs8YbN", "Basic realm=x"):
        assert judge("Authorization", value) is None


def test_a_generated_development_key_is_told_apart() -> None:
    verdict = judge("SECRET_KEY", "django-insecure-z9!v@p4w&k2q")
    assert verdict is not None
    assert verdict.generated
    assert verdict.confidence is Confidence.MEDIUM


def test_binary_keys_are_judged_by_length_and_variety() -> None:
    key = bytes([0x31, 0xC2, 0x42, 0x84, 0x9E, 0x73, 0xA0, 0xCE, 0x05, 0xFC, 0x1A, 0x01, 0xCA, 0xC9, 0x4B, 0xC4])
    assert judge("encryption_key", key) is not None
    assert judge("key", key) is not None
    assert judge("key", key[:15]) is None
    assert judge("encryption_key", key[:8]) is None
    assert judge("encryption_key", bytes(range(128, 160))) is None
    assert judge("encryption_key", b"\xff" * 32) is None
    assert judge("password", b"hunter2") is not None


def test_entropy() -> None:
    assert entropy("aaaa") == 0
    assert entropy("abcd") == 2
    assert looks_random("f3a9c1b77e2d4860a5c8d1e2")
    assert not looks_random("thisIsMyUserNameField")
    assert not looks_random("claude-3-opus-20240229")
    assert not looks_random("q7Zp2mWx")


def test_guessable_passwords_are_no_placeholders() -> None:
    assert is_guessable("admin123")
    assert not is_placeholder("admin123")
    assert not is_guessable("example123")
    assert is_placeholder("example123")


def test_long_values_take_no_long_time() -> None:
    started = time.perf_counter()
    for value in ("a" * 4000 + "!", "aB" * 2000 + "é", "a.b/" * 1000 + "\\", "a-" * 2000, "Ab1_" * 1000):
        judge("password", value)
        judge("token", value)
    assert time.perf_counter() - started < 5


def test_the_tables_are_in_lower_case_and_compile() -> None:
    table = facts.load("secrets")
    for section in ("names", "values"):
        for words in table[section].values():
            assert [word for word in words if word != word.lower()] == []
            assert len(set(words)) == len(words)
    for form in table["formats"]:
        assert re.compile(form["pattern"])
        assert form["severity"] in ("low", "medium", "high")


@pytest.mark.parametrize("more", ["", "İ"])  # whose lower case is longer
def test_names_that_may_promise_a_secret_are_found_among_many(more: str) -> None:
    names = ["API_KEY", "keys", "colour", "", "dbPassword_2", "the auth token of a key", "SALT", "aUtH", more]
    found = lines_that_may_promise_secret("\n".join(names))
    assert found == {name for name in names if may_promise_secret(name)}
    assert lines_that_may_promise_secret("") == set()
