"""What a name says about a value that must not be guessed."""

from __future__ import annotations

import pytest

from perffix.semantic.weaknesses.random_secrets import Kind, kind_of

SECRETS = """
password new_password userPassword password2 session_key csrf_token reset_token otp SECRET_KEY generate_password
verification_code password_string api_key_hex client_secret
"""
OTHERS = """
key cache_key name password_length password_strength tokens token_count fake_password session_timeout mock_secret
nonce_count tokenizer spin x wait random passwords_tested _
"""


@pytest.mark.parametrize("name", SECRETS.split())
def test_names_of_secrets(name: str) -> None:
    assert kind_of(name) is Kind.SECRET


@pytest.mark.parametrize("name", ["salt", "nonce", "client_nonce", "nonce_bytes", "password_salt"])
def test_names_of_what_must_not_come_twice(name: str) -> None:
    assert kind_of(name) is Kind.FRESH


@pytest.mark.parametrize("name", ["token", "user_token", "session", "pin"])
def test_names_that_may_mean_a_secret(name: str) -> None:
    assert kind_of(name) is Kind.MAYBE


@pytest.mark.parametrize("name", OTHERS.split())
def test_other_names(name: str) -> None:
    assert kind_of(name) is None
