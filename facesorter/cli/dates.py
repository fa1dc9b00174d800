"""Commands for dates: those to check, and repairs, each one journal entry.

They change only the library, never a photo file.
"""

from __future__ import annotations

import os
import sqlite3
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from typing import Any

from facesorter.cli.decisions import open_library
from facesorter.cli.listings import shown_date
from facesorter.cli.output import count, photo_at, reader, result, rows
from facesorter.domain import Photo, PhotoId
from facesorter.errors import UserError
from facesorter.images.dates import precision
from facesorter.library import cameras, date_checks, date_repair, photo_dates, queries
from facesorter.library.date_repair import Proposed, Repair
from facesorter.library.search import search
from facesorter.library.transaction import Transaction
from facesorter.storage.photos import CHUNK


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's command to the parser."""
    top = commands.add_parser(
        "dates", parents=[shared], help="list photos whose date is in doubt, or repair dates"
    )
    top.set_defaults(run=run_check)
    steps = top.add_subparsers(metavar="[STEP]")

    def add(
        name: str, text: str, how: Callable[[Namespace, sqlite3.Connection], Repair] | None
    ) -> ArgumentParser:
        step: ArgumentParser = steps.add_parser(name, parents=[shared], help=text)
        step.add_argument("photos", nargs="*", metavar="PHOTO", help="photos in the library")
        step.add_argument("--search", metavar="TEXT", help="photos that a search finds")
        step.add_argument("--camera", metavar="NAME", help="only photos of this camera")
        if how is not None:
            step.add_argument("--dry-run", action="store_true", help="only say what would change")
        step.set_defaults(run=run_repair if how else run_list, how=how)
        return step

    add("list", "list the dates of photos, with all that is known", None)
    step = add("set", "set a date", lambda args, _: date_repair.SetTo(args.date))
    step.add_argument(
        "--date", required=True, metavar="D", help="2019-05-31 14:30, 2019-05-31, 2019-05, or 2019"
    )
    step = add("shift", "correct a clock that was wrong", _shift)
    step.add_argument("--by", metavar="OFFSET", help="+1:00, -0:02:30, or +365d 2:00")
    step.add_argument("--like", metavar="PHOTO", help="as much as this photo was wrong …")
    step.add_argument("--true", metavar="D", help="… which was taken then: 2019-05-31 14:30")
    add("from-name", "take the date in the file name", lambda *_: date_repair.FromName())
    add("from-folder", "take the date in the folder name", lambda *_: date_repair.FromFolder())
    add(
        "from-neighbours",
        "take the date of the photos before and after in the folder",
        lambda *_: date_repair.FromNeighbours(),
    )
    step = add(
        "spread",
        "spread evenly between two dates, by file name",
        lambda args, _: date_repair.Spread(args.first, args.last),
    )
    step.add_argument("--first", required=True, metavar="D", help="date of the first photo")
    step.add_argument("--last", required=True, metavar="D", help="date of the last photo")
    add("keep", "say that the date is right", lambda *_: date_repair.Keep())
    add("original", "return to the date of the file", lambda *_: date_repair.Original())


def run_check(args: Namespace) -> int:
    """List the photos whose date is in doubt."""
    with reader(args) as connection:
        found = date_checks.find(connection)
        rows(
            args,
            (
                _row(connection, photo) | {"reason": check.value}
                for check, ids in found.items()
                for photo in _photos(connection, ids)
            ),
        )
    return 0


def run_list(args: Namespace) -> int:
    """List the dates of photos."""
    with reader(args) as connection:
        rows(
            args,
            (_row(connection, photo) for photo in _photos(connection, _chosen(args, connection))),
        )
    return 0


def run_repair(args: Namespace) -> int:
    """Repair the dates of photos, or say what that would change."""
    if args.dry_run:
        with reader(args) as connection:
            ids = _chosen(args, connection)
            proposed = date_repair.preview(connection, ids, args.how(args, connection))
            rows(args, map(_proposal, proposed))
        return 0

    def act(txn: Transaction) -> tuple[int, int]:
        ids = _chosen(args, txn.connection)
        return date_repair.repair(txn, ids, args.how(args, txn.connection)), len(set(ids))

    library = open_library(args)
    try:
        (changed, chosen), changes = library.transact(act)
    finally:
        library.close()
    left = chosen - changed
    message = f"{count(changed, 'date')} changed in the library."
    if left:
        message += f" {count(left, 'photo')} left as before: --dry-run says why."
    result(
        args,
        {"decided": changes.decided, "photos": sorted(changes.marked), "unchanged": left},
        message,
    )
    return 0


def _shift(args: Namespace, connection: sqlite3.Connection) -> Repair:
    if args.by is not None and args.like is None and args.true is None:
        return date_repair.Shift(date_repair.seconds_of(args.by))
    if args.by is None and args.like is not None and args.true is not None:
        return date_repair.really_taken(connection, photo_at(connection, args.like), args.true)
    raise UserError("Say --by how much, or --like which photo and when it was --true.")


def _chosen(args: Namespace, connection: sqlite3.Connection) -> list[PhotoId]:
    if not args.photos and args.search is None and args.camera is None:
        raise UserError("Say which photos, by their paths, --search, or --camera.")
    ids = [photo_at(connection, os.path.abspath(path)) for path in args.photos]
    if not ids and args.search is None:
        ids = queries.photo_ids(connection)
    if args.search is not None:
        found = search.photo_ids(connection, args.search)
        ids = [each for each in found if each in set(ids)] if ids else found
    return ids if args.camera is None else cameras.named(connection, ids, args.camera)


def _photos(connection: sqlite3.Connection, ids: list[PhotoId]) -> Iterator[Photo]:
    for start in range(0, len(ids), CHUNK):
        yield from queries.photos(connection, ids[start : start + CHUNK])


def _row(connection: sqlite3.Connection, photo: Photo) -> dict[str, Any]:
    known = photo_dates.known(connection, photo.id)
    return {
        "path": photo.path,
        "taken_at": shown_date(photo),
        "taken_from": photo.taken_from,
        "taken_precision": precision(photo.taken_at),
        "doubt": photo.taken_doubt,
        "known": {source.value: at for source, at in known.items()},
        "reason": photo.taken_doubt,
    }


def _proposal(each: Proposed) -> dict[str, Any]:
    return {
        "path": each.path,
        "before": each.before or None,
        "after": each.after or None,
        "unchanged": None if each.why is None else each.why.value,
    }
