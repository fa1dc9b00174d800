"""Commands for tags, albums, favorites, collages, and rotation; each change is one journal entry.

They change only the library, never a photo file.
"""

from __future__ import annotations

import os
import sqlite3
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable
from typing import Any

from facesorter.cli.decisions import open_library
from facesorter.cli.output import count, person_id, photo_at, reader, result, rows
from facesorter.domain import Album, AlbumId, PhotoId, TagId
from facesorter.errors import UserError
from facesorter.library.decisions import collages, labels, rotation
from facesorter.library.search import search
from facesorter.library.transaction import Transaction


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's commands to the parser."""

    def add(name: str, text: str, run: Callable[[Namespace], int]) -> ArgumentParser:
        command: ArgumentParser = commands.add_parser(name, parents=[shared], help=text)
        command.set_defaults(run=run)
        return command

    add("tags", "list tags", run_tags)
    command = add("tag", "tag photos or people", run_tag)
    command.add_argument("tag", metavar="TAG")
    command.add_argument("photos", nargs="*", metavar="PHOTO", help="photos in the library")
    command.add_argument("--person", action="append", default=[], metavar="P", help="id or name")
    command.add_argument("--off", action="store_true", help="remove the tag")
    add("albums", "list albums, including smart albums", run_albums)
    command = add("album", "add photos to an album", run_album)
    command.add_argument("album", metavar="ALBUM")
    command.add_argument("photos", nargs="*", metavar="PHOTO", help="photos in the library")
    command.add_argument("--search", metavar="TEXT", help="create a smart album from this search")
    command.add_argument("--off", action="store_true", help="remove the photos from the album")
    command = add("favourite", "add photos to Favorites", run_favourite)
    command.add_argument("photos", nargs="+", metavar="PHOTO", help="photos in the library")
    command.add_argument("--off", action="store_true", help="remove from Favorites")
    command = add("collage", "mark photos as showing someone more than once", run_collage)
    command.add_argument("photos", nargs="+", metavar="PHOTO", help="photos in the library")
    command.add_argument("--off", action="store_true", help="each person appears once")
    command = add("rotate", "rotate photos for viewing (files aren’t changed)", run_rotate)
    command.add_argument("photos", nargs="+", metavar="PHOTO", help="photos in the library")
    command.add_argument(
        "--by",
        type=int,
        choices=(90, 180, 270),
        default=90,
        metavar="DEGREES",
        help="90 (right), 180, or 270 (left); 90 if not given",
    )
    command.add_argument("--off", action="store_true", help="show them as in their files")
    for kind, one in (("tag", "a tag"), ("album", "an album")):
        command = add(f"rename-{kind}", f"rename {one}", run_rename)
        command.add_argument("label", metavar=kind.upper())
        command.add_argument("name", metavar="NAME")
        command.set_defaults(kind=kind)
        command = add(f"delete-{kind}", f"delete {one} (photos are kept)", run_delete)
        command.add_argument("label", metavar=kind.upper())
        command.set_defaults(kind=kind)


def run_tags(args: Namespace) -> int:
    """List tags."""
    with reader(args) as connection:
        held = labels.tags_and_albums(connection)
        found = ({"tag": tag.name, "photos": held.tag_photos.get(tag.id, 0)} for tag in held.tags)
        rows(args, found)
    return 0


def run_albums(args: Namespace) -> int:
    """List albums."""
    with reader(args) as connection:
        held = labels.tags_and_albums(connection)

        def photos(album: Album) -> int | None:
            if album.search is not None:
                return search.count(connection, album.search)
            return held.album_photos.get(album.id, 0)

        rows(
            args,
            ({"album": a.name, "photos": photos(a), "search": a.search} for a in held.albums),
        )
    return 0


def run_tag(args: Namespace) -> int:
    """Add a tag to photos and persons, or remove it."""
    if not args.photos and not args.person:
        raise UserError("Say which photos, or --person who, the tag is for.")

    def act(txn: Transaction) -> None:
        photos = photo_ids(txn.connection, args.photos)
        people = [person_id(txn.connection, text) for text in args.person]
        if args.off:
            labels.remove_tag(txn, _tag(txn.connection, args.tag), photos, people)
        else:
            labels.add_tag(txn, args.tag, photos, people)

    return decide_photos(args, act)


def run_album(args: Namespace) -> int:
    """Add photos to an album, remove them, or create a smart album."""
    if args.search is not None and (args.photos or args.off):
        raise UserError("A smart album shows what its search finds, so it can’t take photos.")

    def act(txn: Transaction) -> None:
        if args.search is not None:
            # Report an invalid search now, not when the album is opened.
            search.photo_ids(txn.connection, args.search)
            labels.save_search(txn, args.search, args.album)
            return
        photos = photo_ids(txn.connection, args.photos)
        if args.off:
            labels.remove_from_album(txn, _album(txn.connection, args.album), photos)
        else:
            labels.add_to_named_album(txn, args.album, photos)

    return decide_photos(args, act)


def run_favourite(args: Namespace) -> int:
    """Add photos to the favorites, or remove them."""
    return decide_photos(
        args,
        lambda txn: labels.set_favourite(txn, photo_ids(txn.connection, args.photos), not args.off),
    )


def run_collage(args: Namespace) -> int:
    """Say that photos show somebody more than once, or that they don't."""
    return decide_photos(
        args,
        lambda txn: collages.set_collage(txn, photo_ids(txn.connection, args.photos), not args.off),
    )


def run_rotate(args: Namespace) -> int:
    """Rotate photos for viewing, or show them as in their files."""

    def act(txn: Transaction) -> None:
        photos = photo_ids(txn.connection, args.photos)
        if args.off:
            rotation.reset(txn, photos)
        else:
            rotation.rotate(txn, photos, args.by)

    return decide_photos(args, act)


def run_rename(args: Namespace) -> int:
    """Rename a tag or an album."""
    if args.kind == "tag":
        return decide_photos(
            args, lambda txn: labels.rename_tag(txn, _tag(txn.connection, args.label), args.name)
        )
    return decide_photos(
        args, lambda txn: labels.rename_album(txn, _album(txn.connection, args.label), args.name)
    )


def run_delete(args: Namespace) -> int:
    """Delete a tag or an album."""
    if args.kind == "tag":
        return decide_photos(
            args, lambda txn: labels.delete_tag(txn, _tag(txn.connection, args.label))
        )
    return decide_photos(
        args, lambda txn: labels.delete_album(txn, _album(txn.connection, args.label))
    )


def photo_ids(connection: sqlite3.Connection, paths: Iterable[str]) -> list[PhotoId]:
    """Return the library's photos at paths.

    Raises:
        UserError: one isn't in the library.
    """
    return [photo_at(connection, os.path.abspath(path)) for path in paths]


def _tag(connection: sqlite3.Connection, name: str) -> TagId:
    return _found(labels.tags_and_albums(connection).tags, name, "tag").id


def _album(connection: sqlite3.Connection, name: str) -> AlbumId:
    return _found(labels.tags_and_albums(connection).albums, name, "album").id


def _found(known: Iterable[labels.Label], name: str, what: str) -> labels.Label:
    found = labels.find(known, name)
    if found is None:
        raise UserError(
            "There’s no {what} {name}. 'facesorter {what}s' lists them.", what=what, name=name
        )
    return found


def decide_photos(args: Namespace, act: Callable[[Transaction], object]) -> int:
    """Carry out a decision about photos, and print how many changed."""
    library = open_library(args)
    try:
        _, changes = library.transact(act)
    finally:
        library.close()
    what = {"decided": changes.decided, "photos": sorted(changes.marked)}
    message = f"{count(len(changes.marked), 'photo')} changed in the library."
    if not changes.decided:
        message = "Nothing to change."
    elif not changes.marked:
        message = "Done."
    result(args, what, message)
    return 0
