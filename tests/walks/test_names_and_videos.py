"""Names from other programs, sidecars, web pages, videos, stacks, and problems in a real window.

What keys and mouse did is read from the library with the command line, and from the disk.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from tests.walks.desk import Desk, opened, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
FIRST_TILE = (300, 200)
MENU = (200, 635)
"""The ⋯ button."""
OFFER = (945, 633)
"""The button of the offered names."""
PROBLEMS = (1040, 680)
SIDECARS_ENTRY = 6
"""Place of *Write Names to Sidecars…* in the ⋯ menu."""


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "Photos"
    folder.mkdir()
    Image.effect_noise((480, 360), 40).convert("RGB").save(folder / "first.jpg")
    return folder


@pytest.fixture
def desk(photos: Path, tmp_path: Path) -> Iterator[Desk]:
    with opened(photos, tmp_path / "home") as found:
        yield found


def names(desk: Desk) -> set[str]:
    return {row["name"] for row in desk.rows("people") if row["name"]}


def add_folder(desk: Desk, folder: Path) -> None:
    desk.press("ctrl+o")
    time.sleep(1.5)
    desk.write(str(folder))
    desk.press("Return")
    time.sleep(1)
    if desk.screen.do("search", "--onlyvisible", "--name", "^Add Folder$"):
        desk.press("Return")  # the first one took what the field completed

    def analysed() -> bool:
        here = [row for row in desk.rows("photos") if row["path"].startswith(str(folder))]
        return bool(here) and all(row["status"] != "pending" for row in here)

    until(analysed, "the photos")


def test_names_are_offered_used_taken_back_and_written(
    desk: Desk, tmp_path: Path, shared_photos: Path
) -> None:
    folder = tmp_path / "Named"
    folder.mkdir()
    for each in (shared_photos / "regions").glob("*.jpg"):
        shutil.copy(each, folder)
    add_folder(desk, folder)
    time.sleep(3)
    desk.picture("names-1-offer")
    assert not names(desk)
    desk.click(*OFFER)
    time.sleep(3)
    desk.picture("names-2-preview")
    desk.press("Return")
    until(lambda: len(names(desk)) > 2, "the names")
    given = names(desk)
    time.sleep(2)
    desk.picture("names-3-named")
    desk.use()
    desk.press("ctrl+z")
    until(lambda: not names(desk), "undo")
    desk.press("ctrl+shift+z")
    until(lambda: names(desk) == given, "redo")

    desk.click(*MENU)
    desk.press(*["Down"] * SIDECARS_ENTRY, "Return")
    time.sleep(1.5)
    desk.press(*["Tab"] * 5, "space")  # keeps them up to date
    desk.press("Tab", "Tab")  # past Cancel
    desk.picture("names-4-sidecars")
    desk.press("Return")
    until(lambda: bool(sidecars(folder)), "the sidecars")
    time.sleep(2)
    desk.picture("names-5-written")
    assert given <= written(folder)
    desk.press("Escape")
    desk.use()
    desk.press("alt+2")
    time.sleep(2)
    desk.press("Home", "F2", "ctrl+a")
    desk.write("Zora Zeal")
    desk.press("Return")
    until(lambda: "Zora Zeal" in written(folder), "the new name in a sidecar")
    desk.press("Escape")
    desk.picture("names-6-people")
    assert {each.suffix for each in folder.iterdir()} == {".jpg", ".xmp"}


def sidecars(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.xmp"))


def written(folder: Path) -> set[str]:
    texts = [each.read_text(encoding="utf-8") for each in sidecars(folder)]
    return set(re.findall(r"<rdf:li>([^<]+)</rdf:li>", "\n".join(texts)))


def test_web_pages_lead_to_files_that_are_there(desk: Desk, tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    desk.click(*FIRST_TILE)
    desk.press("ctrl+e")
    time.sleep(1.5)
    desk.press("ctrl+a")
    desk.write(str(pages))
    desk.press("Tab", "Tab", "End", "shift+Tab", "shift+Tab")
    desk.picture("pages-1-export")
    desk.press("Return")
    until((pages / "index.html").exists, "the pages")
    time.sleep(1)
    desk.picture("pages-2-exported")
    found = [
        (page, link)
        for page in pages.rglob("*.html")
        for link in re.findall(r'(?:href|src)="([^"#]+)"', page.read_text(encoding="utf-8"))
    ]
    assert found
    assert [each for each in found if not (each[0].parent / each[1]).exists()] == []


def test_videos_play_and_a_live_photo_is_one(
    desk: Desk, tmp_path: Path, shared_photos: Path
) -> None:
    folder = tmp_path / "Moving"
    folder.mkdir()
    for name in ("IMG_7943.HEIC", "IMG_7943_HEVC.MOV", "video_mkv.mkv"):
        shutil.copy(shared_photos / "videos" / name, folder)
    (folder / "broken.mp4").write_bytes(b"\0\0\0\x18ftypisom" + bytes(4000))
    frames = [Image.new("RGB", (320, 240), "white") for _ in range(8)]
    for at, frame in enumerate(frames):
        ImageDraw.Draw(frame).ellipse((30 * at, 80, 30 * at + 80, 160), fill="red")
    frames[0].save(folder / "ball.gif", save_all=True, append_images=frames[1:], duration=120)
    add_folder(desk, folder)

    def pair() -> set[str]:
        return {Path(row["path"]).name for row in desk.rows("stacks")}

    live = {"IMG_7943.HEIC", "IMG_7943_HEVC.MOV"}
    until(lambda: pair() == live, "the Live Photo")
    time.sleep(2)
    desk.use()
    desk.picture("videos-1-grid")
    search(desk, "IMG_7943")
    desk.press("Home", "u")
    time.sleep(1)
    desk.picture("videos-2-unfolded")
    desk.press("u", "ctrl+shift+g")
    until(lambda: not pair(), "unstacked")
    desk.press("ctrl+z")
    until(lambda: pair() == live, "undo")

    search(desk, "video_mkv")
    desk.press("Home", "Return")
    time.sleep(2)
    desk.press("space")
    time.sleep(1.5)
    desk.press("m", "Right")
    desk.picture("videos-3-playing")
    desk.press("space", "f")
    until(lambda: desk.favourites() == {"video_mkv.mkv"}, "the video's favourite")
    desk.press("Escape")
    search(desk, "broken.mp4")
    desk.press("Home", "Return")
    time.sleep(2)
    desk.press("space")
    time.sleep(1)
    desk.picture("videos-4-broken")
    desk.press("Escape")
    search(desk, "ball")
    desk.press("Home", "Return")
    time.sleep(1)
    desk.picture("videos-5-animation")
    desk.press("f")
    until(lambda: "ball.gif" in desk.favourites(), "the viewer still answers")


def search(desk: Desk, text: str) -> None:
    desk.press("ctrl+f", "ctrl+a")
    desk.write(text)
    time.sleep(1)
    desk.press("Return")
    time.sleep(1)


def test_problems_are_said(desk: Desk, tmp_path: Path, shared_photos: Path) -> None:
    folder = tmp_path / "Damaged"
    folder.mkdir()
    for each in sorted((shared_photos / "damaged").glob("*.jpg"))[:12]:
        shutil.copy(each, folder)
    (folder / "drawing.xcf").write_bytes(b"gimp xcf v011" + bytes(100))
    add_folder(desk, folder)
    failed = desk.rows("photos", "--status", "failed")
    assert failed and all(row["error"].endswith(".") for row in failed)
    time.sleep(2)
    desk.use()
    desk.click(*PROBLEMS)
    time.sleep(1.5)
    desk.picture("problems-1")
    desk.press("Escape")
