"""Groups out of a forest: the single-linkage tree and the choice of its most persistent branches.

HDBSCAN* (Campello, Moulavi, Sander 2013) with the smallest group 2 and no core distances, on a
band: nothing below the ceiling is linked at all, so that every component has a tree of its own,
and nothing at or above the floor is ever split, because density is capped there. In between, the
excess of mass decides, which suits people who have three photos as well as those with thousands.

All that is linked at or above the floor is one atom of the tree, so only the edges within the
band are walked one by one. Merges at one similarity are one node with many children: the tree,
and all that follows, does not depend on the order of faces or of tied edges.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from facesorter.clustering.forest import components
from facesorter.clustering.proposal import Ints
from facesorter.clustering.similarity import distance

SMALLEST = 2
"""Faces in the smallest group: most people of a family's library appear only a few times."""

LARGE = 20
"""Faces from which on two branches are never one group by a link below the floor. Among the
hundreds of pairs between two such halves of one person some reach the floor, so branches that do
not are two people: siblings, whom single linkage bridges sooner or later and whose sheer size
then speaks for the union. At 10 a person's older photos were cut off; at 30,000 faces without the
rule two sisters with a thousand photos each became one."""


def select(
    n: int,
    lo: Ints,
    hi: Ints,
    steps: Ints,
    *,
    ceiling: int,
    floor: int,
    whole: bool = True,
    large: int = LARGE,
) -> npt.NDArray[np.int64]:
    """Choose the groups of a forest.

    Args:
        n: number of faces.
        lo: int64[e], one end of each forest edge.
        hi: int64[e], the other end.
        steps: int64[e], similarity of the edges in steps, in any order.
        ceiling: edges below it are left out, in steps.
        floor: faces linked at or above it stay together, in steps.
        whole: whether a whole component may be a group (plain HDBSCAN says no).
        large: faces from which on two branches stay apart.

    Returns:
        int64[n], the number of the group of each face from 0 on, or -1.
    """
    near = steps >= floor
    atom = components(n, lo[near], hi[near]).astype(np.int64)
    size = np.bincount(atom) if n else np.zeros(0, np.int64)
    band = np.flatnonzero(~near & (steps >= ceiling))
    band = band[np.argsort(-steps[band], kind="stable")]
    # Most atoms have no link within the band: they are groups, or loose faces, as they stand.
    linked, ends = np.unique(np.stack([atom[lo[band]], atom[hi[band]]]), return_inverse=True)
    tree = _Tree(size[linked].tolist(), _density(floor))
    densities = 1.0 / np.maximum(distance(steps[band]), 1e-9)
    for a, b, step, density in zip(
        ends[0].tolist(),
        ends[1].tolist(),
        steps[band].tolist(),
        densities.tolist(),
        strict=True,
    ):
        tree.merge(a, b, step, density)
    labels = np.full(len(size), -1)
    if whole:
        alone = np.flatnonzero(size >= SMALLEST)
        labels[alone] = len(band) + len(linked) + alone
    labels[linked] = tree.choose(_density(ceiling), whole, large)
    label: npt.NDArray[np.int64] = labels[atom]
    return np.unique(label, return_inverse=True)[1] - int((label < 0).any())


def _density(steps: int) -> float:
    return float(1.0 / max(float(distance(steps)), 1e-9))


class _Tree:
    """An n-ary tree that grows from the most similar merge to the least."""

    def __init__(self, sizes: list[int], cap: float) -> None:
        self._atoms = len(sizes)
        self._cap = cap
        self._parent = list(range(self._atoms))
        self._rank = list(sizes)
        self._node = list(range(self._atoms))
        self._size = list(sizes)
        # Per node beyond the atoms: its step, its density, the nodes below it.
        self._step: list[int] = []
        self._density: list[float] = []
        self._below: list[list[int]] = []
        self._absorbed: list[bool] = []

    def _find(self, atom: int) -> int:
        parent = self._parent
        while parent[atom] != atom:
            parent[atom] = parent[parent[atom]]
            atom = parent[atom]
        return atom

    def merge(self, a: int, b: int, step: int, density: float) -> None:
        """Join the trees of two atoms at a similarity; calls come most similar first."""
        a, b = self._find(a), self._find(b)
        u, v = self._node[a], self._node[b]
        if self._rank[a] < self._rank[b]:
            a, b = b, a
        self._parent[b] = a
        self._rank[a] += self._rank[b]
        u_now = u >= self._atoms and self._step[u - self._atoms] == step
        v_now = v >= self._atoms and self._step[v - self._atoms] == step
        if u_now and v_now:
            self._below[u - self._atoms] += self._below[v - self._atoms]
            self._absorbed[v - self._atoms] = True
            target = u
        elif u_now or v_now:
            target, other = (u, v) if u_now else (v, u)
            self._below[target - self._atoms].append(other)
        else:
            target = self._atoms + len(self._step)
            self._step.append(step)
            self._density.append(min(density, self._cap))
            self._below.append([u, v])
            self._absorbed.append(False)
        self._node[a] = target

    def choose(self, top: float, whole: bool, large: int) -> list[int]:
        """Label every atom by excess of mass; ``top`` is the density at which components begin."""
        candidates = _Candidates(large)
        total = self._atoms + len(self._step)
        branch = [-1] * total
        size = self._size + [0] * len(self._step)
        has_parent = [False] * total
        for atom in range(self._atoms):
            if size[atom] >= SMALLEST:
                branch[atom] = candidates.begin(size[atom], self._cap)
        for index, below in enumerate(self._below):
            if self._absorbed[index]:
                continue
            node, density = self._atoms + index, self._density[index]
            for child in below:
                size[node] += size[child]
                has_parent[child] = True
            inside = [branch[child] for child in below if branch[child] >= 0]
            if len(inside) == 1:
                branch[node] = candidates.grow(inside[0], size[node], density)
            elif inside or size[node] >= SMALLEST:
                branch[node] = candidates.begin(size[node], density, inside)
        for node in range(total):
            gone = node >= self._atoms and self._absorbed[node - self._atoms]
            if not has_parent[node] and not gone and branch[node] >= 0 and whole:
                candidates.end(branch[node], top)
        winner = candidates.winners()
        label = [-1] * total
        # From the roots down: a node without a candidate of its own follows its parent.
        for index in range(len(self._below) - 1, -1, -1):
            if self._absorbed[index]:
                continue
            node = self._atoms + index
            if branch[node] >= 0:
                label[node] = winner[branch[node]]
            for child in self._below[index]:
                label[child] = label[node]
        for atom in range(self._atoms):
            if branch[atom] >= 0:
                label[atom] = winner[branch[atom]]
        return label[: self._atoms]


class _Candidates:
    """Branches that could be groups, their stability, and which of them win."""

    def __init__(self, large: int) -> None:
        self._large = large
        self._barred: list[bool] = []
        self._mass: list[float] = []
        self._size: list[int] = []
        self._inside: list[list[int]] = []
        self._parent: list[int] = []
        self._best: list[float] = []
        self._wins: list[bool] = []

    def begin(self, size: int, density: float, inside: list[int] | None = None) -> int:
        number = len(self._mass)
        for child in inside or ():
            self.end(child, density)
            self._parent[child] = number
        parts = inside or []
        self._barred.append(
            sum(self._size[child] >= self._large for child in parts) > 1
            or any(self._barred[child] for child in parts)
        )
        self._mass.append(size * density)
        self._size.append(size)
        self._inside.append(parts)
        self._parent.append(-1)
        self._best.append(0.0)
        self._wins.append(False)
        return number

    def grow(self, number: int, size: int, density: float) -> int:
        self._mass[number] += (size - self._size[number]) * density
        self._size[number] = size
        return number

    def end(self, number: int, density: float) -> None:
        """The branch meets another, or the ceiling, at a density: weigh it against its parts."""
        stability = self._mass[number] - self._size[number] * density
        # fsum is exact before its one rounding: the order of the parts cannot tip the balance.
        parts = math.fsum(self._best[child] for child in self._inside[number])
        self._wins[number] = stability >= parts and not self._barred[number]
        self._best[number] = stability if self._wins[number] else parts

    def winners(self) -> list[int]:
        """For each candidate the number of the group it is in, -1 where none won."""
        result = [-1] * len(self._mass)
        for number in range(len(self._mass) - 1, -1, -1):
            parent = self._parent[number]
            if parent >= 0 and result[parent] >= 0:
                result[number] = result[parent]
            elif self._wins[number]:
                result[number] = number
        return result
