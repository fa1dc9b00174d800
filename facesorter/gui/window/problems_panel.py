"""List of photos that couldn't be read, or only in part, with the reasons in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from facesorter.domain import PhotoId
from facesorter.gui.base import theme
from facesorter.gui.base.dialog import Dialog
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import file_name, translate
from facesorter.library.queries import Problem

AnyIndex = QModelIndex | QPersistentModelIndex
_TOP: Final = QModelIndex()


class _ProblemModel(QAbstractTableModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.problems: list[Problem] = []

    def show(self, problems: Sequence[Problem]) -> None:
        self.beginResetModel()
        self.problems = list(problems)
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = _TOP) -> int:
        return 0 if parent.isValid() else len(self.problems)

    def columnCount(self, parent: AnyIndex = _TOP) -> int:
        return 0 if parent.isValid() else 2

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        problem = self.problems[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (file_name(problem.path), words.sentence(problem.error))[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return (problem.path, words.sentence(problem.error))[index.column()]
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (translate("Problems", "Photo"), translate("Problems", "Reason"))[section]
        return None


def _kind(kind: str) -> str:
    """Word a kind of `images.unsupported`."""
    name, without, _ = kind.partition(" without a suffix")
    return (
        translate("Problems", "{kind} without an extension").format(kind=name) if without else kind
    )


class ProblemsPanel(Dialog):
    """Modeless dialog, so that photos can be repaired while it is open.

    Signals:
        show_wanted: the user requested to see a file in its folder.
        retry_wanted: the ids of photos that the user requested to analyze again.
        trash_wanted: the ids of photos whose files the user wants to get rid of.
    """

    show_wanted = Signal(str)
    retry_wanted = Signal(list)
    trash_wanted = Signal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Problems", "Problems"))
        theme.resize(self, 760, 420)
        self.intro = QLabel()
        self.intro.setWordWrap(True)
        self.model = _ProblemModel(self)
        self.table = QTableView()
        self.table.setModel(self.model)
        theme.slim(self.table)
        self.table.setAccessibleName(self.windowTitle())
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)  # Tab goes on to the buttons
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setWordWrap(False)  # a row has room for one line; tooltips show all
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(theme.TARGET)
        self.table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.setColumnWidth(0, 240)
        self.table.doubleClicked.connect(self._show_current)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        self.show_button = buttons.addButton(
            translate("Problems", "Show in Folder"), QDialogButtonBox.ButtonRole.ActionRole
        )
        self.show_button.clicked.connect(self._show_current)
        self.retry_button = buttons.addButton(
            translate("Problems", "Try Again"), QDialogButtonBox.ButtonRole.ActionRole
        )
        self.retry_button.setToolTip(translate("Problems", "Analyze the selected photos again"))
        self.retry_button.clicked.connect(self._retry)
        self.trash_button = buttons.addButton(
            translate("Files", "Move to Trash…"), QDialogButtonBox.ButtonRole.ActionRole
        )
        self.trash_button.clicked.connect(lambda: self.trash_wanted.emit(sorted(self._selected())))
        column = QVBoxLayout(self)
        column.setContentsMargins(*(2 * theme.GRID,) * 4)
        column.setSpacing(theme.GRID)
        column.addWidget(self.intro)
        column.addWidget(self.table, 1)
        self.skipped = QLabel()
        self.skipped.setWordWrap(True)
        self.skipped.hide()
        self.none = QWidget()
        column.addWidget(self.none, 1)
        column.addWidget(self.skipped)
        column.addWidget(theme.dress(buttons))

    def set_problems(self, problems: Sequence[Problem]) -> None:
        """Set the listed problems; the selection stays with its photos."""
        if list(problems) == self.model.problems and problems:
            return
        selected = self._selected()
        self.model.show(problems)
        self.intro.setText(
            translate(
                "Problems",
                "These files couldn’t be read, or only in part, and were left unchanged. If you "
                "replace one with a readable file, it’s added automatically.",
            )
            if problems
            else translate("Problems", "No problems found.")
        )
        self.table.setVisible(bool(problems))
        self.none.setVisible(not problems)
        rows = [row for row, each in enumerate(problems) if each.photo_id in selected]
        if problems:
            self.select(rows or [0])
        self.show_button.setVisible(bool(problems))
        self.trash_button.setVisible(bool(problems))
        self.retry_button.setVisible(not all(each.shown for each in problems))

    def set_skipped(self, skipped: Mapping[str, int]) -> None:
        """Set how many files look like media and aren't read, by kind."""
        kinds = ", ".join(f"{words.number(count)} {_kind(kind)}" for kind, count in skipped.items())
        text = translate("Problems", "Unsupported files: {kinds}.")
        self.skipped.setText(text.format(kinds=kinds))
        self.skipped.setVisible(bool(skipped))

    def select(self, rows: Sequence[int]) -> None:
        """Select these rows, whatever keys are held down meanwhile."""
        model, flags = self.table.selectionModel(), QItemSelectionModel.SelectionFlag
        model.setCurrentIndex(self.model.index(rows[0], 0), flags.ClearAndSelect | flags.Rows)
        for row in rows[1:]:
            model.select(self.model.index(row, 0), flags.Select | flags.Rows)

    def _selected(self) -> set[PhotoId]:
        rows = self.table.selectionModel().selectedRows()
        return {self.model.problems[index.row()].photo_id for index in rows}

    def _retry(self) -> None:
        self.retry_wanted.emit(sorted(self._selected()))

    def _show_current(self) -> None:
        row = self.table.currentIndex().row()
        if 0 <= row < len(self.model.problems):
            self.show_wanted.emit(self.model.problems[row].path)
