"""Dates of birth from address books, for people of the same name."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from facesorter import names
from facesorter.domain import PersonId, is_before
from facesorter.errors import UserError
from facesorter.library.decisions import details
from facesorter.library.name_import.judging import People
from facesorter.library.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Birthday:
    """A date of birth for a person who has none yet."""

    person_id: PersonId
    name: str
    """As the person is called here."""
    date: str


@dataclass(frozen=True, slots=True)
class Birthdays:
    """What an address book says of the library's people."""

    new: tuple[Birthday, ...] = ()
    known: int = 0
    """People who have that date already."""
    kept: int = 0
    """People who have another date here, which stays."""
    unclear: int = 0
    """Names that several people have, here or there, with different dates."""


def find(connection: sqlite3.Connection, contacts: Iterable[tuple[str, str | None]]) -> Birthdays:
    """Find the people whom contacts mean, by name. Thread: any, with its own connection.

    Dates that can't be, such as one after the person's death, are left out.
    """
    dates_of: dict[str, tuple[str, set[str]]] = {}
    for name, date in contacts:
        try:
            cleaned = details.clean_date(date)
        except UserError:
            continue
        if cleaned is not None:
            dates_of.setdefault(names.fold(name), (name, set()))[1].add(cleaned)
    people = People(connection)
    new: dict[PersonId, Birthday] = {}
    known = kept = unclear = 0
    for name, dates in dates_of.values():
        namesakes = people.named(name)
        if len(namesakes) > 1 or (namesakes and len(dates) > 1):
            unclear += 1
            continue
        for person_id in namesakes:
            (date,) = dates
            facts = details.of(connection, person_id)
            if facts.birth_date is not None:
                known += facts.birth_date == date
                kept += facts.birth_date != date
            elif not is_before(facts.death_date, date):
                new.setdefault(person_id, Birthday(person_id, name, date))
    return Birthdays(tuple(new.values()), known, kept, unclear)


def give(txn: Transaction, birthdays: Sequence[Birthday]) -> int:
    """Set dates of birth, inside a decision, of people who have none now; return how many."""
    given = 0
    for each in birthdays:
        try:
            facts = details.of(txn.connection, each.person_id)
        except UserError:  # merged or undone since
            continue
        if facts.birth_date is None and not is_before(facts.death_date, each.date):
            details.write_facts(txn, each.person_id, replace(facts, birth_date=each.date))
            given += 1
    return given
