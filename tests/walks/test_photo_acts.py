"""What a photo manager does besides: places, printing, other programs, this day, animations.

In a real window at 150 % on a screen of 1366 by 768, the usual one of small laptops.
"""

from __future__ import annotations

import datetime
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests import photos as shared
from tests.walks.desk import Desk, opened, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "Photos"
    folder.mkdir()
    today = datetime.date.today()
    for number, name in enumerate(("a.jpg", "b.jpg", "c.jpg")):
        picture = Image.effect_noise((480, 360), 20 + 25 * number)
        exif = Image.Exif()
        taken = f"2015:{today:%m:%d}" if name == "c.jpg" else f"2019:0{8 - number}:10"
        if name == "c.jpg" and (today.month, today.day) == (2, 29):
            taken = "2016:02:29"
        exif.get_ifd(0x8769)[0x9003] = f"{taken} 12:00:00"
        picture.save(folder / name, exif=exif)
    return folder


@pytest.fixture
def viewer(tmp_path: Path) -> Path:
    """A program of the desktop that opens photos: it writes down which."""
    opened_by = tmp_path / "opened.txt"
    script = tmp_path / "viewer.py"
    script.write_text(
        f"import sys, pathlib\npathlib.Path({str(opened_by)!r}).write_text(sys.argv[1])\n"
    )
    folder = tmp_path / "home" / ".local" / "share" / "applications"
    folder.mkdir(parents=True)
    (folder / "aaa-viewer.desktop").write_text(
        "[Desktop Entry]\nType=Application\nName=AAA Viewer\n"
        f"Exec={sys.executable} {script} %f\nMimeType=image/jpeg;\n"
    )
    return opened_by


@pytest.fixture
def desk(photos: Path, viewer: Path, tmp_path: Path) -> Iterator[Desk]:
    with opened(photos, tmp_path / "home", laptop=True) as found:
        yield found


def first(desk: Desk) -> None:
    """Select the first photo of the grid."""
    desk.press("ctrl+a", "Home")


def test_photo_acts(desk: Desk, viewer: Path, photos: Path, tmp_path: Path) -> None:
    desk.picture("1-window")
    first(desk)
    desk.press("g")
    time.sleep(1)
    desk.write("Cortina")
    time.sleep(5)
    desk.picture("2-place")
    desk.press("Return")
    until(lambda: bool(desk.rows("places")), "the place")
    assert desk.found("Cortina") == {"a.jpg"}
    desk.use()
    desk.press("ctrl+z")
    until(lambda: not desk.rows("places"), "undo of the place")
    desk.press("ctrl+p")
    time.sleep(2)
    desk.picture("3-print")
    desk.press("Return")
    until((tmp_path / "home" / "print.pdf").exists, "the printed photo")
    assert (tmp_path / "home" / "print.pdf").read_bytes().startswith(b"%PDF")
    desk.use()
    desk.click(500, 300, "3")
    time.sleep(1)
    desk.picture("4-menu")
    # From the end: Move to Trash, Print, Change Date, Export, Copy, Show in Folder, Open With.
    desk.press(*["Up"] * 7, "Return")
    time.sleep(2)
    desk.picture("5-open-with")
    desk.press("Return")
    until(viewer.exists, "the other program")
    assert viewer.read_text() == str(photos / "a.jpg")
    desk.use()
    desk.click(150, 400)
    for _ in range(8):
        desk.click(150, 400, "5")
    time.sleep(1)
    desk.click(130, 293)
    time.sleep(1.5)
    desk.picture("6-this-day")
    # In the grid again, where Home and the menu's place led before.
    desk.click(500, 300)
    desk.press("f")
    until(lambda: desk.favourites() == {"c.jpg"}, "the photo of this day")


@shared.needs_shared
def test_a_person_through_the_years_is_saved(tmp_path: Path) -> None:
    folder = tmp_path / "Photos"
    folder.mkdir()
    for path in sorted((shared.SHARED / "families").glob("Family1-Mom*")):
        shutil.copy(path, folder)
    with opened(folder, tmp_path / "home", laptop=True) as desk:
        until(lambda: len(desk.rows("people")) == 1, "the person")
        desk.use()
        desk.press("alt+2")
        time.sleep(2)
        desk.press("Home", "Return")
        time.sleep(2)
        # The letters of a name begin it, wherever the page asks for one.
        desk.write("Marie")
        desk.picture("7-person")
        desk.press("Return")
        until(lambda: [row["name"] for row in desk.rows("people")] == ["Marie"], "the name")
        desk.use()
        time.sleep(1)
        desk.press("p")
        time.sleep(3)
        desk.picture("8-playback")
        desk.click(1290, 64)
        time.sleep(2)
        desk.picture("9-save")
        desk.press("ctrl+a")
        desk.write(str(tmp_path / "Marie.webp"))
        desk.press("Return")
        until((tmp_path / "Marie.webp").exists, "the animation")
        time.sleep(1)
        desk.picture("10-saved")
    with Image.open(tmp_path / "Marie.webp") as animation:
        assert getattr(animation, "n_frames", 1) > 1
