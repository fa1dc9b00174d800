"""Keys of sidebar entries and of drop targets for photos."""

from __future__ import annotations

from typing import Final

from facesorter.domain import AlbumId, FolderId, TagId

PHOTOS: Final = "photos"
PEOPLE: Final = "people"
REVIEW: Final = "review"
UNKNOWN: Final = "unknown"
MAP: Final = "map"
PLACES: Final = "places"
DUPLICATES: Final = "duplicates"
DATES: Final = "dates"
THIS_DAY: Final = "this-day"
"""Photos taken on this day in earlier years."""
FAVOURITES: Final = "favourites"
FOUND: Final = "found"
"""Results of a search, which have no sidebar entry."""
ALBUM: Final = "album:"
TAG: Final = "tag:"
"""Key prefixes of albums, tags and their drop targets; the id follows."""
FOLDER: Final = "folder:"
"""Key prefix of folders; the watched folder's id and the place in it follow: "folder:3/2019/"."""
NEW_ALBUM: Final = "album:new"


def album_of(key: str) -> AlbumId:
    """Return the album that a sidebar key refers to."""
    return AlbumId(int(key.removeprefix(ALBUM)))


def tag_of(key: str) -> TagId:
    """Return the tag that a sidebar key refers to."""
    return TagId(int(key.removeprefix(TAG)))


def folder_key(folder_id: FolderId, place: str = "") -> str:
    """Return the sidebar key of a folder; see `library.folder_tree` on places."""
    return f"{FOLDER}{folder_id}/{place}"


def folder_of(key: str) -> tuple[FolderId, str]:
    """Return the watched folder and the place in it that a sidebar key refers to."""
    folder_id, _, place = key.removeprefix(FOLDER).partition("/")
    return FolderId(int(folder_id)), place
