"""What must be true of the order of photos, whatever happened to a library."""

from __future__ import annotations

import sqlite3

from facesorter.library import photo_order
from facesorter.storage import photo_order as rows


def check(connection: sqlite3.Connection) -> None:
    """Check that each photo's key follows from what is stored of its day, and has its date."""
    days = connection.execute(
        "SELECT DISTINCT substr(taken_at, 1, 10) FROM photo WHERE utc_offset IS NOT NULL"
    ).fetchall()
    wanted = dict(connection.execute("SELECT id, taken_at FROM photo").fetchall())
    for (day,) in days:
        wanted |= photo_order.keys(rows.of_day(connection, day))
    assert dict(connection.execute("SELECT id, sort_at FROM photo").fetchall()) == wanted
