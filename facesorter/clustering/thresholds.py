"""Thresholds derived from the library itself: no number for the user to find.

The ceiling follows the highest of n similarities to strangers: a face has about n of them, and the
highest of n normal scores lies near mean + deviation * sqrt(2 ln n). Fixed thresholds merge
strangers once a library is large enough; this one rises with it.

The floor uses labels that photos give for free: two faces of one photo are hardly ever one person.
A grouping that ignores photos is tried at lower and lower floors; the share of faces that share a
photo with a group-mate stays level until strangers begin to run together, then explodes.
"""

from __future__ import annotations

import math

import numpy as np

from facesorter.cancel import CancelToken
from facesorter.clustering.compiled import in_parts
from facesorter.clustering.constraints import Photos, doubled
from facesorter.clustering.forest import nearest_link
from facesorter.clustering.graph import Graph
from facesorter.clustering.hierarchy import select
from facesorter.clustering.kernels import sizes, unpack
from facesorter.clustering.normalisation import USUAL
from facesorter.clustering.proposal import Ints, Thresholds
from facesorter.clustering.similarity import STEPS, Vectors, to_steps

CERTAIN = to_steps(0.60)
"""Steps. Faces linked at this count as one person when strangers are measured, so that a person who
fills the library is not taken for strangers."""

SMALL_LIBRARY = 1000
"""Faces. A smaller library counts as one of this size: its few strangers are relatives."""

JOIN_ABOVE = 0.05
VOTE_ABOVE = 0.03
"""Cosines above the ceiling; the best swept values of five sizes of real faces lay within 0.01."""

PAIR_ABOVE = (0.0, 0.01, 0.02, 0.03)
"""Cosines above the ceiling from which on two faces may be a group; the last one always does."""

FOUND = 0.4
"""Share of such pairs that strangers must not account for. The estimate of strangers is cautious,
because it ignores crowding: of the pairs it let in 74 to 95 % were right in 24 synthetic libraries
of 10,000 and 50,000 faces. On the labelled photos, where half of them would be wrong, the share was
0.1."""

FLOOR_HIGHEST = 0.36
FLOOR_STEP = 0.03
FLOOR_SAFETY = 0.015
"""Cosines above the ceiling: the highest floor, the step down to the next one tried, and what is
added to the one found."""

FLOOR_LOWEST = 0.30
"""Share of the way from the ceiling to 1 that the floor keeps at least. As a share it fits models
of 128 and 512 dimensions alike, whose best swept floors lay at 0.30 to 0.33 of it."""

BELOW_CEILING = 0.06
"""Cosine. How far below the ceiling votes still see a runner-up."""

CLASH_NOISE = 0.0025
"""Share of faces: chance on the plateau; percolation jumps to 1 % and more at once."""

_GROUP_PHOTOS = 200
"""Photos with several faces below which the share of clashes means nothing."""

_PAIRS = 200_000
_SEED = 1
_BELIEF = 30
"""Weight of the prior `_USUAL`, in faces of the library; and of the prior that pairs are strangers,
in pairs."""

_USUAL = {128: (0.08, 0.09)}
_USUAL_ELSE = (0.02, 0.065)
"""Mean and deviation of strangers' cosines by dimensions: SFace (128) on public photos of adults;
ArcFace-like models (512)."""

GROWN = 1.2
"""Thresholds are computed again when the library has grown by a fifth."""


def lowest_useful(vectors: Vectors, known: Thresholds | None) -> int:
    """The least similarity worth keeping in the graph, in steps."""
    if known is not None:
        return lowest_for(known.ceiling)
    mean, deviation = _strangers(vectors, np.arange(len(vectors)))
    guess = mean + deviation * math.sqrt(2 * math.log(max(len(vectors), SMALL_LIBRARY)))
    # The guess is too high where one person fills the library, hence the margin and the limits.
    return lowest_for(min(max(guess - BELOW_CEILING / 2, 0.15), 0.42))


def lowest_for(ceiling: float) -> int:
    """The least similarity worth keeping for a ceiling, in steps."""
    # A step lower, so that rounding never puts the ceiling out of reach.
    return to_steps(min(ceiling - BELOW_CEILING, USUAL * ceiling)) - 1


def least_ceiling(lowest: int) -> int:
    """The lowest ceiling, in steps, that a graph with neighbours down to ``lowest`` serves."""
    return to_steps(max(lowest / STEPS + BELOW_CEILING, lowest / STEPS / USUAL))


def is_current(known: Thresholds | None, n: int) -> bool:
    """Whether thresholds found earlier still hold for ``n`` faces."""
    return known is not None and n < GROWN * max(known.n, 1)


def find_ceiling(vectors: Vectors, graph: Graph, known: Thresholds | None, n: int) -> float:
    """Find the ceiling of a library, or keep the one that holds.

    Args:
        vectors: the embeddings.
        graph: their plain similarities.
        known: thresholds of the last refresh; the ceiling never falls below theirs.
        n: number of faces, copies included.
    """
    if known is not None and is_current(known, n):
        return known.ceiling
    mean, deviation = _strangers(vectors, _one_each(graph))
    ceiling = mean + deviation * math.sqrt(2 * math.log(max(graph.n, SMALL_LIBRARY)))
    # The graph must reach as far below the ceiling as votes and normalisation look.
    ceiling = max(ceiling, least_ceiling(graph.lowest) / STEPS)
    return to_steps(max(ceiling, known.ceiling if known is not None else 0.0)) / STEPS


def find(
    vectors: Vectors,
    photos: Photos,
    graph: Graph,
    ceiling: float,
    known: Thresholds | None,
    n: int,
    token: CancelToken | None = None,
) -> Thresholds:
    """Find all thresholds of a library, or keep those that hold.

    Args:
        vectors: the embeddings.
        photos: the photos with several faces.
        graph: normalised similarities, by which faces will be grouped.
        ceiling: from `find_ceiling`.
        known: thresholds of the last refresh; the new ones are never lower.
        n: number of faces, copies included.
        token: polled between trials; raises `Cancelled`.
    """
    if known is not None and is_current(known, n):
        return known
    floor = ceiling + _floor_above(graph, photos, ceiling, token)
    if known is not None:
        floor = max(floor, known.floor)
    floor = to_steps(floor) / STEPS
    pair = ceiling + _pair_above(graph, ceiling, floor, _strangers(vectors, _one_each(graph)))
    if known is not None:
        pair = max(pair, known.attach)
    return Thresholds(ceiling, floor, ceiling + JOIN_ABOVE, pair, n)


def _one_each(graph: Graph) -> Ints:
    """One face of each person, as far as that is certain."""
    provisional = graph.components_at(CERTAIN)
    first = np.unique(provisional[graph.core], return_index=True)[1]
    result: Ints = np.flatnonzero(graph.core)[first]
    return result


def _strangers(vectors: Vectors, faces: Ints) -> tuple[float, float]:
    """Mean and deviation of the cosines of different people, from one face of each."""
    usual_mean, usual_deviation = _USUAL.get(vectors.matrix.shape[1], _USUAL_ELSE)
    count = len(faces)
    if count < 2:
        return usual_mean, usual_deviation
    if count * (count - 1) // 2 <= _PAIRS:
        a, b = np.triu_indices(count, 1)
    else:
        a, b = np.random.default_rng(_SEED).integers(0, count, (2, _PAIRS))
        a, b = a[a != b], b[a != b]
    cosines = np.empty(len(a))

    def loop(start: int, end: int) -> None:
        cosines[start:end] = vectors.cosines(faces[a[start:end]], faces[b[start:end]])

    in_parts(loop, len(a))
    # Quantiles are robust to the few pairs of one person that are left.
    low, middle, high = np.quantile(cosines, (0.16, 0.5, 0.84))
    weight = count / (count + _BELIEF)
    mean = weight * middle + (1 - weight) * usual_mean
    deviation = weight * (high - low) / 2 + (1 - weight) * usual_deviation
    return float(mean), float(deviation)


def _floor_above(graph: Graph, photos: Photos, ceiling: float, token: CancelToken | None) -> float:
    lowest = FLOOR_LOWEST * (1 - ceiling)
    if len(photos.start) - 1 < _GROUP_PHOTOS:
        return lowest + FLOOR_SAFETY
    above = FLOOR_HIGHEST
    level = _clash(graph, photos, ceiling, above)
    while above > lowest:
        if token is not None:
            token.check()
        lower = max(above - FLOOR_STEP, lowest)
        if _clash(graph, photos, ceiling, lower) > 1.5 * level + CLASH_NOISE:
            break
        above = lower
    return above + FLOOR_SAFETY


def _pair_above(
    graph: Graph, ceiling: float, floor: float, strangers: tuple[float, float]
) -> float:
    """Find how far above the ceiling the similarity of a pair must be.

    Faces outside larger groups are mostly strangers, whose similarities have a normal tail. Below
    the ceiling they are nearly all there is, which gives their number; what exceeds their tail
    above it is pairs of one person.
    """
    mean, deviation = strangers
    label = select(graph.n, graph.forest, ceiling=to_steps(ceiling), floor=to_steps(floor))
    size = sizes(label)
    best = nearest_link(graph.n, graph.forest)
    last = PAIR_ABOVE[-1]
    loose = (label < 0) | ((size[label] == 2) & (best < to_steps(ceiling + last)))
    least = to_steps(ceiling - BELOW_CEILING)
    part = np.where(loose, np.arange(graph.n), -1)
    lo, hi, steps = unpack(np.unique(graph.links(least, part)))
    steps = steps[loose[lo] & loose[hi]]

    def count(low: float, high: float) -> int:
        within = (steps >= to_steps(ceiling + low)) & (steps < to_steps(ceiling + high))
        return int(within.sum())

    def share(low: float, high: float) -> float:
        tail = [math.erfc((ceiling + at - mean) / (deviation * math.sqrt(2))) for at in (low, high)]
        return tail[0] - tail[1]

    known = -BELOW_CEILING, -BELOW_CEILING / 2
    strangers_in_all = count(*known) / max(share(*known), 1e-300)
    for above in PAIR_ABOVE[:-1]:
        pairs = count(above, last)
        if pairs - strangers_in_all * share(above, last) >= FOUND * (pairs + _BELIEF):
            return above
    return last


def _clash(graph: Graph, photos: Photos, ceiling: float, above: float) -> float:
    """Share of faces in groups of three and more that have a group-mate in their photo."""
    low, floor = to_steps(ceiling), to_steps(ceiling + above)
    label = select(graph.n, graph.forest, ceiling=low, floor=floor)
    best = nearest_link(graph.n, graph.forest)
    size = sizes(label)
    large = (label >= 0) & (size[label] > 2) & (best >= to_steps(ceiling + JOIN_ABOVE))
    size = sizes(np.where(large, label, -1), len(size))
    large &= size[np.maximum(label, 0)] > 2
    return int(doubled(np.where(large, label, -1), photos).sum()) / max(int(large.sum()), 1)
