"""Get a large file: goes on where it was interrupted, and keeps only what was published."""

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
"""Bytes between two looks at the token: some hundredths of a second on a fast line."""

Tell = Callable[[int, int], None]
"""Called with the bytes that are there and the bytes of the whole, in the thread that downloads."""


class Damaged(UserError):  # noqa: N818 - it names the file's condition
    """What arrived is not what was published. It has been thrown away."""


def download(
    url: str, target: Path, size: int, sha256: str, tell: Tell, token: CancelToken
) -> None:
    """Get ``url`` into ``target``, which appears only once it is whole and proven.

    What arrived before an interruption stays beside it as ``.part``; the next call asks for the
    rest (HTTP ranges, RFC 9110 section 14) and starts anew where the server gives no parts.
    Blocks. Thread: a worker; see [Note: one door].

    Raises:
        Damaged: length or hash differ from what was published.
        WebError: no connection, or it broke off: what arrived is kept.
        UserError: the disk is full, or refuses.
        Cancelled: by the token; what arrived is kept.
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
            _fetch(url, part, have, size, tell, token)
        tell(size, size)
        token.check()
        if files.sha256(part) != sha256:
            part.unlink()
            raise Damaged(
                "What arrived is not the file that was published, and was thrown away. "
                "Try again later; your photos and names are not affected."
            )
        os.replace(part, target)
    except web.WebError:
        raise
    except OSError as error:
        raise UserError(
            f"The file could not be written ({error.strerror or error}). "
            "Make room on the disk, then try again; what arrived is kept."
        ) from error


def _fetch(url: str, part: Path, have: int, size: int, tell: Tell, token: CancelToken) -> None:
    token.check()
    try:
        with web.ask(url, {"Range": f"bytes={have}-"} if have else {}) as answer:
            if have and not _continues(answer, have):
                have = 0
            _receive(answer, part, have, size, tell, token)
    except web.WebError as error:
        if error.status != 416 or not have:
            raise
        # The server has less than we do: another file, or a part of something else.
        part.unlink(missing_ok=True)
        _fetch(url, part, 0, size, tell, token)


def _continues(answer: http.client.HTTPResponse, have: int) -> bool:
    """Whether the answer begins where we are; a server without ranges sends all of it again."""
    said = answer.headers.get("Content-Range", "")
    return answer.status == 206 and said.startswith(f"bytes {have}-")


def _receive(
    answer: http.client.HTTPResponse,
    part: Path,
    have: int,
    size: int,
    tell: Tell,
    token: CancelToken,
) -> None:
    with part.open("ab" if have else "wb") as file:
        while block := web.read(answer, BLOCK):
            if have + len(block) > size:
                file.truncate(0)
                raise Damaged(
                    "The server sends another file than the one that was published; nothing was "
                    "kept. Your photos and names are not affected."
                )
            file.write(block)
            have += len(block)
            tell(have, size)
            token.check()
    if have < size:
        raise web.WebError("The connection broke off. What arrived is kept; try again.")


def _check_room(folder: Path, wanted: int) -> None:
    free = shutil.disk_usage(folder).free
    # Unpacking needs about as much again.
    if free < 2 * wanted:
        raise UserError(
            f"There is not enough room on the disk: {2 * wanted / 1e6:,.0f} MB are needed, "
            f"{free / 1e6:,.0f} MB are free. Nothing was downloaded."
        )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
