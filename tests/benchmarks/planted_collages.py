"""Collages planted into a labelled library: do they harm the photos that were sound?

    python -m tests.benchmarks.planted_collages EMBEDDINGS.npz [--people 20] [--collages 2 4 9]
        [--seed 0]

The file is as for `grouping_table`. Of each of some people with enough photos, that many are put
into one photo, as a collage of them would be; the library is grouped without those faces, then with
them. Rules were found on one half of the people (``--half 0``), figures are of the other
(``--half 1``). Prints a Markdown table:

- groups changed: those of the single photos that are not the same with the collages, however
  little; in brackets, those that change where the same faces come in photos of their own, which
  complete some groups and move thresholds a little;
- together: share of a planted person's single photos in their largest group, without and with;
- joined: share of the collages' faces that are in that group;
- strangers: share of single photos in a group with a planted face of somebody else;
- freed: photos with two real people whose faces were taken for one, first of those in the library,
  then of ``--apart`` pairs of people made as alike as siblings and photographed together once.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import patch

import numpy as np

from facesorter.clustering import engine
from facesorter.clustering.collages import find_collages
from facesorter.clustering.constraints import Photos
from facesorter.clustering.engine import propose
from facesorter.clustering.proposal import Snapshot
from tests.benchmarks.grouping_table import as_labels, read

LEFT = 4
"""Single photos that a planted person keeps at least."""

SIBLINGS = (0.45, 0.55)
"""Mean cosines of siblings' photos: a pair of brothers lay at the first."""


def half_of(truth: np.ndarray, half: int | None) -> np.ndarray:
    """The people to plant, every other one of those with several photos."""
    people = np.flatnonzero(np.bincount(truth[truth >= 0]) > LEFT)
    return people if half is None else people[half::2]


def part(snapshot: Snapshot, rows: np.ndarray, photo: np.ndarray) -> Snapshot:
    """Some faces of a library, in other photos."""
    names = ("face_ids", "embeddings", "quality", "taken", "confirmed", "shown")
    fields = {name: getattr(snapshot, name)[rows] for name in names}
    return replace(snapshot, photo_ids=photo[rows], **fields)


def changed(before: np.ndarray, after: np.ndarray) -> int:
    """How many groups of the first labelling are not groups of the second; -1 is alone."""
    before, after = (np.where(x < 0, -1 - np.arange(len(x)), x) for x in (before, after))
    pairs = np.unique(np.stack([before, after]), axis=1)
    _, one, parts = np.unique(pairs[0], return_inverse=True, return_counts=True)
    _, other, mixed = np.unique(pairs[1], return_inverse=True, return_counts=True)
    return len(np.unique(pairs[0][(parts[one] > 1) | (mixed[other] > 1)]))


def largest(label: np.ndarray) -> int:
    """The group that most of some faces are in, -2 for none."""
    return int(np.bincount(label[label >= 0]).argmax()) if (label >= 0).any() else -2


def planted(
    snapshot: Snapshot, truth: np.ndarray, people: np.ndarray, size: int, count: int, seed: int = 0
) -> str:
    """A row of the table."""
    random = np.random.default_rng(seed)
    enough = people[np.bincount(truth[truth >= 0])[people] >= size + LEFT]
    chosen = random.permutation(enough)[:count]
    photo, inside = snapshot.photo_ids.copy(), np.zeros(len(truth), bool)
    for person in chosen.tolist():
        some = random.permutation(np.flatnonzero(truth == person))[:size]
        photo[some], inside[some] = photo.max() + 1, True
    single = np.flatnonzero(~inside)
    without = np.full(len(truth), -1)
    without[single] = as_labels(propose(part(snapshot, single, photo)).person)
    label = as_labels(propose(replace(snapshot, photo_ids=photo)).person)
    own_photos = np.where(inside, photo.max() + 1 + np.arange(len(photo)), photo)
    apart = as_labels(propose(replace(snapshot, photo_ids=own_photos)).person)
    joined, together = 0, []
    strangers = np.zeros(len(truth), bool)
    for person in chosen.tolist():
        own = np.flatnonzero((truth == person) & ~inside)
        joined += int((label[(truth == person) & inside] == largest(label[own])).sum())
        together.append([(x[own] == largest(x[own])).mean() for x in (without, label)])
        theirs = label[(truth == person) & inside]
        strangers |= ~inside & (truth != person) & np.isin(label, theirs[theirs >= 0])
    before, after = np.mean(together, axis=0)
    return (
        f"| {size} | {len(chosen)} | {changed(without[single], label[single])} "
        f"({changed(without[single], apart[single])}) of "
        f"{len(np.unique(without[single])) - 1} | {before:.3f} → {after:.3f} | "
        f"{joined / max(inside.sum(), 1):.3f} | {strangers.sum() / len(single):.4f} |"
    )


def freed(snapshot: Snapshot) -> tuple[int, int]:
    """Photos of which faces are taken for one person, and photos with several faces."""
    found: list[int] = []

    def spy(vectors: object, graph: object, photos: Photos, *rest: object) -> Photos:
        result = find_collages(vectors, graph, photos, *rest)  # type: ignore[arg-type]
        found.append(len(np.unique(photos.of[result.look != photos.look])))
        found.append(len(photos.start) - 1)
        return result

    with patch.object(engine, "find_collages", spy):
        propose(snapshot)
    return found[0], found[1]


def siblings(
    snapshot: Snapshot, truth: np.ndarray, people: np.ndarray, cosine: float, count: int
) -> Snapshot:
    """The library with pairs of people made alike, who are on one photo together."""
    random = np.random.default_rng(1)
    pairs = random.permutation(people)[: min(2 * count, len(people) // 2 * 2)].reshape(-1, 2)
    rows, photo = np.array(snapshot.embeddings), snapshot.photo_ids.copy()
    for one, other in pairs.tolist():
        own, theirs = np.flatnonzero(truth == one), np.flatnonzero(truth == other)
        for share in np.linspace(0, 2, 81):
            alike = snapshot.embeddings[theirs] + share * snapshot.embeddings[own].mean(axis=0)
            alike /= np.linalg.norm(alike, axis=1, keepdims=True)
            if (alike @ snapshot.embeddings[own].T).mean() >= cosine:
                break
        rows[theirs] = alike
        photo[[own[0], theirs[0]]] = photo.max() + 1
    return replace(snapshot, embeddings=rows, photo_ids=photo)


def table(snapshot: Snapshot, truth: np.ndarray, options: argparse.Namespace) -> Iterator[str]:
    """The rows."""
    people = half_of(truth, options.half)
    yield "| faces in a collage | people | groups changed | together | joined | strangers |"
    yield "|---|---|---|---|---|---|"
    for size in options.collages:
        yield planted(snapshot, truth, people, size, options.people, options.seed)
    yield ""
    yield "freed: {} of {} photos with several people".format(*freed(snapshot))
    for cosine in SIBLINGS:
        made = siblings(snapshot, truth, people, cosine, options.apart)
        number, several = freed(made)
        yield f"freed with {options.apart} pairs at {cosine}: {number} of {several}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--collages", type=int, nargs="+", default=[2, 4, 9])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--half", type=int, choices=(0, 1))
    parser.add_argument("--apart", type=int, default=20)
    options = parser.parse_args()
    for row in table(*read(options.file), options):
        print(row, flush=True)


if __name__ == "__main__":
    main()
