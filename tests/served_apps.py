"""Runs the applications of fixtures/apps on the loopback interface: as they are, after `perffix --apply`, and mended.

An application is served in three stages. "broken" is the one in fixtures/apps/NAME without its marks. "applied" is the
same after `perffix check --apply --unsafe-fixes`. "fixed" is fixtures/apps/NAME/fixed: what was applied, and by hand
what perffix only reports.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import httpx
from fixture_files import FIXTURES, read_fixture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

SECRET_WITHIN = "only for those within"
STAGES = ("broken", "applied", "fixed")


class Exploit(NamedTuple):
    """An attack on an application.

    Attributes:
        name: what it does.
        codes: the codes of the findings that it proves right.
        run: sends requests to an address, and tells whether the attack succeeded.
        by_fix: the fix of a rule stops it; otherwise a person has to.
    """

    name: str
    codes: tuple[str, ...]
    run: Callable[[Served], bool]
    by_fix: bool


class Served(NamedTuple):
    """A running application: its address, and the folder that it runs in."""

    url: str
    folder: Path

    def get(self, path: str, **parameters: str) -> httpx.Response:
        """Send a GET request; redirects are not followed."""
        return httpx.get(self.url + path, params=parameters)


def files_of(app: str) -> dict[str, Path]:
    """Return the files of an application by their paths in its folder."""
    return _files_below(FIXTURES / "apps" / app, without="fixed")


def _files_below(folder: Path, without: str = "") -> dict[str, Path]:
    files = {path.relative_to(folder): path for path in sorted(folder.rglob("*")) if path.suffix in (".py", ".html")}
    return {name.as_posix(): path for name, path in files.items() if name.parts[0] != without}


def sources_of(app: str) -> dict[str, str]:
    """Return the files of an application without their marks, by path."""
    return {name: read_fixture(path).text for name, path in files_of(app).items()}


def fixed_sources_of(app: str) -> dict[str, str]:
    """Return the files of the mended application by path: those in `fixed`, the others as they are."""
    fixed = _files_below(FIXTURES / "apps" / app / "fixed")
    return sources_of(app) | {name: path.read_text("utf-8") for name, path in fixed.items()}


def write_sources(sources: dict[str, str], folder: Path) -> None:
    """Write the files of an application into an empty folder."""
    for name, text in sources.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


@cache
def applied_sources_of(app: str) -> dict[str, str]:
    """Return the files of an application after perffix has applied all its fixes, by name."""
    sources = sources_of(app)
    command = [sys.executable, "-m", "perffix", "check", "--isolated", "--apply", "--unsafe-fixes", "--exit-zero", "."]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_sources(sources, folder)
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert "Fixed" in run.stdout, run.stderr  # the exit status tells of fixes that cannot be, too
        return {file: (folder / file).read_text("utf-8") for file in sources}


def start(sources: dict[str, str], folder: Path, starter: str) -> subprocess.Popen[str]:
    """Start an application in a process of its own.

    Args:
        sources: its files by name.
        folder: an empty folder for it.
        starter: code that prints the port on a line and then serves.
    """
    write_sources(sources, folder)
    keys = dict.fromkeys(("SECRET_KEY", "SHOP_SECRET_KEY"), "of this test alone")  # the fix of SEC105 reads them
    settings = {**os.environ, **keys, "PYTHONDONTWRITEBYTECODE": "1"}
    with (folder / "log.txt").open("w") as log:
        return subprocess.Popen(
            [sys.executable, "-c", starter], cwd=folder, env=settings, stdout=subprocess.PIPE, stderr=log, text=True
        )


def wait_for(process: subprocess.Popen[str], folder: Path) -> Served:
    """Return a started application as soon as it has said its port."""
    assert process.stdout is not None
    port = process.stdout.readline().strip()
    assert port.isdigit(), (folder / "log.txt").read_text()
    return Served(f"http://127.0.0.1:{port}", folder)


@contextmanager
def served_in_all_stages(app: str, starter: str, folder: Path) -> Iterator[dict[str, Served]]:
    """Run an application in its three stages side by side."""
    folders = {name: folder / name for name in STAGES}
    for each in folders.values():
        each.mkdir()
    processes = {"broken": start(sources_of(app), folders["broken"], starter)}
    try:
        processes["fixed"] = start(fixed_sources_of(app), folders["fixed"], starter)
        processes["applied"] = start(applied_sources_of(app), folders["applied"], starter)
        yield {name: wait_for(process, folders[name]) for name, process in processes.items()}
    finally:
        for process in processes.values():
            process.terminate()
            process.communicate()


@contextmanager
def service_within() -> Iterator[str]:
    """Run what an application can reach and a client should not; yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(SECRET_WITHIN.encode())

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


def marked_codes(app: str) -> set[str]:
    """Return the codes that an application is marked with."""
    return {expected.code for path in files_of(app).values() for expected in read_fixture(path).expected}


def codes_without_attack(app: str, exploits: Iterable[Exploit]) -> set[str]:
    """Return the codes that an application is marked with and that no attack proves right."""
    return marked_codes(app) - {code for exploit in exploits for code in exploit.codes}


def added_lines(before: str, after: str) -> set[str]:
    """Return the lines of a text that are not in an earlier one."""
    return set(after.splitlines()) - set(before.splitlines())
