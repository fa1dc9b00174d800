"""The entry point of the command line, which reports errors by one line and an exit code."""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import os
import re
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Any

from facesorter import __version__, logs, paths
from facesorter.cli import (
    backup,
    dates,
    decisions,
    describe,
    draw_map,
    dump,
    duplicates,
    erase,
    export,
    folders,
    import_names,
    labels,
    listings,
    maintenance,
    merge_library,
    packs,
    person,
    places,
    program,
    prove,
    recognition,
    review,
    scan,
    sidecars,
    stacks,
    trash,
)
from facesorter.cli.advice import advise
from facesorter.cli.output import EXIT_DONE, EXIT_INTERRUPTED, EXIT_WRONG, file_path
from facesorter.errors import UserError
from facesorter.storage.file_names import to_show

log = logging.getLogger(__name__)


class _Parser(argparse.ArgumentParser):
    """Takes words such as -0:02:30 and -33.9,18.4 for values; none of our options is a number."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._negative_number_matcher = re.compile(r"-\.?\d")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--library",
        type=file_path,
        default=argparse.SUPPRESS,
        metavar="DIR",
        help="library folder (default: your user data folder)",
    )
    shared.add_argument(
        "--json",
        action="store_true",
        default=argparse.SUPPRESS,
        help="print JSON (one object, or one per line)",
    )
    top = _Parser(
        prog="facesorter",
        parents=[shared],
        description="Find the people in your photos and keep them organized. Run without "
        "a command to open the window. Photos are never modified, and nothing leaves your "
        "computer.",
    )
    top.add_argument("--version", action="version", version=f"facesorter {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (
        scan,
        listings,
        dates,
        folders,
        draw_map,
        export,
        sidecars,
        dump,
        import_names,
        trash,
        duplicates,
        stacks,
        recognition,
        decisions,
        person,
        review,
        labels,
        places,
        describe,
        packs,
        maintenance,
        backup,
        merge_library,
        prove,
        erase,
        program,
    ):
        module.add_commands(commands, shared)
    return top


def commands() -> frozenset[str]:
    """Return the names of all commands, to distinguish them from folders to open in the window."""
    for action in parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            return frozenset(action.choices)
    raise AssertionError("the parser has commands")


def main(argv: Sequence[str], *, debug: bool = False) -> int:
    """Run one command; return the exit code. ``debug`` logs everything, also to the terminal."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name that the terminal's or the file's encoding lacks must not end the command.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        args = parser().parse_args(argv)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else EXIT_WRONG
    args.json = getattr(args, "json", False)
    _end_in_order()
    try:
        args.library = getattr(args, "library", None) or paths.data_dir()
        logs.start(args.library / "logs", verbose=debug)
        code: int = args.run(args)
        sys.stdout.flush()
        return code
    except UserError as error:
        print(f"facesorter: {advise(error)}", file=sys.stderr)
        return EXIT_WRONG
    except KeyboardInterrupt:
        print("facesorter: interrupted. Progress was saved.", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has exited (| head), which is not an error.
        _drop_output()
        return EXIT_DONE
    except OSError as error:
        # The output, the settings, a file that vanished: no fault of the program.
        log.debug("the command failed", exc_info=True)
        _drop_output()
        print(f"facesorter: {_reason(error)}", file=sys.stderr)
        return EXIT_WRONG


def _reason(error: OSError) -> str:
    # Of a file that takes another's place, the second name is the one that the user knows.
    name = error.filename2 or error.filename
    if not isinstance(name, str | bytes | os.PathLike):
        return f"Can’t write the output or read a file ({error.strerror or error})."
    return f"Can’t read or write {to_show(os.fsdecode(name))} ({error.strerror})."


def _drop_output() -> None:
    """Forget output that can't be written, or Python tries again, and fails, at its end."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        return
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _end_in_order() -> None:
    """Treat the end of the session or of the terminal like Ctrl+C, so that finished work is kept.

    They come together, so only the first counts: the second must not interrupt the closing.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]

    def interrupt(*_: object) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in numbers:
        # Ignored signals stay ignored: nohup does that on purpose.
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, interrupt)
