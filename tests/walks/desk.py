"""The program on a screen of its own, and somebody who uses it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import command
from tests.walks.first_run import ROOT, Screen

TOOLS = ("Xvfb", "openbox", "xdotool")
PATIENCE = 60.0


class Desk:
    """A screen with the program on it, and somebody who uses it."""

    def __init__(self, screen: Screen, home: Path) -> None:
        self.screen, self.home = screen, home
        self.pictures = os.environ.get("FACESORTER_WALK_PICTURES")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.screen.do("key", "--clearmodifiers", key)
            time.sleep(0.4)

    def write(self, text: str) -> None:
        """Type letter by letter."""
        self.screen.do("type", "--delay", "30", text)
        time.sleep(0.5)

    def click(self, x: int, y: int, button: str = "1") -> None:
        """Click at a place of the window, in px from its corner."""
        window = self.screen.window("facesorter")
        self.screen.do("mousemove", "--window", window, str(x), str(y), "click", button)
        time.sleep(0.5)

    def drag(self, *places: tuple[int, int]) -> None:
        """Press the mouse at the first place of the screen and let it go at the last."""
        do = self.screen.do
        (x, y), *more = places
        do("mousemove", str(x), str(y), "mousedown", "1")
        for x, y in more:
            time.sleep(0.3)
            do("mousemove", str(x), str(y))
        time.sleep(0.3)
        do("mouseup", "1")
        time.sleep(1)

    def use(self) -> None:
        """Turn to the program's window."""
        window = self.screen.window("facesorter")
        self.screen.do("windowactivate", "--sync", window)
        time.sleep(0.5)

    @contextmanager
    def beside(self, name: str, *words: str) -> Iterator[None]:
        """Run a module of this package with a window of its own."""
        other = subprocess.Popen(
            [sys.executable, "-m", f"tests.walks.{name}", *words],
            cwd=ROOT,
            env=self.screen.env | {"HOME": str(self.home)},
        )
        try:
            self.screen.window(name.replace("_", "-"))
            time.sleep(1)
            yield
        finally:
            other.terminate()
            other.wait(30)

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

    def found(self, search: str) -> set[str]:
        """Return the names of the photos that a search finds."""
        return {Path(row["path"]).name for row in self.rows("photos", "--search", search)}

    def favourites(self) -> set[str]:
        return {Path(row["path"]).name for row in self.rows("photos") if row["favourite"]}


def until(done: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, f"{what}: it never came"
        time.sleep(0.3)


@contextmanager
def opened(photos: Path, home: Path, *, laptop: bool = False) -> Iterator[Desk]:
    """Open the program's window on a new library of these photos, without their faces grouped.

    With ``laptop`` on the smallest usual screen, 1366 by 768 at 150 %, where it opens by itself.
    """
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    home.mkdir(exist_ok=True)
    done = command.run(home, "scan", str(photos), "--no-refresh")
    assert done.returncode == 0, done.stderr
    screen = Screen("1366x768x24") if laptop else Screen()
    env = command.environment(home) | {"DISPLAY": screen.env["DISPLAY"]}
    if laptop:
        env["QT_SCALE_FACTOR"] = "1.5"
    env.pop("QT_QPA_PLATFORM", None)
    program = subprocess.Popen([sys.executable, "-m", "facesorter"], cwd=ROOT, env=env)
    try:
        window = screen.window("facesorter")
        if not laptop:
            screen.do("windowsize", window, "1100", "700")
            screen.do("windowmove", window, "170", "10")
        screen.do("windowactivate", "--sync", window)
        time.sleep(3)
        yield Desk(screen, home)
    finally:
        program.terminate()
        program.wait(60)
        screen.close()
