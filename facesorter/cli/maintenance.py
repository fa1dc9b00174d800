"""Commands for maintenance and diagnosis, such as check and doctor."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import Any

from facesorter import paths
from facesorter.cli.decisions import open_library
from facesorter.cli.output import EXIT_DONE, EXIT_SOME_FAILED, count, file_path, reader, result
from facesorter.library import check, queries
from facesorter.library.check import Finding
from facesorter.library.decisions.replay import replay
from facesorter.library.library import Library
from facesorter.settings import Settings
from facesorter.storage.backups import snapshot
from facesorter.storage.foreign import open_foreign


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's commands to the parser."""
    command = commands.add_parser(
        "check", parents=[shared], help="verify the library and the original photos"
    )
    command.add_argument("--repair", action="store_true", help="repair what can be repaired")
    command.add_argument("--no-originals", action="store_true", help="skip reading the photos")
    command.set_defaults(run=run_check)
    command = commands.add_parser(
        "replay",
        parents=[shared],
        help="apply changes from another copy of this library",
    )
    command.add_argument(
        "other", metavar="LIBRARY", type=file_path, help="the other copy, or a backup"
    )
    command.set_defaults(run=run_replay)
    command = commands.add_parser(
        "doctor", parents=[shared], help="show system information for a bug report"
    )
    command.add_argument(
        "--report",
        action="store_true",
        help="print a report to send, with recent log lines; names and paths are removed",
    )
    command.set_defaults(run=run_doctor)


def run_check(args: Namespace) -> int:
    """Check the library. Exit code 1 if anything is broken."""
    findings, photos = _look(args)
    originals: list[Finding] = []
    if photos is not None and not args.no_originals:
        with reader(args) as connection:
            originals += check.original_findings(connection)
    mended = 0
    if args.repair and photos is not None and any(f.repairable for f in [*findings, *originals]):
        mended = _repair(args, originals)
        originals.clear()
        findings, photos = _look(args)
    findings += originals
    found = {
        "ok": not findings,
        "photos": photos,
        "mended": mended,
        "findings": [{"kind": f.kind, "text": str(f.message)} for f in findings],
    }
    lines = [f"{finding.kind}: {finding.message}" for finding in findings]
    if mended:
        lines.insert(0, f"{count(mended, 'row')} repaired. Run 'facesorter scan' to do the rest.")
    if findings:
        lines.append("Something is broken.")
        if any(finding.repairable for finding in findings):
            lines.append("'facesorter check --repair' mends what can be mended.")
        if photos is None:
            lines.append(
                "'facesorter restore' goes back to the newest backup and keeps the damaged file; "
                "add --dry-run to see what would be lost."
            )
    else:
        lines.append(f"No problems found in {count(photos or 0, 'photo')}.")
    result(args, found, "\n".join(lines))
    return EXIT_SOME_FAILED if findings else EXIT_DONE


def _look(args: Namespace) -> tuple[list[Finding], int | None]:
    """Return what is wrong with the library, and how many photos it has unless it is damaged."""
    with reader(args) as connection:
        findings = [*check.log_findings(args.library), *check.library_findings(connection)]
        if any(finding.kind == "file" for finding in findings):
            return findings, None
        return findings, queries.counts(connection).photos


def _repair(args: Namespace, originals: Sequence[Finding]) -> int:
    """Repair what is possible, after a snapshot."""
    edited = [finding.photo_id for finding in originals if finding.photo_id is not None]
    library = Library(args.library)
    try:
        snapshot(library.connection, args.library, "before-repair")
        mended, _ = library.transact(check.repair, edited)
    finally:
        library.close()
    return int(mended)


def run_replay(args: Namespace) -> int:
    """Import newer decisions from another copy of the library, such as a damaged one."""
    library = open_library(args)
    try:
        with open_foreign(args.other) as source:
            done, _changes = library.transact(replay, source)
    finally:
        library.close()
    left = f" {count(done.skipped, 'row')} skipped." if done.skipped else ""
    message = f"{count(done.decisions, 'decision')} applied.{left}"
    result(args, {"decisions": done.decisions, "skipped": done.skipped}, message)
    return 0


def run_doctor(args: Namespace) -> int:
    """Print the information needed for a problem report, without paths of photos."""
    from facesorter.app import diagnosis

    settings = Settings.load(paths.settings_dir())
    if args.report:
        text = diagnosis.report(args.library, settings)
        result(args, {"report": text}, text)
        return 0
    with reader(args):
        pass  # upgrades a library of an earlier version
    found = diagnosis.examine(args.library, settings)
    result(args, found, diagnosis.as_text(found))
    return 0
