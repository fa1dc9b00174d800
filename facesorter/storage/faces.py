"""Rows of faces: regions, landmarks, states. Decisions about them go through the journal."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Sequence
from typing import NamedTuple

from facesorter.domain import Face, FaceId, FaceOrigin, FaceState, PersonId, PhotoId, Region
from facesorter.storage.photos import chunks, is_before

_LANDMARKS = struct.Struct("<10f")
_COLUMNS = (
    "face.id, face.photo_id, face.x, face.y, face.w, face.h, face.landmarks, "
    "face.detection_score, face.quality, face.origin, face.state, face.person_id, person.name, "
    "face.similarity, face.sure, face.moment"
)
_FROM = "FROM face LEFT JOIN person ON person.id = face.person_id"


def pack_landmarks(points: Sequence[Sequence[float]]) -> bytes:
    """Pack five (x, y) points into a blob of ten little-endian float32."""
    return _LANDMARKS.pack(*(float(value) for point in points for value in point))


def unpack_landmarks(blob: bytes) -> tuple[tuple[float, float], ...]:
    """Unpack five (x, y) points; inverse of `pack_landmarks`, to float32 precision."""
    flat = _LANDMARKS.unpack(blob)
    return tuple(zip(flat[::2], flat[1::2], strict=True))


def insert(
    connection: sqlite3.Connection,
    photo_id: PhotoId,
    region: Region,
    landmarks: Sequence[Sequence[float]],
    detection_score: float,
    quality: float,
    origin: FaceOrigin = FaceOrigin.DETECTED,
    moment: int | None = None,
) -> FaceId:
    """Add an unassigned face; return its id."""
    cursor = connection.execute(
        "INSERT INTO face (photo_id, x, y, w, h, landmarks, detection_score, quality, origin, "
        "moment, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'unknown')",
        (
            photo_id,
            region.x,
            region.y,
            region.w,
            region.h,
            pack_landmarks(landmarks),
            float(detection_score),
            float(quality),
            origin.value,
            moment,
        ),
    )
    assert cursor.lastrowid is not None
    return FaceId(cursor.lastrowid)


def copy_drawn(
    source: sqlite3.Connection, target: sqlite3.Connection, face_ids: Sequence[FaceId]
) -> list[FaceId]:
    """Copy drawn faces from another copy of a library, as ignored; return the new ones.

    Skips faces that exist already and faces whose photo doesn't exist.
    """
    made: list[FaceId] = []
    for marks, part in chunks(face_ids):
        rows = source.execute(
            "SELECT face.id, photo_id, x, y, w, h, landmarks, detection_score, quality, moment, "
            "model.sha256, vector FROM face LEFT JOIN embedding ON embedding.face_id = face.id "
            "LEFT JOIN model ON model.id = embedding.model_id "
            f"WHERE origin = 'drawn' AND face.id IN ({marks})",
            part,
        )
        for *row, pack, vector in rows.fetchall():
            cursor = target.execute(
                "INSERT OR IGNORE INTO face (id, photo_id, x, y, w, h, landmarks, "
                "detection_score, quality, moment, origin, state) "
                "SELECT ?, id, ?, ?, ?, ?, ?, ?, ?, ?, 'drawn', 'ignored' FROM photo WHERE id = ?",
                [row[0], *row[2:], row[1]],
            )
            if not cursor.rowcount:
                continue
            made.append(row[0])
            target.execute(
                "INSERT INTO embedding (face_id, model_id, vector) "
                "SELECT ?, id, ? FROM model WHERE sha256 = ?",
                (row[0], vector, pack),
            )
    return made


def copy_face(
    source: sqlite3.Connection, target: sqlite3.Connection, face_id: FaceId, photo_id: PhotoId
) -> FaceId:
    """Copy a face of another library to a photo with the same content, ignored; return its id.

    With its embedding, if this library knows the recognizer.
    """
    *row, pack, vector = source.execute(
        "SELECT x, y, w, h, landmarks, detection_score, quality, origin, moment, model.sha256, "
        "vector "
        "FROM face LEFT JOIN embedding ON embedding.face_id = face.id "
        "LEFT JOIN model ON model.id = embedding.model_id WHERE face.id = ?",
        (face_id,),
    ).fetchone()
    cursor = target.execute(
        "INSERT INTO face (x, y, w, h, landmarks, detection_score, quality, origin, moment, "
        "photo_id, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'ignored')",
        (*row, photo_id),
    )
    assert cursor.lastrowid is not None
    target.execute(
        "INSERT INTO embedding (face_id, model_id, vector) SELECT ?, id, ? FROM model "
        "WHERE sha256 = ? AND length(?2) = 4 * dimension",
        (cursor.lastrowid, vector, pack),
    )
    return FaceId(cursor.lastrowid)


def set_ignored(connection: sqlite3.Connection, face_id: FaceId) -> None:
    """Ignore a face that was just inserted, so that it stays invisible until a decision."""
    connection.execute("UPDATE face SET state = 'ignored' WHERE id = ?", (face_id,))


def set_place(
    connection: sqlite3.Connection,
    face_id: FaceId,
    region: Region,
    landmarks: Sequence[Sequence[float]],
    detection_score: float,
    quality: float,
    moment: int | None = None,
) -> None:
    """Update a known face's location from a new analysis; its person and state stay."""
    connection.execute(
        "UPDATE face SET x = ?, y = ?, w = ?, h = ?, landmarks = ?, detection_score = ?, "
        "quality = ?, moment = ? WHERE id = ?",
        (
            region.x,
            region.y,
            region.w,
            region.h,
            pack_landmarks(landmarks),
            float(detection_score),
            float(quality),
            moment,
            face_id,
        ),
    )


def delete(connection: sqlite3.Connection, face_ids: Sequence[FaceId]) -> None:
    """Delete faces that a new analysis no longer finds and no decision mentions."""
    for marks, part in chunks(face_ids):
        connection.execute(f"DELETE FROM face WHERE id IN ({marks})", part)


def any_known(connection: sqlite3.Connection) -> bool:
    """Return whether the library has any face."""
    return bool(connection.execute("SELECT EXISTS (SELECT 1 FROM face)").fetchone()[0])


def undecided(connection: sqlite3.Connection, face_ids: Sequence[FaceId]) -> list[FaceId]:
    """Return the faces that no decision mentions."""
    found: list[FaceId] = []
    for marks, part in chunks(face_ids):
        rows = connection.execute(
            "SELECT id FROM face WHERE state IN ('unknown', 'suggested') AND origin = 'detected' "
            "AND NOT EXISTS (SELECT 1 FROM rejection WHERE rejection.face_id = face.id) "
            f"AND id IN ({marks})",
            part,
        )
        found += [row[0] for row in rows]
    return found


def set_suggestion(
    connection: sqlite3.Connection,
    face_id: FaceId,
    person_id: PersonId | None,
    similarity: float | None,
    sure: bool = False,
) -> None:
    """Suggest a person for a face, or none.

    Skips confirmed and ignored faces: the machine never overrules a person.
    """
    connection.execute(
        "UPDATE face SET person_id = ?, similarity = ?, sure = ?, state = ? "
        "WHERE id = ? AND state IN ('unknown', 'suggested')",
        (person_id, similarity, sure, "unknown" if person_id is None else "suggested", face_id),
    )


def checked_regions(
    connection: sqlite3.Connection, photo_id: PhotoId
) -> list[tuple[int | None, Region]]:
    """Return the faces of a photo that the user drew or confirmed: moment and region."""
    rows = connection.execute(
        "SELECT moment, x, y, w, h FROM face WHERE photo_id = ? "
        "AND (state = 'confirmed' OR origin != 'detected') ORDER BY id",
        (photo_id,),
    )
    return [(moment, Region(*place)) for moment, *place in rows]


def drawn_regions(connection: sqlite3.Connection, photo_id: PhotoId) -> list[Region]:
    """Return the regions of a photo's faces that the user drew or corrected."""
    rows = connection.execute(
        "SELECT x, y, w, h FROM face WHERE photo_id = ? AND origin = 'drawn' "
        "AND state != 'ignored' ORDER BY id",
        (photo_id,),
    )
    return [Region(*row) for row in rows]


def dismissals(connection: sqlite3.Connection, face_id: FaceId) -> list[tuple[str, PersonId]]:
    """Return the dismissed questions about a face: kind and person."""
    return connection.execute(
        "SELECT kind, person_id FROM dismissal WHERE face_id = ? ORDER BY 1, 2", (face_id,)
    ).fetchall()


def ids(
    connection: sqlite3.Connection,
    *,
    person_id: PersonId | None = None,
    photo_id: PhotoId | None = None,
    state: FaceState | None = None,
) -> list[FaceId]:
    """Return faces by person, photo, or state: newest photo first, then from left to right."""
    where, values = ["photo.status != 'missing'"], list[object]()
    for condition, value in (
        ("face.person_id = ?", person_id),
        ("face.photo_id = ?", photo_id),
        ("face.state = ?", state.value if state else None),
    ):
        if value is not None:
            where.append(condition)
            values.append(value)
    rows = connection.execute(
        "SELECT face.id FROM face JOIN photo ON photo.id = face.photo_id "
        f"WHERE {' AND '.join(where)} ORDER BY photo.sort_at DESC, photo.id DESC, "
        "face.moment, face.x",
        values,
    )
    return [row[0] for row in rows]


def ids_in_state(
    connection: sqlite3.Connection, person_id: PersonId, state: FaceState
) -> list[FaceId]:
    """Return a person's faces in one state by id, including those of missing photos."""
    rows = connection.execute(
        "SELECT id FROM face WHERE person_id = ? AND state = ? ORDER BY id",
        (person_id, state.value),
    )
    return [row[0] for row in rows]


def sure_ids(connection: sqlite3.Connection, person_id: PersonId) -> set[FaceId]:
    """Return a person's suggested faces that need no confirmation. Reads an index alone."""
    rows = connection.execute(
        "SELECT id FROM face WHERE person_id = ? AND state = 'suggested' AND sure", (person_id,)
    )
    return {row[0] for row in rows}


def qualities(connection: sqlite3.Connection, person_id: PersonId) -> dict[FaceId, float]:
    """Return the quality of each of a person's faces. Reads an index alone."""
    rows = connection.execute("SELECT id, quality FROM face WHERE person_id = ?", (person_id,))
    return dict(rows.fetchall())


def clearest_confirmed(
    connection: sqlite3.Connection, person_id: PersonId, count: int
) -> list[FaceId]:
    """Return a person's confirmed faces that have an embedding, those of the best quality first."""
    rows = connection.execute(
        "SELECT id FROM face JOIN embedding ON face_id = id "
        "WHERE person_id = ? AND state = 'confirmed' ORDER BY quality DESC, id LIMIT ?",
        (person_id, count),
    )
    return [row[0] for row in rows]


def taken(connection: sqlite3.Connection, face_ids: Sequence[FaceId]) -> dict[FaceId, str]:
    """Return when each face's photo was taken."""
    found: dict[FaceId, str] = {}
    for marks, part in chunks(face_ids):
        rows = connection.execute(
            "SELECT face.id, photo.taken_at FROM face JOIN photo ON photo.id = face.photo_id "
            f"WHERE face.id IN ({marks})",
            part,
        )
        found.update(rows.fetchall())
    return found


def order(connection: sqlite3.Connection, face_ids: Sequence[FaceId]) -> dict[FaceId, str]:
    """Return what each face's photo is sorted by, see `library.photo_order`; "" without a date."""
    found: dict[FaceId, str] = {}
    for marks, part in chunks(face_ids):
        rows = connection.execute(
            "SELECT face.id, photo.sort_at FROM face JOIN photo ON photo.id = face.photo_id "
            f"WHERE face.id IN ({marks})",
            part,
        )
        found.update(rows.fetchall())
    return found


def suggested_before(
    connection: sqlite3.Connection, person_id: PersonId, date: str
) -> list[FaceId]:
    """Return a person's suggested faces in photos taken before a date, by id."""
    rows = connection.execute(
        "SELECT face.id FROM face JOIN photo ON photo.id = face.photo_id "
        "WHERE face.person_id = :person AND face.state = 'suggested' "
        f"AND {is_before('photo.taken_at', ':date')} ORDER BY face.id",
        {"person": person_id, "date": date},
    )
    return [row[0] for row in rows]


UNBORN = (
    "state = 'suggested' AND EXISTS (SELECT 1 FROM person JOIN photo ON photo.id = face.photo_id "
    f"WHERE person.id = face.person_id AND {is_before('photo.taken_at', 'person.birth_date')})"
)
"""SQL condition on ``face``: suggested for a person who was born after the photo was taken."""


def release_unborn(connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]) -> list[FaceId]:
    """Make faces unknown that are suggested for people born after these photos; return them."""
    freed: list[FaceId] = []
    for marks, part in chunks(photo_ids):
        rows = connection.execute(
            "UPDATE face SET person_id = NULL, state = 'unknown', similarity = NULL "
            f"WHERE photo_id IN ({marks}) AND {UNBORN} RETURNING id",
            part,
        ).fetchall()
        freed += [row[0] for row in rows]
    return freed


def by_ids(connection: sqlite3.Connection, face_ids: Sequence[FaceId]) -> list[Face]:
    """Return faces in the order of ``face_ids``; unknown ids are skipped."""
    found: dict[int, Face] = {}
    for marks, part in chunks(face_ids):
        rows = connection.execute(f"SELECT {_COLUMNS} {_FROM} WHERE face.id IN ({marks})", part)
        found.update((row[0], _face(row)) for row in rows)
    return [found[identity] for identity in face_ids if identity in found]


class Belonging(NamedTuple):
    """A face's person and state, all that most decisions need."""

    id: FaceId
    photo_id: PhotoId
    person_id: PersonId | None
    state: FaceState


def belongings(connection: sqlite3.Connection, face_ids: Sequence[FaceId]) -> list[Belonging]:
    """Return person and state in the order of ``face_ids``; unknown ids are skipped."""
    found: dict[FaceId, Belonging] = {}
    for marks, part in chunks(face_ids):
        rows = connection.execute(
            f"SELECT id, photo_id, person_id, state FROM face WHERE id IN ({marks})", part
        )
        found.update((row[0], Belonging(row[0], row[1], row[2], FaceState(row[3]))) for row in rows)
    return [found[identity] for identity in face_ids if identity in found]


def with_person(
    connection: sqlite3.Connection, face_ids: Sequence[FaceId], person_id: PersonId
) -> list[FaceId]:
    """Return the faces that belong to a person, in their order."""
    there = belongings(connection, face_ids)
    return [face.id for face in there if face.person_id == person_id]


def of_photo(connection: sqlite3.Connection, photo_id: PhotoId) -> list[Face]:
    """Return all faces of a photo from left to right, including ignored ones."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} {_FROM} WHERE face.photo_id = ? ORDER BY face.moment, face.x",
        (photo_id,),
    )
    return [_face(row) for row in rows]


def of_photos(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId]
) -> dict[PhotoId, list[Face]]:
    """Return all faces of several photos, each as `of_photo`."""
    found: dict[PhotoId, list[Face]] = {}
    for marks, part in chunks(photo_ids):
        rows = connection.execute(
            f"SELECT {_COLUMNS} {_FROM} WHERE face.photo_id IN ({marks}) ORDER BY face.x", part
        )
        for row in rows:
            found.setdefault(row[1], []).append(_face(row))
    return found


def move_to_photo(
    connection: sqlite3.Connection, face_ids: Sequence[FaceId], photo_id: PhotoId
) -> None:
    """Make faces those of another row of photos: of the photo itself or an earlier version."""
    for marks, part in chunks(face_ids):
        connection.execute(f"UPDATE face SET photo_id = ? WHERE id IN ({marks})", [photo_id, *part])


def _face(row: tuple) -> Face:  # type: ignore[type-arg] # one row of _COLUMNS
    return Face(
        id=row[0],
        photo_id=row[1],
        region=Region(*row[2:6]),
        landmarks=unpack_landmarks(row[6]),
        detection_score=row[7],
        quality=row[8],
        origin=FaceOrigin(row[9]),
        state=FaceState(row[10]),
        person_id=row[11],
        name=row[12],
        similarity=row[13],
        moment=row[15],
        sure=bool(row[14]) and row[10] == FaceState.SUGGESTED,
    )
