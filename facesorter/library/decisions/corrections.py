"""Decisions about faces and persons, each one journal entry.

[Note: adopting] All faces of a group formed by the machine are *suggested*. When the user
names, merges, or splits it, the faces it shows are confirmed in the same decision, which ties the
group to faces rather than to a volatile cluster. Persons that the user owns (named, or with a
confirmed face) keep their suggestions as suggestions.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from facesorter.domain import FaceId, FaceState, PersonId, is_before
from facesorter.errors import UserError
from facesorter.library.decisions import counterparts
from facesorter.library.decisions.journal import Kind
from facesorter.library.transaction import Transaction
from facesorter.names import caseless, clean
from facesorter.storage import faces, labels, persons, relations


@dataclass(frozen=True, slots=True)
class Part:
    """Faces of one of the people that a person is split into, and the name given to them."""

    face_ids: tuple[FaceId, ...]
    name: str | None = None


class SameName(UserError):  # noqa: N818 - a question to the user rather than a fault
    """Another person has that name already; the user may merge the two."""

    def __init__(self, person_id: PersonId, name: str) -> None:
        super().__init__(
            "There’s already a person named {name} (person {person}). Merge the two, or choose "
            "another name.",
            name=name,
            person=str(person_id),
        )
        self.person_id = person_id
        self.name = name


def name(
    txn: Transaction,
    person_id: PersonId,
    new_name: str,
    *,
    allow_same: bool = False,
    without: Sequence[FaceId] = (),
) -> None:
    """Name or rename a person; an empty name removes the name.

    Naming a group that the machine formed confirms the faces it shows ([Note: adopting]), except
    those in ``without``, which are not this person.

    Raises:
        SameName: another person has that name and ``allow_same`` is False.
        UserError: there is no such person.
    """
    _require(txn, person_id)
    wanted = clean_name(new_name)
    old = persons.name_of(txn.connection, person_id)
    if wanted == old:
        return
    if wanted is not None and not allow_same:
        others = [p for p in persons.with_name(txn.connection, wanted) if p != person_id]
        if others:
            raise SameName(others[0], wanted)
    shown = [] if old is not None else unconfirmed_of_group(txn, person_id)
    without = counterparts.with_counterparts(txn, without)
    kind = Kind.NAME if old is None else Kind.RENAME
    args: tuple[tuple[str, str | int], ...] = (("name", wanted or old or ""), ("faces", len(shown)))
    with txn.decision(kind, args):
        txn.update("person", [person_id], {"name": wanted})
        confirm_faces(txn, [face for face in shown if face not in set(without)], person_id)
        _reject(txn, without, person_id)


def merge(
    txn: Transaction,
    target_id: PersonId,
    other_ids: Sequence[PersonId],
    without: Sequence[FaceId] = (),
    *,
    name: str | None = None,
) -> str | None:
    """Merge persons into ``target_id``, except for some of their faces; return the name kept.

    A missing name, cover, or date comes from the first of the others that has it. Notes are
    joined, relations kept, and the result is a favorite if any of them is. ``name`` replaces the
    names that they have.

    Raises:
        SameName: another person has that name.
        UserError: one of the persons is gone.
    """
    others = [other for other in dict.fromkeys(other_ids) if other != target_id]
    for person_id in (target_id, *others):
        _require(txn, person_id)
    if not others:
        return persons.name_of(txn.connection, target_id)
    known = [persons.traits(txn.connection, p) for p in (target_id, *others)]
    kept = {
        trait: next((have[trait] for have in known if have[trait] is not None), None)
        for trait in known[0]
    }
    if wanted := clean_name(name):
        namesakes = persons.with_name(txn.connection, wanted)
        if taken := [each for each in namesakes if each not in (target_id, *others)]:
            raise SameName(taken[0], wanted)
        kept["name"] = wanted
    kept["notes"] = "\n".join(dict.fromkeys(k["notes"] for k in known if k["notes"])) or None
    if is_before(kept["death_date"], kept["birth_date"]):
        # One of the two has a wrong date: this can't be when the merged person died.
        kept["death_date"] = None
    kept["favourite"] = int(any(have["favourite"] for have in known))
    # Before naming: a group that inherits a name isn't owned by the user yet.
    adopted = unconfirmed_of_group(txn, target_id)
    args: tuple[tuple[str, str | int], ...] = (
        ("persons", len(others) + 1),
        ("name", kept["name"] or ""),
    )
    with txn.decision(Kind.MERGE, args):
        unassign_before_birth(txn, target_id, kept["birth_date"])
        txn.update("person", [target_id], kept)
        confirm_faces(txn, adopted, target_id)
        for person_id in (target_id, *others):
            _reject(txn, faces.with_person(txn.connection, without, person_id), person_id)
        for other in others:
            _merge_into(txn, other, target_id)
        unassign_before_birth(txn, target_id, kept["birth_date"])
    return kept["name"]


def assign(txn: Transaction, person_id: PersonId, face_ids: Sequence[FaceId]) -> None:
    """Move faces to a person and confirm them there."""
    _require(txn, person_id)
    args = (("faces", len(face_ids)), ("name", persons.name_of(txn.connection, person_id) or ""))
    with txn.decision(Kind.ASSIGN, args):
        confirm_faces(txn, unconfirmed_of_group(txn, person_id), person_id)
        confirm_faces(txn, face_ids, person_id)


def confirm(txn: Transaction, person_id: PersonId, face_ids: Sequence[FaceId]) -> None:
    """Confirm faces as a person."""
    _require(txn, person_id)
    args = (("faces", len(face_ids)), ("name", persons.name_of(txn.connection, person_id) or ""))
    with txn.decision(Kind.CONFIRM, args):
        confirm_faces(txn, face_ids, person_id)


def move_to_new_person(
    txn: Transaction, face_ids: Sequence[FaceId], new_name: str | None = None
) -> PersonId:
    """Make faces a new person; return the new person's id.

    If they come from a group that the machine formed, the faces left behind are confirmed there,
    since the user has just distinguished the two.

    Raises:
        SameName: ``new_name`` is another person's.
    """
    wanted = clean_name(new_name)
    if wanted is not None:
        others = persons.with_name(txn.connection, wanted)
        if others:
            raise SameName(others[0], wanted)
    chosen = faces.belongings(txn.connection, counterparts.with_counterparts(txn, face_ids))
    if not chosen:
        raise UserError("These faces are no longer in the library. Nothing was changed.")
    sources = {face.person_id for face in chosen if face.person_id is not None}
    count = len(set(face_ids).intersection(face.id for face in chosen))
    with txn.decision(Kind.SPLIT, (("faces", count), ("name", wanted or ""))):
        moved = {face.id for face in chosen}
        for source in sorted(sources):
            rest = [f for f in unconfirmed_of_group(txn, source) if f not in moved]
            confirm_faces(txn, rest, source)
        person_id = txn.insert_person(wanted)
        confirm_faces(txn, sorted(moved), person_id)
        for source in sorted(sources):
            txn.reject([face.id for face in chosen if face.person_id == source], source)
    return person_id


def split_person(txn: Transaction, person_id: PersonId, parts: Sequence[Part]) -> list[PersonId]:
    """Split a person into several in one decision; return the person of each part.

    The part with the person's name stays, or else the first. Parts with the same name become one
    person, and a name that another person has means that person. The others become new persons,
    and their faces are rejected for this one. Faces no longer with this person are skipped, as
    are parts left empty.

    Raises:
        UserError: there is no such person, or nothing would be split off.
    """
    _require(txn, person_id)
    connection = txn.connection
    own = set(faces.ids(connection, person_id=person_id))
    groups: dict[str | int, tuple[list[FaceId], str | None]] = {}
    for number, part in enumerate(parts):
        elsewhere = {each for other in parts if other is not part for each in other.face_ids}
        there = [
            each
            for each in counterparts.with_counterparts(txn, part.face_ids, but=elsewhere)
            if each in own
        ]
        own.difference_update(there)
        wanted = clean_name(part.name)
        if there:
            key = number if wanted is None else caseless(wanted)
            groups.setdefault(key, ([], wanted))[0].extend(there)
    if len(groups) < 2:
        raise UserError("All these faces belong to the same person. Nothing was changed.")
    old = persons.name_of(connection, person_id)
    stays: str | int | None = caseless(old) if old is not None else None
    if stays not in groups:
        stays = next(iter(groups))
    moved = sum(len(ids) for key, (ids, _) in groups.items() if key != stays)
    args = (("faces", moved), ("persons", len(groups)), ("name", old or ""))
    found = []
    with txn.decision(Kind.SPLIT, args):
        leaving = {face for key, (ids, _) in groups.items() if key != stays for face in ids}
        confirm_faces(
            txn, [f for f in unconfirmed_of_group(txn, person_id) if f not in leaving], person_id
        )
        for key, (ids, name) in groups.items():
            named = persons.with_name(connection, name) if name is not None else []
            others = [other for other in named if other != person_id]
            if key == stays and (named[:1] == [person_id] or not others):
                if name is not None:
                    txn.update("person", [person_id], {"name": name})
                found.append(person_id)
                continue
            found.append(others[0] if others else txn.insert_person(name))
            confirm_faces(txn, ids, found[-1])
            txn.reject(ids, person_id)
    return found


def reject(txn: Transaction, person_id: PersonId, face_ids: Sequence[FaceId]) -> None:
    """Reject faces for a person; they are never assigned to that person again."""
    _require(txn, person_id)
    args = (("faces", len(face_ids)), ("name", persons.name_of(txn.connection, person_id) or ""))
    with txn.decision(Kind.REJECT, args):
        _reject(txn, face_ids, person_id)


def confirm_and_reject(
    txn: Transaction, person_id: PersonId, yes: Sequence[FaceId], no: Sequence[FaceId]
) -> None:
    """Confirm some faces as a person and reject others, in one decision."""
    _require(txn, person_id)
    args = (("faces", len(yes)), ("name", persons.name_of(txn.connection, person_id) or ""))
    with txn.decision(Kind.CONFIRM, args):
        confirm_faces(txn, yes, person_id, but=no)
        _reject(txn, no, person_id, but=yes)


def ignore(txn: Transaction, face_ids: Sequence[FaceId]) -> None:
    """Ignore faces: not a face, or of no interest."""
    face_ids = counterparts.with_counterparts(txn, face_ids)
    with txn.decision(Kind.IGNORE, (("faces", len(face_ids)),)):
        clear_covers(txn, face_ids)
        txn.update("face", face_ids, {"person_id": None, "state": FaceState.IGNORED.value})


def restore(txn: Transaction, face_ids: Sequence[FaceId]) -> None:
    """Return ignored faces to grouping."""
    ignored = _ignored(txn, face_ids)
    with txn.decision(Kind.RESTORE, (("faces", len(ignored)),)):
        # A counterpart that isn't ignored has nothing to be restored from.
        ignored = _ignored(txn, counterparts.with_counterparts(txn, ignored))
        txn.update("face", ignored, {"state": FaceState.UNKNOWN.value})


def _ignored(txn: Transaction, face_ids: Sequence[FaceId]) -> list[FaceId]:
    return [
        face.id
        for face in faces.belongings(txn.connection, face_ids)
        if face.state is FaceState.IGNORED
    ]


def set_cover(txn: Transaction, person_id: PersonId, face_id: FaceId) -> None:
    """Choose a person's cover photo; its face is confirmed as that person.

    Raises:
        UserError: there is no such person, or the face belongs to another.
    """
    _require(txn, person_id)
    require_faces(txn, [face_id], person_id)
    args = (("name", persons.name_of(txn.connection, person_id) or ""),)
    with txn.decision(Kind.COVER, args):
        confirm_faces(txn, [face_id], person_id)
        txn.update("person", [person_id], {"cover_face_id": face_id})


def hide(
    txn: Transaction, person_id: PersonId, hidden: bool = True, without: Sequence[FaceId] = ()
) -> None:
    """Hide a person, except for some faces, or show one again.

    A group that the machine formed is confirmed when it is hidden, so that new photos of the same
    person join it instead of raising questions.
    """
    _require(txn, person_id)
    shown = unconfirmed_of_group(txn, person_id) if hidden else []
    without = counterparts.with_counterparts(txn, without)
    args = (("name", persons.name_of(txn.connection, person_id) or ""),)
    with txn.decision(Kind.HIDE if hidden else Kind.SHOW, args):
        confirm_faces(txn, [face for face in shown if face not in set(without)], person_id)
        _reject(txn, without, person_id)
        txn.update("person", [person_id], {"hidden": int(hidden)})


def hide_all(txn: Transaction, person_ids: Sequence[PersonId], hidden: bool = True) -> None:
    """Hide or show persons in one decision, each as in `hide`."""
    people = list(dict.fromkeys(person_ids))
    if len(people) == 1:
        hide(txn, people[0], hidden)
        return
    for person_id in people:
        _require(txn, person_id)
    with txn.decision(Kind.HIDE if hidden else Kind.SHOW, (("persons", len(people)),)):
        for person_id in people if hidden else ():
            confirm_faces(txn, unconfirmed_of_group(txn, person_id), person_id)
        txn.update("person", people, {"hidden": int(hidden)})


def require_faces(
    txn: Transaction, face_ids: Sequence[FaceId], person_id: PersonId | None = None
) -> None:
    """Check that faces exist, and belong to a person if one is given.

    Raises:
        UserError: some don't; the message lists them.
    """
    known = {face.id: face.person_id for face in faces.belongings(txn.connection, face_ids)}
    wrong = [f for f in face_ids if f not in known or person_id not in (None, known[f])]
    if wrong:
        listed = [str(each) for each in wrong]
        if person_id is None:
            raise UserError(
                "These faces aren’t in the library: {faces}. Nothing was changed.", faces=listed
            )
        raise UserError(
            "These faces don’t belong to person {person}: {faces}. Nothing was changed.",
            person=str(person_id),
            faces=listed,
        )


def _require(txn: Transaction, person_id: PersonId) -> None:
    if not persons.exists(txn.connection, person_id):
        raise UserError(
            "Person {person} no longer exists. Nothing was changed.", person=str(person_id)
        )


def unconfirmed_of_group(txn: Transaction, person_id: PersonId) -> list[FaceId]:
    """Return the faces that a decision about a machine-formed group confirms, if it is one."""
    if persons.is_owned(txn.connection, person_id):
        return []
    return faces.ids_in_state(txn.connection, person_id, FaceState.SUGGESTED)


def confirm_faces(
    txn: Transaction,
    face_ids: Sequence[FaceId],
    person_id: PersonId,
    *,
    but: Collection[FaceId] = (),
) -> None:
    """Confirm faces as a person, inside a decision; drop earlier rejections.

    The decision includes their `counterparts`, except for those in ``but``.
    """
    face_ids = counterparts.with_counterparts(txn, face_ids, person_id, but=but)
    if not face_ids:
        return
    txn.unreject(face_ids, person_id)
    clear_covers(txn, face_ids, stays=person_id)
    txn.update("face", face_ids, {"person_id": person_id, "state": FaceState.CONFIRMED.value})


def unassign_before_birth(txn: Transaction, person_id: PersonId, birth: str | None) -> set[FaceId]:
    """Unassign, inside a decision, suggestions from before a person's birth; return the faces."""
    if birth is None:
        return set()
    unborn = faces.suggested_before(txn.connection, person_id, birth)
    txn.update("face", unborn, {"person_id": None, "state": FaceState.UNKNOWN.value})
    return set(unborn)


def _reject(
    txn: Transaction,
    face_ids: Sequence[FaceId],
    person_id: PersonId,
    *,
    but: Collection[FaceId] = (),
) -> None:
    """Reject faces for a person, inside a decision; counterparts as in `confirm_faces`."""
    face_ids = counterparts.with_counterparts(txn, face_ids, but=but)
    there = faces.with_person(txn.connection, face_ids, person_id)
    clear_covers(txn, there)
    txn.update("face", there, {"person_id": None, "state": FaceState.UNKNOWN.value})
    txn.reject(list(face_ids), person_id)


def clear_covers(
    txn: Transaction, face_ids: Sequence[FaceId], stays: PersonId | None = None
) -> None:
    """Reset chosen covers among faces that are about to move to another person."""
    covered = [p for p in persons.covered_by(txn.connection, face_ids) if p != stays]
    txn.update("person", covered, {"cover_face_id": None})


def _merge_into(txn: Transaction, source: PersonId, target: PersonId) -> None:
    """Move everything known about one person to another and delete the first."""
    connection = txn.connection
    adopted = unconfirmed_of_group(txn, source)
    confirmed = faces.ids_in_state(connection, source, FaceState.CONFIRMED) + adopted
    txn.unreject(confirmed, target)
    txn.update("face", confirmed, {"person_id": target, "state": FaceState.CONFIRMED.value})
    suggested = faces.ids_in_state(connection, source, FaceState.SUGGESTED)
    txn.update("face", suggested, {"person_id": target})
    # A rejection now applies to both, unless the face was confirmed as either.
    theirs = [face for face, _ in persons.rejections_of(connection, source)]
    txn.unreject(theirs, source)
    certain = set(faces.ids_in_state(connection, target, FaceState.CONFIRMED))
    refused = [face for face in theirs if face not in certain]
    all_refused = {face for face, _ in persons.rejections_of(connection, target)} | set(refused)
    clash = all_refused.intersection(faces.ids_in_state(connection, target, FaceState.SUGGESTED))
    txn.update("face", sorted(clash), {"person_id": None, "state": FaceState.UNKNOWN.value})
    txn.reject(refused, target)
    for tag in labels.tags_of_person(connection, source):
        txn.unlink("person_tag", [source], {"tag_id": tag})
        txn.link("person_tag", [target], {"tag_id": tag})
    for relation in relations.of(connection, source):
        txn.unrelate(relation)
        other = relation.b if relation.a == source else relation.a
        # Relations of the person that stays take precedence.
        known = {person for each in relations.of(connection, target) for person in each[:2]}
        if other != target and other not in known:
            a, b = (target if person == source else person for person in relation[:2])
            in_order = (a, b) if relation.kind == "parent" else (min(a, b), max(a, b))
            txn.relate(relations.Relation(*in_order, relation.kind))
    txn.delete_person(source)


def clean_name(text: str | None) -> str | None:
    """Return a name as stored, see `names.clean`; None if none is given.

    Raises:
        UserError: it has no visible character, or holds bytes that aren't text (a wrongly encoded
            command line).
    """
    name = clean(text or "")
    if not name and text and not text.isspace():
        raise UserError("Enter a name.")
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise UserError("This name contains invalid characters. Nothing was changed.") from error
    return name or None
