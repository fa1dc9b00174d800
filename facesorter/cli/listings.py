"""Commands that list the library's contents: photos, faces, people, log."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from facesorter.cli.output import at_least_one, person_id, photo_at, reader, rows
from facesorter.domain import Face, PersonOrder, Photo, PhotoStatus
from facesorter.images.dates import at_time, earliest, precision
from facesorter.library import listings, places, queries
from facesorter.library.decisions import journal
from facesorter.library.places import Place


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's commands to the parser."""
    command = commands.add_parser("photos", parents=[shared], help="list photos")
    command.add_argument("--person", metavar="P", help="only photos with this person (id or name)")
    command.add_argument("--folder", metavar="F", help="only photos below this folder")
    command.add_argument(
        "--search", metavar="TEXT", help='only photos such as "Anna and Tom", "only Anna 2019"'
    )
    command.add_argument("--status", choices=[status.value for status in PhotoStatus])
    command.add_argument(
        "--sort", choices=("newest", "oldest"), help="by date; those without one are last"
    )
    command.set_defaults(run=run_photos)
    command = commands.add_parser("faces", parents=[shared], help="list faces")
    command.add_argument("--person", metavar="P", help="only faces of this person (id or name)")
    command.add_argument("--photo", metavar="PATH", help="only faces in this photo")
    command.add_argument(
        "--embeddings", metavar="OUT.npy", help="also write the embeddings, one row per face"
    )
    command.set_defaults(run=run_faces)
    command = commands.add_parser(
        "people", parents=[shared], help="list people, including unnamed ones"
    )
    command.add_argument(
        "--sort",
        type=PersonOrder,
        choices=list(PersonOrder),
        help="favorites first, then by number of faces, name, or latest photo; by id if not given",
    )
    command.add_argument(
        "--matching", metavar="TEXT", default="", help="only people whose name begins with TEXT"
    )
    command.set_defaults(run=run_people)
    command = commands.add_parser("log", parents=[shared], help="list decisions, newest first")
    command.add_argument(
        "--count",
        type=at_least_one,
        default=100,
        metavar="N",
        help="number of entries (default: 100)",
    )
    command.set_defaults(run=run_log)


def run_photos(args: Namespace) -> int:
    """List photos."""
    with reader(args) as connection:
        person = person_id(connection, args.person) if args.person else None
        found = list(
            listings.photos(
                connection, person_id=person, status=args.status, search_text=args.search
            )
        )
        if args.sort:
            newest = queries.photo_ids(connection)
            in_order = newest if args.sort == "newest" else queries.oldest_first(connection, newest)
            place = {photo_id: at for at, photo_id in enumerate(in_order)}
            found.sort(key=lambda photo: place.get(photo.id, len(place)))
        below = os.path.abspath(args.folder) if args.folder else None
        located = places.of_photos(connection, [photo.id for photo in found])
        rows(
            args,
            (
                _photo_row(photo, tags, located.get(photo.id))
                for photo, tags in listings.tagged(connection, found)
                if below is None or _is_below(photo.path, below)
            ),
        )
    return 0


def run_faces(args: Namespace) -> int:
    """List faces."""
    with reader(args) as connection:
        person = person_id(connection, args.person) if args.person else None
        photo = None
        if args.photo:
            photo = photo_at(connection, args.photo)
        found: Iterable[tuple[Face, str]] = listings.faces(
            connection, person_id=person, photo_id=photo
        )
        if args.embeddings:
            import numpy as np

            found = list(found)
            np.save(args.embeddings, listings.embeddings_of(connection, [f.id for f, _ in found]))
        absent = [] if photo is None else listings.absent_faces(connection, photo)
        rows(
            args,
            [
                _face_row(face, path) | {"on_photo": there}
                for pairs, there in ((found, True), (absent, False))
                for face, path in pairs
                if person is None or face.person_id == person
            ],
        )
    return 0


def run_people(args: Namespace) -> int:
    """List people."""
    with reader(args) as connection:
        rows(args, _people(connection, args.sort, args.matching))
    return 0


def run_log(args: Namespace) -> int:
    """List decisions."""
    with reader(args) as connection:
        rows(
            args,
            (
                {
                    "decision": entry.id,
                    "kind": entry.kind,
                    **{key: value for key, value in entry.args if key != "times"},
                    "made_at": entry.made_at,
                    "state": "superseded"
                    if entry.superseded
                    else ("undone" if entry.undone else "done"),
                }
                for entry in journal.entries(connection, args.count)
            ),
        )
    return 0


def _people(connection: Any, order: PersonOrder | None, matching: str) -> Iterator[dict[str, Any]]:
    people = queries.all_persons(connection)
    if order is not None or matching:
        cards = queries.cards(
            connection, smallest=0, order=order or PersonOrder.FACES, matching=matching
        )
        known = {person.id: person for person in people}
        people = [known[each] for each in cards.seen + cards.hidden if each in known]
    for person in people:
        yield {
            "person_id": person.id,
            "name": person.name,
            "faces": person.faces,
            "confirmed": person.confirmed,
            "suggested": person.suggested,
            "sure": person.sure,
            "cover_face_id": person.cover_face_id,
            "first": person.first and earliest(person.first),
            "last": person.last and earliest(person.last),
            "hidden": person.hidden,
        }


def shown_date(photo: Photo) -> str:
    """Return a photo's date in full precision; of one without, the time of its file."""
    return earliest(photo.taken_at or at_time(photo.mtime_ns / 1e9) or "1970")


def _photo_row(
    photo: Photo, tags: Sequence[str] = (), place: Place | None = None
) -> dict[str, Any]:
    city = place and place.city
    return {
        "photo_id": photo.id,
        "path": photo.path,
        "status": photo.status.value,
        "error": None if photo.error is None else str(photo.error),
        "width": photo.width,
        "height": photo.height,
        "taken_at": shown_date(photo),
        "taken_from": photo.taken_from,
        "taken_precision": precision(photo.taken_at),
        "taken_doubt": photo.taken_doubt,
        "faces": photo.faces,
        "favourite": photo.favourite,
        "rating": photo.rating,
        "collage": photo.repeats,
        "searched": photo.searched,
        "turn": photo.turn,
        "duration": None if photo.duration is None else photo.duration / 1000,
        "tags": list(tags),
        "latitude": place and place.latitude,
        "longitude": place and place.longitude,
        "city": city and city.name,
        "region": city and city.region,
        "country": place and (place.country or None),
    }


def _face_row(face: Face, path: str) -> dict[str, Any]:
    region = face.region
    return {
        "face_id": face.id,
        "photo": path,
        "region": [round(v, 6) for v in (region.x, region.y, region.w, region.h)],
        "landmarks": [[round(x, 6), round(y, 6)] for x, y in face.landmarks],
        "score": round(face.detection_score, 4),
        "quality": round(face.quality, 4),
        "origin": face.origin.value,
        "state": face.state.value,
        "person_id": face.person_id,
        "name": face.name,
        "similarity": face.similarity,
        "sure": face.sure,
        "moment": None if face.moment is None else face.moment / 1000,
    }


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
