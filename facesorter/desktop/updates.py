"""Check for a newer version: one request to one address, only if the user wants it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final

from facesorter import HOME_PAGE, RELEASES_URL
from facesorter.desktop import web

LONGEST: Final = 1 << 20
"""Most bytes read of a response; a release's description takes some thousand."""


@dataclass(frozen=True, slots=True)
class Release:
    """The newest published version."""

    version: str
    page: str
    """Address of its web page."""


def newest(url: str | None = None) -> Release:
    """Fetch the newest version. Blocks; see [Note: one door].

    Args:
        url: Address to request; None for the program's own.

    Raises:
        WebError: No response, or an unintelligible one.
    """
    with web.ask(url or RELEASES_URL, {"Accept": "application/json"}) as answer:
        data = web.read(answer, LONGEST)
    try:
        release = json.loads(data)
        version = str(release["tag_name"]).removeprefix("v")
        page = str(release.get("html_url", ""))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise web.WebError("The list of versions couldn’t be read.") from error
    if not numbers(version):
        raise web.WebError("The list of versions couldn’t be read.")
    return Release(version, page if page.startswith("https://") else f"{HOME_PAGE}/releases")


def is_newer(version: str, than: str) -> bool:
    """Return whether one version is newer than another; pre-releases are never newer."""
    return numbers(version) > numbers(than)


def numbers(version: str) -> tuple[int, ...]:
    """Parse a version such as ``1.2.3``; empty for anything else."""
    found = re.fullmatch(r"(\d+(?:\.\d+)*)", version)
    if found is None:
        return ()
    parts = [int(part) for part in found[1].split(".")]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return tuple(parts)
