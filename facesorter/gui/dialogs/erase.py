"""Erase dialog: lists what will be erased for good, and asks."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QListWidget, QVBoxLayout, QWidget

from facesorter.domain import PersonId
from facesorter.gui.base import theme
from facesorter.gui.base.dialog import Dialog
from facesorter.gui.base.fields import CheckBox
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.library import erase
from facesorter.library.erase import Plan
from facesorter.storage import backups

if TYPE_CHECKING:
    from facesorter.gui.base.bridge import Bridge

WIDTH: Final = 520
HEIGHT: Final = 460


class EraseDialog(Dialog):
    """Dialog that asks before a person, or all face data (None), is erased for good.

    Signals:
        agreed: the person or None, and whether the user's texts are kept; the program has to close
            the library first.
    """

    agreed = Signal(object, bool)

    def __init__(
        self,
        bridge: Bridge,
        person_id: PersonId | None,
        name: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge, self.person_id = bridge, person_id
        theme.resize(self, WIDTH, HEIGHT)
        if person_id is None:
            title = translate("Erase", "Erase All Face Data")
            question = translate("Erase", "Erase all face data for good?")
        else:
            title = translate("Erase", "Erase Person")
            question = translate("Erase", "Erase {name} for good?").format(
                name=name or translate("Erase", "this person")
            )
        self.setWindowTitle(title)
        self.question = QLabel(question)
        self.question.setTextFormat(Qt.TextFormat.PlainText)
        self.question.setWordWrap(True)
        self.question.setFont(theme.title_font())
        self.warning = QLabel(
            translate(
                "Erase",
                "This can’t be undone: nothing is kept that it could be restored from. Photos stay "
                "as they are, with the names that their files, sidecars, and folders contain, and "
                "so do backups and exports that you keep elsewhere. facesorter restarts.",
            )
        )
        self.warning.setWordWrap(True)
        self.going = QListWidget()
        theme.slim(self.going)
        self.going.setAccessibleName(translate("Erase", "What is erased"))
        self.going.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.texts = CheckBox(
            translate("Erase", "Also remove all names from captions, notes, tags, and albums")
            if person_id is None
            else translate("Erase", "Also remove the name from captions, notes, tags, and albums")
        )
        self.texts.setChecked(True)
        self.texts.toggled.connect(lambda _: self._read())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.rejected.connect(self.reject)
        role = QDialogButtonBox.ButtonRole.DestructiveRole
        self.erase = buttons.addButton(translate("Erase", "Erase"), role)
        self.erase.clicked.connect(self._agree)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(3 * theme.GRID,) * 4)
        column.setSpacing(2 * theme.GRID)
        for widget in (self.question, self.warning):
            column.addWidget(widget)
        column.addWidget(self.going, 1)
        column.addWidget(self.texts)
        column.addWidget(theme.dress(buttons))
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setFocus()
        self._asked: Future[list[str]] | None = None
        self._read()

    def _read(self) -> None:
        self.erase.setEnabled(False)
        self.going.clear()
        self.going.addItem(translate("Erase", "Checking what there is to erase…"))
        directory, person_id = self._bridge.services.library_dir, self.person_id
        keep = not self.texts.isChecked()
        # Backups are described there, too: each is a file to be read.
        asked = self._bridge.query_slow(
            lambda conn: list(going(erase.plan(conn, directory, person_id, keep_texts=keep)))
        )
        self._asked = asked
        self._bridge.then(
            asked, lambda lines: self._show(asked, lines), owner=self, failed=self._failed
        )

    def _show(self, asked: Future[list[str]], lines: list[str]) -> None:
        if asked is not self._asked:
            return  # the box was ticked again meanwhile
        self.going.clear()
        self.going.addItems(lines)
        self.erase.setEnabled(True)

    def _failed(self, error: BaseException) -> bool:
        self.going.clear()
        self.going.addItem(words.sentence(error))
        return True

    def _agree(self) -> None:
        self.accept()
        self.agreed.emit(self.person_id, not self.texts.isChecked())


def going(plan: Plan) -> Iterator[str]:
    """Yield what is erased, a line each."""
    yield translate("Erase", "%Ln face(s), with everything recognition needs", "", len(plan.faces))
    if plan.people:
        yield translate("Erase", "%Ln person(s), with name, dates, and notes", "", plan.people)
    if plan.decisions:
        yield translate("Erase", "%Ln decision(s) from the history", "", plan.decisions)
    if plan.texts:
        yield translate(
            "Erase", "The name in %Ln caption(s), tags, and other texts", "", plan.texts
        )
    yield translate("Erase", "All face thumbnails, the face map, and the logs")
    for path in plan.backups:
        about = backups.describe(path) if path.is_file() else None
        if about is None:
            yield translate("Erase", "The previous library {name}").format(name=path.name)
        else:
            moment = words.moment(about.made_at)
            size = QLocale().toString(about.bytes / 1e6, "f", 1)
            yield translate("Erase", "The backup of {date} ({size} MB)").format(
                date=moment, size=size
            )
