"""Work, end in any way, go back to a backup in any way: what comes back is what was backed up.

pytest -m slow tests/walks/test_restore.py
FACESORTER_ROUNDS=100 FACESORTER_SEED=7 pytest -m slow tests/walks/test_restore.py
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from facesorter.storage import wal
from facesorter.storage.database import DATABASE_NAME
from tests import command
from tests.photos import astronaut, six_people

ROUNDS = int(os.environ.get("FACESORTER_ROUNDS", "12"))
SEED = int(os.environ.get("FACESORTER_SEED", ROUNDS))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600 + 120 * ROUNDS),
    pytest.mark.skipif(sys.platform == "win32", reason="another kind of signal there"),
]


class Home:
    """A library that is worked on by the real program."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.random = folder, random.Random(seed)
        self.library, self.photos = folder / "library", folder / "Photos"
        self.photos.mkdir()
        self.drawn = 0
        for _ in range(4):
            self.add_photo()

    def run(self, *words: str | Path, ok: bool = True) -> str:
        done = command.run(self.folder, *words, "--library", self.library, "--json")
        assert done.returncode in ((0, 1) if ok else (0, 1, 2)), done.stderr
        return done.stdout

    def dump(self, path: Path | None = None) -> list[str]:
        """All rows of a library file alone: without what may lie beside it."""
        path = path or self.library / DATABASE_NAME
        uri = f"{path.as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            return [line for line in connection.iterdump() if "_sqlite_migrations" not in line]

    def work(self) -> None:
        for _ in range(self.random.randint(1, 3)):
            self.random.choice([self.decide, self.add_photo, self.undo])()

    def decide(self) -> None:
        face = json.loads(self.random.choice(self.run("faces").splitlines()))
        if face["person_id"] is None or self.random.random() < 0.3:
            self.run("ignore", str(face["face_id"]))
        else:
            self.run(
                "name", str(face["person_id"]), f"Person {self.random.randint(1, 9)}", ok=False
            )

    def add_photo(self) -> None:
        """Six real people or one, a little smaller each time, so that no two files are equal."""
        self.drawn += 1
        with Image.open(self.random.choice([six_people(), astronaut()])) as image:
            image = image.convert("RGB")
            image.thumbnail((640 - self.drawn, 640 - self.drawn))
            image.save(self.photos / f"photo {self.drawn}.png")

    def undo(self) -> None:
        self.run("undo", ok=False)

    # Ends. Each begins with work that is under way.

    def by_command(self) -> None:
        self.run("scan", self.photos)

    def by_signal(self, number: int) -> None:
        self.add_photo()
        scan = command.start(self.folder, "scan", self.photos, "--watch", "--library", self.library)
        time.sleep(self.random.uniform(0.5, 4))
        scan.send_signal(number)
        scan.communicate(timeout=60)

    def by_window(self) -> None:
        self.add_photo()
        stamp = self.folder / "painted"
        stamp.unlink(missing_ok=True)
        offscreen = {"QT_QPA_PLATFORM": "offscreen", "FACESORTER_PAINT_STAMP": str(stamp)}
        window = subprocess.Popen(
            [sys.executable, "-m", "facesorter", "--library", str(self.library)],
            cwd=command.ROOT,
            env=command.environment(self.folder) | offscreen,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        # The library is opened after the first paint, however busy the machine is.
        limit = time.monotonic() + 60
        while not stamp.exists() and time.monotonic() < limit:
            time.sleep(0.05)
        time.sleep(self.random.uniform(0, 6))
        window.send_signal(signal.SIGTERM)
        _, err = window.communicate(timeout=60)
        assert window.returncode == 0, err

    def ends(self) -> list[tuple[str, Callable[[], None]]]:
        return [
            ("command", self.by_command),
            ("SIGTERM", lambda: self.by_signal(signal.SIGTERM)),
            ("kill", lambda: self.by_signal(signal.SIGKILL)),
            ("window", self.by_window),
        ]


def test_what_was_backed_up_is_what_comes_back(tmp_path: Path) -> None:
    home = Home(tmp_path, seed=SEED)
    home.run("scan", home.photos)
    for turn in range(ROUNDS):
        home.work()
        kept = Path(json.loads(home.run("backup"))["file"])
        wanted = home.dump(kept)
        decisions = len(home.run("log").splitlines())
        home.work()
        how, end = home.ends()[turn % 4]
        end()
        if how != "kill":
            assert not wal.has_log(home.library / DATABASE_NAME), (
                f"round {turn}: the file alone is the library after {how}"
            )
            alone = tmp_path / "alone"
            alone.mkdir(exist_ok=True)
            shutil.copy(home.library / DATABASE_NAME, alone / DATABASE_NAME)
            out = command.run(tmp_path, "log", "--json", "--library", alone).stdout
            assert out == home.run("log"), f"round {turn}"
        if home.random.random() < 0.5:
            shutil.copy(kept, home.library / DATABASE_NAME)
        else:
            home.run("restore", kept)
        assert home.dump() == wanted, f"round {turn}: {how}"
        assert len(home.run("log").splitlines()) == decisions
        home.run("undo", ok=False)
        home.run("redo", ok=False)
        checked = json.loads(home.run("check", "--no-originals"))
        assert checked["ok"], f"round {turn}: {how}: {checked}"
        home.run("scan", home.photos)
    assert decisions > ROUNDS // 4, "decisions were at stake"
