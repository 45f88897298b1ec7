"""The findings under `--bandit` are those of the bandit program: on bandit's own examples and on real modules."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import pytest

from perffix import check_paths
from perffix.engine.checking import Report


class Row(NamedTuple):
    """What bandit says about a finding."""

    file: str
    code: str
    line: int
    column: int
    end_column: int
    severity: str
    confidence: str
    text: str
    cwe: int | None


_ADDRESS = re.compile(r"0x[0-9a-f]+")  # some of bandit's texts show objects


def bandit_rows(folder: Path, *options: str) -> Counter[Row]:
    """Return what the bandit program reports in a folder."""
    command = [sys.executable, "-W", "ignore", "-m", "bandit", "-f", "json", "-q", "--exit-zero", *options]
    ran = subprocess.run([*command, "-r", str(folder)], capture_output=True, text=True, check=True)
    return Counter(
        Row(
            found["filename"],
            f"SEC{found['test_id'][1:]}",
            found["line_number"],
            found["col_offset"],
            found["end_col_offset"] or found["col_offset"],  # 0 for a check of the whole file
            found["issue_severity"],
            found["issue_confidence"],
            _ADDRESS.sub("0x", found["issue_text"]),
            found["issue_cwe"].get("id"),
        )
        for found in json.loads(ran.stdout)["results"]
    )


def rows(report: Report) -> Counter[Row]:
    """Return what perffix reports, in the same form."""
    return Counter(
        Row(
            finding.path,
            finding.code,
            finding.span.line,
            finding.span.column,
            finding.span.end_column,
            finding.severity.name if finding.severity else "UNDEFINED",
            finding.confidence.name,
            _ADDRESS.sub("0x", finding.message),
            finding.cwe,
        )
        for finding in report.findings
        if finding.code != "PERF001"  # bandit lists these files elsewhere
    )


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """bandit's examples, from the source distribution of the installed version."""
    place = tmp_path_factory.mktemp("bandit")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    wanted = ["--no-deps", "--no-binary", "bandit", f"bandit=={version('bandit')}"]
    subprocess.run([*command, *wanted, "--dest", str(place)], check=True, capture_output=True)
    (archive,) = place.glob("bandit-*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(place, filter="data")
    (found,) = place.glob("bandit-*/examples")
    return found


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A part of the running Python's standard library."""
    place = tmp_path_factory.mktemp("modules")
    library = Path(sysconfig.get_path("stdlib"))
    for name in ("asyncio", "email", "multiprocessing", "xml"):
        unwanted = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(library / name, place / name, ignore=unwanted)
    for file in sorted(library.glob("*.py"))[::4]:
        shutil.copy(file, place)
    return place


def test_the_examples(examples: Path) -> None:
    theirs = bandit_rows(examples)
    assert len(theirs) > 500
    assert rows(check_paths([examples], bandit=True)) == theirs


def test_the_standard_library(modules: Path) -> None:
    theirs = bandit_rows(modules)
    assert len({row.code for row in theirs}) > 10
    assert rows(check_paths([modules], bandit=True)) == theirs


def test_comments_are_set_aside_as_bandit_does(examples: Path) -> None:
    """With --ignore-nosec bandit reports just what perffix has suppressed besides."""
    report = check_paths([examples], bandit=True)
    assert report.suppressed
    suppressed = rows(Report(tuple(item.finding for item in report.suppressed), 0))
    assert rows(report) + suppressed == bandit_rows(examples, "--ignore-nosec")


COMMENTS = """\
import subprocess  # nosec
import pickle  # nosec B403
import marshal  # nosec B404
import telnetlib  # nosec B401,B403
import ftplib  # nosec: B402, B403
import shelve  # nosec import_pickle
import dill  # nosec: import_pickle because
import xml.sax  # nosec because it is mine
import xml.dom.minidom  # NOSEC
import pyghmi  # noqa  # nosec B415 # for now
import xmlrpc  #nosec:B411
import xml.etree.ElementTree  # nosec B999
import cPickle  # nosec SEC403
import xml.sax  # noqa: SEC406
import xml.sax  # perffix: ignore-file
subprocess.call(  # nosec B602
    "ls *",
    shell=True,  # nosec
)
subprocess.call(
    "ls *",  # nosec B607
    shell=True,  # nosec B602
)
password = (
    "first"  # nosec B105
    "second"
)
try:
    pickle.loads(b"")
except Exception:
    pass  # nosec


def connect(user,
            password="hunter2"):  # nosec B107
    assert user  # nosec
    return f'''
    select * from users where name = {user}
    '''  # nosec


def other(password="hunter2"):
    exec(user)
    return user  # nosec
"""


def test_all_kinds_of_comments(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(COMMENTS)
    theirs = bandit_rows(tmp_path)
    assert 5 < len(theirs) < len(bandit_rows(tmp_path, "--ignore-nosec"))
    assert rows(check_paths([tmp_path], bandit=True)) == theirs


ODD = """\
from . import pickle, os as system
from .telnetlib import Telnet
import os as system, subprocess as sp

def f():
    import pickle as p
    return p.loads
p.loads(b"")
async def connect(password="hunter2", *, secret="x", **token): sp.call("ls", shell=True)
class A:
    def m(self, password="hunter2"):
        def inner(token: str = "abc"): system.system(f"ls {token}")
        return {**token, "password": "y", 'pässword': b"z"}
A().m(*token)(password="ü" "x")
"select " + name + " from x"; "/tmp/x"; x = "/tmp/x", "0.0.0.0"
cursor.execute("select * from t where x = '%s'" % y)
cursor.execute(f"select * from {'a'} where {f'select 1 from {y}'}")
é = ünï.loads(b""); exec("x" if exec("é") else eval('ü'))
match x:
    case {"password": "x", **rest}: assert rest == "y"
    case "0.0.0.0" | "/tmp": pass
with open("/tmp/x") as y, open("/var/tmp"): lambda password="s": password == "s"
getattr(x, "y")()("z")(); [x for x in "/dev/shm" if x]; f(**{"password": "secret"})
os.chmod("x", 0o777); __import__("pickle"); __import__(y)
"""


@pytest.mark.parametrize(
    "text", [ODD, ODD.replace("\n", "\r\n"), "\ufeff" + ODD, "# coding: latin-1\n" + ODD], ids=range(4)
)
def test_odd_code(tmp_path: Path, text: str) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    encoding = "latin-1" if "latin-1" in text else "utf-8"
    (package / "odd.py").write_bytes(text.encode(encoding))
    theirs = bandit_rows(tmp_path)
    assert len(theirs) > 20
    assert rows(check_paths([tmp_path], bandit=True)) == theirs
