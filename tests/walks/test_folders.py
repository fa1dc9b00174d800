"""Folders in a real window, by keys and mouse; what was done is read with the command line."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.walks.desk import Desk, opened, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
PLACES = ("2018/a.png", "2018/Sea/b.png", "2018/Sea/c.png", "2019/d.png", "top.png")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    for number, place in enumerate(PLACES):
        path = tmp_path / "Photos" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (320, 240), (40 * number, 90, 160)).save(path)
    with opened(tmp_path / "Photos", tmp_path / "home") as found:
        yield found


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
    desk.press(*["Down"] * 5, "Return")
    until(lambda: desk.rows("folders")[0]["paused"], "the pause")
    desk.picture("3-paused")
    # What is dropped and known already is shown selected.
    with desk.beside("drag_source", f"{root}/2018/Sea/c.png"):
        desk.drag((100, 660), (140, 640), (300, 500), (600, 400), (700, 380), (702, 382))
        time.sleep(1)
        desk.picture("4-dropped")
    desk.use()
    desk.press("f")
    until(lambda: desk.favourites() == {"c.png"}, "the dropped photo")
    assert [row["path"] for row in desk.rows("folders")] == [root], "no folder was added"
