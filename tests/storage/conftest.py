"""These tests are of how a library comes to be."""

import pytest


@pytest.fixture(autouse=True)
def copied_libraries() -> None:
    """Create each library anew, step by step."""
