"""Settings: a file that somebody or something broke gives the defaults."""

from __future__ import annotations

from pathlib import Path

import pytest

from facesorter.settings import SETTINGS_NAME, Settings


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"[]", b"null", b"[" * 100_000, b'{"workers": ' + b"9" * 5_000 + b"}"],
    ids=["empty", "not text", "list", "null", "deep", "long number"],
)
def test_a_broken_file_gives_the_defaults(content: bytes, tmp_path: Path) -> None:
    (tmp_path / SETTINGS_NAME).write_bytes(content)
    assert Settings.load(tmp_path) == Settings()


def test_broken_entries_cost_only_themselves(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_NAME).write_text('{"workers": "2", "language": "de", "unknown": 1}')
    assert Settings.load(tmp_path) == Settings(language="de")
