"""What the user does with tags, albums and favourites: library functions, and words for them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from facesorter.domain import AlbumId, PersonId, PhotoId, TagId
from facesorter.gui.base.actions import Actions, bind
from facesorter.gui.base.places import ALBUM, FAVOURITES, NEW_ALBUM, TAG, album_of, tag_of
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.widgets.label_bar import Kind, LabelBar
from facesorter.library.decisions import labels
from facesorter.library.transaction import Transaction


class LabelActions(QObject):
    """Acts on tags, albums and favourites. Thread: GUI.

    Signals:
        made: the sidebar's key of an album that was made just now, to be given a name.
    """

    made = Signal(str)

    def __init__(self, actions: Actions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._decide = actions.decide

    def serve(self, bar: LabelBar) -> None:
        """Do what a bar asks for."""
        match bar.kind:
            case Kind.TAG:
                bar.put.connect(self.tag)
                bar.taken.connect(self.untag)
            case Kind.PERSON_TAG:
                bar.put.connect(self.tag_persons)
                bar.taken.connect(self.untag_persons)
            case Kind.ALBUM:
                bar.put.connect(self.put_in_album)
                bar.taken.connect(lambda ids, album_id: self.take_out(album_id, ids))

    def star(self, photo_ids: Sequence[PhotoId], favourite: bool) -> None:
        """Make photos favourites, or no longer."""
        text = (_starred if favourite else _unstarred)(len(photo_ids))
        self._decide(text, bind(labels.set_favourite, list(photo_ids), favourite))

    def toggle_star(self, photo_ids: Sequence[PhotoId]) -> None:
        """Make photos favourites, or no longer where all of them are."""
        n = len(photo_ids)

        def said(favourite: bool) -> str:
            return _starred(n) if favourite else _unstarred(n)

        if photo_ids:
            self._decide(said, bind(labels.toggle_favourite, list(photo_ids)))

    def tag(self, photo_ids: Sequence[PhotoId], name: str) -> None:
        """Put a tag on photos."""
        said = translate("Labels", "Tagged {photos} “{name}”")
        text = said.format(name=name, photos=words.photos(len(photo_ids)))
        self._decide(text, bind(labels.add_tag, name, list(photo_ids)))

    def untag(self, photo_ids: Sequence[PhotoId], tag_id: TagId) -> None:
        """Take a tag off photos."""
        text = translate("Labels", "Tag removed from %Ln photo(s)", "", len(photo_ids))
        self._decide(text, bind(labels.remove_tag, tag_id, list(photo_ids)))

    def tag_persons(self, person_ids: Sequence[PersonId], name: str) -> None:
        """Put a tag on persons."""
        n = len(person_ids)
        text = translate("Labels", "Tagged %Ln person(s) “{name}”", "", n).format(name=name)
        self._decide(text, bind(labels.add_tag, name, [], list(person_ids)))

    def untag_persons(self, person_ids: Sequence[PersonId], tag_id: TagId) -> None:
        """Take a tag off persons."""
        text = translate("Labels", "Tag removed from %Ln person(s)", "", len(person_ids))
        self._decide(text, bind(labels.remove_tag, tag_id, [], list(person_ids)))

    def put_in_album(self, photo_ids: Sequence[PhotoId], name: str) -> None:
        """Put photos into the album of that name, a new one where there is none."""
        said = translate("Labels", "Added {photos} to {name}")
        text = said.format(name=name, photos=words.photos(len(photo_ids)))
        self._decide(text, bind(labels.add_to_named_album, name, list(photo_ids)))

    def take_out(self, album_id: AlbumId, photo_ids: Sequence[PhotoId]) -> None:
        """Take photos out of an album."""
        text = translate("Labels", "%Ln photo(s) removed from the album", "", len(photo_ids))
        self._decide(text, bind(labels.remove_from_album, album_id, list(photo_ids)))

    def save_search(self, text: str) -> None:
        """Keep a search as a smart album."""
        said = translate("Labels", "Search saved as a smart album")
        self._decide(said, bind(labels.save_search, text), result=self._tell_made)

    def drop(self, target: str, photo_ids: Sequence[PhotoId]) -> None:
        """Do what dropping photos on an entry of the sidebar means."""
        n = len(photo_ids)
        if target == FAVOURITES:
            self.star(photo_ids, True)
        elif target == NEW_ALBUM:
            text = translate("Labels", "Album created with %Ln photo(s)", "", n)
            self._decide(
                text, bind(_new_album, _new_name(), list(photo_ids)), result=self._tell_made
            )
        elif target.startswith(ALBUM):
            text = translate("Labels", "%Ln photo(s) added to the album", "", n)
            self._decide(text, bind(labels.add_to_album, album_of(target), list(photo_ids)))
        elif target.startswith(TAG):
            text = translate("Labels", "Tag added to %Ln photo(s)", "", n)
            self._decide(text, bind(_put_known_tag, tag_of(target), list(photo_ids)))

    def rename(self, key: str, name: str) -> None:
        """Rename an album or a tag of the sidebar."""
        text = translate("Labels", "Renamed to {name}").format(name=name)
        if key.startswith(ALBUM):
            self._decide(text, bind(labels.rename_album, album_of(key), name))
        else:
            self._decide(text, bind(labels.rename_tag, tag_of(key), name))

    def delete(self, key: str) -> None:
        """Delete an album or a tag of the sidebar."""
        if key.startswith(ALBUM):
            text = translate("Labels", "Album deleted. Its photos were kept.")
            self._decide(text, bind(labels.delete_album, album_of(key)))
        else:
            self._decide(translate("Labels", "Tag deleted"), bind(labels.delete_tag, tag_of(key)))

    def _tell_made(self, album_id: AlbumId | None) -> None:
        if album_id is not None:
            self.made.emit(f"{ALBUM}{album_id}")


def _starred(n: int) -> str:
    return translate("Labels", "%Ln photo(s) added to Favorites", "", n)


def _unstarred(n: int) -> str:
    return translate("Labels", "%Ln photo(s) removed from Favorites", "", n)


def _new_name() -> str:
    return translate("Labels", "New Album")


def _new_album(txn: Transaction, name: str, photo_ids: list[PhotoId]) -> AlbumId:
    """Make an album under a name that none has yet. Thread: writer."""
    known = labels.tags_and_albums(txn.connection).albums
    wanted, number = name, 2
    while labels.find(known, wanted) is not None:
        wanted, number = f"{name} {number}", number + 1
    return labels.add_to_named_album(txn, wanted, photo_ids)


def _put_known_tag(txn: Transaction, tag_id: TagId, photo_ids: list[PhotoId]) -> None:
    """Put a tag, given by its id, on photos. Thread: writer."""
    labels.add_tag(txn, labels.require_tag(txn, tag_id).name, photo_ids)
