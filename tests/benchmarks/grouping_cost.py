"""What grouping costs: time, memory, and how long other threads wait.

    python tests/benchmarks/grouping_cost.py 25000 100000 --dimension 512 --seed 7

For each size, on a library of the prototype's generator: seconds from nothing, with nothing new,
then with 100 faces more (the median of three times) and with one (of twenty: a shared machine is
half as fast again from one second to the next), and after 100 faces went; the highest memory of
the whole process; the longest time for which a second thread could not run. Prints one JSON object
a size. Each size runs in a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from facesorter.app.compilation import compile_apart
from facesorter.cancel import CancelToken
from facesorter.clustering.engine import Engine
from facesorter.clustering.proposal import Proposal, Snapshot

SHARED = Path(os.environ.get("FACESORTER_SHARED", Path(__file__).parents[3] / "shared"))


def library(n: int, d: int, seed: int) -> Snapshot:
    """A synthetic library that nobody touched."""
    return library_and_truth(n, d, seed)[0]


def library_and_truth(n: int, d: int, seed: int) -> tuple[Snapshot, np.ndarray]:
    """The same, and who each face is."""
    spec = importlib.util.spec_from_file_location("synth", SHARED / "prototype" / "synth.py")
    assert spec is not None and spec.loader is not None
    synth = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(synth)
    made = synth.make(n, d=d, seed=seed)
    snapshot = Snapshot(
        face_ids=np.arange(1, n + 1),
        embeddings=made["X"].astype(np.float32, copy=False),
        photo_ids=made["photo"].astype(np.int64),
        quality=made["quality"],
        taken=made["t"].astype(np.float64) * 5500,
        confirmed=np.full(n, -1),
        shown=np.full(n, -1),
        rejections=np.zeros((0, 2), np.int64),
        owned=np.zeros(0, np.int64),
    )
    return snapshot, made["y"]


def first(snapshot: Snapshot, count: int) -> Snapshot:
    """Its first faces."""
    fields = {
        name: getattr(snapshot, name)[:count]
        for name in (
            "face_ids",
            "embeddings",
            "photo_ids",
            "quality",
            "taken",
            "confirmed",
            "shown",
        )
    }
    return replace(snapshot, **fields)


class Watch:
    """The longest time for which this thread could not run."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._running = True
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        last = time.perf_counter()
        while self._running:
            time.sleep(0.002)
            now = time.perf_counter()
            self.longest, last = max(self.longest, now - last), now

    def stop(self) -> float:
        """End it; seconds."""
        self._running = False
        self._thread.join()
        return self.longest


def accepted(snapshot: Snapshot, proposal: Proposal) -> Snapshot:
    """The library with the proposal in it."""
    count = len(proposal.person)
    start = int(snapshot.shown.max()) + 1
    ids = np.where(proposal.person <= -2, start - 2 - proposal.person, proposal.person)
    shown = snapshot.shown.copy()
    shown[:count] = ids
    return replace(snapshot, shown=shown, thresholds=proposal.thresholds)


def peak() -> float:
    """Highest memory of this process in GB (Linux)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1e6
    return float("nan")


def measure(n: int, d: int, seed: int) -> dict[str, Any]:
    """All figures of one size."""
    # As the program does: what compiles holds the interpreter, and does so once on a computer.
    compile_apart(CancelToken())
    whole = library(n, d, seed)
    # The generator needs far more memory than the engine; a new high mark starts here.
    Path("/proc/self/clear_refs").write_text("5")
    engine, watch = Engine(), Watch()
    result: dict[str, Any] = {"faces": n, "dimension": d, "seed": seed}

    def timed(name: str, count: int, step: int = 0, times: int = 1) -> None:
        nonlocal whole
        walls, used = [], []
        for _ in range(times):
            wall, processor = time.perf_counter(), time.process_time()
            proposal = engine.propose(first(whole, count))
            walls.append(time.perf_counter() - wall)
            used.append(time.process_time() - processor)
            whole = accepted(whole, proposal)
            count += step
        result[name] = round(float(np.median(walls)), 3)
        result[name + "_cpu"] = round(float(np.median(used)), 3)
        if times > 1:
            result[name + "_range"] = [round(min(walls), 3), round(max(walls), 3)]

    timed("from_nothing", n - 320)
    timed("nothing_new", n - 320)
    timed("plus_100", n - 220, 100, 3)
    timed("plus_1", n - 19, 1, 20)
    timed("minus_100", n - 100)
    result["longest_wait"] = round(watch.stop(), 3)
    result["peak_gb"] = round(peak(), 2)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", type=int, nargs="+")
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    if len(arguments.sizes) == 1:
        print(json.dumps(measure(arguments.sizes[0], arguments.dimension, arguments.seed)))
        return
    for size in arguments.sizes:
        same = ["--dimension", str(arguments.dimension), "--seed", str(arguments.seed)]
        subprocess.run([sys.executable, __file__, str(size), *same], check=True)


if __name__ == "__main__":
    main()
