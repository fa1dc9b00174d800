"""How well the map keeps neighbours together, against the two principal directions.

    python -m tests.benchmarks.map_preservation EMBEDDINGS.npz [--grow 0.01] [--faces 100000]

EMBEDDINGS.npz is what ``tests/benchmarks/analyse_folder.py FOLDER --embeddings OUT.npz`` writes for
a folder of folders, one per person. ``--faces N`` measures N made-up faces instead. Prints one JSON
object: of each face's 10 nearest the share among its 10 and its 30 nearest on the map; of each
person's other faces the share among the 10 nearest on the map; and how far old faces move, in
distances to their tenth neighbour on the map, when a share of the faces is new.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from facesorter.clustering.engine import Engine
from facesorter.clustering.layout import lay_out, principal
from facesorter.clustering.proposal import Snapshot
from tests.benchmarks.analyse_folder import peak_memory


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("embeddings", type=Path, nargs="?")
    parser.add_argument("--faces", type=int, default=0)
    parser.add_argument("--grow", type=float, default=0.01)
    args = parser.parse_args()
    vectors, person = made_up(args.faces) if args.faces else stored(args.embeddings)
    n = len(vectors)
    started = time.process_time()
    graph = look(vectors)
    report: dict[str, object] = {"faces": n, "graph_cpu_s": round(time.process_time() - started, 1)}
    if n <= 20_000:
        report["embedding"] = score(None, vectors, person)
        report["principal"] = score(principal(graph[1]), vectors, person)
    few = look(vectors[:200])
    lay_out(*few)  # compiles
    before_memory = peak_memory()
    started = time.process_time()
    place, _ = lay_out(*graph)
    report["map_cpu_s"] = round(time.process_time() - started, 1)
    report["map_memory_mb"] = peak_memory() - before_memory
    report["map"] = score(place, vectors, person)
    new = np.random.default_rng(5).random(n) < args.grow
    earlier = np.full((n, 2), np.nan)
    some = look(vectors[~new])
    earlier[~new], room = lay_out(*some)
    started = time.process_time()
    grown, _ = lay_out(*graph, earlier, room)
    report["grown_cpu_s"] = round(time.process_time() - started, 1)
    report["grown"] = score(grown, vectors, person)
    moved = np.linalg.norm(grown - earlier, axis=1)[~new]
    tenth = cKDTree(grown).query(grown[~new], 11)[0][:, 10]
    report["moved"] = {
        "of_tenth_neighbour": round(float(np.median(moved / np.maximum(tenth, 1e-9))), 3),
        "of_width": round(float(np.median(moved) / np.ptp(grown, axis=0).max()), 5),
        "of_width_95": round(float(np.quantile(moved, 0.95) / np.ptp(grown, axis=0).max()), 5),
    }
    print(json.dumps(report, indent=1))
    return 0


def stored(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The most central face of each photo and the number of its person."""
    with np.load(path) as file:
        folders = [str(name).replace("\\", "/").split("/")[-2] for name in file["names"]]
        rows = file["emb"].astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows, np.unique(folders, return_inverse=True)[1]


def made_up(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Faces of few persons with many and many with few, some of them blurred."""
    random = np.random.default_rng(1)
    people = max(2, n // 12)
    weight = 1 / np.arange(1, people + 1) ** 0.8
    person = random.choice(people, n, p=weight / weight.sum())
    middle = random.normal(size=(people, 128))
    middle += random.normal(size=(people, 6)) @ random.normal(size=(6, 128)) * 0.6
    rows = middle[person] + random.uniform(0.5, 1.1, (n, 1)) * random.normal(size=(n, 128))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32), person


def look(vectors: np.ndarray) -> tuple:
    """The lists that the engine has after a refresh, in the order of ``vectors``."""
    n = len(vectors)
    engine = Engine()
    engine.propose(
        Snapshot(
            face_ids=np.arange(n),
            embeddings=vectors,
            photo_ids=np.arange(n),
            quality=np.full(n, 0.9, np.float32),
            taken=np.zeros(n),
            confirmed=np.full(n, -1),
            shown=np.full(n, -1),
            rejections=np.zeros((0, 2), np.int64),
            owned=np.zeros(0, np.int64),
        )
    )
    found = engine.likeness()
    assert found is not None and (found.face_ids == np.arange(n)).all()
    return found.neighbours, found.vectors


def score(place: np.ndarray | None, vectors: np.ndarray, person: np.ndarray) -> dict[str, float]:
    """The figures of a map; ``None`` is the embedding itself."""
    some = np.random.default_rng(2).permutation(len(vectors))[:3_000]
    alike = vectors[some] @ vectors.T
    alike[np.arange(len(some)), some] = -2
    true = np.argsort(-alike, axis=1)[:, :30]
    near = true if place is None else others(place, some)
    kept = [len(np.intersect1d(a[:10], b[:10])) for a, b in zip(true, near, strict=True)]
    wide = [len(np.intersect1d(a[:10], b)) for a, b in zip(true, near, strict=True)]
    same = (person[near[:, :10]] == person[some][:, None]).sum(axis=1)
    size = np.bincount(person)[person[some]] - 1
    has = size > 0
    return {
        "of_10_in_10": round(float(np.mean(kept)) / 10, 3),
        "of_10_in_30": round(float(np.mean(wide)) / 10, 3),
        "same_person": round(float((same[has] / np.minimum(10, size[has])).mean()), 3),
    }


def others(place: np.ndarray, some: np.ndarray) -> np.ndarray:
    """The 30 nearest on the map, without the face itself."""
    found = cKDTree(place).query(place[some], 31)[1]
    return np.array([row[row != face][:30] for row, face in zip(found, some, strict=True)])


if __name__ == "__main__":
    sys.exit(main())
