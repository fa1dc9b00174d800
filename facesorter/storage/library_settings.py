"""Choices that belong to one library: the recogniser in use, the last thresholds."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

MODEL = "model"
"""Key of the recogniser in use: a model's id."""
THRESHOLDS = "grouping.thresholds"
"""Key of the similarities that the last refresh found; they are of the recogniser in use."""
TRIAL = "trial"
"""Key of the model pack on trial: see `library.models.trial`."""


def get(connection: sqlite3.Connection, key: str) -> Any:
    """The value stored under ``key``, or None."""
    row = connection.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone()
    return json.loads(row[0]) if row else None


def put(connection: sqlite3.Connection, key: str, value: Any) -> None:
    """Store a JSON value under ``key``."""
    connection.execute(
        "INSERT INTO setting (key, value) VALUES (?, ?) "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, json.dumps(value)),
    )
