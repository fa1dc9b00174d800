"""Report a problem: a text that the user sees whole, may change, and hands on by themselves."""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from facesorter import REPORT_URL, __version__
from facesorter.app import diagnosis, jobs
from facesorter.gui.base import theme
from facesorter.gui.base.desktop import open_page
from facesorter.gui.base.page_header import QuietLabel
from facesorter.gui.i18n.words import translate

if TYPE_CHECKING:
    from facesorter.gui.base.bridge import Bridge

PAGE_LONGEST: Final = 6_000
"""Characters that an address may have after encoding; servers refuse those beyond some 8,000."""
MAIL_LONGEST: Final = 1_800
"""The same of mail programs, of which Windows hands on about 2,000."""


def page_address(text: str) -> str:
    """Return the address of a report's page with the text filled in, as much as fits."""
    title = urllib.parse.quote(f"Problem in facesorter {__version__}")
    return f"{REPORT_URL}?title={title}&body={_fitting(text, PAGE_LONGEST)}"


def mail_address(text: str) -> str:
    """Return the address of a mail with the text in it; who gets it, the user says."""
    subject = urllib.parse.quote(f"Problem in facesorter {__version__}")
    return f"mailto:?subject={subject}&body={_fitting(text, MAIL_LONGEST)}"


def _fitting(text: str, longest: int) -> str:
    """Encode the lines that fit; the whole is on the clipboard by then, and the end says so."""
    kept: list[str] = []
    rest = urllib.parse.quote("\n(cut here; the whole text is on the clipboard)")
    length = len(rest)
    for line in text.splitlines():
        encoded = urllib.parse.quote(f"{line}\n")
        length += len(encoded)
        if length > longest:
            return "".join(kept) + rest
        kept.append(encoded)
    return "".join(kept)


class ReportDialog(QDialog):
    """The text, and three ways to hand it on. Nothing is sent by the program."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Report", "Report a Problem"))
        theme.resize(self, 760, 600)
        intro = QLabel(
            translate(
                "Report",
                "Describe what happened at the top. The details below help find the "
                "cause; names and file locations have been removed. Review them and "
                "delete anything you don’t want to share. Nothing is sent automatically.",
            )
        )
        intro.setWordWrap(True)
        self.text = QPlainTextEdit()
        theme.slim(self.text)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setAccessibleName(translate("Report", "Report"))
        self.text.setPlainText(translate("Report", "Collecting system information…"))
        self.text.setReadOnly(True)
        self.note = QuietLabel()
        self.note.setWordWrap(True)
        self.note.setText(
            translate(
                "Report",
                "The web page opens in your browser with this text filled in, so the site "
                "receives it right away. The email isn’t sent until you send it.",
            )
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        role = QDialogButtonBox.ButtonRole.ActionRole
        self.copy = buttons.addButton(translate("Report", "Copy"), role)
        self.mail = buttons.addButton(translate("Report", "Compose Email…"), role)
        self.page = buttons.addButton(translate("Report", "Open Web Page…"), role)
        self.copy.clicked.connect(self._copy)
        self.mail.clicked.connect(lambda: self._hand_on(mail_address))
        self.page.clicked.connect(lambda: self._hand_on(page_address))
        for button in (self.copy, self.mail, self.page):
            button.setEnabled(False)
            button.setMinimumHeight(theme.TARGET)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(3 * theme.GRID,) * 4)
        column.setSpacing(2 * theme.GRID)
        column.addWidget(intro)
        column.addWidget(self.text, 1)
        column.addWidget(self.note)
        column.addWidget(theme.dress(buttons))
        services = bridge.services
        made = jobs.run(diagnosis.report, services.library_dir, services.settings)
        bridge.then(made, self._show, owner=self)

    def _show(self, report: str) -> None:
        asked = translate("Report", "What did you do, what happened, and what did you expect?")
        self.text.setPlainText(f"{asked}\n\n\n\n{report}")
        self.text.setReadOnly(False)
        for button in (self.copy, self.mail, self.page):
            button.setEnabled(True)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self.copy.setText(translate("Report", "Copied"))

    def _hand_on(self, address: object) -> None:
        assert callable(address)
        # The whole of it, since an address holds only so much.
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        open_page(address(self.text.toPlainText()))
