"""Details of a person: dates of birth and death, notes, favorite, and ages."""

from __future__ import annotations

import datetime
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from facesorter.domain import PersonId, is_before
from facesorter.errors import UserError
from facesorter.library.decisions import corrections
from facesorter.library.decisions.journal import Kind
from facesorter.library.transaction import Transaction
from facesorter.storage import persons

EARLIEST = 1700
"""Earliest valid year of birth: no one photographed was born earlier."""
STORED = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Facts:
    """A person's details. Dates are "2019-05-31", or "2019-05" or "2019" if no more is known."""

    birth_date: str | None = None
    death_date: str | None = None
    notes: str | None = None
    favourite: bool = False


@dataclass(frozen=True, slots=True)
class Age:
    """A person's age."""

    years: int
    months: int
    """Total whole months, including those of the years."""
    exact: bool
    """False if only the year of birth is known; ``years`` may be one too many."""


def of(connection: sqlite3.Connection, person_id: PersonId) -> Facts:
    """Return a person's details.

    Raises:
        UserError: there is no such person.
    """
    if not persons.exists(connection, person_id):
        raise UserError("Person {person} no longer exists.", person=str(person_id))
    known = persons.traits(connection, person_id)
    return Facts(known["birth_date"], known["death_date"], known["notes"], bool(known["favourite"]))


def set_details(txn: Transaction, person_id: PersonId, facts: Facts) -> None:
    """Set all of a person's details in one decision.

    Suggestions from before the birth are unassigned too. A group that the machine formed is
    adopted ([Note: adopting] in `library.decisions.corrections`).

    Raises:
        UserError: there is no such person, or a date can't be.
    """
    before = of(txn.connection, person_id)
    wanted = Facts(
        clean_date(facts.birth_date),
        clean_date(facts.death_date),
        clean_notes(facts.notes),
        facts.favourite,
    )
    birth, death = wanted.birth_date, wanted.death_date
    if is_before(death, birth):
        raise UserError("The date of death is before the date of birth. Nothing was changed.")
    if wanted == before:
        return
    if replace(wanted, favourite=before.favourite) == before:
        set_favourites(txn, [person_id], wanted.favourite)
        return
    name = persons.name_of(txn.connection, person_id) or ""
    with txn.decision(Kind.DETAILS, (("name", name),)):
        write_facts(txn, person_id, wanted)


def update_details(txn: Transaction, person_id: PersonId, **changes: Any) -> None:
    """Update some of a person's details, by the names of `Facts`; keep the rest."""
    set_details(txn, person_id, replace(of(txn.connection, person_id), **changes))


def set_favourites(txn: Transaction, person_ids: Sequence[PersonId], favourite: bool) -> int:
    """Make persons favorites, or no longer, in one decision; return how many changed.

    Raises:
        UserError: one of them is gone.
    """
    known = {person: of(txn.connection, person) for person in person_ids}
    wanted = {
        person: replace(facts, favourite=favourite)
        for person, facts in known.items()
        if facts.favourite != favourite
    }
    about: tuple[str, str | int] = ("persons", len(wanted))
    if len(wanted) == 1:
        about = ("name", persons.name_of(txn.connection, *wanted) or "")
    with txn.decision(Kind.FAVOURITE, (about, ("favourite", int(favourite)))):
        for person, facts in wanted.items():
            write_facts(txn, person, facts)
    return len(wanted)


def write_facts(txn: Transaction, person_id: PersonId, facts: Facts) -> None:
    """Write facts, cleaned up, inside a decision."""
    shown = corrections.unconfirmed_of_group(txn, person_id)
    unborn = corrections.unassign_before_birth(txn, person_id, facts.birth_date)
    txn.update(
        "person",
        [person_id],
        {
            "birth_date": facts.birth_date,
            "death_date": facts.death_date,
            "notes": facts.notes,
            "favourite": int(facts.favourite),
        },
    )
    corrections.confirm_faces(txn, [face for face in shown if face not in unborn], person_id)


def born_later(connection: sqlite3.Connection, person_id: PersonId) -> set[PersonId]:
    """Return the persons born after a face of this one was photographed.

    They can't be this person, so they aren't offered.
    """
    births = persons.births(connection)
    if not births:
        return set()
    # "~" makes a date less precise than a day the latest that it may be.
    (first,) = connection.execute(
        "SELECT min(nullif(photo.taken_at, '') || '~') FROM face "
        "JOIN photo ON photo.id = face.photo_id WHERE face.person_id = ?",
        (person_id,),
    ).fetchone()
    return {person for person, birth in births.items() if first is not None and first < birth}


def clean_date(text: str | None) -> str | None:
    """Return a date as stored, "2019-05-31", "2019-05" or "2019"; None if it is empty.

    Raises:
        UserError: it isn't a date, is in the future, or is too long ago.
    """
    text = (text or "").strip()
    if not text:
        return None
    try:
        if not STORED.fullmatch(text):
            raise ValueError
        day = first_day(text)
    except ValueError as error:
        raise UserError(
            "{date} isn’t a valid date. Use the form 2019-05-31, 2019-05, or 2019. "
            "Nothing was changed.",
            date=text,
        ) from error
    # One day of grace for time zones ahead of this computer's clock.
    latest = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(1)
    if day.year < EARLIEST or day > latest:
        raise UserError(
            "{date} isn’t between {earliest} and today. Nothing was changed.",
            date=text,
            earliest=str(EARLIEST),
        )
    return text


def first_day(date: str) -> datetime.date:
    """Return the first day that a date as stored can mean.

    Raises:
        ValueError: it isn't a date.
    """
    return datetime.date.fromisoformat(f"{date}-01-01"[:10])


def clean_notes(text: str | None) -> str | None:
    """Return notes as stored; None if they are empty.

    Raises:
        UserError: they hold bytes that aren't text.
    """
    notes = (text or "").strip()
    try:
        notes.encode()
    except UnicodeEncodeError as error:
        raise UserError("These notes contain invalid characters. Nothing was changed.") from error
    return notes or None


def age(birth: str | None, taken_at: str, death: str | None = None) -> Age | None:
    """Return a person's age at a time; None before birth, after death, or if unknown.

    Args:
        birth: As stored. Of a month without a day, ages count from its first day.
        taken_at: As stored.
        death: As stored.
    """
    if birth is None or is_before(taken_at, birth) or is_before(death, taken_at):
        return None
    try:
        if len(taken_at) == 4 or len(birth) == 4:
            years = int(taken_at[:4]) - int(birth[:4])
            return Age(years, 12 * years, exact=False)
        # Of a month, its end: so nobody is younger than born.
        month_only = len(taken_at) == 7
        then = datetime.date.fromisoformat(f"{taken_at}-28" if month_only else taken_at[:10])
    except ValueError:
        return None
    born = first_day(birth)
    if month_only:
        born = born.replace(day=1)
    months = 12 * (then.year - born.year) + then.month - born.month - (then.day < born.day)
    return Age(months // 12, months, exact=True)
