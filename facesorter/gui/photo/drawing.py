"""Save face boxes that the user draws or changes on the photo page.

The face in a box is analyzed in its own thread while its name is typed; neither waits for the
other. However naming ends, the box is kept: Undo removes it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, Signal

from facesorter.domain import SAME_PLACE, FaceId, PersonId, PhotoId, Region
from facesorter.gui.base.actions import Actions, bind
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.i18n.words import translate
from facesorter.gui.photo.box_editor import BoxEditor
from facesorter.gui.photo.view import PhotoView
from facesorter.library.transaction import Transaction

if TYPE_CHECKING:
    from facesorter.faces.analyzer import FoundFace


class FaceDrawing(QObject):
    """Turns signals of `BoxEditor` into decisions. Thread: GUI.

    Signals:
        face_wanted: the user requested to name a face.
        name_wanted: request a name at a place in the view; exactly one of the two functions is
            called,
            once: with the name and a person's id or None, or when naming was canceled.
    """

    face_wanted = Signal(int)
    name_wanted = Signal(QRectF, object, object)

    def __init__(self, view: PhotoView, bridge: Bridge, actions: Actions, parent: QObject) -> None:
        super().__init__(parent)
        self._view, self._bridge, self._actions = view, bridge, actions
        self.photo_id: PhotoId | None = None
        """The visible photo."""
        self.moment: Callable[[], int | None] = lambda: None
        """Tells the time of the video's frame that is shown, in milliseconds."""
        editor = self.editor
        editor.drawn.connect(self._draw)
        editor.changed.connect(self._change)
        editor.removed.connect(self._remove)
        editor.named.connect(self.face_wanted)

    @property
    def editor(self) -> BoxEditor:
        """The editor of the boxes."""
        return self._view.editor

    def _draw(self, token: int, region: Region) -> None:
        photo_id = self.photo_id
        if photo_id is None:
            self.editor.settle(token, None)
            return
        same = [f for f in self._view.faces if f.region.overlap(region) >= SAME_PLACE]
        if same:
            # There is a face already: a box drawn around it means that the user wants to name it.
            self.editor.settle(token, None)
            if self.editor.active:
                self.editor.selected = same[0].id
            self.face_wanted.emit(same[0].id)
            return
        looking = self._look(photo_id, region)

        def chosen(name: str, person_id: PersonId | None) -> None:
            text = translate("Drawing", "Face added")
            if name:
                text = translate("Drawing", "Added {name}’s face").format(name=name)

            def draw(txn: Transaction, face: FoundFace, sha256: str) -> FaceId:
                # Imported here: it loads the modules that read photo files, too slow before the
                # first paint.
                from facesorter.library.decisions import boxes

                return boxes.draw(txn, photo_id, face, sha256, person_id, name or None)

            self._write(token, looking, text, draw)

        place = self.editor.box_of(region)
        self.name_wanted.emit(place, chosen, lambda: chosen("", None))

    def _change(self, token: int, face_id: FaceId, region: Region) -> None:
        photo_id = self.photo_id
        if photo_id is None:
            self.editor.settle(token, None)
            return
        looking = self._look(photo_id, region)

        def redraw(txn: Transaction, face: FoundFace, sha256: str) -> FaceId:
            from facesorter.library.decisions import boxes  # lazy, as above

            return boxes.redraw(txn, face_id, face, sha256)

        self._write(token, looking, translate("Drawing", "Face box changed"), redraw)

    def _look(self, photo_id: PhotoId, region: Region) -> Future[tuple[FoundFace, str]]:
        """Have the face described that is at a region of the photo as shown."""
        in_photo = region.turned(-self._view.turn)
        return self._bridge.services.describe_face(photo_id, in_photo, self.moment())

    def _write(
        self,
        token: int,
        looking: Future[tuple[FoundFace, str]],
        text: str,
        act: Callable[[Transaction, FoundFace, str], FaceId],
    ) -> None:
        def seen(found: tuple[FoundFace, str]) -> None:
            self._actions.decide(
                text, bind(act, *found), result=lambda made: self.editor.settle(token, made)
            )

        def failed(_: BaseException) -> bool:
            self.editor.settle(token, None)
            return False

        self._bridge.then(looking, seen, owner=self, failed=failed)

    def _remove(self, face_id: FaceId) -> None:
        self.editor.selected = None
        self._actions.ignore([face_id])
