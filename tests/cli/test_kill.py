"""kill -9: what was acknowledged is there, the file is whole, a scan goes on to the same end."""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from facesorter.library.library import Library
from facesorter.storage.database import integrity_problems
from tests import command
from tests.benchmarks import kill_and_resume
from tests.library import made

DECIDER = textwrap.dedent(
    """
    import pathlib, sys
    from facesorter.app.writer import Writer
    from facesorter.library.decisions import corrections
    writer = Writer(pathlib.Path(sys.argv[1]))
    writer.start().result()
    print("ready", flush=True)
    for face in range(int(sys.argv[2]), 100_000):
        future = writer.submit(corrections.ignore, [face])
        future.add_done_callback(lambda done, face=face: print(face, flush=True))
        if face % 7 == 0:
            future.result()
    """
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    library = Library(tmp_path / "library")
    library.transact(
        lambda txn: made.fill(txn.connection, people=4, each=750, per_photo=1, dimension=8)
    )
    library.close(snapshot=False)
    return tmp_path


def ignored(library: Path) -> set[int]:
    """The faces set aside; each by one decision of its own, or something is torn."""
    opened = Library(library)
    connection = opened.connection
    assert integrity_problems(connection) == []
    faces = {row[0] for row in connection.execute("SELECT id FROM face WHERE state = 'ignored'")}
    (decisions,) = connection.execute("SELECT count(*) FROM decision").fetchone()
    (changes,) = connection.execute("SELECT count(*) FROM decision_change").fetchone()
    assert decisions == changes == len(faces)
    opened.close(snapshot=False)
    return faces


def test_acknowledged_decisions_outlive_the_writer(home: Path) -> None:
    dice = random.Random(0)
    done: set[int] = set()
    for _ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", DECIDER, str(home / "library"), str(len(done) + 1)],
            cwd=command.ROOT,
            env=command.environment(home),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(dice.uniform(0.01, 0.25))
        process.kill()
        acknowledged = {int(line) for line in process.communicate()[0].split("\n") if line}
        now = ignored(home / "library")
        assert done | acknowledged <= now
        assert len(now) < 2_900, "too few faces to be killed in the middle"
        done = now
    assert done


def test_a_command_is_done_whole_or_not_at_all(home: Path) -> None:
    dice = random.Random(1)
    acknowledged: set[int] = set()
    tried: set[int] = set()
    for face in range(1, 13):
        process = command.start(home, "ignore", str(face), "--library", home / "library")
        tried.add(face)
        if face % 3:
            try:
                process.wait(dice.uniform(0.1, 0.8))
            except subprocess.TimeoutExpired:
                process.kill()
        process.communicate()
        if process.returncode == 0:
            acknowledged.add(face)
    assert acknowledged <= ignored(home / "library") <= tried
    assert len(acknowledged) >= 4
    undone = command.run(home, "undo", "99", "--library", home / "library")
    assert undone.returncode == 0 and ignored_now(home / "library") == set()


def ignored_now(library: Path) -> set[int]:
    opened = Library(library)
    rows = opened.connection.execute("SELECT id FROM face WHERE state = 'ignored'").fetchall()
    opened.close(snapshot=False)
    return {row[0] for row in rows}


@pytest.mark.model
def test_a_killed_scan_goes_on_to_the_same_end(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    make_photos(folder)
    found = kill_and_resume.compare(folder, tmp_path, kills=4)
    assert found["differences"] == {"photos": 0, "faces": 0, "groups": 0}, found
    assert found["after_kills"]["pending"] == 0
    assert found["faces"] >= 24 and found["people"] >= 6
    assert len(found["killed_after_photos"]) >= 2, "it was never killed in the middle"
    check = command.run(tmp_path, "check", "--library", tmp_path / "killed")
    assert check.returncode == 0, check.stdout


def make_photos(folder: Path) -> None:
    """A group photo and a portrait, brighter and darker: each person on several photos."""
    from PIL import Image, ImageEnhance

    for package, name in (
        ("insightface", "data/images/t1.jpg"),
        ("skimage", "data/astronaut.png"),
    ):
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            pytest.skip(f"{package}, whose photos this test uses, is not installed")
        with Image.open(Path(spec.origin).parent / name) as picture:
            for number in range(4):
                changed = ImageEnhance.Brightness(picture.convert("RGB")).enhance(0.8 + number / 8)
                changed.save(folder / f"{package}-{number}.jpg", quality=90)
