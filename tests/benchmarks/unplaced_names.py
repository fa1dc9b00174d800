"""Find the face of a person who is said to be on a photo, nobody says where: how often right.

    .venv/bin/python -m tests.benchmarks.unplaced_names LABELLED [--keep FILE.npz]

LABELLED has a folder for each person. Group photos are put together from faces of up to six people,
of whom one is said to be there and has one to ten confirmed faces elsewhere; in one of seven groups
that person's face wasn't found. Half of the people are tuned: of the false accept rates and leads,
the pair with most right faces among those with at most 1 % wrong ones. The other half is reported,
with what the values in use give, and with the threshold of a face without a name.

Analyzing takes minutes; ``--keep`` saves the embeddings, or uses those saved.
"""

from __future__ import annotations

import argparse
import itertools
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from facesorter.app.model_switch import load_analyzer
from facesorter.faces import calibration
from facesorter.faces.analyzer import FoundFace
from facesorter.images import decode
from facesorter.library.name_import.unplaced_names import FAR, LEAD, pick
from facesorter.settings import Settings

FARS: Final = (0.1, 0.05, 0.03, 0.02, 0.01, 5e-3, 2e-3, 1e-3, 1e-4)
LEADS: Final = (0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15)
WRONG: Final = 0.01
MISSING: Final = 7
"""One of so many groups lacks the face of the person."""
EACH: Final = 4
"""Photos asked about of each person at most, each in `ROUNDS` groups."""
ROUNDS: Final = 5

Vectors = NDArray[np.float32]


class Group(NamedTuple):
    """A photo that somebody is said to be on."""

    faces: Vectors
    own: int
    """The person's face, -1 if it wasn't found."""
    known: Vectors
    """The person's faces elsewhere."""


def embeddings(folder: Path, keep: Path | None) -> dict[str, Vectors]:
    """Return the most central face of each photo by person."""
    if keep is not None and keep.is_file():
        with np.load(keep) as saved:
            names, vectors = saved["names"], saved["emb"]
    else:
        analyzer = load_analyzer(Settings())
        found: list[FoundFace] = []
        paths = []
        for path in sorted(folder.glob("*/*.jpg")):
            seen = analyzer.analyse(decode.load_upright(path.read_bytes(), long_side=1280).pixels)
            if seen:
                found.append(min(seen, key=_off_center))
                paths.append(path.relative_to(folder).as_posix())
        names, vectors = np.array(paths), np.stack([face.embedding for face in found])
        if keep is not None:
            np.savez(keep, names=names, emb=vectors)
    by_person: dict[str, list[Vectors]] = defaultdict(list)
    for name, vector in zip(names.tolist(), vectors, strict=True):
        by_person[name.partition("/")[0]].append(vector)
    return {name: np.stack(rows) for name, rows in by_person.items()}


def _off_center(face: FoundFace) -> float:
    region = face.region
    return abs(region.x + region.w / 2 - 0.5) + abs(region.y + region.h / 2 - 0.5)


def groups(people: Sequence[Vectors], rng: np.random.Generator) -> list[Group]:
    """Put group photos together from people."""
    made = []
    for who, rows in enumerate(people):
        if len(rows) < 2:
            continue
        for asked, _ in itertools.product(rng.permutation(len(rows))[:EACH], range(ROUNDS)):
            others = rng.choice(len(people), size=rng.integers(1, 6), replace=False)
            faces = [people[o][rng.integers(len(people[o]))] for o in others if o != who]
            own = -1
            if rng.integers(MISSING) and faces:
                own = int(rng.integers(len(faces) + 1))
                faces.insert(own, rows[asked])
            if not faces:
                continue
            elsewhere = rng.permutation(np.delete(np.arange(len(rows)), asked))
            known = rows[elsewhere[: rng.integers(1, 11)]]
            made.append(Group(np.stack(faces), own, known))
    return made


def score(asked: Sequence[Group], threshold: float, lead: float) -> tuple[float, float]:
    """Return the share of right faces, and of wrong ones, of all groups asked about."""
    right = wrong = 0
    for group in asked:
        found = pick(group.faces, group.known, threshold, lead)
        if found is not None:
            right += found == group.own
            wrong += found != group.own
    return right / len(asked), wrong / len(asked)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labelled", type=Path)
    parser.add_argument("--keep", type=Path)
    args = parser.parse_args()
    by_person = embeddings(args.labelled, args.keep)
    rng = np.random.default_rng(16)
    order = rng.permutation(sorted(by_person)).tolist()
    tuned = groups([by_person[name] for name in order[::2]], rng)
    other = groups([by_person[name] for name in order[1::2]], rng)
    known = calibration.of_pack(*_pack(len(next(iter(by_person.values()))[0])))
    print(f"groups: {len(tuned)} tuned, {len(other)} reported")
    print("    far   lead  right   wrong   (tuned half)")
    best: tuple[float, float, float] | None = None
    for far, lead in itertools.product(FARS, LEADS):
        right, wrong = score(tuned, known.similarity(far), lead)
        print(f"{far:7} {lead:6} {100 * right:5.1f} %  {100 * wrong:5.2f} %")
        if wrong <= WRONG and (best is None or right > best[0]):
            best = right, far, lead
    assert best is not None
    for name, far, lead in (
        ("best of the tuned half", *best[1:]),
        ("in use", FAR, LEAD),
        ("a face without a name", calibration.SAME, 0.0),
    ):
        right, wrong = score(other, known.similarity(far), lead)
        print(
            f"{name}: far {far}, lead {lead}: {100 * right:.1f} % right, {100 * wrong:.2f} % wrong"
        )
    print(f"a face was there in {100 * np.mean([g.own >= 0 for g in other]):.1f} %")


def _pack(dimension: int) -> tuple[str, int]:
    return next((name, dimension) for name in calibration.KNOWN)


if __name__ == "__main__":
    main()
