"""The similarity graph of a library, kept from one refresh to the next.

Faces live in slots, in the order they came. New faces are compared with all, which is the only
work that grows with the library and their number; the forest and the neighbour tables take in what
comes out. A face that goes takes its edges along; what hung together through it is compared anew
with the faces it may be linked to. Both are exact: the graph is the one that a recompute would
give, to the bit, because ties are broken by what the faces are (`similarity.content_order`) and
not by their slots.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from facesorter.cancel import CancelToken
from facesorter.clustering.forest import Graph, GrowingForest, components
from facesorter.clustering.neighbours import EMPTY, NEIGHBOURS, Neighbours, NeighbourTables
from facesorter.clustering.proposal import Bools, Floats, Ints, Singles
from facesorter.clustering.similarity import (
    STEPS,
    Vectors,
    content_order,
    digests,
    pack,
    pairs_above,
    pairs_of,
    unpack,
)

_EMPTY_SHARE = 0.25
"""Share of slots that may be empty before the others are moved together."""


class GraphState:
    """Similarities of all faces. Thread: one at a time."""

    def __init__(self, dimension: int) -> None:
        """Start with no faces, of embeddings of a dimension."""
        self.dimension = dimension
        self.lowest = self.linked = STEPS
        """Least similarity in the neighbour lists, and in the forest."""
        self._compared = 0
        self._print = np.zeros(0, np.uint64)
        self._matrix = np.zeros((0, dimension), np.float32)
        self._used = 0
        self._digest = np.zeros(0, np.uint64)
        self._taken = np.zeros(0, np.float64)
        self._quality = np.zeros(0, np.float32)
        self._core = np.zeros(0, bool)
        self.face_ids = np.zeros(0, np.int64)
        """int64[slots], -1 where a slot is empty."""
        self.order = np.zeros(0, np.int64)
        """Slots that hold a face, in content order."""
        self._rank = np.zeros(0, np.int64)
        self._forest = np.zeros(0, np.int64)
        self._tables = NeighbourTables()

    def vectors(self) -> Vectors:
        """The embeddings of all faces, in content order."""
        return Vectors(self._embeddings, self.order, self._digest)

    @property
    def _embeddings(self) -> Singles:
        return self._matrix[: self._used]

    def find(
        self, face_ids: Ints, prints: npt.NDArray[np.uint64], taken: Floats, quality: Singles
    ) -> Ints:
        """The slots of faces, -1 for faces that are new or not what they were.

        Args:
            face_ids: int64[n], ascending.
            prints: uint64[n], fingerprints of their embeddings.
            taken: float64[n], as given to `place`.
            quality: float32[n], as given to `place`.
        """
        slots = np.full(len(face_ids), -1)
        if not len(self.order):
            return slots
        held = np.argsort(self.face_ids, kind="stable")
        place = np.minimum(np.searchsorted(self.face_ids[held], face_ids), len(held) - 1)
        slot = held[place]
        same = (self.face_ids[slot] == face_ids) & (self._print[slot] == prints)
        same &= (self._taken[slot] == taken) & (self._quality[slot] == quality)
        slots[same] = slot[same]
        return slots

    def graph(self, lowest: int) -> Graph:
        """The graph above a similarity in steps; faces are numbered in content order."""
        at = self.order
        steps = self._tables.steps[at, :NEIGHBOURS]
        near = steps >= lowest
        column = self._rank.astype(np.int32)[self._tables.column[at, :NEIGHBOURS]]
        neighbours = Neighbours(np.where(near, column, 0), np.where(near, steps, EMPTY))
        return Graph(len(at), lowest, self._core[at], self._forest, neighbours)

    def take_changed(self) -> Bools:
        """bool[n], in content order: whose list changed since the last call."""
        changed = self._tables.changed[self.order]
        self._tables.changed[:] = False
        return changed

    def remove(self, slots: Ints, token: CancelToken | None = None) -> None:
        """Take faces out.

        Args:
            slots: where they are.
            token: polled between blocks; raises `Cancelled`, after which the state is useless.
        """
        if not len(slots):
            return
        gone = np.zeros(self._used, bool)
        gone[slots] = True
        lo, hi, steps = unpack(self._forest)
        n, a, b = len(self.order), self.order[lo], self.order[hi]
        before = components(n, lo, hi)
        stays = ~(gone[a] | gone[b])
        after = components(n, lo[stays], hi[stays])
        left = ~gone[self.order]
        hurt = np.zeros(n, bool)
        hurt[before[self._rank[slots]]] = True
        # The largest piece of a component need not ask: the others find their way back to it.
        size = np.bincount(after[left], minlength=n)
        piece = np.flatnonzero(left & hurt[before])
        piece = piece[np.argsort(-size[after[piece]], kind="stable")]
        largest = np.full(n, -1)
        owner, first = np.unique(before[piece], return_index=True)
        largest[owner] = after[piece[first]]
        core = self._core[self.order]
        asking = piece[core[piece] & (after[piece] != largest[before[piece]])]

        piece_of = np.full(self._used, -1)
        piece_of[self.order] = after
        forest = self._forest[stays]
        links = np.zeros(self._used, bool)
        links[self.order[asking]] = True
        self.face_ids[slots] = -1
        self._matrix[slots] = 0
        self._renumber(forest)
        again = self._tables.remove(gone)
        self._tables.forget(again)
        refill = np.zeros(self._used, bool)
        refill[again] = True
        growing = GrowingForest(len(self.order), self._forest)
        for face, other, steps in pairs_of(
            self._embeddings, np.flatnonzero(links | refill), self.lowest, token=token
        ):
            listed = refill[face] & self._core[other]
            self._tables.add(face[listed], other[listed], steps[listed])
            linked = links[face] & self._core[other] & (steps >= self.linked)
            linked &= piece_of[face] != piece_of[other]
            self._link(growing, face[linked], other[linked], steps[linked])
        self._forest = growing.finish()
        self._tables.take_in()
        if self._used - len(self.order) > _EMPTY_SHARE * self._used:
            self._move_together()

    def place(
        self,
        face_ids: Ints,
        embeddings: Singles,
        prints: npt.NDArray[np.uint64],
        taken: Floats,
        quality: Singles,
        core: Bools,
    ) -> None:
        """Take faces in, not compared with any yet.

        Args:
            face_ids: int64[m], not in the state.
            embeddings: float32[m, d], unit length.
            prints: uint64[m], fingerprints of the embeddings.
            taken: float64[m], no NaN; breaks ties of equal embeddings.
            quality: float32[m], breaks ties after that.
            core: bool[m], faces that may form and bridge groups.
        """
        start, end = self._used, self._used + len(face_ids)
        if end > len(self._matrix):
            # By a fifth more than needed, so that a scan's portions do not each move everything.
            room = end if start == 0 else end + end // 5
            matrix = np.zeros((room, self.dimension), np.float32)
            matrix[:start] = self._matrix[:start]
            self._matrix = matrix
        self._matrix[start:end] = embeddings
        self._used = end
        self.face_ids = np.concatenate([self.face_ids, face_ids])
        self._digest = np.concatenate([self._digest, digests(self._matrix[start:end])])
        self._print = np.concatenate([self._print, prints])
        self._taken = np.concatenate([self._taken, taken])
        self._quality = np.concatenate([self._quality, quality])
        self._core = np.concatenate([self._core, core])
        self._tables.resize(end)
        self._renumber(self._forest)

    def compare(self, lowest: int, linked: int, token: CancelToken | None = None) -> None:
        """Compare the new faces with all; all with all when less similar pairs matter than before.

        Args:
            lowest: least similarity in the neighbour lists, in steps.
            linked: least similarity in the forest, in steps; not below ``lowest``.
            token: polled between blocks; raises `Cancelled`, after which the state is useless.
        """
        if lowest < self.lowest or linked < self.linked:
            self.lowest, self.linked, self._compared = lowest, linked, 0
            self._tables.forget(np.arange(self._used))
            self._forest = np.zeros(0, np.int64)
        start, self._compared = self._compared, self._used
        if start == self._used:
            return
        growing = GrowingForest(len(self.order), self._forest)
        core = self._core
        for lo, hi, steps in pairs_above(self._embeddings, self.lowest, start=start, token=token):
            to_hi, to_lo = core[lo], core[hi]
            self._tables.add(hi[to_hi], lo[to_hi], steps[to_hi])
            self._tables.add(lo[to_lo], hi[to_lo], steps[to_lo])
            linked_too = to_hi & to_lo & (steps >= self.linked)
            self._link(growing, lo[linked_too], hi[linked_too], steps[linked_too])
        self._forest = growing.finish()
        self._tables.take_in()

    def _link(self, growing: GrowingForest, a: Ints, b: Ints, steps: Ints) -> None:
        a, b = self._rank[a], self._rank[b]
        growing.add(np.minimum(a, b), np.maximum(a, b), steps)

    def _renumber(self, forest: Ints) -> None:
        """Find the content order of the faces there are, and number the forest's ends by it."""
        lo, hi, steps = unpack(forest)
        lo, hi = self.order[lo], self.order[hi]
        there = np.flatnonzero(self.face_ids >= 0)
        self.order = there[
            content_order(
                self._digest[there], self._taken[there], self._quality[there], self.face_ids[there]
            )
        ]
        self._rank = np.zeros(self._used, np.int64)
        self._rank[self.order] = np.arange(len(self.order))
        # Faces keep their order among each other, so the edges stay sorted.
        self._forest = pack(self._rank[lo], self._rank[hi], steps)
        self._tables.use_order(self.order, self._rank)

    def _move_together(self) -> None:
        there = np.flatnonzero(self.face_ids >= 0)
        lo, hi, steps = unpack(self._forest)
        place = np.zeros(self._used, np.int64)
        place[there] = np.arange(len(there))
        self.order = place[self.order]
        self._matrix = self._matrix[there]
        self._used = self._compared = len(there)
        self._digest, self._taken = self._digest[there], self._taken[there]
        self._quality, self._core = self._quality[there], self._core[there]
        self._print = self._print[there]
        self.face_ids = self.face_ids[there]
        self._tables.keep(there)
        self._renumber(pack(lo, hi, steps))
