"""Commands for backups of the library: backup, backups, and restore."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path
from typing import Any

from facesorter.cli.decisions import open_library
from facesorter.cli.output import count, file_path, reader, result, rows
from facesorter.errors import UserError
from facesorter.library import restoring
from facesorter.storage import backups
from facesorter.storage.backups import Backup, Holdings
from facesorter.storage.database import DATABASE_NAME
from facesorter.storage.lock import take_lock


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's commands to the parser."""
    command = commands.add_parser(
        "backup", parents=[shared], help="make a verified copy of the library"
    )
    command.add_argument(
        "file",
        nargs="?",
        type=file_path,
        metavar="FILE",
        help="where to (default: among the library's backups)",
    )
    command.set_defaults(run=run_backup)
    command = commands.add_parser("backups", parents=[shared], help="list the library's backups")
    command.set_defaults(run=run_backups)
    command = commands.add_parser(
        "restore",
        parents=[shared],
        help="go back to a backup; what is there now is kept",
    )
    command.add_argument(
        "file", nargs="?", type=file_path, metavar="FILE", help="the backup (default: the newest)"
    )
    command.add_argument(
        "--dry-run", action="store_true", help="only say what would be restored and lost"
    )
    command.add_argument(
        "--replay",
        action="store_true",
        help="then repeat the decisions that the library has and the backup lacks",
    )
    command.add_argument(
        "--start-over",
        action="store_true",
        help="restore nothing: move the library aside, so that the next scan makes a new one",
    )
    command.set_defaults(run=run_restore)


def run_backup(args: Namespace) -> int:
    """Back up the library, and print what the copy contains."""
    library = open_library(args)
    try:
        if args.file is None:
            made = backups.describe(backups.snapshot(library.connection, args.library, "manual"))
        else:
            made = _back_up_to(library.connection, args.file)
    finally:
        library.close(snapshot=False)
    result(args, _row(made), f"Backed up to {made.path}: {_holds(made.holdings)}.")
    return 0


def _back_up_to(connection: Any, file: Path) -> Backup:
    if file.exists():
        raise UserError(
            "{file} already exists. Choose another name, or delete it first.", file=file
        )
    return backups.back_up(connection, file)


def run_backups(args: Namespace) -> int:
    """List the backups, newest first."""
    rows(args, map(_row, backups.backups(args.library)))
    return 0


def run_restore(args: Namespace) -> int:
    """Replace the library by a backup, or print what that would do."""
    if args.start_over:
        return _start_over(args)
    source = args.file or _newest(args.library)
    present = _present(args)
    replayed = None
    if args.dry_run:
        try:
            found = backups.verified(source)
        except OSError as error:
            raise UserError("{file} can’t be read ({error}).", file=source, error=error) from error
    else:
        try:
            found, replayed = restoring.restore(args.library, source, later=args.replay)
        except OSError as error:
            raise UserError(
                "{file} can’t be restored ({error}). The library is unchanged.",
                file=source,
                error=error,
            ) from error
    lost = _lost(present, found.holdings)
    summary = f"Restored {found.path.name}" if not args.dry_run else f"{found.path.name} is whole"
    sentence = f"{summary}: {_holds(found.holdings)}."
    if lost is not None and present is not None:
        verb = "is" if lost["decisions"] == 1 else "are"
        verb = "would be" if args.dry_run else verb
        sentence += f" Now: {_holds(present)}; {count(lost['decisions'], 'decision')} {verb} lost."
        if replayed is not None:
            sentence = f"{summary}: {_holds(found.holdings)}."
    if replayed is not None:
        sentence += f" {count(replayed.decisions, 'later decision')} repeated."
        if replayed.skipped:
            sentence += f" {count(replayed.skipped, 'row')} skipped."
    done = None if replayed is None else asdict(replayed)
    fields = {"lost": lost, "restored": not args.dry_run, "replayed": done}
    result(args, _row(found) | fields, sentence)
    return 0


def _start_over(args: Namespace) -> int:
    lock = take_lock(args.library)
    try:
        aside = None if args.dry_run else backups.start_over(args.library)
    finally:
        lock.release()
    found = {"file": None, "moved_to": None if aside is None else str(aside)}
    message = "Nothing was moved." if aside is None else f"The library was moved to {aside}."
    result(args, found, f"{message} 'facesorter scan FOLDER' makes a new one.")
    return 0


def _newest(directory: Path) -> Path:
    for backup in backups.backups(directory):
        if backup.holdings is not None:
            return backup.path
    raise UserError("There are no backups in {folder}.", folder=directory / backups.SNAPSHOTS_NAME)


def _present(args: Namespace) -> Holdings | None:
    """Return the current contents of the library; None if missing or unreadable."""
    if not (args.library / DATABASE_NAME).exists():
        return None
    try:
        with reader(args) as connection:
            return backups.holdings_of(connection)
    except UserError:
        return None


def _lost(present: Holdings | None, found: Holdings | None) -> dict[str, int] | None:
    if present is None or found is None:
        return None
    return asdict(present.beyond(found))


def _row(backup: Backup) -> dict[str, Any]:
    held: dict[str, Any] = (
        dict.fromkeys(Holdings.__dataclass_fields__)
        if backup.holdings is None
        else asdict(backup.holdings)
    )
    return {
        "file": str(backup.path),
        "made_at": backup.made_at,
        "reason": backup.reason,
        "bytes": backup.bytes,
        **held,
    }


def _holds(holdings: Holdings | None) -> str:
    if holdings is None:
        return "it can't be read"
    return ", ".join(
        [
            count(holdings.photos, "photo"),
            count(holdings.people, "named person", "named people"),
            count(holdings.decisions, "decision"),
        ]
    )
