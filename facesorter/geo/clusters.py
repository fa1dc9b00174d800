"""Clusters of photos on the map, so that markers never cover each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facesorter.geo.world import View


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """Marks of photos; arrays have an entry for each mark."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    """Mean of the photos' places, in the coordinates of `geo.world.mercator`."""
    count: NDArray[np.int64]
    first: NDArray[np.int64]
    """Index of the photo to show: the first in the order given."""
    order: NDArray[np.int64]
    """Indexes of all photos, those of the first mark first, each in the order given."""

    def members(self, mark: int) -> NDArray[np.int64]:
        """Return the indexes of a mark's photos."""
        start = int(self.count[:mark].sum())
        return self.order[start : start + int(self.count[mark])]


def cluster(points: NDArray[np.float64], cell: float) -> Clusters:
    """Gather points by the cells of a grid: 10 ms for 100,000.

    Args:
        points: (n, 2), from `geo.world.mercator`.
        cell: Side of a cell, in the same coordinates. The grid stays where it is when the view
            moves, so marks don't jump.
    """
    cells = np.floor(points / cell).astype(np.int64)
    key = (cells[:, 0] << 32) + cells[:, 1]
    order = np.argsort(key, kind="stable")
    _, start, count = np.unique(key[order], return_index=True, return_counts=True)
    if not len(order):
        none = np.empty(0)
        return Clusters(none, none, count, order, order)
    x, y = (np.add.reduceat(points[order, axis], start) / count for axis in (0, 1))
    return Clusters(x, y, count, order[start], order)


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """Photos that are shown as one."""

    x: float
    y: float
    members: NDArray[np.int64]
    """Indexes of the photos; the first is the one to show."""


def marks(points: NDArray[np.float64], view: View, cell: float, apart: float) -> list[Mark]:
    """Return the marks in a part of the map, largest first.

    Args:
        points: As for `cluster`.
        view: What to look at.
        cell: As for `cluster`.
        apart: Least distance of two marks on the map; nearer ones, on both sides of a cell's edge,
            become one.
    """
    found = cluster(points, cell)
    xy = np.column_stack([found.x, found.y])
    inside = np.flatnonzero(view.contains(xy))
    starts = np.cumsum(found.count) - found.count
    kept: list[list[int]] = []
    places = np.empty((len(inside), 2))
    for at in inside[np.argsort(-found.count[inside], kind="stable")].tolist():
        near = np.abs(places[: len(kept)] - xy[at]).max(axis=1) < apart
        if near.any():
            kept[int(np.argmax(near))].append(at)
        else:
            places[len(kept)] = xy[at]
            kept.append([at])
    return [
        Mark(
            x,
            y,
            np.sort(
                np.concatenate(
                    [found.order[starts[at] : starts[at] + found.count[at]] for at in cells]
                )
            ),
        )
        for (x, y), cells in zip(places.tolist(), kept, strict=False)
    ]
