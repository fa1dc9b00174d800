"""Bar that explains a face's assignment: its most similar faces and the runner-up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from facesorter.domain import FaceId
from facesorter.gui.base import theme
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.page_header import ROOM_FOR_LABELS
from facesorter.gui.grid.face_model import FaceRow, describe, rows_of
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.i18n import name_words, words
from facesorter.gui.i18n.words import translate
from facesorter.gui.widgets.crops import Crop
from facesorter.library import outliers, queries
from facesorter.library.name_import import provenance
from facesorter.library.name_import.provenance import NameSource

if TYPE_CHECKING:
    from sqlite3 import Connection

    from facesorter.app.services import Services

SIDE: Final = 72
VERY, RATHER, LITTLE = 0.6, 0.45, 0.3
"""Cosines from which two faces are very alike, alike, and a little alike. Faces of one person
typically reach 0.65, those of different people hardly ever 0.3.
"""
CLEAR: Final = 0.1
"""Margin from which a face is clearly more similar to its person than to the runner-up."""


class Explained(NamedTuple):
    """Explanation of a face's assignment."""

    why: outliers.Why
    near: list[FaceRow]
    rival: str | None
    """Name of the runner-up, empty if unnamed; None if there is none."""
    source: NameSource | None = None
    """Where the name was imported from, if it was."""


def explain(conn: Connection, services: Services, face_id: FaceId) -> Explained:
    """Read why a face is assigned to its person. Thread: slow query."""
    why = outliers.why(conn, face_id)
    near = rows_of(conn, services, [face for face, _ in why.nearest])
    rival_id = why.suspect.rival_id
    rivals = queries.persons(conn, [rival_id], dated=False) if rival_id is not None else []
    source = provenance.of_faces(conn, [face_id]).get(face_id)
    return Explained(why, near, (rivals[0].name or "") if rivals else None, source)


def alike(cosine: float) -> str:
    """Describe a similarity in words."""
    if cosine >= VERY:
        return translate("Why", "very similar")
    if cosine >= RATHER:
        return translate("Why", "similar")
    if cosine >= LITTLE:
        return translate("Why", "somewhat similar")
    return translate("Why", "not similar")


def compared(found: Explained) -> str:
    """Describe the similarity between the runner-up and the face."""
    if found.rival is None:
        return translate("Why", "No one else looks similar.")
    other = found.rival or translate("Why", "someone unnamed")
    if found.why.margin < CLEAR:
        text = translate("Why", "The next closest match, {name}, is nearly as similar.")
    else:
        text = translate("Why", "The next closest match, {name}, is much less similar.")
    return text.format(name=other)


class WhyBar(QFrame):
    """Bar with the explanation, hidden until `ask`.

    Signals:
        closed: the bar was closed.
    """

    closed = Signal()

    def __init__(self, bridge: Bridge, pixmaps: PixmapStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.face_id: FaceId | None = None
        self.label = QLabel()
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setWordWrap(True)
        self.crops = [Crop(pixmaps, self) for _ in range(outliers.SHOWN)]
        self.captions = [QLabel() for _ in self.crops]
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * theme.GRID, theme.GRID, 2 * theme.GRID, theme.GRID)
        row.setSpacing(theme.GRID)
        row.addWidget(self.label, 1)
        for crop, caption in zip(self.crops, self.captions, strict=True):
            crop.setFixedSize(QSize(SIDE, SIDE))
            crop.setEnabled(False)
            caption.setFont(theme.caption_font())
            row.addWidget(crop)
            row.addWidget(caption)
        close = QPushButton(translate("Why", "Close"))
        close.setMinimumHeight(theme.TARGET)
        close.clicked.connect(self.close_bar)
        row.addWidget(close)
        self.setAutoFillBackground(True)
        pixmaps.arrived.connect(self._on_arrived)
        self.hide()

    def ask(self, face_id: FaceId) -> None:
        """Explain a face."""
        self.face_id = face_id

        def done(found: Explained) -> None:
            if self.face_id == face_id:
                self._show(found)

        future = self._bridge.query_slow(explain, self._bridge.services, face_id)
        self._bridge.then(future, done, owner=self)

    def close_bar(self) -> None:
        """Close the bar."""
        self.face_id = None
        if self.isVisible():
            self.hide()
            self.closed.emit()

    def _show(self, found: Explained) -> None:
        rival = found.why.suspect.reason is outliers.Reason.RIVAL
        text = words.doubt(found.why.suspect.reason, found.rival) + "."
        text = text if rival else f"{text} {compared(found)}"
        if found.source is not None:
            source = found.source
            from_ = name_words.imported_from(source.source, source.program, source.made_at)
            text = translate("Why", "{why} The name: {source}.").format(why=text, source=from_)
        self.label.setText(text)
        likes = [like for _, like in found.why.nearest]
        for at, (crop, caption) in enumerate(zip(self.crops, self.captions, strict=True)):
            shown = at < len(found.near)
            crop.setVisible(shown)
            caption.setVisible(shown and self.width() >= ROOM_FOR_LABELS)
            if shown:
                crop.set_row(found.near[at], markable=False, digit=0)
                caption.setText(f"{alike(likes[at])}\n{found.near[at].photo.taken_at[:4]}")
                crop.setToolTip(f"{describe(found.near[at])}: {alike(likes[at])}")
        self.show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for crop, caption in zip(self.crops, self.captions, strict=True):
            caption.setVisible(not crop.isHidden() and self.width() >= ROOM_FOR_LABELS)

    def _on_arrived(self, kind: str, id_: int) -> None:
        for crop in self.crops:
            if crop.row is not None and (crop.row.thumb.kind, crop.row.thumb.id) == (kind, id_):
                crop.update()
