"""Status bar: the only place that shows work in progress, problems, and what was just done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QSizePolicy, QWidget

from facesorter.app.pauses import Reason
from facesorter.app.progress import Phase, TrialPhase
from facesorter.gui.base import icons, theme
from facesorter.gui.base.page_header import ElidedLabel
from facesorter.gui.dialogs import trial_words
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.window.toast import Toast

if TYPE_CHECKING:
    from facesorter.app.model_trial import TrialState
    from facesorter.app.progress import Progress
    from facesorter.library.queries import Counts

FAILURE_MS: Final = 20_000
"""How long an error message is shown before progress replaces it."""


def describe(progress: Progress, *, short: bool = False) -> str:
    """Describe work in progress: "2,787 photos found · 1,204 analyzed · 11.3/s · about 2 min left".

    With ``short``, the number of faces and the speed are omitted.
    """
    parts = [translate("Status", "%Ln photo(s) found", "", progress.found)]
    if progress.analysed or progress.pending:
        analysed = words.number(progress.analysed)
        parts.append(translate("Status", "{n} analyzed").format(n=analysed))
    if progress.faces and not short:
        parts.append(words.faces(progress.faces))
    match progress.phase:
        case Phase.SCANNING:
            parts.insert(0, translate("Status", "Scanning for photos"))
        case Phase.GROUPING if progress.preparing:
            parts.append(translate("Status", "preparing to group faces"))
        case Phase.GROUPING:
            parts.append(translate("Status", "grouping faces"))
        case Phase.PAUSED:
            parts.insert(0, _why_paused(progress.paused_by))
        case Phase.ANALYSING if progress.preparing:
            parts.insert(0, translate("Status", "Preparing face recognition"))
        case Phase.SEARCHING:
            text = translate(
                "Status", "Looking for small faces: %Ln photo(s) left", "", progress.unsearched
            )
            parts.insert(0, text)
            if progress.seconds_left is not None:
                parts.append(words.time_left(progress.seconds_left))
        case Phase.ANALYSING:
            if progress.slow_photo:
                parts.append(_slow(progress))
            if progress.rate > 0 and not short:
                text = translate("Status", "{rate} photos per second")
                parts.append(text.format(rate=words.rate(progress.rate)))
            if progress.seconds_left is not None:
                parts.append(words.time_left(progress.seconds_left))
        case Phase.IDLE:
            pass
        case _:
            assert_never(progress.phase)
    return "  ·  ".join(parts)


def _slow(progress: Progress) -> str:
    text = translate("Status", "still analyzing {name}")
    name = words.file_name(progress.slow_photo)
    if progress.slow_share is not None:
        name = f"{name} ({words.percent(progress.slow_share)})"
    return text.format(name=name)


def _why_paused(reason: Reason | None) -> str:
    match reason:
        case Reason.BATTERY:
            return translate("Status", "Paused: on battery")
        case Reason.MODELS:
            return translate("Status", "Switching models")
        case Reason.USER | None:
            return translate("Status", "Paused")
        case _:
            assert_never(reason)


def summary(counts: Counts) -> str:
    """Describe the library when no work is in progress."""
    people = translate("Status", "%Ln named person(s)", "", counts.named)
    return "  ·  ".join(
        (words.media(counts.photos, counts.videos), words.faces(counts.faces), people)
    )


class StatusBar(QWidget):
    """Line at the bottom of the window.

    Signals:
        pause_wanted: True to pause, False to resume.
        problems_wanted: show the list of problems.
    """

    pause_wanted = Signal(bool)
    problems_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._paused = False
        self._progress: Progress | None = None
        self._counts: Counts | None = None
        self._trial = ""
        self.text = ElidedLabel()
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(translate("Status", "Progress"))
        self.bar.setFixedSize(120, 6)
        self.bar.setTextVisible(False)
        self.bar.hide()
        self.problems = QPushButton(translate("Status", "Problems"))
        self.problems.setFlat(True)
        self.problems.setMinimumHeight(theme.TARGET)
        self.problems.setCursor(Qt.CursorShape.PointingHandCursor)
        self.problems.clicked.connect(self.problems_wanted)
        self.problems.hide()
        icons.put(self.problems, "alert-circle-outline")
        self.pause = QPushButton()
        self.pause.setMinimumHeight(theme.TARGET)
        self.pause.clicked.connect(lambda: self.pause_wanted.emit(not self._paused))
        self._show_paused()
        self.pause.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * theme.GRID, 2, theme.GRID, 2)
        row.setSpacing(theme.GRID)
        row.addWidget(self.bar)
        row.addWidget(self.text, 1)
        row.addWidget(self.problems)
        row.addWidget(self.pause)
        # As high as a toast, so that the page keeps its size while one is shown.
        self.setMinimumHeight(theme.TARGET + theme.GRID)
        self.toast = Toast(self, self.text)
        self.setBackgroundRole(QPalette.ColorRole.Window)
        self._failure = QTimer(self, singleShot=True, interval=FAILURE_MS)
        self._failure.timeout.connect(self._show)

    def set_progress(self, progress: Progress) -> None:
        """Set the progress of the work."""
        self._progress = progress
        self._paused = progress.phase == Phase.PAUSED
        self._show_paused()
        self._show()

    def set_counts(self, counts: Counts) -> None:
        """Set the library's counts."""
        self._counts = counts
        self.set_problems(counts.problems + counts.notes)
        self._show()

    def set_trial(self, state: TrialState) -> None:
        """Set the progress of a model pack's trial."""
        self._trial = trial_words.progress(state) if state.running else ""
        if state.phase == TrialPhase.FINISHED:
            self._trial = translate("Status", "Model pack test finished")
        self._show()

    def set_problems(self, n: int) -> None:
        """Set the number of unreadable photos."""
        self.problems.setVisible(n > 0)
        self.problems.setText(translate("Status", "%Ln problem(s)", "", n))

    def show_message(self, sentence: str) -> None:
        """Show an error message; progress returns after a while."""
        self.toast.hide()
        self.text.setText(sentence)
        self.text.setToolTip(sentence)
        self._failure.start()

    def _show(self) -> None:
        # A library without photos has no work to pause or report.
        busy = self._progress is not None and (
            self._progress.phase == Phase.SCANNING
            or (self._progress.phase != Phase.IDLE and self._progress.found > 0)
        )
        self.pause.setVisible(busy)
        progress = self._progress
        # How many will be searched for small faces is only known as what is left.
        endless = (Phase.SCANNING, Phase.SEARCHING)
        share = progress is not None and progress.found > 0 and progress.phase not in endless
        self.bar.setVisible(busy and share)
        if progress is not None and share:
            self.bar.setRange(0, progress.found)
            self.bar.setValue(min(progress.found, progress.analysed + progress.failed))
        if self._failure.isActive():
            return
        if progress is not None and busy:
            text = describe(progress)
            if self.text.fontMetrics().horizontalAdvance(text) > self.text.width():
                text = describe(progress, short=True)
        elif self._counts is not None and self._counts.photos:
            text = summary(self._counts)
        else:
            text = ""
        if self._trial:
            text = f"{text}  ·  {self._trial}" if text else self._trial
        if progress is not None and progress.message:
            message = words.sentence(progress.message)
            text = f"{text}  ·  {message}" if text else message
        self.text.setText(text)
        self.text.setToolTip(text if len(text) > 60 else "")

    def _show_paused(self) -> None:
        reason = self._progress.paused_by if self._progress is not None else None
        text = translate("Status", "Pause")
        if self._paused:
            text = translate("Status", "Resume")
        if self._paused and reason == Reason.BATTERY:
            text = translate("Status", "Continue Anyway")
        if text != self.pause.text():
            self.pause.setText(text)
            icons.put(self.pause, "play" if self._paused else "pause")
        # Work can't be resumed while models are being switched; it takes a moment.
        self.pause.setEnabled(not (self._paused and reason == Reason.MODELS))
