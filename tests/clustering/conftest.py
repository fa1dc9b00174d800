"""These tests are of machine code, whatever the size of a library."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .libraries import machine_code


@pytest.fixture(scope="module", autouse=True)
def _machine_code() -> Iterator[None]:
    with machine_code(True):
        yield
