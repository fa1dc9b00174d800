"""Keys of what the sidebar lists and of what photos are dropped on."""

from __future__ import annotations

from typing import Final

from facesorter.domain import AlbumId, TagId

PHOTOS: Final = "photos"
PEOPLE: Final = "people"
REVIEW: Final = "review"
UNKNOWN: Final = "unknown"
MAP: Final = "map"
FAVOURITES: Final = "favourites"
ALBUM: Final = "album:"
TAG: Final = "tag:"
"""What the keys of albums, tags and the drops on them begin with; the id follows."""
NEW_ALBUM: Final = "album:new"


def album_of(key: str) -> AlbumId:
    """Return the album that a key of the sidebar names."""
    return AlbumId(int(key.removeprefix(ALBUM)))


def tag_of(key: str) -> TagId:
    """Return the tag that a key of the sidebar names."""
    return TagId(int(key.removeprefix(TAG)))
