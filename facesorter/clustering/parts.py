"""The part of a library that has to be grouped again, as a library of its own.

Groups grow within components: faces linked at the ceiling, and confirmed faces of one person. What
a component becomes depends on its own faces alone, their links, lists, crowds and photos, and on
the thresholds. One face more changes few components, so that the groups of all others are those of
the last refresh. The largest component, families chained by their lookalikes, is mostly among the
few; it held two fifths of a synthetic library of 100,000 faces.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from facesorter.clustering.compiled import compiled
from facesorter.clustering.constraints import Constraints, Photos
from facesorter.clustering.forest import Graph, Numbering, at_least, components, renumbered
from facesorter.clustering.growing import chains
from facesorter.clustering.neighbours import Table32
from facesorter.clustering.proposal import Bools, Ints
from facesorter.clustering.similarity import Vectors

_WORTH = 0.7
"""Share of faces in the part up to which it saves time to take it out."""


@dataclass(frozen=True, kw_only=True)
class PartGraph(Graph):
    """The similarities of some faces of a library."""

    whole: Graph
    faces: Ints
    """int64[n], the numbers of the faces in the whole, ascending."""
    number: Ints
    """int64[faces of the whole], the number of each face here, -1 for none."""

    @cached_property
    def penalties(self) -> Ints:
        """int64[slots], the penalty by slot."""
        return self.whole.penalties

    def links(self, lowest: int, part: npt.NDArray[np.integer], *, lasting: bool = False) -> Ints:
        """As of a whole graph; what is kept about links is of the whole."""
        everywhere = np.full(self.whole.n, -1, np.int32)
        everywhere[self.faces] = part
        return renumbered(self.whole.links(lowest, everywhere, lasting=lasting), self.number)


@dataclass(frozen=True)
class Part:
    """Some components of a library."""

    faces: Ints
    """int64[n], the faces in it, ascending."""
    vectors: Vectors
    graph: PartGraph
    constraints: Constraints
    numbering: Numbering


def part_of(
    vectors: Vectors,
    graph: Graph,
    constraints: Constraints,
    numbering: Numbering,
    changed: Bools,
    ceiling: int,
) -> Part | None:
    """Take out the components that something changed in.

    Args:
        vectors: the embeddings.
        graph: similarities, adjusted for crowds.
        constraints: what may not be broken.
        numbering: where the faces are.
        changed: bool[n], faces of which something is other than at the last refresh.
        ceiling: edges below it link nobody, in steps.

    Returns:
        None where that is most of the library.
    """
    tree = at_least(graph.forest, ceiling)
    component = components(graph.n, chains(constraints.person), tree)
    number = np.empty(graph.n, np.int64)
    count = _number_touched(component, changed, number)
    if count > _WORTH * graph.n:
        return None
    faces = np.flatnonzero(number >= 0)
    order = numbering.order[faces]
    rank = np.full(len(numbering.rank), -1)
    rank[order] = np.arange(count)
    assert graph.penalty is not None
    return Part(
        faces,
        replace(vectors, order=order),
        PartGraph(
            n=count,
            lowest=graph.lowest,
            core=graph.core[faces],
            forest=renumbered(tree, number),
            lists=replace(graph.lists, order=order, rank=rank),
            penalty=graph.penalty[faces],
            whole=graph,
            faces=faces,
            number=number,
        ),
        _constraints_of(constraints, faces, number),
        replace(numbering, order=order, rank=rank),
    )


def _constraints_of(constraints: Constraints, faces: Ints, number: Ints) -> Constraints:
    photos = constraints.photos
    start, those = np.empty(len(photos.start), np.int64), np.empty(len(photos.faces), np.int64)
    count = _photos_of(photos.start, photos.faces, number, start, those)
    rejected = constraints.rejected.items()
    return Constraints(
        constraints.person[faces],
        {int(number[face]): persons for face, persons in rejected if number[face] >= 0},
        Photos(photos.of[faces], start, those[:count], photos.ids[faces]),
        constraints.born,
        constraints.day[faces],
        constraints.alike,
    )


@compiled
def _number_touched(component: Table32, changed: Bools, number: Ints) -> int:
    """Number the faces of components with a changed face, -1 for others; returns how many."""
    touched = np.zeros(len(component), np.bool_)
    for face in range(len(component)):
        touched[np.uint32(component[face])] |= changed[face]
    count = 0
    for face in range(len(component)):
        within = touched[np.uint32(component[face])]
        number[face] = count if within else -1
        count += within
    return count


@compiled
def _photos_of(start: Ints, faces: Ints, number: Ints, now: Ints, those: Ints) -> int:
    """Keep the faces of photos that are numbered; returns how many."""
    count = 0
    now[0] = 0
    for photo in range(len(start) - 1):
        for k in range(start[photo], start[photo + 1]):
            those[count] = number[faces[k]]
            count += number[faces[k]] >= 0
        now[photo + 1] = count
    return count
