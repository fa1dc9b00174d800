"""Commands for where photos were taken; stored in the library, never in photo files."""

from __future__ import annotations

import os
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import Any

from facesorter.cli.labels import decide_photos
from facesorter.cli.output import photo_at, reader, rows
from facesorter.errors import UserError
from facesorter.library import places
from facesorter.library.decisions import places as decisions
from facesorter.library.transaction import Transaction


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's commands to the parser."""
    command = commands.add_parser(
        "places", parents=[shared], help="list the cities where photos were taken"
    )
    command.set_defaults(run=run_places)
    command = commands.add_parser("place", parents=[shared], help="set where photos were taken")
    command.add_argument("photos", nargs="+", metavar="PHOTO", help="photos in the library")
    place = command.add_mutually_exclusive_group(required=True)
    place.add_argument("--city", metavar="NAME", help='such as "Rome" or "Rome, Georgia"')
    place.add_argument("--at", type=point, metavar="LAT,LON", help="in degrees: 41.89,12.49")
    place.add_argument("--none", action="store_true", help="nowhere, whatever the file says")
    place.add_argument("--off", action="store_true", help="take it back; the file counts again")
    command.set_defaults(run=run_place)


def point(text: str) -> tuple[float, float]:
    """Parse latitude and longitude; an argparse type.

    Raises:
        ArgumentTypeError: they aren't two numbers.
    """
    try:
        latitude, longitude = map(float, text.split(","))
    except ValueError:
        raise ArgumentTypeError(f"{text} is not LAT,LON in degrees, such as 41.89,12.49") from None
    return latitude, longitude


def run_places(args: Namespace) -> int:
    """List the cities where photos were taken."""
    from facesorter.geo.gazetteer import gazetteer

    with reader(args) as connection:
        counts = sorted(places.counts(connection).items(), key=lambda pair: (-pair[1], pair[0]))
        cities = ((gazetteer().city(identity), photos) for identity, photos in counts)
        rows(
            args,
            (
                {
                    "city": city.name,
                    "region": city.region,
                    "country": gazetteer().country(city.country),
                    "photos": photos,
                }
                for city, photos in cities
                if city is not None
            ),
        )
    return 0


def run_place(args: Namespace) -> int:
    """Say where photos were taken, that they have no place, or nothing."""

    def act(txn: Transaction) -> None:
        ids = [photo_at(txn.connection, os.path.abspath(path)) for path in args.photos]
        if args.off:
            decisions.clear_place(txn, ids)
        elif args.none:
            decisions.set_nowhere(txn, ids)
        elif args.at is not None:
            decisions.set_place(txn, ids, *args.at)
        else:
            decisions.set_city(txn, ids, _city(args.city))

    return decide_photos(args, act)


def _city(name: str) -> int:
    """Return the best match's id; full names come first, then large cities."""
    from facesorter.geo.gazetteer import gazetteer

    found = gazetteer().search(name, 1)
    if not found:
        raise UserError("No place is named “{name}”. Nothing was changed.", name=name)
    return found[0].id
