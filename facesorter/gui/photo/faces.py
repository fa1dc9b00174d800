"""The faces of the photo shown: read, marked in the view, and offered for naming."""

from __future__ import annotations

from sqlite3 import Connection

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QLabel

from facesorter.domain import Face, PhotoId
from facesorter.gui.base import theme
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import file_name, translate
from facesorter.gui.photo.image import PhotoImage
from facesorter.gui.photo.naming import FaceNaming
from facesorter.gui.photo.video import VideoPlayer, faces_at
from facesorter.gui.photo.view import PhotoView
from facesorter.library import queries


class ShownFaces(QObject):
    """Shows a photo's faces in a view, of a video those of the moment. Thread: GUI.

    Signals:
        arrived: the faces were read.
        naming_wanted_changed: see `naming_wanted`.

    Attributes:
        all: All faces of the photo; a video shows those of the moment.
        absent: Names the people who are only on earlier versions of the photo.
    """

    arrived = Signal()
    naming_wanted_changed = Signal()

    def __init__(
        self,
        view: PhotoView,
        image: PhotoImage,
        video: VideoPlayer,
        naming: FaceNaming,
        bridge: Bridge,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._view, self._image, self._video = view, image, video
        self._naming, self._bridge = naming, bridge
        self.all: list[Face] = []
        self.naming_wanted = False
        """Whether naming begins as soon as the faces are read; keys wait for it."""
        self._are_read = False
        self.absent = _absent_label()

    def read(self, photo_id: PhotoId) -> None:
        """Read and show the faces of the photo."""
        self._are_read = False

        def done(found: tuple[list[Face], list[str]]) -> None:
            photo = self._image.photo
            if photo is None or photo.id != photo_id:
                return
            faces, absent = found
            self.all = faces if photo.shows_its_faces else []
            now = faces_at(self.all, self._video.position) if self._video.begun else []
            self._view.set_faces(now if photo.is_video else self.all)
            text = translate("Photo", "Not on this version: {names}")
            self.absent.setText(text.format(names=", ".join(absent)))
            self.absent.setVisible(bool(absent))
            self._are_read = True
            names = [words.unnamed() if f.name is None else f.name for f in self.all]
            names = list(dict.fromkeys(names)) if photo.is_video else names
            self._view.setAccessibleName(", ".join([file_name(photo.path), *names]))
            self.arrived.emit()
            if self.naming_wanted:
                self.name_first()

        self._bridge.then(self._bridge.query(_faces_of, photo_id), done, owner=self)

    def clear(self) -> None:
        """Show nobody: there is no photo."""
        self.absent.hide()
        self.naming_wanted, self._are_read = False, True
        self.naming_wanted_changed.emit()

    def show_moment(self, position: int) -> None:
        """Show the faces that a video has at a time in milliseconds, unless one is being named."""
        shown = faces_at(self.all, position)
        if [f.id for f in shown] != [f.id for f in self._view.faces] and self._naming.field is None:
            self._view.set_faces(shown)

    def name_first(self) -> None:
        """Name the first unnamed face, or else the first face, as soon as they are read."""
        self._image.hold_still()
        self.naming_wanted = not self._are_read
        self.naming_wanted_changed.emit()
        if self._are_read and not self._view.faces and self.all:
            first = next((f for f in self.all if f.name is None), self.all[0])
            self._video.play(False)
            self._video.seek(first.moment or 0)
            self._view.set_faces(faces_at(self.all, first.moment or 0))
        if self._are_read and self._view.faces:
            face = next((f for f in self._view.faces if f.name is None), self._view.faces[0])
            self._naming.name_face(face.id)


def _absent_label() -> QLabel:
    label = QLabel()
    label.setObjectName("absent")
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setContentsMargins(2 * theme.GRID, theme.GRID, 2 * theme.GRID, theme.GRID)
    label.setToolTip(
        translate(
            "Photo",
            "This photo was edited in another app. Faces that were cut away come back if "
            "you restore the earlier version.",
        )
    )
    label.hide()
    return label


def _faces_of(conn: Connection, photo_id: PhotoId) -> tuple[list[Face], list[str]]:
    """Read a photo's faces, and who is only on earlier versions. Thread: query."""
    faces = queries.faces(conn, queries.face_ids(conn, photo_id=photo_id))
    return faces, queries.absent_names(conn, photo_id)
