"""Prove It dialog: originals compared with the first scan, and every use of the network."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QStandardPaths, Signal
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QProgressBar,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from facesorter.app import jobs
from facesorter.cancel import Cancelled, CancelToken
from facesorter.desktop import network_uses
from facesorter.desktop.network_uses import Use
from facesorter.files import write_atomically
from facesorter.gui.base import theme
from facesorter.gui.base.dialog import Dialog
from facesorter.gui.base.fields import RadioButton
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.library import prove
from facesorter.library.prove import Proof

if TYPE_CHECKING:
    from facesorter.gui.base.bridge import Bridge

WIDTH: Final = 640
HEIGHT: Final = 520
SAMPLE: Final = 200
"""Photos of a sample: a minute on a slow drive, and one changed in a hundred is found in 87 of 100
tries."""
SHOWN_MS: Final = 100
"""Least time between two steps of the progress bar."""


class ProveDialog(Dialog):
    """Dialog that reads originals on request and shows a report to save.

    Signals:
        _progress: photos done, and all; emitted in the worker thread.
    """

    _progress = Signal(int, int)

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.token: CancelToken | None = None
        """Cancels the reading in progress."""
        self._page = ""
        self.setWindowTitle(translate("Prove", "Prove It"))
        theme.resize(self, WIDTH, HEIGHT)
        intro = QLabel(
            translate(
                "Prove",
                "facesorter never changes your photos. This reads them all again, compares "
                "each one with the way it was first seen, and lists every use of the network.",
            )
        )
        intro.setWordWrap(True)
        self.all = RadioButton(translate("Prove", "All photos"))
        self.sample = RadioButton(translate("Prove", "A random sample of %Ln photo(s)", "", SAMPLE))
        self.all.setChecked(True)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(translate("Prove", "Progress"))
        self.bar.hide()
        self.report = QTextBrowser()
        self.report.setAccessibleName(translate("Prove", "Report"))
        self.report.setOpenLinks(False)
        theme.slim(self.report)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        role = QDialogButtonBox.ButtonRole.ActionRole
        self.start = buttons.addButton(translate("Prove", "Check Now"), role)
        self.start.clicked.connect(self._start_or_stop)
        self.save = buttons.addButton(translate("Prove", "Save Report…"), role)
        self.save.clicked.connect(self._save)
        self.save.setEnabled(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(3 * theme.GRID,) * 4)
        column.setSpacing(2 * theme.GRID)
        for widget in (intro, self.all, self.sample, self.bar):
            column.addWidget(widget)
        column.addWidget(self.report, 1)
        column.addWidget(theme.dress(buttons))
        self._progress.connect(self._step)
        self.finished.connect(lambda _: self._stop())
        self._show(None)
        self.start.setFocus()

    def _start_or_stop(self) -> None:
        if self.token is not None:
            self._stop()
            return
        self.token = token = CancelToken()
        sample = SAMPLE if self.sample.isChecked() else None
        for button in (self.all, self.sample):
            button.setEnabled(False)
        self.start.setText(translate("Prove", "Stop"))
        self.bar.setRange(0, 0)
        self.bar.show()
        last = 0.0

        def progress(done: int, every: int) -> None:
            nonlocal last
            if done == every or time.monotonic() - last > SHOWN_MS / 1000:
                last = time.monotonic()
                self._progress.emit(done, every)

        reads = self._bridge.services.reads
        # In a thread of its own: other queries don't wait for minutes of reading.
        proved = jobs.run(lambda: prove.prove(reads.connection(), token, sample, progress))
        self._bridge.then(proved, self._done, owner=self, failed=self._failed)

    def _stop(self) -> None:
        if self.token is not None:
            self.token.cancel()

    def _step(self, done: int, every: int) -> None:
        self.bar.setRange(0, every)
        self.bar.setValue(done)

    def _done(self, proof: Proof) -> None:
        self._end()
        self._show(proof)

    def _failed(self, error: BaseException) -> bool:
        self._end()
        if not isinstance(error, Cancelled):
            self.report.setPlainText(words.sentence(error))
        return True

    def _end(self) -> None:
        self.token = None
        self.bar.hide()
        for button in (self.all, self.sample):
            button.setEnabled(True)
        self.start.setText(translate("Prove", "Check Now"))

    def _show(self, proof: Proof | None) -> None:
        parts = [(translate("Prove", "Network"), list(network(network_uses.every())))]
        if proof is not None:
            parts.insert(0, (translate("Prove", "Originals"), list(originals(proof))))
        title = translate("Prove", "facesorter: originals and network use")
        self._page = prove.as_html(title, parts)
        self.report.setHtml(self._page)
        self.save.setEnabled(proof is not None)

    def _save(self) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        suggested = str(Path(folder) / "facesorter.html")
        chosen, _ = QFileDialog.getSaveFileName(
            self,
            translate("Prove", "Save Report"),
            suggested,
            translate("Prove", "Web pages (*.html)"),
        )
        if chosen:
            page = self._page.encode()
            saved = jobs.run(lambda: write_atomically(Path(chosen), page))
            self._bridge.then(saved, owner=self)


def originals(proof: Proof) -> Iterator[str]:
    """Yield what was found of the originals, a line each."""
    text = translate("Prove", "{same} of {photos} photos are exactly as they were first seen.")
    yield text.format(same=words.number(proof.same), photos=words.number(proof.photos))
    if proof.offline:
        yield translate("Prove", "On drives that aren’t connected: %Ln photo(s)", "", proof.offline)
    for paths, heading in (
        (
            proof.edited,
            translate("Prove", "Saved by another program since the last scan:"),
        ),
        (
            proof.changed,
            translate(
                "Prove",
                "Changed, although size and time didn’t (the drive may be failing; restore these "
                "from a backup):",
            ),
        ),
        (proof.missing, translate("Prove", "Missing:")),
        (proof.unreadable, translate("Prove", "Unreadable:")),
    ):
        if paths:
            yield f"{heading} {words.number(len(paths))}"
            yield from paths


def network(uses: list[Use]) -> Iterator[str]:
    """Yield every use of the network, a line each."""
    if not uses:
        yield translate("Prove", "The network was never used.")
        return
    yield translate("Prove", "%Ln request(s), each because you asked for it:", "", len(uses))
    for use in uses:
        yield f"{words.moment(use.at[:19]) if use.at else ''} {use.address}".strip()
