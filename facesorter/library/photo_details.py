"""Details of one or several photos, for the details panel and the command `details`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from facesorter.domain import Given, Photo, PhotoId
from facesorter.errors import Message
from facesorter.images.dates import DateSource
from facesorter.images.photo_info import NO_INFO, PhotoInfo
from facesorter.library import photo_dates, places, stacks
from facesorter.library.decisions import labels
from facesorter.library.name_import import provenance
from facesorter.library.name_import.provenance import NameSource
from facesorter.library.places import Place
from facesorter.library.scanning import describing
from facesorter.library.stacks import Stack
from facesorter.storage import photo_info, photos

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PhotoDetails:
    """One photo with all that is known of it."""

    photo: Photo
    info: PhotoInfo
    """What the file and its sidecars say."""
    given: Given
    """What the user entered, which takes precedence."""
    place: Place | None = None
    """Where it was taken; the user's own place takes precedence."""
    pages: int | None = None
    """Of a file that has several."""

    @property
    def utc_offset(self) -> int | None:
        """Minutes by which the date is ahead of universal time, as the file or the place says."""
        zone = self.place.city.zone if self.place and self.place.city else ""
        photo = self.photo
        return photo_dates.utc_offset(photo.taken_at, photo.taken_from, self.info.utc_offset, zone)

    @property
    def coordinates(self) -> tuple[float, float] | None:
        """Latitude and longitude of the place."""
        return (self.place.latitude, self.place.longitude) if self.place else None

    @property
    def rating(self) -> int:
        """Stars, 0 to 5."""
        return self.info.rating or 0 if self.given.rating is None else self.given.rating

    @property
    def title(self) -> str:
        """The title, or ""."""
        return self.info.title or "" if self.given.title is None else self.given.title

    @property
    def caption(self) -> str:
        """The caption, or ""."""
        return self.info.caption or "" if self.given.caption is None else self.given.caption


@dataclass(frozen=True, slots=True)
class Shared:
    """What some photos have in common. With one photo, that is all of it."""

    ids: tuple[PhotoId, ...]
    """The photos, without those that are gone."""
    one: PhotoDetails | None = None
    """The photo, if it is only one."""
    info: PhotoInfo = NO_INFO
    """What all of the files say."""
    folder: str | None = None
    rating: int | None = None
    """The stars that all have; None if they differ."""
    title: str | None = None
    caption: str | None = None
    """As the title: "" if none has one, None if they differ."""
    stack: Stack | None = None
    """Of one photo, the stack that it is in."""
    place: Place | None = None
    """The place of the first, if all are in its city and country."""
    coordinates: tuple[float, float] | None = None
    """Latitude and longitude in degrees, if they are the same for all."""
    pixels: tuple[int, int] | None = None
    duration: int | None = None
    """Length of a video in milliseconds."""
    bytes: int = 0
    """Of all files together."""
    first: str = ""
    last: str = ""
    """The earliest and the latest date."""
    people: tuple[str, ...] = ()
    """Names of persons who are in all of them."""
    tags: tuple[str, ...] = ()
    albums: tuple[str, ...] = ()
    names_from: tuple[NameSource, ...] = ()
    """Of one photo, the names that were brought in from other programs."""
    problem: Message | None = None
    """Of one photo, why it couldn't be read, or only in part."""
    dates: dict[DateSource, str] = field(default_factory=dict)
    """Of one photo, all known dates, most trusted source first."""


def of(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId], language: str = "en"
) -> list[PhotoDetails]:
    """Return photos with all that is known of them, in order; unknown ids are skipped.

    ``language`` is that of the countries' names, as in `geo.gazetteer.LANGUAGES`.
    """
    located = places.of_photos(connection, photo_ids, language)
    info = photo_info.rows(connection, photo_ids)
    given = photo_info.given(connection, photo_ids)
    pages = photo_info.pages(connection, photo_ids)
    return [
        PhotoDetails(
            photo,
            describing.info_of(info[photo.id]) if photo.id in info else NO_INFO,
            given.get(photo.id, Given()),
            located.get(photo.id),
            pages.get(photo.id),
        )
        for photo in photos.by_ids(connection, photo_ids)
    ]


def shared(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId], language: str = "en"
) -> Shared:
    """Return what photos have in common; ``language`` as in `of`."""
    found = of(connection, photo_ids, language)
    if not found:
        return Shared(())
    ids = [each.photo.id for each in found]
    dates = [each.photo.taken_at for each in found if each.photo.taken_at]
    one = found[0] if len(found) == 1 else None
    return Shared(
        tuple(ids),
        one,
        _common_info([each.info for each in found]),
        folder=_common(_folder(each.photo.path) for each in found),
        rating=_common(each.rating for each in found),
        title=_common(each.title for each in found),
        caption=_common(each.caption for each in found),
        place=_common_place(found),
        coordinates=_common(each.coordinates for each in found),
        pixels=_common(_pixels(each.photo) for each in found),
        duration=_common(each.photo.duration for each in found),
        bytes=sum(each.photo.size for each in found),
        first=min(dates, default=""),
        last=max(dates, default=""),
        people=tuple(_people(connection, ids)),
        tags=_carried_by_all(connection, "photo_tag", ids),
        albums=_carried_by_all(connection, "album_photo", ids),
        names_from=tuple(provenance.of_photo(connection, ids[0])) if one else (),
        dates=photo_dates.known(connection, ids[0]) if one else {},
        problem=(one.photo.error or photos.note(connection, ids[0])) if one else None,
        stack=stacks.of(connection, ids[0]) if one else None,
    )


def _common_info(infos: Sequence[PhotoInfo]) -> PhotoInfo:
    rows = [describing.values(info) for info in infos]
    return describing.info_of([_common(column) for column in zip(*rows, strict=True)])


def _common_place(found: Sequence[PhotoDetails]) -> Place | None:
    cities = [each.place and each.place.city for each in found]
    if len(found) == 1 or _common(cities) is not None:
        # Outside its city where any is.
        return max((each.place for each in found if each.place), key=_is_near, default=None)
    return None


def _is_near(place: Place) -> bool:
    return place.near


def _common(values: Iterable[T]) -> T | None:
    every = iter(values)
    first = next(every, None)
    return first if all(value == first for value in every) else None


def _folder(path: str) -> str:
    return path[: max(path.rfind("/"), path.rfind("\\"), 0)]


def _pixels(photo: Photo) -> tuple[int, int] | None:
    return (photo.width, photo.height) if photo.width and photo.height else None


def _carried_by_all(
    connection: sqlite3.Connection, table: str, ids: Sequence[PhotoId]
) -> tuple[str, ...]:
    found = labels.carried(connection, table, ids)
    return tuple(each.name for each in found if each.holders == len(ids))


def _people(connection: sqlite3.Connection, ids: Sequence[PhotoId]) -> list[str]:
    """Return the names of persons in all of the photos, by where they stand in the first one."""
    names: dict[str, None] | None = None
    for marks, part in photos.chunks(ids):
        there: dict[PhotoId, dict[str, None]] = {photo_id: {} for photo_id in map(PhotoId, part)}
        rows = connection.execute(
            "SELECT photo_id, name FROM face JOIN person ON person.id = person_id "
            f"WHERE photo_id IN ({marks}) AND name IS NOT NULL ORDER BY photo_id, x",
            part,
        )
        for photo_id, name in rows:
            there[photo_id][name] = None
        for on_photo in there.values():
            names = on_photo if names is None else {n: None for n in names if n in on_photo}
        if not names:
            return []
    return list(names or ())
