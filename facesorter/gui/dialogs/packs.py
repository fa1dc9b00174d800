"""Model packs dialog: features and license of each, download, use and removal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from facesorter.app import jobs
from facesorter.app.progress import TrialPhase
from facesorter.cancel import Cancelled, CancelToken
from facesorter.gui.base import theme
from facesorter.gui.base.choose_folder import choose_folder
from facesorter.gui.base.dialog import Dialog
from facesorter.gui.base.fields import CheckBox
from facesorter.gui.base.page_header import SecondaryLabel
from facesorter.gui.dialogs.packs_words import (
    agreement_words,
    licence_words,
    size_words,
    title,
    what_it_gives,
)
from facesorter.gui.dialogs.trial_panel import TrialPanel
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate

if TYPE_CHECKING:
    from facesorter.app.model_trial import TrialState
    from facesorter.app.packs import State
    from facesorter.gui.base.bridge import Bridge


def _states(settings: Any) -> list[State]:
    # Imported in the worker because it loads NumPy.
    from facesorter.app import packs

    return packs.states(settings)


def _get(name: str, agreed: bool, tell: Callable[[int, int], None], token: CancelToken) -> bool:
    """Download a pack; False if the user stopped it."""
    from facesorter.app import packs

    try:
        packs.get(name, agreed=agreed, progress=tell, token=token)
    except Cancelled:
        return False
    return True


def _remove(name: str, settings: Any) -> None:
    from facesorter.app import packs

    packs.remove(name, settings)


class _News(QObject):
    """Passes download progress on from the download's thread.

    Signals:
        told: bytes received, bytes in total.
    """

    # As objects: a C++ int overflows at about two billion.
    told = Signal(object, object)


class PacksDialog(Dialog):
    """Dialog with a list of packs on the left and the selected one on the right."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Packs", "Face Recognition Models"))
        theme.resize(self, 860, 600)
        self._bridge = bridge
        self._settings = bridge.services.settings
        self._states: list[State] = []
        self._token: CancelToken | None = None
        self._getting = ""
        self._asked = ""
        self._was_running = False
        self._news = _News(self)
        self._news.told.connect(self._show_progress)
        self._build()
        bridge.trial.connect(self._follow)
        self._read()

    def _build(self) -> None:
        self.list = QListWidget()
        self.list.setAccessibleName(translate("Packs", "Model packs"))
        self.list.setMaximumWidth(260)
        self.list.setSpacing(theme.GRID // 2)
        self.list.currentRowChanged.connect(lambda _: self._show())
        self.heading = QLabel()
        self.heading.setFont(theme.title_font())
        self.gives = QLabel()
        self.gives.setWordWrap(True)
        self.gives.setTextFormat(Qt.TextFormat.PlainText)
        self.licence = QLabel()
        self.licence.setWordWrap(True)
        self.licence.setFont(theme.body_font(bold=True))
        self.terms = QPlainTextEdit()
        self.terms.setReadOnly(True)
        self.terms.setMaximumHeight(15 * theme.GRID)
        self.terms.setAccessibleName(translate("Packs", "Full license terms"))
        self.agree = CheckBox(translate("Packs", "I have read the terms and agree to them"))
        self.agree.setMinimumHeight(theme.TARGET)
        self.agree.toggled.connect(lambda _: self._enable())
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.hide()
        self.message = SecondaryLabel()
        self.message.setWordWrap(True)
        self.get = self._button(translate("Packs", "Download…"), self._start)
        self.cancel = self._button(translate("Packs", "Stop"), self._stop)
        self.use = self._button(translate("Packs", "Use"), self._use)
        self.remove = self._button(translate("Packs", "Remove"), self._take_away)
        acts = QHBoxLayout()
        for button in (self.get, self.cancel, self.use, self.remove):
            acts.addWidget(button)
        acts.addStretch(1)
        facts = QWidget()
        inner = QVBoxLayout(facts)
        inner.setContentsMargins(0, 0, theme.GRID, 0)
        inner.setSpacing(theme.GRID)
        upper: tuple[QWidget, ...] = (self.heading, self.gives, self.licence)
        lower: tuple[QWidget, ...] = (self.agree, self.bar, self.message)
        for widget in (*upper, self.terms, *lower):
            inner.addWidget(widget)
        inner.addStretch(1)
        # Overflowing content scrolls, as at 200 %; the buttons stay visible.
        area = QScrollArea()
        area.setAccessibleName(translate("Packs", "Model packs"))
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(facts)
        theme.slim(area)
        theme.slim(self.terms)
        right = QVBoxLayout()
        right.setSpacing(theme.GRID)
        right.addWidget(area, 1)
        right.addLayout(acts)
        offers = QWidget()
        both = QHBoxLayout(offers)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(2 * theme.GRID)
        both.addWidget(self.list, 1)
        both.addLayout(right, 2)
        self.pages = QStackedWidget()
        self.trial = TrialPanel(self._bridge)
        self.pages.addWidget(offers)
        self.pages.addWidget(self.trial)
        self.trial.found.connect(self._turn)
        self.trial.decided.connect(self._decided)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        own = buttons.addButton(
            translate("Packs", "Use a Model Folder…"), QDialogButtonBox.ButtonRole.ActionRole
        )
        own.setMinimumHeight(theme.TARGET)
        own.clicked.connect(self._choose_folder)
        self.turn = buttons.addButton("", QDialogButtonBox.ButtonRole.ActionRole)
        self.turn.setMinimumHeight(theme.TARGET)
        self.turn.clicked.connect(lambda _: self._show_page(1 - self.pages.currentIndex()))
        self.turn.hide()
        intro = QLabel(
            translate(
                "Packs",
                "Models detect and recognize faces. The first pack is built in. When you "
                "test another pack, you’ll see what would change before anything does.",
            )
        )
        intro.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(3 * theme.GRID,) * 4)
        column.setSpacing(2 * theme.GRID)
        column.addWidget(intro)
        column.addWidget(self.pages, 1)
        column.addWidget(theme.dress(buttons))

    def _button(self, text: str, act: Callable[[], None]) -> QPushButton:
        button = QPushButton(text)
        button.setMinimumHeight(theme.TARGET)
        button.clicked.connect(lambda _checked=False: act())
        return button

    # Display.

    def _read(self) -> None:
        asked = jobs.run(_states, self._settings)
        self._bridge.then(asked, self._take, owner=self)

    def _take(self, states: list[State]) -> None:
        row = max(0, self.list.currentRow())
        if not self._states:
            row = next((at for at, state in enumerate(states) if state.in_use), 0)
        self._states = states
        self.list.blockSignals(True)
        self.list.clear()
        for state in states:
            self.list.addItem(f"{title(state.offer)}\n{size_words(state)}")
        self.list.setCurrentRow(row)
        self.list.blockSignals(False)
        self._show()

    def _chosen(self) -> State | None:
        row = self.list.currentRow()
        return self._states[row] if 0 <= row < len(self._states) else None

    def _show(self) -> None:
        state = self._chosen()
        if state is None:
            return
        offer = state.offer
        self.heading.setText(title(offer))
        self.gives.setText(what_it_gives(offer))
        self.licence.setText(licence_words(offer))
        self.terms.setPlainText(f"{offer.terms}\n\n{offer.terms_page}".strip())
        self.agree.setText(agreement_words(offer))
        self.agree.setChecked(False)
        self._enable()

    def _enable(self) -> None:
        state = self._chosen()
        if state is None:
            return
        here = state.folder is not None
        getting = self._token is not None
        self.terms.setVisible(bool(state.offer.terms))
        self.agree.setVisible(bool(state.offer.terms) and not here)
        self.agree.setEnabled(not getting)
        self.get.setVisible(not here)
        self.get.setEnabled(self.agree.isChecked() and not getting)
        self.get.setText(
            translate("Packs", "Resume Download")
            if state.started
            else translate("Packs", "Download…")
        )
        self.get.setToolTip(
            "" if self.agree.isChecked() else translate("Packs", "Agree to the terms to continue")
        )
        self.cancel.setVisible(getting)
        self.cancel.setEnabled(getting)
        self.bar.setVisible(getting)
        self.use.setVisible(here)
        self.use.setEnabled(not state.in_use)
        self.use.setText(
            translate("Packs", "In use") if state.in_use else translate("Packs", "Test…")
        )
        gone = not state.offer.url
        self.remove.setVisible(not gone and (here or state.started > 0) and not getting)
        self.remove.setEnabled(not state.in_use)

    # Actions.

    def _start(self) -> None:
        state = self._chosen()
        if state is None or not self.agree.isChecked():
            return
        self._token = CancelToken()
        self._getting = state.offer.name
        self.message.setText("")
        self.bar.setValue(0)
        news = self._news
        done = jobs.run(
            _get,
            state.offer.name,
            True,
            lambda have, size: news.told.emit(have, size),
            self._token,
        )
        self._bridge.then(done, self._arrived, owner=self, failed=self._failed)
        self._enable()

    def _arrived(self, whole: bool) -> None:
        stopped = translate("Packs", "Download paused. You can resume it later.")
        self._ended("" if whole else stopped)

    def _show_progress(self, have: int, size: int) -> None:
        self.bar.setValue(round(1000 * have / size) if size else 0)
        if self._token is not None and not self._token.cancelled:
            text = translate("Packs", "{name}: {have} of {size} MB")
            number = self.locale().toString
            self.message.setText(
                text.format(
                    name=self._getting, have=number(have // 10**6), size=number(size // 10**6)
                )
            )

    def _failed(self, error: BaseException) -> bool:
        self._ended(words.sentence(error))
        return True

    def _ended(self, sentence: str) -> None:
        self._token = None
        self.message.setText(sentence)
        self._enable()
        self._read()

    def _stop(self) -> None:
        # Another download may start only once this one has released its file.
        if self._token is not None:
            self._token.cancel()
            self.cancel.setEnabled(False)

    def _use(self) -> None:
        state = self._chosen()
        if state is not None and state.folder is not None:
            self._switch("" if not state.offer.url else str(state.folder), title(state.offer))

    def _switch(self, folder: str, name: str) -> None:
        """Start a trial of a pack on the known faces; without any faces, switch at once."""
        self.message.setText(translate("Packs", "Loading {name}…").format(name=name))
        self._asked = name
        if not self._bridge.services.trials.start(folder):
            self.message.setText(
                translate("Packs", "Another test is already running. Stop it first.")
            )

    def _follow(self, state: TrialState) -> None:
        if state.phase == TrialPhase.FAILED and state.message is not None:
            self.message.setText(words.sentence(state.message))
        elif state.phase == TrialPhase.SWITCHED:
            text = translate("Packs", "{name} is now in use.")
            self._ended(text.format(name=self._asked))

    def _turn(self, shown: bool) -> None:
        """Update for the presence of a trial; a new one is brought to the front."""
        running = self._bridge.services.trials.state.running
        known = self.turn.isVisibleTo(self)
        self.turn.setVisible(shown)
        if not shown or not known or running != self._was_running:
            self._show_page(int(shown and self.trial.worth_showing()))
        self._was_running = running

    def _show_page(self, page: int) -> None:
        self.pages.setCurrentIndex(page)
        self.turn.setText(
            translate("Packs", "All packs")
            if page
            else translate("Packs", "Model pack being tested")
        )

    def _decided(self, sentence: str) -> None:
        self._show_page(0)
        self._ended(sentence)
        self.trial.read()

    def _choose_folder(self) -> None:
        choose_folder(
            self,
            translate("Packs", "A model folder"),
            lambda chosen: self._switch(chosen, translate("Packs", "Folder")),
        )

    def _take_away(self) -> None:
        state = self._chosen()
        if state is None:
            return
        gone = jobs.run(_remove, state.offer.name, self._settings)
        text = translate("Packs", "{name} was removed.").format(name=title(state.offer))
        self._bridge.then(gone, lambda _: self._ended(text), owner=self, failed=self._failed)

    def done(self, result: int) -> None:
        # Closed during a download: what has arrived is kept, and the download resumes next time.
        if self._token is not None:
            self._token.cancel()
        super().done(result)
