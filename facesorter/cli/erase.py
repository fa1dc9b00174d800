"""The erase command: remove a person, or all face data, for good."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import Any

from facesorter import paths
from facesorter.cli.decisions import open_library
from facesorter.cli.output import ask, count, person_id, result
from facesorter.errors import UserError
from facesorter.library import erase
from facesorter.library.erase import Plan
from facesorter.storage import persons


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's command to the parser."""
    command = commands.add_parser(
        "erase",
        parents=[shared],
        help="erase a person or all face data for good; can’t be undone",
    )
    command.add_argument("person", nargs="?", metavar="PERSON", help="id or name")
    command.add_argument("--all", action="store_true", help="all faces, people, and their names")
    command.add_argument(
        "--keep-texts", action="store_true", help="leave the name in captions, tags, and albums"
    )
    command.add_argument("--dry-run", action="store_true", help="only say what would go")
    command.add_argument("--yes", action="store_true", help="don’t ask")
    command.set_defaults(run=run_erase)


def run_erase(args: Namespace) -> int:
    """Say what goes, ask, and erase it."""
    if args.all == bool(args.person):
        raise UserError("Say whom to erase, or --all for everything about faces.")
    library = open_library(args)
    try:
        connection = library.connection
        whom = None if args.all else person_id(connection, args.person)
        name = None if whom is None else persons.name_of(connection, whom)
        what = erase.plan(connection, args.library, whom, keep_texts=args.keep_texts)
        done = not args.dry_run and (args.yes or _agreed(what, name))
        if done:
            cache = paths.library_cache(args.library)
            what = library.erase(whom, cache, keep_texts=args.keep_texts)
    finally:
        library.close(snapshot=False)
    found = {
        "erased": done,
        "faces": len(what.faces),
        "people": what.people,
        "photos": what.photos,
        "decisions": what.decisions,
        "texts": what.texts,
        "snapshots_removed": [str(path) for path in what.backups],
    }
    heading = "Erased for good:" if done else "Nothing was erased. It would be gone for good:"
    result(args, found, "\n  ".join([heading, *_parts(what)]))
    return 0


def _agreed(what: Plan, name: str | None) -> bool:
    if not sys.stdin.isatty():
        raise UserError("Erasing can’t be undone. Add --yes to go ahead, or --dry-run to look.")
    print("\n  ".join(["This erases for good, and can’t be undone:", *_parts(what)]))
    print("Names in photo files and folder names stay, since photos are never changed.")
    wanted = name or "erase"
    return ask(f"Type {wanted} to go ahead: ") == wanted


def _parts(what: Plan) -> Iterator[str]:
    yield f"{count(len(what.faces), 'face')} in {count(what.photos, 'photo')}; the photos stay"
    yield count(what.people, "person", "people")
    yield f"{count(what.decisions, 'decision')} from the history"
    if what.texts:
        yield f"the name in {count(what.texts, 'caption, tag, album, or note')}"
    yield count(len(what.backups), "backup")
    yield from (f"  {path.name}" for path in what.backups)
