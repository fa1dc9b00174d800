"""Sidecars in files: where, under which names, safely, and never into a photo."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from facesorter.cancel import CancelToken
from facesorter.errors import UserError
from facesorter.exchange.xmp_document import Document
from facesorter.exchange.xmp_people import read_packet
from facesorter.images import photo_info
from facesorter.library import queries, sidecars
from facesorter.library.decisions import corrections, dates, descriptions, labels
from facesorter.library.sidecars import BACKUP, Form, Options
from tests.library.made import Bench, fill
from tests.support.sidecars import DIGIKAM


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
    for person, name in zip(faces, ("Anna", "Tom"), strict=False):
        made.do(corrections.move_to_new_person, person, name)
    return made


BESIDE = Options()


def write(bench: Bench, options: Options = BESIDE, **kwargs: object) -> sidecars.Report:
    ids = queries.photo_ids(bench.connection)
    planned = sidecars.plan(bench.connection, ids, options)
    return sidecars.run(planned, options, **kwargs)  # type: ignore[arg-type]


def photos(bench: Bench) -> list[Path]:
    found = queries.photos(bench.connection, queries.photo_ids(bench.connection))
    return [Path(photo.path) for photo in found]


def test_beside_every_photo_and_again_changes_nothing(bench: Bench) -> None:
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in photos(bench)}
    report = write(bench)
    assert set(report.written) == {path.with_name(f"{path.name}.xmp") for path in before}
    named = {name for each in report.written for name in people(each)}
    assert named == {"Anna", "Tom"}
    times = {path: path.stat().st_mtime_ns for path in report.written}
    again = write(bench)
    assert (again.written, again.merged, again.unchanged) == ([], [], len(before))
    assert times == {path: path.stat().st_mtime_ns for path in times}
    assert before == {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in before}


def people(path: Path) -> list[str]:
    return Document(path.read_bytes()).items("Iptc4xmpExt:PersonInImage")


def test_everything_the_user_said_is_in_it(bench: Bench) -> None:
    ids = queries.photo_ids(bench.connection)
    bench.do(descriptions.rate, ids[:1], 4)
    bench.do(descriptions.describe, ids[:1], title="T", caption="C")
    bench.do(labels.add_tag, "Beach", ids[:1])
    path = photos(bench)[0]
    bench.do(dates.give, {ids[0]: "1956-07"})
    write(bench, Options(dates=True))
    data = path.with_name(f"{path.name}.xmp").read_bytes()
    found = photo_info.of_xmp(data)
    assert (found.rating, found.title, found.caption) == (4, "T", "C")
    assert "Beach" in found.keywords
    assert Document(data).text("photoshop:DateCreated") == "1956-07"


def test_a_tree_elsewhere_mirrors_the_folders(bench: Bench, tmp_path: Path) -> None:
    report = write(bench, Options(folder=tmp_path / "Sidecars"))
    root = tmp_path / "Photos"
    assert set(report.written) == {
        tmp_path / "Sidecars" / "Photos" / f"{path.relative_to(root)}.xmp" for path in photos(bench)
    }
    assert not list(root.rglob("*.xmp"))


def test_without_the_suffix_the_raw_photo_has_it(bench: Bench) -> None:
    ids = queries.photo_ids(bench.connection)
    for photo_id, name in zip(ids, ("same.jpg", "same.cr2"), strict=False):
        bench.connection.execute("UPDATE photo SET relpath = ? WHERE id = ?", [name, photo_id])
    form = Options(form=Form.BARE)
    for some in (ids, ids[:1], ids[1:2]):
        planned = sidecars.plan(bench.connection, some, form)
        named = {Path(each.photo.path).name: each.path.name for each in planned}
        assert named.get("same.cr2", "same.xmp") == "same.xmp"
        assert named.get("same.jpg", "same.jpg.xmp") == "same.jpg.xmp"
        assert all(
            name == f"{Path(photo).stem}.xmp"
            for photo, name in named.items()
            if not photo.startswith("same")
        )


def test_the_sidecar_of_another_program_is_copied_once_and_merged(bench: Bench) -> None:
    path = photos(bench)[0]
    beside = path.with_name(f"{path.name}.xmp")
    beside.write_bytes(DIGIKAM.encode())
    beside.chmod(0o640)
    report = write(bench)
    assert report.merged == [beside]
    kept = beside.with_name(beside.name + BACKUP)
    assert kept.read_bytes() == DIGIKAM.encode()
    assert stat.S_IMODE(beside.stat().st_mode) == 0o640
    assert "Rome" in Document(beside.read_bytes()).items("dc:subject")
    bench.do(descriptions.rate, queries.photo_ids(bench.connection)[:1], 1)
    write(bench)
    assert kept.read_bytes() == DIGIKAM.encode()


def test_a_person_who_is_gone_goes_and_an_undecided_one_is_never_written(bench: Bench) -> None:
    write(bench)
    (person,) = bench.column("SELECT id FROM person WHERE name = 'Tom'")
    faces = bench.column("SELECT id FROM face WHERE person_id = ?", person)
    bench.do(corrections.reject, person, faces)
    write(bench)
    assert {name for path in photos(bench) for name in people(beside(path))} == {"Anna"}
    (anna,) = bench.column("SELECT id FROM person WHERE name = 'Anna'")
    bench.connection.execute("UPDATE face SET state = 'suggested' WHERE person_id = ?", [anna])
    write(bench)
    assert not any(people(beside(path)) for path in photos(bench))
    bench.connection.execute("UPDATE face SET sure = 1 WHERE person_id = ?", [anna])
    write(bench, Options(sure=True))
    assert all(people(beside(path)) == ["Anna"] for path in photos(bench) if people(beside(path)))


def beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.xmp")


def test_a_photo_without_a_word_gets_no_sidecar_and_leaves_that_of_others(bench: Bench) -> None:
    for person in bench.column("SELECT id FROM person WHERE name IS NOT NULL"):
        bench.do(corrections.name, person, "")
    other = beside(photos(bench)[0])
    other.write_bytes(DIGIKAM.encode())
    report = write(bench)
    assert not report.written and not report.merged
    assert other.read_bytes() == DIGIKAM.encode()
    assert not other.with_name(other.name + BACKUP).exists()


def test_what_cannot_be_written_is_reported_and_the_rest_is_written(bench: Bench) -> None:
    broken, large, *_ = map(beside, photos(bench))
    broken.write_text("<x:xmpmeta")
    large.mkdir()
    report = write(bench)
    assert {path for path, _ in report.failed} == {str(path) for path in photos(bench)[:2]}
    assert all("sidecar" in str(reason) for _, reason in report.failed)
    assert len(report.written) == len(photos(bench)) - 2
    assert broken.read_text() == "<x:xmpmeta"


def test_what_another_program_writes_meanwhile_is_not_lost(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from facesorter.exchange import sidecar

    path, merge, calls = beside(photos(bench)[0]), sidecar.merge, []

    def slow(*args: object, **kwargs: object) -> object:
        merged = merge(*args, **kwargs)  # type: ignore[arg-type]
        if not calls:
            calls.append(path.write_bytes(DIGIKAM.encode()))
        return merged

    monkeypatch.setattr(sidecar, "merge", slow)
    ids = queries.photo_ids(bench.connection)[:1]
    report = sidecars.run(sidecars.plan(bench.connection, ids, BESIDE), BESIDE)
    assert calls and report.merged == [path]
    assert "Rome" in Document(path.read_bytes()).items("dc:subject")


def test_a_link_stays_a_link_and_leftovers_of_a_killed_program_go(
    bench: Bench, tmp_path: Path
) -> None:
    path = beside(photos(bench)[0])
    target = tmp_path / "elsewhere.xmp"
    target.write_bytes(DIGIKAM.encode())
    path.symlink_to(target)
    left = path.with_name(f".{path.name}.99999-1.partial")
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    write(bench)
    assert path.is_symlink() and people(target)
    assert not left.exists()


def test_a_renamed_class_is_no_other_content(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Digests are stored, and the next version of the program compares its own with them."""
    (first, *_) = sidecars.plan(bench.connection, queries.photo_ids(bench.connection), BESIDE)
    before = first.digest
    for part in (first.content, first.content.given, first.content.people[0]):
        monkeypatch.setattr(type(part), "__repr__", lambda self: "Renamed()")
    assert first.digest == before
    tagged = replace(first, content=replace(first.content, tags=("Sea",)))
    elsewhere = replace(first, path=first.path.with_name("other.xmp"))
    assert len({before, tagged.digest, elsewhere.digest}) == 3


def test_it_can_be_stopped(bench: Bench) -> None:
    token = CancelToken()
    report = write(bench, BESIDE, token=token, progress=lambda done, total: token.cancel())
    assert report.cancelled and len(report.written) == 1


def test_a_folder_that_cannot_be_made_is_one_sentence(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="can’t be written"):
        write(bench, Options(folder=tmp_path / "file" / "tree"))


def renamed(bench: Bench, photo: Path, name: str) -> Path:
    """Give a photo another name, as on the disk so in the library."""
    bench.connection.execute("UPDATE photo SET relpath = ? WHERE relpath = ?", (name, photo.name))
    folder = Path(bench.column("SELECT path FROM folder")[0])
    return photo.rename(folder / name)


def test_photos_that_differ_in_case_only_have_a_sidecar_each(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lower, upper, *_ = photos(bench)
    renamed(bench, lower, "same.jpg")
    renamed(bench, upper, "SAME.JPG")
    mirror = Options(folder=tmp_path / "mirror")
    report = write(bench, mirror)
    assert not report.failed
    assert {"same.jpg.xmp", "SAME.JPG.xmp"} <= {each.name for each in report.written}
    # A drive that takes both names for one file: nobody's words go into the other's file.
    shutil.rmtree(mirror.folder)
    monkeypatch.setattr(sidecars, "_is_of_namesake", lambda path: path.name == "SAME.JPG.xmp")
    report = write(bench, mirror)
    ((photo, reason),) = report.failed
    assert photo.endswith("SAME.JPG") and "case-sensitive" in str(reason)


def test_the_sidecar_of_a_removed_photo_stays_as_it_is(bench: Bench) -> None:
    write(bench)
    gone, *others = photos(bench)
    before = beside(gone).read_bytes()
    gone.unlink()
    bench.connection.execute("UPDATE photo SET status = 'missing' WHERE relpath = ?", (gone.name,))
    for person in bench.column("SELECT id FROM person WHERE name = 'Anna'"):
        bench.do(corrections.name, person, "Anne")
    report = write(bench)
    assert not report.failed
    assert beside(gone).read_bytes() == before
    assert any("Anne" in people(beside(each)) for each in others)


def test_a_folder_that_is_gone_is_not_made_again(bench: Bench) -> None:
    folder = Path(bench.column("SELECT path FROM folder")[0])
    shutil.rmtree(folder)
    report = write(bench)
    assert {str(reason) for _, reason in report.failed} == {"The folder no longer exists."}
    assert len(report.failed) == len(photos(bench)) and not folder.exists()


def test_a_read_only_folder_is_one_sentence_and_loses_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(bench)
    before = {path: path.read_bytes() for path in map(beside, photos(bench))}
    (anna,) = bench.column("SELECT id FROM person WHERE name = 'Anna'")
    bench.do(corrections.name, anna, "Anne")

    def refuse(*_args: object, **_kwargs: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    with monkeypatch.context() as patch:
        patch.setattr(sidecars, "replacing", refuse)
        report = write(bench)
    assert report.failed and not report.merged
    assert {str(reason) for _, reason in report.failed} == {"The folder is read-only."}
    assert {path: path.read_bytes() for path in before} == before
    assert write(bench).merged  # once it can be written


def test_of_a_video_only_who_is_in_it(bench: Bench) -> None:
    video, *_ = photos(bench)
    video = renamed(bench, video, "film.mp4")
    bench.connection.execute("UPDATE photo SET duration = 60000 WHERE relpath = 'film.mp4'")
    write(bench)
    photo_names = read_packet(beside(video).read_bytes())
    assert people(beside(video)) and not photo_names.regions
