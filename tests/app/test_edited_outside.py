"""Photos that other programs crop and turn: who is gone isn't shown, and drawn boxes follow."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance

from facesorter.app.analyse_file import analyse_file
from facesorter.cancel import CancelToken
from facesorter.domain import FaceId, FaceState, Region
from facesorter.faces.analyzer import describe_region
from facesorter.images.thumbnails import ThumbnailCache
from facesorter.library import queries
from facesorter.library.decisions import boxes, corrections, journal
from facesorter.library.scanning import folders, record
from facesorter.library.scanning.scan import Scan
from facesorter.library.search import search
from facesorter.storage import faces, grouping_rows, pending
from tests.fakes import GAP, SIDE, FakeAnalyzer, draw_photo
from tests.library.made import Bench

NEAR = 0.02
"""Of the photo's side: how far off a box may be that follows a crop."""


class Edited:
    """One photo of four people in two rows, and a library that reads it again after each edit."""

    def __init__(self, base: Path) -> None:
        self.bench = Bench()
        self.analyzer = FakeAnalyzer(noise=0.3)
        self.path = draw_photo(base / "Photos" / "photo.png", [1, 130, 260, 410])
        draw_photo(base / "Photos" / "other.png", [50])
        self.thumbnails = ThumbnailCache(base / "cache")
        self.bench.do(folders.add, str(base / "Photos"))
        self.model = self.bench.do(
            record.use_model, "fake", self.analyzer.sha256, self.analyzer.dimension
        )
        self.read()
        self.original = self.path.read_bytes()

    def read(self) -> None:
        connection = self.bench.connection
        for batch in Scan(connection, CancelToken()).run(None):
            self.bench.do(record.found, batch)
        self.bench.do(record.relink)
        while waiting := pending.newest(connection, 1):
            (photo,) = waiting
            seen = analyse_file(photo, self.analyzer, connection, self.thumbnails, CancelToken())
            version = (photo.id, photo.size, photo.mtime_ns)
            self.bench.do(record.analysed, *version, seen, self.model)

    def write(self, data: bytes) -> None:
        before = self.path.stat().st_mtime_ns
        self.path.write_bytes(data)
        os.utime(self.path, ns=(before + 10**9, before + 10**9))
        self.read()

    def edit(self, change: Callable[[Image.Image], Image.Image]) -> None:
        with Image.open(self.path) as image:
            changed = change(image)
        scratch = self.path.with_name("scratch.tmp")
        changed.save(scratch, "PNG")
        data = scratch.read_bytes()
        scratch.unlink()
        self.write(data)

    @property
    def photo(self) -> int:
        return int(self.bench.one("SELECT id FROM photo WHERE relpath = 'photo.png'"))

    @property
    def size(self) -> tuple[int, int]:
        with Image.open(self.path) as image:
            return image.size

    def face_at(self, row: int, column: int) -> FaceId:
        """A detected face by its place in the original."""
        middle = [
            (GAP + place * (SIDE + GAP) + SIDE / 2) / (GAP + 2 * (SIDE + GAP))
            for place in (column, row)
        ]
        found = min(
            faces.of_photo(self.bench.connection, self.photo),
            key=lambda face: (
                abs(face.region.x + face.region.w / 2 - middle[0])
                + abs(face.region.y + face.region.h / 2 - middle[1])
            ),
        )
        return found.id

    def name(self, face_id: FaceId, name: str) -> None:
        self.bench.do(corrections.move_to_new_person, [face_id], name)

    def draw(self, region: Region, name: str) -> FaceId:
        face = describe_region(self.path, region, self.analyzer)
        made = self.bench.do(boxes.draw, self.photo, face, self.analyzer.sha256, name=name)
        return FaceId(made)

    def shown(self) -> dict[str, Region]:
        """Region by name of the named faces on the photo."""
        ids = faces.ids(self.bench.connection, photo_id=self.photo)
        found = faces.by_ids(self.bench.connection, ids)
        return {face.name: face.region for face in found if face.name}

    def absent(self) -> list[str]:
        return queries.absent_names(self.bench.connection, self.photo)


@pytest.fixture
def edited(tmp_path: Path) -> Edited:
    return Edited(tmp_path)


def right_half(image: Image.Image) -> Image.Image:
    return image.crop((image.width // 2, 0, image.width, image.height))


def close(one: Region, other: Region) -> bool:
    return all(
        abs(getattr(one, side) - getattr(other, side)) < NEAR for side in ("x", "y", "w", "h")
    )


def test_who_was_cut_away_is_not_shown_and_comes_back(edited: Edited) -> None:
    for place, name in {(0, 0): "Anna", (0, 1): "Tom", (1, 0): "Eva", (1, 1): "Ben"}.items():
        edited.name(edited.face_at(*place), name)
    whole = edited.shown()
    edited.edit(right_half)
    assert edited.shown().keys() == {"Tom", "Ben"}
    assert sorted(edited.absent()) == ["Anna", "Eva"]
    assert queries.counts(edited.bench.connection).faces == 3
    anna = edited.bench.one("SELECT id FROM person WHERE name = 'Anna'")
    assert queries.photo_ids(edited.bench.connection, person_id=anna) == []
    edited.write(edited.original)
    assert edited.shown() == whole and edited.absent() == []
    assert edited.bench.undo_all() == 4


def test_a_stranger_in_the_place_of_somebody_cut_away_stays_a_stranger(edited: Edited) -> None:
    """After the crop, the right column fills the place where the left one was."""
    edited.name(edited.face_at(0, 0), "Anna")
    edited.edit(right_half)
    edited.edit(lambda image: image.resize((image.width * 2, image.height)))
    assert edited.shown() == {} and edited.absent() == ["Anna"]


def test_decisions_about_an_absent_face_can_be_undone_and_redone(edited: Edited) -> None:
    anna = edited.face_at(0, 0)
    edited.name(anna, "Anna")
    edited.edit(right_half)
    assert edited.bench.do(journal.undo).skipped == 0
    assert edited.absent() == []
    assert edited.bench.do(journal.redo).skipped == 0
    assert edited.absent() == ["Anna"]
    edited.write(edited.original)
    (face,) = faces.by_ids(edited.bench.connection, [anna])
    assert (face.name, face.state) == ("Anna", FaceState.CONFIRMED)


def test_several_crops_in_a_row(edited: Edited) -> None:
    for place, name in {(0, 0): "Anna", (0, 1): "Tom", (1, 1): "Ben"}.items():
        edited.name(edited.face_at(*place), name)
    whole = edited.shown()
    edited.edit(right_half)
    edited.edit(lambda image: image.crop((0, image.height // 2, image.width, image.height)))
    assert edited.shown().keys() == {"Ben"} and sorted(edited.absent()) == ["Anna", "Tom"]
    edited.write(edited.original)
    assert edited.shown().keys() == whole.keys() and edited.absent() == []


@pytest.mark.parametrize("turn", list(Image.Transpose))
def test_drawn_boxes_turn_with_the_photo(edited: Edited, turn: Image.Transpose) -> None:
    # Half a face is no face for the detector.
    edited.edit(lambda image: paint(image, (40, 300, 80, 340)))
    width, height = edited.size
    region = Region(40 / width, 300 / height, 40 / width, 40 / height)
    edited.draw(region, "Uncle")
    edited.edit(lambda image: image.transpose(turn))
    with Image.new("L", (width, height)) as mask:
        ImageDraw.Draw(mask).rectangle((40, 300, 79, 339), 255)
        turned = mask.transpose(turn)
    left, top, right, bottom = turned.getbbox() or (0, 0, 0, 0)
    there = edited.shown()["Uncle"]
    wanted = Region(
        *(left / turned.width, top / turned.height),
        *((right - left) / turned.width, (bottom - top) / turned.height),
    )
    assert there.overlap(wanted) > 0.99


def paint(image: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """Add a face too small for the detector, below the others."""
    larger = Image.new("RGB", (image.width, image.height + 80), (120, 120, 120))
    larger.paste(image)
    draw = ImageDraw.Draw(larger)
    left, top, right, bottom = box
    draw.rectangle((left, top, right - 1, (top + bottom) // 2 - 1), (250, 20, 20))
    draw.rectangle((left, (top + bottom) // 2, right - 1, bottom - 1), (20, 250, 20))
    return larger


def test_drawn_boxes_follow_a_crop(edited: Edited) -> None:
    edited.edit(lambda image: paint(image, (200, 300, 240, 340)))
    width, height = edited.size
    edited.draw(Region(200 / width, 300 / height, 40 / width, 40 / height), "Uncle")
    edited.edit(lambda image: image.crop((100, 20, image.width, image.height)))
    wanted = Region(
        *(100 / (width - 100), 280 / (height - 20)), *(40 / (width - 100), 40 / (height - 20))
    )
    assert close(edited.shown()["Uncle"], wanted)
    edited.edit(lambda image: image.crop((0, 0, image.width, 250)))
    assert edited.shown() == {} and edited.absent() == ["Uncle"]


def test_a_drawn_box_whose_content_was_painted_over_is_gone(edited: Edited) -> None:
    edited.edit(lambda image: paint(image, (40, 300, 80, 340)))
    width, height = edited.size
    edited.draw(Region(40 / width, 300 / height, 40 / width, 40 / height), "Uncle")

    def over(image: Image.Image) -> Image.Image:
        ImageDraw.Draw(image).rectangle((30, 290, 90, 345), (20, 20, 250))
        return image

    edited.edit(over)
    assert edited.shown() == {} and edited.absent() == ["Uncle"]


def test_nobody_on_the_photo_is_suggested_for_who_was_cut_away(edited: Edited) -> None:
    edited.name(edited.face_at(0, 0), "Anna")
    edited.edit(right_half)
    grouped = grouping_rows.faces_to_group(edited.bench.connection, edited.model)
    on_photo = [face for face in grouped if face.frame == edited.photo]
    assert len(on_photo) == 3, "as one photo, whose faces are different people"


def test_the_earlier_version_comes_back_from_a_copy(edited: Edited) -> None:
    copy = edited.path.parent / "backup" / "photo.png"
    copy.parent.mkdir()
    copy.write_bytes(edited.original)
    edited.read()
    edited.name(edited.face_at(0, 0), "Anna")
    edited.name(edited.face_at(1, 1), "Ben")
    whole = edited.shown()
    edited.edit(right_half)
    assert edited.absent() == ["Anna"]
    edited.write(edited.original)
    assert edited.shown() == whole and edited.absent() == []


def test_ignored_faces_stay_ignored(edited: Edited) -> None:
    edited.bench.do(corrections.ignore, [edited.face_at(0, 1)])
    edited.edit(right_half)
    states = edited.bench.all("SELECT state FROM face WHERE photo_id = ?", edited.photo)
    assert sorted(states) == [("ignored",), ("unknown",)]


def test_other_brightness_moves_nothing(edited: Edited) -> None:
    edited.name(edited.face_at(1, 0), "Eva")
    before = edited.shown()
    edited.edit(lambda image: ImageEnhance.Brightness(image).enhance(0.97))
    assert edited.shown().keys() == before.keys()
    assert close(edited.shown()["Eva"], before["Eva"]) and edited.absent() == []


def test_earlier_versions_are_no_photos_of_the_library(edited: Edited) -> None:
    edited.name(edited.face_at(0, 0), "Anna")
    edited.edit(right_half)
    assert queries.counts(edited.bench.connection).photos == 2
    edited.read()
    (folder,) = queries.folders(edited.bench.connection)
    assert folder.state == "present" and np.isfinite(edited.photo)


def test_no_folder_is_offered_for_who_was_cut_away(edited: Edited) -> None:
    edited.name(edited.face_at(0, 0), "Anna")
    edited.edit(right_half)
    assert edited.absent() == ["Anna"]
    assert search.suggestions(edited.bench.connection).folders == ("Photos",)
