"""Panel for a model pack's trial: progress, expected changes, and the decision."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from facesorter.app import jobs
from facesorter.gui.base import theme
from facesorter.gui.dialogs import trial_words
from facesorter.gui.i18n.words import sentence, translate
from facesorter.library.models import trial

if TYPE_CHECKING:
    from facesorter.app.model_trial import TrialState
    from facesorter.gui.base.bridge import Bridge
    from facesorter.library.models.pack_report import PackReport
    from facesorter.library.models.trial import Trial


def _report(connection: sqlite3.Connection) -> PackReport:
    # Imported in the worker because it loads NumPy.
    from facesorter.library.models import pack_report

    return pack_report.make(connection)


class TrialPanel(QWidget):
    """Part of the packs dialog that is visible during a trial.

    Signals:
        found: whether there is a trial or a result to show.
        decided: a sentence describing what was done.
    """

    found = Signal(bool)
    decided = Signal(str)

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._trial: Trial | None = None
        self.heading = QLabel()
        self.heading.setFont(theme.title_font())
        self.message = QLabel()
        self.report = QLabel()
        for label in (self.heading, self.message, self.report):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.report.setMargin(theme.GRID)
        self.report.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.report.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.area = QScrollArea()
        self.area.setWidget(self.report)
        self.area.setWidgetResizable(True)
        theme.slim(self.area)
        self.area.setAccessibleName(translate("Trial", "What would change"))
        self.use = self._button(translate("Trial", "Switch"), self._use)
        self.keep = self._button(translate("Trial", "Keep Current Pack"), self._drop)
        self.resume_button = self._button(translate("Trial", "Resume"), self._resume)
        self.stop = self._button(translate("Trial", "Stop"), bridge.services.trials.stop)
        acts = QHBoxLayout()
        for button in (self.use, self.keep, self.resume_button, self.stop):
            acts.addWidget(button)
        acts.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID)
        for widget in (self.heading, self.message, self.bar):
            column.addWidget(widget)
        column.addWidget(self.area, 1)
        column.addStretch()
        column.addLayout(acts)
        bridge.trial.connect(self._follow)
        self.read()

    def _button(self, text: str, act: Callable[[], None]) -> QPushButton:
        button = QPushButton(text)
        button.setMinimumHeight(theme.TARGET)
        button.clicked.connect(lambda _checked=False: act())
        return button

    def read(self) -> None:
        """Read whether there is a trial, and its progress."""
        asked = self._bridge.query(trial.current)
        self._bridge.then(asked, self._take, owner=self)

    def worth_showing(self) -> bool:
        """Whether there is more to show than a previous pack kept as a fallback."""
        running = self._bridge.services.trials.state.running
        return running or (self._trial is not None and self._trial.step != trial.FORMER)

    def _follow(self, state: TrialState) -> None:
        if state.running and self._trial is not None:
            self._show_running(state)
        else:
            self.read()

    def _take(self, found: Trial | None) -> None:
        self._trial = found
        state = self._bridge.services.trials.state
        if found is not None:
            self.heading.setText(translate("Trial", "Test of {name}").format(name=found.name))
        if state.running:
            self._show_running(state)
        elif found is not None:
            self._show_resting(found, state)
        self.found.emit(state.running or found is not None)

    def _show_running(self, state: TrialState) -> None:
        self._show_only(self.stop, self.bar)
        # A busy indicator runs until the first photo is finished.
        self.bar.setRange(0, 1000 if state.total else 0)
        self.bar.setValue(round(1000 * state.done / state.total) if state.total else 0)
        text = translate(
            "Trial",
            "{progress}. Nothing changes in the meantime. You can close this window and "
            "keep working.",
        )
        self.message.setText(text.format(progress=trial_words.progress(state)))

    def _show_resting(self, found: Trial, state: TrialState) -> None:
        if found.step == trial.FORMER:
            text = translate(
                "Trial",
                "The previous pack, {name}, is kept so you can switch back.",
            )
            self.message.setText(text.format(name=found.name))
            self.use.setText(translate("Trial", "Switch Back"))
            self.keep.setText(translate("Trial", "Discard Results"))
            self._show_only(self.use, self.keep)
            return
        self.use.setText(translate("Trial", "Switch"))
        self.keep.setText(translate("Trial", "Keep Current Pack"))
        if found.step != trial.ENDED:
            stopped = translate("Trial", "Paused. You can resume later.")
            self.message.setText(sentence(state.message) if state.message else stopped)
            self._show_only(self.resume_button, self.keep)
            return
        self._show_only(self.keep)
        self.message.setText(translate("Trial", "Comparing…"))
        asked = self._bridge.query_slow(_report)
        self._bridge.then(asked, self._show_report, owner=self, failed=self._failed)

    def _show_report(self, found: PackReport) -> None:
        if self._trial is None or self._bridge.services.trials.state.running:
            return
        text = translate(
            "Trial",
            "If you switch, faces will be regrouped. All names and decisions are kept, "
            "and you can switch back here at any time.",
        )
        self.message.setText(text)
        self.report.setText(trial_words.report(found))
        self._show_only(self.use, self.keep, self.area)

    def _show_only(self, *shown: QWidget) -> None:
        for widget in (self.use, self.keep, self.resume_button, self.stop, self.bar, self.area):
            widget.setVisible(widget in shown)
            widget.setEnabled(True)

    # Actions.

    def _resume(self) -> None:
        if self._trial is not None:
            self._bridge.services.trials.start(self._trial.folder)

    def _use(self) -> None:
        self._rest(translate("Trial", "Switching models and regrouping faces…"))
        done = jobs.run(self._bridge.services.trials.use)
        self._bridge.then(done, self._used, owner=self, failed=self._failed)

    def _used(self, done: tuple[int, str, int]) -> None:
        waiting, name, moved = done
        text = translate("Trial", "{name} is in use. All decisions are kept.").format(name=name)
        text += " " + translate("Trial", "%Ln face(s) moved.", "", moved)
        if waiting:
            text += " " + translate("Trial", "%Ln photo(s) to analyze again.", "", waiting)
        self._bridge.services.rescan()
        self.decided.emit(text)

    def _drop(self) -> None:
        self._rest(translate("Trial", "Discarding the test results…"))
        text = translate("Trial", "The test results were discarded. Nothing was changed.")
        done = jobs.run(self._bridge.services.trials.drop)
        self._bridge.then(done, lambda _: self.decided.emit(text), owner=self, failed=self._failed)

    def _rest(self, text: str) -> None:
        self.message.setText(text)
        for button in (self.use, self.keep):
            button.setEnabled(False)

    def _failed(self, error: BaseException) -> bool:
        self.message.setText(sentence(error))
        for button in (self.use, self.keep):
            button.setEnabled(True)
        return True
