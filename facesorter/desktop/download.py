"""Resumable downloads of large files, verified by size and hash."""

from __future__ import annotations

import http.client
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from facesorter import files
from facesorter.cancel import CancelToken
from facesorter.desktop import web
from facesorter.errors import UserError

BLOCK: Final = 1 << 18
"""Bytes between two polls of the token: some hundredths of a second on a fast line."""

OnProgress = Callable[[int, int], None]
"""Progress callback with bytes received and bytes in total, called in the downloading thread."""


class Damaged(UserError):  # noqa: N818 - it names the file's condition
    """The download differs from the published file. It has been deleted."""


def download(
    url: str, target: Path, size: int, sha256: str, progress: OnProgress, token: CancelToken
) -> None:
    """Download ``url`` to ``target``, which appears only once it is complete and verified.

    An interrupted download is kept next to it as ``.part``; the next call requests the rest (HTTP
    ranges, RFC 9110 section 14), or all of it if the server does not support ranges.
    Blocks. Thread: a worker; see [Note: one door].

    Raises:
        Damaged: Size or hash differ from the published ones.
        WebError: No connection, or it was lost; the part received is kept.
        UserError: The disk is full or can't be written.
        Cancelled: By the token; the part received is kept.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        have = _size(part)
        if have > size:
            part.unlink()
            have = 0
        _check_room(target.parent, size - have)
        if have < size:
            _fetch(url, part, have, size, progress, token)
        progress(size, size)
        token.check()
        if files.sha256(part) != sha256:
            part.unlink()
            raise Damaged(
                "The downloaded file didn’t match the published one and was deleted. Try again "
                "later. Your photos and names aren’t affected."
            )
        os.replace(part, target)
    except web.WebError:
        raise
    except OSError as error:
        raise UserError(
            "The file couldn’t be saved ({error}). Free up disk space and try again. The download "
            "will resume.",
            error=error,
        ) from error


def _fetch(
    url: str, part: Path, have: int, size: int, progress: OnProgress, token: CancelToken
) -> None:
    token.check()
    try:
        with web.ask(url, {"Range": f"bytes={have}-"} if have else {}) as answer:
            if have and not _continues(answer, have):
                have = 0
            _receive(answer, part, have, size, progress, token)
    except web.WebError as error:
        if error.status != 416 or not have:
            raise
        # The server's file is shorter than our part: it is another file.
        part.unlink(missing_ok=True)
        _fetch(url, part, 0, size, progress, token)


def _continues(answer: http.client.HTTPResponse, have: int) -> bool:
    """Return whether the response resumes at ``have``; a server without ranges sends everything."""
    content_range = answer.headers.get("Content-Range", "")
    return answer.status == 206 and content_range.startswith(f"bytes {have}-")


def _receive(
    answer: http.client.HTTPResponse,
    part: Path,
    have: int,
    size: int,
    progress: OnProgress,
    token: CancelToken,
) -> None:
    with part.open("ab" if have else "wb") as file:
        while block := web.read(answer, BLOCK):
            if have + len(block) > size:
                file.truncate(0)
                raise Damaged(
                    "The server offered a different file than the published one, so it wasn’t "
                    "downloaded. Your photos and names aren’t affected."
                )
            file.write(block)
            have += len(block)
            progress(have, size)
            token.check()
    if have < size:
        raise web.WebError(web.LOST)


def _check_room(folder: Path, wanted: int) -> None:
    free = shutil.disk_usage(folder).free
    # Unpacking needs about the same amount again.
    if free < 2 * wanted:
        raise UserError(
            "Not enough disk space: {needed} MB needed, {free} MB available. Nothing was "
            "downloaded.",
            needed=round(2 * wanted / 1e6),
            free=round(free / 1e6),
        )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
