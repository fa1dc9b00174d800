"""Who Is This? dialog: who is in pictures that aren't in the library. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from facesorter.app import jobs
from facesorter.cancel import CancelToken
from facesorter.faces.calibration import Verdict
from facesorter.gui.base import theme
from facesorter.gui.base.dialog import Dialog
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.library.identify import VERDICTS, Gallery, verdict
from facesorter.storage.file_names import to_show

if TYPE_CHECKING:
    from facesorter.app.services import Services
    from facesorter.gui.base.bridge import Bridge

WIDTH: Final = 560
HEIGHT: Final = 480
CROP: Final = 72
"""Side of a face in pixels."""
CANDIDATES: Final = 3


@dataclass(frozen=True)
class Row:
    """A face, or a picture without one."""

    text: str
    jpeg: bytes = b""


class IdentifyDialog(Dialog):
    """Dialog that lists the faces of pictures with the people they look like.

    Signals:
        _found: a row; emitted in the worker thread.
    """

    _found = Signal(object)

    def __init__(
        self, bridge: Bridge, files: Sequence[Path], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._token = CancelToken()
        self.setWindowTitle(translate("Who", "Who Is This?"))
        theme.resize(self, WIDTH, HEIGHT)
        self.note = QLabel(translate("Who", "Looking for faces…"))
        self.note.setWordWrap(True)
        self.faces = QListWidget()
        theme.slim(self.faces)
        self.faces.setIconSize(QSize(CROP, CROP))
        self.faces.setWordWrap(True)
        self.faces.setAccessibleName(translate("Who", "Faces"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(3 * theme.GRID,) * 4)
        column.setSpacing(2 * theme.GRID)
        column.addWidget(self.note)
        column.addWidget(self.faces, 1)
        column.addWidget(theme.dress(buttons))
        self._found.connect(self._add)
        self.finished.connect(lambda _: self._token.cancel())
        services, token = bridge.services, self._token

        def look() -> None:
            for row in rows(services, files, token):
                self._found.emit(row)

        bridge.then(jobs.run(look), self._done, owner=self, failed=self._failed)

    def _add(self, row: Row) -> None:
        item = QListWidgetItem(row.text)
        if row.jpeg:
            item.setIcon(QIcon(QPixmap.fromImage(QImage.fromData(row.jpeg))))
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        self.faces.addItem(item)

    def _done(self, _: None) -> None:
        self.note.setText(
            translate("Who", "These pictures weren’t added to the library, and nothing was saved.")
        )

    def _failed(self, error: BaseException) -> bool:
        self.note.setText(words.sentence(error))
        return True


def rows(services: Services, files: Sequence[Path], token: CancelToken) -> Iterator[Row]:
    """Yield a row for each face. Thread: a worker."""
    from facesorter.faces.analyzer import analyse_photo
    from facesorter.images.dates import decide, latest_now
    from facesorter.images.thumbnails import make_face, to_jpeg
    from facesorter.library.models import calibrate

    analyzer, _ = services.pipeline.ready()
    connection = services.reads.connection()
    gallery = Gallery(connection, analyzer.sha256)
    known = calibrate.of_library(connection, analyzer.name, analyzer.sha256, analyzer.dimension)
    for file in files:
        token.check()
        name = to_show(file.name)
        seen = analyse_photo(file, analyzer)
        if seen.error is not None:
            yield Row(f"{name}: {words.sentence(seen.error)}")
            continue
        if not seen.faces:
            yield Row(translate("Who", "{file}: no face found").format(file=name))
        taken_at = decide(seen.dates, latest_now()).at if seen.dates else None
        for face in seen.faces:
            best = gallery.best(face.embedding, CANDIDATES, taken_at)
            judged = [(match, verdict(match, best[0], known)) for match in best]
            # Who it surely isn't tells nothing, but for the one who comes closest.
            likely = [each for each in judged if each[1] is not Verdict.DIFFERENT] or judged[:1]
            lines = [
                f"{match.name or translate('Who', 'Someone unnamed')}: "
                f"{words.sentence(VERDICTS[found])}"
                for match, found in likely
            ]
            if not lines:
                lines = [translate("Who", "No one has been named yet.")]
            crop = make_face(file, face.region, face.landmarks, 2 * CROP)
            yield Row("\n".join([name, *lines]), to_jpeg(crop))
