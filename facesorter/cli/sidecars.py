"""The sidecars command: write names, ratings, titles and captions into XMP sidecars."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from facesorter.cli.output import (
    EXIT_DONE,
    EXIT_SOME_FAILED,
    count,
    file_path,
    person_id,
    photo_at,
    reader,
    result,
)
from facesorter.errors import UserError
from facesorter.library import listings, queries, sidecars
from facesorter.library.library import Library
from facesorter.library.sidecars import Form, Options


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's command to the parser."""
    command = commands.add_parser(
        "sidecars",
        parents=[shared],
        help="write names, tags, ratings, titles and captions into XMP sidecars",
    )
    command.add_argument(
        "to",
        nargs="?",
        type=file_path,
        metavar="DIR",
        help="folder for a tree like that of the photos",
    )
    command.add_argument("--beside", action="store_true", help="write beside the photos instead")
    command.add_argument(
        "--person", action="append", default=[], metavar="P", help="only photos with this person"
    )
    command.add_argument("--search", metavar="TEXT", help="only photos that a search finds")
    command.add_argument(
        "--photo", action="append", default=[], metavar="PATH", help="only this photo"
    )
    command.add_argument(
        "--form",
        type=Form,
        choices=list(Form),
        default=Form.FULL,
        help="names of the sidecars (default: name.jpg.xmp)",
    )
    command.add_argument("--dates", action="store_true", help="write corrected dates")
    command.add_argument(
        "--sure", action="store_true", help="write faces that need no confirmation, too"
    )
    command.add_argument(
        "--replace", action="store_true", help="replace what another program says differently"
    )
    command.add_argument(
        "--keep",
        choices=("on", "off"),
        help="keep them up to date from now on while the window is open, or no longer",
    )
    command.set_defaults(run=run_sidecars)


def run_sidecars(args: Namespace) -> int:
    """Write the sidecars. Exit code 1 if some couldn't be written."""
    nowhere = not args.beside and args.to is None
    if (args.beside and args.to is not None) or (nowhere and args.keep != "off"):
        raise UserError("Say where: a folder, or --beside.")
    options = Options(args.to, args.form, args.dates, args.sure, args.replace)
    with reader(args) as connection:
        people = tuple(person_id(connection, text) for text in args.person)
        ids = [photo_at(connection, path) for path in args.photo]
        ids += listings.chosen(connection, people, args.search)
        if not (args.person or args.search or args.photo):
            ids = queries.photo_ids(connection)
        planned = [] if nowhere else sidecars.plan(connection, ids, options)
    if args.keep is not None:
        library = Library(args.library)
        try:
            library.transact(sidecars.keep, options if args.keep == "on" else None)
        finally:
            library.close()
    report = sidecars.run(planned, options)
    for path, reason in report.failed:
        print(f"{path}: {reason}", file=sys.stderr)
    found = {
        "written": len(report.written),
        "merged": len(report.merged),
        "unchanged": report.unchanged,
        "conflicts": report.conflicts,
        "skipped": [{"path": path, "error": str(reason)} for path, reason in report.failed],
    }
    message = (
        f"{count(len(report.written), 'sidecar')} written, "
        f"{count(len(report.merged), 'sidecar')} updated."
    )
    if report.conflicts:
        message += (
            f" Another program says something else of {count(len(report.conflicts), 'photo')}; "
            "that was left as it is."
        )
    if report.failed:
        message += f" {count(len(report.failed), 'sidecar')} couldn’t be written."
    result(args, found, message)
    return EXIT_SOME_FAILED if report.failed else EXIT_DONE
