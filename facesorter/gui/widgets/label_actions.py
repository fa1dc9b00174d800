"""User actions on tags, albums, stars, titles and captions of photos, with their texts."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from facesorter.domain import AlbumId, PersonId, PhotoId, TagId
from facesorter.gui.base.actions import Actions, bind
from facesorter.gui.base.places import ALBUM, FAVOURITES, NEW_ALBUM, TAG, album_of, tag_of
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.widgets.label_bar import Kind, LabelBar
from facesorter.gui.widgets.stack_actions import StackActions
from facesorter.library.decisions import collages, descriptions, labels, rotation
from facesorter.library.transaction import Transaction


class LabelActions(QObject):
    """Actions on tags, albums and favorites. Thread: GUI.

    Signals:
        made: the sidebar key of an album just created, so that it can be named.
    """

    made = Signal(str)

    def __init__(self, actions: Actions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._decide = actions.decide
        self.stacks = StackActions(actions)

    def serve(self, bar: LabelBar) -> None:
        """Connect a bar's signals to the actions."""
        match bar.kind:
            case Kind.TAG:
                bar.put.connect(self.tag)
                bar.taken.connect(self.untag)
            case Kind.PERSON_TAG:
                bar.put.connect(self.tag_persons)
                bar.taken.connect(self.untag_persons)
            case Kind.ALBUM:
                bar.put.connect(self.put_in_album)
                bar.taken.connect(lambda ids, album_id: self.remove_from_album(album_id, ids))

    def star(self, photo_ids: Sequence[PhotoId], favourite: bool) -> None:
        """Add photos to the favorites, or remove them."""
        text = (_starred if favourite else _unstarred)(len(photo_ids))
        self._decide(text, bind(labels.set_favourite, list(photo_ids), favourite))

    def toggle_star(self, photo_ids: Sequence[PhotoId]) -> None:
        """Add photos to the favorites, or remove them if all are favorites."""
        n = len(photo_ids)

        def message(favourite: bool) -> str:
            return _starred(n) if favourite else _unstarred(n)

        if photo_ids:
            self._decide(message, bind(labels.toggle_favourite, list(photo_ids)))

    def set_collage(self, photo_ids: Sequence[PhotoId], repeating: bool) -> None:
        """Say that photos show somebody more than once, or that they don't."""
        n = len(photo_ids)
        text = translate("Labels", "Marked %Ln photo(s) as a collage", "", n)
        if not repeating:
            text = translate("Labels", "Marked %Ln photo(s) as not a collage", "", n)
        self._decide(text, bind(collages.set_collage, list(photo_ids), repeating))

    def rotate(self, photo_ids: Sequence[PhotoId], degrees: int) -> None:
        """Rotate photos clockwise for viewing; their files stay as they are."""
        if photo_ids:
            text = translate("Labels", "Rotated %Ln photo(s)", "", len(photo_ids))
            self._decide(text, bind(rotation.rotate, list(photo_ids), degrees))

    def rate(self, photo_ids: Sequence[PhotoId], stars: int) -> None:
        """Give photos 0 to 5 stars."""
        if not photo_ids:
            return
        text = translate("Labels", "Rated: %Ln star(s)", "", stars)
        if not stars:
            text = translate("Labels", "Rating removed")
        self._decide(text, bind(descriptions.rate, list(photo_ids), stars))

    def describe(
        self, photo_ids: Sequence[PhotoId], *, title: str | None = None, caption: str | None = None
    ) -> None:
        """Set the title or the caption of photos."""
        text = translate("Labels", "Title saved")
        if title is None:
            text = translate("Labels", "Caption saved")
        act = bind(descriptions.describe, list(photo_ids), title=title, caption=caption)
        self._decide(text, act)

    def tag(self, photo_ids: Sequence[PhotoId], name: str) -> None:
        """Add a tag to photos."""
        template = translate("Labels", "Tagged {photos} “{name}”")
        text = template.format(name=name, photos=words.photos(len(photo_ids)))
        self._decide(text, bind(labels.add_tag, name, list(photo_ids)))

    def untag(self, photo_ids: Sequence[PhotoId], tag_id: TagId) -> None:
        """Remove a tag from photos."""
        text = translate("Labels", "Tag removed from %Ln photo(s)", "", len(photo_ids))
        self._decide(text, bind(labels.remove_tag, tag_id, list(photo_ids)))

    def tag_persons(self, person_ids: Sequence[PersonId], name: str) -> None:
        """Add a tag to persons."""
        n = len(person_ids)
        text = translate("Labels", "Tagged %Ln person(s) “{name}”", "", n).format(name=name)
        self._decide(text, bind(labels.add_tag, name, [], list(person_ids)))

    def untag_persons(self, person_ids: Sequence[PersonId], tag_id: TagId) -> None:
        """Remove a tag from persons."""
        text = translate("Labels", "Tag removed from %Ln person(s)", "", len(person_ids))
        self._decide(text, bind(labels.remove_tag, tag_id, [], list(person_ids)))

    def put_in_album(self, photo_ids: Sequence[PhotoId], name: str) -> None:
        """Add photos to the album with that name, creating it if necessary."""
        template = translate("Labels", "Added {photos} to {name}")
        text = template.format(name=name, photos=words.photos(len(photo_ids)))
        self._decide(text, bind(labels.add_to_named_album, name, list(photo_ids)))

    def remove_from_album(self, album_id: AlbumId, photo_ids: Sequence[PhotoId]) -> None:
        """Remove photos from an album."""
        text = translate("Labels", "%Ln photo(s) removed from the album", "", len(photo_ids))
        self._decide(text, bind(labels.remove_from_album, album_id, list(photo_ids)))

    def save_search(self, text: str) -> None:
        """Save a search as a smart album."""
        message = translate("Labels", "Search saved as a smart album")
        self._decide(message, bind(labels.save_search, text), result=self._emit_made)

    def drop(self, target: str, photo_ids: Sequence[PhotoId]) -> None:
        """Handle photos dropped on a sidebar entry."""
        n = len(photo_ids)
        if target == FAVOURITES:
            self.star(photo_ids, True)
        elif target == NEW_ALBUM:
            text = translate("Labels", "Album created with %Ln photo(s)", "", n)
            self._decide(
                text, bind(_new_album, _new_name(), list(photo_ids)), result=self._emit_made
            )
        elif target.startswith(ALBUM):
            text = translate("Labels", "%Ln photo(s) added to the album", "", n)
            self._decide(text, bind(labels.add_to_album, album_of(target), list(photo_ids)))
        elif target.startswith(TAG):
            text = translate("Labels", "Tag added to %Ln photo(s)", "", n)
            self._decide(text, bind(_put_known_tag, tag_of(target), list(photo_ids)))

    def rename(self, key: str, name: str) -> None:
        """Rename an album or tag by its sidebar key."""
        text = translate("Labels", "Renamed to {name}").format(name=name)
        if key.startswith(ALBUM):
            self._decide(text, bind(labels.rename_album, album_of(key), name))
        else:
            self._decide(text, bind(labels.rename_tag, tag_of(key), name))

    def delete(self, key: str) -> None:
        """Delete an album or tag by its sidebar key."""
        if key.startswith(ALBUM):
            text = translate("Labels", "Album deleted. Its photos were kept.")
            self._decide(text, bind(labels.delete_album, album_of(key)))
        else:
            self._decide(translate("Labels", "Tag deleted"), bind(labels.delete_tag, tag_of(key)))

    def _emit_made(self, album_id: AlbumId | None) -> None:
        if album_id is not None:
            self.made.emit(f"{ALBUM}{album_id}")


def _starred(n: int) -> str:
    return translate("Labels", "%Ln photo(s) added to Favorites", "", n)


def _unstarred(n: int) -> str:
    return translate("Labels", "%Ln photo(s) removed from Favorites", "", n)


def _new_name() -> str:
    return translate("Labels", "New Album")


def _new_album(txn: Transaction, name: str, photo_ids: list[PhotoId]) -> AlbumId:
    """Create an album, making its name unique. Thread: writer."""
    known = labels.tags_and_albums(txn.connection).albums
    wanted, number = name, 2
    while labels.find(known, wanted) is not None:
        wanted, number = f"{name} {number}", number + 1
    return labels.add_to_named_album(txn, wanted, photo_ids)


def _put_known_tag(txn: Transaction, tag_id: TagId, photo_ids: list[PhotoId]) -> None:
    """Add a tag, given by its id, to photos. Thread: writer."""
    labels.add_tag(txn, labels.require_tag(txn, tag_id).name, photo_ids)
