"""Slideshow: one photo of a list after another, and the bar that controls it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QImage
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from facesorter import paths
from facesorter.app import jobs
from facesorter.domain import PhotoId
from facesorter.gui.base import icons, theme
from facesorter.gui.base.awake import Awake
from facesorter.gui.base.menus import Menu
from facesorter.gui.base.tool_button import LARGE, MenuButton
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.photo.loader import PhotoLoader
from facesorter.gui.photo.view_bar import photo_button
from facesorter.settings import Settings

SECONDS: Final = (2, 3, 5, 8, 15, 30)
"""Times per photo to choose from."""


class Slideshow(QObject):
    """Decides which photo is next, and loads it before it is shown. Thread: GUI.

    Photos that can't be read are skipped. After the last photo, it begins again.

    Signals:
        changed: it was begun, paused, continued or ended.
        shown: the place in the list of the photo to show, which is loaded.
        empty: none of the photos can be read.
    """

    changed = Signal()
    shown = Signal(int)
    empty = Signal()

    def __init__(
        self, settings: Settings, loader: PhotoLoader, side: Callable[[], int], parent: QObject
    ) -> None:
        """Create it, ended; ``side`` returns the size to load, in device px."""
        super().__init__(parent)
        self._settings, self._loader, self._side = settings, loader, side
        self._ids: Sequence[PhotoId] = ()
        self._order: list[int] = []
        self._place = 0
        self._round = 0
        """Counts what was asked for, so that a late answer to something else is ignored."""
        self._awake = Awake()
        self.active = self.playing = False
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(lambda: self.step(1))

    def begin(self, ids: Sequence[PhotoId], at: int | None) -> None:
        """Play a list from a place, or from anywhere if it is None."""
        self._ids = ids
        self.active = self.playing = True
        self._arrange(at)
        self._awake.set_on(True)
        self.changed.emit()
        self._show(self._place, 1)

    def end(self) -> None:
        """Stop; the photo stays."""
        if self.active:
            self.active = self.playing = False
            self._round += 1
            self._timer.stop()
            self._awake.set_on(False)
            self.changed.emit()

    def set_playing(self, playing: bool) -> None:
        """Pause or continue."""
        if not self.active or playing == self.playing:
            return
        self.playing = playing
        self._awake.set_on(playing)
        self._wait()
        self.changed.emit()

    def step(self, by: int) -> None:
        """Show the next photo, or with -1 the one before."""
        if self.active:
            self._show(self._place + by, by)

    def set_option(self, name: str, value: int | bool) -> None:
        """Change one of the settings that begin with ``slideshow_``, and remember it."""
        setattr(self._settings, f"slideshow_{name}", value)
        jobs.run(self._settings.save, paths.settings_dir())
        if name == "shuffle" and self.active:
            self._arrange(self._order[self._place])
        if name == "seconds":
            self._wait()
        self.changed.emit()

    def _arrange(self, at: int | None) -> None:
        self._order, self._place = list(range(len(self._ids))), at or 0
        if self._settings.slideshow_shuffle:
            random.shuffle(self._order)
            if at is not None:
                self._order.remove(at)
                self._order.insert(0, at)
            self._place = 0

    def _show(self, place: int, by: int, skipped: int = 0) -> None:
        """Load a photo and show it; go on in the same direction if it can't be read."""
        self._timer.stop()
        self._round += 1
        asked, place = self._round, place % len(self._order)
        at = self._order[place]

        def ready(_: QImage) -> None:
            if asked == self._round:
                self._place = place
                self.shown.emit(at)
                self._wait()
                self._load_ahead()

        def failed(_: BaseException) -> bool:
            if asked == self._round:
                if skipped + 1 >= len(self._order):
                    self.end()
                    self.empty.emit()
                else:
                    self._show(place + by, by, skipped + 1)
            return True

        self._loader.load(self._ids[at], self._side(), ready, failed)

    def _load_ahead(self) -> None:
        following = self._ids[self._order[(self._place + 1) % len(self._order)]]
        self._loader.load(following, self._side(), lambda _: None, lambda _: True)

    def _wait(self) -> None:
        if self.playing and len(self._order) > 1:
            self._timer.start(1000 * self._settings.slideshow_seconds)
        else:
            self._timer.stop()


class SlideshowBar(QWidget):
    """Bar that controls a slideshow.

    Signals:
        closed: end it.
    """

    closed = Signal()

    def __init__(self, slideshow: Slideshow, settings: Settings) -> None:
        super().__init__()
        self.setAutoFillBackground(True)
        self._slideshow, self._settings = slideshow, settings
        self.play = photo_button(
            "pause", "❚❚", "", lambda: slideshow.set_playing(not slideshow.playing)
        )
        before = photo_button(
            "chevron-left",
            "‹",
            translate("Photo", "Previous photo (←)"),
            lambda: slideshow.step(-1),
        )
        after = photo_button(
            "chevron-right", "›", translate("Photo", "Next photo (→)"), lambda: slideshow.step(1)
        )
        self.position = QLabel()
        self.options = MenuButton(translate("Slideshow", "Slideshow options"), width=LARGE)
        self.options.setAutoRaise(True)
        icons.put(self.options, "dots-horizontal")
        self.options.setMenu(self._menu())
        close = photo_button(
            "close", "✕", translate("Slideshow", "End slideshow (Esc)"), self.closed.emit
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.GRID, theme.GRID // 2, theme.GRID, theme.GRID // 2)
        row.setSpacing(theme.GRID // 2)
        row.addWidget(self.position)
        row.addStretch(1)
        for widget in (before, self.play, after):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.options)
        row.addWidget(close)
        slideshow.changed.connect(self._update_play)
        self._update_play()

    def _menu(self) -> Menu:
        menu = Menu(self.options)
        times = QActionGroup(menu)
        for seconds in SECONDS:
            label = translate("Slideshow", "%Ln second(s) per photo", "", seconds)
            each = self._option(menu, label, "seconds", seconds)
            each.setChecked(self._settings.slideshow_seconds == seconds)
            times.addAction(each)
        menu.addSeparator()
        for name, label in (
            ("shuffle", translate("Slideshow", "Shuffle")),
            ("fade", translate("Slideshow", "Fade Between Photos")),
            ("names", translate("Slideshow", "Show Names and Date")),
        ):
            self._option(menu, label, name).setChecked(getattr(self._settings, f"slideshow_{name}"))
        return menu

    def _option(self, menu: Menu, label: str, name: str, value: int | None = None) -> QAction:
        action = menu.addAction(label)
        action.setCheckable(True)
        action.triggered.connect(
            lambda on: self._slideshow.set_option(name, on if value is None else value)
        )
        return action

    def show_position(self, at: int, count: int) -> None:
        """Show which photo is shown."""
        text = translate("Photo", "{n} of {all}")
        self.position.setText(text.format(n=words.number(at + 1), all=words.number(count)))

    def _update_play(self) -> None:
        playing = self._slideshow.playing
        text = translate("Playback", "Pause") if playing else translate("Playback", "Play")
        tip = translate("Playback", "{act} (Space)").format(act=text)
        self.play.setAccessibleName(tip)
        self.play.setToolTip(tip)
        icons.put(self.play, "pause" if playing else "play")
