"""Star, tags and albums of the photo on the photo page."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import QToolButton, QWidget

from facesorter.domain import Photo
from facesorter.gui.base import icons
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.i18n.words import translate
from facesorter.gui.widgets.label_actions import LabelActions
from facesorter.gui.widgets.label_bar import Kind, LabelBar


class PhotoMarks(QObject):
    """Buttons for the page's head and bars for its foot. Thread: GUI."""

    def __init__(
        self,
        page: QWidget,
        bridge: Bridge,
        pixmaps: PixmapStore,
        acts: LabelActions,
        tool: Callable[[str, str, str], QToolButton],
    ) -> None:
        super().__init__(page)
        self._page, self._acts = page, acts
        self._photo: Photo | None = None
        self.star = tool("star-outline", "☆", translate("Photo", "Favorite (*)"))
        self.star.clicked.connect(self.toggle_star)
        self.tags = LabelBar(bridge, pixmaps, Kind.TAG)
        self.albums = LabelBar(bridge, pixmaps, Kind.ALBUM)
        tagging = tool("tag-outline", "T", translate("Photo", "Tags (T)"))
        tagging.clicked.connect(lambda: self._ask(self.tags))
        adding = tool("image-album", "A", translate("Photo", "Add to album (A)"))
        adding.clicked.connect(lambda: self._ask(self.albums))
        self.buttons = (self.star, tagging, adding)
        self.bars = (self.tags, self.albums)
        for bar in self.bars:
            # The page is dark in both schemes; what is typed into is as elsewhere.
            bar.setPalette(QPalette())
            acts.serve(bar)
            bar.closed.connect(page.setFocus)

    def show(self, photo: Photo) -> None:
        """Speak of this photo, as it is now."""
        moved = self._photo is None or self._photo.id != photo.id
        self._photo = photo
        self.star.setText("★" if photo.favourite else "☆")
        icons.put(self.star, "star" if photo.favourite else "star-outline")
        said = translate("Photo", "Favorite (*)")
        if photo.favourite:
            said = translate("Photo", "Remove from Favorites (*)")
        self.star.setToolTip(said)
        self.star.setAccessibleName(said)
        for bar in self.bars:
            if moved and bar.isVisible():
                bar.set_ids([photo.id])

    def key(self, event: QKeyEvent) -> bool:
        """Do what a key says; False where it says nothing."""
        held = event.modifiers() & ~(
            Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
        )
        if held != Qt.KeyboardModifier.NoModifier:
            return False
        match event.key():
            case Qt.Key.Key_Asterisk:
                self.toggle_star()
            case Qt.Key.Key_T:
                self._ask(self.tags)
            case Qt.Key.Key_A:
                self._ask(self.albums)
            case _:
                return False
        return True

    def toggle_star(self) -> None:
        """Make the photo a favourite, or no longer."""
        if self._photo is not None:
            self._acts.star([self._photo.id], not self._photo.favourite)

    def _ask(self, bar: LabelBar) -> None:
        if self._photo is not None:
            for other in self.bars:
                if other is not bar:
                    other.hide()
            bar.ask([self._photo.id])
