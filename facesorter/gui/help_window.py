"""The guide and what's new, from the files that come with the program; no net is needed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

from PySide6.QtCore import QUrl
from PySide6.QtGui import QPalette, QTextLength, QTextTable
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from facesorter import paths
from facesorter.gui import theme
from facesorter.gui.words import translate

NEWS: Final = "CHANGELOG.md"
FIRST: Final = ("guide.md", "tour.md")
"""Pages that stand first, where they are; the others follow by name."""

WIDE: Final = 5
"""Columns beyond which a table's first one needs more room than an equal share."""
FIRST_SHARE: Final = 22
"""Per cent of the width that it gets then; by eye."""


class Page(NamedTuple):
    """One file of the guide."""

    path: Path
    title: str


def pages() -> list[Page]:
    """Find the pages, the guide first and what's new last. Reads their first lines."""
    folder = paths.documents()
    files = sorted(
        folder.glob("*.md"),
        key=lambda path: (FIRST.index(path.name) if path.name in FIRST else len(FIRST), path.name),
    )
    news = [folder.parent / NEWS, folder / NEWS]
    found = [Page(path, _title(path)) for path in files if path.name != NEWS]
    return (
        found + [Page(path, translate("Help", "What's new")) for path in news if path.exists()][:1]
    )


def _title(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.readline().lstrip("# ").strip() or path.stem


def text_of(path: Path) -> str:
    """Read a page as Markdown, without pictures: they don't come with the program."""
    text = path.read_text(encoding="utf-8")
    return re.sub(r"^\s*\|?.*!\[[^\]]*\]\([^)]*\).*\n", "", text, flags=re.MULTILINE)


class HelpWindow(QDialog):
    """A list of pages, and the chosen one."""

    def __init__(self, first: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Help", "Help"))
        self.resize(1120, 680)
        self._pages = pages()
        self.list = QListWidget()
        self.list.setAccessibleName(translate("Help", "Pages"))
        self.list.addItems([page.title for page in self._pages])
        self.list.setMaximumWidth(200)
        self.text = QTextBrowser()
        self.text.setAccessibleName(translate("Help", "The chosen page"))
        self.text.setOpenLinks(False)
        self.text.anchorClicked.connect(self._follow)
        self.text.document().setDocumentMargin(2 * theme.GRID)
        self.list.currentRowChanged.connect(self._show)
        both = QHBoxLayout()
        both.addWidget(self.list, 1)
        both.addWidget(self.text, 3)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(2 * theme.GRID,) * 4)
        column.addLayout(both, 1)
        column.addWidget(buttons)
        if not self._pages:
            self.text.setPlainText(
                translate("Help", "The guide is missing. Install facesorter again to get it back.")
            )
        self.go_to(first)

    def go_to(self, name: str) -> None:
        """Show a page by the name of its file; another name shows the first one."""
        names = [page.path.name for page in self._pages]
        self.list.setCurrentRow(names.index(name) if name in names else 0)

    def _show(self, row: int) -> None:
        if not 0 <= row < len(self._pages):
            return
        accent = self.palette().color(QPalette.ColorRole.Link)
        self.text.document().setDefaultStyleSheet(f"a {{ color: {accent.name()} }}")
        self.text.setMarkdown(text_of(self._pages[row].path))
        self._widen_first_columns()
        self.text.moveCursor(self.text.textCursor().MoveOperation.Start)
        self.text.verticalScrollBar().setValue(0)

    def _widen_first_columns(self) -> None:
        """Give the words at the left of a wide table more room than the cells behind them."""
        percent = QTextLength.Type.PercentageLength
        for frame in self.text.document().rootFrame().childFrames():
            if isinstance(frame, QTextTable) and frame.columns() > WIDE:
                form = frame.format().toTableFormat()
                rest = (100 - FIRST_SHARE) / (frame.columns() - 1)
                shares = [FIRST_SHARE, *[rest] * (frame.columns() - 1)]
                form.setColumnWidthConstraints([QTextLength(percent, share) for share in shares])
                form.setCellPadding(2)
                frame.setFormat(form)

    def _follow(self, link: QUrl) -> None:
        from facesorter.gui.desk import open_page

        if link.scheme() in ("https", "mailto"):
            open_page(link.toString())
        elif link.path():
            name = Path(link.path()).name
            if any(page.path.name == name for page in self._pages):
                self.go_to(name)
                if link.fragment():
                    self.text.scrollToAnchor(link.fragment())
        elif link.fragment():
            self.text.scrollToAnchor(link.fragment())
