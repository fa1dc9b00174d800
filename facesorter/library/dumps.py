"""Dump all of the user's decisions to a file, and load them into this library or another.

Photos are known again by their content, then by their path; faces by their place. What is loaded is
one decision. It only fills gaps: where this library says something else, that stays.
"""

from __future__ import annotations

import datetime
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from facesorter import __version__
from facesorter.domain import (
    FaceId,
    FaceState,
    PersonId,
    PhotoId,
    Region,
    match_regions,
)
from facesorter.errors import UserError
from facesorter.exchange import dump
from facesorter.exchange.dump import Row, Summary, Tables
from facesorter.images.photo_info import MOST_STARS
from facesorter.library.decisions import boxes, corrections, dates, descriptions, details
from facesorter.library.decisions import labels as label_decisions
from facesorter.library.decisions import stacks as stack_decisions
from facesorter.library.decisions.journal import Kind
from facesorter.library.transaction import STACKED, Transaction
from facesorter.names import caseless
from facesorter.storage import (
    faces,
    labels,
    persons,
    photos,
    relations,
    stacks,
)
from facesorter.storage.photos import chunks, full_path
from facesorter.storage.relations import Relation

if TYPE_CHECKING:
    from facesorter.faces.analyzer import FoundFace

_SELECT = {
    "people": "SELECT id, name, birth_date, death_date, notes, favourite, hidden, cover_face_id "
    "FROM person ORDER BY id",
    "relations": "SELECT a, b, kind FROM relation ORDER BY 1, 2, 3",
    "faces": "SELECT face.id, photo_id, x, y, w, h, origin, state, person_id, moment "
    "FROM face "
    "JOIN photo ON photo.id = photo_id WHERE version_of IS NULL ORDER BY face.id",
    "rejections": "SELECT face_id, person_id FROM rejection ORDER BY 1, 2",
    "dismissals": "SELECT face_id, kind, person_id FROM dismissal ORDER BY 1, 2, 3",
    "not_duplicates": "SELECT photo_id, other_id FROM not_duplicate ORDER BY 1, 2",
    "tags": "SELECT id, name FROM tag ORDER BY id",
    "photo_tags": "SELECT photo_id, tag_id FROM photo_tag ORDER BY 1, 2",
    "person_tags": "SELECT person_id, tag_id FROM person_tag ORDER BY 1, 2",
    "albums": "SELECT id, name, search FROM album ORDER BY id",
    "album_photos": "SELECT album_id, photo_id FROM album_photo ORDER BY 1, 2",
}
_PHOTOS = (
    "SELECT photo.id, content_hash, folder.path, relpath, size, width, height, taken_at, "
    "taken_from, given_date, rating, title, caption, favourite, repeats, turn, given_place, "
    "given_latitude, given_longitude, given_stack, given_top "
    "FROM photo JOIN folder ON folder.id = folder_id "
    "WHERE version_of IS NULL ORDER BY photo.id"
)
_FACTS = ("given_date", "rating", "title", "caption", "turn")
"""Of a photo, what is NULL where the user entered nothing."""
_PLACE = ("given_place", "given_latitude", "given_longitude")
ROUNDING = 1e-4
"""By how much a region may reach over the edge, because it was rounded."""
_TRAITS = ("birth_date", "death_date", "notes")


def write(connection: sqlite3.Connection, path: Path, *, as_csv: bool = False) -> Summary:
    """Write everything to a JSON file, or to a folder of CSV files. Thread: any; blocks.

    Raises:
        UserError: It can't be written.
    """
    tables = {name: _rows(connection, name) for name in dump.TABLES}
    if as_csv:
        return dump.write_csv(path, tables)
    made = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return dump.write_json(path, tables, {"program": f"facesorter {__version__}", "made_at": made})


def _rows(connection: sqlite3.Connection, table: str) -> Iterator[Row]:
    types = dump.TABLES[table]
    if table == "photos":
        found: Any = (
            (row[0], row[1], full_path(row[2], row[3]), *row[4:])
            for row in connection.execute(_PHOTOS)
        )
    else:
        found = connection.execute(_SELECT[table])
    for row in found:
        values = dict(zip(types, row, strict=True))
        yield {
            name: bool(value) if types[name] == "bool" else value for name, value in values.items()
        }


@dataclass(slots=True)
class Plan:
    """What loading a file would do."""

    tables: Tables
    photos: dict[int, PhotoId] = field(default_factory=dict)
    """The photos here, by those in the file."""
    unknown: list[str] = field(default_factory=list)
    """Paths, in the file, of photos that aren't in this library."""
    faces: dict[int, FaceId] = field(default_factory=dict)
    missing: list[tuple[Row, PhotoId]] = field(default_factory=list)
    """Confirmed faces that no analysis found here, to be described and added."""


@dataclass(slots=True)
class Loaded:
    """What was loaded."""

    photos: int = 0
    faces: int = 0
    people: int = 0
    new_people: int = 0
    conflicts: int = 0
    """Faces, dates, ratings and words of which this library says something else."""


def plan(connection: sqlite3.Connection, path: Path) -> Plan:
    """Find the photos and faces of a file in this library. Thread: any; blocks.

    Raises:
        UserError: It can't be read.
    """
    found = Plan(dump.read(path))
    by_key = _match_photos(connection, found)
    mentioned = {row["face"] for name in ("rejections", "dismissals") for row in found.tables[name]}
    of_photo: dict[tuple[int, int | None], list[Row]] = {}
    for row in found.tables["faces"]:
        if row["photo"] in by_key and (_matters(row) or row["key"] in mentioned):
            of_photo.setdefault((row["photo"], row.get("moment")), []).append(row)
    known = _faces_of(connection, list({by_key[key] for key, _ in of_photo}))
    for (key, moment), rows in of_photo.items():
        there = known.get((by_key[key], moment), [])
        matched = match_regions(
            [region for _, region in there],
            [Region(row["x"], row["y"], row["w"], row["h"]) for row in rows],
        )
        for number, row in enumerate(rows):
            if number in matched:
                found.faces[row["key"]] = there[matched[number]][0]
            elif row["state"] == FaceState.CONFIRMED and _is_region(row):
                found.missing.append((row, by_key[key]))
    return found


def _matters(row: Row) -> bool:
    return row["state"] in (FaceState.CONFIRMED, FaceState.IGNORED)


def _is_region(row: Row) -> bool:
    x, y, w, h = (float(row[name]) for name in "xywh")
    return 0 <= x < x + w <= 1 + ROUNDING and 0 <= y < y + h <= 1 + ROUNDING


def _match_photos(connection: sqlite3.Connection, found: Plan) -> dict[int, PhotoId]:
    by_path: dict[str, PhotoId] = {}
    by_hash: dict[str, list[tuple[str, PhotoId]]] = {}
    hashes: dict[PhotoId, str | None] = {}
    for photo_id, digest, folder, relpath in connection.execute(
        "SELECT photo.id, content_hash, folder.path, relpath FROM photo "
        "JOIN folder ON folder.id = folder_id WHERE version_of IS NULL ORDER BY photo.id"
    ):
        path = full_path(folder, relpath)
        by_path[path], hashes[photo_id] = photo_id, digest
        if digest:
            by_hash.setdefault(digest, []).append((path, photo_id))
    taken: set[PhotoId] = set()
    later = []
    for row in found.tables["photos"]:
        here = by_path.get(row["path"])
        same = here is not None and row["content_hash"] in (None, hashes[here])
        if here is not None and same:
            found.photos[row["key"]] = here
            taken.add(here)
        else:
            later.append(row)
    for row in later:
        alike = [
            (path, photo_id)
            for path, photo_id in by_hash.get(row["content_hash"] or "", ())
            if photo_id not in taken
        ]
        # Of several copies, the one whose path ends alike.
        best = max(alike, key=lambda each: _common_end(each[0], row["path"]), default=None)
        here = best[1] if best is not None else by_path.get(row["path"])
        if here is None or here in taken:
            found.unknown.append(row["path"])
        else:
            found.photos[row["key"]] = here
            taken.add(here)
    return found.photos


def _common_end(path: str, other: str) -> int:
    count = 0
    for one, two in zip(reversed(path), reversed(other), strict=False):
        if one != two:
            break
        count += 1
    return count


def _faces_of(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]
) -> dict[tuple[PhotoId, int | None], list[tuple[FaceId, Region]]]:
    """Return the faces of photos, and of each moment of videos.

    What is ignored comes last: a drawn face replaced it.
    """
    found: dict[tuple[PhotoId, int | None], list[tuple[FaceId, Region]]] = {}
    for marks, part in chunks(photo_ids):
        for photo_id, moment, face_id, *box in connection.execute(
            f"SELECT photo_id, moment, id, x, y, w, h FROM face WHERE photo_id IN ({marks}) "
            "ORDER BY photo_id, state = 'ignored', id",
            part,
        ):
            found.setdefault((photo_id, moment), []).append((face_id, Region(*box)))
    return found


def describe(
    connection: sqlite3.Connection,
    found: Plan,
    look: Callable[[Path, Region, int | None], FoundFace],
) -> dict[int, FoundFace]:
    """Describe the faces that no analysis found here, by their key. Thread: any; blocks.

    Those of photos that can't be read now are left out.
    """
    paths = photos.paths(connection, [photo_id for _, photo_id in found.missing])
    described = {}
    for row, photo_id in found.missing:
        region = Region(row["x"], row["y"], row["w"], row["h"])
        try:
            described[row["key"]] = look(Path(paths[photo_id]), region, row.get("moment"))
        except UserError:
            continue
    return described


def apply(
    txn: Transaction,
    found: Plan,
    described: Mapping[int, FoundFace] = MappingProxyType({}),
    sha256: str = "",
) -> Loaded:
    """Load a file, as one decision. Thread: writer.

    Args:
        txn: The transaction.
        found: From `plan`.
        described: From `describe`.
        sha256: The pack that described them.

    Raises:
        UserError: The library was analyzed with another pack than ``sha256``.
    """
    loading = _Loading(txn, found)
    loading.draw(described, sha256)
    with txn.decision(Kind.LOAD, (("photos", len(found.photos)),)):
        loading.photo_facts()
        loading.people()
        loading.faces()
        loading.rejections()
        loading.dismissals()
        loading.relations()
        loading.tags()
        loading.albums()
    return loading.loaded


class _Loading:
    """One load: what of the file is what here."""

    def __init__(self, txn: Transaction, found: Plan) -> None:
        self._txn, self._found, self._tables = txn, found, found.tables
        self._faces = dict(found.faces)
        self._drawn: set[FaceId] = set()
        self._persons: dict[int, PersonId] = {}
        self.loaded = Loaded()

    def draw(self, described: Mapping[int, FoundFace], sha256: str) -> None:
        """Add the faces that weren't found here; ignored until the decision."""
        if not described:
            return
        model_id = boxes.model_of(self._txn.connection, sha256)
        for row, photo_id in self._found.missing:
            face = described.get(row["key"])
            if face is None:
                continue
            face_id = boxes.insert_unseen(self._txn, photo_id, face, model_id)
            self._faces[row["key"]] = face_id
            self._drawn.add(face_id)

    def photo_facts(self) -> None:
        """Apply decisions about photos: dates, stars, titles, places, rotations, favorites."""
        rows = {
            self._found.photos[row["key"]]: row
            for row in self._tables["photos"]
            if row["key"] in self._found.photos
        }
        columns = (*_FACTS, *_PLACE, *STACKED, "favourite", "repeats")
        ids = list(rows)
        known = photos.values(self._txn.connection, ids, columns)
        numbers = self._stacks(rows, dict(zip(ids, known, strict=True)))
        for photo_id, here in zip(ids, known, strict=True):
            row = rows[photo_id]
            updates = {}
            for name in _FACTS:
                value = _valid(name, row[name])
                if value is not None and here[name] is None:
                    updates[name] = value
                elif value is not None and value != here[name]:
                    self.loaded.conflicts += 1
            if row["given_place"] is not None and here["given_place"] is None and _is_place(row):
                updates |= {name: row[name] for name in _PLACE}
            updates |= {
                name: 1 for name in ("favourite", "repeats") if row[name] and not here[name]
            }
            number = numbers.get(row["given_stack"])
            unset = here["given_stack"] is None
            if unset and number is not None:
                updates |= {"given_stack": number}
            if unset and row["given_top"] == 1 and number != stack_decisions.ALONE:
                updates |= {"given_top": 1}
            if not unset and number not in (None, here["given_stack"]):
                self.loaded.conflicts += 1
            if updates:
                self.loaded.photos += self._txn.update("photo", [photo_id], updates)

    def _stacks(
        self, rows: Mapping[PhotoId, Row], here: Mapping[PhotoId, Mapping[str, Any]]
    ) -> dict[int | None, int]:
        """Return the numbers here of stacks that were made by hand, by those in the file."""
        found: dict[int | None, int] = {stack_decisions.ALONE: stack_decisions.ALONE}
        for photo_id, row in rows.items():
            if (row["given_stack"] or 0) > 0 and here[photo_id]["given_stack"]:
                found.setdefault(row["given_stack"], here[photo_id]["given_stack"])
        new = stacks.next_number(self._txn.connection)
        for row in rows.values():
            if (row["given_stack"] or 0) > 0 and row["given_stack"] not in found:
                found[row["given_stack"]] = new
                new += 1
        return found

    def people(self) -> None:
        """Find the people of the file here, or add them."""
        confirmed = Counter(
            row["person"] for row in self._tables["faces"] if row["state"] == FaceState.CONFIRMED
        )
        votes = self._votes()
        names = Counter(caseless(row["name"]) for row in self._tables["people"] if row["name"])
        used: set[PersonId] = set()
        for row in self._tables["people"]:
            if not (row["name"] or confirmed[row["key"]]):
                continue  # a group that the machine formed
            name = corrections.clean_name(row["name"])
            best = votes.get(row["key"])
            person_id = best.most_common(1)[0][0] if best else None
            if person_id is None and name and names[caseless(name)] == 1:
                alike = persons.with_name(self._txn.connection, name)
                person_id = alike[0] if len(alike) == 1 else None
            elif person_id is None and name and not confirmed[row["key"]]:
                # Of namesakes, one without faces is one without faces here.
                alike = persons.with_name(self._txn.connection, name)
                held = persons.count_faces(self._txn.connection, alike)
                person_id = next((p for p in alike if p not in used and p not in held), None)
            if person_id is None or person_id in used:
                person_id = self._txn.insert_person(name)
                self.loaded.new_people += 1
            used.add(person_id)
            self._persons[row["key"]] = person_id
            self.loaded.people += 1
            self._describe(person_id, row, name)

    def _votes(self) -> dict[int, Counter[PersonId]]:
        """Count which people here have the faces that a person has in the file."""
        of = {
            self._faces[row["key"]]: row["person"]
            for row in self._tables["faces"]
            if row["state"] == FaceState.CONFIRMED and row["key"] in self._faces
        }
        found: dict[int, Counter[PersonId]] = {}
        for face in faces.belongings(self._txn.connection, list(of)):
            if face.state is FaceState.CONFIRMED and face.person_id is not None:
                found.setdefault(of[face.id], Counter())[face.person_id] += 1
        return found

    def _describe(self, person_id: PersonId, row: Row, name: str | None) -> None:
        here = persons.traits(self._txn.connection, person_id)
        updates: dict[str, Any] = {}
        if name and here["name"] is None:
            updates["name"] = name
        elif name and here["name"] != name:
            self.loaded.conflicts += 1
        for trait in _TRAITS:
            value = _valid(trait, row[trait])
            if value and here[trait] is None:
                updates[trait] = value
        if row["favourite"] and not here["favourite"]:
            updates["favourite"] = 1
        if row["hidden"]:
            updates["hidden"] = 1
        if row["cover"] in self._faces and here["cover_face_id"] is None:
            updates["cover_face_id"] = self._faces[row["cover"]]
        if "birth_date" in updates:
            corrections.unassign_before_birth(self._txn, person_id, updates["birth_date"])
        if updates:
            self._txn.update("person", [person_id], updates)

    def faces(self) -> None:
        """Confirm and ignore faces; what the user decided here stays."""
        wanted: dict[tuple[str, PersonId | None], list[FaceId]] = {}
        rows = {
            self._faces[row["key"]]: row
            for row in self._tables["faces"]
            if row["key"] in self._faces and _matters(row)
        }
        connection = self._txn.connection
        rejected = set(persons.rejections_of_faces(connection, list(rows)))
        for face in faces.belongings(connection, list(rows)):
            row = rows[face.id]
            person_id = self._persons.get(row["person"]) if row["person"] is not None else None
            if row["state"] == FaceState.CONFIRMED and person_id is None:
                continue
            if row["state"] == FaceState.CONFIRMED and (face.id, person_id) in rejected:
                self.loaded.conflicts += 1
                continue
            soft = face.state in (FaceState.UNKNOWN, FaceState.SUGGESTED)
            if soft or face.id in self._drawn:
                wanted.setdefault((row["state"], person_id), []).append(face.id)
            elif (face.state, face.person_id) != (row["state"], person_id):
                self.loaded.conflicts += 1
        for (state, person_id), face_ids in wanted.items():
            image = {"person_id": person_id, "state": state}
            if state == FaceState.IGNORED:
                image["person_id"] = None
            self.loaded.faces += self._txn.update("face", face_ids, image)

    def rejections(self) -> None:
        """Record whom faces are not."""
        of: dict[PersonId, list[FaceId]] = {}
        for row in self._tables["rejections"]:
            person_id, face_id = self._persons.get(row["person"]), self._faces.get(row["face"])
            if person_id is not None and face_id is not None:
                of.setdefault(person_id, []).append(face_id)
        for person_id, face_ids in of.items():
            held = set(faces.with_person(self._txn.connection, face_ids, person_id))
            decided = {
                face.id
                for face in faces.belongings(self._txn.connection, sorted(held))
                if face.state is FaceState.CONFIRMED
            }
            self._txn.reject([face for face in face_ids if face not in decided], person_id)
            loose = sorted(held - decided)
            image = {"person_id": None, "state": FaceState.UNKNOWN.value}
            self._txn.update("face", loose, image)

    def dismissals(self) -> None:
        """Record which questions were answered, of faces and of photos."""
        for row in self._tables["dismissals"]:
            person_id, face_id = self._persons.get(row["person"]), self._faces.get(row["face"])
            if person_id is not None and face_id is not None:
                self._txn.dismiss([face_id], row["kind"], person_id)
        for row in self._tables["not_duplicates"]:
            a, b = self._found.photos.get(row["photo"]), self._found.photos.get(row["other"])
            if a is not None and b is not None and a != b:
                self._txn.link("not_duplicate", [min(a, b)], {"other_id": max(a, b)})

    def relations(self) -> None:
        """Record how people are related, unless something is known of the two."""
        for row in self._tables["relations"]:
            a, b = self._persons.get(row["a"]), self._persons.get(row["b"])
            if a is None or b is None or a == b or row["kind"] not in _KINDS:
                continue
            if row["kind"] != "parent" and a > b:
                a, b = b, a
            known = relations.of(self._txn.connection, a)
            if not any({a, b} == {each.a, each.b} for each in known):
                self._txn.relate(Relation(a, b, row["kind"]))

    def tags(self) -> None:
        """Add tags, and put them on photos and people."""
        ids = {row["key"]: self._tag(row["name"]) for row in self._tables["tags"]}
        tables: tuple[tuple[str, str, Mapping[int, int]], ...] = (
            ("photo_tags", "photo", self._found.photos),
            ("person_tags", "person", self._persons),
        )
        for table, column, known in tables:
            of: dict[int, list[int]] = {}
            for row in self._tables[table]:
                tag_id, holder = ids.get(row["tag"]), known.get(row[column])
                if tag_id is not None and holder is not None:
                    of.setdefault(tag_id, []).append(holder)
            for tag_id, holders in of.items():
                self._txn.link(table[:-1], holders, {"tag_id": tag_id})

    def _tag(self, text: str) -> int | None:
        name = corrections.clean_name(text)
        if name is None:
            return None
        there = label_decisions.find(labels.tags(self._txn.connection), name)
        return there.id if there is not None else self._txn.insert("tag", {"name": name})

    def albums(self) -> None:
        """Add albums and their photos; an album of that name here gets them, too."""
        of: dict[int, list[PhotoId]] = {}
        for row in self._tables["album_photos"]:
            if row["photo"] in self._found.photos:
                of.setdefault(row["album"], []).append(self._found.photos[row["photo"]])
        for row in self._tables["albums"]:
            name = corrections.clean_name(row["name"])
            if name is None:
                continue
            there = label_decisions.find(labels.albums(self._txn.connection), name)
            if there is None:
                image = {"name": name, "search": row["search"]}
                album_id = self._txn.insert("album", image)
            elif (there.search is None) == (row["search"] is None):
                album_id = there.id
            else:
                self.loaded.conflicts += 1
                continue
            if row["search"] is None and row["key"] in of:
                self._txn.link("album_photo", of[row["key"]], {"album_id": album_id})


_KINDS = ("parent", "sibling", "twin", "partner")


def _valid(name: str, value: Any) -> Any:
    """Return a value that the library can hold, or None."""
    try:
        match name:
            case "given_date":
                return None if value is None else dates.clean(value)
            case "birth_date" | "death_date":
                return details.clean_date(value)
            case "notes":
                return details.clean_notes(value)
            case "rating":
                return value if value in range(MOST_STARS + 1) else None
            case "turn":
                return value if value in (90, 180, 270) else None
            case _:
                return None if value is None else descriptions.clean(value)
    except UserError:
        return None


def _is_place(row: Row) -> bool:
    latitude, longitude = row["given_latitude"], row["given_longitude"]
    if row["given_place"] == 0 and latitude is None and longitude is None:
        return True
    return (
        row["given_place"] >= 0
        and latitude is not None
        and longitude is not None
        and -90 <= latitude <= 90
        and -180 <= longitude <= 180
    )
