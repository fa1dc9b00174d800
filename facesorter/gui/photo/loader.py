"""Full views of photos as QImages, converted off the GUI thread, with a small cache."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from facesorter.domain import PhotoId
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.pictures import to_image

if TYPE_CHECKING:
    from facesorter.app.services import Services

KEPT_BYTES: Final = 192 * 2**20
"""Size of the cache: five photos that fill a 4K screen, of which two are neighbors; the visible
photo is kept at any size."""
STEP: Final = 256
"""Requested sizes are rounded up to a multiple, px, so that not every resize reloads."""
LARGEST: Final = 8192
"""Longest side requested when zoomed in, px."""


Done = Callable[[QImage], None]
Failed = Callable[[BaseException], bool]
"""Returns whether it handled the error."""


class PhotoLoader(QObject):
    """Loads photos for the photo page. Thread: GUI."""

    def __init__(self, services: Services, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services, self._bridge = services, bridge
        self._images: OrderedDict[int, tuple[int, QImage]] = OrderedDict()
        self._loading: dict[tuple[int, int], list[tuple[Done, Failed | None]]] = {}
        self._futures: dict[tuple[int, int], Future[Any]] = {}

    def held(self, photo_id: PhotoId) -> QImage | None:
        """Return a photo at any cached size."""
        found = self._images.get(photo_id)
        return found[1] if found is not None else None

    def forget(self, photo_ids: frozenset[PhotoId]) -> None:
        """Drop photos whose files changed."""
        for each in photo_ids:
            self._images.pop(each, None)

    def drop_others(self, photo_ids: Collection[PhotoId]) -> None:
        """Don't load photos that were asked for and are none of these any more."""
        for key, future in list(self._futures.items()):
            if key[0] not in photo_ids and future.cancel():
                del self._futures[key], self._loading[key]

    def load(
        self,
        photo_id: PhotoId,
        long_side: int,
        done: Done,
        failed: Failed | None = None,
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
            self._loading[key].append((done, failed))
            return
        self._loading[key] = [(done, failed)]

        def loaded(image: QImage) -> None:
            self._images[photo_id] = (long_side, image)
            self._images.move_to_end(photo_id)
            while len(self._images) > 1 and self._held_bytes() > KEPT_BYTES:
                self._images.popitem(last=False)
            self._futures.pop(key, None)
            for each, _ in self._loading.pop(key, []):
                each(image)

        def refused(error: BaseException) -> bool:
            self._futures.pop(key, None)
            # Everybody who asked is told, as one may only have loaded ahead.
            handled = [each(error) for _, each in self._loading.pop(key, []) if each is not None]
            return any(handled)

        loading = self._services.load_photo(photo_id, long_side)
        self._futures[key] = loading
        self._bridge.then(_converted(loading), loaded, owner=self, failed=refused)

    def _held_bytes(self) -> int:
        return sum(image.sizeInBytes() for _, image in self._images.values())


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
