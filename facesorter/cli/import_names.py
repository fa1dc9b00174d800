"""The import command: import names from other programs, or preview that."""

from __future__ import annotations

import sqlite3
import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from facesorter import paths
from facesorter.cli.output import EXIT_DONE, EXIT_SOME_FAILED, count, file_path, reader, result
from facesorter.errors import UserError
from facesorter.library import queries
from facesorter.library.name_import.judging import Conflict
from facesorter.settings import Settings
from facesorter.storage.file_names import to_show

if TYPE_CHECKING:
    from facesorter.app.name_importer import Names
    from facesorter.library.name_import.importing import Example, Preview

_SOURCES = {
    "regions": "photos",
    "picasa": "picasa",
    "digikam": "digikam",
    "takeout": "json",
    "tonfotos": "tonfotos",
    "labelled": "references",
    "contacts": "contacts",
    "all": None,
}
"""Values of `exchange.sources.Kind`; None for the usual ones."""
_SHOWN = 20
"""People listed in the sentence; --json has all."""


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's command to the parser."""
    command = commands.add_parser(
        "import", parents=[shared], help="import names from other programs"
    )
    command.add_argument(
        "paths",
        nargs="*",
        type=file_path,
        metavar="PATH",
        help="folder, or a file such as digikam4.db or contacts.vcf",
    )
    command.add_argument(
        "--embedded",
        action="store_true",
        help="what is in and beside the library's own photos",
    )
    command.add_argument(
        "--source",
        choices=list(_SOURCES),
        default="all",
        help="read only this; labelled: folders or files named after people; contacts: dates of "
        "birth",
    )
    command.add_argument(
        "--theirs",
        action="append",
        default=[],
        type=Conflict,
        choices=list(Conflict),
        metavar="KIND",
        help="in conflicts of this kind, prefer the imported name to yours: " + ", ".join(Conflict),
    )
    command.add_argument("--dry-run", action="store_true", help="only say what would be done")
    command.set_defaults(run=run_import)


def run_import(args: Namespace) -> int:
    """Use names in one decision, or say what that would do. Exit code 1 if files are unreadable."""
    from facesorter.app.services import Services
    from facesorter.exchange.sources import Kind

    if not args.paths and not args.embedded:
        raise UserError("Say which folder or file to read, or --embedded.")
    with reader(args):
        pass  # it must exist
    services = Services(args.library, settings=Settings.load(paths.settings_dir()), watch=False)
    services.pipeline.analysing = False
    services.refresher.enabled = False
    given = 0
    show = _Bar() if sys.stderr.isatty() else None
    try:
        services.start().result()
        where = [path.absolute() for path in args.paths]
        tell = show or _quiet
        kind = _SOURCES[args.source]
        kinds = None if kind is None else frozenset((Kind(kind),))
        names = services.names.read(where, kinds, progress=tell)
        if not args.dry_run and names.preview:
            services.names.use(names, frozenset(args.theirs))
            given = services.names.apply(progress=tell)
            services.refresher.refresh()
    finally:
        services.stop(None)
        if show is not None:
            show.clear()
    with reader(args) as connection:
        found = _found(connection, names)
    found |= {"named": given, "decided": not args.dry_run and bool(names.preview)}
    result(args, found, _sentences(names, given, args.dry_run))
    return EXIT_SOME_FAILED if names.unreadable else EXIT_DONE


def _found(connection: sqlite3.Connection, names: Names) -> dict[str, Any]:
    preview = names.preview
    return {
        "photos": preview.photos,
        "faces": preview.faces,
        "new_faces": preview.new_faces,
        "known_faces": preview.known,
        "drawn": preview.drawn,
        "waiting": preview.waiting,
        "without_place": preview.unplaced,
        "removed": preview.taken_back,
        "not_in_library": preview.elsewhere,
        "unreadable": names.unreadable,
        "people": [
            {"name": each.name, "faces": each.faces, "person_id": each.person_id}
            for each in preview.people
        ],
        "new_people": preview.new_people,
        "conflicts": [
            {
                "kind": each.kind.value,
                "faces": each.faces,
                "examples": [_example(connection, one) for one in each.examples],
            }
            for each in preview.conflicts
        ],
        "birthdays": [
            {"person_id": each.person_id, "name": each.name, "birth_date": each.date}
            for each in preview.births.new
        ],
        "sources": [
            {"source": source, "photos": photos, "faces": faces}
            for source, photos, faces in preview.sources
        ],
    }


def _example(connection: sqlite3.Connection, example: Example) -> dict[str, Any]:
    found = queries.photos(connection, [example.photo_id])
    return {
        "path": found[0].path if found else None,
        "face_id": example.face_id,
        "mine": example.mine or None,
        "theirs": example.theirs,
        "others": list(example.others),
    }


def _sentences(names: Names, given: int, dry_run: bool) -> str:
    preview = names.preview
    if not preview:
        message = "No new names found."
    elif not preview.new_faces and preview.births.new:
        dates = count(len(preview.births.new), "date")
        message = f"{dates} of birth for people who have none."
        if not dry_run:
            message = f"{dates} of birth added. 'facesorter undo' takes it back."
    elif dry_run:
        new = f" ({preview.new_people:,} new)" if preview.new_people else ""
        people = count(len(preview.people), "person", "people")
        message = (
            f"Names in {count(preview.new_photos, 'photo')}: {count(preview.new_faces, 'face')} "
            f"of {people}{new}."
        )
    else:
        message = f"{count(given, 'face')} named. 'facesorter undo' takes it back."
    lines = [message]
    if dry_run:
        lines += [
            f"  {to_show(each.name)}: {count(each.faces, 'face')}"
            + ("" if each.person_id else ", new")
            for each in preview.people[:_SHOWN]
        ]
        if len(preview.people) > _SHOWN:
            lines.append(f"  and {len(preview.people) - _SHOWN:,} more")
    added = "would be added" if dry_run else "is added"
    for number, words in (
        (preview.known, "already named this way"),
        (preview.drawn, f"where none was found; the other program’s box {added}"),
        (preview.waiting, "in photos that are not analyzed yet; their names wait"),
        (preview.taken_back, "no longer named there"),
    ):
        if number:
            lines.append(f"{count(number, 'face')} {words}.")
    lines += _births(preview, dry_run)
    if preview.unplaced:
        lines.append(f"{count(preview.unplaced, 'name')} without a face, used to recognize people.")
    lines += [
        f"{count(each.faces, 'conflict')} of the kind {each.kind.value}: your word stays "
        f"unless you say --theirs {each.kind.value}."
        for each in preview.conflicts
    ]
    if preview.elsewhere:
        lines.append(f"{count(preview.elsewhere, 'photo')} with names, not in the library.")
    if names.unreadable:
        lines.append(f"{count(names.unreadable, 'file')} couldn't be read.")
    return "\n".join(lines)


def _births(preview: Preview, dry_run: bool) -> list[str]:
    """Return sentences about dates of birth."""
    lines, births = [], preview.births
    if dry_run:
        lines += [f"  {to_show(each.name)}: born {each.date}" for each in births.new[:_SHOWN]]
        if len(births.new) > _SHOWN:
            lines.append(f"  and {len(births.new) - _SHOWN:,} more")
    elif births.new and preview.new_faces:
        lines.append(f"{count(len(births.new), 'date')} of birth added.")
    if births.kept:
        people = count(births.kept, "person", "people")
        lines.append(f"{people} with another date of birth here, which stays.")
    if births.unclear:
        lines.append(f"{count(births.unclear, 'name')} of several people, left out.")
    return lines


def _quiet(_done: int, _all: int | None) -> None:
    pass


class _Bar:
    """A progress line on the terminal."""

    def __call__(self, done: int, everything: int | None) -> None:
        if everything is None and done % 100:
            return
        of = "files read" if everything is None else f"of {count(everything, 'photo')}"
        sys.stderr.write(f"\r\x1b[K{done:,} {of}")
        sys.stderr.flush()

    def clear(self) -> None:
        """Erase the line."""
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
