"""From similarities and constraints to groups without names.

A forest that the user's decisions shape (`growing`), groups (`hierarchy`), doubtful single members
loosened and loose faces placed (`attach`).
"""

from __future__ import annotations

import numpy as np

from facesorter.cancel import CancelToken
from facesorter.clustering import thresholds as calibration
from facesorter.clustering.attach import drop_single, one_per_photo, tell_apart, vote
from facesorter.clustering.closeness import evidence
from facesorter.clustering.compiled import beside
from facesorter.clustering.constraints import Constraints
from facesorter.clustering.forest import Graph, Numbering, nearest_link
from facesorter.clustering.growing import grow
from facesorter.clustering.hierarchy import select
from facesorter.clustering.mean_faces import samples
from facesorter.clustering.means import by_mean
from facesorter.clustering.members import sizes
from facesorter.clustering.memory import Memory
from facesorter.clustering.parts import part_of
from facesorter.clustering.proposal import Bools, Ints, Thresholds
from facesorter.clustering.similarity import Vectors, to_steps

OWNED_BELOW_FLOOR = 0.05
"""Cosine below the floor down to which a single face is linked to a person with confirmed faces.
Confirmed faces hold together however unlike they are, so weaker links would sweep in whatever
hangs on any of them: of such additions 95 in 121 were wrong, above it none."""


def group(
    vectors: Vectors,
    graph: Graph,
    constraints: Constraints,
    found: Thresholds,
    memory: Memory,
    numbering: Numbering,
    changed: Bools | None,
    token: CancelToken | None = None,
) -> Ints:
    """Group faces, without naming the groups.

    Args:
        vectors: the embeddings.
        graph: their similarities, adjusted for crowds.
        constraints: what may not be broken.
        found: thresholds.
        memory: of the last refresh.
        numbering: where the faces are.
        changed: bool[n], faces of which a similarity, a list or an edge of the forest is other
            than at the last refresh; None where all may be.
        token: polled between steps; raises `Cancelled`.

    Returns:
        int64[n], group of each face from 0 on, or -1.
    """
    before = memory.grouped(graph, constraints.alike, found)
    if before is not None:
        return before
    confirmed = constraints.person
    part, gathered = None, memory.gathered(graph, numbering, found)
    if changed is not None and gathered is not None:
        ceiling = to_steps(found.ceiling)
        part = part_of(vectors, graph, constraints, numbering, changed, ceiling)
    if part is None or gathered is None:
        label = _gather(vectors, graph, constraints, found, memory, token, part=False)
    else:
        memory.walked.follow(part.numbering, steady=True)
        about = part.vectors, part.graph, part.constraints, found, memory
        theirs = _gather(*about, token, part=True)
        label, free = gathered, gathered.max(initial=-1) + 1
        label[part.faces] = np.where(theirs >= 0, theirs + free, -1)
    label = drop_single(label, confirmed)
    memory.keep_gathered(graph, numbering, found, label)
    if token is not None:
        token.check()
    loose = label < 0
    loose[list(constraints.rejected)] = False
    whose = np.full(int(label.max(initial=-1)) + 1, -1)
    whose[label[confirmed >= 0]] = confirmed[confirmed >= 0]
    lowest = to_steps(found.ceiling - calibration.BELOW_CEILING)
    born = np.where(whose >= 0, constraints.born[whose], -np.inf)
    stand = beside(lambda: samples(vectors, label, len(whose)))
    placed = vote(
        graph,
        label,
        constraints.photos,
        loose,
        least=np.where(
            whose >= 0, to_steps(found.join), to_steps(found.ceiling + calibration.VOTE_ABOVE)
        ),
        owned=whose >= 0,
        lowest=lowest,
        born=born,
        day=constraints.day,
        votes=memory.votes,
    )
    label = by_mean(
        vectors,
        graph,
        stand.result(),
        placed,
        loose & (placed < 0),
        constraints.photos,
        owned=whose >= 0,
        lowest=lowest,
        born=born,
        day=constraints.day,
        votes=memory.votes,
        means=memory.means,
        mean_faces=memory.mean_faces,
    )
    label = tell_apart(vectors, label, confirmed, whose, constraints.alike)
    memory.keep_groups(graph, constraints.alike, found, label)
    return label


def _gather(
    vectors: Vectors,
    graph: Graph,
    constraints: Constraints,
    found: Thresholds,
    memory: Memory,
    token: CancelToken | None,
    *,
    part: bool,
) -> Ints:
    """int64[n], groups before loose faces are placed, some of one face; of all faces or a part."""
    confirmed = constraints.person
    ceiling, floor = to_steps(found.ceiling), to_steps(found.floor)
    edges, refused = grow(
        graph,
        constraints,
        ceiling=ceiling,
        floor=floor,
        token=token,
        likely=memory.refused(vectors),
        walked=memory.walked,
    )
    memory.keep_refused(vectors, refused, part=part)
    label = select(graph.n, edges, ceiling=ceiling, floor=floor)
    label = _with_confirmed(label, confirmed)
    label = _loosen(label, edges, graph, confirmed, found)
    return one_per_photo(vectors, graph.lists, label, constraints.photos, confirmed, memory.doubled)


def _with_confirmed(label: Ints, confirmed: Ints) -> Ints:
    """Give persons whose confirmed faces ended in no group one of their own."""
    result = label.copy()
    stray = np.flatnonzero((confirmed >= 0) & (label < 0))
    persons = np.unique(confirmed[stray], return_inverse=True)[1]
    result[stray] = label.max(initial=-1) + 1 + persons
    return result


def _loosen(label: Ints, edges: Ints, graph: Graph, confirmed: Ints, found: Thresholds) -> Ints:
    """Take out unconfirmed faces that hang on their group by too little.

    A link of two faces speaks for itself alone, and at the ceiling strangers have such links, so
    it needs more. In a larger group the mean of the nearest three (two, where there are no more)
    has to reach the ceiling: a stranger may be like one of a group, hardly like three, and a face
    that is like three needs no outstanding one. The end of a chain, where fewer are near, has to
    be like the next one the more. Against a rule for the nearest alone BCubed F of the labelled
    photos rose by .0012, and the decisions to complete them fell by 6.
    """
    best = nearest_link(len(label), edges)
    size = sizes(label)
    at = np.maximum(label, 0)
    held = np.zeros(len(size), bool)
    held[label[confirmed >= 0]] = True
    needed = np.where(size > 2, to_steps(found.join), to_steps(found.attach))
    # A person with a single face is a pair like any other.
    needed[held & (size > 2)] = to_steps(found.floor - OWNED_BELOW_FLOOR)
    weak = (label >= 0) & (confirmed < 0) & (best < needed[at])
    judged = (label >= 0) & (confirmed < 0) & (size[at] > 2) & ~held[at]
    several = graph.lists.by_place(judged & (best < to_steps(found.floor)))
    mean, known = evidence(graph, label, several)
    weak[several[known]] = mean[known] < to_steps(found.ceiling)
    return np.where(weak, -1, label)
