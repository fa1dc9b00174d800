"""Grid of photos in which stacks unfold in place, by their badge or a key."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from facesorter.domain import PhotoId
from facesorter.gui.base import keys
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.grid.grid_view import GridView
from facesorter.gui.grid.photo_delegate import stack_rect
from facesorter.gui.grid.photo_model import PhotoModel


class StackView(GridView[PhotoId]):
    """Grid of `PhotoModel` tiles.

    A folded stack stands for all its photos where they are labeled or moved to the trash
    (`whole_ids`), and for the one on top where files are opened, copied or exported.

    Signals:
        stack_wanted: stack the selected photos.
        unstack_wanted: take the selected photos out of their stacks.
    """

    stack_wanted = Signal()
    unstack_wanted = Signal()

    def whole_ids(self) -> list[PhotoId]:
        """Return the selected photos, with the others of folded stacks."""
        model, ids = self.model(), self.selected_ids()
        return model.whole(ids) if isinstance(model, PhotoModel) else ids

    def stacked_ids(self) -> list[PhotoId]:
        """Return those of the selected photos that are in stacks, as in `whole_ids`."""
        model = self.model()
        if not isinstance(model, PhotoModel):
            return []
        return model.whole(each for each in self.selected_ids() if len(model.stack_of(each)) > 1)

    def has_folded(self) -> bool:
        """Return whether a selected tile stands for a folded stack."""
        return len(self.whole_ids()) > len(self.selected_rows())

    def toggle_stack(self) -> bool:
        """Unfold the current photo's stack or fold it; False if it is in none."""
        current = self.current_id()
        return current is not None and self._toggle(current)

    def stack_key(self, event: QKeyEvent) -> bool:
        """Do what a key means for the stacks of the selected photos; False if it is another key."""
        match keys.shortcut(event):
            case Shortcut.TOGGLE_STACK:
                self.toggle_stack()
            case Shortcut.STACK:
                self.stack_wanted.emit()
            case Shortcut.UNSTACK:
                self.unstack_wanted.emit()
            case _:
                return False
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        photo_id = self._badge_at(event)
        if photo_id is None or not self._toggle(photo_id):
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        photo_id = self._badge_at(event)
        if photo_id is None or not self._toggle(photo_id):
            super().mouseDoubleClickEvent(event)

    def _badge_at(self, event: QMouseEvent) -> PhotoId | None:
        """Return the photo whose stack's badge is pressed."""
        point, model = event.position().toPoint(), self.model()
        index = self.indexAt(point)
        if event.button() != Qt.MouseButton.LeftButton or not isinstance(model, PhotoModel):
            return None
        if not index.isValid():
            return None
        photo_id = model.ids[index.row()]
        stack = model.stack_of(photo_id)
        if len(stack) < 2 or photo_id != stack[0]:
            return None
        return photo_id if stack_rect(self.visualRect(index), len(stack)).contains(point) else None

    def _toggle(self, photo_id: PhotoId) -> bool:
        model = self.model()
        if not isinstance(model, PhotoModel) or len(model.stack_of(photo_id)) < 2:
            return False
        top = model.stack_of(photo_id)[0]
        model.toggle_stack(photo_id)
        # The one that the user pressed, or folded another beneath.
        self.reveal(top if model.row_of(photo_id) < 0 else photo_id)
        return True
