"""Replay the decisions of one copy of a library on another: a damaged file on yesterday's backup.

The journal records the rows of every decision before and after, so a replay needs only the faces
that it mentions. Ids are never reused, so they mean the same in both copies.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from facesorter.domain import PersonId
from facesorter.errors import UserError
from facesorter.library.transaction import Transaction, now
from facesorter.storage import decisions, faces, imported_names, persons
from facesorter.storage.decisions import Change


@dataclass(frozen=True, slots=True)
class Replayed:
    """What `replay` did."""

    decisions: int
    skipped: int
    """Rows left alone, because this copy differs or lacks them."""


def replay(txn: Transaction, source: sqlite3.Connection) -> Replayed:
    """Replay the decisions that another copy of this library has and this one lacks.

    Each becomes a decision here, so that all can be undone. Decisions undone there stay undone.
    Thread: writer.

    Args:
        txn: The copy to change.
        source: The other copy, read-only.

    Raises:
        UserError: this copy has decisions that the other lacks, or is another library.
    """
    target = txn.connection
    known = list(decisions.every(target))
    missing = list(decisions.every(source))
    for mine, theirs in zip(known, missing, strict=False):
        if (mine.id, mine.kind, mine.made_at) != (theirs.id, theirs.kind, theirs.made_at):
            raise UserError("These aren’t two copies of the same library: their decisions differ.")
    if len(known) > len(missing):
        raise UserError("This copy has newer decisions than the other one. Nothing was changed.")
    newer = [each for each in missing[len(known) :] if not each.undone]
    changes = [decisions.changes(source, each.id) for each in newer]
    ages = persons.ages(source)
    present = frozenset(ages)
    for change in (change for some in changes for change in some):
        # Decisions don't create the machine's groups, but they do delete them.
        if change.table == "person" and change.before and "created_at" in change.before:
            ages |= dict.fromkeys(change.row_ids, change.before["created_at"])
    skipped = 0
    for decision, some in zip(newer, changes, strict=True):
        with txn.decision(decision.kind, decision.args):
            for change in some:
                _make_room(txn, source, change, ages, present)
                skipped += len(change.row_ids) - txn.replace(change)
        for change in some:
            if change.table == "name_import" and txn.decided:
                _renumber(txn, change.row_ids)
    return Replayed(len(newer), skipped)


def _renumber(txn: Transaction, import_ids: tuple[int, ...]) -> None:
    """Tie imports to the decision that they are here, for what is still to be named by them."""
    decision = decisions.newest_done(txn.connection)
    for import_id in import_ids if decision is not None else ():
        assert decision is not None
        imported_names.set_decision(txn.connection, import_id, decision.id)


def _make_room(
    txn: Transaction,
    source: sqlite3.Connection,
    change: Change,
    ages: dict[PersonId, str],
    present: frozenset[PersonId],
) -> None:
    """Copy what a change mentions and the journal lacks: drawn faces, groups."""
    target = txn.connection
    if change.table == "name_import":
        imported_names.copy(source, target, change.row_ids)
    if change.table in ("face", "rejection", "dismissal"):
        txn.touch(faces=faces.copy_drawn(source, target, change.row_ids))
    mentioned = {
        image[column]
        for image in (change.before, change.after)
        for column in ("person_id", "b")
        if image is not None and image.get(column) is not None
    }
    if change.table == "dismissal":
        # Names persons without holding them: those that are gone stay gone.
        mentioned &= present
    if change.table == "person" and change.before is not None:
        mentioned.update(change.row_ids)
    if change.table == "relation":
        mentioned.update(change.row_ids)
    for person in sorted(mentioned):
        if persons.is_decided(target, person):
            continue
        # A group that the machine formed here isn't the group with that id there.
        txn.touch(faces=persons.empty(target, person), persons=[person])
        persons.insert_as(target, person, ages.get(person) or now())
