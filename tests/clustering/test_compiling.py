"""Compiled once, in a process of its own, and only for libraries that need it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from tests import command

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


def serve(folder: Path) -> None:
    """Let the other tests use what was compiled, where they have nothing yet."""
    wanted = Path(os.environ["NUMBA_CACHE_DIR"])
    partial = wanted.with_name(f"{wanted.name}.{os.getpid()}")
    shutil.copytree(folder / wanted.name, partial)
    with suppress(OSError):  # they have begun to compile
        partial.rename(wanted)
    shutil.rmtree(partial, ignore_errors=True)


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
    serve(tmp_path)


@pytest.mark.slow
def test_compiled_loops_stay_within_their_arrays(tmp_path: Path) -> None:
    """Nothing asks where a compiled loop reads; this once they are compiled so that it does."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "NUMBA_BOUNDSCHECK": "1"}
    where = "tests/clustering/test_engine.py"
    tests = "come_and_go or grows_and_shrinks"
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", where, "-k", tests]
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
