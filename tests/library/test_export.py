"""Export: which copies are made, under which names, and what goes wrong."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from facesorter.cancel import CancelToken
from facesorter.errors import UserError
from facesorter.images.copying import CopyFormat, CopyOptions
from facesorter.library import export, queries
from facesorter.library.decisions import corrections
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
        made.do(corrections.split, person, name)
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
