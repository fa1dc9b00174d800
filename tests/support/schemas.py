"""Keep the schema as text once a step was added: ``python -m tests.support.schemas``.

A program of the future must open what today's leaves. So each step's schema is kept in
tests/data/schemas as an SQL script of its own, written once and never edited after a release.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from sqlite_utils import Database

from facesorter.storage.migrations import migrations
from facesorter.storage.schema import STEPS

FOLDER = Path(__file__).resolve().parents[1] / "data" / "schemas"


def keep(folder: Path = FOLDER) -> Path:
    """Write the schema that the newest step leaves; returns the file."""
    newest = list(STEPS)[-1]
    with closing(Database(memory=True)) as fresh:
        migrations.apply(fresh)
        # SQLite's own tables are made by themselves.
        tables = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
        lines = [f"{row[0]};" for row in fresh.execute(f"{tables} ORDER BY rowid")]
    applied = [f"  ('facesorter', '{step}', '2026-01-01 00:00:00+00:00')" for step in STEPS]
    path = folder / f"{newest}.sql"
    path.write_text(
        f"-- The library as step {newest} leaves it. Released: never edit.\n"
        + "\n".join(lines)
        + '\nINSERT INTO "_sqlite_migrations" (migration_set, name, applied_at) VALUES\n'
        + ",\n".join(applied)
        + ";\n",
        encoding="utf-8",
    )
    return path


if __name__ == "__main__":
    keep()
