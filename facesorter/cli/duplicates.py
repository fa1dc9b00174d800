"""The duplicates commands: list groups of the same picture, keep one of each, or separate them."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from typing import Any

from facesorter.cli.decisions import add_decision, open_library
from facesorter.cli.output import EXIT_DONE, EXIT_SOME_FAILED, count, photo_at, reader, result, rows
from facesorter.cli.trash import agreed
from facesorter.desktop.trash import move_duplicates, require_kept
from facesorter.domain import Photo
from facesorter.errors import UserError
from facesorter.library import duplicates, queries
from facesorter.library.decisions import duplicates as decisions
from facesorter.library.duplicates import Group
from facesorter.library.transaction import Transaction


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's commands to the parser."""
    command = commands.add_parser(
        "duplicates", parents=[shared], help="list photos that are the same picture"
    )
    command.add_argument("photos", nargs="*", metavar="PHOTO", help="only groups with these photos")
    command.add_argument("--exact", action="store_true", help="only groups of identical files")
    command.set_defaults(run=run_duplicates)
    command = commands.add_parser(
        "keep-best",
        parents=[shared],
        help="keep the best of each group of identical files and move the others to the "
        "system’s trash",
    )
    command.add_argument("--yes", action="store_true", help="don’t ask")
    command.set_defaults(run=run_keep_best)
    command = commands.add_parser(
        "keep-duplicate",
        parents=[shared],
        help="keep one photo of a group of duplicates and move others to the system’s trash",
    )
    command.add_argument("photo", metavar="PHOTO", help="the photo to keep")
    command.add_argument(
        "others", nargs="*", metavar="PHOTO", help="the photos to move (default: all others)"
    )
    command.add_argument("--yes", action="store_true", help="don’t ask")
    command.set_defaults(run=run_keep)
    help_text = "mark photos as not duplicates of each other"
    command = add_decision(commands, shared, "not-duplicates", help_text, _tell_apart)
    command.add_argument("photos", nargs="+", metavar="PHOTO", help="photos in the library")


def run_duplicates(args: Namespace) -> int:
    """List groups of duplicates, one photo per line."""
    with reader(args) as connection:
        named = {photo_at(connection, path) for path in args.photos}
        found = duplicates.groups(connection)
    wanted = [group for group in found if not named or named & set(group.ids)]
    rows(args, _rows([group for group in wanted if group.exact or not args.exact]))
    return 0


def _rows(found: list[Group]) -> Iterator[dict[str, Any]]:
    for number, group in enumerate(found, 1):
        for photo in group.photos:
            best = photo is group.photos[0]
            yield {
                "group": number,
                "photo_id": photo.id,
                "path": photo.path,
                "best": best,
                "exact": group.exact,
                "width": photo.width,
                "height": photo.height,
                "size": photo.size,
                "unplugged": photo.unplugged,
                "reasons": [reason.value for reason in group.reasons] if best else [],
            }


def _tell_apart(txn: Transaction, args: Namespace) -> None:
    named = [photo_at(txn.connection, path) for path in dict.fromkeys(args.photos)]
    if len(named) < 2:
        raise UserError("Say which photos are no duplicates: two or more.")
    decisions.tell_apart(txn, named)


def run_keep_best(args: Namespace) -> int:
    """Keep the best of identical files. Exit code 1 if some couldn't be moved to the trash."""
    with reader(args) as connection:
        found = duplicates.spare_copies(connection)
    going = [other for _, others in found for other in others]
    size = sum(photo.size for photo in going)
    if not going:
        return _move(args, [], [], {"decided": False, "groups": 0, "size": 0})
    if not args.yes:
        print(f"{count(len(going), 'photo')}, {size / 1e6:,.1f} MB", file=sys.stderr)
        if not agreed(len(going)):
            raise UserError("Nothing was moved. To move photos without being asked, add --yes.")
    for kept, _ in found:
        require_kept([kept])  # the question may have been open for long
    sets = [([kept.id], [other.id for other in others]) for kept, others in found]
    library = open_library(args)
    try:
        _, changes = library.transact(decisions.keep_each, sets)
    finally:
        library.close()
    return _move(args, going, [], {"decided": changes.decided, "groups": len(found), "size": size})


def run_keep(args: Namespace) -> int:
    """Keep one photo of a group. Exit code 1 if some files couldn't be moved to the trash."""
    with reader(args) as connection:
        kept = photo_at(connection, args.photo)
        named = {photo_at(connection, path) for path in args.others} - {kept}
        found = duplicates.groups(connection)
    group = next((each.ids for each in found if kept in each.ids), ())
    others = [each for each in group if each != kept and (not named or each in named)]
    if not others or named - set(group):
        raise UserError("These photos aren’t in a group of duplicates. Nothing was changed.")
    if not args.yes and not agreed(len(others)):
        raise UserError("Nothing was moved. To move photos without being asked, add --yes.")
    with reader(args) as connection:
        staying, going = queries.photos(connection, [kept]), queries.photos(connection, others)
    require_kept(staying)
    library = open_library(args)
    try:
        _, changes = library.transact(decisions.keep, [kept], others)
    finally:
        library.close()
    return _move(args, going, staying, {"decided": changes.decided})


def _move(
    args: Namespace, going: Sequence[Photo], kept: Sequence[Photo], decided: dict[str, Any]
) -> int:
    """Move decided files to the trash and report it."""
    failed = move_duplicates(going, kept)
    for path, reason in failed:
        print(f"{path}: {reason}", file=sys.stderr)
    moved = len(going) - len(failed)
    answer = {
        **decided,
        "moved": moved,
        "failed": [{"path": path, "error": str(reason)} for path, reason in failed],
    }
    result(args, answer, f"{count(moved, 'photo')} moved to the trash.")
    return EXIT_SOME_FAILED if failed else EXIT_DONE
