"""Decisions about tags, albums, and favorites; stored in the library, never in photo files."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from facesorter.domain import Album, AlbumId, PersonId, PhotoId, Tag, TagId
from facesorter.errors import UserError
from facesorter.library.decisions import corrections
from facesorter.library.decisions.journal import Kind
from facesorter.library.transaction import Transaction
from facesorter.names import caseless
from facesorter.storage import labels


@dataclass(frozen=True, slots=True)
class TagsAndAlbums:
    """All tags and albums by name, with their numbers of visible photos."""

    tags: tuple[Tag, ...] = ()
    albums: tuple[Album, ...] = ()
    tag_photos: dict[TagId, int] = field(default_factory=dict)
    album_photos: dict[AlbumId, int] = field(default_factory=dict)
    """Smart albums excluded, whose searches take longer: see `search.count`."""
    favourites: int = 0


def tags_and_albums(connection: sqlite3.Connection) -> TagsAndAlbums:
    """Return the tags and albums that the sidebar shows."""
    return TagsAndAlbums(
        tuple(labels.tags(connection)),
        tuple(labels.albums(connection)),
        labels.tag_counts(connection),
        labels.album_counts(connection),
        labels.favourites(connection),
    )


@dataclass(frozen=True, slots=True)
class Carried:
    """A tag or album, and how many of some photos or persons have it."""

    id: int
    name: str
    holders: int


def carried(connection: sqlite3.Connection, table: str, ids: Sequence[int]) -> list[Carried]:
    """Return the tags or albums of some photos or persons, by name.

    ``table`` is ``photo_tag``, ``person_tag`` or ``album_photo``.
    """
    counts = labels.on(connection, table, ids)
    known: Sequence[Tag | Album] = labels.tags(connection)
    if table == "album_photo":
        known = labels.albums(connection)
    return [Carried(each.id, each.name, counts[each.id]) for each in known if each.id in counts]


# Tags.


def add_tag(
    txn: Transaction,
    name: str,
    photo_ids: Sequence[PhotoId] = (),
    person_ids: Sequence[PersonId] = (),
) -> TagId:
    """Add a tag to photos and persons, creating it if needed; return its id.

    Also confirms a group that the machine formed: see [Note: adopting] in `corrections`.
    """
    wanted = _name(name)
    there = find(labels.tags(txn.connection), wanted)
    with txn.decision(Kind.TAG, _args(wanted, photo_ids, person_ids)):
        tag_id = there.id if there else TagId(txn.insert("tag", {"name": wanted}))
        txn.link("photo_tag", photo_ids, {"tag_id": tag_id})
        for person_id in person_ids:
            shown = corrections.unconfirmed_of_group(txn, person_id)
            if txn.link("person_tag", [person_id], {"tag_id": tag_id}):
                corrections.confirm_faces(txn, shown, person_id)
    return tag_id


def remove_tag(
    txn: Transaction,
    tag_id: TagId,
    photo_ids: Sequence[PhotoId] = (),
    person_ids: Sequence[PersonId] = (),
) -> None:
    """Remove a tag from photos and persons; keep the tag itself."""
    tag = require_tag(txn, tag_id)
    with txn.decision(Kind.UNTAG, _args(tag.name, photo_ids, person_ids)):
        txn.unlink("photo_tag", photo_ids, {"tag_id": tag_id})
        txn.unlink("person_tag", person_ids, {"tag_id": tag_id})


def rename_tag(txn: Transaction, tag_id: TagId, name: str) -> None:
    """Rename a tag.

    Raises:
        UserError: there is no such tag, the name is empty, or another tag has it.
    """
    require_tag(txn, tag_id)
    wanted = _free(name, labels.tags(txn.connection), tag_id)
    with txn.decision(Kind.RENAME_TAG, (("name", wanted),)):
        txn.update("tag", [tag_id], {"name": wanted})


def delete_tag(txn: Transaction, tag_id: TagId) -> None:
    """Delete a tag, removing it from everything."""
    tag = require_tag(txn, tag_id)
    with txn.decision(Kind.DELETE_TAG, (("name", tag.name),)):
        for table in ("photo_tag", "person_tag"):
            held = labels.holders(txn.connection, table, tag_id)
            txn.unlink(table, held, {"tag_id": tag_id})
        txn.delete("tag", tag_id)


def set_favourite(txn: Transaction, photo_ids: Sequence[PhotoId], favourite: bool = True) -> None:
    """Make photos favorites, or no longer."""
    kind = Kind.STAR if favourite else Kind.UNSTAR
    with txn.decision(kind, (("photos", len(photo_ids)),)):
        txn.update("photo", photo_ids, {"favourite": int(favourite)})


def toggle_favourite(txn: Transaction, photo_ids: Sequence[PhotoId]) -> bool:
    """Make photos favorites, or no longer if all of them are; return what they are now."""
    favourite = labels.favourites_among(txn.connection, photo_ids) < len(set(photo_ids))
    set_favourite(txn, photo_ids, favourite)
    return favourite


# Albums.


def add_to_named_album(txn: Transaction, name: str, photo_ids: Sequence[PhotoId] = ()) -> AlbumId:
    """Add photos to the album of that name, creating it if needed; return its id.

    Raises:
        UserError: it is a smart album, which is filled by its search.
    """
    wanted = _name(name)
    there = find(labels.albums(txn.connection), wanted)
    if there is not None:
        add_to_album(txn, there.id, photo_ids)
        return there.id
    with txn.decision(Kind.ALBUM, (("name", wanted), ("photos", len(photo_ids)))):
        album_id = AlbumId(txn.insert("album", {"name": wanted, "search": None}))
        txn.link("album_photo", photo_ids, {"album_id": album_id})
    return album_id


def add_to_album(txn: Transaction, album_id: AlbumId, photo_ids: Sequence[PhotoId]) -> None:
    """Add photos to an album.

    Raises:
        UserError: there is no such album, or it is a smart one, which is filled by its search.
    """
    album = require_album(txn, album_id)
    if album.search is not None:
        raise UserError(
            "{album} is a smart album, so you can’t add photos to it. Nothing was changed.",
            album=album.name,
        )
    with txn.decision(Kind.ADD_TO_ALBUM, (("name", album.name), ("photos", len(photo_ids)))):
        txn.link("album_photo", photo_ids, {"album_id": album_id})


def remove_from_album(txn: Transaction, album_id: AlbumId, photo_ids: Sequence[PhotoId]) -> None:
    """Remove photos from an album; they stay in the library."""
    album = require_album(txn, album_id)
    with txn.decision(Kind.REMOVE_FROM_ALBUM, (("name", album.name), ("photos", len(photo_ids)))):
        txn.unlink("album_photo", photo_ids, {"album_id": album_id})


def save_search(txn: Transaction, text: str, name: str | None = None) -> AlbumId:
    """Save a search as a smart album, named after itself if no name is given; return its id.

    Raises:
        UserError: the search is empty, or an album has that name.
    """
    search = " ".join(text.split())
    if not search:
        raise UserError("There’s nothing to search for. Nothing was changed.")
    known = labels.albums(txn.connection)
    wanted = _name(name if name is not None else search)
    if name is None and (same := find(known, wanted)) is not None:
        if same.search == search:
            return same.id
        number = 2
        while find(known, f"{wanted} {number}") is not None:
            number += 1
        wanted = f"{wanted} {number}"
    wanted = _free(wanted, known)
    with txn.decision(Kind.SMART_ALBUM, (("name", wanted),)):
        return AlbumId(txn.insert("album", {"name": wanted, "search": search}))


def rename_album(txn: Transaction, album_id: AlbumId, name: str) -> None:
    """Rename an album.

    Raises:
        UserError: there is no such album, the name is empty, or another album has it.
    """
    require_album(txn, album_id)
    wanted = _free(name, labels.albums(txn.connection), album_id)
    with txn.decision(Kind.RENAME_ALBUM, (("name", wanted),)):
        txn.update("album", [album_id], {"name": wanted})


def delete_album(txn: Transaction, album_id: AlbumId) -> None:
    """Delete an album; its photos stay in the library."""
    album = require_album(txn, album_id)
    with txn.decision(Kind.DELETE_ALBUM, (("name", album.name),)):
        held = labels.holders(txn.connection, "album_photo", album_id)
        txn.unlink("album_photo", held, {"album_id": album_id})
        txn.delete("album", album_id)


# Shared with the command line.


Label = TypeVar("Label", Tag, Album)


def find(known: Iterable[Label], name: str) -> Label | None:
    """Return the tag or album of that name, ignoring case, or None."""
    return next((each for each in known if caseless(each.name) == caseless(name)), None)


def require_tag(txn: Transaction, tag_id: TagId) -> Tag:
    """Return a tag.

    Raises:
        UserError: there is none with that id.
    """
    tag = labels.tag(txn.connection, tag_id)
    if tag is None:
        raise UserError("This tag no longer exists. Nothing was changed.")
    return tag


def require_album(txn: Transaction, album_id: AlbumId) -> Album:
    """Return an album.

    Raises:
        UserError: there is none with that id.
    """
    album = labels.album(txn.connection, album_id)
    if album is None:
        raise UserError("This album no longer exists. Nothing was changed.")
    return album


def _name(text: str) -> str:
    name = corrections.clean_name(text)
    if name is None:
        raise UserError("Enter a name. Nothing was changed.")
    return name


def _free(text: str, known: Iterable[Label], own: int | None = None) -> str:
    name = _name(text)
    if find((each for each in known if each.id != own), name) is not None:
        raise UserError("The name “{name}” is already in use. Choose another name.", name=name)
    return name


def _args(
    name: str, photo_ids: Sequence[PhotoId], person_ids: Sequence[PersonId]
) -> tuple[tuple[str, str | int], ...]:
    args: list[tuple[str, str | int]] = [("name", name)]
    args += [("photos", len(photo_ids))] if photo_ids else []
    args += [("persons", len(person_ids))] if person_ids else []
    return tuple(args)
