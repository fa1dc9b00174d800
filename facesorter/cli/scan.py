"""Commands that find and analyze photos and group the faces: scan and refresh."""

from __future__ import annotations

import os
import sys
import time
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from facesorter import paths
from facesorter.app.progress import Phase, Progress
from facesorter.cli.output import EXIT_DONE, EXIT_SOME_FAILED, count, photo_at, reader, result
from facesorter.errors import Message, UserError
from facesorter.library import grouping, queries
from facesorter.library.scanning import folders
from facesorter.settings import Settings
from facesorter.storage.file_names import to_show

if TYPE_CHECKING:
    from facesorter.app.services import Services


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's commands to the parser."""
    command = commands.add_parser(
        "scan",
        parents=[shared],
        help="add folders, scan and analyze photos, and group faces into people",
    )
    command.add_argument("folders", nargs="*", metavar="FOLDER", help="folders to add")
    command.add_argument(
        "--no-analyse", action="store_true", help="find photos without analyzing them"
    )
    command.add_argument(
        "--no-small-faces",
        action="store_true",
        help="don't search large photos a second time for small faces",
    )
    command.add_argument("--no-refresh", action="store_true", help="don't regroup faces")
    command.add_argument(
        "--workers", type=int, default=0, metavar="N", help="number of analysis threads"
    )
    command.add_argument("--models", default="", metavar="DIR", help="folder of models to use")
    command.add_argument(
        "--thorough",
        action="store_true",
        help="also analyze mirrored faces (slower, slightly more accurate)",
    )
    command.add_argument(
        "--smallest-face",
        type=int,
        default=0,
        metavar="PIXELS",
        help="ignore faces smaller than this",
    )
    command.add_argument(
        "--watch", action="store_true", help="keep watching for new photos until interrupted"
    )
    command.set_defaults(run=run_scan)
    command = commands.add_parser(
        "retry", parents=[shared], help="analyze photos again that couldn't be analyzed"
    )
    command.add_argument(
        "photos", nargs="*", metavar="PHOTO", help="only these files (default: all that failed)"
    )
    command.set_defaults(run=run_retry)
    command = commands.add_parser("refresh", parents=[shared], help="regroup faces into people")
    command.add_argument(
        "--full", action="store_true", help="regroup from scratch and report the differences"
    )
    command.set_defaults(run=run_refresh)


def run_scan(args: Namespace) -> int:
    """Add folders, scan all watched ones, analyze, refresh. Exit code 1 if photos failed."""
    from facesorter.app.services import TICK, Services

    settings = Settings.load(paths.settings_dir())
    # Without a window to keep responsive, use all processors.
    settings.workers = max(1, min(64, args.workers or settings.workers or os.cpu_count() or 1))
    settings.thorough |= args.thorough
    if args.smallest_face:
        settings.smallest_face = max(8, args.smallest_face)
    if args.models:
        settings.models_folder = args.models
    services = Services(args.library, settings=settings, watch=args.watch)
    services.pipeline.analysing = not args.no_analyse
    services.pipeline.searches = not args.no_small_faces
    services.refresher.enabled = not args.no_refresh
    problems: list[Message] = []
    services.failed.connect(problems.append)
    lost: list[Message] = []
    services.taken_over.connect(lost.append)
    show = _Bar() if sys.stderr.isatty() else None
    if show is not None:
        services.progress.connect(show)
    started = time.monotonic()
    try:
        # An interrupt during the opening is closed in order, too.
        services.start().result()
        for folder in args.folders:
            services.submit(folders.add, folder).result()
        services.rescan()
        while not services.pipeline.wait_idle(TICK):
            pass  # in short waits, because Windows delivers interrupts only between them
        if not args.no_refresh and not args.no_analyse:
            _group(services)
        services.wait_idle()
        if not args.no_analyse:
            services.duplicates.find()
        while args.watch and not lost:
            time.sleep(1)
    finally:
        services.stop(None)
        if show is not None:
            show.clear()
    if lost or problems:
        raise UserError((lost or problems)[0])
    return _report(args, time.monotonic() - started)


def run_retry(args: Namespace) -> int:
    """Analyze failed photos again. Exit code 1 if photos failed again."""
    from facesorter.app.services import Services

    with reader(args) as connection:
        found = queries.problems(connection)
        failed = [problem.photo_id for problem in found if not problem.shown]
        if args.photos:
            wanted = {photo_at(connection, path) for path in args.photos}
            failed = [photo_id for photo_id in failed if photo_id in wanted]
    settings = Settings.load(paths.settings_dir())
    settings.workers = max(1, min(64, settings.workers or os.cpu_count() or 1))
    services = Services(args.library, settings=settings, watch=False)
    started = time.monotonic()
    try:
        services.start().result()
        services.try_again(failed).result()
        services.wait_idle()
    finally:
        services.stop(None)
    return _report(args, time.monotonic() - started)


def run_refresh(args: Namespace) -> int:
    """Refresh the groups; with ``--full``, from scratch."""
    from facesorter.app.services import Services

    services = Services(args.library, watch=False)
    services.pipeline.analysing = False
    with reader(args) as connection:
        before = _groups(connection)
    try:
        services.start().result()
        moved = services.refresher.refresh(full=args.full)
    finally:
        services.stop(None)
    with reader(args) as connection:
        after = _groups(connection)
    found = {
        "moved_faces": moved,
        "people_before": len(before),
        "people": len(after),
        "new_people": len(after - before),
        "gone_people": len(before - after),
    }
    sentence = (
        f"{count(moved, 'face')} moved; {count(len(after), 'person', 'people')} now, "
        f"{len(before)} before ({len(after - before)} new, {len(before - after)} gone)."
    )
    result(args, found, sentence)
    return 0


def _group(services: Services) -> None:
    """Complete the grouping, so that the same photos give the same people in any scan."""
    services.refresher.wait_idle()
    if not services.query(grouping.is_final).result():
        services.refresher.refresh(full=True)


def _groups(connection: Any) -> set[int]:
    return set(queries.person_ids(connection))


def _report(args: Namespace, seconds: float) -> int:
    with reader(args) as connection:
        counts = queries.counts(connection)
        problems = queries.problems(connection)
        skipped = queries.skipped(connection)
        unplugged = [f.path for f in queries.folders(connection) if f.state == "unplugged"]
    failed = [problem for problem in problems if not problem.shown]
    incomplete = [problem for problem in problems if problem.shown]
    analysed = counts.photos - counts.pending - counts.problems
    found = {
        "photos": counts.photos,
        "videos": counts.videos,
        "analysed": analysed,
        "pending": counts.pending,
        "unsearched": counts.unsearched,
        "failed": [{"path": p.path, "error": str(p.error)} for p in failed],
        "incomplete": [{"path": p.path, "error": str(p.error)} for p in incomplete],
        "skipped": skipped,
        "faces": counts.faces,
        "people": counts.persons,
        "named": counts.named,
        "unplugged": unplugged,
        "seconds": round(seconds, 1),
    }
    media = count(counts.photos - counts.videos, "photo")
    if counts.videos:
        media += f", {count(counts.videos, 'video')}"
    lines = [
        f"{media}, {count(counts.faces, 'face')}, "
        f"{count(counts.persons, 'person', 'people')} ({seconds:,.0f} s)"
    ]
    if counts.unsearched:
        lines.append(f"{count(counts.unsearched, 'photo')} not searched for small faces yet")
    lines += [f"offline, nothing lost: {path}" for path in unplugged]
    if failed:
        lines.append(f"{count(len(failed), 'photo')} couldn't be analyzed:")
        lines += [f"  {to_show(problem.path)}: {problem.error}" for problem in failed]
    if incomplete:
        lines.append(f"{count(len(incomplete), 'photo')} analyzed only in part:")
        lines += [f"  {to_show(problem.path)}: {problem.error}" for problem in incomplete]
    if skipped:
        kinds = ", ".join(f"{number:,} {kind}" for kind, number in skipped.items())
        lines.append(f"not read: {kinds}")
    result(args, found, "\n".join(lines))
    return EXIT_SOME_FAILED if failed else EXIT_DONE


class _Bar:
    """A progress line on the terminal."""

    def __call__(self, progress: Progress) -> None:
        done = progress.analysed + progress.failed
        phase = f"preparing, {progress.phase}" if progress.preparing else progress.phase
        work = f"{phase}: {done:,} of {count(progress.found, 'photo')}"
        if progress.phase == Phase.SEARCHING:
            work = f"looking for small faces: {count(progress.unsearched, 'photo')} left"
        parts = [
            work,
            count(progress.faces, "face"),
        ]
        if progress.rate:
            parts.append(f"{progress.rate:.1f}/s")
        if progress.seconds_left is not None:
            parts.append(f"about {time_left(progress.seconds_left)} left")
        sys.stderr.write(f"\r\x1b[K{' · '.join(parts)}")
        sys.stderr.flush()

    def clear(self) -> None:
        """Erase the line."""
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def time_left(seconds: float) -> str:
    """Format a duration in words, rounded as befits an estimate."""
    if seconds < 60:
        return "a minute"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h {seconds % 3600 / 60:.0f} min"
