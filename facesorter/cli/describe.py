"""Commands for metadata of photos, and for stars, titles and captions.

They change only the library, never a photo file.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import Any

from facesorter.cli.labels import decide_photos, photo_ids
from facesorter.cli.listings import shown_date
from facesorter.cli.output import reader, rows
from facesorter.errors import UserError
from facesorter.images.dates import precision
from facesorter.library import photo_details
from facesorter.library.decisions import descriptions


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's commands to the parser."""
    command = commands.add_parser(
        "details", parents=[shared], help="show all that’s known about photos"
    )
    command.add_argument("photos", nargs="+", metavar="PHOTO", help="photos in the library")
    command.set_defaults(run=run_details)
    command = commands.add_parser("rate", parents=[shared], help="give photos 0 to 5 stars")
    command.add_argument("stars", type=int, choices=range(6), metavar="STARS")
    command.add_argument("photos", nargs="+", metavar="PHOTO", help="photos in the library")
    command.set_defaults(run=run_rate)
    command = commands.add_parser(
        "describe", parents=[shared], help="give photos a title or a caption"
    )
    command.add_argument("photos", nargs="+", metavar="PHOTO", help="photos in the library")
    command.add_argument("--title", metavar="TEXT", help="'' for none")
    command.add_argument("--caption", metavar="TEXT", help="'' for none")
    command.set_defaults(run=run_describe)


def run_details(args: Namespace) -> int:
    """Show all that is known of photos."""
    with reader(args) as connection:
        found = photo_ids(connection, args.photos)
        rows(args, [_row(photo_details.shared(connection, [photo_id])) for photo_id in found])
    return 0


def run_rate(args: Namespace) -> int:
    """Give photos stars."""
    return decide_photos(
        args,
        lambda txn: descriptions.rate(txn, photo_ids(txn.connection, args.photos), args.stars),
    )


def run_describe(args: Namespace) -> int:
    """Give photos a title or a caption."""
    if args.title is None and args.caption is None:
        raise UserError("Say what to change: --title or --caption.")
    return decide_photos(
        args,
        lambda txn: descriptions.describe(
            txn,
            photo_ids(txn.connection, args.photos),
            title=args.title,
            caption=args.caption,
        ),
    )


def _row(found: photo_details.Shared) -> dict[str, Any]:
    assert found.one is not None
    photo, info, place = found.one.photo, found.one.info, found.one.place
    city = place and place.city
    given = [name for name, value in asdict(found.one.given).items() if value is not None]
    return {
        "photo_id": photo.id,
        "path": photo.path,
        "bytes": photo.size,
        "width": photo.width,
        "height": photo.height,
        "taken_at": shown_date(photo),
        "taken_from": photo.taken_from,
        "taken_precision": precision(photo.taken_at),
        "taken_doubt": photo.taken_doubt,
        "known": {source.value: at for source, at in found.dates.items()},
        **asdict(info),
        "utc_offset": found.one.utc_offset,
        "keywords": list(info.keywords),
        "pages": found.one.pages,
        "latitude": place and place.latitude,
        "longitude": place and place.longitude,
        "city": city and city.name,
        "region": city and city.region,
        "country": place and (place.country or None),
        "rating": found.one.rating,
        "title": found.one.title,
        "caption": found.one.caption,
        "given": [*given, *(["place"] if place and place.given else [])],
        "people": list(found.people),
        "tags": list(found.tags),
        "albums": list(found.albums),
        "problem": None if found.problem is None else str(found.problem),
    }
