"""Keys of what the sidebar lists and of what photos are dropped on."""

from __future__ import annotations

from typing import Final

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
