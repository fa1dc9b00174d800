"""The child side of `images.decoders`: a process that runs one function after another."""

from __future__ import annotations

import os
import pickle
import sys
import threading
import time
import traceback
from collections.abc import Generator, Sequence
from typing import Any, BinaryIO

from facesorter.images import decoders, process_limits

PROGRAM_GONE = 1.0
"""Seconds between looks whether the program is still there."""
FAILED = 70
"""Exit code of a process that can't serve; Python's own would look like that of a killed one."""


def main(arguments: Sequence[str]) -> int:
    """Serve until the pipe is closed; return the exit code. The arguments name the pipes."""
    decoders.inside = True
    process_limits.leave_no_dumps()
    if sys.platform != "win32":  # there, it is in a job that ends with the program
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    requests, replies = process_limits.opened([int(number) for number in arguments])
    # Before the limit of memory, which counts what is added from then on.
    from facesorter.images import decode

    decode.prepare()
    with os.fdopen(requests, "rb") as reader, os.fdopen(replies, "wb") as writer:
        process_limits.widen(replies)
        try:
            decoders.send(writer, ("ready", None))
            _serve(reader, writer)
        except (EOFError, BrokenPipeError):
            pass  # nobody needs us any more
        except MemoryError:  # for what was sent
            return FAILED
    return 0


def _end_with(program: int) -> None:
    """End this process when the program is gone, also while it decodes."""
    while os.getppid() == program:
        time.sleep(PROGRAM_GONE)
    os._exit(0)


def _serve(reader: BinaryIO, writer: BinaryIO) -> None:
    generator: Generator[Any, Any, Any] | None = None
    while True:
        kind, *rest, limits = decoders.receive(reader, decoders.exactly)
        reply: tuple[str, Any]
        with process_limits.applied(limits.seconds, limits.memory):
            try:
                reply, generator = _reply(kind, rest, generator)
            except Exception as error:  # raised in the other process
                generator = None
                reply = ("error", _portable(error))
        rest.clear()
        decoders.send(writer, reply)
        del reply


def _reply(
    kind: str, rest: list[Any], generator: Generator[Any, Any, Any] | None
) -> tuple[tuple[str, Any], Generator[Any, Any, Any] | None]:
    if kind in ("run", "stream"):
        function, args, kwargs = rest
        made = function(*args, **kwargs)
        return (("result", made), None) if kind == "run" else (("item", None), made)
    assert generator is not None
    if kind == "close":
        generator.close()
        return ("result", None), None
    try:
        return ("item", generator.send(rest[0])), generator
    except StopIteration:
        return ("result", None), None


def _portable(error: Exception) -> tuple[Exception, str]:
    """Return an error that can be pickled, and its cause as text."""
    cause = (
        "" if error.__cause__ is None else f"{type(error.__cause__).__name__}: {error.__cause__}"
    )
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # an odd class of some library
        text = "".join(traceback.format_exception_only(error)).strip()
        return RuntimeError(text), cause
    return error.with_traceback(None), cause
