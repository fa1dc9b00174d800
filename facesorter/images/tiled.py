"""Reader of large HEIC pictures, tile by tile, so that they are never in memory as a whole.

A phone's picture of 200 megapixels takes a gigabyte decoded in one go, and 100 MB by tiles; they
are decoded as quickly.
"""

from __future__ import annotations

import io
from collections import OrderedDict

from PIL import Image

from facesorter.images import bmff


class TiledImage(Image.Image):
    """An image of which parts are decoded when they are cropped. Thread: one at a time."""

    def __init__(self, items: bmff.Items, grid: bmff.Grid, form: str) -> None:
        super().__init__()
        self._mode, self._size = "RGB", (grid.width, grid.height)
        self._items, self._grid, self._form = items, grid, form
        self.orientation = grid.orientation
        """EXIF orientation that isn't applied yet, 1 to 8."""
        self._kept: OrderedDict[int, Image.Image] = OrderedDict()
        # A row, which the next band of a picture read from top to bottom needs again.
        self._most_kept = grid.columns + 1

    def crop(self, box: tuple[float, float, float, float] | None = None) -> Image.Image:
        """Decode a part: left, top, right and bottom, within the picture."""
        grid = self._grid
        left, top, right, bottom = map(int, box or (0, 0, *self.size))
        part = Image.new("RGB", (right - left, bottom - top))
        for row in range(top // grid.tile_height, -(-bottom // grid.tile_height)):
            for column in range(left // grid.tile_width, -(-right // grid.tile_width)):
                tile = self._tile(row * grid.columns + column)
                part.paste(tile, (column * grid.tile_width - left, row * grid.tile_height - top))
        return part

    def _tile(self, number: int) -> Image.Image:
        tile = self._kept.pop(number, None)
        if tile is None:
            file = bmff.tile_file(self._items, self._grid.tiles[number])
            with Image.open(io.BytesIO(file), formats=[self._form]) as image:
                if image.size != (self._grid.tile_width, self._grid.tile_height):
                    raise ValueError("a tile has another size than it says")
                tile = image.convert("RGB")
        self._kept[number] = tile
        if len(self._kept) > self._most_kept:
            self._kept.popitem(last=False)
        return tile


def open_tiled(data: bytes) -> TiledImage | None:
    """Open a HEIC picture that consists of tiles; None if it doesn't."""
    items = bmff.read_items(data)
    grid = bmff.read_grid(items) if items is not None else None
    if items is None or grid is None or items.kinds[grid.tiles[0]] != b"hvc1":
        return None
    return TiledImage(items, grid, "HEIF")
