"""File names as text that SQLite can hold, and back.

On Linux a file name is bytes; Python shows bytes that are not UTF-8 as lone surrogates, which
SQLite refuses. Such a name (and one that begins with the marker) is stored as a marker and its
bytes as Latin-1; all others as they are.
"""

from __future__ import annotations

import os

MARKER = "\x01"
"""First character of a stored name that isn't text."""


def to_text(name: str) -> str:
    """Return the stored form of a file name or path. Inverse of `from_text`."""
    try:
        name.encode()
    except UnicodeEncodeError:
        pass
    else:
        if not name.startswith(MARKER):
            return name
    return MARKER + os.fsencode(name).decode("latin-1")


def from_text(text: str) -> str:
    """Return a stored file name or path in the form that `os` functions take."""
    if text.startswith(MARKER):
        return os.fsdecode(text[1:].encode("latin-1"))
    return text


def to_show(name: str) -> str:
    """Return a file name for display: bytes that aren't text become replacement characters."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
