"""Rendering of the map's frames in a thread; the window only moves and scales them.

A frame extends beyond the widget on all sides, so that a drag reveals existing pixels while the
next frame is drawn. NumPy is imported here, in the thread, and never with the window.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from PySide6.QtCore import QObject, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPalette

from facesorter.app.worker import Worker
from facesorter.domain import FaceId
from facesorter.gui.base import theme
from facesorter.gui.map.camera import Camera
from facesorter.images.marks import mark_of

if TYPE_CHECKING:
    from facesorter.library.face_map import FaceMap

log = logging.getLogger(__name__)

BEYOND: Final = 0.25
"""How far a frame extends beyond each edge of the widget, as a fraction of its size."""
LEAST_CONTRAST: Final = 3.0
"""Minimum contrast of marks against their background (WCAG 2.1, graphical objects)."""
SMALLEST_CROP, LARGEST_CROP = 36.0, 104.0
"""Logical px; below the first, marks are clearer than pictures."""
MOST_CROPS: Final = 400
FEW: Final = 40
"""Number of visible faces up to which all of them have room for pictures."""
SAMPLE: Final = 2_000
SINGLE: Final = 0.65
"""Mark size of faces without a person, relative to the others."""


class Prepared(NamedTuple):
    """A map with all data needed to draw it and to find faces on it; arrays are parallel."""

    map: FaceMap
    tree: Any
    """A `scipy.spatial.cKDTree` of the positions, or None if there are no faces."""
    bounds: QRectF
    spacing: float
    colour: Any
    """int64[n], 0 to `marks.COLOURS` - 1, or -1 for faces without a person."""
    shape: Any
    """int64[n], an index into `images.marks.SHAPES`."""


class Tones(NamedTuple):
    """Colors of a frame, 0xffRRGGBB."""

    ground: int
    marks: tuple[int, ...]
    single: int
    chosen: int


class Crop(NamedTuple):
    """A face shown as a picture."""

    at: int
    face_id: FaceId
    middle: QPointF
    """In map units."""


class Frame(NamedTuple):
    """A rendered image of part of the map."""

    image: QImage
    pixels: Any
    """The memory that backs the image."""
    rect: QRectF
    """The area it covers, in map units."""
    scale: float
    side: float
    """Size of face crops in logical px; 0 if there are none."""
    crops: list[Crop]


class RenderRequest(NamedTuple):
    """What a frame should show."""

    prepared: Prepared
    camera: Camera
    ratio: float
    tones: Tones
    chosen: Any
    """int64, ids of selected faces."""


def prepare(connection: Connection, directory: Path) -> Prepared | None:
    """Read the map; None if none has been drawn yet. Thread: slow query."""
    import numpy as np
    from scipy.spatial import cKDTree

    from facesorter.library import face_map

    places = face_map.load(directory)
    if places is None:
        return None
    shown = face_map.read(connection, places)
    xy = shown.xy
    person = shown.person
    colour, shape = mark_of(person)
    nobody = person == face_map.NOBODY
    colour, shape = np.where(nobody, -1, colour), np.where(nobody, 0, shape)
    if not len(xy):
        return Prepared(shown, None, QRectF(0, 0, 1, 1), 1.0, colour, shape)
    (left, top), (right, bottom) = xy.min(axis=0), xy.max(axis=0)
    bounds = QRectF(QPointF(left, top), QPointF(right, bottom)).adjusted(-0.5, -0.5, 0.5, 0.5)
    tree = cKDTree(xy)
    some = xy[:: max(1, len(xy) // SAMPLE)]
    far = np.reshape(tree.query(some, min(4, len(xy)))[0], (len(some), -1))[:, -1]
    return Prepared(shown, tree, bounds, max(float(np.median(far)), 1e-3), colour, shape)


def tones(palette: QPalette) -> Tones:
    """Derive the colors from a palette, each with enough contrast to its background."""
    ground = palette.color(QPalette.ColorRole.Base)
    return Tones(
        ground.rgb(),
        tuple(colour.rgb() for colour in mark_colours(ground)),
        theme.secondary_colour(palette).rgb(),
        theme.accent(palette).rgb(),
    )


def mark_colours(ground: QColor) -> list[QColor]:
    """Return `marks.COLOURS` distinguishable colors that are readable on a background."""
    dark = ground.lightness() < 128
    found = []
    # Red, azure, green, violet, orange, teal, pink, olive.
    for hue in (2, 210, 128, 272, 28, 184, 322, 62):
        light = 130
        tone = QColor.fromHsl(hue, 190, light)
        while theme.contrast(tone, ground) < LEAST_CONTRAST and 8 < light < 247:
            light += 8 if dark else -8
            tone = QColor.fromHsl(hue, 190, light)
        found.append(tone)
    return found


def draw(request: RenderRequest) -> Frame:
    """Draw a frame. Thread: any but the GUI's; takes up to some tens of ms."""
    import numpy as np

    from facesorter.images import dots
    from facesorter.library.face_map import CONFIRMED

    prepared, camera, ratio = request.prepared, request.camera, request.ratio
    sides = camera.size * (1 + 2 * BEYOND)
    width, height = max(1, round(sides.width() * ratio)), max(1, round(sides.height() * ratio))
    size = QSizeF(width, height) / (ratio * camera.scale)
    rect = QRectF(camera.middle - QPointF(size.width() / 2, size.height() / 2), size)
    pixels = np.full((height, width), request.tones.ground, np.uint32)
    xy, shown = prepared.map.xy, prepared.map
    zoom = camera.scale * ratio
    inside = np.flatnonzero(
        (xy[:, 0] >= rect.left())
        & (xy[:, 0] <= rect.right())
        & (xy[:, 1] >= rect.top())
        & (xy[:, 1] <= rect.bottom())
    )
    x, y = ((xy[inside] - (rect.left(), rect.top())) * zoom).T
    apart = camera.scale * prepared.spacing
    # In quarter pixels, so that stencils can be reused at the next zoom level.
    radius = round(4 * ratio * min(6.0, max(2.4, 0.25 * apart))) / 4
    marks = np.array(request.tones.marks, np.uint32)
    colour, shape = prepared.colour[inside], prepared.shape[inside]
    hollow = shown.state[inside] != CONFIRMED
    single = colour < 0
    chosen = np.isin(shown.face_ids[inside], request.chosen)
    tone = np.where(single, np.uint32(request.tones.single), marks[colour]).astype(np.uint32)
    halo = np.full(len(inside), request.tones.chosen, np.uint32)
    disc = np.zeros(len(inside), np.int64)
    size_of = max(1.0, round(4 * SINGLE * radius) / 4)

    def scatter(which: Any, tones: Any, wide: float, *, ring: bool = True) -> None:
        open_ = hollow & ~single & ring
        shapes = shape if ring else disc
        dots.draw(pixels, x[which], y[which], tones[which], shapes[which], open_[which], wide)

    scatter(single & ~chosen, tone, size_of)
    scatter(~single & ~chosen, tone, radius)
    # Selected faces have a halo, with a gap between it and the dot.
    ground = np.full(len(inside), request.tones.ground, np.uint32)
    scatter(chosen, halo, radius + 2.5 * ratio, ring=False)
    scatter(chosen, ground, radius + 1.0 * ratio, ring=False)
    scatter(chosen, tone, radius)
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    side, crops = _crops(prepared, camera, inside, apart)
    return Frame(image, pixels, rect, camera.scale, side, crops)


def _crops(
    prepared: Prepared, camera: Camera, inside: Any, apart: float
) -> tuple[float, list[Crop]]:
    """Choose the faces shown as pictures, without overlap, and the size of the pictures."""
    import numpy as np

    side = min(LARGEST_CROP, 0.9 * apart)
    if side < SMALLEST_CROP and len(inside) <= FEW:
        side = SMALLEST_CROP + theme.GRID
    if side < SMALLEST_CROP or not len(inside):
        return 0.0, []
    ids, xy = prepared.map.face_ids[inside], prepared.map.xy[inside]
    # In pseudorandom but repeatable order, so that the age of a face in the library doesn't decide
    # which of several overlapping ones is shown.
    lot = ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    order = np.argsort(lot, kind="stable")
    gap = (side + 4) / camera.scale
    cells = np.floor(xy / gap).astype(np.int64)
    taken: dict[tuple[int, int], tuple[float, float]] = {}
    crops = []
    for at in order.tolist():
        column, row = int(cells[at, 0]), int(cells[at, 1])
        x, y = float(xy[at, 0]), float(xy[at, 1])
        near = (
            taken.get((column + right, row + down)) for right in (-1, 0, 1) for down in (-1, 0, 1)
        )
        if any(p is not None and abs(p[0] - x) < gap and abs(p[1] - y) < gap for p in near):
            continue
        taken[column, row] = (x, y)
        crops.append(Crop(int(inside[at]), FaceId(int(ids[at])), QPointF(x, y)))
        if len(crops) == MOST_CROPS:
            break
    return side, crops


def within(prepared: Prepared, polygon: list[tuple[float, float]]) -> Any:
    """Return the ids (int64) of the faces inside a closed polygon (even-odd), in map units."""
    import numpy as np

    line = np.array(polygon)
    low, high = line.min(axis=0), line.max(axis=0)
    xy = prepared.map.xy
    some = np.flatnonzero(((xy >= low) & (xy <= high)).all(axis=1))
    x, y = xy[some].T
    odd = np.zeros(len(some), bool)
    for (x1, y1), (x2, y2) in zip(line, np.roll(line, -1, axis=0), strict=True):
        if y1 != y2:
            crossed = (y1 > y) != (y2 > y)
            odd ^= crossed & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return prepared.map.face_ids[some[odd]]


class FramePainter(QObject):
    """Renders the newest request, and runs small calculations, in its own thread. Thread: GUI.

    Signals:
        drawn: a `Frame`.
    """

    drawn = Signal(object)
    _done = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._request: RenderRequest | None = None
        self._tasks: list[tuple[Callable[[], Any], Callable[[Any], None]]] = []
        self._worker = Worker({"map-frames": self._work})
        self._done.connect(lambda act, found: act(found), Qt.ConnectionType.QueuedConnection)

    def render(self, request: RenderRequest) -> None:
        """Request a frame, replacing requests that are still pending."""
        with self._worker.wake:
            self._request = request
        self._start()

    def ask(self, task: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Run ``task()`` in the thread, then call ``done`` with the result in the GUI thread."""
        with self._worker.wake:
            self._tasks.append((task, done))
        self._start()

    def close(self) -> None:
        """Stop the thread."""
        self._worker.stop(timeout=2.0)

    def _start(self) -> None:
        self._worker.start()
        self._worker.notify()

    def _work(self) -> None:
        while True:
            with self._worker.wake:
                if not self._worker.wait_for(lambda: self._request or self._tasks):
                    return
                if self._tasks:
                    task, done = self._tasks.pop(0)
                else:
                    assert self._request is not None
                    task, done = partial(draw, self._request), None
                    self._request = None
            try:
                found = task()
            except Exception:  # lose one frame, but keep the thread alive for the next
                log.exception("a picture of the map could not be drawn")
                continue
            # Under the lock, so that `close` never returns while this is inside a signal.
            with self._worker.wake:
                if not self._worker.token.cancelled:
                    if done is not None:
                        self._done.emit(done, found)
                    else:
                        self.drawn.emit(found)
