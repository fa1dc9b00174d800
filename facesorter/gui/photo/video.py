"""Playback of videos in the viewer: the player, and the bar that controls it.

Qt Multimedia is loaded when the first video is played, and only here: its libraries take as long as
the window's first paint, and some builds of Qt lack them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from PySide6.QtCore import QBuffer, QByteArray, QEvent, QObject, QPointF, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QToolTip,
    QWidget,
)

from facesorter.domain import Face
from facesorter.gui.base import icons, keys, theme, wheel
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.photo.view_bar import photo_button

POSTER_FROM: Final = 1_000
"""Milliseconds from which `images.video_frames` looks for the poster: this is mostly its frame."""
SKIP: Final = 5_000
"""Milliseconds that an arrow key skips."""
VOLUME_STEP: Final = 10
"""Percent by which an arrow key changes the volume."""
NEAR: Final = 300
"""Milliseconds around a face's moment in which its box is shown: it moves on."""
SNAP: Final = 5
"""Pixels beside the mark of a moment where a click means that moment."""


MEMORY: Final = "memory"
"""Stands for the path of a video that is in memory."""


class VideoPlayer(QObject):
    """Plays one video at a time as images. Thread: GUI.

    Signals:
        frame: a frame to show, upright.
        moved: the position in milliseconds.
        changed: it began or stopped to play, or another video was opened.
        failed: this video can't be played.
        ended: it was played to its end.
    """

    frame = Signal(QImage)
    moved = Signal(int)
    changed = Signal()
    failed = Signal()
    ended = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path: str | None = None
        """The video, or None."""
        self.duration = 0
        """Milliseconds."""
        self.broken = False
        """Whether it can't be played."""
        self.shown_at: int | None = None
        """Time of the frame that is shown, in milliseconds; None before the first."""
        self._player: Any = None
        self._sound: Any = None
        self._sink: Any = None
        self._loaded: str | None = None
        self._target: int | None = None
        """Where to go when the file is loaded."""
        self._late = False

    def open(self, path: str | None, duration: int = 0) -> None:
        """Choose a video, which isn't loaded before it is played; None for none."""
        if self._player is not None and self._loaded is not None:
            self._player.stop()
            self._player.setSource(QUrl())
        self.path, self.duration, self._loaded, self._target = path, duration, None, None
        self.broken, self.shown_at = False, None
        self.changed.emit()

    def play_data(self, data: bytes) -> None:
        """Play a video that is in memory, once."""
        self.open(MEMORY)
        if self._player is None and not self._make():
            return
        self._buffer = QBuffer(self)
        self._buffer.setData(QByteArray(data))
        self._buffer.open(QBuffer.OpenModeFlag.ReadOnly)
        self._loaded = MEMORY
        self._player.setSourceDevice(self._buffer, QUrl("moving.mp4"))
        self._player.play()

    _buffer: QBuffer | None = None

    @property
    def playing(self) -> bool:
        """Whether it plays."""
        player = self._player
        return player is not None and player.playbackState() == player.PlaybackState.PlayingState

    @property
    def begun(self) -> bool:
        """Whether its frames are shown rather than the poster."""
        return self._loaded is not None and not self.broken

    @property
    def position(self) -> int:
        """Milliseconds."""
        if self._target is not None:
            return self._target
        return int(self._player.position()) if self.begun else 0

    def play(self, on: bool = True) -> None:
        """Play or pause; at the end, from the beginning."""
        if not self._load():
            return
        if on and self.duration and self.position >= self.duration - NEAR:
            self.seek(0)
        if on:
            self._player.play()
        else:
            self._player.pause()

    def seek(self, position: int) -> None:
        """Go to a time in milliseconds, and show its frame."""
        if not self._load():
            return
        position = max(0, min(position, self.duration or position))
        ready = (
            self._player.MediaStatus.LoadedMedia,
            self._player.MediaStatus.BufferedMedia,
            self._player.MediaStatus.EndOfMedia,
        )
        if self._player.mediaStatus() not in ready:
            self._target = position
        else:
            if not self.playing:
                self._player.pause()  # a stopped player shows no frame
            self._player.setPosition(position)
        self.moved.emit(position)

    @property
    def volume(self) -> int:
        """Percent, as heard: the scale of the ear, not of amplitudes."""
        return self._volume

    _volume = 100
    _muted = False

    def set_volume(self, percent: int) -> None:
        """Set the volume, which also ends silence."""
        self._volume, self._muted = max(0, min(100, percent)), False
        self._apply_sound()

    @property
    def muted(self) -> bool:
        """Whether it is silent."""
        return self._muted

    def set_muted(self, muted: bool) -> None:
        """Silence it, or end that."""
        self._muted = muted
        self._apply_sound()

    def _apply_sound(self) -> None:
        if self._sound is not None:
            self._sound.setVolume((self._volume / 100) ** 3)
            self._sound.setMuted(self._muted)
        self.changed.emit()

    def _load(self) -> bool:
        """Make the player and load the video; False if either is impossible."""
        if self.path is None or self.broken:
            return False
        if self._loaded == self.path:
            return True
        if self._player is None and not self._make():
            self._fail()
            return False
        self._loaded = self.path
        self._player.setSource(QUrl.fromLocalFile(self.path))
        return True

    def _make(self) -> bool:
        try:
            from PySide6.QtMultimedia import QAudioOutput, QMediaPlayer, QVideoSink
        except ImportError:
            return False
        self._player, self._sink = QMediaPlayer(self), QVideoSink(self)
        self._sound = QAudioOutput(self)
        self._player.setAudioOutput(self._sound)
        self._player.setVideoSink(self._sink)
        self._sink.videoFrameChanged.connect(self._on_frame)
        self._player.positionChanged.connect(self._on_position)
        self._player.durationChanged.connect(self._on_duration)
        self._player.playbackStateChanged.connect(lambda _: self.changed.emit())
        self._player.mediaStatusChanged.connect(self._on_status)
        self._player.errorOccurred.connect(lambda *_: self._fail())
        self._apply_sound()
        return True

    def _on_frame(self) -> None:
        # Frames that come while one is converted are skipped.
        if not self._late:
            self._late = True
            QTimer.singleShot(0, self, self._show_frame)

    def _show_frame(self) -> None:
        self._late = False
        if not self.begun:
            return
        frame = self._sink.videoFrame()
        image = frame.toImage()
        if not image.isNull():
            begins = frame.startTime()  # in microseconds, negative if unknown
            self.shown_at = self.position if begins < 0 else round(begins / 1000)
            self.frame.emit(image)

    def _on_position(self, position: int) -> None:
        if self._target is None and self.begun:
            self.moved.emit(position)

    def _on_duration(self, duration: int) -> None:
        if duration > 0 and self._loaded is not None:
            self.duration = duration
            self.changed.emit()

    def _on_status(self, status: Any) -> None:
        statuses = self._player.MediaStatus
        if status == statuses.InvalidMedia:
            self._fail()
        elif status == statuses.EndOfMedia:
            self.ended.emit()
        elif status in (statuses.LoadedMedia, statuses.BufferedMedia):
            target, self._target = self._target, None
            if target is not None:
                self.seek(target)
            if status == statuses.LoadedMedia and not self._player.hasVideo():
                self._fail()

    def _fail(self) -> None:
        if not self.broken:
            self.broken = True
            self.changed.emit()
            self.failed.emit()


class SeekBar(QSlider):
    """The time line of a video, with marks where faces are. Its value is in milliseconds.

    Signals:
        wanted: the user wants to go to a time.
        moment_wanted: the user wants to go to the moment of a face.
        louder: the volume is to change by a number of percent.
    """

    wanted = Signal(int)
    moment_wanted = Signal(int)
    louder = Signal(int)

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumHeight(theme.TARGET)  # with room for the marks above the groove
        self.setAccessibleName(translate("Video", "Position"))
        self._marks: list[tuple[int, str, bool]] = []
        self.sliderMoved.connect(self.wanted)

    def set_marks(self, faces: Sequence[Face]) -> None:
        """Mark the moments of faces."""
        self._marks = [
            (face.moment, face.name or words.unnamed(), face.name is not None)
            for face in faces
            if face.moment is not None
        ]
        self.update()

    def marks_near(self, x: float) -> list[tuple[int, str]]:
        """Return moment and name of the marks at a place, nearest first."""
        near = [(abs(self._place(moment) - x), moment, name) for moment, name, _ in self._marks]
        return [(moment, name) for away, moment, name in sorted(near) if away <= SNAP]

    def _groove(self) -> tuple[int, int, int]:
        """Return where the handle's middle is at the beginning, how far it goes, and its width."""
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        control, style = QStyle.ComplexControl.CC_Slider, self.style()
        groove = style.subControlRect(control, option, QStyle.SubControl.SC_SliderGroove, self)
        handle = style.subControlRect(control, option, QStyle.SubControl.SC_SliderHandle, self)
        return groove.x() + handle.width() // 2, groove.width() - handle.width(), handle.width()

    def _place(self, moment: int) -> float:
        begin, length, _ = self._groove()
        return begin + length * moment / max(1, self.maximum())

    def _time(self, x: float) -> int:
        begin, length, _ = self._groove()
        return round(max(0.0, min(1.0, (x - begin) / max(1, length))) * self.maximum())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle = self.height() / 2
        for moment, _, named in self._marks:
            painter.setBrush(theme.CONFIRMED if named else theme.UNKNOWN)
            painter.drawEllipse(QPointF(self._place(moment), middle - 11), 3, 3)
        painter.end()
        super().paintEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        _, _, handle = self._groove()
        near = self.marks_near(x)
        if event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
        elif near:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.moment_wanted.emit(near[0][0])
        else:
            if abs(self._place(self.value()) - x) > handle / 2:
                self.setValue(self._time(x))
                self.wanted.emit(self.value())
            super().mousePressEvent(event)  # and drags on from there

    def keyPressEvent(self, event: QKeyEvent) -> None:
        skips = {Qt.Key.Key_Left: -SKIP, Qt.Key.Key_Right: SKIP}
        volumes = {Qt.Key.Key_Down: -VOLUME_STEP, Qt.Key.Key_Up: VOLUME_STEP}
        key = Qt.Key(event.key()) if event.key() in (*skips, *volumes) else None
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier or key is None:
            event.ignore()  # for the page
        elif key in skips:
            self.wanted.emit(max(0, min(self.maximum(), self.value() + skips[key])))
        else:
            self.louder.emit(volumes[key])

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            x = event.pos().x()
            near = self.marks_near(x)
            names = ", ".join(dict.fromkeys(name for _, name in near))
            time = words.length(near[0][0] if near else self._time(x))
            QToolTip.showText(event.globalPos(), f"{time}  {names}".rstrip(), self)
            return True
        return super().event(event)


class VideoBar(QWidget):
    """Bar that controls a `VideoPlayer`.

    Signals:
        moment_wanted: go to the moment of a face.
    """

    moment_wanted = Signal(int)

    def __init__(self, player: VideoPlayer, open_with: Callable[[], None]) -> None:
        super().__init__()
        self.setAutoFillBackground(True)
        self._player = player
        self.play = photo_button("play", "▶", "", lambda: player.play(not player.playing))
        self.time = QLabel()
        self.seek = SeekBar()
        self.mute = photo_button("volume-high", "♪", "", lambda: player.set_muted(not player.muted))
        self.volume = QSlider(Qt.Orientation.Horizontal)
        self.volume.setRange(0, 100)
        self.volume.setFixedWidth(12 * theme.GRID)
        self.volume.setAccessibleName(translate("Video", "Volume"))
        for slider in (self.seek, self.volume):
            theme.brighten_slider(slider)
        self.message = QLabel(translate("Video", "This video can’t be played here."))
        wheel.require_focus(self.seek, self.volume)
        self.open_with = QPushButton(translate("Video", "Open With…"))
        self.open_with.setMinimumHeight(theme.TARGET)
        self.open_with.clicked.connect(lambda: open_with())
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.GRID, theme.GRID // 2, theme.GRID, 0)
        row.setSpacing(theme.GRID)
        row.addWidget(self.play)
        row.addWidget(self.time)
        row.addWidget(self.seek, 1)
        row.addWidget(self.mute)
        row.addWidget(self.volume)
        row.addWidget(self.message, 1)
        row.addWidget(self.open_with)
        self.controls = (self.play, self.time, self.seek, self.mute, self.volume)
        self.seek.wanted.connect(player.seek)
        self.seek.moment_wanted.connect(self.moment_wanted)
        self.seek.louder.connect(lambda by: player.set_volume(player.volume + by))
        self.volume.valueChanged.connect(player.set_volume)
        player.moved.connect(self._on_moved)
        player.changed.connect(self._update)
        self._update()

    def _on_moved(self, position: int) -> None:
        if not self.seek.isSliderDown():
            self.seek.setValue(position)
        shown = words.length(position)
        self.time.setText(f"{shown} / {words.length(self._player.duration)}")

    def _update(self) -> None:
        player = self._player
        for widget in self.controls:
            widget.setVisible(not player.broken)
        self.message.setVisible(player.broken)
        self.open_with.setVisible(player.broken)
        self.seek.setRange(0, max(1, player.duration))
        self._on_moved(player.position)
        # As wide as the longest time, so that the bar doesn't jump.
        widest = self.time.fontMetrics().horizontalAdvance(
            "0" * len(2 * words.length(player.duration)) + " / "
        )
        self.time.setMinimumWidth(widest)
        act = translate("Playback", "Pause") if player.playing else translate("Playback", "Play")
        _name(self.play, keys.tip(act, Shortcut.CONTINUE), "pause" if player.playing else "play")
        text = translate("Video", "Unmute") if player.muted else translate("Video", "Mute")
        silent = player.muted or player.volume == 0
        _name(self.mute, keys.tip(text, Shortcut.MUTE), "volume-off" if silent else "volume-high")
        self.volume.blockSignals(True)
        self.volume.setValue(0 if player.muted else player.volume)
        self.volume.blockSignals(False)


def _name(button: QWidget, tip: str, icon: str) -> None:
    button.setAccessibleName(tip)
    button.setToolTip(tip)
    icons.put(button, icon)  # type: ignore[arg-type] # a tool button


def faces_at(faces: Sequence[Face], position: int) -> list[Face]:
    """Return the faces whose moment is about now, for each frame the nearest one."""
    near = [f for f in faces if f.moment is not None and abs(f.moment - position) <= NEAR]
    if not near:
        return []
    moment = min((f.moment or 0 for f in near), key=lambda each: abs(each - position))
    return [face for face in near if face.moment == moment]
