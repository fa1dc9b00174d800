"""The export command: copies of photos in a folder, as they are or smaller."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import Any

from facesorter.cli.output import (
    EXIT_DONE,
    EXIT_SOME_FAILED,
    at_least_one,
    count,
    file_path,
    person_id,
    photo_at,
    reader,
    result,
)
from facesorter.errors import UserError
from facesorter.images.copy_options import QUALITY, CopyFormat, CopyOptions
from facesorter.library import export, listings, web_pages
from facesorter.library.export import Layout, Naming, Options


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's command to the parser."""
    command = commands.add_parser("export", parents=[shared], help="copy photos to a folder")
    command.add_argument("to", type=file_path, metavar="DIR", help="the folder; made if missing")
    command.add_argument(
        "--person",
        action="append",
        default=[],
        metavar="P",
        help="photos with this person (id or name); may be given several times",
    )
    command.add_argument("--search", metavar="TEXT", help='photos such as "Anna and Tom 2019"')
    command.add_argument("--photo", action="append", default=[], metavar="PATH", help="this photo")
    command.add_argument(
        "--format",
        type=CopyFormat,
        choices=list(CopyFormat),
        default=CopyFormat.ORIGINAL,
        help="as they are (default), or converted and upright",
    )
    command.add_argument(
        "--long-side", type=at_least_one, metavar="PX", help="make larger photos smaller"
    )
    command.add_argument(
        "--quality", type=_quality, default=QUALITY, metavar="N", help="of JPEG, 1 to 100"
    )
    command.add_argument(
        "--folders", type=Layout, choices=list(Layout), default=Layout.FLAT, help="made in DIR"
    )
    command.add_argument(
        "--names", type=Naming, choices=list(Naming), default=Naming.KEPT, help="of the copies"
    )
    command.add_argument("--no-location", action="store_true", help="leave out GPS data")
    command.add_argument(
        "--write-names",
        action="store_true",
        help="write who is where into the copies, for other programs",
    )
    command.add_argument(
        "--web",
        metavar="TITLE",
        help="as web pages in a new folder, for a disk: no server, no scripts",
    )
    command.add_argument("--no-names", action="store_true", help="leave names out of the web pages")
    command.add_argument(
        "--watched", action="store_true", help="allow a folder that is in the library itself"
    )
    command.set_defaults(run=run_export)


def run_export(args: Namespace) -> int:
    """Copy the photos. Exit code 1 if some couldn't be copied."""
    copy = CopyOptions(
        args.format, args.long_side, args.quality, not args.no_location, args.write_names
    )
    changed = args.long_side or args.no_location or args.write_names
    if args.format is CopyFormat.ORIGINAL and changed and not args.web:
        raise UserError("Photos are copied as they are. To change them, add --format jpeg or png.")
    if not (args.person or args.search or args.photo):
        raise UserError("Say which photos: --person, --search or --photo.")
    with reader(args) as connection:
        people = tuple(person_id(connection, text) for text in args.person)
        options = Options(copy, args.folders, args.names, people)
        inside = export.watched_folder(connection, args.to)
        if inside is not None and not args.watched:
            raise UserError(
                "{folder} is watched, so the copies would be added to the library. Choose another "
                "folder, or add --watched.",
                folder=inside,
            )
        ids = [photo_at(connection, path) for path in args.photo]
        ids += listings.chosen(connection, people, args.search)
        if args.web:
            side = args.long_side or web_pages.SIDE
            pages = web_pages.Options(args.web, side, args.quality, not args.no_names)
            shown = web_pages.plan(connection, ids, pages)
        else:
            copies = export.plan(connection, ids, options)
    if args.web:
        report = web_pages.run(shown, args.to, pages)
    else:
        report = export.run(copies, args.to, options)
    for path, reason in report.failed:
        print(f"{path}: {reason}", file=sys.stderr)
    found = {
        "folder": str(args.to),
        "copies": len(report.written),
        "failed": [{"path": path, "error": str(reason)} for path, reason in report.failed],
    }
    message = f"{count(len(report.written), 'photo')} copied to {args.to}."
    if report.failed:
        message += f" {count(len(report.failed), 'photo')} couldn’t be copied."
    result(args, found, message)
    return EXIT_SOME_FAILED if report.failed else EXIT_DONE


def _quality(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= 100:
        return int(text)
    raise ArgumentTypeError(f"{text} is not a number from 1 to 100")
