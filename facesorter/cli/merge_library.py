"""The merge-library command: import another library's decisions."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from facesorter.cli.decisions import open_library
from facesorter.cli.output import count, file_path, result
from facesorter.library.merging import merge
from facesorter.library.merging.plan import Preview
from facesorter.storage.foreign import open_foreign

SHOWN = 20
"""Conflicts printed; JSON has all."""


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's command to the parser."""
    command = commands.add_parser(
        "merge-library",
        parents=[shared],
        help="import the decisions of another library, as one step to undo",
    )
    command.add_argument(
        "other", type=file_path, metavar="LIBRARY", help="its folder, its file, or a backup of it"
    )
    command.add_argument("--dry-run", action="store_true", help="only say what would change")
    command.set_defaults(run=run_merge)


def run_merge(args: Namespace) -> int:
    """Import decisions, or print what that would do."""
    library = open_library(args)
    try:
        with open_foreign(args.other) as source:
            if args.dry_run:
                found = merge.preview(library.connection, source)
            else:
                name = args.other.name
                found, _ = library.transact(merge.merge, source, name)
    finally:
        library.close()
    answer = asdict(found) | {"merged": not args.dry_run and not found.empty}
    result(args, answer, "\n".join(_sentences(found, dry=args.dry_run)))
    return 0


def _sentences(found: Preview, *, dry: bool) -> Iterator[str]:
    yield (
        f"{count(found.photos, 'photo')} in both libraries; "
        f"{count(found.only_there, 'photo')} only in the other one."
    )
    if found.empty:
        yield "Nothing to import."
    else:
        parts = [
            count(found.faces, "face"),
            count(len(found.new_people), "new person", "new people"),
            f"details of {count(found.people, 'person', 'people')}",
            count(found.facts, "other detail"),
        ]
        yield f"{'Would change' if dry else 'Changed'}: {', '.join(parts)}."
    if found.conflicts:
        yield f"{count(len(found.conflicts), 'conflict')}; the later decision counts:"
    for each in found.conflicts[:SHOWN]:
        kept = "here" if each.here_counts else "there"
        whose = f" of {each.person}" if each.person else ""
        photo = f" in photo {each.photo_id}" if each.photo_id else ""
        yield f"  {each.about}{whose}{photo}: {each.here!r} here, {each.there!r} there; {kept}"
