"""Full views of photos as QImages, converted off the GUI thread, with a small cache."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from facesorter.domain import PhotoId
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.pictures import to_image

if TYPE_CHECKING:
    from facesorter.app.services import Services

KEPT: Final = 4
"""Number of cached photos: the visible one, its two neighbors, and one more; 10-40 MB."""
STEP: Final = 256
"""Requested sizes are rounded up to a multiple, px, so that not every resize reloads."""
LARGEST: Final = 8192
"""Longest side requested when zoomed in, px."""


class PhotoLoader(QObject):
    """Loads photos for the photo page. Thread: GUI."""

    def __init__(self, services: Services, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services, self._bridge = services, bridge
        self._images: OrderedDict[int, tuple[int, QImage]] = OrderedDict()
        self._loading: dict[tuple[int, int], list[Callable[[QImage], None]]] = {}

    def held(self, photo_id: PhotoId) -> QImage | None:
        """Return a photo at any cached size."""
        found = self._images.get(photo_id)
        return found[1] if found is not None else None

    def forget(self, photo_ids: frozenset[PhotoId]) -> None:
        """Drop photos whose files changed."""
        for each in photo_ids:
            self._images.pop(each, None)

    def load(
        self,
        photo_id: PhotoId,
        long_side: int,
        done: Callable[[QImage], None],
        failed: Callable[[BaseException], bool] | None = None,
    ) -> None:
        """Load a photo with its longer side at most ``long_side`` px; immediate if cached."""
        long_side = min(LARGEST, -(-long_side // STEP) * STEP)
        found = self._images.get(photo_id)
        if found is not None and found[0] >= long_side:
            self._images.move_to_end(photo_id)
            done(found[1])
            return
        key = (photo_id, long_side)
        if key in self._loading:
            self._loading[key].append(done)
            return
        self._loading[key] = [done]

        def loaded(image: QImage) -> None:
            self._images[photo_id] = (long_side, image)
            self._images.move_to_end(photo_id)
            while len(self._images) > KEPT:
                self._images.popitem(last=False)
            for each in self._loading.pop(key, []):
                each(image)

        def refused(error: BaseException) -> bool:
            self._loading.pop(key, None)
            return failed is not None and failed(error)

        future = _converted(self._services.load_photo(photo_id, long_side))
        self._bridge.then(future, loaded, owner=self, failed=refused)


def _converted(loading: Future[Any]) -> Future[QImage]:
    """Convert in the thread that loaded, so that the GUI thread receives a finished image."""
    converted: Future[QImage] = Future()

    def convert(finished: Future[Any]) -> None:
        try:
            converted.set_result(to_image(finished.result()))
        except (CancelledError, Exception) as error:  # passed on in full to the future's owner
            converted.set_exception(error)

    loading.add_done_callback(convert)
    return converted
