"""Relationships between persons: parent, child, sibling, partner, twin.

Two persons have at most one relationship; setting another replaces it.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from enum import StrEnum

from facesorter.domain import PersonId
from facesorter.errors import UserError
from facesorter.library.decisions import corrections
from facesorter.library.decisions.journal import Kind as DecisionKind
from facesorter.library.transaction import Transaction
from facesorter.storage import persons, relations
from facesorter.storage.relations import Relation


class Relationship(StrEnum):
    """What a relative is to a person."""

    PARENT = "parent"
    CHILD = "child"
    SIBLING = "sibling"
    TWIN = "twin"
    PARTNER = "partner"


ALIKE = (Relationship.SIBLING, Relationship.TWIN)
"""Relatives so similar that a suggestion needs a clear margin."""


@dataclass(frozen=True, slots=True)
class Relative:
    """A relative and their relationship to a person."""

    relationship: Relationship
    person_id: PersonId
    name: str | None


def of(connection: sqlite3.Connection, person_id: PersonId) -> list[Relative]:
    """Return a person's relatives: parents, siblings and twins, partners, children."""
    found = []
    for a, b, kind in relations.of(connection, person_id):
        relationship = (
            Relationship.CHILD
            if kind == Relationship.PARENT and a == person_id
            else Relationship(kind)
        )
        other = b if a == person_id else a
        found.append(Relative(relationship, other, persons.name_of(connection, other)))
    order = (
        Relationship.PARENT,
        Relationship.TWIN,
        Relationship.SIBLING,
        Relationship.PARTNER,
        Relationship.CHILD,
    )
    return sorted(
        found, key=lambda each: (order.index(each.relationship), each.name or "", each.person_id)
    )


def relate(
    txn: Transaction, person_id: PersonId, relationship: Relationship, other_id: PersonId
) -> None:
    """Make the second person the first one's parent, child, sibling, twin, or partner.

    Adopts groups that the machine formed, see [Note: adopting] in
    `library.decisions.corrections`.

    Raises:
        UserError: one of them doesn't exist, they are the same, or a person would be their own
            ancestor.
    """
    for each in (person_id, other_id):
        if not persons.exists(txn.connection, each):
            raise UserError(
                "Person {person} no longer exists. Nothing was changed.", person=str(each)
            )
    if person_id == other_id:
        raise UserError("A person can’t be related to themselves. Nothing was changed.")
    wanted = _relation(person_id, relationship, other_id)
    if relationship in (Relationship.PARENT, Relationship.CHILD) and wanted.a in _descendants(
        txn.connection, wanted.b
    ):
        raise UserError("That would make someone their own ancestor. Nothing was changed.")
    old = _between(txn.connection, person_id, other_id)
    if old == [wanted]:
        return
    with txn.decision(DecisionKind.RELATE, _args(txn, person_id, other_id, relationship.value)):
        for each in (person_id, other_id):
            corrections.confirm_faces(txn, corrections.unconfirmed_of_group(txn, each), each)
        for relation in old:
            txn.unrelate(relation)
        txn.relate(wanted)


def unrelate(txn: Transaction, person_id: PersonId, other_id: PersonId) -> None:
    """Remove the relationship of two persons."""
    with txn.decision(DecisionKind.RELATE, _args(txn, person_id, other_id, "")):
        for relation in _between(txn.connection, person_id, other_id):
            txn.unrelate(relation)


def look_alikes(connection: sqlite3.Connection) -> list[tuple[PersonId, PersonId]]:
    """Return pairs of siblings and twins, each once."""
    found = relations.of_kind(connection, *(relationship.value for relationship in ALIKE))
    return sorted({(relation.a, relation.b) for relation in found})


def _relation(person_id: PersonId, relationship: Relationship, other_id: PersonId) -> Relation:
    if relationship is Relationship.PARENT:
        return Relation(other_id, person_id, Relationship.PARENT.value)
    if relationship is Relationship.CHILD:
        return Relation(person_id, other_id, Relationship.PARENT.value)
    return Relation(min(person_id, other_id), max(person_id, other_id), relationship.value)


def _between(connection: sqlite3.Connection, one: PersonId, other: PersonId) -> list[Relation]:
    return [each for each in relations.of(connection, one) if other in each[:2]]


def _descendants(connection: sqlite3.Connection, person_id: PersonId) -> set[PersonId]:
    children: dict[PersonId, list[PersonId]] = {}
    for parent, child, _ in relations.of_kind(connection, Relationship.PARENT.value):
        children.setdefault(parent, []).append(child)
    found: set[PersonId] = set()
    waiting = [person_id]
    while waiting:
        for child in children.get(waiting.pop(), []):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found


def _args(
    txn: Transaction, person_id: PersonId, other_id: PersonId, relationship: str
) -> tuple[tuple[str, str | int], ...]:
    names = (persons.name_of(txn.connection, each) or "" for each in (person_id, other_id))
    return (*zip(("name", "other"), names, strict=True), ("kin", relationship))
