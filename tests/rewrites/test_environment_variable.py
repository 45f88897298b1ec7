"""The variable that a secret moves to, and how the module would read it."""

from __future__ import annotations

import ast

import pytest
from analysed import Analysed

from perffix.model import Applicability, Fix, Import
from perffix.rewrites.environment_variable import fix_by_environment, variable_of
from perffix.semantic.model import SemanticModel
from perffix.semantic.secrets.named_literals import holder_of, is_illustration
from perffix.source import SourceFile

VALUE = "kT4!vRw9-zLq"


def literal(module: Analysed, value: str = VALUE, nth: int = 0) -> ast.Constant:
    found = [n for n in ast.walk(module.source.tree) if isinstance(n, ast.Constant) and n.value == value]
    found.sort(key=lambda node: (node.lineno, node.col_offset))
    return found[nth]


def fix_of(text: str) -> Fix:
    module = Analysed(text)
    return fix_by_environment(literal(module), module.model)


def new_text(fix: Fix) -> str:
    (edit,) = fix.edits
    return edit.code.text


@pytest.mark.parametrize(
    ("text", "variable"),
    [
        (f'password = "{VALUE}"', "PASSWORD"),
        (f'self.dbPassword = "{VALUE}"', "DB_PASSWORD"),
        (f'class MailClient:\n    password = "{VALUE}"', "MAIL_PASSWORD"),
        (f'class Mail:\n    def f(self):\n        self.password = "{VALUE}"', "MAIL_PASSWORD"),
        (f'import psycopg2\npsycopg2.connect(password="{VALUE}")', "DB_PASSWORD"),
        (f'from openai import OpenAI\nOpenAI(api_key="{VALUE}")', "OPENAI_API_KEY"),
        (f'smtp.login(password="{VALUE}")', "SMTP_PASSWORD"),
        (f'login(aws_secret_access_key="{VALUE}")', "AWS_SECRET_ACCESS_KEY"),
        (f'DATABASES = {{"default": {{"PASSWORD": "{VALUE}"}}}}', "DATABASE_PASSWORD"),
        (f'app.config["SECRET_KEY"] = "{VALUE}"', "SECRET_KEY"),
        (f'billing["password"] = "{VALUE}"', "BILLING_PASSWORD"),
        (f'import os\nx = os.getenv("PG_PASSWORD", "{VALUE}")', "PG_PASSWORD"),
    ],
)
def test_variable(text: str, variable: str) -> None:
    module = Analysed(text)
    assert variable_of(literal(module), module.model) == variable


@pytest.mark.parametrize(
    ("path", "variable"),
    [
        ("shop/api_tmdb.py", "TMDB_API_KEY"),
        ("shop/settings.py", "API_KEY"),
        ("shop/db.py", "API_KEY"),
    ],
)
def test_a_bare_name_gets_that_of_its_module(path: str, variable: str) -> None:
    source = SourceFile(path, f'API_KEY = "{VALUE}"'.encode())
    value = next(node for node in ast.walk(source.tree) if isinstance(node, ast.Constant))
    assert variable_of(value, SemanticModel(source, (), ())) == variable


def test_equal_secrets_share_a_variable_and_different_ones_do_not() -> None:
    module = Analysed(f'a.x.password = "{VALUE}"\nb.x.password = "{VALUE}"\nc.x.password = "{VALUE}2"')
    assert (
        variable_of(literal(module), module.model) == variable_of(literal(module, nth=1), module.model) == "X_PASSWORD"
    )
    assert variable_of(literal(module, f"{VALUE}2"), module.model) == "X_PASSWORD_2"


def test_a_variable_that_is_read_already_is_for_something_else() -> None:
    module = Analysed(f'import os\nold = os.environ["PASSWORD"]\npassword = "{VALUE}"')
    assert variable_of(literal(module), module.model) == "PASSWORD_2"


@pytest.mark.parametrize(
    ("head", "expected", "adds"),
    [
        ("", 'os.environ["PASSWORD"]', (Import("os"),)),
        ("import os", 'os.environ["PASSWORD"]', ()),
        ("import os as system", 'system.environ["PASSWORD"]', ()),
        ("from os import environ", 'environ["PASSWORD"]', ()),
        ('import os\nx = os.getenv("X")', 'os.getenv("PASSWORD")', ()),
        ('import os\nx = os.getenv("X") or os.environ["Y"]', 'os.environ["PASSWORD"]', ()),
        ("from decouple import config", 'config("PASSWORD")', ()),
        ("import environ\nenv = environ.Env()", 'env("PASSWORD")', ()),
        ("from environs import Env\nenv = Env()", 'env("PASSWORD")', ()),
    ],
)
def test_the_module_keeps_its_way_of_reading(head: str, expected: str, adds: tuple[Import, ...]) -> None:
    fix = fix_of(f'{head}\npassword = "{VALUE}"\n')
    assert fix.applicability is Applicability.UNSAFE
    assert new_text(fix) == expected
    assert fix.adds == adds


def test_bytes_are_encoded() -> None:
    module = Analysed('import os\nx = os.getenv("X")\nsigning_key = b"kT4!vRw9-zLq"')
    constant = next(
        n for n in ast.walk(module.source.tree) if isinstance(n, ast.Constant) and n.value == VALUE.encode()
    )
    assert new_text(fix_by_environment(constant, module.model)) == 'os.environ["SIGNING_KEY"].encode()'


def test_a_fallback_goes() -> None:
    assert new_text(fix_of(f'import os\nx = os.getenv("PG_PASSWORD", "{VALUE}")')) == "os.environ[$name]"
    assert new_text(fix_of(f'import os\nx = os.environ.get("PG_PASSWORD", "{VALUE}")')) == "os.environ[$name]"
    text = f'from decouple import config\nx = config("PG_PASSWORD", default="{VALUE}")'
    assert new_text(fix_of(text)) == "$config($name)"


@pytest.mark.parametrize("module", ["pydantic_settings", "pydantic"])
def test_a_field_of_settings_loses_its_default(module: str) -> None:
    text = f'from {module} import BaseSettings\nclass Settings(BaseSettings):\n    db_password: SecretStr = "{VALUE}"'
    fix = fix_of(text)
    assert fix.applicability is Applicability.UNSAFE
    assert new_text(fix) == "$name: $type"
    assert VALUE not in fix.description


@pytest.mark.parametrize(
    "text",
    [
        f'def os(): ...\npassword = "{VALUE}"',
        f'def f(os):\n    password = "{VALUE}"',
        f'def f(password="{VALUE}"): ...',
        f'assert password == "{VALUE}"',
        f'password = given or "{VALUE}"',
        f'password = given if given else "{VALUE}"',
        f'class Settings(BaseSettings):\n    password: str = "{VALUE}"',
        f'parser.add_argument("--password", default="{VALUE}")',
        f'x = cache.get("password", "{VALUE}")',
    ],
)
def test_no_edit_where_a_person_has_to_decide(text: str) -> None:
    fix = fix_of(text)
    assert fix.applicability is Applicability.DISPLAY
    assert fix.edits == ()
    assert VALUE not in fix.description


@pytest.mark.parametrize(
    "text",
    [
        f'schema = {{"examples": [{{"password": "{VALUE}"}}]}}',
        f'Field(examples=[{{"password": "{VALUE}"}}])',
        f'_TESTS = [{{"password": "{VALUE}"}}]',
        f'def test_login():\n    password = "{VALUE}"',
        f'class Grant(str, enum.Enum):\n    PASSWORD = "{VALUE}"',
    ],
)
def test_illustrations(text: str) -> None:
    module = Analysed(text)
    assert is_illustration(literal(module), module.model)


def test_what_stands_beside_an_example_is_none() -> None:
    module = Analysed(f'x = {{"example": 1, "password": "{VALUE}"}}')
    assert not is_illustration(literal(module), module.model)
    named = holder_of(literal(module), module.model)
    assert named is not None
    assert named.name == "password"
