"""The button that plays a Live Photo's moving part."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QToolButton

from facesorter.app import jobs
from facesorter.gui.base import icons
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.tool_button import LARGE
from facesorter.gui.i18n.words import translate
from facesorter.gui.photo.video import VideoPlayer

LOOK_MS = 200
"""Delay before a photo's file is looked at, so that leafing through many reads none."""
HOVER_MS = 300
"""How long the pointer rests on the button before the moving part is played."""


class LivePhotoButton(QToolButton):
    """Button, hidden for most photos, that plays the moving part when pressed or hovered over.

    Signals:
        over: the photo itself is to be shown again.
    """

    over = Signal()

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._path: str | None = None
        self.player = VideoPlayer(self)
        self.player.ended.connect(self._end)
        self.player.failed.connect(self._end)
        self.playing = False
        self.setFixedSize(LARGE, LARGE)
        self.setAutoRaise(True)
        text = translate("Photo", "Play the moving part")
        self.setAccessibleName(text)
        self.setToolTip(text)
        icons.put(self, "motion-play-outline")
        self.clicked.connect(self.play)
        self._look = QTimer(self, singleShot=True, interval=LOOK_MS)
        self._look.timeout.connect(self._find)
        self._hover = QTimer(self, singleShot=True, interval=HOVER_MS)
        self._hover.timeout.connect(self.play)
        self.hide()

    def look_for(self, path: str | None) -> None:
        """Show the button if the photo has a moving part; None for no photo."""
        self.stop()
        self._path = path
        self.hide()
        self._look.stop()
        if path is not None:
            self._look.start()

    def play(self) -> None:
        """Play it once."""
        path = self._path
        if path is None or self.playing:
            return
        self.playing = True

        def done(data: bytes | None) -> None:
            if self._path == path and self.playing and data:
                self.player.play_data(data)
            else:
                self._end()

        self._bridge.then(jobs.run(_read, path), done, owner=self)

    def stop(self) -> None:
        """Show the photo itself again."""
        self._hover.stop()
        if self.playing:
            self._end()

    def _end(self) -> None:
        if self.playing:
            self.playing = False
            self.player.open(None)
            self.over.emit()

    def _find(self) -> None:
        path = self._path
        if path is None:
            return

        def done(found: bool) -> None:
            if self._path == path:
                self.setVisible(found)

        self._bridge.then(jobs.run(_has, path), done, owner=self)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._hover.start()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover.stop()
        super().leaveEvent(event)


def _has(path: str) -> bool:
    from facesorter.images import motion

    return motion.find(Path(path)) is not None


def _read(path: str) -> bytes | None:
    from facesorter.images import motion

    found = motion.find(Path(path))
    return None if found is None else motion.read(found)
