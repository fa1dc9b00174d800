"""Compiled once, apart: the window's process never compiles."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
USE = """
import json
from dataclasses import replace
import numpy as np
from facesorter.clustering import compiled, layout
from facesorter.clustering.engine import Engine
from tests.clustering.libraries import make_snapshot, unit

assert compiled.stamp().exists()
random = np.random.default_rng(1)
n = 12_000
who = random.integers(0, 1500, n)
rows = random.standard_normal((1500, 128))[who] + 0.8 * random.standard_normal((n, 128))
snapshot = make_snapshot(unit(rows), photo_ids=random.integers(0, 4000, n), thresholds=None)
engine = Engine()
proposal = engine.propose(snapshot)
shown = np.where(proposal.person < -1, 5000 - proposal.person, -1)
later = replace(snapshot, shown=shown, thresholds=proposal.thresholds)
engine.propose(later)
again = Engine()
again.restore(engine.arrays())
again.propose(later)
likeness = engine.likeness()
layout.lay_out(likeness.neighbours, likeness.vectors)
print(json.dumps(compiled.times_compiled()))
"""


def test_one_process_compiles_everything_and_the_next_one_nothing(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    run("-m", "facesorter", "--compile")
    again = "from facesorter.clustering import compiled, warm_up; warm_up.compile_all(); "
    unused = set(run("-c", f"{again}print(*compiled.not_compiled())").split())
    within = {
        "find",
        "ends",
        "steps_of",
        "packed",
        "fixed_product",
        "folding",
        "_contradict",
        "_lists",
    }
    within |= {"_append", "_common_photos", "_begin_branch", "_collect_votes"}
    assert unused <= within, "those are called by compiled functions, and compiled with them"
    assert list(tmp_path.rglob("*.compiled"))
    assert json.loads(run("-c", USE)) == 0


def test_compiled_loops_stay_within_their_arrays(tmp_path: Path) -> None:
    """Nothing asks where a compiled loop reads; this once they are compiled so that it does."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "NUMBA_BOUNDSCHECK": "1"}
    where = "tests/clustering/test_engine.py"
    tests = "come_and_go or grows_and_shrinks"
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", where, "-k", tests]
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
