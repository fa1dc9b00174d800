"""Playback of a person's faces through the years, with the eyes always in the same place.

Portraits are created by the thumbnail threads and cached like thumbnails. Some are requested ahead;
if one is late, playback waits for it instead of skipping it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path
from sqlite3 import Connection
from time import monotonic
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QStandardPaths, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from facesorter.app import jobs
from facesorter.cancel import CancelToken
from facesorter.domain import Person, PersonId
from facesorter.gui.base import icons, keys, theme, wheel
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.base.page import Page
from facesorter.gui.base.shortcuts import is_plain
from facesorter.gui.base.tool_button import LARGE, tool_button
from facesorter.gui.grid.face_model import FaceRow, rows_of
from facesorter.gui.grid.person_model import PersonRow, read_person
from facesorter.gui.grid.pixmaps import PixmapStore, Thumb
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.people.person_sections import age_at
from facesorter.gui.people.playback_stage import Stage
from facesorter.library import export, playback

if TYPE_CHECKING:
    from facesorter.app.services import Services
    from facesorter.library.portraits import Portrait

AHEAD: Final = 6
"""Portraits requested ahead: each takes 0.1 to 0.3 s, on two threads."""
FADE: Final = 0.6
"""Fraction of a picture's time used for fading it in."""
TICK_MS: Final = 20


class Speed(Enum):
    """Seconds per picture."""

    SLOW = 2.0
    NORMAL = 1.0
    FAST = 0.4


def read(conn: Connection, services: Services, person_id: PersonId) -> list[FaceRow]:
    """Read the faces to play, each with its portrait. Thread: query."""
    rows = rows_of(conn, services, playback.frames(conn, person_id))
    portrait_path = services.thumbnails.portrait_path
    return [
        row._replace(thumb=Thumb("portrait", row.face.id, portrait_path(row.face, row.photo)))
        for row in rows
    ]


class PlaybackPage(Page):
    """Page that plays a person's faces through the years.

    Signals:
        done: text describing what was saved.
    """

    done = Signal(str)

    ground = QPalette.ColorRole.Window
    beside_sidebar = False

    def __init__(self, bridge: Bridge, pixmaps: PixmapStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        palette = QPalette(theme.mix(theme.DARK_GROUND, theme.ON_DARK, 0.22), theme.DARK_GROUND)
        palette.setColor(QPalette.ColorRole.WindowText, theme.ON_DARK)
        self.setPalette(palette)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._bridge, self._pixmaps = bridge, pixmaps
        self.person_id: PersonId | None = None
        self._person: Person | None = None
        self._rows: Sequence[FaceRow] = ()
        self.at = -1
        """Index of the visible picture, or -1."""
        self._saving = CancelToken()
        """Canceled when the window closes."""
        self._wanted = 0
        self._since = 0.0
        self.playing = False
        self.speed = Speed.NORMAL
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        pixmaps.arrived.connect(self._on_arrived)
        self.stage = Stage()
        self.title = QLabel()
        self.title.setFont(theme.title_font())
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.caption = QLabel()
        self.caption.setTextFormat(Qt.TextFormat.PlainText)
        self.caption.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.caption.setFont(theme.body_font(bold=True))
        leave = _button("arrow-left", "←", translate("Playback", "Back (Esc)"), self.back.emit)
        head = QHBoxLayout()
        head.addWidget(leave)
        head.addWidget(self.title, 1)
        label = translate("Playback", "Save as Animation…")
        self.save = _button("content-save-outline", "⭳", label, self._choose_file)
        head.addWidget(self.save)
        self.play = _button("pause", "❚❚", "", self.toggle)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setMinimumHeight(theme.TARGET)
        self.slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        wheel.require_focus(self.slider)
        self.slider.setAccessibleName(translate("Playback", "Photo"))
        self.slider.valueChanged.connect(self._on_slid)
        self.count = QLabel()
        foot = QHBoxLayout()
        foot.setSpacing(theme.GRID)
        foot.addWidget(self.play)
        foot.addWidget(self.slider, 1)
        foot.addWidget(self.count)
        self.speeds = QButtonGroup(self)
        for each, label in (
            (Speed.SLOW, translate("Playback", "Slow")),
            (Speed.NORMAL, translate("Playback", "Normal")),
            (Speed.FAST, translate("Playback", "Fast")),
        ):
            button = QPushButton(label)
            button.setCheckable(True)
            button.setMinimumHeight(theme.TARGET)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _checked=False, each=each: self.set_speed(each))
            self.speeds.addButton(button, list(Speed).index(each))
            foot.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(2 * theme.GRID,) * 4)
        column.setSpacing(theme.GRID)
        column.addLayout(head)
        column.addWidget(self.stage, 1)
        column.addWidget(self.caption)
        column.addLayout(foot)
        self.set_speed(Speed.NORMAL)
        self._update_play()

    @property
    def frames(self) -> Sequence[FaceRow]:
        """The pictures, oldest first."""
        return self._rows

    def show_person(self, person_id: PersonId) -> None:
        """Play this person's faces from the beginning."""
        self.person_id = person_id
        self._person = None
        self.title.clear()
        self._rows, self.at = (), -1
        self.stage.clear(translate("Playback", "Loading photos…"))
        self._update_play()

        def take(row: PersonRow | None) -> None:
            if person_id == self.person_id:
                self._person = row.person if row is not None else None
                name = self._person.name if self._person is not None else None
                self.title.setText(name or words.unnamed())

        def done(rows: list[FaceRow]) -> None:
            if person_id == self.person_id:
                self._begin(rows)

        read_person(self._bridge, person_id, take, self)
        future = self._bridge.query(read, self._bridge.services, person_id)
        self._bridge.then(future, done, owner=self)

    def set_active(self, active: bool) -> None:
        if active:
            self.setFocus()
        else:
            self.set_playing(False)

    def set_speed(self, speed: Speed) -> None:
        """Set the playback speed."""
        self.speed = speed
        for at, each in enumerate(Speed):
            button = self.speeds.button(at)
            button.setChecked(each is speed)
            # In dark mode the checked state alone is hardly visible.
            button.setFont(theme.body_font(bold=each is speed))

    def set_playing(self, playing: bool) -> None:
        """Play or pause; playing at the end starts over."""
        if playing and self._wanted >= len(self._rows) - 1 and self.at >= len(self._rows) - 1:
            self.go_to(0)
        self.playing = playing and len(self._rows) > 1
        self._since = monotonic()
        self._timer.setInterval(TICK_MS)
        if self.playing:
            self._timer.start()
        self._update_play()

    def toggle(self) -> None:
        """Toggle between playing and paused."""
        self.set_playing(not self.playing)

    def go_to(self, at: int) -> None:
        """Show one picture as soon as it is available."""
        self._wanted = max(0, min(at, len(self._rows) - 1))
        self._look()

    def save_animation(self, path: Path) -> None:
        """Save the faces as an animated picture, in the background."""
        # Not at the start of the program: it needs what decodes photos.
        from facesorter.library import portraits

        person_id = self.person_id
        if person_id is None:
            return

        def write(shown: list[Portrait]) -> None:
            work = jobs.run(portraits.write_animation, shown, path, token=self._saving)
            self._bridge.then(work, lambda _: finish(), owner=self, failed=fail)

        def finish() -> None:
            self.save.setEnabled(bool(self._rows))
            text = translate("Playback", "Saved {file}")
            self.done.emit(text.format(file=words.file_name(str(path))))

        def fail(error: BaseException) -> bool:
            self.save.setEnabled(bool(self._rows))
            self.done.emit(words.sentence(error))
            return True

        self.save.setEnabled(False)
        self.done.emit(translate("Playback", "Saving…"))
        found = self._bridge.query(portraits.through_the_years, person_id, portraits.ANIMATED)
        self._bridge.then(found, write, owner=self, failed=fail)

    def close_page(self) -> None:
        self._saving.cancel()

    # Internals.

    def _choose_file(self) -> None:
        self.set_playing(False)
        name = export.safe(self.title.text())
        pictures = QStandardPaths.StandardLocation.PicturesLocation
        suggested = Path(QStandardPaths.writableLocation(pictures)) / f"{name}.webp"
        dialog = QFileDialog(self, translate("Playback", "Save as Animation"), str(suggested))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(translate("Playback", "Animated picture (*.webp)"))
        dialog.setDefaultSuffix("webp")
        dialog.selectFile(suggested.name)
        dialog.fileSelected.connect(lambda path: self.save_animation(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _begin(self, rows: list[FaceRow]) -> None:
        self._rows = rows
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, len(rows) - 1))
        self.slider.setValue(0)
        self.slider.blockSignals(False)
        self.slider.setEnabled(len(rows) > 1)
        self.save.setEnabled(bool(rows))
        if not rows:
            text = translate("Playback", "No face here has visible eyes.")
            self.stage.clear(text)
            self._update_play()
            return
        self.go_to(0)
        self.set_playing(True)

    def _side(self) -> int:
        return round(max(1, self.stage.square.width()) * self.devicePixelRatio())

    def _look(self) -> None:
        """Show the current picture if available, and request the following ones."""
        if not self._rows:
            return
        for at in reversed(range(self._wanted, min(len(self._rows), self._wanted + AHEAD))):
            pixmap = self._pixmaps.get(self._rows[at].thumb, self._side())
        if pixmap is None:
            if not self._pixmaps.failed(self._rows[self._wanted].thumb):
                return
            # The photo can't be read: skip it during playback, report it if the user went to it.
            if self.playing and self._wanted + 1 < len(self._rows):
                self._wanted += 1
                self._look()
                return
        if self.at != self._wanted:
            self.at = self._wanted
            self._since = monotonic()
            if pixmap is None:
                self.stage.clear(translate("Playback", "This photo can’t be displayed."))
            else:
                self.stage.show_picture(pixmap)
                self._timer.start()
            self._update_play()

    def _tick(self) -> None:
        passed = (monotonic() - self._since) / self.speed.value
        self.stage.fade(min(1.0, passed / FADE))
        if not self.playing:
            if passed >= FADE:
                self._timer.stop()
            return
        if passed < 1 or self.at != self._wanted:
            return
        if self.at + 1 >= len(self._rows):
            self.set_playing(False)
        else:
            self._wanted = self.at + 1
            self._look()

    def _on_arrived(self, kind: str, id_: int) -> None:
        if kind != "portrait" or self.at == self._wanted or not self._rows:
            return
        if self._rows[self._wanted].face.id == id_:
            self._look()

    def _on_slid(self, at: int) -> None:
        if at != self.at:
            self.go_to(at)

    def _update_play(self) -> None:
        """Update the texts for the visible picture."""
        text = translate("Playback", "Pause") if self.playing else translate("Playback", "Play")
        self.play.setAccessibleName(text)
        self.play.setToolTip(translate("Playback", "{act} (Space)").format(act=text))
        self.play.setText("❚❚" if self.playing else "▶")
        icons.put(self.play, "pause" if self.playing else "play")
        self.play.setEnabled(len(self._rows) > 1)
        self.setAccessibleName(self.title.text())
        shown = 0 <= self.at < len(self._rows)
        self.count.setText(
            translate("Playback", "{at} of {all}").format(
                at=words.number(self.at + 1), all=words.number(len(self._rows))
            )
            if shown
            else ""
        )
        if not shown:
            self.caption.setText(" ")
            return
        taken = self._rows[self.at].photo.taken_at
        parts = [words.month(taken[:7]), age_at(self._person, taken)]
        self.caption.setText("  ·  ".join(part for part in parts if part))
        self.stage.setAccessibleName(f"{self.title.text()}, {self.caption.text()}")
        self.slider.blockSignals(True)
        self.slider.setValue(self.at)
        self.slider.blockSignals(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        faster = list(Speed).index(self.speed)
        places = {
            Qt.Key.Key_Right: self._wanted + 1,
            Qt.Key.Key_Left: self._wanted - 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: len(self._rows) - 1,
        }
        match keys.shortcut(event):
            case Shortcut.CONTINUE:
                self.toggle()
            case Shortcut.INCREASE:
                self.set_speed(list(Speed)[min(2, faster + 1)])
            case Shortcut.DECREASE:
                self.set_speed(list(Speed)[max(0, faster - 1)])
            case _ if event.key() in places and is_plain(event):
                self.set_playing(False)
                self.go_to(places[Qt.Key(event.key())])
            case _:
                super().keyPressEvent(event)


def _button(icon: str, text: str, name: str, act: Callable[[], object]) -> QToolButton:
    return tool_button(icon, text, name, act, width=LARGE, height=LARGE)
