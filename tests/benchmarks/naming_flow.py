"""After naming some people: the share of their other faces that is recognized, asked about, wrong.

    python -m tests.benchmarks.naming_flow EMBEDDINGS.npz [--photos 6] [--people 10] [--seeds 10]

``EMBEDDINGS.npz`` is what `analyse_folder` saves of a folder with one subfolder per person. Prints
one JSON object a case, summed over the seeds, each of which confirms other photos. ``silent``,
``asked`` and ``lost`` (with nobody or somebody else) are shares of the named people's other faces;
``wrong`` and ``wrong_asked`` count faces of others that are recognized as, or suggested for, a
named person, and ``wrong_share`` is wrong / recognized. The most central face of each photo is
judged; who stands beside is not known, though often somebody named.

After the largest people of all come those of each half of the people (numbers were chosen on the
first; the second is the report), everybody with 8 photos, and what is harder: few photos in the
library; children, made by drawing a fifth of the people towards common looks until strangers' 1 in
10,000 is .15 higher, as measured between children; and unnamed relatives, made by turning one
person of a pair until the cosine of their mean faces is as given.
"""

from __future__ import annotations

import argparse
import collections
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from facesorter.clustering.engine import propose
from facesorter.clustering.proposal import Snapshot

SEVERAL = 8
"""Photos of a person who is named where everybody with enough photos is."""
KIN = 12
"""Pairs of relatives made."""
NEIGHBOURS = 10
"""Other people in a small library."""
CHILDREN, LOOKS, PULL, NOISE = 0.2, 5, 0.62, 0.45
"""Share of people made children, their common looks, how strongly drawn, and what varies more."""

Random = np.random.Generator


@dataclass(frozen=True)
class Faces:
    """Faces and who they are; "" is not known."""

    vectors: np.ndarray
    photo: np.ndarray
    quality: np.ndarray
    person: np.ndarray

    def of(self, people: list[str]) -> Faces:
        """Return the faces in all photos of some people."""
        kept = np.isin(self.photo, self.photo[np.isin(self.person, people)])
        return Faces(*(values[kept] for values in vars(self).values()))

    def people(self, least: int) -> list[str]:
        """Return who has that many faces, most first."""
        count = collections.Counter(self.person[self.person != ""].tolist())
        return [person for person, faces in count.most_common() if faces >= least]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--photos", type=int, default=6)
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=10)
    options = parser.parse_args()
    faces = read(options.file)
    for name, case in cases(options.people):
        total = collections.Counter[str]()
        for seed in range(options.seeds):
            random = np.random.default_rng(seed)
            total.update(measure(*case(faces, random), options.photos, random))
        print(json.dumps({"case": name} | shares(total)), flush=True)


def read(path: str) -> Faces:
    """Read a file of `analyse_folder`."""
    file = dict(np.load(path))
    person = np.full(len(file["all_emb"]), "", file["names"].dtype)
    person[file["central"]] = [Path(name).parts[0] for name in file["names"].tolist()]
    return Faces(_unit(file["all_emb"]), file["all_photo"], file["all_quality"], person)


def cases(people: int) -> Iterator[tuple[str, Callable[[Faces, Random], tuple[Faces, list[str]]]]]:
    """Yield the cases: a name, and what makes a library and the people to be named in it."""
    yield f"{people} largest", lambda faces, random: (faces, faces.people(2)[:people])
    for half in (0, 1):
        yield (
            f"half {half}: {people} largest",
            lambda faces, random, half=half: (
                _half(faces, half),
                _half(faces, half).people(2)[:people],
            ),
        )
    yield f"all with {SEVERAL}", lambda faces, random: (faces, faces.people(SEVERAL))
    yield "small library", _small
    yield "children", _children
    for cosine in (0.55, 0.65, 0.75):
        yield (
            f"relatives {cosine}",
            lambda faces, random, cosine=cosine: _kin(faces, random, cosine, unnamed=True),
        )
    yield "relatives 0.75, both named", lambda faces, random: _kin(faces, random, 0.75, False)


def measure(faces: Faces, named: list[str], photos: int, random: Random) -> dict[str, int]:
    """Name people by some photos each, refresh, and count where the other faces went."""
    number = {person: at for at, person in enumerate(named)}
    truth = np.array([number.get(person, -2) for person in faces.person.tolist()])
    confirmed = np.full(len(truth), -1)
    for at in range(len(named)):
        own = np.flatnonzero(truth == at)
        confirmed[random.choice(own, min(photos, len(own) - 1), replace=False)] = at
    n = len(truth)
    snapshot = Snapshot(
        face_ids=np.arange(1, n + 1),
        embeddings=faces.vectors,
        photo_ids=faces.photo.astype(np.int64),
        quality=faces.quality,
        taken=np.full(n, np.nan),
        confirmed=confirmed,
        shown=confirmed.copy(),
        rejections=np.zeros((0, 2), np.int64),
        owned=np.arange(len(named)),
    )
    found = propose(snapshot)
    rest = (truth >= 0) & (confirmed < 0)
    right = found.person == truth
    suggested = (found.person >= 0) & (found.person < len(named)) & (confirmed < 0)
    wrong = suggested & ~right & (faces.person != "")
    return {
        "faces": int(rest.sum()),
        "silent": int((rest & right & found.sure).sum()),
        "asked": int((rest & right & ~found.sure).sum()),
        "lost": int((rest & ~right).sum()),
        "wrong": int((wrong & found.sure).sum()),
        "wrong_asked": int((wrong & ~found.sure).sum()),
    }


def shares(total: collections.Counter[str]) -> dict[str, Any]:
    """Turn counts into what is printed."""
    recognized = total["silent"] + total["wrong"]
    return {
        "faces": total["faces"],
        **{each: round(total[each] / total["faces"], 4) for each in ("silent", "asked", "lost")},
        "wrong": total["wrong"],
        "wrong_asked": total["wrong_asked"],
        "wrong_share": round(total["wrong"] / max(recognized, 1), 5),
    }


def _half(faces: Faces, half: int) -> Faces:
    ranked = faces.people(1)
    return faces.of(ranked[half::2])


def _small(faces: Faces, random: Random) -> tuple[Faces, list[str]]:
    named = random.choice(faces.people(SEVERAL), 4, replace=False).tolist()
    others = random.choice(faces.people(1), NEIGHBOURS, replace=False).tolist()
    return faces.of([*named, *others]), named


def _children(faces: Faces, random: Random) -> tuple[Faces, list[str]]:
    several, everybody = faces.people(SEVERAL), np.array(faces.people(1))
    children = set(random.choice(several, len(several) // 4, replace=False).tolist())
    children |= set(random.choice(everybody, round(CHILDREN * len(everybody)), replace=False))
    width = faces.vectors.shape[1]
    # The looks have something in common, too.
    common = 0.7 * _unit(random.standard_normal(width))
    looks = _unit(_unit(random.standard_normal((LOOKS, width))) + common)
    look_of = {child: int(random.integers(LOOKS)) for child in sorted(children)}
    rows = np.flatnonzero(np.isin(faces.person, sorted(children)))
    moved = faces.vectors.copy()
    drawn = PULL * looks[[look_of[child] for child in faces.person[rows].tolist()]]
    varied = NOISE * _unit(random.standard_normal((len(rows), width)))
    moved[rows] = _unit(moved[rows] + drawn + varied)
    return replace(faces, vectors=moved), [each for each in several if each in children]


def _kin(faces: Faces, random: Random, cosine: float, unnamed: bool) -> tuple[Faces, list[str]]:
    chosen = random.choice(faces.people(SEVERAL), 2 * KIN, replace=False).tolist()
    moved = faces.vectors.copy()
    for one, other in zip(chosen[::2], chosen[1::2], strict=True):
        first = _unit(moved[faces.person == one].mean(axis=0))
        rows = moved[faces.person == other]
        second = _unit(rows.mean(axis=0))
        now = float(first @ second)
        across = _unit(second - now * first)
        # Turned in the plane of the two means, so that what varies from photo to photo stays.
        x, y = rows @ first, rows @ across
        angle = np.arccos(cosine) - np.arccos(now)
        turned = np.outer(x * np.cos(angle) - y * np.sin(angle) - x, first)
        turned += np.outer(x * np.sin(angle) + y * np.cos(angle) - y, across)
        moved[faces.person == other] = _unit(rows + turned)
    return replace(faces, vectors=moved), chosen[::2] if unnamed else chosen


def _unit(rows: np.ndarray) -> np.ndarray:
    result: np.ndarray = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
    return result.astype(np.float32)


if __name__ == "__main__":
    main()
