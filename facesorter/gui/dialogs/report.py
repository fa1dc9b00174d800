"""Problem report: a text that the user sees in full, can edit, and sends on their own."""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
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
from facesorter.gui.base.dialog import Dialog
from facesorter.gui.base.page_header import SecondaryLabel
from facesorter.gui.i18n.words import translate

if TYPE_CHECKING:
    from facesorter.gui.base.bridge import Bridge

PAGE_LONGEST: Final = 6_000
"""Maximum length of an encoded web address; servers reject more than about 8,000 characters."""
MAIL_LONGEST: Final = 1_800
"""Maximum length of an encoded mail address; Windows passes on about 2,000 characters."""


def page_address(text: str) -> str:
    """Return the address of a prefilled report page, with as much of the text as fits."""
    title = urllib.parse.quote(f"Problem in facesorter {__version__}")
    return f"{REPORT_URL}?title={title}&body={_fitting(text, PAGE_LONGEST)}"


def mail_address(text: str) -> str:
    """Return a mail address with the text as its body; the user chooses the recipient."""
    subject = urllib.parse.quote(f"Problem in facesorter {__version__}")
    return f"mailto:?subject={subject}&body={_fitting(text, MAIL_LONGEST)}"


def _fitting(text: str, longest: int) -> str:
    """Encode the lines that fit; a final note says that the full text is on the clipboard."""
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


class ReportDialog(Dialog):
    """Dialog with the text and three ways to pass it on. The program itself sends no data."""

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
        self.note = SecondaryLabel()
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
        # The full text, since the length of an address is limited.
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        open_page(address(self.text.toPlainText()))
