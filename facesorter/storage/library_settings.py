"""Settings of one library: the recognizer in use, the last thresholds."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

MODEL = "model"
"""Key of the recognizer in use: a model's id."""
THRESHOLDS = "grouping.thresholds"
"""Key of the thresholds of the last refresh; they apply to the recognizer in use."""
SIDECARS = "sidecars"
"""Key of how sidecars are kept up to date: see `library.sidecars`."""
STACKS = "stacks"
"""Key of the folders in which all stacks are found: see `storage.stacks.searched`."""
TRIAL = "trial"
"""Key of the model pack being tested: see `library.models.trial`."""


def get(connection: sqlite3.Connection, key: str) -> Any:
    """Return the value stored under ``key``, or None."""
    row = connection.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone()
    return json.loads(row[0]) if row else None


def put(connection: sqlite3.Connection, key: str, value: Any) -> None:
    """Store a JSON value under ``key``."""
    connection.execute(
        "INSERT INTO setting (key, value) VALUES (?, ?) "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, json.dumps(value)),
    )


def remove(connection: sqlite3.Connection, key: str) -> None:
    """Remove the value stored under ``key``, if there is one."""
    connection.execute("DELETE FROM setting WHERE key = ?", (key,))
