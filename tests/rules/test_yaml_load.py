"""SEC506 beside code that writes YAML for Python alone."""

from __future__ import annotations

import pytest
from fixture_files import RULES, findings_in

RULE = next(rule for rule in RULES if rule.code == "SEC506")
READS = "import yaml\n\ndef load(path):\n    with open(path) as file:\n        return yaml.{}\n\n"
WRITES = "def save(path, what):\n    with open(path, 'w') as file:\n        yaml.{}\n"


@pytest.mark.parametrize(
    ("read", "written", "count"),
    [
        ("full_load(file)", "dump(what, file)", 0),
        ("load(file, Loader=yaml.FullLoader)", "dump(what, stream=file)", 0),
        ("full_load(file)", "dump(what, file, Dumper=yaml.SafeDumper)", 1),
        ("full_load(file)", "safe_dump(what, file)", 1),
        ("full_load(file)", "dump(what)", 1),
        ("unsafe_load(file)", "dump(what, file)", 1),
        ("load(file)", "dump(what, file)", 1),
    ],
)
def test_what_was_dumped_by_the_module_is_loaded_by_its_counterpart(read: str, written: str, count: int) -> None:
    assert len(findings_in(READS.format(read) + WRITES.format(written), RULE)) == count


def test_what_a_client_sends_was_not_written_here() -> None:
    text = (
        "import yaml\nfrom flask import Flask, request\n\napp = Flask(__name__)\n\n\n"
        "@app.post('/')\ndef take():\n    return yaml.full_load(request.data)\n\n\n"
    )
    assert len(findings_in(text + WRITES.format("dump(what, file)"), RULE)) == 1
