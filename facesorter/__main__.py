"""Entry point: the window or a headless command."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from facesorter import ANALYSE_APART, COMPILE, DECODE, IN_BACKGROUND, NAME, logs, paths

DEBUG, SCRATCH = "--debug", "--scratch"
"""For developers; see "Debug the window" in CONTRIBUTING.md."""
INTERRUPTED = 130
"""Exit code after Ctrl+C."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run facesorter and return the exit code.

    Without a command, or with folders and files to add, the window opens; commands work without Qt.
    ``--self-test`` verifies the installation; ``--language de`` applies to the window; ``--debug``
    logs everything, also to the terminal; ``--scratch`` uses an empty library, cache and settings
    that are deleted at the end; ``--compile``, ``--analyse-apart`` and ``--decode`` are passed to
    the program's own subprocesses, see `app.compilation`, `app.isolated` and `images.decoders`.
    """
    _open_missing_streams()
    args = list(sys.argv[1:] if argv is None else argv)
    debug = DEBUG in args
    words = [word for word in args if word not in (DEBUG, SCRATCH)]
    try:
        if SCRATCH not in args:
            return _run(words, debug)
        with tempfile.TemporaryDirectory(prefix=f"{NAME}-", ignore_cleanup_errors=True) as root:
            paths.use(Path(root))
            return _run(words, debug)
    except KeyboardInterrupt:  # before a command began
        sys.stderr.write(f"{NAME}: interrupted.\n")
        return INTERRUPTED


def _open_missing_streams() -> None:
    """Give the process the standard streams that it was started without.

    On POSIX, the next files opened would otherwise take their numbers, and whatever a C library
    prints would end up in one of them, such as the library. Windows gives none to a program without
    a console.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - stays open


def _run(args: list[str], debug: bool) -> int:
    if args[:1] == ["--self-test"]:
        from facesorter.selftest import run as run_selftest

        return run_selftest(args[1:])
    if args == [COMPILE]:
        from facesorter.clustering.warm_up import compile_all

        compile_all()
        return 0
    if args[:1] == [DECODE] and len(args) == 3:
        from facesorter.images import decoder_process

        return decoder_process.main(args[1:])
    if args[:1] == [ANALYSE_APART] and len(args) == 2:
        from facesorter.app import isolated
        from facesorter.app.model_switch import load_analyzer

        return isolated.run(Path(args[1]), load_analyzer)
    library, rest = _option(args, "--library")
    language, rest = _option(rest, "--language")
    in_background = IN_BACKGROUND in rest
    dropped = [word for word in rest if word != IN_BACKGROUND]
    if all(_opens_window(word) for word in dropped):
        directory = Path(library) if library else paths.data_dir()
        from facesorter.gui.start.application import run

        logs.start(directory / "logs", verbose=debug)
        return run(directory, dropped, language=language or "", in_background=in_background)
    from facesorter.cli.main import main as run_command

    return run_command(args, debug=debug)


def _option(args: list[str], name: str) -> tuple[str | None, list[str]]:
    """Split off an option and its value; all words are returned if the value is missing."""
    value, rest = None, []
    words = iter(args)
    for word in words:
        if word == name:
            value = next(words, None)
            if value is None:
                return None, args
        elif word.startswith(f"{name}="):
            value = word.partition("=")[2]
        else:
            rest.append(word)
    return value, rest


def _opens_window(word: str) -> bool:
    return not word.startswith("-") and ("/" in word or "\\" in word) and Path(word).exists()


if __name__ == "__main__":
    sys.exit(main())
