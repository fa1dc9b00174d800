"""The steps of `storage.schema` as sqlite_utils migrations."""

from __future__ import annotations

from functools import partial

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from facesorter.storage.photos import sort_name
from facesorter.storage.schema import STEPS

migrations = Migrations("facesorter")


def _run(db: Database, script: str) -> None:
    db.conn.create_function("sort_name", 1, sort_name, deterministic=True)
    for statement in script.split(";\n"):
        if statement.strip():
            db.execute(statement)


for _name, _script in STEPS.items():
    migrations(name=_name)(partial(_run, script=_script))
