"""Import Names dialog: sources, a preview, conflicts asked about once per kind, and progress."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QScrollArea,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from facesorter.app import jobs
from facesorter.cancel import Cancelled, CancelToken
from facesorter.domain import FaceId
from facesorter.exchange.sources import USUAL, Kind
from facesorter.gui.base import theme, wheel
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.choose_folder import choose_folder, pictures
from facesorter.gui.base.dialog import Dialog
from facesorter.gui.base.fields import RadioButton
from facesorter.gui.base.page_header import SecondaryLabel
from facesorter.gui.base.work_dialog import paced
from facesorter.gui.grid.face_model import face_rows
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.i18n import name_words, words
from facesorter.gui.i18n.words import translate
from facesorter.gui.widgets.crops import Crop
from facesorter.library.name_import.importing import Disagreement, Example
from facesorter.library.name_import.judging import Conflict

if TYPE_CHECKING:
    from facesorter.app.name_importer import Names

WIDTH: Final = 600
HEIGHT: Final = 640
EXAMPLE_SIDE: Final = 84
"""Of a face that is in conflict, logical px."""
EXAMPLES: Final = 3
"""Faces shown of each kind of conflict: as many as fit side by side."""


class ImportNamesDialog(Dialog):
    """Dialog that brings in names: one decision at its end.

    Signals:
        used: how many faces were named, and how many dates of birth were offered.
        add_wanted: the path of a folder with named photos that aren't in the library.
        _progress: what is done, and all or None; emitted in the worker thread.
    """

    used = Signal(int, int)
    add_wanted = Signal(str)
    _progress = Signal(int, object)

    def __init__(self, bridge: Bridge, pixmaps: PixmapStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._pixmaps = bridge, pixmaps
        self.token: CancelToken | None = None
        """Cancels what is in progress."""
        self.names: Names | None = None
        """What was found."""
        self._folder: str | None = None
        """Where names were looked for, if the user chose a folder."""
        self.setWindowTitle(translate("BringIn", "Import Names"))
        theme.resize(self, WIDTH, HEIGHT)
        self.choice = SourceChoice()
        self.choice.changed.connect(self._adapt)
        self.preview = PreviewPanel(bridge, pixmaps)
        self.stack = QStackedWidget()
        self.working = _Working()
        # Small screens have no room for all sources in every language.
        self.choosing = QScrollArea()
        theme.slim(self.choosing)
        self.choosing.setWidgetResizable(True)
        self.choosing.setFrameShape(QScrollArea.Shape.NoFrame)
        self.choosing.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.choosing.setWidget(self.choice)
        for page in (self.choosing, self.working, self.preview):
            self.stack.addWidget(page)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        role = QDialogButtonBox.ButtonRole
        self.look = buttons.addButton(translate("BringIn", "Look for Names"), role.AcceptRole)
        self.add = buttons.addButton(translate("BringIn", "Add Folder to Library"), role.AcceptRole)
        self.use = buttons.addButton(translate("BringIn", "Use These Names"), role.AcceptRole)
        self.stop = buttons.button(QDialogButtonBox.StandardButton.Cancel)
        self.look.clicked.connect(self._choose)
        self.use.clicked.connect(self._use)
        self.add.clicked.connect(self._add)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(3 * theme.GRID,) * 4)
        column.setSpacing(2 * theme.GRID)
        column.addWidget(self.stack, 1)
        column.addWidget(theme.dress(buttons))
        self._progress.connect(self.working.show_progress)
        self._adapt()
        self.choice.group.button(0).setFocus()

    @property
    def running(self) -> bool:
        """Whether names are being read or given."""
        return self.token is not None

    def show_found(self, names: Names) -> None:
        """Show what was found; the user may use it."""
        self.token, self.names = None, names
        self.preview.show_names(names)
        self.stack.setCurrentWidget(self.preview)
        dates = bool(names.preview.births.new) and not names.preview.new_faces
        self.use.setText(
            translate("BringIn", "Use These Dates")
            if dates
            else translate("BringIn", "Use These Names")
        )
        self._adapt()
        (self.use if self.names.preview else self.stop).setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter look for names on a source, too: nothing changes by that."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and self.focusWidget() in self.choice.group.buttons():
            self.look.click()
        else:
            super().keyPressEvent(event)

    def reject(self) -> None:
        """Cancel what is in progress, or close."""
        if self.token is not None:
            self.token.cancel()
        else:
            super().reject()

    def _adapt(self) -> None:
        page = self.stack.currentWidget()
        self.look.setVisible(page is self.choosing)
        found = self.names is not None and bool(self.names.preview)
        self.use.setVisible(page is self.preview and found)
        end = page is self.preview and not found
        outside = self.names is not None and self.names.preview.elsewhere > 0
        self.add.setVisible(end and outside and self._folder is not None)
        self.stop.setText(translate("BringIn", "Close") if end else translate("BringIn", "Cancel"))

    def _choose(self) -> None:
        """Ask for the folder or file of the chosen source, if it has one."""
        kinds, files = self.choice.kinds(), self.choice.files()
        if files is None:
            self.read([], kinds)
            return
        title, start = translate("BringIn", "Import Names"), pictures()
        if not files:
            choose_folder(self, title, lambda path: self.read_folder(path, kinds), start)
            return
        dialog = QFileDialog(self, title, start, files)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self.read([Path(path)], kinds))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def read_folder(self, path: str, kinds: Collection[Kind]) -> None:
        """Read names in a folder, and offer to add it if it isn't in the library."""
        self.read([Path(path)], kinds)
        self._folder = path

    def read(self, paths: Sequence[Path], kinds: Collection[Kind] = USUAL) -> None:
        """Read names, and then show them. ``paths`` are as for `NameImporter.read`."""
        self._folder = None
        token = self._begin(translate("BringIn", "Looking for names…"))
        importer = self._bridge.services.names
        work = jobs.run(importer.read, paths, kinds, token, self._report())
        self._bridge.then(work, self.show_found, owner=self, failed=self._failed)

    def update_found(self, names: Names) -> None:
        """Show what was found earlier, such as before photos were analyzed, as it is now."""
        token = self._begin(translate("BringIn", "Looking for names…"))
        work = jobs.run(self._bridge.services.names.update, names, token, self._report())
        self._bridge.then(work, self.show_found, owner=self, failed=self._failed)

    def _use(self) -> None:
        names, theirs = self.names, self.preview.theirs()
        assert names is not None
        token = self._begin(translate("BringIn", "Naming faces…"))
        importer, tell = self._bridge.services.names, self._report()

        def work() -> int:
            importer.use(names, theirs)
            return importer.apply(token, tell)

        self._bridge.then(jobs.run(work), self._done, owner=self, failed=self._left)

    def _add(self) -> None:
        assert self._folder is not None
        self.add_wanted.emit(self._folder)
        self.accept()

    def _begin(self, text: str) -> CancelToken:
        self.token = CancelToken()
        self.working.begin(text)
        self.stack.setCurrentWidget(self.working)
        self._adapt()
        return self.token

    def _report(self) -> Callable[[int, int | None], None]:
        return paced(self._progress.emit)

    def _done(self, named: int) -> None:
        self.token = None
        assert self.names is not None
        self.used.emit(named, len(self.names.preview.births.new))
        self.accept()

    def _left(self, error: BaseException) -> bool:
        """End without waiting: what isn't named yet is named in the background."""
        self.token = None
        if isinstance(error, Cancelled):
            self.used.emit(0, 0)
            self.accept()
            return True
        return self._failed(error)

    def _failed(self, error: BaseException) -> bool:
        self.token = None
        text = "" if isinstance(error, Cancelled) else words.sentence(error)
        self.choice.show_message(text)
        self.stack.setCurrentWidget(self.choosing)
        self._adapt()
        return True


class SourceChoice(QWidget):
    """Where names come from.

    Signals:
        changed: another source was chosen.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        intro = QLabel(
            translate(
                "BringIn",
                "Use the names you gave in other programs. Your photos and the other programs’ "
                "files are only read. You’ll see what was found before anything changes.",
            )
        )
        intro.setWordWrap(True)
        database = translate("BringIn", "digiKam database") + " (digikam4.db *.db)"
        book = translate("BringIn", "Contacts") + " (*.vcf *.vcard *.csv)"
        sources: tuple[tuple[str, str, frozenset[Kind], str | None], ...] = (
            (
                translate("BringIn", "The photos in the library"),
                translate(
                    "BringIn",
                    "Names that digiKam, Lightroom, Picasa, Windows, Google Takeout, and "
                    "others wrote into your photos or into files next to them.",
                ),
                USUAL,
                None,
            ),
            (
                translate("BringIn", "Another folder…"),
                translate(
                    "BringIn",
                    "A Google Takeout, sidecars in a folder of their own, or an export from "
                    "Apple Photos, Immich, or Picasa. Only names for photos in the library are "
                    "used.",
                ),
                USUAL,
                "",
            ),
            (
                translate("BringIn", "A digiKam database…"),
                translate("BringIn", "The file digikam4.db, usually in the Pictures folder."),
                frozenset((Kind.DIGIKAM,)),
                database,
            ),
            (
                translate("BringIn", "Photos sorted by person…"),
                translate(
                    "BringIn",
                    "A folder with a subfolder for each person, or photos named after people. "
                    "Add it to the library first.",
                ),
                frozenset((Kind.REFERENCES,)),
                "",
            ),
            (
                translate("BringIn", "Contacts…"),
                translate(
                    "BringIn",
                    "A vCard or CSV file of an address book. It adds dates of birth to people of "
                    "the same name who have none.",
                ),
                frozenset((Kind.CONTACTS,)),
                book,
            ),
        )
        self._sources = [(kinds, files) for _, _, kinds, files in sources]
        self.group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID)
        column.addWidget(intro)
        column.addSpacing(theme.GRID)
        for number, (title, text, _, _) in enumerate(sources):
            button = RadioButton(title)
            button.setMinimumHeight(theme.TARGET)
            button.setAccessibleDescription(text)
            self.group.addButton(button, number)
            note = SecondaryLabel()
            note.setText(text)
            note.setWordWrap(True)
            note.setIndent(3 * theme.GRID)
            column.addWidget(button)
            column.addWidget(note)
        self.group.button(0).setChecked(True)
        self.group.idClicked.connect(lambda _: self.changed.emit())
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        column.addStretch(1)
        column.addWidget(self.message)

    def kinds(self) -> frozenset[Kind]:
        """Return what to read."""
        return self._sources[self.group.checkedId()][0]

    def files(self) -> str | None:
        """Return the filter of files to choose from, "" for a folder; None if nothing is chosen."""
        return self._sources[self.group.checkedId()][1]

    def show_message(self, text: str) -> None:
        """Show why the last attempt failed."""
        self.message.setText(text)


class _Working(QWidget):
    """Progress."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = QLabel()
        self.bar = QProgressBar()
        self.bar.setAccessibleName(translate("BringIn", "Progress"))
        self.count = SecondaryLabel()
        column = QVBoxLayout(self)
        column.addStretch(1)
        for widget in (self.text, self.bar, self.count):
            column.addWidget(widget)
        column.addStretch(2)

    def begin(self, text: str) -> None:
        self.text.setText(text)
        self.count.setText("")
        self.bar.setRange(0, 0)

    def show_progress(self, done: int, everything: int | None) -> None:
        self.bar.setRange(0, everything or 0)
        self.bar.setValue(done)
        if everything is None:
            self.count.setText(translate("BringIn", "%Ln file(s) read", "", done))
        else:
            self.count.setText(words.photos(done))


class PreviewPanel(QScrollArea):
    """What was found: sentences, people, and questions about conflicts."""

    def __init__(self, bridge: Bridge, pixmaps: PixmapStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.slim(self)
        self._bridge, self._pixmaps = bridge, pixmaps
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.title = QLabel()
        self.title.setFont(theme.title_font())
        self.title.setWordWrap(True)
        self.remarks = QLabel()
        self.remarks.setWordWrap(True)
        self.remarks.setTextFormat(Qt.TextFormat.PlainText)
        self.people = QTreeWidget()
        theme.slim(self.people)
        self.people.setRootIsDecorated(False)
        self.people.setUniformRowHeights(True)
        self.people.setAlternatingRowColors(True)
        self.people.setAccessibleName(translate("BringIn", "People"))
        self.people.setHeaderLabels(
            [
                translate("BringIn", "Person"),
                translate("BringIn", "Faces"),
                translate("BringIn", "In the library"),
                translate("BringIn", "Born"),
            ]
        )
        header = self.people.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(10 * theme.GRID)
        for narrow in (1, 2):
            self.people.headerItem().setTextAlignment(narrow, Qt.AlignmentFlag.AlignRight)
        self.people.setMinimumHeight(20 * theme.GRID)
        self.questions: dict[Conflict, ConflictQuestion] = {}
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, theme.GRID, 0)
        self._column.setSpacing(2 * theme.GRID)
        self._column.addWidget(self.title)
        self._column.addWidget(self.remarks)
        self._asked = QVBoxLayout()
        self._asked.setSpacing(2 * theme.GRID)
        self._column.addLayout(self._asked)
        self._column.addWidget(self.people, 1)
        self._column.addStretch()  # below remarks alone
        self.setWidget(inside)

    def show_names(self, names: Names) -> None:
        """Show what was found."""
        preview = names.preview
        self.title.setText(name_words.headline(preview))
        lines = name_words.remarks(preview)
        if names.unreadable:
            lines.append(
                translate("BringIn", "%Ln file(s) couldn’t be read.", "", names.unreadable)
            )
        self.remarks.setText("\n".join(lines))
        self.remarks.setVisible(bool(lines))
        for question in self.questions.values():
            question.deleteLater()
        self.questions = {}
        for about in preview.conflicts:
            question = ConflictQuestion(about, self._bridge, self._pixmaps)
            self.questions[about.kind] = question
            self._asked.addWidget(question)
        self.people.clear()
        for each in preview.people:
            known = (
                translate("BringIn", "New")
                if each.person_id is None
                else translate("BringIn", "Yes")
            )
            item = QTreeWidgetItem([each.name, words.number(each.faces), known])
            for narrow in (1, 2):
                item.setTextAlignment(narrow, Qt.AlignmentFlag.AlignRight)
            self.people.addTopLevelItem(item)
        births = preview.births.new
        for birth in births:
            known = translate("BringIn", "Yes")
            item = QTreeWidgetItem([birth.name, "", known, words.date(birth.date)])
            self.people.addTopLevelItem(item)
        for column in (1, 2):
            self.people.setColumnHidden(column, not preview.people and bool(births))
        self.people.setColumnHidden(3, not births)
        listed = bool(preview.people or births)
        self.people.setVisible(listed)
        self._column.setStretch(self._column.count() - 1, int(not listed))

    def theirs(self) -> list[Conflict]:
        """Return the kinds of conflict in which the names found go first."""
        return [kind for kind, question in self.questions.items() if question.theirs]


class ConflictQuestion(QWidget):
    """One kind of conflict, with examples and what to do about it."""

    def __init__(self, about: Disagreement, bridge: Bridge, pixmaps: PixmapStore) -> None:
        super().__init__()
        text = QLabel(name_words.conflict(about.kind, about.faces))
        text.setWordWrap(True)
        text.setFont(theme.body_font(bold=True))
        self.answer = QComboBox()
        self.answer.setAccessibleName(text.text())
        self.answer.addItems(list(name_words.answers(about.kind)))
        wheel.require_focus(self.answer)
        # Narrow windows, as at 200 %, have no room for it beside the text.
        self.answer.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.answer.setMinimumContentsLength(12)
        shown = QHBoxLayout()
        shown.setSpacing(2 * theme.GRID)
        known = {each.face.id: each for each in face_rows(bridge, _faces(about))}
        self._crops: list[Crop] = []
        for example in about.examples[:EXAMPLES]:
            if example.face_id in known:
                crop = Crop(pixmaps, self)
                crop.setFixedSize(QSize(EXAMPLE_SIDE, EXAMPLE_SIDE))
                crop.set_row(known[example.face_id], markable=False, digit=0)
                self._crops.append(crop)
                shown.addLayout(_example(crop, example))
        shown.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(text)
        column.addLayout(shown)
        column.addWidget(self.answer)
        pixmaps.arrived.connect(self._on_arrived)

    @property
    def theirs(self) -> bool:
        """Whether the names found go first."""
        return self.answer.currentIndex() == 1

    def _on_arrived(self, kind: str, id_: int) -> None:
        for crop in self._crops:
            if crop.row is not None and (crop.row.thumb.kind, crop.row.thumb.id) == (kind, id_):
                crop.update()


def _faces(about: Disagreement) -> list[FaceId]:
    return [each.face_id for each in about.examples[:EXAMPLES]]


def _example(crop: Crop, example: Example) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(theme.GRID // 2)
    column.addWidget(crop)
    text = " / ".join((example.theirs, *example.others))
    if example.mine:
        text = f"{example.mine} → {text}"
    label = SecondaryLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    label.setWordWrap(True)
    label.setMaximumWidth(EXAMPLE_SIDE + 4 * theme.GRID)
    column.addWidget(label)
    column.addStretch(1)
    return column
