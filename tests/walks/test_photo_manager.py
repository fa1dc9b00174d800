"""Photos in a real window, without their people: found, looked at, told about, and given out.

Keys and mouse go through the X server; what they did is read from the library with the command
line, from the disk, and from a window that receives files.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.walks.desk import Desk, opened, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
FIRST_TILE = (300, 200)
"""Within the first photo of the grid, in px from the corner of the window."""
ON_SCREEN = (170 + 300, 35 + 200)
"""The same place of the screen."""


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "Photos"
    folder.mkdir()
    for number, name in enumerate(("a.jpg", "b.jpg", "c.jpg", "d.jpg")):
        picture = Image.effect_noise((480, 360), 20 + 25 * number)
        exif = Image.Exif()
        exif[0x0110] = "Camera One"
        exif.get_ifd(0x8769)[0x9003] = f"2019:0{8 - number}:10 12:00:00"
        picture.save(folder / name, exif=exif)
    shutil.copy(folder / "d.jpg", folder / "d copy.jpg")
    return folder


@pytest.fixture
def desk(photos: Path, tmp_path: Path) -> Iterator[Desk]:
    with opened(photos, tmp_path / "home") as found:
        yield found


def test_told_about_and_found(desk: Desk) -> None:
    desk.click(*FIRST_TILE)
    desk.press("i")
    time.sleep(1.5)
    desk.picture("1-details")
    desk.press("ctrl+4")
    until(lambda: desk.found("rating>=4") == {"a.jpg"}, "four stars")
    desk.press("ctrl+d")
    time.sleep(1.5)
    # The field has the keyboard, and what it offers is selected.
    desk.write("May 2001")
    time.sleep(1)
    desk.picture("2-date")
    desk.press("Return")
    until(lambda: desk.found("May 2001") == {"a.jpg"}, "the date")
    desk.use()
    desk.press("ctrl+z")
    until(lambda: desk.found("2001") == set(), "undo of the date")
    desk.press("ctrl+f")
    desk.write("rating>=4")
    time.sleep(1)
    desk.press("Return")
    desk.picture("3-search")
    desk.press("ctrl+a", "f")
    until(lambda: desk.favourites() == {"a.jpg"}, "the photo found")


def test_looked_at(desk: Desk) -> None:
    desk.click(*FIRST_TILE)
    desk.press("Return")
    time.sleep(2)
    desk.picture("4-viewer")
    desk.press("r")
    until(lambda: len(desk.rows("log")) == 1, "the rotation")
    desk.press("Right")
    time.sleep(1)
    desk.press("plus", "plus", "0", "F11")
    time.sleep(1.5)
    desk.picture("5-full-screen")
    desk.press("F11", "Escape")
    time.sleep(1)
    # Back in the grid, the photo just seen is selected.
    desk.press("f")
    until(lambda: desk.favourites() == {"b.jpg"}, "the photo just seen")
    desk.press("ctrl+a", "p")
    time.sleep(3)
    desk.picture("6-slideshow")
    desk.press("Escape")
    time.sleep(1)
    desk.use()
    desk.click(*FIRST_TILE)
    desk.press("shift+Right", "c")
    time.sleep(2)
    desk.picture("7-compare")
    desk.press("Escape")


def test_given_out(desk: Desk, photos: Path, tmp_path: Path) -> None:
    received = tmp_path / "received.txt"
    with desk.beside("drop_target", str(received)):
        desk.use()
        desk.click(*FIRST_TILE)
        desk.drag(ON_SCREEN, (440, 260), (380, 350), (200, 500), (90, 650), (80, 660))
        desk.picture("8-dropped")
        until(received.exists, "the dragged file")
        assert received.read_text(encoding="utf-8") == str(photos / "a.jpg")
        received.unlink()
        desk.use()
        desk.press("ctrl+c")
        time.sleep(2)
        target = desk.screen.window("drop-target")
        desk.screen.do("windowactivate", "--sync", target)
        desk.press("ctrl+v")
        until(received.exists, "the copied file")
        assert received.read_text(encoding="utf-8") == f"{photos / 'a.jpg'}\npicture"
    desk.use()
    desk.press("ctrl+e")
    time.sleep(1.5)
    desk.press("ctrl+a")
    desk.write(str(tmp_path / "out"))
    desk.picture("9-export")
    desk.press("Return")
    until((tmp_path / "out" / "a.jpg").exists, "the exported file")
    time.sleep(1)
    desk.picture("10-exported")
    assert (tmp_path / "out" / "a.jpg").read_bytes() == (photos / "a.jpg").read_bytes()


def test_duplicates_go_to_the_trash(desk: Desk, photos: Path) -> None:
    until(lambda: bool(desk.rows("duplicates")), "the duplicates")
    desk.press("alt+7")
    time.sleep(3)
    desk.picture("11-duplicates")
    desk.press("Delete")
    time.sleep(1.5)
    desk.picture("12-ask")
    # Whoever answers without reading keeps the photos: the button is one to the left.
    desk.press("shift+Tab", "space")
    pair = (photos / "d.jpg", photos / "d copy.jpg")
    until(lambda: sum(path.exists() for path in pair) == 1, "the trash")
    time.sleep(2)
    desk.picture("13-no-duplicates")
