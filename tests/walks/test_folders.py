"""Folders in a real window, by keys and mouse; what was done is read with the command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests import command
from tests.walks.first_run import ROOT, Screen

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
TOOLS = ("Xvfb", "openbox", "xdotool")
PATIENCE = 60.0
PLACES = ("2018/a.png", "2018/Sea/b.png", "2018/Sea/c.png", "2019/d.png", "top.png")


class Desk:
    """A screen with the program on it, and somebody who uses it."""

    def __init__(self, screen: Screen, home: Path) -> None:
        self.screen, self.home = screen, home
        self.pictures = os.environ.get("FACESORTER_WALK_PICTURES")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.screen.do("key", "--clearmodifiers", key)
            time.sleep(0.4)

    def click(self, x: int, y: int) -> None:
        """Click at a place of the window, in px from its corner."""
        window = self.screen.window("facesorter")
        self.screen.do("mousemove", "--window", window, str(x), str(y), "click", "1")
        time.sleep(0.5)

    def picture(self, name: str) -> None:
        if self.pictures:
            Path(self.pictures).mkdir(parents=True, exist_ok=True)
            path = Path(self.pictures) / f"{name}.png"
            subprocess.run(
                ["import", "-window", "root", str(path)], env=self.screen.env, check=True
            )

    def rows(self, *words: str) -> list[dict[str, Any]]:
        done = command.run(self.home, *words, "--json")
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def favourites(self) -> set[str]:
        return {Path(row["path"]).name for row in self.rows("photos") if row["favourite"]}


def until(done: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, f"{what}: it never came"
        time.sleep(0.3)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    for number, place in enumerate(PLACES):
        path = tmp_path / "Photos" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (320, 240), (40 * number, 90, 160)).save(path)
    home = tmp_path / "home"
    home.mkdir()
    done = command.run(home, "scan", str(tmp_path / "Photos"), "--no-refresh")
    assert done.returncode == 0, done.stderr
    screen = Screen()
    env = command.environment(home) | {"DISPLAY": screen.env["DISPLAY"]}
    env.pop("QT_QPA_PLATFORM", None)
    program = subprocess.Popen([sys.executable, "-m", "facesorter"], cwd=ROOT, env=env)
    try:
        window = screen.window("facesorter")
        screen.do("windowsize", window, "1100", "700")
        screen.do("windowmove", window, "170", "10")
        screen.do("windowactivate", "--sync", window)
        time.sleep(3)
        yield Desk(screen, home)
    finally:
        program.terminate()
        program.wait(60)
        screen.close()


def test_folders_by_keys_and_mouse(desk: Desk, tmp_path: Path) -> None:
    root = str(tmp_path / "Photos")
    # By keys: into the tree, open the folder, down to 2018, open it, on to Sea.
    desk.press("ctrl+shift+o", "Right", "Down", "Right", "Right")
    time.sleep(1)
    desk.picture("1-sea")
    # Its photos, and only those, are shown: all of them become favorites.
    desk.click(600, 250)
    desk.press("ctrl+a", "f")
    until(lambda: desk.favourites() == {"b.png", "c.png"}, "favorites")
    desk.press("ctrl+z")
    until(lambda: not desk.favourites(), "undo")
    # One folder up, by a key.
    desk.press("alt+Up")
    time.sleep(1)
    desk.click(600, 250)
    desk.press("ctrl+a", "f")
    until(lambda: desk.favourites() == {"a.png", "b.png", "c.png"}, "favorites of 2018")
    desk.press("ctrl+z")
    until(lambda: not desk.favourites(), "undo")
    # The menu of the watched folder, by keys: pause watching.
    desk.press("ctrl+shift+o", "Home")
    desk.press("Menu")
    time.sleep(0.5)
    desk.picture("2-menu")
    desk.press("Down", "Down", "Down", "Return")
    until(lambda: desk.rows("folders")[0]["paused"], "the pause")
    desk.picture("3-paused")
    # What is dropped and known already is shown selected.
    source = subprocess.Popen(
        [sys.executable, "-m", "tests.walks.drag_source", f"{root}/2018/Sea/c.png"],
        cwd=ROOT,
        env=desk.screen.env | {"HOME": str(desk.home)},
    )
    try:
        desk.screen.window("drag-source")
        time.sleep(1)
        do = desk.screen.do
        do("mousemove", "100", "660", "mousedown", "1")
        for x, y in ((140, 640), (300, 500), (600, 400), (700, 380), (702, 382)):
            do("mousemove", str(x), str(y))
            time.sleep(0.3)
        do("mouseup", "1")
        time.sleep(2)
        desk.picture("4-dropped")
    finally:
        source.terminate()
        source.wait(30)
    desk.screen.do("windowactivate", "--sync", desk.screen.window("facesorter"))
    desk.press("f")
    until(lambda: desk.favourites() == {"c.png"}, "the dropped photo")
    assert [row["path"] for row in desk.rows("folders")] == [root], "no folder was added"
