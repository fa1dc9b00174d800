"""The trash command: move photos to the system's trash."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from facesorter.cli.output import EXIT_DONE, EXIT_SOME_FAILED, ask, count, photo_at, reader, result
from facesorter.desktop.trash import move_photos
from facesorter.errors import UserError
from facesorter.library import queries


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's command to the parser."""
    help_text = "move photos to the system’s trash; what’s known about them is kept"
    command = commands.add_parser("trash", parents=[shared], help=help_text)
    command.add_argument("photos", nargs="+", metavar="PHOTO", help="photos in the library")
    command.add_argument("--yes", action="store_true", help="don’t ask")
    command.set_defaults(run=run_trash)


def run_trash(args: Namespace) -> int:
    """Move photos to the trash. Exit code 1 if some couldn't be moved."""
    with reader(args) as connection:
        ids = dict.fromkeys(photo_at(connection, path) for path in args.photos)
        photos = queries.photos(connection, list(ids))
    if not args.yes and not agreed(len(photos)):
        raise UserError("Nothing was moved. To move photos without being asked, add --yes.")
    failed = move_photos(photos)
    for path, reason in failed:
        print(f"{path}: {reason}", file=sys.stderr)
    moved = len(photos) - len(failed)
    found = {
        "moved": moved,
        "failed": [{"path": path, "error": str(reason)} for path, reason in failed],
    }
    result(args, found, f"{count(moved, 'photo')} moved to the trash.")
    return EXIT_SOME_FAILED if failed else EXIT_DONE


def agreed(photos: int) -> bool:
    """Ask on the terminal whether to move photos to the trash; False without a terminal."""
    if not sys.stdin.isatty():
        return False
    return ask(f"Move {count(photos, 'photo')} to the trash? [y/N] ").lower() == "y"
