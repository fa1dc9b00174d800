"""Migrations: every released schema, as text, comes out as a fresh library is."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from sqlite_utils import Database

from facesorter.domain import FolderId, PhotoId
from facesorter.library.folder_tree import photos_by_name
from facesorter.library.transaction import UPDATED_COLUMNS, WHOLE_ROWS
from facesorter.storage import backups, database, imported_names, opening, persons, stacks
from facesorter.storage.migrations import migrations
from facesorter.storage.schema import STEPS
from tests.support import schemas

SCHEMAS = sorted(schemas.FOLDER.glob("*.sql"))
SHAPE = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"


def names() -> list[str]:
    """The schema steps that are registered, oldest first."""
    with closing(Database(memory=True)) as empty:
        return [step.name for step in migrations.pending(empty)]


def shape(connection: sqlite3.Connection) -> list[tuple[str, ...]]:
    """The schema, without the spaces that say nothing."""
    return [
        (*row[:3], " ".join((row[3] or "").split())) for row in connection.execute(SHAPE).fetchall()
    ]


def write_old(directory: Path, schema: Path) -> None:
    """A library as an earlier program left it, with a folder in it."""
    connection = sqlite3.connect(directory / database.DATABASE_NAME)
    connection.executescript(schema.read_text("utf-8"))
    connection.execute("INSERT INTO folder (path, added_at) VALUES ('/p', '2024')")
    connection.commit()
    connection.close()


def test_what_a_decision_may_alter_is_in_the_schema() -> None:
    with closing(Database(memory=True)) as fresh:
        migrations.apply(fresh)
        for table, columns in (*UPDATED_COLUMNS.items(), *WHOLE_ROWS.items()):
            assert set(columns) <= set(fresh[table].columns_dict)
        machine = {"id", "pinned", "created_at", "first_cover_id"}
        assert set(persons.COLUMNS) == set(fresh["person"].columns_dict) - machine


def test_a_schema_kept_as_text_is_the_schema(tmp_path: Path) -> None:
    """The tool that keeps a new step's schema writes what makes the same library."""
    write_old(tmp_path, schemas.keep(tmp_path))
    with (
        closing(opening.open_writer(tmp_path)) as ours,
        closing(Database(memory=True)) as fresh,
    ):
        migrations.apply(fresh)
        assert shape(ours.conn) == shape(fresh.conn)
    assert not list((tmp_path / backups.SNAPSHOTS_NAME).glob("*"))


def test_photos_of_an_older_library_are_sorted_by_name() -> None:
    with closing(Database(memory=True)) as old:
        migrations.apply(old, stop_before="m031_sort_names")
        old.execute("INSERT INTO folder (path, added_at) VALUES ('/p', '2024')")
        for name in ("IMG_10.jpg", "img_9.jpg"):
            old.execute(
                "INSERT INTO photo (folder_id, relpath, size, mtime_ns, taken_at, taken_from, "
                "status) VALUES (1, ?, 1, 1, '', 'none', 'analysed')",
                [f"2019/{name}"],
            )
        migrations.apply(old)
        ids, _ = photos_by_name(old.conn, FolderId(1))
        assert ids == [2, 1]


def test_every_step_has_its_schema_as_text() -> None:
    assert [path.stem for path in SCHEMAS] == names(), "run: python -m tests.support.schemas"


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda path: path.stem)
def test_an_old_library_becomes_a_new_one(schema: Path, tmp_path: Path) -> None:
    fresh, old = tmp_path / "fresh", tmp_path / "old"
    fresh.mkdir()
    old.mkdir()
    write_old(old, schema)
    with_old = opening.open_writer(old)
    with_fresh = opening.open_writer(fresh)
    assert shape(with_old.conn) == shape(with_fresh.conn)
    assert with_old.execute("SELECT path FROM folder").fetchall() == [("/p",)]
    assert not migrations.pending(with_old)
    assert database.integrity_problems(with_old.conn) == []
    snapshots = list((old / backups.SNAPSHOTS_NAME).glob("*-before-upgrade.db"))
    assert len(snapshots) == (schema.stem != names()[-1])
    with_old.close()
    with_fresh.close()


def test_renamed_tables_keep_their_rows(tmp_path: Path) -> None:
    write_old(tmp_path, schemas.FOLDER / "m028_sidecars.sql")
    with closing(sqlite3.connect(tmp_path / database.DATABASE_NAME)) as old, old:
        old.executescript(
            "INSERT INTO photo (id, folder_id, relpath, size, mtime_ns, taken_at, taken_from, "
            "status) VALUES (1, 1, 'a.jpg', 1, 1, '', '', 'analysed');"
            "INSERT INTO face (id, photo_id, x, y, w, h, landmarks, detection_score, quality, "
            "origin, state) VALUES (2, 1, 0, 0, 1, 1, x'', 1, 1, 'detected', 'unknown');"
            "INSERT INTO name_import (id, source, made_at, theirs, used) "
            "VALUES (3, '', '', '[]', 1);"
            "INSERT INTO said_name (import_id, photo_id, name, source) "
            "VALUES (3, 1, 'Anna', 'mwg');"
            "INSERT INTO face_twin (face_id, twin) VALUES (2, 7);"
        )
    with closing(opening.open_writer(tmp_path)) as new:
        (waiting,) = imported_names.waiting(new.conn, [PhotoId(1)])
        assert (waiting.imported.name, waiting.import_id) == ("Anna", 3)
        assert stacks.counterpart_rows(new.conn) == {2: 7}
        new.execute("DELETE FROM photo")
        assert imported_names.waiting(new.conn, [PhotoId(1)]) == []
        assert stacks.counterpart_rows(new.conn) == {}, "the references still delete along"


def test_a_snapshot_is_taken_before_an_upgrade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening.open_writer(tmp_path).close()

    def m999_more(db: Database) -> None:
        db.execute("CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT")

    monkeypatch.setattr(migrations, "_migrations", list(migrations._migrations))
    migrations()(m999_more)
    monkeypatch.setitem(STEPS, "m999_more", "")
    opened = opening.open_writer(tmp_path)
    assert opened.table("more").exists()
    opened.close()
    (kept,) = (tmp_path / backups.SNAPSHOTS_NAME).glob("*")
    assert kept.name.endswith("-before-upgrade.db")
    copy = sqlite3.connect(kept)
    assert "more" not in str(shape(copy)) and "photo" in str(shape(copy))
    copy.close()


def test_a_step_that_fails_leaves_the_library_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening.open_writer(tmp_path).close()

    def m999_broken(db: Database) -> None:
        db.execute("CREATE TABLE half (id INTEGER PRIMARY KEY) STRICT")
        db.execute("INSERT INTO half (id) VALUES ('x')")

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "_migrations", list(migrations._migrations))
        migrations()(m999_broken)
        patch.setitem(STEPS, "m999_broken", "")
        with pytest.raises(sqlite3.IntegrityError):
            opening.open_writer(tmp_path)
    reader = database.open_reader(tmp_path)
    assert "half" not in str(shape(reader))
    reader.close()


@pytest.mark.skipif(sys.platform == "win32", reason="SQLite can't be told the folder there")
def test_an_upgrade_writes_nothing_outside_the_library(tmp_path: Path) -> None:
    temporary, library = tmp_path / "temporary", tmp_path / "library"
    temporary.mkdir()
    library.mkdir()
    write_old(library, schemas.FOLDER / "m028_sidecars.sql")
    with closing(sqlite3.connect(library / database.DATABASE_NAME)) as old, old:
        old.executemany(
            "INSERT INTO photo (folder_id, relpath, size, mtime_ns, taken_at, taken_from, status) "
            "VALUES (1, ?, 1, 1, '2019', 'name', 'analysed')",
            [(f"{number}{'-' * 200}.jpg",) for number in range(2_000)],
        )
    before = temporary.stat().st_mtime_ns
    code = "import sys, pathlib; from facesorter.storage.opening import open_writer; "
    code += "open_writer(pathlib.Path(sys.argv[1])).close()"
    environment = {**os.environ, "SQLITE_TMPDIR": str(temporary)}
    subprocess.run([sys.executable, "-c", code, str(library)], check=True, env=environment)
    assert temporary.stat().st_mtime_ns == before, "even of a file deleted at once"
    with closing(database.open_reader(library)) as new:
        assert not database.is_older(new)


@pytest.mark.parametrize(
    ("column", "value"),
    [("photo_id", np.int64(1)), ("person_id", np.int32(1)), ("x", np.float32(0.5)), ("w", "wide")],
)
def test_strict_tables_refuse_what_sqlite_would_store_as_a_blob(
    column: str, value: object, tmp_path: Path
) -> None:
    opened = opening.open_writer(tmp_path)
    row = {
        "photo_id": 1,
        "x": 0.1,
        "y": 0.1,
        "w": 0.1,
        "h": 0.1,
        "landmarks": b"",
        "detection_score": 1.0,
        "quality": 1.0,
        "origin": "detected",
        "person_id": None,
        "state": "unknown",
    } | {column: value}
    with pytest.raises(sqlite3.IntegrityError, match="cannot store"):
        opened.conn.execute(
            f"INSERT INTO face ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
            list(row.values()),
        )
    opened.close()


def test_every_table_of_ours_is_strict(tmp_path: Path) -> None:
    opened = opening.open_writer(tmp_path)
    lax = [
        row[1]
        for row in opened.execute("PRAGMA table_list").fetchall()
        if row[0] == "main" and not row[5] and not row[1].startswith(("sqlite_", "_sqlite"))
    ]
    opened.close()
    assert lax == []
