"""Compiled once, apart, and only for libraries that need it; the same results either way."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from facesorter.clustering.engine import Engine
from facesorter.clustering.proposal import Proposal, Snapshot
from tests import command
from tests.clustering.libraries import accepted, crowded, machine_code, part, random_library
from tests.support.examples import examples

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


COMPILE_APART = """
from facesorter.app.compilation import Compilation
from facesorter.cancel import CancelToken
from facesorter.clustering import compiled

wanted = compiled.UNCOMPILED + 1
small = compiled.UNCOMPILED // 2
token = CancelToken()
compilation = Compilation(token)
compilation.prepare(small, small)
assert "numba" not in __import__("sys").modules
compilation.prepare(small, wanted)
compilation.prepare(wanted, wanted)
assert compiled.stamp().exists()
compilation.join()
print(compiled.times_compiled())
"""


def life(snapshot: Snapshot) -> tuple[list[Proposal], dict[str, np.ndarray]]:
    """What a library that comes in two parts, is looked at and shrinks again is grouped into."""
    engine, found = Engine(), []
    n = len(snapshot.face_ids)
    for rows in (np.arange(n // 2), np.arange(n), np.arange(n)[np.arange(n) % 5 != 0]):
        now = part(snapshot, rows)
        if found:
            now = replace(now, thresholds=found[-1].thresholds)
        found.append(engine.propose(now))
        found.append(engine.propose(accepted(now, found[-1])))
    return found, engine.arrays()


def lives_equal(snapshot: Snapshot) -> None:
    """Uncompiled and compiled, everything is the same to the bit and of the same type."""
    with machine_code(False):
        plain, plain_arrays = life(snapshot)
    with machine_code(True):
        machine, machine_arrays = life(snapshot)
    for one, other in zip(plain, machine, strict=True):
        assert one.person.dtype == other.person.dtype
        assert one.person.tobytes() == other.person.tobytes()
        assert one.similarity.tobytes() == other.similarity.tobytes()
        assert (one.thresholds, one.questions) == (other.thresholds, other.questions)
    assert plain_arrays.keys() == machine_arrays.keys()
    for name, values in plain_arrays.items():
        assert values.dtype == machine_arrays[name].dtype
        assert values.tobytes() == machine_arrays[name].tobytes(), name


@settings(max_examples=examples(40), deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 2]), st.booleans())
def test_uncompiled_equals_compiled(seed: int, grid: int, calibrated: bool) -> None:
    snapshot, _ = random_library(seed, grid=grid)
    lives_equal(replace(snapshot, thresholds=None) if calibrated else snapshot)


@pytest.mark.parametrize(("n", "d", "seed"), [(700, 128, 1), (300, 512, 2)])
def test_uncompiled_equals_compiled_in_a_crowded_library(n: int, d: int, seed: int) -> None:
    snapshot, truth, _ = crowded(n, d, seed)
    faces = np.arange(len(truth))
    confirmed = np.where((faces % 7 == 0) & (truth < 20), 10 + truth, -1)
    lives_equal(
        replace(
            snapshot,
            confirmed=confirmed,
            shown=np.where(faces % 3 == 0, 10 + truth, confirmed),
            owned=np.arange(10, 30),
            rejections=np.stack([snapshot.face_ids[1::11], 10 + truth[1::11]], axis=1),
            quality=np.where(faces % 13 == 0, 0.01, 0.9).astype(np.float32),
        )
    )


def test_a_small_library_gets_its_people_without_numba(tmp_path: Path, sample_photos: Path) -> None:
    """From the command line, in a fresh home."""
    again = tmp_path / "again"
    again.mkdir()
    for path in sample_photos.iterdir():
        shutil.copy(path, again)
        # Another picture: copies are one witness, and so nobody's group.
        with Image.open(path) as image:
            image.convert("RGB").reduce(2).save(again / f"smaller {path.stem}.jpg", quality=85)
    environment = {**command.environment(tmp_path), "NUMBA_CACHE_DIR": str(tmp_path / "compiled")}
    code = (
        "import sys; from facesorter.__main__ import main; "
        "code = main(sys.argv[1:]); assert 'numba' not in sys.modules; sys.exit(code)"
    )
    words = ["scan", str(again), "--library", str(tmp_path / "library"), "--json"]
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["people"] > 0
    assert not (tmp_path / "compiled").exists()


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

    assert run("-c", COMPILE_APART).strip() == "0"
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
    within |= {"_compare", "_are_one", "_leads", "_keep", "_steps"}
    assert unused <= within, "those are called by compiled functions, and compiled with them"
    assert list(tmp_path.rglob("*.compiled"))
    assert json.loads(run("-c", USE)) == 0


@pytest.mark.slow
def test_compiled_loops_stay_within_their_arrays(tmp_path: Path) -> None:
    """Nothing asks where a compiled loop reads; this once they are compiled so that it does."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "NUMBA_BOUNDSCHECK": "1"}
    where = "tests/clustering/test_engine.py"
    tests = "come_and_go or grows_and_shrinks"
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", where, "-k", tests]
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
