"""What other programs keep about people, built from their documented formats.

The formats' sources are named where they are read, in `facesorter.exchange`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple


class Box(NamedTuple):
    """A face: name, and left, top, width, height as fractions."""

    name: str
    x: float
    y: float
    w: float
    h: float


def rect64(box: Box) -> str:
    """Picasa's rectangle: hexadecimal without leading zeros."""
    number = 0
    for edge in (box.x, box.y, box.x + box.w, box.y + box.h):
        number = number << 16 | round(edge * 65535)
    return f"rect64({number:x})"


def contact_id(name: str) -> str:
    """A number that Picasa could have given somebody."""
    return "f" * 16 if not name else f"{sum(name.encode()) * 2654435761 % 2**60:x}"


def picasa_folder(
    folder: Path,
    photos: Mapping[str, Sequence[Box]],
    *,
    rotated: Mapping[str, int] | None = None,
    contacts: bool = True,
    encoding: str = "utf-8",
) -> Path:
    """Write a folder's ``.picasa.ini``."""
    lines = ["[Picasa]", "name=Summer: 100% fun", "[.album:0123]", "name=Best of"]
    names = sorted({box.name for boxes in photos.values() for box in boxes if box.name})
    if contacts:
        lines += ["[Contacts2]", *(f"{contact_id(name)}={name};;" for name in names)]
    for photo, boxes in photos.items():
        lines += [f"[{photo}]", "star=yes", "backuphash=1234"]
        faces = ";".join(f"{rect64(box)},{contact_id(box.name)}" for box in boxes)
        lines.append(f"faces={faces}")
        if rotated and photo in rotated:
            lines.append(f"rotate=rotate({rotated[photo]})")
    path = folder / ".picasa.ini"
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


def picasa_contacts(path: Path, names: Sequence[str]) -> Path:
    """Write Picasa's ``contacts.xml``."""
    entries = "".join(
        f' <contact id="{contact_id(name):0>16}" name="{name}" '
        'modified_time="2013-01-01T00:00:00+01:00" local_contact="1"/>\n'
        for name in names
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"<contacts>\n{entries}</contacts>\n", "utf-8")
    return path


DIGIKAM_SCHEMA = """
CREATE TABLE AlbumRoots (id INTEGER PRIMARY KEY, label TEXT, status INTEGER NOT NULL,
    type INTEGER NOT NULL, identifier TEXT, specificPath TEXT, UNIQUE(identifier, specificPath));
CREATE TABLE Albums (id INTEGER PRIMARY KEY, albumRoot INTEGER NOT NULL,
    relativePath TEXT NOT NULL, date DATE, caption TEXT, collection TEXT, icon INTEGER,
    UNIQUE(albumRoot, relativePath));
CREATE TABLE Images (id INTEGER PRIMARY KEY, album INTEGER, name TEXT NOT NULL,
    status INTEGER NOT NULL, category INTEGER NOT NULL, modificationDate DATETIME,
    fileSize INTEGER, uniqueHash TEXT, manualOrder INTEGER, UNIQUE(album, name));
CREATE TABLE ImageInformation (imageid INTEGER PRIMARY KEY, rating INTEGER, creationDate DATETIME,
    digitizationDate DATETIME, orientation INTEGER, width INTEGER, height INTEGER, format TEXT,
    colorDepth INTEGER, colorModel INTEGER);
CREATE TABLE Tags (id INTEGER PRIMARY KEY, pid INTEGER, name TEXT NOT NULL, icon INTEGER,
    iconkde TEXT, UNIQUE(name, pid));
CREATE TABLE TagsTree (id INTEGER NOT NULL, pid INTEGER NOT NULL, UNIQUE(id, pid));
CREATE TABLE ImageTags (imageid INTEGER NOT NULL, tagid INTEGER NOT NULL,
    UNIQUE(imageid, tagid));
CREATE TABLE TagProperties (tagid INTEGER, property TEXT, value TEXT);
CREATE TABLE ImageTagProperties (imageid INTEGER, tagid INTEGER, property TEXT, value TEXT);
CREATE TABLE Settings (keyword TEXT NOT NULL UNIQUE, value TEXT);
CREATE INDEX tag_id_index ON ImageTags (imageid);
CREATE INDEX imagetagproperties_imageid_index ON ImageTagProperties (imageid);
INSERT INTO Settings VALUES ('DBVersion', '16');
INSERT INTO Tags VALUES (1, 0, 'People', NULL, NULL), (2, 1, 'Unknown', NULL, NULL),
    (3, 1, 'Unconfirmed', NULL, NULL), (4, 1, 'Ignored', NULL, NULL), (5, 0, 'Sea', NULL, NULL);
INSERT INTO TagProperties VALUES (2, 'person', NULL), (2, 'unknownPerson', NULL),
    (3, 'person', NULL), (3, 'unconfirmedPerson', NULL), (4, 'person', NULL),
    (4, 'ignoredPerson', NULL);
"""
"""The tables that hold people and photos, as digiKam 8 creates them."""


class DigikamPhoto(NamedTuple):
    """A photo of a digiKam database; its faces are of the upright picture."""

    album: str
    name: str
    width: int
    height: int
    """As in the file."""
    orientation: int
    confirmed: Sequence[Box] = ()
    unknown: Sequence[Box] = ()
    proposed: Sequence[Box] = ()
    ignored: Sequence[Box] = ()
    tagged: Sequence[str] = ()
    """People without a face."""
    status: int = 1


def digikam_database(
    path: Path, photos: Sequence[DigikamPhoto], *, identifier: str, specific: str = "/"
) -> Path:
    """Write a digiKam database with one collection."""
    people: dict[str, int] = {}
    albums: dict[str, int] = {}
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(DIGIKAM_SCHEMA)
        connection.execute(
            "INSERT INTO AlbumRoots VALUES (1, 'Photos', 0, 1, ?, ?)", (identifier, specific)
        )

        def person(name: str) -> int:
            if name not in people:
                people[name] = 100 + len(people)
                connection.execute(
                    "INSERT INTO Tags VALUES (?, 1, ?, NULL, NULL)", (people[name], f"{name} (tag)")
                )
                connection.execute(
                    "INSERT INTO TagProperties VALUES (?, 'person', ?)", (people[name], name)
                )
            return people[name]

        def face(image: int, tag: int, kind: str, box: Box, size: tuple[int, int]) -> None:
            across, down = size
            rect = (
                f'<rect x="{round(box.x * across)}" y="{round(box.y * down)}" '
                f'width="{round(box.w * across)}" height="{round(box.h * down)}"/>'
            )
            connection.execute(
                "INSERT INTO ImageTagProperties VALUES (?, ?, ?, ?)", (image, tag, kind, rect)
            )
            connection.execute("INSERT OR IGNORE INTO ImageTags VALUES (?, ?)", (image, tag))

        for image, photo in enumerate(photos, 1):
            if photo.album not in albums:
                albums[photo.album] = len(albums) + 1
                connection.execute(
                    "INSERT INTO Albums VALUES (?, 1, ?, NULL, NULL, NULL, NULL)",
                    (albums[photo.album], photo.album),
                )
            connection.execute(
                "INSERT INTO Images VALUES (?, ?, ?, ?, 1, NULL, 1, 'x', NULL)",
                (image, albums[photo.album], photo.name, photo.status),
            )
            connection.execute(
                "INSERT INTO ImageInformation VALUES (?, 0, NULL, NULL, ?, ?, ?, 'JPG', 8, 1)",
                (image, photo.orientation, photo.width, photo.height),
            )
            size = (photo.width, photo.height)
            size = size[::-1] if photo.orientation > 4 else size
            for box in photo.confirmed:
                face(image, person(box.name), "tagRegion", box, size)
            for tag, boxes in ((2, photo.unknown), (3, photo.proposed), (4, photo.ignored)):
                for box in boxes:
                    face(image, tag, "autodetectedFace", box, size)
            for name in photo.tagged:
                connection.execute("INSERT INTO ImageTags VALUES (?, ?)", (image, person(name)))
    return path


def takeout(title: str, people: Sequence[str]) -> str:
    """The JSON file of a photo in a Google Takeout archive."""
    takeout: dict[str, Any] = {
        "title": title,
        "description": "",
        "imageViews": "3",
        "creationTime": {"timestamp": "1539439092", "formatted": "13.10.2018, 13:58:12 UTC"},
        "photoTakenTime": {"timestamp": "1539439092", "formatted": "13.10.2018, 13:58:12 UTC"},
        "geoData": {"latitude": 0.0, "longitude": 0.0, "altitude": 0.0},
        "url": "https://photos.google.com/photo/x",
    }
    if people:
        takeout["people"] = [{"name": name} for name in people]
    return json.dumps(takeout, indent=2, ensure_ascii=False)


def osxphotos_photo(name: str, path: str | None, boxes: Sequence[Box]) -> dict[str, Any]:
    """A photo as ``osxphotos query --json`` describes it, with the fields that matter here."""
    return {
        "uuid": "D79B8D77-BFFC-460B-9312-034F2877D35B",
        "filename": "D79B8D77-BFFC-460B-9312-034F2877D35B.jpeg",
        "original_filename": name,
        "path": path,
        "path_edited": None,
        "keywords": ["Kids"],
        "persons": [box.name or "_UNKNOWN_" for box in boxes],
        "orientation": 1,
        "width": 1365,
        "height": 2048,
        "face_info": [
            {
                "name": box.name or "_UNKNOWN_",
                "center_x": box.x + box.w / 2,
                "center_y": 1 - box.y - box.h / 2,
                "mwg_rs_area": {
                    "x": box.x + box.w / 2,
                    "y": box.y + box.h / 2,
                    "h": box.h,
                    "w": box.w,
                },
                "quality": 0.7,
            }
            for box in boxes
        ],
    }


def immich_asset(name: str, boxes: Sequence[Box], size: tuple[int, int]) -> dict[str, Any]:
    """A photo as Immich's API describes it, with the fields that matter here."""
    across, down = size

    def face(box: Box) -> dict[str, Any]:
        return {
            "id": "1",
            "imageWidth": across,
            "imageHeight": down,
            "boundingBoxX1": round(box.x * across),
            "boundingBoxY1": round(box.y * down),
            "boundingBoxX2": round((box.x + box.w) * across),
            "boundingBoxY2": round((box.y + box.h) * down),
            "sourceType": "machine-learning",
        }

    return {
        "id": "a",
        "type": "IMAGE",
        "originalPath": f"/usr/src/app/upload/library/admin/2024/{name}",
        "originalFileName": name,
        "people": [
            {"id": box.name, "name": box.name, "birthDate": None, "faces": [face(box)]}
            for box in boxes
            if box.name
        ],
        "unassignedFaces": [face(box) for box in boxes if not box.name],
    }


def tonfotos_ini(photos: Mapping[str, Sequence[str]]) -> str:
    """A ``.tonfotos.ini`` file."""
    names = sorted({name for people in photos.values() for name in people})
    faces = {
        photo: {"faces": {f"f{at}": {"v": {"p": f"id-{name}"}} for at, name in enumerate(people)}}
        for photo, people in photos.items()
    }
    data = [{"ids": ["other", f"id-{name}"], "person": {"name": name}} for name in names]
    return json.dumps({"files": faces, "data": data}, ensure_ascii=False)
