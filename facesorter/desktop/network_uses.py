"""The permanent log of every network request, in the user's data folder.

A line is written before a connection is made, and none is made if it can't be written.
"""

from __future__ import annotations

import datetime
import json
import os
import urllib.parse
from typing import NamedTuple

from facesorter import paths

NAME = "network.jsonl"


class Use(NamedTuple):
    """A request that was about to be sent."""

    at: str
    """UTC, "2026-11-28T15:04:05+00:00"."""
    address: str
    """Without the query, of which this program sends none."""


def note(url: str) -> None:
    """Add a line to the list, on disk when this returns. Thread: any.

    Raises:
        OSError: it can't be written.
    """
    parts = urllib.parse.urlsplit(url)
    address = f"{parts.scheme}://{parts.hostname}{parts.path}"
    at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    path = paths.data_dir() / NAME
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"at": at, "address": address}) + "\n")
        file.flush()
        os.fsync(file.fileno())


def every() -> list[Use]:
    """Return all uses ever made, oldest first; lines that can't be read are shown as they are."""
    try:
        lines = (paths.data_dir() / NAME).read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        try:
            record = json.loads(line)
            found.append(Use(str(record["at"]), str(record["address"])))
        except (ValueError, KeyError, TypeError):
            found.append(Use("", line[:200]))
    return found
