"""The similarity graph of a library, kept from one refresh to the next.

Faces live in slots, in the order they came. New faces are compared with all, which is the only
work that grows with the library and their number; the forest and the neighbour tables take in what
comes out. A face that goes takes its edges along; what hung together through it is compared anew
with the faces it may be linked to. Both are exact: the graph is the one that a recompute would
give, to the bit, because ties are broken by what the faces are (`similarity.content_order`) and
not by their slots.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from facesorter.cancel import CancelToken
from facesorter.clustering.coarse import FEW, Coarse
from facesorter.clustering.compiled import compiled
from facesorter.clustering.forest import (
    Graph,
    GrowingForest,
    Numbering,
    components,
    renumbered,
)
from facesorter.clustering.neighbours import (
    KEPT,
    NEIGHBOURS,
    Lists,
    NeighbourTables,
    grown,
)
from facesorter.clustering.proposal import Bools, Floats, Ints, Singles
from facesorter.clustering.similarity import (
    STEPS,
    Marks,
    Vectors,
    content_order,
    content_places,
    digests,
    pairs_above,
    pairs_of,
    unpack,
)

_T = TypeVar("_T", bound=np.generic)
_Pairs = tuple[Ints, Ints, Ints]

_FORMAT = f"1 {STEPS} {KEPT}"
"""What `GraphState.arrays` gives; raise the first number when it means something else."""

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
        self._digest = np.zeros(0, np.uint64)
        self._taken = np.zeros(0, np.float64)
        self._quality = np.zeros(0, np.float32)
        self._core = np.zeros(0, bool)
        self.face_ids = np.zeros(0, np.int64)
        """int64[slots], -1 where a slot is empty."""
        self._held: Ints | None = None
        """The slots by face id, as long as it holds."""
        self.order = np.zeros(0, np.int64)
        """Slots that hold a face, in content order."""
        self._rank = np.zeros(0, np.int64)
        self._forest = np.zeros(0, np.int64)
        self._tables = NeighbourTables()
        self._coarse = Coarse(dimension)
        self._slots = object()
        self.is_bare = False
        """Whether the embeddings are not there yet, see `fill`."""

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """All that it knows but the embeddings, to be kept somewhere. Not during other calls."""
        return {
            "format": np.array(_FORMAT),
            "numbers": np.array([self.dimension, self.lowest, self.linked], np.int64),
            "face_ids": self.face_ids,
            "print": self._print,
            "digest": self._digest,
            "taken": self._taken,
            "quality": self._quality,
            "core": self._core,
            "order": self.order,
            "forest": self._forest,
            "column": self._tables.column,
            "steps": self._tables.steps,
            "cut": self._tables.cut,
        }

    @classmethod
    def of(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> GraphState:
        """What `arrays` gave, without embeddings.

        Raises:
            ValueError: they are from another version, or not whole.
        """
        try:
            if str(arrays["format"]) != _FORMAT:
                raise ValueError("another version")
            dimension, lowest, linked = arrays["numbers"].tolist()
            state = cls(dimension)
            for name, wanted in state.arrays().items():
                given = arrays[name]
                if name not in {"format", "numbers"} and (
                    given.dtype != wanted.dtype or given.shape[1:] != wanted.shape[1:]
                ):
                    raise ValueError(f"{name} is not what it was")
        except KeyError as error:
            raise ValueError("a part is missing") from error
        # Copies: they grow in place, and whoever gave them may go on with theirs.
        values: dict[str, Any] = {name: np.array(given) for name, given in arrays.items()}
        slots, order, column = len(values["face_ids"]), values["order"], values["column"]
        lo, hi, _ = unpack(values["forest"])
        # Compiled loops trust these: a wrong one would reach beyond an array.
        whole = all(
            len(values[name]) == slots
            for name in ("print", "digest", "taken", "quality", "core", "column", "steps", "cut")
        )
        whole &= np.array_equal(np.sort(order), np.flatnonzero(values["face_ids"] >= 0))
        whole &= ((column >= 0) & (column < max(slots, 1))).all()
        whole &= max(lo.max(initial=-1), hi.max(initial=-1)) < len(order)
        if not whole:
            raise ValueError("the parts do not fit together")
        state.lowest, state.linked, state._compared = lowest, linked, slots
        state.face_ids, state._print, state._digest = (
            values[name] for name in ("face_ids", "print", "digest")
        )
        state._taken, state._quality = values["taken"], values["quality"]
        state._core = values["core"]
        state._matrix = grown(state._matrix, slots, 0)
        state._tables.resize(slots)
        state._tables.column[:], state._tables.steps[:] = column, values["steps"]
        state._tables.cut[:] = values["cut"]
        state.order = order
        state._use_order(order, values["forest"])
        state.is_bare = True
        return state

    def fill(self, slots: Ints, embeddings: Singles) -> None:
        """Give embeddings to a state that came without; the faces left out are removed next."""
        self._matrix[slots], self._coarse = embeddings, Coarse(self.dimension)
        self.is_bare = False

    def vectors(self) -> Vectors:
        """The embeddings of all faces, in content order."""
        return Vectors(self._matrix, self.order, self._digest)

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
        held = self._by_id()
        ids = self.face_ids[held]
        # As a rule new faces are the last ones, or there are none.
        common = min(len(ids), len(face_ids))
        if np.array_equal(ids[:common], face_ids[:common]):
            place = np.minimum(np.arange(len(face_ids)), len(held) - 1)
        else:
            place = np.minimum(np.searchsorted(ids, face_ids), len(held) - 1)
        known = self.face_ids, self._print, self._taken, self._quality
        _find(held[place], face_ids, prints, taken, quality, *known, slots)
        return slots

    def numbering(self) -> Numbering:
        """Where the faces are, until some are placed or removed."""
        return Numbering(self._slots, self.order, self._rank)

    def changed(self) -> Bools:
        """bool[n]: faces whose lists changed since this was last asked."""
        changed = self._tables.changed[self.order]
        self._tables.changed[:] = False
        return changed

    def rows_of(self, face_ids: Ints) -> Ints:
        """Places in ``face_ids``, ascending and those in the state, of all faces by content."""
        held = self._by_id()
        rank = self._rank[held[len(held) - len(face_ids) :]]
        rows = np.empty(len(face_ids), np.int64)
        rows[rank] = np.arange(len(face_ids))
        return rows

    def _by_id(self) -> Ints:
        if self._held is None:
            self._held = np.argsort(self.face_ids)
        return self._held

    def graph(self, lowest: int) -> Graph:
        """The graph above a similarity in steps, until something changes.

        Faces are numbered in content order.
        """
        tables = self._tables
        about = self._core, self.order, self._rank, NEIGHBOURS, lowest
        lists = Lists(tables.column, tables.steps, *about)
        return Graph(len(self.order), lowest, self._core[self.order], self._forest, lists)

    def remove(self, slots: Ints, token: CancelToken | None = None) -> None:
        """Take faces out.

        Args:
            slots: where they are.
            token: polled between blocks; raises `Cancelled`, after which the state is useless.
        """
        if not len(slots):
            return
        gone = np.zeros(len(self._matrix), bool)
        gone[slots] = True
        lo, hi, _ = unpack(self._forest)
        n, a, b = len(self.order), self.order[lo], self.order[hi]
        stays = ~(gone[a] | gone[b])
        before, after = components(n, self._forest), components(n, self._forest[stays])
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

        piece_of = np.full(len(self._matrix), -1)
        piece_of[self.order] = after
        forest = self._forest[stays]
        links = np.zeros(len(self._matrix), bool)
        links[self.order[asking]] = True
        self.face_ids[slots], self._held = -1, None
        self._matrix[slots] = 0
        self._use_order(self.order[left], forest)
        again = self._tables.remove(gone)
        self._tables.forget(again)
        refill = np.zeros(len(self._matrix), bool)
        refill[again] = True
        growing = GrowingForest(self._rank, self._forest)
        for face, other, steps in self._pairs_of(np.flatnonzero(links | refill), token):
            listed = refill[face]
            self._tables.add(face[listed], other[listed], steps[listed], self._core)
            linked = links[face] & (piece_of[face] != piece_of[other])
            growing.add(face[linked], other[linked], steps[linked], self._core, self.linked)
        self._forest = growing.finish()
        if len(self._matrix) - len(self.order) > _EMPTY_SHARE * len(self._matrix):
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
        start, end = len(self._matrix), len(self._matrix) + len(face_ids)
        self._matrix = grown(self._matrix, end, 0)
        self._matrix[start:] = embeddings
        by_id, self._held = self._held, None
        if by_id is not None and len(by_id) and face_ids.min() > self.face_ids[by_id[-1]]:
            self._held = np.concatenate([by_id, start + np.argsort(face_ids)])
        self.face_ids = _longer(self.face_ids, face_ids)
        self._digest = _longer(self._digest, digests(self._matrix[start:end]))
        self._print, self._taken = _longer(self._print, prints), _longer(self._taken, taken)
        self._quality, self._core = _longer(self._quality, quality), _longer(self._core, core)
        self._tables.resize(end)
        new = start + content_order(self._digest[start:], taken, quality, face_ids)
        place, taken_ones = content_places(self._digest, self.order, new)
        if taken_ones:
            there = np.flatnonzero(self.face_ids >= 0)
            breakers = (each[there] for each in (self._taken, self._quality, self.face_ids))
            self._use_order(there[content_order(self._digest[there], *breakers)], self._forest)
        else:
            self._use_order(np.insert(self.order, place, new), self._forest)

    def compare(self, lowest: int, linked: int, token: CancelToken | None = None) -> None:
        """Compare the new faces with all; all with all when less similar pairs matter than before.

        Args:
            lowest: least similarity in the neighbour lists, in steps.
            linked: least similarity in the forest, in steps; not below ``lowest``.
            token: polled between blocks; raises `Cancelled`, after which the state is useless.
        """
        if lowest < self.lowest or linked < self.linked:
            self.lowest, self.linked, self._compared = lowest, linked, 0
            self._tables.forget(np.arange(len(self._matrix)))
            self._forest = np.zeros(0, np.int64)
        start, self._compared = self._compared, len(self._matrix)
        self._coarse.follow(self._matrix)
        if start == len(self._matrix):
            return
        growing = GrowingForest(self._rank, self._forest)
        for lo, hi, steps in self._pairs_above(start, token):
            self._tables.add(hi, lo, steps, self._core)
            self._tables.add(lo, hi, steps, self._core)
            growing.add(lo, hi, steps, self._core, self.linked)
        self._forest = growing.finish()

    def _pairs_above(self, start: int, token: CancelToken | None) -> Iterable[_Pairs]:
        if len(self._matrix) - start > FEW:
            return pairs_above(self._matrix, self.lowest, start=start, token=token)
        new = np.arange(start, len(self._matrix))
        hi, lo, steps = self._coarse.pairs(self._matrix, new, self.lowest, earlier=True)
        return [(lo, hi, steps)]

    def _pairs_of(self, slots: Ints, token: CancelToken | None) -> Iterable[_Pairs]:
        if len(slots) > FEW:
            return pairs_of(self._matrix, slots, self.lowest, token=token)
        self._coarse.follow(self._matrix)
        return [self._coarse.pairs(self._matrix, slots, self.lowest, earlier=False)]

    def _use_order(self, order: Ints, forest: Ints) -> None:
        """Number faces by this order from now on; the forest's ends are numbered as before."""
        before, self.order = self.order, order
        self._rank = np.full(len(self._matrix), -1)
        self._rank[order] = np.arange(len(order))
        # Faces keep their order among each other.
        self._forest = renumbered(forest, self._rank[before])
        self._tables.use_order(self._rank)

    def _move_together(self) -> None:
        self._slots = object()
        there = np.flatnonzero(self.face_ids >= 0)
        place = np.zeros(len(self._matrix), np.int64)
        place[there] = np.arange(len(there))
        self.order = place[self.order]
        self._matrix, self._coarse = self._matrix[there], Coarse(self.dimension)
        self._compared = len(there)
        self._digest, self._taken = self._digest[there], self._taken[there]
        self._quality, self._core = self._quality[there], self._core[there]
        self._print = self._print[there]
        self.face_ids, self._held = self.face_ids[there], None
        self._tables.keep(there)
        self._use_order(self.order, self._forest)


@compiled
def _find(
    slot: Ints,
    face_ids: Ints,
    prints: Marks,
    taken: Floats,
    quality: Singles,
    face_ids_known: Ints,
    prints_known: Marks,
    taken_known: Floats,
    quality_known: Singles,
    slots: Ints,
) -> None:
    """Write those slots that hold just these faces."""
    for face in range(len(slot)):
        at = np.uint64(slot[face])
        same = (face_ids_known[at] == face_ids[face]) & (prints_known[at] == prints[face])
        same &= (taken_known[at] == taken[face]) & (quality_known[at] == quality[face])
        slots[face] = slot[face] if same else -1


def _longer(values: npt.NDArray[_T], more: npt.NDArray[_T]) -> npt.NDArray[_T]:
    """An array with more at its end; the one given must not be used any more."""
    result = grown(values, len(values) + len(more), 0)
    result[len(values) :] = more
    return result
