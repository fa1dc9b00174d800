"""Is there a newer version? One question to one address, and only when the user wants it asked."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final

from facesorter import HOME_PAGE, RELEASES_URL
from facesorter.desktop import web

LONGEST: Final = 1 << 20
"""Bytes of an answer that are read; a release's description takes some thousand."""


@dataclass(frozen=True, slots=True)
class Release:
    """The newest version that was published."""

    version: str
    page: str
    """Where a browser shows it."""


def newest(url: str | None = None) -> Release:
    """Ask which version is the newest. Blocks; see [Note: one door].

    Args:
        url: The address to ask; None for the program's own.

    Raises:
        WebError: nobody answered, or nothing that can be understood.
    """
    with web.ask(url or RELEASES_URL, {"Accept": "application/json"}) as answer:
        data = web.read(answer, LONGEST)
    try:
        said = json.loads(data)
        version = str(said["tag_name"]).removeprefix("v")
        page = str(said.get("html_url", ""))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise web.WebError("The list of versions couldn’t be read.") from error
    if not numbers(version):
        raise web.WebError("The list of versions couldn’t be read.")
    return Release(version, page if page.startswith("https://") else f"{HOME_PAGE}/releases")


def is_newer(version: str, than: str) -> bool:
    """Whether one version comes after another; one that is being prepared is never offered."""
    return numbers(version) > numbers(than)


def numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version such as ``1.2.3``; empty for anything else."""
    found = re.fullmatch(r"(\d+(?:\.\d+)*)", version)
    if found is None:
        return ()
    parts = [int(part) for part in found[1].split(".")]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return tuple(parts)
