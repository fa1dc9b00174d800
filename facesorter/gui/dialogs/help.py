"""Help window with the guide and release notes, from bundled files; works offline."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final, NamedTuple

from PySide6.QtCore import QLocale, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QImage,
    QImageReader,
    QPalette,
    QResizeEvent,
    QTextDocument,
    QTextLength,
    QTextTable,
)
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from facesorter import paths
from facesorter.app import jobs
from facesorter.gui.base import theme
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.desktop import open_page
from facesorter.gui.base.dialog import Dialog
from facesorter.gui.i18n.words import translate

PICTURE: Final = re.compile(r"!\[[^\]]*\]\(([^)]*)\)")
NEWS: Final = "CHANGELOG.md"
FIRST: Final = ("guide.md", "tour.md")
"""Pages listed first, if they exist; the others follow by name."""

RESIZED_MS: Final = 120
"""Delay after a resize before pictures are fitted again."""
WIDE: Final = 5
"""Number of columns above which a table's first column gets more than an equal share."""
FIRST_SHARE: Final = 22
"""Percentage of the width that it gets in that case; chosen by eye."""


class Page(NamedTuple):
    """A page of the guide."""

    path: Path
    title: str


def pages() -> list[Page]:
    """Find the pages, guide first and release notes last. Reads their first lines."""
    folder = paths.documents()
    files = sorted(
        folder.glob("*.md"),
        key=lambda path: (FIRST.index(path.name) if path.name in FIRST else len(FIRST), path.name),
    )
    news = [folder.parent / NEWS, folder / NEWS]
    found = [Page(path, _title(path)) for path in files if path.name != NEWS]
    return (
        found + [Page(path, translate("Help", "What’s new")) for path in news if path.exists()][:1]
    )


def _title(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.readline().lstrip("# ").strip() or path.stem


def text_of(path: Path) -> str:
    """Read a page as Markdown, omitting pictures that are not bundled."""

    def known(found: re.Match[str]) -> str:
        return found[0] if (path.parent / found[1]).is_file() else ""

    return PICTURE.sub(known, path.read_text(encoding="utf-8"))


def pictures_of(path: Path) -> list[Path]:
    """Return the pictures that a page references, bundled or not."""
    return [path.parent / link for link in PICTURE.findall(path.read_text(encoding="utf-8"))]


def _scaled(path: str, width: int, ratio: float) -> QImage:
    """Read a picture at a width in device pixels. Thread: any but the GUI's."""
    image = QImage(path).scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
    image.setDevicePixelRatio(ratio)
    return image


class PageView(QTextBrowser):
    """Help page whose pictures are scaled down to its width, and read beside the window.

    Signals:
        fitted: the page was laid out for a new width.
    """

    fitted = Signal()

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._page: Path | None = None
        self._width = 0
        self._timer = QTimer(self, singleShot=True, interval=RESIZED_MS)
        self._timer.timeout.connect(self._fit)
        self.document().setDocumentMargin(2 * theme.GRID)
        theme.slim(self)

    def show_page(self, path: Path) -> None:
        """Show a page from the top."""
        self._page, self._width = path, self._room()
        accent = self.palette().color(QPalette.ColorRole.Link)
        document = self.document()
        # Until cleared, it caches pictures by name at their previous size.
        document.clear()
        document.setDefaultStyleSheet(f"a {{ color: {accent.name()} }}")
        self.setMarkdown(text_of(path))
        self.moveCursor(self.textCursor().MoveOperation.Start)
        self.verticalScrollBar().setValue(0)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        if kind != QTextDocument.ResourceType.ImageResource.value or self._page is None:
            return super().loadResource(kind, name)
        place = name.toString() if isinstance(name, QUrl) else name
        path = str((self._page.parent / place).resolve())
        size, ratio = QImageReader(path).size(), self.devicePixelRatio()
        width = round(min(self._width, size.width()) * ratio)
        shown = self._page, self._width

        def show(image: QImage) -> None:
            if shown == (self._page, self._width):
                self.document().addResource(kind, QUrl(name), image)
                self.viewport().update()

        self._bridge.then(jobs.run(_scaled, path, width, ratio), show, owner=self)
        # Its room until then.
        height = round(width * size.height() / max(1, size.width()))
        empty = QImage(width, height, QImage.Format.Format_Alpha8)
        empty.fill(0)
        empty.setDevicePixelRatio(ratio)
        return empty

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._timer.start()

    def _room(self) -> int:
        return max(160, self.viewport().width() - 4 * theme.GRID)

    def _fit(self) -> None:
        if self._page is not None and self._room() != self._width:
            bar = self.verticalScrollBar()
            share = bar.value() / max(1, bar.maximum())
            self.show_page(self._page)
            self.fitted.emit()
            bar.setValue(round(share * bar.maximum()))


class HelpWindow(Dialog):
    """Window with a list of pages and the selected page."""

    def __init__(self, bridge: Bridge, first: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Help", "Help"))
        theme.resize(self, 1120, 680)
        self._pages = pages()
        self.list = QListWidget()
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(translate("Help", "Pages"))
        self.list.addItems([page.title for page in self._pages])
        self.list.setMaximumWidth(200)
        self.text = PageView(bridge)
        self.text.setAccessibleName(translate("Help", "Page contents"))
        self.text.setOpenLinks(False)
        self.text.anchorClicked.connect(self.follow)
        self.text.fitted.connect(self._widen_first_columns)
        self.list.currentRowChanged.connect(self._show)
        both = QHBoxLayout()
        both.addWidget(self.list, 1)
        both.addWidget(self.text, 3)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(2 * theme.GRID,) * 4)
        column.addLayout(both, 1)
        if QLocale().language() != QLocale.Language.English:
            note = QLabel(translate("Help", "The help pages are available in English only."))
            note.setWordWrap(True)
            column.addWidget(note)
        column.addWidget(theme.dress(buttons))
        if not self._pages:
            self.text.setPlainText(
                translate("Help", "The guide is missing. Reinstall facesorter to restore it.")
            )
        self.go_to(first)

    def go_to(self, name: str) -> None:
        """Show a page by file name; unknown names show the first page."""
        names = [page.path.name for page in self._pages]
        self.list.setCurrentRow(names.index(name) if name in names else 0)

    def _show(self, row: int) -> None:
        if not 0 <= row < len(self._pages):
            return
        self.text.show_page(self._pages[row].path)
        self._widen_first_columns()

    def _widen_first_columns(self) -> None:
        """Give the first column of a wide table more room than the others."""
        percent = QTextLength.Type.PercentageLength
        for frame in self.text.document().rootFrame().childFrames():
            if isinstance(frame, QTextTable) and frame.columns() > WIDE:
                form = frame.format().toTableFormat()
                rest = (100 - FIRST_SHARE) / (frame.columns() - 1)
                shares = [FIRST_SHARE, *[rest] * (frame.columns() - 1)]
                form.setColumnWidthConstraints([QTextLength(percent, share) for share in shares])
                form.setCellPadding(2)
                frame.setFormat(form)

    def follow(self, link: QUrl) -> None:
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
