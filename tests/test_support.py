"""Tests stand alone: what several of them use is in tests/support, not in another test module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent


def imported(source: str) -> Iterator[str]:
    """The modules that a source imports, and what it takes from packages."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imports_of_tests(source: str) -> list[str]:
    """Those of them that are test modules."""
    found = (name.split(".") for name in imported(source))
    return [".".join(name) for name in found if any(part.startswith("test_") for part in name)]


def test_no_test_module_is_imported() -> None:
    found = {
        str(path.relative_to(TESTS)): modules
        for path in TESTS.rglob("*.py")
        if (modules := imports_of_tests(path.read_text(encoding="utf-8")))
    }
    assert not found


@pytest.mark.parametrize(
    "line", ["from tests.gui.test_split import columns", "from tests.gui import test_split"]
)
def test_an_import_of_a_test_module_is_noticed(line: str) -> None:
    assert imports_of_tests(line)
    assert not imports_of_tests("from tests.support import windows")
