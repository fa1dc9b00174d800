"""Compare page: two to four photos side by side, zoomed and moved together."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QObject, QSizeF, Qt
from PySide6.QtGui import QImage, QKeyEvent, QPalette
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from facesorter.domain import Changes, Photo, PhotoId
from facesorter.errors import UserError
from facesorter.gui.base import keys, theme
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.base.page import ZOOM_STEP, Page
from facesorter.gui.base.page_header import ElidedLabel
from facesorter.gui.grid.pixmaps import PixmapStore, Thumb
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import file_name, translate
from facesorter.gui.photo.box_editor import ARROWS
from facesorter.gui.photo.loader import PhotoLoader
from facesorter.gui.photo.overlay import OverlayBars
from facesorter.gui.photo.view import PhotoView
from facesorter.gui.photo.view_bar import ZoomButtons, photo_button
from facesorter.gui.widgets.label_actions import LabelActions
from facesorter.gui.widgets.photo_menu import MOST_COMPARED
from facesorter.library import queries


class _Panel(QWidget):
    """One of the photos, with its name and date below."""

    def __init__(self) -> None:
        super().__init__()
        self.photo: Photo | None = None
        self.view = PhotoView()
        self.view.boxes_shown = False
        self.caption = ElidedLabel()
        self.caption.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.caption.setMinimumHeight(theme.TARGET)
        # All photos get the same room, however long their names are.
        self.caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view, 1)
        below = QHBoxLayout()
        below.setContentsMargins(theme.GRID, 0, theme.GRID, 0)
        below.addWidget(self.caption)
        column.addLayout(below)

    def show_photo(self, photo: Photo, thumb: Thumb, pixmaps: PixmapStore) -> None:
        """Show a photo's thumbnail until it is loaded."""
        self.photo = photo
        size = QSizeF(photo.width or 0, photo.height or 0)
        self.view.begin(size, pixmaps.any_size(thumb), photo.turn)
        self.update_caption()

    def update_caption(self) -> None:
        """Show the photo's name and date, in bold for the one that keys act on."""
        if self.photo is None:
            return
        star = "★  " if self.photo.favourite else ""
        name = file_name(self.photo.path)
        text = f"{star}{name}  ·  {words.day(self.photo.taken_at)}"
        self.caption.setFont(theme.body_font(bold=self.view.hasFocus()))
        self.caption.setText(text)
        self.view.setAccessibleName(text)


class ComparePage(Page):
    """Page of a few photos side by side."""

    ground = QPalette.ColorRole.Window
    beside_sidebar = False
    fills_screen = True

    def __init__(
        self,
        bridge: Bridge,
        pixmaps: PixmapStore,
        acts: LabelActions,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        theme.darken(self)
        self._bridge, self._pixmaps, self._acts = bridge, pixmaps, acts
        self._loader = PhotoLoader(bridge.services, bridge, self)
        self._active = False
        self.panels: list[_Panel] = []
        self._last = _Panel()
        """The panel that had the focus last."""
        leave = photo_button("arrow-left", "←", translate("Photo", "Back (Esc)"), self.back.emit)
        self.title = QLabel()
        self.link = photo_button(
            "link-variant", "⛓", translate("Compare", "Zoom and move all photos together")
        )
        self.link.setCheckable(True)
        self.link.setChecked(True)
        self.link.toggled.connect(self._align)
        self.zoomed = ZoomButtons(lambda: self.current.view)
        self.full = photo_button(
            "arrow-expand",
            "⛶",
            keys.tip(translate("Photo", "Full screen"), Shortcut.FULL_SCREEN),
            lambda: self.full_screen_wanted.emit(not self.overlay.on),
        )
        self.head = QWidget()
        self.head.setAutoFillBackground(True)
        row = QHBoxLayout(self.head)
        row.setContentsMargins(theme.GRID, theme.GRID // 2, theme.GRID, theme.GRID // 2)
        row.setSpacing(theme.GRID // 2)
        row.addWidget(leave)
        row.addWidget(self.title)
        row.addStretch(1)
        for widget in (self.link, self.zoomed, self.full):
            row.addWidget(widget)
        self._area = QWidget()
        self._grid = QGridLayout(self._area)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self._area, 1)
        foot = QWidget()
        column.addWidget(foot)
        self.overlay = OverlayBars(self, column, self.head, foot, self._area)
        bridge.changed.connect(self._on_changed)

    @property
    def current(self) -> _Panel:
        """The panel that keys and buttons act on."""
        focused = (panel for panel in self.panels if panel.view.hasFocus())
        return next(focused, self._last)

    @property
    def ids(self) -> list[PhotoId]:
        """The photos shown, in order."""
        return [panel.photo.id for panel in self.panels if panel.photo is not None]

    def show_photos(self, ids: list[PhotoId]) -> None:
        """Show two to four photos; of more, the first four."""
        for panel in self.panels:
            self._grid.removeWidget(panel)
            panel.hide()
            panel.deleteLater()
        found = queries.photos(self._bridge.services.reader(), ids[:MOST_COMPARED])
        self.panels = [_Panel() for _ in found]
        # Four are two rows of two: each is larger than in a row of four.
        columns = 2 if len(found) == 4 else max(1, len(found))
        for column in range(4):
            self._grid.setColumnStretch(column, int(column < columns))
        for number, (panel, photo) in enumerate(zip(self.panels, found, strict=True)):
            self._grid.addWidget(panel, number // columns, number % columns)
            path = self._bridge.services.thumbnails.photo_path(photo)
            panel.show_photo(photo, Thumb("photo", photo.id, path), self._pixmaps)
            panel.view.framed.connect(partial(self._on_framed, panel))
            panel.view.detail_wanted.connect(partial(self._load, panel))
            panel.view.double_clicked.connect(
                lambda: self.full_screen_wanted.emit(not self.overlay.on)
            )
            panel.view.installEventFilter(self)
            self._load(panel, self._side())
        self.overlay.watch([panel.view for panel in self.panels])
        text = translate("Compare", "%Ln photo(s)", "", len(found))
        if len(ids) > MOST_COMPARED:
            text = translate("Compare", "First {shown} of %Ln photo(s)", "", len(ids))
            text = text.format(shown=words.number(len(found)))
        self.title.setText(text)
        self.setAccessibleName(self.title.text())
        if self.panels:
            self._last = self.panels[0]
            self._last.view.setFocus()

    def set_active(self, active: bool) -> None:
        self._active = active
        if active and self.panels:
            self._last.view.setFocus()

    def set_full_screen(self, on: bool) -> None:
        self.overlay.set_on(on)

    def came_back(self, photo_id: int) -> None:
        for panel in self.panels:
            if panel.photo is not None and panel.photo.id == photo_id:
                panel.view.setFocus()

    def zoom(self, steps: int) -> None:
        if self.panels:
            self.current.view.zoom(ZOOM_STEP**steps)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            for panel in self.panels:
                if watched is panel.view and event.type() == QEvent.Type.FocusIn:
                    self._last = panel
                panel.update_caption()
            self.zoomed.show_zoom()
        return False

    # Internals.

    def _side(self) -> int:
        size = max(self._area.width(), self._area.height()) / min(2, max(1, len(self.panels)))
        return round(max(640, size * self.devicePixelRatioF()))

    def _load(self, panel: _Panel, long_side: int) -> None:
        photo = panel.photo
        if photo is None:
            return

        def done(image: QImage) -> None:
            if panel in self.panels and panel.photo is not None and panel.photo.id == photo.id:
                panel.view.set_image(image)

        def failed(error: BaseException) -> bool:
            if isinstance(error, UserError) and panel in self.panels:
                panel.view.set_message(words.sentence(error))
            return isinstance(error, UserError)

        self._loader.load(photo.id, long_side, done, failed)

    def _on_framed(self, panel: _Panel, by_user: bool) -> None:
        if by_user and self.link.isChecked():
            for other in self.panels:
                if other is not panel:
                    other.view.follow(panel.view.framing)
        if self.panels:
            self.zoomed.show_zoom()

    def _align(self, linked: bool) -> None:
        if linked and self.panels:
            self._on_framed(self.current, True)

    def _on_changed(self, changes: Changes) -> None:
        self._loader.forget(changes.photos)
        shown = changes.marked | changes.photos
        if not self._active or not shown.intersection(self.ids):
            return
        found = {p.id: p for p in queries.photos(self._bridge.services.reader(), self.ids)}
        for panel in self.panels:
            before = panel.photo
            now = found.get(before.id) if before is not None else None
            if before is None or now is None:
                continue
            panel.photo = now
            panel.update_caption()
            if (now.turn, now.mtime_ns, now.size) != (before.turn, before.mtime_ns, before.size):
                path = self._bridge.services.thumbnails.photo_path(now)
                panel.show_photo(now, Thumb("photo", now.id, path), self._pixmaps)
                self._load(panel, self._side())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.panels:
            super().keyPressEvent(event)
            return
        if self.current.view.key(event):
            return
        photo = self.current.photo
        chosen = [photo.id] if photo is not None else []
        match keys.shortcut(event):
            case Shortcut.FAVORITE:
                self._acts.toggle_star(chosen)
            case Shortcut.ROTATE_LEFT:
                self._acts.rotate(chosen, 270)
            case Shortcut.ROTATE_RIGHT:
                self._acts.rotate(chosen, 90)
            case Shortcut.ACCEPT if photo is not None:
                self.photo_wanted.emit(photo.id, self.ids)
            case _ if event.key() in ARROWS:
                self._step(sum(ARROWS[Qt.Key(event.key())]))
            case _:
                super().keyPressEvent(event)

    def _step(self, by: int) -> None:
        at = self.panels.index(self.current) + by
        if 0 <= at < len(self.panels):
            self.panels[at].view.setFocus()
