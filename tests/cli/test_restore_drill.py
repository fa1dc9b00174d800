"""Restore drill: whatever happened to the library, a backup comes back, and later decisions."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from facesorter.storage.database import DATABASE_NAME
from tests.support.programs import Program


@pytest.fixture
def drill(program: Program) -> Program:
    """A library with a backup and a decision made after it."""
    first, second, *_ = (str(row["person_id"]) for row in program.lines("people"))
    program.json("name", first, "Anna")
    program.json("backup")
    program.json("name", second, "Bernd")
    return program


def names(program: Program) -> set[str]:
    return {row["name"] for row in program.lines("people") if row["name"]}


def test_a_restore_repeats_later_decisions_if_asked_to(drill: Program) -> None:
    done = drill.json("restore", "--replay")
    assert (done["restored"], done["replayed"]) == (True, {"decisions": 1, "skipped": 0})
    assert names(drill) == {"Anna", "Bernd"}
    drill.json("undo")
    assert names(drill) == {"Anna"}


def test_a_restore_of_a_damaged_library_says_that_nothing_is_repeated(drill: Program) -> None:
    (drill.library / DATABASE_NAME).write_bytes(b"garbled" * 2000)
    result = drill.run("restore", "--replay")
    assert result.returncode != 0
    assert "The backup was restored. Later decisions" in result.stderr
    assert names(drill) == {"Anna"}


def test_what_was_decided_after_a_backup_comes_back(drill: Program) -> None:
    would = drill.json("restore", "--dry-run")
    assert would["lost"] == {"photos": 0, "faces": 0, "people": 1, "decisions": 1}
    assert names(drill) == {"Anna", "Bernd"}
    drill.json("restore")
    assert names(drill) == {"Anna"}
    (later,) = [row["file"] for row in drill.lines("backups") if row["reason"] == "before-restore"]
    assert drill.json("replay", later) == {"decisions": 1, "skipped": 0}
    assert names(drill) == {"Anna", "Bernd"}
    drill.json("undo")
    assert names(drill) == {"Anna"}


@pytest.mark.parametrize("harm", ["garbled", "replaced", "emptied", "missing", "linked"])
def test_a_library_that_was_harmed(drill: Program, tmp_path: Path, harm: str) -> None:
    file = drill.library / DATABASE_NAME
    if harm == "garbled":
        data = bytearray(file.read_bytes())
        data[4096:-4096:7] = bytes(len(data[4096:-4096:7]))
        file.write_bytes(data)
    elif harm == "replaced":
        file.unlink()
        with closing(sqlite3.connect(file)) as other:
            other.execute("CREATE TABLE somebody (elses TEXT)")
    elif harm == "emptied":
        file.write_bytes(b"")
    else:
        file.unlink()
        if harm == "linked":
            file.symlink_to(tmp_path / "nowhere" / DATABASE_NAME)
    refused = drill.run("name", "1", "Carla")
    assert refused.returncode == 2 and "Traceback" not in refused.stderr
    assert drill.json("restore")["restored"]
    assert names(drill) == {"Anna"}
    assert drill.json("check", "--no-originals")["ok"]


def test_a_backup_of_a_newer_version_is_refused(drill: Program, tmp_path: Path) -> None:
    newest = drill.lines("backups")[0]["file"]
    newer = tmp_path / "newer.db"
    shutil.copy(newest, newer)
    with closing(sqlite3.connect(newer)) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
            "VALUES ('facesorter', 'm999_future', '2030')"
        )
        connection.commit()
    before = (drill.library / DATABASE_NAME).read_bytes()
    for command in ("restore", "replay"):
        refused = drill.run(command, newer)
        assert refused.returncode == 2
        assert "newer version" in refused.stderr and "Nothing was changed" in refused.stderr
    assert names(drill) == {"Anna", "Bernd"}
    assert json.dumps(drill.lines("log")).count("name") >= 2
    assert len((drill.library / DATABASE_NAME).read_bytes()) == len(before)
