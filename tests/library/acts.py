"""Random sequences of decisions, what each must leave behind, and states to compare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest

from facesorter.domain import FaceId, PhotoId, Region
from facesorter.errors import UserError
from facesorter.exchange import dump
from facesorter.exchange.names import ImportedRegion, PhotoNames, Source
from facesorter.faces.analyzer import FoundFace
from facesorter.library import dumps, grouping, outliers, review
from facesorter.library.decisions import (
    boxes,
    collages,
    corrections,
    dates,
    descriptions,
    details,
    duplicates,
    journal,
    labels,
    places,
    relationships,
    rotation,
    stacks,
    unnamed,
)
from facesorter.library.name_import import applying, birthdays, importing
from facesorter.library.name_import.judging import Conflict
from facesorter.names import fold
from facesorter.storage import embeddings, imported_names, mixed
from facesorter.storage import faces as face_rows
from tests.library.made import Bench
from tests.support import photo_order

NAMES = ("Anna", "anna", "Øyvind", "ØYVIND", "Мария", "мария", "李雷", "")
DECISIONS = (
    "name",
    "merge",
    "split",
    "split_person",
    "assign",
    "confirm",
    "reject",
    "ignore",
    "restore",
    "cover",
    "hide",
    "confirm_and_reject",
    "strangers",
    "apart",
    "unsure",
    "facts",
    "favourite",
    "relate",
    "unrelate",
    "draw",
    "redraw",
    "tag",
    "untag",
    "star",
    "repeats",
    "place",
    "turn",
    "stack",
    "unstack",
    "on_top",
    "rate",
    "describe",
    "load",
    "keep",
    "tell_apart",
    "date",
    "album",
    "take_out",
    "smart",
    "rename_label",
    "delete_label",
    "without",
    "one",
    "sure",
    "bring_in",
)
THERE = "(origin != 'drawn' OR state != 'ignored')"
"""A box that was drawn and taken back stays as a row that nothing shows."""
LABELS = ("Beach", "beach", "Ёлка", "2019", "Anna")
DATES = ("", "2011", "2014-03-01", "2016-07-15", "2019", "2030", "2014-02-30")
GIVEN = (
    *("1956", None, "2014-07", "2015-02-01"),
    *("2019-06-12T15:30:00", "2019-06-12T12:30:00", "2019-06-12T17:00:00"),
)
NOTES = ("", "plays the cello", "spielt Bratsche\nund Geige")
OTHERS = ("undo", "redo", "refresh", "full", "propose", "part", "shuffle", "race")


LABEL_TABLES = {
    "tag": "id, name, created_at",
    "album": "id, name, search, created_at",
    "photo_tag": "tag_id, photo_id",
    "person_tag": "tag_id, person_id",
    "album_photo": "album_id, photo_id",
    "photo": "id, favourite",
}


class Act(NamedTuple):
    """One step; the numbers choose among what there is when it is done."""

    kind: str
    a: int = 0
    b: int = 0
    many: tuple[int, ...] = ()


class State(NamedTuple):
    """What a user would call the library's state."""

    persons: dict[int, tuple[Any, ...]]
    faces: dict[int, tuple[str, int | None]]
    rejections: frozenset[tuple[int, int]]
    dismissals: frozenset[tuple[int, str, int]] = frozenset()
    relations: frozenset[tuple[int, int, str]] = frozenset()
    labels: frozenset[tuple[Any, ...]] = frozenset()
    """Tags, albums, what they hold, and favourites."""


def exact(bench: Bench) -> State:
    """Everything that decisions may alter, and the machine's suggestions."""
    return State(
        {
            row[0]: tuple(row[1:])
            for row in bench.all(
                "SELECT id, name, cover_face_id, hidden, birth_date, death_date, notes, "
                "favourite, created_at FROM person"
            )
        },
        {
            row[0]: (row[1], row[2])
            for row in bench.all(f"SELECT id, state, person_id FROM face WHERE {THERE}")
        },
        frozenset(bench.all("SELECT face_id, person_id FROM rejection")),
        frozenset(bench.all("SELECT face_id, kind, person_id FROM dismissal")),
        frozenset(bench.all("SELECT a, b, kind FROM relation")),
        frozenset(
            (table, *row)
            for table, columns in LABEL_TABLES.items()
            for row in bench.all(f"SELECT {columns} FROM {table}")
            if table != "photo" or row[1]
        )
        | {("repeats", row[0]) for row in bench.all("SELECT id FROM photo WHERE repeats = 1")}
        | {("turn", *row) for row in bench.all("SELECT id, turn FROM photo WHERE turn > 0")}
        | {
            ("stack", *row)
            for row in bench.all("SELECT id, given_stack FROM photo WHERE given_stack IS NOT NULL")
        }
        | {("top", row[0]) for row in bench.all("SELECT id FROM photo WHERE given_top = 1")}
        | {("apart", *row) for row in bench.all("SELECT photo_id, other_id FROM not_duplicate")}
        | {
            ("described", *row)
            for row in bench.all(
                "SELECT id, rating, title, caption FROM photo "
                "WHERE coalesce(rating, title, caption) IS NOT NULL"
            )
        }
        | {
            ("place", *row)
            for row in bench.all(
                "SELECT id, given_place, given_latitude, given_longitude FROM photo "
                "WHERE given_place IS NOT NULL"
            )
        }
        | {
            ("given", *row)
            for row in bench.all("SELECT id, given_date FROM photo WHERE given_date IS NOT NULL")
        },
    )


def decided(bench: Bench) -> State:
    """The same without the machine's part: suggestions, and groups that nobody decided about."""
    state = exact(bench)
    faces = {
        face: entry if entry[0] in ("confirmed", "ignored") else ("undecided", None)
        for face, entry in state.faces.items()
    }
    held = {person for _, person in faces.values()} | {person for _, person in state.rejections}
    held |= {person for *_, person in state.dismissals}
    held |= {row[2] for row in state.labels if row[0] == "person_tag"}
    held |= {person for relation in state.relations for person in relation[:2]}
    persons = {
        person: row for person, row in state.persons.items() if person in held or any(row[:7])
    }
    return State(persons, faces, state.rejections, state.dismissals, state.relations, state.labels)


class Player:
    """Plays acts on a library and checks after each that it did what it says, and no more."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.refreshed = False
        self.pending: grouping.Applying | None = None

    def play(self, acts: Sequence[Act]) -> None:
        for act in acts:
            self.one(act)
            self.check_always()

    def one(self, act: Act) -> None:
        if act.kind in ("refresh", "full"):
            self.machine(lambda: self.bench.refresh(full=act.kind == "full", part=1 + act.a % 40))
        elif act.kind == "propose":
            state = grouping.state_of(self.bench.connection)
            proposal = grouping.propose(self.bench.connection)
            self.pending = grouping.Applying(proposal, state) if proposal else None
        elif act.kind == "part":
            self.machine(lambda: self.write_part(1 + act.a % 12))
        elif act.kind == "shuffle":
            self.machine(lambda: self.shuffle(act))
        elif act.kind == "race":
            self.race(act)
        elif act.kind == "undo":
            assert self.bench.do(journal.undo).skipped == 0
        elif act.kind == "redo":
            assert self.bench.do(journal.redo).skipped == 0
        else:
            getattr(self, f"do_{act.kind}")(act)

    def write_part(self, count: int) -> None:
        if self.pending is not None:
            self.pending = self.bench.do(grouping.apply, self.pending, count)
            if self.pending.finished:
                self.pending = None

    def shuffle(self, act: Act) -> None:
        """Suggestions as any refresh might leave them: everywhere but where they were rejected."""
        state = exact(self.bench)
        with self.bench.database.atomic():
            for face in self.some(act):
                person = self.person(act.a + face) if (act.b + face) % 4 else None
                if (face, person) not in state.rejections and not self.unborn(face, person):
                    face_rows.set_suggestion(self.bench.connection, face, person, 0.5)

    def unborn(self, face: int, person: int | None) -> bool:
        """Whether a face was photographed before a person's birth."""
        born = person and self.bench.column("SELECT birth_date FROM person WHERE id = ?", person)
        query = "SELECT taken_at FROM photo JOIN face ON face.photo_id = photo.id WHERE face.id = ?"
        return bool(born and born[0] and self.bench.one(query, face) < born[0])

    def race(self, act: Act) -> None:
        """The user decides against a proposal that is already on its way."""
        self.one(Act("shuffle", act.a, act.b, act.many))
        self.one(Act("propose"))
        if self.pending is None:
            return
        wanted = dict(
            zip(
                self.pending.proposal.face_ids.tolist(),
                self.pending.proposal.person.tolist(),
                strict=True,
            )
        )
        there = set(self.bench.column("SELECT id FROM person"))
        for place, face in enumerate(self.some(act)):
            person = wanted.get(face, -1)
            if person not in there:
                continue
            kind = (act.b + place) % 3
            if kind == 0:
                self.bench.do(corrections.reject, person, [face])
            elif kind == 1:
                self.bench.do(corrections.ignore, [face])
            else:
                other = self.person(act.a)
                if other != person:
                    self.bench.do(corrections.merge, other, [person])
                    there.discard(person)
            self.check_always()
            self.machine(lambda: self.write_part(5))
            self.check_always()
            if self.pending is None:
                return

    def machine(self, work: Callable[[], Any]) -> None:
        """The machine may not touch what the user said."""
        before = decided(self.bench)
        work()
        self.refreshed = True
        assert decided(self.bench) == before

    def check_always(self) -> None:
        bench = self.bench
        assert not bench.all(
            "SELECT face.id FROM face JOIN rejection ON rejection.face_id = face.id "
            "AND rejection.person_id = face.person_id"
        ), "a rejected face is back"
        assert not bench.all(
            "SELECT id FROM face WHERE state = 'ignored' AND person_id IS NOT NULL"
        )
        assert not bench.all("PRAGMA foreign_key_check")
        assert not bench.all(
            "SELECT face.id FROM face JOIN person ON person.id = face.person_id "
            "JOIN photo ON photo.id = face.photo_id "
            "WHERE face.state = 'suggested' AND photo.taken_at < person.birth_date"
        ), "somebody is suggested before their birth"
        pairs = [frozenset(row) for row in bench.all("SELECT a, b FROM relation")]
        assert len(pairs) == len(set(pairs)), "two persons are two things to each other"
        assert not bench.all(
            "SELECT person.id FROM person LEFT JOIN face ON face.id = person.cover_face_id "
            "WHERE cover_face_id IS NOT NULL AND face.person_id IS NOT person.id"
        ), "a cover is not the person's face"
        photo_order.check(bench.connection)

    # What there is to choose from

    def person(self, number: int) -> int:
        there = self.bench.column("SELECT id FROM person ORDER BY id")
        return there[number % len(there)] if there else 0

    def face(self, number: int) -> int:
        there = self.bench.column(f"SELECT id FROM face WHERE {THERE} ORDER BY id")
        return there[number % len(there)]

    def photos(self, act: Act) -> list[int]:
        there = self.bench.column("SELECT id FROM photo ORDER BY id")
        return list(dict.fromkeys(there[number % len(there)] for number in act.many))

    def label(self, table: str, number: int) -> int:
        there = self.bench.column(f"SELECT id FROM {table} ORDER BY id")
        return there[number % len(there)] if there else 0

    def some(self, act: Act, person: int | None = None) -> list[int]:
        """Faces of a person where it has any and the act says so, else any faces."""
        if person is not None and act.b % 3:
            own = self.bench.column("SELECT id FROM face WHERE person_id = ? ORDER BY id", person)
            if own:
                return list(dict.fromkeys(own[number % len(own)] for number in act.many))
        return list(dict.fromkeys(self.face(number) for number in act.many))

    def face_states(self, faces: Sequence[int]) -> set[tuple[str, int | None]]:
        state = exact(self.bench)
        return {state.faces.get(face, ("ignored", None)) for face in faces}

    # The decisions, and what each must have done

    def do_name(self, act: Act) -> None:
        person, name = self.person(act.a), NAMES[act.b % len(NAMES)]
        allow = act.a % 2 == 0
        before = exact(self.bench)
        taken = [
            other
            for other, row in before.persons.items()
            if row[0] and row[0].casefold() == name.casefold() and other != person
        ]
        same = (before.persons[person][0] or "") == name
        try:
            self.bench.do(corrections.name, person, name, allow_same=allow)
        except corrections.SameName as error:
            assert taken and not allow and error.person_id == taken[0]
            assert exact(self.bench) == before
            return
        assert same or not taken or allow
        after = exact(self.bench)
        assert (after.persons[person][0] or "") == name
        if name and before.persons[person][0] is None and not same:
            shown = [face for face, (_, who) in before.faces.items() if who == person]
            owned = any(before.faces[face][0] == "confirmed" for face in shown)
            assert owned or all(after.faces[face] == ("confirmed", person) for face in shown)

    def do_without(self, act: Act) -> None:
        """A group is named, hidden or merged into somebody, but for marked faces."""
        person = self.person(act.a)
        own = self.bench.column("SELECT id FROM face WHERE person_id = ? ORDER BY id", person)
        wrong = list(dict.fromkeys(own[number % len(own)] for number in act.many)) if own else []
        target = self.person(act.b)
        if act.b % 3 == 0:
            self.bench.do(corrections.hide, person, True, wrong)
        elif act.b % 3 == 1:
            name = NAMES[act.a % len(NAMES)] or "Zoë"
            self.bench.do(corrections.name, person, name, allow_same=True, without=wrong)
            if self.bench.one("SELECT count(*) FROM rejection WHERE person_id = ?", person) == 0:
                return  # it had that name already
        elif person != target:
            self.bench.do(corrections.merge, target, [person], wrong)
            person = target
        else:
            return
        after = exact(self.bench)
        for face in wrong:
            if (face, person) in after.rejections:
                assert after.faces[face] == ("unknown", None)
            else:
                # The person had that name already, so that nothing was decided.
                assert act.b % 3 == 1

    def do_one(self, act: Act) -> None:
        person = self.person(act.a)
        own = self.bench.column("SELECT id FROM face WHERE person_id = ? ORDER BY id", person)
        part = own[: max(review.LEAST_WORTH_NAMING, len(own) // 2)]
        with self.bench.database.atomic():
            mixed.put(self.bench.connection, [mixed.MixedLook(person, len(own), 0.1, tuple(part))])
        asked = [
            question
            for question in review.questions_open(self.bench.connection)
            if question.kind is review.Kind.MIXED and question.person_id == person
        ]
        for question in asked:
            before = exact(self.bench)
            self.bench.do(review.one_person, review.card(self.bench.connection, question))
            after = exact(self.bench)
            assert after._replace(dismissals=before.dismissals) == before
            left = {each.key for each in review.questions_open(self.bench.connection)}
            assert question.key not in left

    def do_sure(self, act: Act) -> None:
        person = self.person(act.a)
        faces = self.some(act, person)
        before = exact(self.bench)
        self.bench.do(outliers.mark_correct, person, faces)
        after = exact(self.bench)
        assert after._replace(dismissals=before.dismissals) == before
        assert {(face, "doubt", person) for face in faces} <= after.dismissals

    def do_facts(self, act: Act) -> None:
        person = self.person(act.a)
        numbers = (*act.many, act.b, act.b // 3, act.a)
        birth, death = (DATES[number % len(DATES)] for number in numbers[:2])
        facts = details.Facts(birth, death, NOTES[numbers[2] % len(NOTES)], bool(act.b % 2))
        before = exact(self.bench)
        try:
            self.bench.do(details.set_details, person, facts)
        except UserError:
            assert exact(self.bench) == before
            bad = {"2030", "2014-02-30"} & {birth, death}
            assert bad or death < birth
            return
        found = details.of(self.bench.connection, person)
        assert found == details.Facts(
            birth or None, death or None, facts.notes or None, facts.favourite
        )
        own = {face: entry[0] for face, entry in before.faces.items() if entry[1] == person}
        after = exact(self.bench)
        for face, state in own.items():
            if state == "confirmed" or not self.unborn(face, person):
                assert after.faces[face][1] == person
            else:
                assert after.faces[face] == ("unknown", None)

    def do_favourite(self, act: Act) -> None:
        person = self.person(act.a)
        self.bench.do(details.set_favourites, [person], bool(act.b % 2))
        assert exact(self.bench).persons[person][6] == act.b % 2

    def do_relate(self, act: Act) -> None:
        person, other = self.person(act.a), self.person(act.b)
        relationship = list(relationships.Relationship)[
            sum(act.many) % len(relationships.Relationship)
        ]
        before = exact(self.bench)
        try:
            self.bench.do(relationships.relate, person, relationship, other)
        except UserError:
            assert person == other or relationship in (
                relationships.Relationship.PARENT,
                relationships.Relationship.CHILD,
            )
            assert exact(self.bench) == before
            return
        found = {
            each.person_id: each.relationship
            for each in relationships.of(self.bench.connection, person)
        }
        assert found[other] == relationship
        back = {
            each.person_id: each.relationship
            for each in relationships.of(self.bench.connection, other)
        }
        turned = {
            relationships.Relationship.PARENT: relationships.Relationship.CHILD,
            relationships.Relationship.CHILD: relationships.Relationship.PARENT,
        }
        assert back[person] == turned.get(relationship, relationship)

    def do_unrelate(self, act: Act) -> None:
        related = sorted(exact(self.bench).relations)
        if related:
            person, other, _ = related[act.a % len(related)]
            self.bench.do(relationships.unrelate, other, person)
            assert not relationships.of(self.bench.connection, person) or all(
                each.person_id != other for each in relationships.of(self.bench.connection, person)
            )

    def do_merge(self, act: Act) -> None:
        target = self.person(act.a)
        others = [p for p in dict.fromkeys(map(self.person, act.many)) if p != target]
        before = exact(self.bench)
        given = (
            f"Several {NAMES[act.b % len(NAMES)]}".strip() if act.b % 3 == 0 and others else None
        )
        if given in {row[0] for row in before.persons.values()}:
            given = None
        self.bench.do(corrections.merge, target, others, name=given)
        after = exact(self.bench)
        assert not after.persons.keys() & set(others)
        everyone = (target, *others)
        for kept in (row[5] for p, row in before.persons.items() if p in everyone and row[5]):
            assert kept in after.persons[target][5]
        assert after.persons[target][6] == max(before.persons[p][6] for p in everyone)
        assert not {p for relation in after.relations for p in relation[:2]} & set(others)
        names = [before.persons[p][0] for p in (target, *others)]
        assert after.persons[target][0] == (given or next(filter(None, names), None))
        for face, (state, person) in before.faces.items():
            if state == "confirmed" and person in (target, *others):
                assert after.faces[face] == ("confirmed", target)
        confirmed = {f for f, entry in after.faces.items() if entry[0] == "confirmed"}
        for face, person in before.rejections:
            if person in (target, *others) and face not in confirmed:
                assert (face, target) in after.rejections
        assert all(person not in others for _, person in after.rejections)

    def do_split(self, act: Act) -> None:
        faces = self.some(act, self.person(act.a))
        if not faces:
            return
        before = exact(self.bench)
        person = self.bench.do(corrections.move_to_new_person, faces)
        assert person not in before.persons
        assert self.face_states(faces) == {("confirmed", person)}

    def do_split_person(self, act: Act) -> None:
        person = self.person(act.a)
        before = exact(self.bench)
        own = [face for face, (_, who) in sorted(before.faces.items()) if who == person]
        parts: list[list[int]] = [[] for _ in range(2 + act.a % 2)]
        for number, face in enumerate(own):
            parts[(number * (1 + act.b) + sum(act.many[:1])) % len(parts)].append(face)
        names = [NAMES[(act.b + at) % len(NAMES)] if act.b % 2 else None for at in range(3)]
        given = [
            corrections.Part(tuple(part), name) for part, name in zip(parts, names, strict=False)
        ]
        try:
            owners = self.bench.do(corrections.split_person, person, given)
        except UserError:
            together = {
                (name or "").casefold() or at for at, name in enumerate(names) if parts[at:]
            }
            assert sum(map(bool, parts)) < 2 or len(together) < len(parts)
            assert exact(self.bench) == before
            return
        assert len(owners) == len(set(owners)) >= 2
        after = exact(self.bench)
        for face in own:
            now = after.faces[face]
            assert now[1] in owners and (now[1] == person or now[0] == "confirmed")
            assert now[1] == person or (face, person) in after.rejections
        for part in parts:
            assert len({after.faces[face][1] for face in part}) <= 1

    def do_assign(self, act: Act) -> None:
        person = self.person(act.a)
        faces = self.some(act)
        self.bench.do(corrections.assign, person, faces)
        assert self.face_states(faces) <= {("confirmed", person)}

    def do_confirm(self, act: Act) -> None:
        person = self.person(act.a)
        faces = self.some(act, person)
        self.bench.do(corrections.confirm, person, faces)
        assert self.face_states(faces) <= {("confirmed", person)}

    def do_reject(self, act: Act) -> None:
        person = self.person(act.a)
        faces = self.some(act, person)
        before = exact(self.bench)
        self.bench.do(corrections.reject, person, faces)
        after = exact(self.bench)
        for face in faces:
            assert (face, person) in after.rejections
            if before.faces[face][1] == person:
                assert after.faces[face] == ("unknown", None)
            else:
                assert after.faces[face] == before.faces[face]

    def do_ignore(self, act: Act) -> None:
        faces = self.some(act, self.person(act.a))
        self.bench.do(corrections.ignore, faces)
        assert self.face_states(faces) <= {("ignored", None)}

    def do_restore(self, act: Act) -> None:
        ignored = self.bench.column(f"SELECT id FROM face WHERE state = 'ignored' AND {THERE}")
        faces = sorted(ignored)[: 1 + act.b % 4] + self.some(act)
        before = exact(self.bench)
        self.bench.do(corrections.restore, faces)
        after = exact(self.bench)
        for face in faces:
            was = before.faces[face]
            assert after.faces[face] == (("unknown", None) if was[0] == "ignored" else was)

    def do_cover(self, act: Act) -> None:
        person = self.person(act.a)
        own = self.bench.column("SELECT id FROM face WHERE person_id = ? ORDER BY id", person)
        if own:
            face = own[act.b % len(own)]
            self.bench.do(corrections.set_cover, person, face)
            assert exact(self.bench).persons[person][1] == face

    def do_hide(self, act: Act) -> None:
        person = self.person(act.a)
        self.bench.do(corrections.hide, person, bool(act.b % 2))
        assert exact(self.bench).persons[person][2] == act.b % 2

    def do_confirm_and_reject(self, act: Act) -> None:
        person = self.person(act.a)
        faces = self.some(act, person)
        yes, no = faces[::2], faces[1::2]
        self.bench.do(corrections.confirm_and_reject, person, yes, no)
        after = exact(self.bench)
        assert self.face_states(yes) <= {("confirmed", person)}
        assert {(face, person) for face in no} <= after.rejections
        assert all(after.faces[face][1] != person for face in no)

    def do_strangers(self, act: Act) -> None:
        photo = self.bench.one("SELECT photo_id FROM face WHERE id = ?", self.face(act.a))
        found = unnamed.in_photo(self.bench.connection, photo)
        if act.b % 3 == 0:
            found = unnamed.below(self.bench.connection, 1 + act.b % 5)
        before = exact(self.bench)
        self.bench.do(unnamed.hide, found)
        after = exact(self.bench)
        assert all(after.persons[person][2] == 1 for person in found.person_ids)
        for face, entry in before.faces.items():
            if entry[0] == "confirmed":
                assert after.faces[face] == entry
        assert all(after.faces[f][0] in ("confirmed", "ignored") for f in found.face_ids)

    def do_apart(self, act: Act) -> None:
        person, other = self.person(act.a), self.person(act.b)
        if person == other:
            return
        question = review.Question(review.Kind.SAME, person, other)
        shown = review.card(self.bench.connection, question)
        self.bench.do(review.mark_different, shown)
        if shown.faces and shown.others:
            after = exact(self.bench).dismissals
            assert (shown.faces[0], "same", other) in after
            assert (shown.others[0], "same", person) in after

    def do_unsure(self, act: Act) -> None:
        waiting = review.questions_open(self.bench.connection)
        if not waiting:
            return
        question = waiting[act.a % len(waiting)]
        before = exact(self.bench)
        self.bench.do(review.unsure, review.card(self.bench.connection, question))
        after = exact(self.bench)
        assert after._replace(dismissals=frozenset()) == before._replace(dismissals=frozenset())
        left = {each.key for each in review.questions_open(self.bench.connection)}
        assert question.key not in left

    def do_bring_in(self, act: Act) -> None:
        """Names of another program, some of faces that the user decided about."""
        bench, before = self.bench, exact(self.bench)
        names = [name for name in NAMES if name]
        rows, wanted = [], {}
        for place, face_id in enumerate(self.some(act)):
            (face,) = face_rows.by_ids(bench.connection, [face_id])
            name = names[(act.a + place) % len(names)]
            box = face.region
            region = ImportedRegion(name, box.x, box.y, box.w, box.h, Source.MWG)
            rows += importing.rows_of(face.photo_id, PhotoNames((region,)))
            wanted[face_id] = name
        theirs = [list(Conflict)[act.b % len(Conflict)]] if act.b % 2 else []
        dates = [(name, DATES[(act.a + act.b + n) % len(DATES)]) for n, name in enumerate(names)]
        births = birthdays.find(bench.connection, [each for each in dates if act.b % 3])
        made = bench.do(
            importing.use, importing.Gathered(tuple(rows)), "files", theirs, 0, births.new
        )
        dated = {each.person_id: each.date for each in births.new}
        used = exact(bench)
        for person, row in used.persons.items():
            had = before.persons[person][3] if person in before.persons else None
            assert row[3] == (had or dated.get(person)), "only who has no date gets one"
        waiting = imported_names.photos_to_place(bench.connection, 100)
        assert waiting or not rows
        named = bench.do(applying.apply, applying.judge(bench.connection, waiting), {})
        after = exact(bench)
        assert not imported_names.photos_to_place(bench.connection, 100)
        differ = {face for face in after.faces if after.faces[face] != used.faces[face]}
        assert len(differ) <= named + len(wanted)
        for face_id, (state, person) in used.faces.items():
            now = after.faces[face_id]
            if now != (state, person) and face_id in wanted:
                assert now[0] == "confirmed"
                assert fold(after.persons[now[1] or 0][0]) == fold(wanted[face_id])
            if now != (state, person) and state in ("confirmed", "ignored"):
                # Only what an import before said may be said otherwise, or be taken back.
                there = imported_names.earlier(bench.connection, made, self.photo_of(face_id))
                assert theirs or [g for _, g in there if g.face_id == face_id]

    def photo_of(self, face: int) -> list[int]:
        return self.bench.column("SELECT photo_id FROM face WHERE id = ?", face)

    def seen(self, act: Act, like: int) -> FoundFace:
        """A face that looks like another, at a place of its own."""
        (old,) = face_rows.by_ids(self.bench.connection, [like])
        (vector,) = embeddings.several(self.bench.connection, [like]).values()
        # Many places that overlap neither each other nor what `fill` makes.
        region = Region(0.02 * (act.b % 50), 0.9 - 0.03 * (act.a % 10), 0.015, 0.02)
        return FoundFace(region, np.array(old.landmarks, np.float32), 0.7, 0.6, vector)

    def taken(self, photo: int, region: Region, own: int = 0) -> bool:
        there = face_rows.of_photo(self.bench.connection, photo)
        return any(
            f.region.overlap(region) > 0.5 and f.state != "ignored" and f.id != own for f in there
        )

    def do_draw(self, act: Act) -> None:
        like = self.face(act.a)
        (photo,) = self.bench.column("SELECT photo_id FROM face WHERE id = ?", like)
        seen, name = self.seen(act, like), NAMES[act.b % len(NAMES)]
        before = exact(self.bench)
        pack = f"made-{len(seen.embedding)}"
        try:
            made = self.bench.do(boxes.draw, photo, seen, pack, name=name)
        except UserError:
            alike = [r for r in before.persons.values() if (r[0] or "").lower() == name.lower()]
            assert self.taken(photo, seen.region) or len(alike) > 1
            assert exact(self.bench) == before
            return
        state, person = exact(self.bench).faces[made]
        assert state == ("confirmed" if name else "unknown")
        assert not name or exact(self.bench).persons[person or 0][0].lower() == name.lower()

    def do_redraw(self, act: Act) -> None:
        shown = self.bench.column("SELECT id FROM face WHERE state != 'ignored' ORDER BY id")
        if not shown:
            return
        face = shown[act.a % len(shown)]
        (old,) = face_rows.by_ids(self.bench.connection, [face])
        seen = self.seen(act, face)
        before = exact(self.bench)
        try:
            made = self.bench.do(boxes.redraw, face, seen, f"made-{len(seen.embedding)}")
        except UserError:
            assert self.taken(old.photo_id, seen.region, face)
            assert exact(self.bench) == before
            return
        after = exact(self.bench)
        assert after.faces[made] == before.faces[face]
        assert after.faces.get(face, ("ignored", None)) == ("ignored", None)
        assert face_rows.by_ids(self.bench.connection, [made])[0].region == seen.region
        for rejected, person in before.rejections:
            assert rejected != face or (made, person) in after.rejections
        covers = [p for p, row in before.persons.items() if row[1] == face]
        assert [p for p, row in after.persons.items() if row[1] == made] == covers

    def do_tag(self, act: Act) -> None:
        photos = self.photos(act)
        people = [self.person(act.b)] if act.b % 3 == 0 and self.person(act.b) else []
        before = exact(self.bench)
        tag = self.bench.do(labels.add_tag, LABELS[act.a % len(LABELS)], photos, people)
        after = exact(self.bench)
        assert {("photo_tag", tag, photo) for photo in photos} <= after.labels
        assert {("person_tag", tag, person) for person in people} <= after.labels
        assert before.labels <= after.labels

    def do_untag(self, act: Act) -> None:
        tag, photos = self.label("tag", act.a), self.photos(act)
        if tag:
            before = exact(self.bench)
            self.bench.do(labels.remove_tag, tag, photos, [self.person(act.b)])
            gone = {("photo_tag", tag, photo) for photo in photos}
            gone.add(("person_tag", tag, self.person(act.b)))
            assert exact(self.bench) == before._replace(labels=before.labels - gone)

    def do_star(self, act: Act) -> None:
        photos = self.photos(act)
        before = exact(self.bench)
        self.bench.do(labels.set_favourite, photos, bool(act.a % 3))
        starred = {("photo", photo, 1) for photo in photos}
        wanted = before.labels | starred if act.a % 3 else before.labels - starred
        assert exact(self.bench) == before._replace(labels=wanted)

    def do_repeats(self, act: Act) -> None:
        photos = self.photos(act)
        before = exact(self.bench)
        self.bench.do(collages.set_collage, photos, bool(act.a % 3))
        marked = {("repeats", photo) for photo in photos}
        wanted = before.labels | marked if act.a % 3 else before.labels - marked
        assert exact(self.bench) == before._replace(labels=wanted)

    def do_place(self, act: Act) -> None:
        photos = self.photos(act)
        before = exact(self.bench)
        match act.b % 5:
            case 0:
                self.bench.do(places.clear_place, photos)
                expected: tuple[object, ...] | None = None
            case 1:
                self.bench.do(places.set_nowhere, photos)
                expected = (0, None, None)
            case _:
                # Rome, New York, and a point in the middle of the Atlantic.
                there = ((41.89193, 12.51133), (40.71427, -74.00597), (0.0, -30.0))[act.b % 3]
                self.bench.do(places.set_place, photos, *there)
                expected = ((3169070, 5128581, 0)[act.b % 3], *there)
        kept = {row for row in before.labels if row[0] != "place" or row[1] not in photos}
        now = set() if expected is None else {("place", photo, *expected) for photo in photos}
        assert exact(self.bench) == before._replace(labels=frozenset(kept | now))

    def do_turn(self, act: Act) -> None:
        photos, degrees = self.photos(act), 90 * (act.a % 4)
        before = exact(self.bench)
        old = {row[1]: row[2] for row in before.labels if row[0] == "turn"}
        if degrees:
            self.bench.do(rotation.rotate, photos, degrees)
            new = {each: (old.get(each, 0) + degrees) % 360 for each in photos}
        else:
            self.bench.do(rotation.reset, photos)
            new = dict.fromkeys(photos, 0)
        gone = {("turn", photo, old[photo]) for photo in photos if photo in old}
        turned = {("turn", photo, now) for photo, now in new.items() if now}
        assert exact(self.bench) == before._replace(labels=(before.labels - gone) | turned)

    def do_stack(self, act: Act) -> None:
        photos = set(self.photos(act))
        before = exact(self.bench)
        number = {row[1]: row[2] for row in before.labels if row[0] == "stack" and row[2]}
        mates = {number[each] for each in photos if each in number}
        whole = photos | {each for each, stack in number.items() if stack in mates}
        if len(whole) < 2:
            with pytest.raises(UserError):
                self.bench.do(stacks.stack, sorted(photos))
            assert exact(self.bench) == before
            return
        self.bench.do(stacks.stack, sorted(photos))
        after = exact(self.bench)
        new = {row[1]: row[2] for row in after.labels if row[0] == "stack"}
        (made,) = {new[each] for each in whole}
        assert {each for each, stack in new.items() if stack == made} == whole
        assert sum(("top", each) in after.labels for each in whole) == 1
        about = {("stack", each, n) for each, n in (*number.items(), *new.items())}
        about |= {("stack", each, 0) for each in whole} | {("top", each) for each in whole}
        assert after._replace(labels=after.labels - about) == before._replace(
            labels=before.labels - about
        )

    def do_unstack(self, act: Act) -> None:
        photos = self.photos(act)
        before = exact(self.bench)
        self.bench.do(stacks.unstack, photos)
        kept = {r for r in before.labels if r[0] not in ("stack", "top") or r[1] not in photos}
        alone = {("stack", each, 0) for each in photos}
        assert exact(self.bench) == before._replace(labels=frozenset(kept | alone))

    def do_on_top(self, act: Act) -> None:
        before = exact(self.bench)
        stacked = sorted(row[1:] for row in before.labels if row[0] == "stack" and row[2])
        if not stacked:
            return
        photo, number = stacked[act.a % len(stacked)]
        mates = {each for each, stack in stacked if stack == number}
        if len(mates) < 2:
            return
        self.bench.do(stacks.put_on_top, photo)
        kept = {row for row in before.labels if row[0] != "top" or row[1] not in mates}
        assert exact(self.bench) == before._replace(labels=frozenset(kept | {("top", photo)}))

    def do_rate(self, act: Act) -> None:
        photos, stars = self.photos(act), act.a % 6
        before = exact(self.bench)
        self.bench.do(descriptions.rate, photos, stars)
        after = exact(self.bench)
        rated = {row[1]: row[2] for row in after.labels if row[0] == "described"}
        assert all(rated[photo] == stars for photo in photos)
        others = {row for row in before.labels if row[0] != "described" or row[1] not in photos}
        assert others <= after.labels

    def do_load(self, act: Act) -> None:
        """Somebody's word about some photos, which fills in what nobody said here."""
        photos, name = self.photos(act), NAMES[act.a % len(NAMES)]
        before = exact(self.bench)
        marks = ", ".join("?" * len(photos))
        faces = self.bench.column(f"SELECT id FROM face WHERE photo_id IN ({marks})", *photos)
        rejected = set(self.bench.column("SELECT face_id FROM rejection"))
        tables: dump.Tables = {table: [] for table in dump.TABLES}
        blank = dict.fromkeys(dump.TABLES["people"])
        tables["people"] = [{**blank, "key": 1, "name": name, "notes": NOTES[act.b % len(NOTES)]}]
        blank = dict.fromkeys(dump.TABLES["photos"])
        tables["photos"] = [{**blank, "key": each, "rating": act.b % 6} for each in photos]
        tables["faces"] = [{"key": face, "state": "confirmed", "person": 1} for face in faces]
        plan = dumps.Plan(tables, {each: PhotoId(each) for each in photos})
        plan.faces = {face: FaceId(face) for face in faces}
        self.bench.do(dumps.apply, plan)
        after = exact(self.bench)
        decided = ("confirmed", "ignored")
        for face, entry in before.faces.items():
            assert after.faces[face] == entry or entry[0] not in decided
            assert face not in faces or after.faces[face][0] in decided or face in rejected
        assert {row for row in before.labels if row[0] != "described"} <= after.labels
        old = {row[1]: row[2] for row in before.labels if row[0] == "described"}
        new = {row[1]: row[2] for row in after.labels if row[0] == "described"}
        for each in photos:
            assert new[each] == (act.b % 6 if old.get(each) is None else old[each])

    def do_describe(self, act: Act) -> None:
        photos, note = self.photos(act), NOTES[act.a % len(NOTES)]
        before = exact(self.bench)
        if act.b % 2:
            self.bench.do(descriptions.describe, photos, caption=note)
        else:
            self.bench.do(descriptions.describe, photos, title=note)
        after = exact(self.bench)
        told = {row[1]: row[3 + act.b % 2] for row in after.labels if row[0] == "described"}
        assert all(
            told[photo] == (note if act.b % 2 else " ".join(note.split())) for photo in photos
        )
        others = {row for row in before.labels if row[0] != "described" or row[1] not in photos}
        assert others <= after.labels
        found = self.bench.column(
            "SELECT photo_id FROM photo_search WHERE title = 'plays the cello'"
        )
        wanted = self.bench.column("SELECT id FROM photo WHERE title = 'plays the cello'")
        assert sorted(found) == sorted(wanted)

    def do_keep(self, act: Act) -> None:
        if not (photos := self.photos(act)):
            return
        kept, *others = photos
        before = exact(self.bench)
        faces = self.bench.all("SELECT id FROM face WHERE photo_id != ?", kept)
        self.bench.do(duplicates.keep, [kept], others)
        after = exact(self.bench)
        for table in ("photo_tag", "album_photo"):
            labels = {row[1] for row in before.labels if row[0] == table and row[2] in others}
            assert {(table, label, kept) for label in labels} <= after.labels
        # What wasn't said of the kept photo is taken from the others.
        own = {row for row in before.labels if row[:2] == ("described", kept)}
        assert before.labels - own <= after.labels and before.rejections <= after.rejections
        for row in own:
            (now,) = (each for each in after.labels if each[:2] == row[:2])
            assert all(had in (None, has) for had, has in zip(row, now, strict=True))
        # What was decided of a face stands, and the other photos are as they were.
        decided = {face for face, (state, _) in before.faces.items() if state == "confirmed"}
        decided |= {row[0] for row in faces}
        for face in decided & before.faces.keys():
            assert after.faces[face] == before.faces[face]

    def do_tell_apart(self, act: Act) -> None:
        photos = sorted(set(self.photos(act)))
        before = exact(self.bench)
        self.bench.do(duplicates.tell_apart, photos)
        pairs = {("apart", a, b) for a in photos for b in photos if a < b}
        assert exact(self.bench) == before._replace(labels=before.labels | pairs)

    def do_date(self, act: Act) -> None:
        photos = self.photos(act)
        entered = {photo: GIVEN[(act.a + n) % len(GIVEN)] for n, photo in enumerate(photos)}
        before = exact(self.bench)
        self.bench.do(dates.give, entered)
        after = exact(self.bench)
        given = {("given", photo, date) for photo, date in entered.items() if date}
        kept = {r for r in before.labels if r[0] != "given" or r[1] not in entered}
        assert after.labels == kept | given
        assert {face for face in after.faces if after.faces[face] != before.faces[face]} <= {
            face for face, (state, _) in before.faces.items() if state == "suggested"
        }, "a decision about a face is never taken back for a date"
        for photo, date in entered.items():
            shown = self.bench.all(
                "SELECT taken_at, taken_doubt FROM photo WHERE id = ? AND taken_from = 'given'",
                photo,
            )
            assert shown == ([(date, None)] if date else [])

    def do_album(self, act: Act) -> None:
        photos = self.photos(act)
        before = exact(self.bench)
        try:
            album = self.bench.do(labels.add_to_named_album, LABELS[act.a % len(LABELS)], photos)
        except UserError:
            assert exact(self.bench) == before
            return
        after = exact(self.bench)
        assert {("album_photo", album, photo) for photo in photos} <= after.labels
        assert before.labels <= after.labels

    def do_take_out(self, act: Act) -> None:
        album, photos = self.label("album", act.a), self.photos(act)
        if album:
            before = exact(self.bench)
            self.bench.do(labels.remove_from_album, album, photos)
            gone = {("album_photo", album, photo) for photo in photos}
            assert exact(self.bench) == before._replace(labels=before.labels - gone)

    def do_smart(self, act: Act) -> None:
        text = ("Anna 2019", "favourite", "Beach")[act.a % 3]
        before = exact(self.bench)
        album = self.bench.do(labels.save_search, text)
        made = {row for row in exact(self.bench).labels - before.labels if row[0] == "album"}
        assert all(row[1] == album and row[3] == text for row in made)

    def do_rename_label(self, act: Act) -> None:
        table, rename = (("tag", labels.rename_tag), ("album", labels.rename_album))[act.b % 2]
        label, name = self.label(table, act.a), LABELS[act.b % len(LABELS)]
        if not label:
            return
        before = exact(self.bench)
        try:
            self.bench.do(rename, label, name)
        except UserError:
            taken = [row for row in before.labels if row[0] == table and row[1] != label]
            assert any(row[2].casefold() == name.casefold() for row in taken)
            assert exact(self.bench) == before
            return
        (now,) = [row for row in exact(self.bench).labels if row[:2] == (table, label)]
        assert now[2] == name

    def do_delete_label(self, act: Act) -> None:
        table, delete = (("tag", labels.delete_tag), ("album", labels.delete_album))[act.b % 2]
        label = self.label(table, act.a)
        if label:
            before = exact(self.bench)
            self.bench.do(delete, label)
            of_it = {"tag": ("photo_tag", "person_tag"), "album": ("album_photo",)}[table]
            gone = {r for r in before.labels if r[:2] == (table, label)}
            gone |= {r for r in before.labels if r[0] in of_it and r[1] == label}
            assert exact(self.bench) == before._replace(labels=before.labels - gone)


def walk_back_and_forth(bench: Bench, start: State, player: Player, refresh_every: int) -> None:
    """Undoing everything gives the start, redoing the same number of decisions the end."""
    view = decided if player.refreshed or refresh_every else exact
    soft_start = decided_view(start)
    end = view(bench)
    steps = bench.undo_all(refresh_every)
    if view is exact:
        assert exact(bench) == start
    assert decided(bench) == soft_start
    player.check_always()
    for step in range(steps):
        result = bench.do(journal.redo)
        assert result.kind is not None and result.skipped == 0
        if refresh_every and step % refresh_every == 0:
            player.machine(lambda: bench.refresh(full=True))
        player.check_always()
    assert view(bench) == end
    player.machine(lambda: bench.refresh(full=True))
    player.check_always()


def decided_view(state: State) -> State:
    """`decided` of a state of a library about which nothing was decided yet."""
    assert not state.rejections
    return State({}, dict.fromkeys(state.faces, ("undecided", None)), frozenset())
