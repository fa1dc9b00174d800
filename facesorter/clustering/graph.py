"""The similarity graph of a library, kept from one refresh to the next.

Faces live in slots, in the order they came. New faces are compared with all others, which is the
only work that grows with the product of the two; the forest and the neighbour lists absorb the
result. A removed face takes its edges along; the pieces that it held together are compared again.
Both are exact: the graph equals that of a recompute to the bit, because ties are broken by content
(`similarity.content_order`) and not by slot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from facesorter.cancel import CancelToken
from facesorter.clustering.compiled import compiled, in_parts
from facesorter.clustering.forest import GrowingForest, components, renumbered
from facesorter.clustering.kernels import at_least, packed, unpack
from facesorter.clustering.neighbours import KEPT, NEIGHBOURS, Lists, NeighbourTables, grown
from facesorter.clustering.proposal import Bools, Floats, Hashes, Ints, Ints32, Singles
from facesorter.clustering.similarity import (
    STEPS,
    Vectors,
    content_order,
    digests,
    pairs_above,
    pairs_of,
)

_T = TypeVar("_T", bound=np.generic)


@dataclass(frozen=True)
class Graph:
    """All that grouping reads about the similarities of ``n`` faces, numbered in content order."""

    n: int
    lowest: int
    """Neighbours below this many steps are not in it."""
    core: Bools
    """bool[n]: faces good enough to form and bridge groups; only they have forest edges."""
    forest: Ints
    """Packed edges of the minimum spanning forest, most similar first."""
    lists: Lists
    """The neighbours of every face; only core faces are listed as somebody's. Never normalised."""
    penalty: Ints | None = None
    """int64[n], steps that normalisation subtracts; a pair loses the mean of its two. None for
    nothing. The forest is normalised already."""

    @cached_property
    def penalties(self) -> Ints:
        """int64[slots], the penalty by slot."""
        if self.penalty is None:
            return np.zeros(len(self.lists.rank), np.int64)
        return self.lists.by_slot(self.penalty, 0)

    def components_at(self, lowest: int) -> Ints32:
        """int32[n]: components of the faces linked at or above a similarity in steps."""
        return components(self.n, at_least(self.forest, lowest))

    def links(self, lowest: int, part: npt.NDArray[np.integer]) -> Ints:
        """List the edges of the neighbour lists between different parts of the library.

        Args:
            lowest: least similarity in steps, normalised.
            part: int[n], the part of each face; edges of faces with -1 are left out.

        Returns:
            Packed edges, unsorted; twice where both faces list each other.
        """
        lists, parts = self.lists, self.lists.by_slot(part.astype(np.int32), -1)
        # np.empty is lazy: untouched pages are never allocated, and few links cross parts.
        edges = np.empty(len(lists.rank) * lists.width, np.int64)

        def loop(start: int, end: int) -> Ints:
            out = edges[start * lists.width : end * lists.width]
            return out[: _links(lists, self.penalties, parts, lowest, start, end, out)]

        return np.concatenate(in_parts(loop, len(lists.rank)))


@compiled
def _links(
    lists: Lists, penalty: Ints, part: Ints32, lowest: int, start: int, end: int, edges: Ints
) -> int:
    """Pack the links of some slots to other parts; return how many."""
    count = 0
    for slot in range(start, end):
        if part[slot] < 0 or not lists.core[slot]:
            continue
        for place in range(lists.width):
            steps = np.int64(lists.steps[slot, place])
            # Nearest first, and normalisation only lowers similarities.
            if steps < lowest:
                break
            other = lists.column[slot, place]
            if part[other] == part[slot] or part[other] < 0:
                continue
            steps -= (penalty[slot] + penalty[other] + 1) // 2
            if steps >= lowest:
                edges[count] = packed(lists.rank[slot], lists.rank[other], steps)
                count += 1
    return count


_FORMAT = f"1 {STEPS} {KEPT}"
"""Format of `GraphState.arrays`; raise the first number when their meaning changes."""

_EMPTY_SHARE = 0.25
"""Share of slots that may be empty before the others are compacted."""


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
        self.order = np.zeros(0, np.int64)
        """Slots that hold a face, in content order."""
        self._rank = np.zeros(0, np.int64)
        self._forest = np.zeros(0, np.int64)
        self._tables = NeighbourTables()
        self.is_bare = False
        """Whether the embeddings are not there yet, see `fill`."""

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """All that it knows but the embeddings, to be saved. Not during other calls."""
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
        """Restore what `arrays` gave, without embeddings.

        Raises:
            ValueError: they are from another version, or damaged.
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
        # Copies, because ours grow in place.
        values: dict[str, Any] = {name: np.array(given) for name, given in arrays.items()}
        slots, order, column = len(values["face_ids"]), values["order"], values["column"]
        lo, hi, _ = unpack(values["forest"])
        # Compiled loops trust these: a wrong one would read beyond an array.
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
        """Give a restored state its embeddings; remove the faces left out next."""
        self._matrix[slots] = embeddings
        self.is_bare = False

    def vectors(self) -> Vectors:
        """The embeddings of all faces, in content order."""
        return Vectors(self._matrix, self.order, self._digest)

    def find(self, face_ids: Ints, prints: Hashes, taken: Floats, quality: Singles) -> Ints:
        """Find the slots of faces, -1 for faces that are new or changed.

        Args:
            face_ids: int64[n], ascending.
            prints: uint64[n], fingerprints of their embeddings.
            taken: float64[n], as given to `place`.
            quality: float32[n], as given to `place`.
        """
        slots = np.full(len(face_ids), -1)
        if not len(self.order):
            return slots
        by_id = self._by_id()
        place = np.searchsorted(self.face_ids[by_id], face_ids)
        slot = by_id[np.minimum(place, len(by_id) - 1)]
        same = self.face_ids[slot] == face_ids
        same &= self._print[slot] == prints
        same &= (self._taken[slot] == taken) & (self._quality[slot] == quality)
        slots[same] = slot[same]
        return slots

    def rows(self) -> Ints:
        """int64[n]: of each face, in content order, its place among the ids in ascending order."""
        rows = np.empty(len(self.order), np.int64)
        rows[self._rank[self._by_id()]] = np.arange(len(rows))
        return rows

    def _by_id(self) -> Ints:
        """Slots in the order of their faces' ids."""
        held = np.flatnonzero(self.face_ids >= 0)
        # Stable, because that is quick where ids ascend with the slots, as they mostly do.
        return held[np.argsort(self.face_ids[held], kind="stable")]

    def graph(self, lowest: int) -> Graph:
        """The graph above a similarity in steps: a view, valid until something changes."""
        tables = self._tables
        about = self._core, self.order, self._rank, NEIGHBOURS, lowest
        lists = Lists(tables.column, tables.steps, *about)
        return Graph(len(self.order), lowest, self._core[self.order], self._forest, lists)

    def remove(self, slots: Ints, token: CancelToken | None = None) -> None:
        """Remove faces.

        Args:
            slots: where they are.
            token: polled between blocks; raises `Cancelled`, after which the state is useless.
        """
        if not len(slots):
            return
        gone = np.zeros(len(self._matrix), bool)
        gone[slots] = True
        forest, piece, links = self._cut(gone)
        self.face_ids[slots] = -1
        self._matrix[slots] = 0
        self._use_order(self.order[~gone[self.order]], forest)
        again = self._tables.remove(gone)
        self._tables.forget(again)
        refill = np.zeros(len(self._matrix), bool)
        refill[again] = True
        growing = GrowingForest(self._rank, self._forest)
        compared = np.flatnonzero(links | refill)
        for face, other, steps in pairs_of(self._matrix, compared, self.lowest, token=token):
            listed = refill[face]
            self._tables.add(face[listed], other[listed], steps[listed], self._core)
            linked = links[face] & (piece[face] != piece[other])
            growing.add(face[linked], other[linked], steps[linked], self._core, self.linked)
        self._forest = growing.finish()
        if len(self._matrix) - len(self.order) > _EMPTY_SHARE * len(self._matrix):
            self._compact()

    def _cut(self, gone: Bools) -> tuple[Ints, Ints, Bools]:
        """Cut the forest where faces go.

        Args:
            gone: bool[slots], the faces.

        Returns:
            What is left of the forest, its ends numbered as before; int64[slots], the piece that
            each face is in; and bool[slots], the faces to compare: edges that the forest did not
            need may link their pieces now.
        """
        n, at = len(self.order), gone[self.order]
        lo, hi, _ = unpack(self._forest)
        forest = self._forest[~(at[lo] | at[hi])]
        before, after = components(n, self._forest), components(n, forest)
        broken = np.zeros(n, bool)
        broken[before[at]] = True
        # The largest piece of a broken component need not be compared: the others find it.
        size = np.bincount(after[~at], minlength=n)
        faces = np.flatnonzero(~at & broken[before])
        faces = faces[np.argsort(-size[after[faces]], kind="stable")]
        largest = np.full(n, -1)
        owner, first = np.unique(before[faces], return_index=True)
        largest[owner] = after[faces[first]]
        core = self._core[self.order[faces]]
        asking = faces[core & (after[faces] != largest[before[faces]])]
        piece = np.full(len(self._matrix), -1)
        piece[self.order] = after
        links = np.zeros(len(self._matrix), bool)
        links[self.order[asking]] = True
        return forest, piece, links

    def place(
        self,
        face_ids: Ints,
        embeddings: Singles,
        prints: Hashes,
        taken: Floats,
        quality: Singles,
        core: Bools,
    ) -> None:
        """Insert faces, not compared with any yet.

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
        self.face_ids = _longer(self.face_ids, face_ids)
        self._digest = _longer(self._digest, digests(self._matrix[start:end]))
        self._print, self._taken = _longer(self._print, prints), _longer(self._taken, taken)
        self._quality, self._core = _longer(self._quality, quality), _longer(self._core, core)
        self._tables.resize(end)
        there = np.flatnonzero(self.face_ids >= 0)
        breakers = (each[there] for each in (self._taken, self._quality, self.face_ids))
        self._use_order(there[content_order(self._digest[there], *breakers)], self._forest)

    def compare(self, lowest: int, linked: int, token: CancelToken | None = None) -> None:
        """Compare new faces with all; all with all when a lower similarity matters than before.

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
        if start == len(self._matrix):
            return
        growing = GrowingForest(self._rank, self._forest)
        pairs = pairs_above(self._matrix, self.lowest, start=start, token=token)
        for lo, hi, steps in pairs:
            self._tables.add(hi, lo, steps, self._core)
            self._tables.add(lo, hi, steps, self._core)
            growing.add(lo, hi, steps, self._core, self.linked)
        self._forest = growing.finish()

    def _use_order(self, order: Ints, forest: Ints) -> None:
        """Number faces by this order from now on; ``forest`` is still numbered as before."""
        before, self.order = self.order, order
        self._rank = np.full(len(self._matrix), -1)
        self._rank[order] = np.arange(len(order))
        # Faces keep their order among each other.
        self._forest = renumbered(forest, self._rank[before])
        self._tables.use_order(self._rank)

    def _compact(self) -> None:
        """Close the gaps that removed faces left."""
        there = np.flatnonzero(self.face_ids >= 0)
        place = np.zeros(len(self._matrix), np.int64)
        place[there] = np.arange(len(there))
        self.order = place[self.order]
        self._matrix = self._matrix[there]
        self._compared = len(there)
        self._digest, self._taken = self._digest[there], self._taken[there]
        self._quality, self._core = self._quality[there], self._core[there]
        self._print = self._print[there]
        self.face_ids = self.face_ids[there]
        self._tables.keep(there)
        self._use_order(self.order, self._forest)


def _longer(values: npt.NDArray[_T], more: npt.NDArray[_T]) -> npt.NDArray[_T]:
    """Append to an array; the one given must not be used any more."""
    result = grown(values, len(values) + len(more), 0)
    result[len(values) :] = more
    return result
