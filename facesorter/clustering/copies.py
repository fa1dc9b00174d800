"""Copies of a photo count once: grouping sees distinct pictures of faces, not files.

A photo in a backup folder has the same faces with the same embeddings. Counted apart, a stranger
seen once would be a group, and three copies of one photo a majority. So the faces of copies are
one: what was decided about any of them holds for it, and all get its person in the end. So are
the faces of a raw photo and its JPEG, which are one picture developed twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from facesorter.clustering.forest import components, spanning_forest
from facesorter.clustering.graph import Graph
from facesorter.clustering.kernels import pack, sorted_edges, unpack
from facesorter.clustering.proposal import NOBODY, Bools, Floats, Ints, Singles
from facesorter.clustering.similarity import Vectors

_T = TypeVar("_T", bound=np.generic)


@dataclass(frozen=True)
class Distinct:
    """The distinct ones among ``n`` faces in content order."""

    number: Ints
    """int64[n], the distinct face that each face is, in the order of first faces."""
    first: Ints
    """int64[distinct], the first face of each."""

    @classmethod
    def among(
        cls,
        vectors: Vectors,
        core: Bools,
        confirmed: Ints,
        rejected: Bools,
        counterparts: Ints | None = None,
    ) -> Distinct:
        """Find the faces with equal embeddings, and those that are the same for another reason.

        Unconfirmed ones are copies of a confirmed one unless something was decided about them, too;
        faces confirmed as different persons are no copies, and others are copies of neither.

        Args:
            vectors: the embeddings, in content order.
            core: bool[n], faces good enough to form groups.
            confirmed: int64[n], the confirmed person, or -1.
            rejected: bool[n], faces that are somebody not.
            counterparts: int64[t, 2], pairs of faces that are one face in several files of a
                picture, such as a raw photo and its JPEG.
        """
        n = len(vectors)
        digest = vectors.digest[vectors.order]
        same = digest[1:] == digest[:-1]
        if not same.any() and (counterparts is None or not len(counterparts)):
            return cls(np.arange(n), np.arange(n))
        run = np.cumsum(np.r_[0, ~same])
        if counterparts is not None and len(counterparts):
            ends = np.sort(run[counterparts], axis=1)
            ends = ends[ends[:, 0] != ends[:, 1]]
            edges = pack(ends[:, 0], ends[:, 1], np.zeros(len(ends), np.int64))
            run = components(int(run[-1]) + 1, edges)[run].astype(np.int64)
        whose = np.full(int(run.max()) + 1, -1)
        np.maximum.at(whose, run, confirmed)
        whose[run[(confirmed >= 0) & (confirmed != whose[run])]] = -1
        who = np.where((confirmed < 0) & ~rejected, whose[run], confirmed)
        # Stable, so the first of equal ones is the first face.
        order = np.lexsort((core, who, run))
        keys = np.stack([run, who, core.astype(np.int64)])[:, order]
        new = np.r_[True, (keys[:, 1:] != keys[:, :-1]).any(axis=0)]
        first = order[new]
        place = np.empty(len(first), np.int64)
        place[np.argsort(first, kind="stable")] = np.arange(len(first))
        number = np.empty(n, np.int64)
        number[order] = place[np.cumsum(new) - 1]
        return cls(number, np.sort(first))

    @property
    def any_copies(self) -> bool:
        """Whether some faces are copies of others."""
        return len(self.first) < len(self.number)

    def vectors(self, vectors: Vectors) -> Vectors:
        """The embeddings of the distinct faces."""
        return Vectors(vectors.matrix, vectors.order[self.first], vectors.digest)

    def graph(self, graph: Graph) -> Graph:
        """The graph of the distinct faces; neighbour lists are read without the copies in them."""
        if not self.any_copies:
            return graph
        lo, hi, steps = unpack(graph.forest)
        lo, hi = self.number[lo], self.number[hi]
        apart = lo != hi
        edges = pack(np.minimum(lo, hi), np.maximum(lo, hi), steps)[apart]
        count, lists = len(self.first), graph.lists
        order = lists.order[self.first]
        rank = np.full(len(lists.rank), -1)
        rank[order] = np.arange(count)
        return replace(
            graph,
            n=count,
            core=graph.core[self.first],
            forest=spanning_forest(count, sorted_edges(edges)),
            lists=lists._replace(order=order, rank=rank),
        )

    def photos(self, photo_ids: Ints) -> Ints:
        """int64[distinct], the photo of each; copies of a photo are one photo."""
        if not self.any_copies:
            return photo_ids
        photos, photo = np.unique(photo_ids, return_inverse=True)
        one, other = photo, photo[self.first[self.number]]
        apart = one != other
        lo, hi = np.minimum(one, other)[apart], np.maximum(one, other)[apart]
        same = components(len(photos), pack(lo, hi, np.zeros(len(lo), np.int64)))
        return same[photo[self.first]].astype(np.int64)

    def highest(self, values: npt.NDArray[_T]) -> npt.NDArray[_T]:
        """Merge values, none of them NaN: the highest of each face's copies."""
        if not self.any_copies:
            return values
        result = values[self.first]
        np.maximum.at(result, self.number, values)
        return result

    def persons(self, person: Ints, confirmed: Ints, day: Floats, born: Floats) -> Ints:
        """Give copies the person of the distinct face, unless they are dated before the birth.

        Args:
            person: int64[distinct], `NOBODY`, or a new group below that.
            confirmed: int64[n], the confirmed person, or -1.
            day: float64[n], infinity where unknown.
            born: float64[persons], day of birth by person id.

        Returns:
            int64[n].
        """
        if not self.any_copies:
            return person
        result = person[self.number]
        known = (result >= 0) & (result < len(born)) & (confirmed < 0)
        early = known & (day < born[np.where(known, result, 0)])
        return np.where(early, NOBODY, result)

    def similarities(self, similarity: Singles, person: Ints) -> Singles:
        """float32[n]: copies are as similar to the person; a face alone is, to its own copies.

        Args:
            similarity: float32[distinct].
            person: int64[n], from `persons`.
        """
        if not self.any_copies:
            return similarity
        several = np.bincount(self.number)[self.number] > 1
        result = similarity[self.number]
        result[several & (result == 0)] = 1
        result[person == NOBODY] = 0
        return result
