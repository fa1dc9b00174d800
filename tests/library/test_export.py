"""Export: which copies are made, under which names, and what goes wrong."""

from __future__ import annotations

import errno
import io
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from facesorter.cancel import CancelToken
from facesorter.errors import UserError
from facesorter.images import metadata
from facesorter.images.copy_options import CopyFormat, CopyOptions
from facesorter.library import export, queries
from facesorter.library.decisions import corrections, descriptions, places
from facesorter.library.export import Layout, Naming, Options
from facesorter.storage import faces as face_rows
from tests.library.made import Bench, fill


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Two named people, alone and together in six photos that exist as files."""
    made = Bench()
    with made.database.atomic():
        faces = fill(made.connection, people=2, each=6, per_photo=2, seed=1)
    (tmp_path / "Photos").mkdir()
    made.connection.execute("UPDATE folder SET path = ?", [str(tmp_path / "Photos")])
    for photo in queries.photos(made.connection, queries.photo_ids(made.connection)):
        path = Path(photo.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (60, 40), (photo.id % 256, 90, 90)).save(path, "JPEG")
    for person, name in zip(faces, ("Anna", "Tom/Tim"), strict=False):
        made.do(corrections.move_to_new_person, person, name)
    return made


def exported(bench: Bench, to: Path, options: Options) -> export.Report:
    ids = queries.photo_ids(bench.connection)
    return export.run(export.plan(bench.connection, ids, options), to, options)


def test_as_they_are_is_byte_for_byte_with_the_time_of_the_original(
    bench: Bench, tmp_path: Path
) -> None:
    report = exported(bench, tmp_path / "out", Options())
    sources = [
        Path(photo.path)
        for photo in queries.photos(bench.connection, queries.photo_ids(bench.connection))
    ]
    assert len(report.written) == len(sources) and not report.failed
    for source, copy in zip(sources, report.written, strict=True):
        assert copy.read_bytes() == source.read_bytes()
        assert copy.stat().st_mtime_ns == source.stat().st_mtime_ns


def test_nothing_is_replaced_and_no_name_used_twice(bench: Bench, tmp_path: Path) -> None:
    first = exported(bench, tmp_path / "out", Options())
    before = {path: path.read_bytes() for path in first.written}
    second = exported(bench, tmp_path / "out", Options())
    assert not set(first.written) & set(second.written)
    assert all(path.stem.endswith(" (2)") for path in second.written)
    assert {path: path.read_bytes() for path in first.written} == before
    assert len({str(path).casefold() for path in first.written + second.written}) == 2 * len(before)


def test_a_folder_per_person_holds_the_photos_of_that_person(bench: Bench, tmp_path: Path) -> None:
    exported(bench, tmp_path / "out", Options(layout=Layout.PERSON))
    made = {path.name: len(list(path.iterdir())) for path in (tmp_path / "out").iterdir()}
    wanted = {
        name: len(
            {
                row.photo_id
                for row in face_rows.by_ids(
                    bench.connection, face_rows.ids(bench.connection, person_id=person)
                )
            }
        )
        for person, name in bench.all("SELECT id, replace(name, '/', '_') FROM person")
    }
    assert made == wanted


def test_dates_and_people_in_names_and_folders(bench: Bench, tmp_path: Path) -> None:
    options = Options(layout=Layout.MONTH, naming=Naming.DATE_AND_PEOPLE)
    report = exported(bench, tmp_path / "out", options)
    for path in report.written:
        year, month, name = path.relative_to(tmp_path / "out").parts
        assert month.startswith(f"{year}-") and name.startswith(month)
        assert "Anna" in name or "Tom_Tim" in name


def test_only_names_that_are_certain_are_written_into_copies(bench: Bench, tmp_path: Path) -> None:
    options = Options(CopyOptions(CopyFormat.JPEG, names=True))
    face = bench.one("SELECT min(id) FROM face WHERE state = 'confirmed'")
    with bench.database.atomic():
        bench.connection.execute(
            "UPDATE face SET state = 'suggested' WHERE id IN (?, ?)", [face, face + 1]
        )
        bench.connection.execute("UPDATE face SET sure = 1 WHERE id = ?", [face])
    ids = queries.photo_ids(bench.connection)
    named = sum(len(copy.people) for copy in export.plan(bench.connection, ids, options))
    assert named == bench.one("SELECT count(*) FROM face WHERE person_id IS NOT NULL") - 1
    written = exported(bench, tmp_path / "named", options).written
    assert all(b"mwg-rs:RegionList" in path.read_bytes() for path in written)
    plain = exported(bench, tmp_path / "plain", Options(CopyOptions(CopyFormat.JPEG))).written
    assert not any(b"mwg-rs" in path.read_bytes() for path in plain)


def test_stars_title_and_caption_of_the_user_are_in_copies_that_are_encoded(
    bench: Bench, tmp_path: Path
) -> None:
    first, *_ = ids = queries.photo_ids(bench.connection)
    bench.do(descriptions.rate, [first], 5)
    bench.do(descriptions.describe, [first], title="Opera")
    options = Options(CopyOptions(CopyFormat.JPEG))
    copies = export.run(export.plan(bench.connection, ids[:2], options), tmp_path / "out", options)
    infos = [metadata.read_metadata(path.read_bytes()).info for path in copies.written]
    assert [(each.rating, each.title) for each in infos] == [(5, "Opera"), (None, None)]


@pytest.mark.parametrize("location", [True, False])
def test_the_place_in_a_copy_is_what_the_user_said(
    location: bool, bench: Bench, tmp_path: Path
) -> None:
    moved, nowhere, other, *_ = ids = queries.photo_ids(bench.connection)
    gps = {1: "N", 2: (48.0, 12.0, 0.0), 3: "E", 4: (11.0, 30.0, 0.0), 6: 500.0}
    for photo in queries.photos(bench.connection, ids[:3]):
        exif = Image.Exif()
        exif.get_ifd(0x8825).update(gps)
        Image.new("RGB", (60, 40)).save(photo.path, "JPEG", exif=exif)
    bench.do(places.set_place, [moved], -33.85677, 151.21528)
    bench.do(places.set_nowhere, [nowhere])
    options = Options(CopyOptions(CopyFormat.JPEG, location=location))
    planned = export.plan(bench.connection, [moved, nowhere, other], options)
    copies = export.run(planned, tmp_path / "out", options)
    infos = [metadata.read_metadata(path.read_bytes()).info for path in copies.written]
    found = [(each.latitude, each.longitude, each.altitude) for each in infos]
    none = (None, None, None)
    sydney = (pytest.approx(-33.85677, abs=1e-5), pytest.approx(151.21528, abs=1e-5), None)
    assert found == ([sydney, none, (48.2, 11.5, 500.0)] if location else [none] * 3)


def test_what_cannot_be_read_is_reported_and_the_others_copied(
    bench: Bench, tmp_path: Path
) -> None:
    found = queries.photos(bench.connection, queries.photo_ids(bench.connection))
    os.unlink(found[0].path)
    Path(found[1].path).write_bytes(b"not a photo")
    options = Options(CopyOptions(CopyFormat.PNG))
    report = exported(bench, tmp_path / "out", options)
    assert {path for path, _ in report.failed} == {found[0].path, found[1].path}
    assert len(report.written) == len(found) - 2
    assert {path.suffix for path in report.written} == {".png"}


def test_cancelled_in_the_middle_leaves_no_half_file(bench: Bench, tmp_path: Path) -> None:
    token, options = CancelToken(), Options()
    copies = export.plan(bench.connection, queries.photo_ids(bench.connection), options)
    report = export.run(
        copies,
        tmp_path / "out",
        options,
        token=token,
        progress=lambda done, total: token.cancel() if done == 2 else None,
    )
    assert report.cancelled and len(report.written) == 2
    assert sorted((tmp_path / "out").iterdir()) == sorted(report.written)


def test_a_full_disk_is_one_sentence_and_no_half_file(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def full(reading: object, writing: object, length: int) -> None:
        calls.append(writing)
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(UserError, match="enough space"):
        exported(bench, tmp_path / "out", Options())
    assert len(list((tmp_path / "out").iterdir())) == 1


def test_a_watched_destination_is_noticed(bench: Bench, tmp_path: Path) -> None:
    inside = tmp_path / "Photos" / "new"
    assert export.watched_folder(bench.connection, inside) == str(tmp_path / "Photos")
    assert export.watched_folder(bench.connection, tmp_path / "Photos2") is None
    (tmp_path / "link").symlink_to(tmp_path / "Photos")
    assert export.watched_folder(bench.connection, tmp_path / "link" / "x") is not None


@given(st.text())
def test_names_are_valid_everywhere(name: str) -> None:
    made = export.safe(name)
    assert 0 < len(made) <= export.LONGEST + 1
    assert not set(made) & set('<>:"/\\|?*\0') and made not in (".", "..")
    assert made.strip(" .") == made and made.upper() not in ("CON", "NUL", "COM1")


def test_a_photo_asked_for_twice_is_copied_once(bench: Bench, tmp_path: Path) -> None:
    ids = queries.photo_ids(bench.connection)
    assert len(export.plan(bench.connection, [*ids, *ids], Options())) == len(ids)


def test_two_people_of_one_name_have_one_folder_and_one_copy(bench: Bench) -> None:
    bench.connection.execute("UPDATE person SET name = 'Anna' WHERE name IS NOT NULL")
    ids = queries.photo_ids(bench.connection)
    copies = export.plan(bench.connection, ids, Options(layout=Layout.PERSON))
    assert len(copies) == len(ids)


def test_a_photo_of_others_is_in_their_folders(bench: Bench) -> None:
    """Photos may be chosen one by one, next to a person."""
    anna, tom = bench.column("SELECT id FROM person ORDER BY name")
    only = set(queries.photo_ids(bench.connection, person_id=tom))
    only -= set(queries.photo_ids(bench.connection, person_id=anna))
    options = Options(layout=Layout.PERSON, person_ids=(anna,))
    copies = export.plan(bench.connection, sorted(only), options)
    assert copies and {copy.folder for copy in copies} == {("Tom_Tim",)}


def test_a_file_that_appears_meanwhile_is_not_replaced(bench: Bench, tmp_path: Path) -> None:
    """Another program's, or our own in a folder whose name differs by case or accents alone."""
    to, placed = tmp_path / "out", list[Path]()
    copies = export.plan(bench.connection, queries.photo_ids(bench.connection), Options())

    def another(done: int, total: int) -> None:
        if done == 1:
            placed.append(to / Path(copies[1].photo.path).name)
            placed[0].write_bytes(b"mine")

    report = export.run(copies, to, Options(), progress=another)
    assert placed[0].read_bytes() == b"mine" and len(report.written) == len(copies)


def test_a_photo_that_breaks_off_is_reported_and_the_others_copied(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bad sector, or a drive that was pulled."""
    real, broken = Path.open, list[str]()

    class Bad(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

    def opening(path: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        if mode == "rb" and not broken:
            broken.append(str(path))
            return Bad()
        return real(path, mode, *args, **kwargs)

    monkeypatch.setattr(Path, "open", opening)
    report = exported(bench, tmp_path / "out", Options())
    assert [path for path, _ in report.failed] == broken
    assert "couldn’t be read" in str(report.failed[0][1])
    assert len(list((tmp_path / "out").iterdir())) == len(report.written) > 0


@pytest.mark.parametrize("format", [CopyFormat.ORIGINAL, CopyFormat.JPEG])
def test_a_drive_that_keeps_no_times_gets_copies_nevertheless(
    format: CopyFormat, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: object, target: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(shutil, "copystat", refuse)
    report = exported(bench, tmp_path / "out", Options(CopyOptions(format)))
    assert report.written and not report.failed


def test_a_copy_of_a_read_only_file_is_not_read_only(bench: Bench, tmp_path: Path) -> None:
    for photo in queries.photos(bench.connection, queries.photo_ids(bench.connection)):
        os.chmod(photo.path, 0o400)
    for copy in (CopyFormat.ORIGINAL, CopyFormat.JPEG):
        report = exported(bench, tmp_path / copy, Options(CopyOptions(copy)))
        assert all(path.stat().st_mode & 0o200 for path in report.written)


@pytest.mark.parametrize(
    ("source", "doubt", "written"),
    [
        ("name", None, True),
        ("given", None, True),
        ("folder", None, True),
        ("scanned", None, False),
        ("file", "file", False),
        ("name", "reset", False),
    ],
)
def test_only_a_date_that_is_known_is_written_into_a_copy(
    source: str, doubt: str | None, written: bool, bench: Bench, tmp_path: Path
) -> None:
    bench.connection.execute(
        "UPDATE photo SET taken_at = '1956-07', taken_from = ?, taken_doubt = ?", (source, doubt)
    )
    report = exported(bench, tmp_path / "out", Options(CopyOptions(CopyFormat.JPEG)))
    for path in report.written:
        with Image.open(path) as image:
            found = image.getexif().get_ifd(0x8769).get(0x9003)
        assert found == ("1956:07:     :  :  " if written else None)


@pytest.mark.parametrize("letter", ["a", "Я", "写", "🙂"])
def test_long_names_of_any_script_fit(letter: str, bench: Bench, tmp_path: Path) -> None:
    bench.connection.execute("UPDATE person SET name = ? || id", (letter * 120,))
    options = Options(layout=Layout.PERSON, naming=Naming.DATE_AND_PEOPLE)
    report = exported(bench, tmp_path / "out", options)
    assert report.written and not report.failed
