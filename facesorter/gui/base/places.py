"""Keys of sidebar entries and of drop targets for photos."""

from __future__ import annotations

from typing import Final

from facesorter.domain import AlbumId, TagId

PHOTOS: Final = "photos"
PEOPLE: Final = "people"
REVIEW: Final = "review"
UNKNOWN: Final = "unknown"
MAP: Final = "map"
DUPLICATES: Final = "duplicates"
FAVOURITES: Final = "favourites"
ALBUM: Final = "album:"
TAG: Final = "tag:"
"""Key prefixes of albums, tags and their drop targets; the id follows."""
NEW_ALBUM: Final = "album:new"


def album_of(key: str) -> AlbumId:
    """Return the album that a sidebar key refers to."""
    return AlbumId(int(key.removeprefix(ALBUM)))


def tag_of(key: str) -> TagId:
    """Return the tag that a sidebar key refers to."""
    return TagId(int(key.removeprefix(TAG)))
