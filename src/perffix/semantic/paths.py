"""What a file is for, as far as its path tells."""

from __future__ import annotations

_TEST_DIRECTORIES = frozenset(
    {"test", "tests", "testing", "testdata", "test_data", "unittests", "integration_tests", "cassettes", "benchmarks"}
    | {"doc", "docs", "documentation", "example", "examples", "sample", "samples", "demo", "demos", "playground"}
    | {"tutorial", "tutorials", "migrations", "devproject", "testproject", "testapp", "testutils", "bench", "e2e"}
)
_TEST_FILES = frozenset({"test", "tests", "conftest"})


def is_test_path(path: str) -> bool:
    """Tell whether a file belongs to tests, documentation, examples, measurements or migrations, by its path."""
    *folders, name = path.replace("\\", "/").split("/")
    if not _TEST_DIRECTORIES.isdisjoint(folder.strip("_") for folder in folders):
        return True
    stem, dot, suffix = name.rpartition(".")
    return (
        suffix in ("py", "pyi")
        and bool(dot)
        and (stem in _TEST_FILES or stem.startswith("test_") or stem.endswith(("_test", "_tests")))
    )
