"""Settings: reading, checking, finding and laying options over them."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from perffix.config import (
    COMMAND_LINE,
    DEFAULT,
    KEYS,
    Config,
    ConfigError,
    Configurations,
    Selector,
    build,
)
from perffix.settings_file import lower_bound


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory, marked as the place where a project begins, to work in."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_defaults() -> None:
    config = build("somewhere")
    assert config == Config(root=str(Path("somewhere").absolute()))
    assert config.select is None
    assert config.target_version == (3, 10)
    assert config.origin_of("select") == DEFAULT


def test_every_key_is_a_field_and_has_a_meaning() -> None:
    fields = set(Config._fields) - {"root", "file", "origins"}
    assert {name.replace("-", "_") for name in KEYS} == fields
    assert all(key.meaning and key.expected for key in KEYS.values())


def test_all_keys_are_read_from_a_file(project: Path) -> None:
    write(
        project / "pyproject.toml",
        """
        [tool.perffix]
        select = ["PERF", "weak-hash"]
        extend-select = ["PERF203"]
        ignore = ["SEC1"]
        pedantic = true
        audit = true
        bandit = true
        builtin-defaults = false
        target-version = "py312"
        exclude = ["gone"]
        extend-exclude = ["also/gone"]
        force-exclude = true
        respect-gitignore = false
        unsafe-fixes = true
        output-format = "json"
        jobs = 3
        plugins = []
        [tool.perffix.per-file-ignores]
        "scripts/*.py" = ["PERF4", "SEC"]
        """,
    )
    config = Configurations().for_directory(".")
    origin = "pyproject.toml"
    assert config._replace(origins=()) == Config(
        root=str(project),
        file=origin,
        select=(Selector("PERF", origin), Selector("weak-hash", origin)),
        extend_select=(Selector("PERF203", origin),),
        ignore=(Selector("SEC1", origin),),
        per_file_ignores=(("scripts/*.py", ("PERF4", "SEC")),),
        pedantic=True,
        audit=True,
        bandit=True,
        builtin_defaults=False,
        target_version=(3, 12),
        exclude=("gone",),
        extend_exclude=("also/gone",),
        force_exclude=True,
        respect_gitignore=False,
        unsafe_fixes=True,
        output_format="json",
        jobs=3,
        plugins=(),
    )
    assert all(config.origin_of(key) == origin for key in KEYS)


def test_config_can_be_a_key_and_be_pickled() -> None:
    config = build(".", {"select": "PERF", "per-file-ignores": ["a.py:SEC"]})
    copy = pickle.loads(pickle.dumps(config))
    assert copy == config
    assert hash(copy) == hash(config)


@pytest.mark.parametrize("version", ["3.11", "py311", "py3.11", "311"])
def test_spellings_of_the_target_version(version: str) -> None:
    assert build(".", {"target_version": version}).target_version == (3, 11)


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("selct = []", 'pyproject.toml: unknown key "selct"; did you mean "select"?'),
        ("zzz = []", 'pyproject.toml: unknown key "zzz"'),
        ("extend_select = []", 'pyproject.toml: unknown key "extend_select"; did you mean "extend-select"?'),
        ('select = "PERF"', 'pyproject.toml: "select" must be a list of strings'),
        ("select = [1]", 'pyproject.toml: "select" must be a list of strings'),
        ('select = [""]', 'pyproject.toml: "select" must be a list of strings'),
        ("pedantic = 1", 'pyproject.toml: "pedantic" must be true or false'),
        ("jobs = true", 'pyproject.toml: "jobs" must be a number, 0 for automatic'),
        ("jobs = -1", 'pyproject.toml: "jobs" must be a number, 0 for automatic'),
        ('output-format = "xml"', 'pyproject.toml: "output-format" must be "text" or "json"'),
        ("target-version = 3.11", 'pyproject.toml: "target-version" must be a version such as "3.10"'),
        ('target-version = "2.7"', 'pyproject.toml: "target-version" must be a version such as "3.10"'),
        (
            "per-file-ignores = []",
            'pyproject.toml: "per-file-ignores" must be a table of patterns and lists of strings',
        ),
        (
            'per-file-ignores = {"a" = "PERF"}',
            'pyproject.toml: "per-file-ignores" must be a table of patterns and lists of strings',
        ),
    ],
)
def test_wrong_settings_are_one_clear_line(project: Path, toml: str, message: str) -> None:
    write(project / "pyproject.toml", f"[tool.perffix]\n{toml}\n")
    with pytest.raises(ConfigError) as caught:
        Configurations().for_directory(".")
    assert str(caught.value) == message


def test_section_must_be_a_table(project: Path) -> None:
    write(project / "pyproject.toml", "[tool]\nperffix = 3\n")
    with pytest.raises(ConfigError, match=r'^pyproject.toml: "tool.perffix" must be a table$'):
        Configurations().for_directory(".")


@pytest.mark.parametrize("data", [b"[tool.perffix\n", b"\xff # perffix", b"[tool.perffix]\na = [" + b"[" * 5000])
def test_invalid_toml_is_one_clear_line(project: Path, data: bytes) -> None:
    (project / "pyproject.toml").write_bytes(data)
    with pytest.raises(ConfigError, match=r"^pyproject\.toml: not valid TOML: .*$"):
        Configurations().for_directory(".")


def test_invalid_toml_of_somebody_else_is_passed_over(project: Path) -> None:
    write(project / "data" / "pyproject.toml", "requires-python [[")
    write(project / "perffix.toml", "pedantic = true")
    assert Configurations().for_directory("data").pedantic


def test_unreadable_settings_are_one_clear_line(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project / "perffix.toml", "pedantic = true")

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(ConfigError, match=r"^perffix\.toml: cannot be read: Permission denied$"):
        Configurations().for_directory(".")


def test_a_directory_by_the_name_of_the_settings_is_no_settings(project: Path) -> None:
    (project / "pyproject.toml").mkdir()
    (project / "perffix.toml").mkdir()
    assert Configurations().for_directory(".").file is None


def test_a_byte_order_mark_is_no_trouble(project: Path) -> None:
    (project / "perffix.toml").write_bytes(b"\xef\xbb\xbfpedantic = true\n")
    assert Configurations().for_directory(".").pedantic


def test_own_file_wins_in_one_directory(project: Path) -> None:
    write(project / "pyproject.toml", "[tool.perffix]\njobs = 1\npedantic = true\n")
    write(project / "perffix.toml", "jobs = 2\n")
    config = Configurations().for_directory(".")
    assert (config.jobs, config.pedantic, config.file) == (2, False, "perffix.toml")


def test_the_nearest_file_holds_alone(project: Path) -> None:
    write(project / "perffix.toml", "jobs = 2\npedantic = true\n")
    write(project / "inner" / "pyproject.toml", "[tool.perffix]\njobs = 3\n")
    write(project / "inner" / "deep" / "pyproject.toml", "[tool.other]\njobs = 4\n")
    settings = Configurations()
    outer, inner = settings.for_file("a.py"), settings.for_file("inner/deep/a.py")
    assert (outer.jobs, outer.pedantic, outer.root) == (2, True, str(project))
    assert (inner.jobs, inner.pedantic, inner.root) == (3, False, str(project / "inner"))
    assert inner.file == str(Path("inner", "pyproject.toml"))


def test_root_without_settings(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    write(project / "sub" / "pyproject.toml", "[project]\nname = 'x'\n")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    settings = Configurations()
    assert settings.for_directory("other").root == str(project)
    assert settings.for_directory("sub/deeper").root == str(project / "sub")
    assert settings.for_directory(str(elsewhere)).root == str(elsewhere)
    (project / ".git").rmdir()
    assert Configurations().for_directory("other").root == str(project)


def test_target_from_requires_python(project: Path) -> None:
    write(project / "pyproject.toml", '[project]\nrequires-python = ">=3.9"\n[tool.perffix]\n')
    write(project / "a" / "pyproject.toml", '[project]\nrequires-python = ">=3.12"\n')
    write(project / "b" / "pyproject.toml", '[project]\nrequires-python = ">=3.12"\n[tool.perffix]\n')
    write(project / "c" / "perffix.toml", 'target-version = "3.11"\n')
    write(project / "c" / "pyproject.toml", '[project]\nrequires-python = ">=3.12"\n')
    settings = Configurations()
    assert settings.for_directory(".").target_version == (3, 9)
    assert settings.for_directory(".").origin_of("target-version") == "requires-python"
    assert settings.for_directory("a").target_version == (3, 12)
    assert settings.for_directory("b").target_version == (3, 12)
    assert settings.for_directory("c").target_version == (3, 11)
    given = Configurations({"target_version": "3.13"})
    assert given.for_directory("a").target_version == (3, 13)


@pytest.mark.parametrize(
    ("requires", "bound"),
    [
        (">=3.8", (3, 8)),
        (">=3.8,<4", (3, 8)),
        ("<4,>= 3.11", (3, 11)),
        ("~=3.9", (3, 9)),
        ("==3.12.*", (3, 12)),
        (">3.9", (3, 9)),
        (">=3", (3, 0)),
        ("!=3.9", None),
        ("<3.13", None),
        (">=2.7", None),
        (None, None),
        (["x"], None),
    ],
)
def test_lower_bound(requires: object, bound: tuple[int, int] | None) -> None:
    assert lower_bound(requires) == bound


def test_options_are_laid_over_the_file(project: Path) -> None:
    write(
        project / "perffix.toml",
        'select = ["PERF"]\nextend-select = ["PERF203"]\nignore = ["PERF4"]\nextend-exclude = ["x"]\n'
        'exclude = ["y"]\n[per-file-ignores]\n"a.py" = ["SEC"]\n',
    )
    config = Configurations(
        {
            "select": ["SEC,PERF5", "weak-hash"],
            "ignore": "SEC1",
            "extend_exclude": ["z"],
            "exclude": None,
            "per_file_ignores": ["b.py:PERF,SEC", "c:/d.py:SEC", "b.py:SEC8"],
        }
    ).for_directory(".")
    assert config.select == tuple(Selector(text, COMMAND_LINE) for text in ("SEC", "PERF5", "weak-hash"))
    assert config.extend_select == ()
    assert config.ignore == (Selector("PERF4", "perffix.toml"), Selector("SEC1", COMMAND_LINE))
    assert config.exclude == ("y",)
    assert config.extend_exclude == ("x", "z")
    assert config.per_file_ignores == (
        ("a.py", ("SEC",)),
        ("b.py", ("PERF", "SEC", "SEC8")),
        ("c:/d.py", ("SEC",)),
    )
    assert config.origin_of("select") == COMMAND_LINE
    assert config.origin_of("ignore") == f"perffix.toml and {COMMAND_LINE}"
    assert config.origin_of("exclude") == "perffix.toml"


def test_selection_of_the_command_line_drops_extensions_of_the_file(project: Path) -> None:
    write(project / "perffix.toml", 'extend-select = ["PERF203"]\n')
    assert Configurations({"select": "SEC"}).for_directory(".").extend_select == ()
    both = Configurations({"select": "SEC", "extend_select": "PERF1"}).for_directory(".")
    assert both.extend_select == (Selector("PERF1", COMMAND_LINE),)


def test_wrong_options_are_one_clear_line() -> None:
    with pytest.raises(ConfigError, match=r'^command line: unknown key "selekt"; did you mean "select"\?$'):
        build(".", {"selekt": "PERF"})
    with pytest.raises(ConfigError, match=r'^command line: "a.py" is not of the form pattern:selector$'):
        build(".", {"per_file_ignores": ["a.py"]})
    with pytest.raises(ConfigError, match=r'^command line: "select" must be a list of strings$'):
        build(".", {"select": [1]})


def test_isolated_uses_no_file(project: Path) -> None:
    write(project / "perffix.toml", "jobs = 2\n")
    assert Configurations({"pedantic": True}, isolated=True).for_directory(".")._replace(origins=()) == Config(
        root=str(project), pedantic=True
    )


def test_a_named_file_holds_for_everything(project: Path) -> None:
    write(project / "sub" / "perffix.toml", "jobs = 2\n")
    write(project / "own.toml", "jobs = 5\n")
    settings = Configurations(file="own.toml")
    assert settings.for_directory("sub").jobs == 5
    assert settings.for_directory("sub").file == "own.toml"
    with pytest.raises(ConfigError, match=r"^nowhere\.toml: no such file$"):
        Configurations(file="nowhere.toml")
    write(project / "sub" / "pyproject.toml", "[project]\n")
    with pytest.raises(ConfigError, match=r"has no table \[tool\.perffix\]$"):
        Configurations(file=str(Path("sub", "pyproject.toml")))


def test_changed_settings_are_seen(project: Path) -> None:
    write(project / "perffix.toml", "jobs = 2\n")
    assert Configurations().for_directory(".").jobs == 2
    write(project / "perffix.toml", "jobs = 333\n")
    assert Configurations().for_directory(".").jobs == 333


def test_relative_paths(project: Path) -> None:
    config = build(str(project))
    assert config.relative(str(Path("a", "b.py"))) == "a/b.py"
    assert config.relative(str(project / "c.py")) == "c.py"
    assert config.relative("/elsewhere/c.py") == "/elsewhere/c.py"
