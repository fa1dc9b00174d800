"""RAM cache of thumbnails as QPixmaps; a miss requests the picture, a signal reports its arrival.

Requests never block: they return the picture or None (as in calibre's grid). Files are decoded to
QImage on two threads, newest request first; QPixmaps are created only in the GUI thread.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QImageReader, QPixmap

from facesorter.app.worker import Worker
from facesorter.gui.base.bridge import Bridge

if TYPE_CHECKING:
    from facesorter.app.services import Services

CACHE_BYTES: Final = 128 * 2**20
"""About 600 tiles of 192 px at 100 %: a dozen screens can be scrolled back without decoding."""
BUCKET: Final = 64
"""Device px; sizes are rounded up to a multiple, so that resizing decodes few pictures again."""
MOST_WAITING: Final = 300
"""Maximum number of pending requests, two screens of small tiles; older ones are out of view."""
RETRY_SECONDS: Final = 20.0
"""Delay before a failed thumbnail is requested again: a drive may have been reconnected."""
THREADS: Final = 2

WHOLE: Final = 0
"""Instead of a side: uncropped."""


class Thumb(NamedTuple):
    """Identifies a thumbnail: its subject, and its cache file, which may not exist yet."""

    kind: str
    """``"photo"``, ``"face"`` or ``"portrait"``."""
    id: int
    path: Path


class _Job(NamedTuple):
    thumb: Thumb
    side: int
    made: bool = False
    """Whether the file is known to exist."""


class PixmapStore(QObject):
    """Cache of square pixmaps of photos and faces. Thread: GUI.

    Signals:
        arrived: kind and id of a thumbnail that is now available.
    """

    arrived = Signal(str, int)
    _decoded = Signal(object, QImage)

    def __init__(self, services: Services, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = services.thumbnails
        self._pixmaps: OrderedDict[tuple[Path, int], QPixmap] = OrderedDict()
        self._bytes = 0
        self._sides: set[int] = set()
        """Sides of the squares ever cached; few, as they are rounded to `BUCKET`."""
        self._pending: dict[tuple[str, int], _Job] = {}
        self._requested: dict[tuple[str, int], None] = {}
        self._failed: dict[tuple[str, int], float] = {}
        self._jobs: list[_Job] = []
        self._worker = Worker({f"pixmaps-{number}": self._work for number in range(THREADS)})
        self._decoded.connect(self._on_decoded, Qt.ConnectionType.QueuedConnection)
        bridge.thumbnail.connect(self._on_made)

    def get(self, thumb: Thumb, side: int) -> QPixmap | None:
        """Return the picture for a square of ``side`` device px, or request it and return None.

        With `WHOLE` as the side, the picture is uncropped, as large as it is stored.
        """
        side = -(-side // BUCKET) * BUCKET
        found = self._pixmaps.get((thumb.path, side))
        if found is not None:
            self._pixmaps.move_to_end((thumb.path, side))
            return found
        self._ask(_Job(thumb, side))
        return None

    def any_size(self, thumb: Thumb) -> QPixmap | None:
        """Return the square picture at the largest cached size, without requesting it."""
        sides = sorted(self._sides, reverse=True)
        found = (self._pixmaps.get((thumb.path, side)) for side in sides)
        return next((pixmap for pixmap in found if pixmap is not None), None)

    def failed(self, thumb: Thumb) -> bool:
        """Whether creating the thumbnail failed recently."""
        return (thumb.kind, thumb.id) in self._failed

    def forget(self, kind: str, ids: frozenset[int]) -> None:
        """Let failed thumbnails be requested again, because their photos changed."""
        for each in ids:
            self._failed.pop((kind, each), None)

    def close(self) -> None:
        """Stop the decoding threads."""
        self._worker.stop(timeout=1.0)
        self._jobs.clear()

    def _ask(self, job: _Job) -> None:
        key = (job.thumb.kind, job.thumb.id)
        if key in self._pending:
            return
        since = self._failed.get(key)
        if since is not None:
            if monotonic() - since < RETRY_SECONDS:
                return
            del self._failed[key]
        self._pending[key] = job
        self._decode(job)

    def _decode(self, job: _Job) -> None:
        self._worker.start()
        with self._worker.wake:
            self._jobs.append(job)
            if len(self._jobs) > MOST_WAITING:
                dropped = self._jobs.pop(0)
                self._pending.pop((dropped.thumb.kind, dropped.thumb.id), None)
            self._worker.wake.notify()

    def _work(self) -> None:
        """Decode, newest first. Thread: decoding."""
        while True:
            with self._worker.wake:
                if not self._worker.wait_for(lambda: self._jobs):
                    return
                job = self._jobs.pop()
            if job.side == WHOLE:
                image = decode_whole(job.thumb.path)
            else:
                image = decode_square(job.thumb.path, job.side)
            # Under the lock, so that `close` never returns while this is inside the signal.
            with self._worker.wake:
                if not self._worker.token.cancelled:
                    self._decoded.emit(job, image)

    def _on_decoded(self, job: _Job, image: QImage) -> None:
        key = (job.thumb.kind, job.thumb.id)
        if image.isNull() and not job.made:
            self._request(key)
            return
        if image.isNull():
            self._give_up(key)
            return
        self._pending.pop(key, None)
        pixmap = QPixmap.fromImage(image)
        self._pixmaps[(job.thumb.path, job.side)] = pixmap
        if job.side != WHOLE:
            self._sides.add(job.side)
        self._bytes += _bytes_of(pixmap)
        while self._bytes > CACHE_BYTES and len(self._pixmaps) > 1:
            self._bytes -= _bytes_of(self._pixmaps.popitem(last=False)[1])
        self.arrived.emit(*key)

    def _request(self, key: tuple[str, int]) -> None:
        """Request the file; its maker drops old requests just as this does, so none gets stuck."""
        self._requested[key] = None
        if len(self._requested) > MOST_WAITING:
            oldest = next(iter(self._requested))
            del self._requested[oldest]
            self._pending.pop(oldest, None)
        self._thumbnails.request(*key)

    def _give_up(self, key: tuple[str, int]) -> None:
        self._pending.pop(key, None)
        self._failed[key] = monotonic()
        self.arrived.emit(*key)

    def _on_made(self, kind: str, id_: int, path: Path | None) -> None:
        self._requested.pop((kind, id_), None)
        job = self._pending.get((kind, id_))
        if path is None:
            self._give_up((kind, id_))
        elif job is not None and path == job.thumb.path:
            self._decode(job._replace(made=True))
        elif job is not None:
            # The photo changed in the meantime: the tile re-reads its row and requests the new
            # path.
            self._pending.pop((kind, id_))
            self.arrived.emit(kind, id_)


def _bytes_of(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4


def decode_whole(path: Path) -> QImage:
    """Read a picture uncropped; a null image if unreadable. Thread: any but the GUI's."""
    image = QImageReader(str(path)).read() if path.is_file() else QImage()
    return image if image.isNull() else image.convertToFormat(QImage.Format.Format_RGB32)


def decode_square(path: Path, side: int) -> QImage:
    """Read the central square of a picture at ``side`` px; a null image if unreadable.

    Thread: any but the GUI's.
    """
    if not path.is_file():
        return QImage()
    reader = QImageReader(str(path))
    size = reader.size()
    if size.isValid() and not size.isEmpty():
        edge = min(size.width(), size.height())
        reader.setClipRect(
            QRect((size.width() - edge) // 2, (size.height() - edge) // 2, edge, edge)
        )
    image = reader.read()
    if image.isNull():
        return image
    if image.width() > side:
        image = image.scaled(
            QSize(side, side),
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    # The format that is painted without conversion.
    return image.convertToFormat(QImage.Format.Format_RGB32)
