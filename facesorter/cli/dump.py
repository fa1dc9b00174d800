"""Commands that dump all decisions to a file, and load them again."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facesorter import paths
from facesorter.cli.output import EXIT_DONE, EXIT_SOME_FAILED, count, file_path, reader, result
from facesorter.domain import Region
from facesorter.library import dumps
from facesorter.library.library import Library
from facesorter.library.output_files import refuse_precious
from facesorter.settings import Settings

if TYPE_CHECKING:
    from facesorter.faces.analyzer import FaceAnalyzer, FoundFace


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's commands to the parser."""
    command = commands.add_parser(
        "dump", parents=[shared], help="write people, faces, tags, albums, ratings… to a file"
    )
    command.add_argument(
        "to", type=file_path, metavar="FILE", help="the JSON file; replaced if there"
    )
    command.add_argument(
        "--csv", action="store_true", help="write a folder of CSV files, one per table"
    )
    command.set_defaults(run=run_dump)
    command = commands.add_parser(
        "load", parents=[shared], help="load what dump wrote, as one decision"
    )
    command.add_argument(
        "file", type=file_path, metavar="FILE", help="JSON file or folder of CSV files"
    )
    command.add_argument("--dry-run", action="store_true", help="only say what would be loaded")
    command.set_defaults(run=run_load)


def run_dump(args: Namespace) -> int:
    """Write everything."""
    with reader(args) as connection:
        if not args.csv:
            refuse_precious(connection, args.to)
        written = dumps.write(connection, args.to, as_csv=args.csv)
    counts = {name: written.counts[name] for name in ("photos", "faces", "people")}
    message = (
        f"{count(counts['people'], 'person', 'people')}, {count(counts['faces'], 'face')} and "
        f"{count(counts['photos'], 'photo')} written to {args.to}."
    )
    result(args, {"file": str(args.to), **counts}, message)
    return 0


def run_load(args: Namespace) -> int:
    """Load a file. Exit code 1 if some photos aren't in the library."""
    with reader(args) as connection:
        found = dumps.plan(connection, args.file)
        looking = _Looking()
        described = {}
        if found.missing and not args.dry_run:
            described = dumps.describe(connection, found, looking.look)
    loaded = dumps.Loaded()
    if not args.dry_run:
        library = Library(args.library)
        try:
            loaded, _ = library.transact(dumps.apply, found, described, looking.sha256)
        finally:
            library.close()
    for path in found.unknown:
        print(f"{path}: not in this library", file=sys.stderr)
    message = (
        f"{count(len(found.photos), 'photo')} known here, {len(found.unknown):,} not. "
        f"{count(loaded.people, 'person', 'people')}, {count(loaded.faces, 'face')} loaded."
    )
    if args.dry_run:
        message = (
            f"{count(len(found.photos), 'photo')} known here, {len(found.unknown):,} not. "
            "Nothing was changed."
        )
    answer = {
        "photos": len(found.photos),
        "faces": loaded.faces,
        "people": loaded.people,
        "new_people": loaded.new_people,
        "conflicts": loaded.conflicts,
        "skipped": found.unknown,
    }
    result(args, answer, message)
    return EXIT_SOME_FAILED if found.unknown else EXIT_DONE


class _Looking:
    """Describes faces with the pack in use, which is loaded when the first one is asked for."""

    def __init__(self) -> None:
        self._analyzer: FaceAnalyzer | None = None

    @property
    def sha256(self) -> str:
        """The pack's hash; "" if it wasn't needed."""
        return self._analyzer.sha256 if self._analyzer is not None else ""

    def look(self, path: Path, region: Region, moment: int | None) -> FoundFace:
        """Describe the face in a region of a photo, or of a video's frame."""
        from facesorter.app.model_switch import load_analyzer
        from facesorter.faces.analyzer import describe_region

        if self._analyzer is None:
            self._analyzer = load_analyzer(Settings.load(paths.settings_dir()))
        return describe_region(path, region, self._analyzer, moment)
