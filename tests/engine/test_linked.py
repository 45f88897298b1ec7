"""Rules that look at all modules of a project together, from paths to a report and to fixed files."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fixture_files import FIXTURES

from perffix.cli import main
from perffix.config import Configurations
from perffix.engine.checking import check_paths
from perffix.engine.linked import LinkedProject
from perffix.engine.registry import load_rules
from perffix.project.summaries.reading import read_module
from perffix.rules.performance import n_plus_one_relation
from perffix.source import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.engine.checking import Report
    from perffix.model import Finding
    from perffix.rules.rule import ProjectContext

MODELS = """\
from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=50)


class Book(models.Model):
    author = models.ForeignKey(Author, models.CASCADE)
"""
VIEWS = """\
from .models import Book


def names():
    return [book.author.name for book in Book.objects.all()]{comment}
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write("shop/__init__.py", "")
    write("shop/models.py", MODELS)
    write("shop/views.py", VIEWS.format(comment=""))
    return tmp_path


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(text, "utf-8")


def check(jobs: int = 1, *paths: str, **settings: object) -> Report:
    return check_paths(paths or ["."], Configurations({"select": "PERF701,PERF002", **settings}), jobs=jobs)


def places(report: Report) -> list[tuple[str, int, str]]:
    return [(Path(each.path).as_posix(), each.span.line, each.code) for each in report.findings]


def test_a_finding_needs_two_files() -> None:
    assert places(check()) == [("shop/views.py", 5, "PERF701")]
    assert places(check(1, "shop/views.py")) == []


def test_a_rule_may_look_at_a_file_alone_and_at_all_together() -> None:
    write(
        "shop/stock.py",
        "from sqlite3 import Connection\nfrom .models import Author\n\ndef store(connection: Connection, names):\n"
        "    for name in names:\n        Author.objects.create(name=name)\n"
        "    for name in names:\n        connection.execute('INSERT INTO author VALUES (?)', (name,))\n",
    )
    assert places(check(select="PERF703")) == [("shop/stock.py", 6, "PERF703"), ("shop/stock.py", 8, "PERF703")]


def test_several_processes_find_the_same() -> None:
    assert check(2).findings == check(1).findings


def test_what_leads_to_a_finding_is_named_by_file() -> None:
    (finding,) = check().findings
    assert [each.path and Path(each.path).as_posix() for each in finding.related] == [None, "shop/models.py"]


def test_a_finding_says_which_files_it_follows_from() -> None:
    write("shop/shared.py", "from .models import Book\n")
    write("shop/views.py", VIEWS.format(comment="").replace(".models", ".shared"))
    write("shop/reviews.py", "from django.db import models\nfrom .models import Book\n\n")
    write("shop/tax.py", "from .models import Author\n\ndef tax():\n    return Author.objects.count()\n")
    (finding,) = check().findings
    assert [Path(each).name for each in finding.drawn_from] == ["models.py", "shared.py", "views.py"]


def test_who_adds_attributes_to_a_model_is_among_these_files() -> None:
    write(
        "shop/reviews.py",
        "from django.db import models\n\nfrom .models import Book\n\n\n"
        "class Review(models.Model):\n    book = models.ForeignKey(Book, models.CASCADE)\n",
    )
    (finding,) = check().findings
    assert [Path(each).name for each in finding.drawn_from] == ["models.py", "reviews.py", "views.py"]


def test_a_finding_stays_when_other_files_change() -> None:
    write("shop/tax.py", "from .models import Author\n\ndef tax():\n    return Author.objects.count()\n")
    (before,) = check().findings
    write("shop/tax.py", VIEWS.format(comment="").replace("names", "others"))
    assert before in check().findings


@pytest.mark.parametrize("folder", sorted(FIXTURES.glob("PERF7*")), ids=lambda folder: folder.name)
def test_summaries_can_be_kept(folder: Path) -> None:
    """What is found by summaries that were written and read again is what is found by those just made."""
    rules = [rule for rule in load_rules() if rule.spans_files]
    paths = [str(path) for path in sorted(folder.rglob("*.py"))]
    summaries = {path: read_module(SourceFile.read(path)) for path in paths}
    kept = {path: pickle.loads(pickle.dumps(summary)) for path, summary in summaries.items()}
    assert kept == summaries
    assert LinkedProject(kept, rules).findings() == LinkedProject(summaries, rules).findings()


def test_a_comment_at_the_query_suppresses() -> None:
    write("shop/views.py", VIEWS.format(comment="  # noqa: PERF701 -- three books"))
    report = check()
    assert report.findings == ()
    assert [(each.finding.code, each.reason) for each in report.suppressed] == [("PERF701", "three books")]


def test_a_comment_that_suppresses_nothing_is_reported() -> None:
    write("shop/models.py", MODELS + "    title = 1  # noqa: PERF701\n")
    assert places(check()) == [("shop/models.py", 10, "PERF002"), ("shop/views.py", 5, "PERF701")]


def test_a_file_where_the_rule_is_off_is_known_and_not_reported() -> None:
    write("shop/helpers.py", VIEWS.format(comment=""))
    assert places(check(1, per_file_ignores={"shop/views.py": ["PERF701"]})) == [("shop/helpers.py", 5, "PERF701")]


def test_tests_are_no_part_of_the_project() -> None:
    write("tests/test_shop.py", VIEWS.format(comment="").replace(".models", "shop.models"))
    assert places(check(select="PERF7")) == [("shop/views.py", 5, "PERF701")]
    assert ("tests/test_shop.py", 5, "PERF701") in places(check(select="PERF7,PERF701"))


def test_a_broken_file_costs_nothing_else() -> None:
    write("shop/broken.py", "x = (\n")
    assert places(check()) == [("shop/broken.py", 1, "PERF001"), ("shop/views.py", 5, "PERF701")]


def test_a_rule_that_fails_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(at: ProjectContext) -> Iterator[Finding]:
        raise ValueError("no luck")
        yield

    from perffix.engine.registry import load_rules

    (rule,) = (rule for rule in load_rules(()) if rule.code == n_plus_one_relation.rule.code)
    monkeypatch.setattr(rule, "project_handlers", [fail])
    (finding,) = check().findings
    assert finding.code == "PERF000"
    assert finding.message == "PERF701 (n-plus-one-relation) failed on the project: ValueError: no luck"


def test_fixes_see_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--isolated", "--select", "PERF701", "--unsafe-fixes"]
    assert main([*arguments, "--diff", "-q", "."]) == 1
    assert "+    return [book.author.name for book in Book.objects.all().select_related" in capsys.readouterr().out
    assert main([*arguments, "--apply", "."]) == 0
    assert 'Book.objects.all().select_related("author")]' in Path("shop/views.py").read_text("utf-8")
    assert Path("shop/models.py").read_text("utf-8") == MODELS


def test_what_is_not_fixed_is_still_reported(capsys: pytest.CaptureFixture[str]) -> None:
    write("shop/views.py", "import os\nxs = [1]\n" + VIEWS.format(comment=""))
    assert main(["--isolated", "--select", "PERF701", "--apply", "-q", "."]) == 1
    assert "views.py:7:42: PERF701" in capsys.readouterr().out
