"""Kinds of decision, undo, redo, and the history.

The journal is part of the library file, so undo works after a restart; see ARCHITECTURE.md,
"Decisions and undo". Scans, analyses and refreshes are not decisions and don't disturb it.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from enum import StrEnum

from facesorter.domain import DecisionId
from facesorter.library.transaction import Transaction, now
from facesorter.storage import decisions
from facesorter.storage.decisions import Change, Decision


class Kind(StrEnum):
    """The kinds of decision. The values are stored in the journal."""

    NAME = "name"
    RENAME = "rename"
    MERGE = "merge"
    SPLIT = "split"
    ASSIGN = "assign"
    CONFIRM = "confirm"
    REJECT = "reject"
    IGNORE = "ignore"
    RESTORE = "restore"
    COVER = "cover"
    HIDE = "hide"
    SHOW = "show"
    DRAW = "draw"
    UNSURE = "unsure"
    DIFFERENT = "apart"
    ONE_PERSON = "one"
    MARK_CORRECT = "sure"
    HIDE_UNNAMED = "strangers"
    REDRAW = "redraw"
    TAG = "tag"
    UNTAG = "untag"
    RENAME_TAG = "rename-tag"
    DELETE_TAG = "delete-tag"
    STAR = "star"
    UNSTAR = "unstar"
    ALBUM = "album"
    ADD_TO_ALBUM = "add"
    REMOVE_FROM_ALBUM = "take-out"
    SMART_ALBUM = "smart-album"
    RENAME_ALBUM = "rename-album"
    DELETE_ALBUM = "delete-album"
    DETAILS = "facts"
    FAVOURITE = "favourite"
    RELATE = "relate"
    COLLAGE = "repeats"
    PLACE = "place"
    ROTATE = "turn"
    RATE = "rate"
    DESCRIBE = "describe"
    KEEP_DUPLICATE = "keep-duplicate"
    LOAD = "load"
    NOT_DUPLICATES = "not-duplicates"
    DATE = "date"
    STACK = "stack"
    UNSTACK = "unstack"
    STACK_TOP = "stack-top"
    MERGE_LIBRARY = "merge-library"
    IMPORT_NAMES = "bring-in-names"
    OTHER = "other"
    """Whatever a newer program wrote; never written."""


Args = tuple[tuple[str, str | int], ...]
"""What a decision was about, by name: ``("faces", 3)``."""


@dataclass(frozen=True, slots=True)
class UndoStatus:
    """What Undo and Redo would do next; a kind is None where there is nothing."""

    undo_kind: Kind | None = None
    undo_args: Args = ()
    redo_kind: Kind | None = None
    redo_args: Args = ()


@dataclass(frozen=True, slots=True)
class UndoResult:
    """What Undo or Redo did; ``kind`` is None if there was nothing to do."""

    kind: Kind | None
    args: Args = ()
    skipped: int = 0
    """Rows left alone because a later decision changed them."""


def undo(txn: Transaction, *, only: DecisionId | None = None) -> UndoResult:
    """Undo the newest decision in effect; with ``only``, do nothing if it is another one."""
    decision = decisions.newest_done(txn.connection)
    if decision is None or only not in (None, decision.id):
        return UndoResult(None)
    steps = [
        Change(change.table, change.row_ids, change.after, change.before)
        for change in reversed(decisions.changes(txn.connection, decision.id))
    ]
    return _walk(txn, decision, steps, undone_at=now())


def redo(txn: Transaction) -> UndoResult:
    """Redo the decision undone last."""
    decision = decisions.oldest_undone(txn.connection)
    if decision is None:
        return UndoResult(None)
    return _walk(txn, decision, decisions.changes(txn.connection, decision.id), undone_at=None)


def status(connection: sqlite3.Connection) -> UndoStatus:
    """Return what Undo and Redo would do next."""
    done = decisions.newest_done(connection)
    undone = decisions.oldest_undone(connection)
    return UndoStatus(
        _kind(done) if done else None,
        done.args if done else (),
        _kind(undone) if undone else None,
        undone.args if undone else (),
    )


def entries(connection: sqlite3.Connection, count: int = 100) -> list[Decision]:
    """Return the latest decisions, newest first."""
    return decisions.newest(connection, count)


def _kind(decision: Decision) -> Kind:
    try:
        return Kind(decision.kind)
    except ValueError:
        return Kind.OTHER


def _walk(
    txn: Transaction, decision: Decision, steps: list[Change], undone_at: str | None
) -> UndoResult:
    skipped = 0
    for step in steps:
        turned = txn.replace(step)
        skipped += len(step.row_ids) - turned
    decisions.set_undone(txn.connection, decision.id, undone_at)
    txn.note_decided()
    if skipped:
        txn.report("skipped", skipped)
    return UndoResult(_kind(decision), decision.args, skipped)
