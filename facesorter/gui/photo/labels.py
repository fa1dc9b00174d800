"""Star, tags and albums of the photo on the photo page."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import QWidget

from facesorter.domain import Photo
from facesorter.gui.base import icons, keys
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.i18n.words import translate
from facesorter.gui.photo.view_bar import photo_button
from facesorter.gui.widgets.label_actions import LabelActions
from facesorter.gui.widgets.label_bar import Kind, LabelBar


class PhotoLabels(QObject):
    """Buttons for the page's header and bars for its bottom edge. Thread: GUI."""

    def __init__(
        self,
        page: QWidget,
        bridge: Bridge,
        pixmaps: PixmapStore,
        acts: LabelActions,
    ) -> None:
        super().__init__(page)
        self._acts = acts
        self._photo: Photo | None = None
        self.star = photo_button(
            "star-outline", "☆", keys.tip(translate("Photo", "Favorite"), Shortcut.FAVORITE)
        )
        self.star.clicked.connect(self.toggle_star)
        self.tags = LabelBar(bridge, pixmaps, Kind.TAG)
        self.albums = LabelBar(bridge, pixmaps, Kind.ALBUM)
        tagging = photo_button(
            "tag-outline", "T", keys.tip(translate("Photo", "Tags"), Shortcut.TAGS)
        )
        tagging.clicked.connect(lambda: self._ask(self.tags))
        adding = photo_button(
            "image-album", "A", keys.tip(translate("Photo", "Add to album"), Shortcut.ALBUM)
        )
        adding.clicked.connect(lambda: self._ask(self.albums))
        self.buttons = (self.star, tagging, adding)
        self.bars = (self.tags, self.albums)
        for bar in self.bars:
            # The page is dark in both schemes; input fields look the same as elsewhere.
            bar.setPalette(QPalette())
            acts.serve(bar)
            bar.closed.connect(page.setFocus)

    def show(self, photo: Photo | None) -> None:
        """Show the marks of this photo in its current state; None if there is no photo."""
        moved = photo is None or self._photo is None or self._photo.id != photo.id
        self._photo = photo
        for button in self.buttons:
            button.setEnabled(photo is not None)
        if photo is None:
            for bar in self.bars:
                bar.close_bar()
            return
        self.star.setText("★" if photo.favourite else "☆")
        icons.put(self.star, "star" if photo.favourite else "star-outline")
        tip = keys.tip(translate("Photo", "Favorite"), Shortcut.FAVORITE)
        if photo.favourite:
            tip = keys.tip(translate("Photo", "Remove from Favorites"), Shortcut.FAVORITE)
        self.star.setToolTip(tip)
        self.star.setAccessibleName(tip)
        for bar in self.bars:
            if moved and bar.is_open:
                bar.set_ids([photo.id])

    def key(self, event: QKeyEvent) -> bool:
        """Handle a key; False if it has no meaning here."""
        match keys.shortcut(event):
            case Shortcut.FAVORITE:
                self.toggle_star()
            case Shortcut.TAGS:
                self._ask(self.tags)
            case Shortcut.ALBUM:
                self._ask(self.albums)
            case _:
                return False
        return True

    def toggle_star(self) -> None:
        """Add the photo to the favorites, or remove it."""
        if self._photo is not None:
            self._acts.star([self._photo.id], not self._photo.favourite)

    def ask_tags(self) -> None:
        """Show the photo's tags."""
        self._ask(self.tags)

    def ask_albums(self) -> None:
        """Show the photo's albums."""
        self._ask(self.albums)

    def _ask(self, bar: LabelBar) -> None:
        if self._photo is not None:
            for other in self.bars:
                if other is not bar:
                    other.hide()
            bar.ask([self._photo.id])
