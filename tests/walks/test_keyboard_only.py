"""The whole first run by keys alone, in a real window: from the first folder to undoing it all.

Nothing is clicked and nothing of the program is reached into: keys go through the X server, and
what they did is read from the library with the command line.
"""

from __future__ import annotations

import hashlib
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

from tests import command, photos
from tests.walks.first_run import ROOT, Screen

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
TOOLS = ("Xvfb", "openbox", "xdotool")
FAMILIES = photos.SHARED / "families"
PATIENCE = 240.0


class Hands:
    """Somebody who has a keyboard and no mouse."""

    def __init__(self, screen: Screen, home: Path) -> None:
        self.screen, self.home = screen, home
        self.pictures = os.environ.get("FACESORTER_WALK_PICTURES")

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.screen.do("key", "--clearmodifiers", key)
            time.sleep(0.25)

    def write(self, text: str) -> None:
        """Type letter by letter."""
        self.screen.do("type", "--delay", "30", text)
        time.sleep(0.4)

    def windows(self, name: str) -> list[str]:
        """Return the windows of that title that are in sight."""
        return self.screen.do("search", "--onlyvisible", "--name", f"^{name}$").split()

    def picture(self, name: str) -> None:
        """Keep a picture of the screen where somebody wants to look."""
        if self.pictures:
            Path(self.pictures).mkdir(parents=True, exist_ok=True)
            self.screen.shoot(Path(self.pictures) / f"{name}.png")

    def add_folder(self, folder: Path) -> None:
        """Ctrl+O, the path, Enter."""
        self.press("ctrl+o")
        until(lambda: bool(self.windows("Add Folder")), "the dialog")
        time.sleep(0.5)
        self.write(str(folder))
        self.picture("add-folder")
        for _ in range(3):
            # The first Enter may take what the field completed.
            if self.windows("Add Folder"):
                self.press("Return")
                time.sleep(0.5)
        assert not self.windows("Add Folder")

    def rows(self, *words: str) -> list[dict[str, Any]]:
        """Ask the library from outside."""
        done = command.run(self.home, *words, "--json")
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def people(self) -> dict[int, dict[str, Any]]:
        return {row["person_id"]: row for row in self.rows("people")}

    def settled(self, photo_count: int) -> None:
        """Wait until all photos were looked at and the groups stand still."""

        def looked() -> bool:
            found = self.rows("photos")
            return len(found) == photo_count and not self.rows("photos", "--status", "pending")

        until(looked, "the photos")
        before: list[int] = []
        for _ in range(30):
            time.sleep(2)
            now = [row["faces"] for row in self.people().values()]
            if now and now == before:
                return
            before = now
        raise AssertionError("the people never stand still")

    def question(self, kind: str) -> dict[str, Any] | None:
        """Bring the first question of a kind in sight; None where there is none."""
        self.press("alt+2", "alt+3")
        time.sleep(1.5)
        asked = self.rows("review")
        at = next((n for n, row in enumerate(asked) if row["question"] == kind), None)
        if at is None:
            return None
        self.press(*["Right"] * at)
        time.sleep(0.5)
        return asked[at]


def until(done: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, f"{what}: it never came"
        time.sleep(0.3)


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Two folders of the same families, so that the second one brings back known people."""
    if not FAMILIES.is_dir():
        pytest.skip("the shared photos are not on this machine")
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    for at, photo in enumerate(sorted(FAMILIES.glob("*.jpg"))):
        folder = tmp_path / ("Later" if at % 3 == 2 else "Earlier")
        folder.mkdir(exist_ok=True)
        shutil.copy2(photo, folder / photo.name)
    return tmp_path


@pytest.fixture
def hands(album: Path) -> Iterator[Hands]:
    home = album / "home"
    home.mkdir()
    screen = Screen()
    env = screen.env | {"HOME": str(home)}
    for name in list(env):
        if name.startswith("XDG_"):
            del env[name]
    with (album / "program.log").open("w") as log:
        program = subprocess.Popen(
            [sys.executable, "-m", "facesorter"], cwd=ROOT, env=env, stdout=log, stderr=log
        )
    made = Hands(screen, home)
    try:
        until(lambda: bool(made.windows("facesorter")), "the window")
        time.sleep(2)
        yield made
        if program.poll() is None:
            made.press("ctrl+q")
        assert program.wait(30) == 0, (album / "program.log").read_text()
    finally:
        program.kill()
        program.wait()
        screen.close()


def content(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for place in ("Earlier", "Later")
        for path in sorted((folder / place).iterdir())
    }


def test_the_first_run_needs_no_mouse(hands: Hands, album: Path) -> None:
    before = content(album)
    earlier, later = (len(list((album / each).iterdir())) for each in ("Earlier", "Later"))
    hands.picture("empty")
    hands.add_folder(album / "Earlier")
    hands.settled(earlier)

    # Review: the largest group gets a name.
    asked = hands.question("name")
    assert asked is not None
    anna = asked["person_id"]
    hands.picture("who-is-this")
    hands.write("Anna Berg")
    hands.press("Return")
    until(lambda: hands.people()[anna]["name"] == "Anna Berg", "the name")
    # The next one is set aside, and taken back with Ctrl+Z.
    asked = hands.question("name")
    assert asked is not None and asked["person_id"] != anna
    hands.press("Delete")
    until(lambda: bool(hands.people()[asked["person_id"]]["hidden"]), "hidden")
    hands.press("ctrl+z")
    until(lambda: not hands.people()[asked["person_id"]]["hidden"], "taken back")

    # People: the last card but one gets its name where it is, by typing. It has two faces, too few
    # for others to join without a question.
    hands.press("alt+2", "End", "Left")
    hands.write("Bob")
    hands.picture("naming")
    hands.press("Return")
    until(lambda: any(row["name"] == "Bob" for row in hands.people().values()), "the second name")
    hands.press("Escape")

    # More photos of the same people: some faces are asked about, some are sure.
    hands.add_folder(album / "Later")
    hands.settled(earlier + later)
    asked = hands.question("faces")
    assert asked is not None
    hands.picture("is-this")
    hands.press("Return")
    sure = set(asked["face_ids"])

    def all_sure() -> bool:
        found = hands.rows("faces", "--person", str(asked["person_id"]))
        return {row["face_id"] for row in found if row["state"] == "confirmed"} >= sure

    until(all_sure, "confirmed")

    # A person: the first face is somebody else's. It is out, and undo brings it back.
    had = {row["face_id"] for row in hands.rows("faces", "--person", "Anna Berg")}
    hands.press("alt+2", "Home", "Return")
    time.sleep(1.5)
    hands.picture("person")
    hands.press("Home", "Delete")
    until(lambda: len(hands.rows("faces", "--person", "Anna Berg")) == len(had) - 1, "rejected")

    # Two groups become one, the last one is set aside.
    people = hands.people()
    shown = sum(not row["hidden"] and row["faces"] > 1 for row in people.values())
    hands.press("alt+2")
    time.sleep(1.5)
    hands.press("End", "shift+Left")
    hands.picture("two-selected")
    hands.press("ctrl+m")
    until(lambda: len(hands.people()) == len(people) - 1, "the merge")
    assert shown > 3
    time.sleep(1)
    hands.press("End", "Delete")
    until(lambda: any(row["hidden"] for row in hands.people().values()), "hidden")
    hands.picture("people")

    # Search shows photos while it is typed.
    hands.press("ctrl+f")
    hands.write("Anna")
    time.sleep(1.5)
    hands.picture("search")
    # Everything is undone, from a page where no field has the keyboard.
    hands.press("Escape", "alt+2")
    done = [row for row in hands.rows("log") if row["state"] == "done"]
    assert {row["kind"] for row in done} >= {"name", "confirm", "reject", "merge", "hide"}
    hands.press(*["ctrl+z"] * len(done))
    until(lambda: not [r for r in hands.rows("log") if r["state"] == "done"], "undone")
    hands.picture("undone")
    now = hands.people().values()
    assert not any(row["name"] or row["hidden"] for row in now)
    assert not [row for row in hands.rows("faces") if row["state"] in ("confirmed", "ignored")]
    hands.press("ctrl+q")
    time.sleep(2)
    (checked,) = hands.rows("check")
    assert checked["ok"]
    assert content(album) == before
