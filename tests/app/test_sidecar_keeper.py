"""Sidecars that follow decisions: what is written, when, and that nothing goes round in circles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from facesorter.app.services import Services
from facesorter.errors import UserError
from facesorter.exchange.xmp_document import Document
from facesorter.library import queries, sidecars
from facesorter.library.decisions import corrections, descriptions, journal
from facesorter.library.sidecars import Options
from facesorter.library.transaction import Transaction
from facesorter.storage import faces, persons
from tests.app import album


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Four photos of one person, analyzed; the keeper's thread doesn't run by itself."""
    analyzer = album.CountingAnalyzer()
    for number in range(1, 5):
        album.draw(tmp_path / "photos" / f"{number}.png", number)
    made = Services(
        tmp_path / "library",
        tmp_path / "cache",
        watch=False,
        load=lambda: analyzer,  # type: ignore[arg-type,return-value]
    )
    made.start().result(60)
    made.submit(album.folders.add, str(tmp_path / "photos")).result(60)
    made.wait_idle()
    made.analyzer = analyzer  # type: ignore[attr-defined]
    yield made
    assert made.stop(60)


def name_all(txn: Transaction, name: str) -> None:
    corrections.move_to_new_person(txn, faces.ids(txn.connection), name)


def people(folder: Path) -> dict[str, list[str]]:
    return {
        path.name: Document(path.read_bytes()).items("Iptc4xmpExt:PersonInImage")
        for path in folder.glob("*.xmp")
    }


def test_off_unless_asked_for(services: Services, tmp_path: Path) -> None:
    services.submit(name_all, "Anna").result(60)
    assert not services.sidecars.catch_up().written
    assert not people(tmp_path / "photos")


def test_they_follow_decisions_and_undo_and_rest_in_between(
    services: Services, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    services.submit(sidecars.keep, Options()).result(60)
    services.submit(name_all, "Anna").result(60)
    assert len(services.sidecars.catch_up().written) == 4
    assert set(map(tuple, people(folder).values())) == {("Anna",)}
    first = services.query(queries.photo_ids).result(60)[:1]
    services.submit(descriptions.rate, first, 3).result(60)
    report = services.sidecars.catch_up()
    assert len(report.merged) == 1 and not report.written
    services.submit(journal.undo).result(60)
    services.submit(journal.undo).result(60)
    assert len(services.sidecars.catch_up().merged) == 4
    assert set(map(tuple, people(folder).values())) == {()}
    services.sidecars.look_again()
    report = services.sidecars.catch_up()
    assert not (report.written or report.merged or report.failed)


def test_our_sidecars_lead_neither_to_an_analysis_nor_to_another_write(
    services: Services, tmp_path: Path
) -> None:
    services.submit(sidecars.keep, Options()).result(60)
    services.submit(name_all, "Anna").result(60)
    services.sidecars.catch_up()
    analyzed = services.analyzer.total  # type: ignore[attr-defined]
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "photos").glob("*.xmp")}
    for _ in range(3):
        services.rescan()
        services.wait_idle()
        report = services.sidecars.catch_up()
        assert not (report.written or report.merged)
    assert services.analyzer.total == analyzed  # type: ignore[attr-defined]
    assert times == {path: path.stat().st_mtime_ns for path in times}


def test_what_another_program_changed_is_read_and_kept(services: Services, tmp_path: Path) -> None:
    services.submit(sidecars.keep, Options()).result(60)
    services.submit(name_all, "Anna").result(60)
    services.sidecars.catch_up()
    path = tmp_path / "photos" / "1.png.xmp"
    document = Document(path.read_bytes())
    document.set_text("dc:title", "Theirs", by_language=True)
    document.add_item("dc:subject", "Theirs, too")
    path.write_bytes(document.bytes())
    services.rescan()
    services.wait_idle()
    (photo_id,) = (
        photo.id
        for photo in services.query(lambda c: queries.photos(c, queries.photo_ids(c))).result(60)
        if photo.path.endswith("1.png")
    )
    services.submit(descriptions.rate, [photo_id], 5).result(60)
    services.sidecars.catch_up()
    after = Document(path.read_bytes())
    assert (after.text("dc:title"), after.text("xmp:Rating")) == ("Theirs", "5")
    assert "Theirs, too" in after.items("dc:subject")


def test_another_choice_writes_them_all_again(services: Services, tmp_path: Path) -> None:
    services.submit(sidecars.keep, Options()).result(60)
    services.submit(name_all, "Anna").result(60)
    services.sidecars.catch_up()
    services.submit(sidecars.keep, Options(folder=tmp_path / "mirror")).result(60)
    services.sidecars.look_again()
    assert len(services.sidecars.catch_up().written) == 4
    assert len(list((tmp_path / "mirror" / "photos").iterdir())) == 4


def planned(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the photos that are looked at from now on."""
    counts, plan = [], sidecars.plan

    def counted(connection: Any, photo_ids: Any, options: Options) -> Any:
        counts.append(len(photo_ids))
        return plan(connection, photo_ids, options)

    monkeypatch.setattr(sidecars, "plan", counted)
    return counts


def test_only_photos_with_something_new_to_say_are_looked_at(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.submit(sidecars.keep, Options()).result(60)
    services.submit(name_all, "Anna").result(60)
    services.sidecars.catch_up()
    counts = planned(monkeypatch)
    services.rescan()
    services.wait_idle()
    services.sidecars.catch_up()
    assert sum(counts) == 0, "a scan says nothing about photos that it finds as they were"
    (anna,) = services.query(persons.with_name, "Anna").result(60)
    first = services.query(faces.ids, person_id=anna).result(60)[:1]
    services.submit(corrections.reject, anna, first).result(60)
    assert len(services.sidecars.catch_up().merged) == sum(counts) == 1
    services.submit(corrections.name, anna, "Berta").result(60)
    assert len(services.sidecars.catch_up().merged) == 3
    assert set(map(tuple, people(tmp_path / "photos").values())) == {(), ("Berta",)}


def test_what_could_not_be_written_is_tried_again(services: Services, tmp_path: Path) -> None:
    services.submit(sidecars.keep, Options()).result(60)
    services.sidecars.catch_up()
    broken = tmp_path / "photos" / "1.png.xmp"
    broken.write_bytes(b"<not a packet")
    services.submit(name_all, "Anna").result(60)
    report = services.sidecars.catch_up()
    assert (len(report.written), len(report.failed)) == (3, 1)
    broken.unlink()
    services.rescan()
    services.wait_idle()
    assert services.sidecars.catch_up().written == [broken]


def test_photos_of_a_drive_are_looked_at_once_it_is_back(
    services: Services, tmp_path: Path
) -> None:
    services.submit(sidecars.keep, Options()).result(60)
    services.sidecars.catch_up()
    folder, away = tmp_path / "photos", tmp_path / "away"
    folder.rename(away)
    services.rescan()
    services.wait_idle()
    services.submit(name_all, "Anna").result(60)
    report = services.sidecars.catch_up()
    assert not report.written
    assert not folder.exists(), "no folder is made where a drive is missing"
    away.rename(folder)
    services.rescan()
    services.wait_idle()
    assert len(services.sidecars.catch_up().written) == 4


def test_a_mirror_on_a_drive_that_is_away_is_not_made_elsewhere(
    services: Services, tmp_path: Path
) -> None:
    drive = tmp_path / "drive"
    services.submit(sidecars.keep, Options(folder=drive / "sidecars")).result(60)
    services.submit(name_all, "Anna").result(60)
    with pytest.raises(UserError):
        services.sidecars.catch_up()
    assert not drive.exists()
    drive.mkdir()
    services.sidecars.look_again()
    assert len(services.sidecars.catch_up().written) == 4


def test_our_own_sidecars_are_no_names_to_bring_in(services: Services, tmp_path: Path) -> None:
    """Not even where the user took a name back since, or the name was only suggested."""
    services.submit(sidecars.keep, Options()).result(60)
    services.submit(name_all, "Anna").result(60)
    services.sidecars.catch_up()
    services.submit(journal.undo).result(60)
    assert not services.names.read([tmp_path / "photos"]).preview
    services.submit(sidecars.keep, None).result(60)
    names = services.names.read([tmp_path / "photos"])
    assert names.preview.new_faces == 4, "nobody knows who wrote them"
    assert {row.program for row in names.gathered.rows} == {"facesorter"}
