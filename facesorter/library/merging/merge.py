"""Import the decisions of another library: of another computer, or a copy that went its own way.

Where both say something about the same, the later statement counts; of two made at the same time,
the value that sorts last. So whichever library takes in the other, the result is the same.
Two statements contradict each other only if neither library knew the other's: a copy's journal
begins with the decisions that both share.

Photos are matched by content, faces by their place in them, people by their origin (in copies),
else by name, else, if one of the two has none, by the faces they share.
"""

from __future__ import annotations

import json
import sqlite3

from facesorter.library.decisions.journal import Kind
from facesorter.library.merging.applying import Applier
from facesorter.library.merging.plan import Plan, Preview
from facesorter.library.transaction import Transaction
from facesorter.storage import decisions


def preview(connection: sqlite3.Connection, source: sqlite3.Connection) -> Preview:
    """Return what `merge` would do, and where the two contradict each other. Reads only."""
    return Plan(connection, source).preview()


def merge(txn: Transaction, source: sqlite3.Connection, name: str) -> Preview:
    """Import the decisions of another library in one decision; return what was done.

    ``name`` says where they are from. Thread: writer.

    Raises:
        UserError: the other library is damaged, or holds what can't be.
    """
    plan = Plan(txn.connection, source)
    done = plan.preview()
    work = Applier(txn, plan)
    txn.touch(faces=work.copy_faces(source))
    with txn.decision(Kind.MERGE_LIBRARY, ()):
        work.add_rows()
        for key, value in plan.changed():
            work.set(key, value)
        work.write()
        work.remove_rows()
    if txn.decided and work.times:
        newest = decisions.newest_done(txn.connection)
        assert newest is not None
        args = (
            ("library", name),
            ("faces", sum(key[0] == "face" for key, _ in plan.changed())),
            ("times", json.dumps(work.times)),
        )
        txn.connection.execute(
            "UPDATE decision SET args = ? WHERE id = ?", (json.dumps(args), newest.id)
        )
    return done
