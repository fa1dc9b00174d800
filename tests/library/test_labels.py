"""Tags, albums and favourites: what they say, how they are found; no file hears of them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from PIL import Image

from facesorter.cli.main import main
from facesorter.errors import UserError
from facesorter.library.decisions import collages, corrections, journal, labels
from facesorter.library.search import search
from facesorter.library.search.terms import UnknownTerm
from facesorter.storage import labels as label_rows
from facesorter.storage import persons, photos, versions
from tests.library.acts import exact
from tests.library.made import AT, Bench, fill


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.own = fill(made.connection, people=3, each=6, per_photo=2)  # type: ignore[attr-defined]
    made.refresh()
    return made


def photo_ids(bench: Bench) -> list[int]:
    return bench.column("SELECT id FROM photo ORDER BY id")


def found(bench: Bench, text: str) -> set[int]:
    return set(search.photo_ids(bench.connection, text))


def of_person(bench: Bench, person: int) -> set[int]:
    return set(bench.column("SELECT photo_id FROM face WHERE person_id = ?", person))


def test_a_tag_is_one_whatever_its_capitals(bench: Bench) -> None:
    a, b, c, *_ = photo_ids(bench)
    tag = bench.do(labels.add_tag, " Beach  day ", [a, b])
    assert bench.do(labels.add_tag, "beach day", [b, c]) == tag
    assert label_rows.on(bench.connection, "photo_tag", [a, b, c]) == {tag: 3}
    assert labels.tags_and_albums(bench.connection).tag_photos == {tag: 3}
    assert bench.do(journal.undo).args == (("name", "beach day"), ("photos", 2))
    assert label_rows.holders(bench.connection, "photo_tag", tag) == [a, b]


def test_what_is_so_already_is_no_decision(bench: Bench) -> None:
    a, *_ = photo_ids(bench)
    bench.do(labels.add_tag, "Beach", [a])
    bench.do(labels.set_favourite, [a])
    last = bench.one("SELECT max(id) FROM decision")
    bench.do(labels.add_tag, "Beach", [a])
    bench.do(labels.set_favourite, [a])
    bench.do(labels.remove_tag, 1, photo_ids(bench)[1:])
    assert bench.one("SELECT max(id) FROM decision") == last


def test_a_person_s_tag_stands_for_all_their_photos(bench: Bench) -> None:
    (person, *_) = bench.column("SELECT DISTINCT person_id FROM face WHERE person_id > 0")
    bench.do(labels.add_tag, "family", [], [person])
    assert found(bench, "family") == of_person(bench, person)
    # The group is the user's from then on, so that the tag hangs on faces.
    assert persons.is_owned(bench.connection, person)
    (tag,) = labels.tags_and_albums(bench.connection).tags
    assert labels.tags_and_albums(bench.connection).tag_photos[tag.id] == len(
        of_person(bench, person)
    )


def test_a_merge_keeps_the_tags_of_both(bench: Bench) -> None:
    a, b, *_ = bench.column("SELECT DISTINCT person_id FROM face WHERE person_id > 0")
    bench.do(labels.add_tag, "family", [], [a, b])
    bench.do(labels.add_tag, "work", [], [b])
    before = exact(bench)
    bench.do(corrections.merge, a, [b])
    assert len(label_rows.tags_of_person(bench.connection, a)) == 2
    assert bench.do(journal.undo).skipped == 0
    assert exact(bench) == before


def test_deleting_and_undoing_bring_back_everything(bench: Bench) -> None:
    some = photo_ids(bench)[:5]
    tag = bench.do(labels.add_tag, "Beach", some)
    album = bench.do(labels.add_to_named_album, "Italy", some[1:])
    before = exact(bench)
    bench.do(labels.delete_tag, tag)
    bench.do(labels.delete_album, album)
    assert (
        labels.tags_and_albums(bench.connection).tags
        == labels.tags_and_albums(bench.connection).albums
        == ()
    )
    assert bench.all("SELECT * FROM photo_tag") == bench.all("SELECT * FROM album_photo") == []
    for _ in range(2):
        assert bench.do(journal.undo).skipped == 0
    assert exact(bench) == before
    # What is deleted has one line in the journal for all photos it was on.
    changes = bench.one(
        "SELECT count(*) FROM decision_change WHERE table_name = 'photo_tag' AND after IS NULL"
    )
    assert changes == 1


def test_names_that_are_taken_or_missing(bench: Bench) -> None:
    beach = bench.do(labels.add_tag, "Beach", photo_ids(bench)[:1])
    bench.do(labels.add_tag, "Sea", photo_ids(bench)[:1])
    smart = bench.do(labels.save_search, "Beach 2012")
    for act, *args in (
        (labels.rename_tag, beach, "sea"),
        (labels.rename_tag, beach, "  "),
        (labels.rename_tag, 99, "Lake"),
        (labels.add_tag, ""),
        (labels.add_to_album, smart, photo_ids(bench)[:1]),
        (labels.add_to_named_album, "beach 2012", photo_ids(bench)[:1]),
        (labels.save_search, "Sea", "Beach 2012"),
        (labels.save_search, "   "),
        (labels.delete_album, 99),
    ):
        before = exact(bench)
        with pytest.raises(UserError):
            bench.do(act, *args)
        assert exact(bench) == before


def test_the_same_search_is_one_album(bench: Bench) -> None:
    first = bench.do(labels.save_search, "2012  favourite")
    assert bench.do(labels.save_search, "2012 favourite") == first
    bench.do(labels.rename_album, first, "Sea")
    bench.do(labels.add_tag, "Sea", photo_ids(bench)[:1])
    second = bench.do(labels.save_search, "Sea")
    album = label_rows.album(bench.connection, second)
    assert album is not None and (album.name, album.search) == ("Sea 2", "Sea")


# Searching


@pytest.fixture
def shelved(bench: Bench) -> dict[str, set[int]]:
    """Who is found by what, in photos a, b, c, ..."""
    ids = photo_ids(bench)
    bench.do(
        corrections.name, bench.column("SELECT person_id FROM face WHERE person_id > 0")[0], "Anna"
    )
    bench.do(labels.add_tag, "Beach", ids[:4])
    bench.do(labels.add_tag, "Beach house", ids[2:3])
    bench.do(labels.add_tag, "2019", ids[4:5])
    bench.do(labels.add_tag, "Anna", ids[5:6])
    bench.do(labels.add_to_named_album, "Italy", ids[3:6])
    bench.do(labels.add_to_named_album, "Favourite", ids[:1])
    bench.do(labels.set_favourite, ids[1:5:2])
    bench.do(labels.save_search, "Beach not Italy", "At home")
    beach, italy, stars = set(ids[:4]), set(ids[3:6]), set(ids[1:5:2])
    (anna,) = persons.with_name(bench.connection, "Anna")
    on = of_person(bench, anna)
    return {
        "Beach": beach,
        "beach": beach,
        "bea": beach,
        "tag:beach": beach,
        "TAG:bea": beach,
        'tag:"Beach house"': set(ids[2:3]),
        "Beach house": set(ids[2:3]),
        "not Beach": set(ids) - beach,
        "Italy": italy,
        "album:it": italy,
        "Beach Italy": beach & italy,
        "Beach or Italy": beach | italy,
        "favourite": stars,
        "starred Italy": stars & italy,
        "-favourites": set(ids) - stars,
        "album:favourite": set(ids[:1]),
        "tag:2019": set(ids[4:5]),
        "Anna": on,
        "tag:Anna": set(ids[5:6]),
        "Anna Beach": on & beach,
        "At home": beach - italy,
        "At home favourite": (beach - italy) & stars,
        "not album:home": set(ids) - (beach - italy),
        "faces>0 Beach": beach,
    }


def test_searches_find_tags_albums_and_favourites(
    bench: Bench, shelved: dict[str, set[int]]
) -> None:
    for text, expected in shelved.items():
        assert found(bench, text) == expected, text
        assert search.count(bench.connection, text) == len(expected), text
    assert set(map(len, shelved.values())) != {0}
    assert found(bench, "2019") == {p for p in photo_ids(bench) if _year(bench, p) == "2019"}


def test_unknown_tags_have_the_nearest(bench: Bench, shelved: dict[str, set[int]]) -> None:
    with pytest.raises(UnknownTerm) as caught:
        found(bench, "tag:Beech")
    assert caught.value.nearest == "Beach"
    assert search.count(bench.connection, "tag:Beech") is None
    offered = search.suggestions(bench.connection)
    assert "Beach house" in offered.tags and "At home" in offered.albums


def test_a_search_saved_under_its_own_words_finds_the_same(bench: Bench) -> None:
    ids = photo_ids(bench)
    bench.do(labels.add_tag, "Beach", ids[:4])
    bench.do(labels.set_favourite, ids[2:6])
    bench.do(labels.save_search, "beach favourite")
    for text in ("beach favourite", "album:beach favourite", 'album:"beach favourite"'):
        assert found(bench, text) == set(ids[2:4]), text


def test_smart_albums_in_a_circle_are_a_sentence(bench: Bench) -> None:
    bench.do(labels.save_search, "album:B", "A")
    bench.do(labels.save_search, "album:A", "B")
    with pytest.raises(UserError, match="refer to itself"):
        found(bench, "album:A")


def test_missing_photos_are_not_counted_and_come_back(bench: Bench) -> None:
    a, b, *_ = photo_ids(bench)
    tag = bench.do(labels.add_tag, "Beach", [a, b])
    bench.do(labels.set_favourite, [a, b])
    with bench.database.atomic():
        photos.set_missing(bench.connection, a)
    held = labels.tags_and_albums(bench.connection)
    assert held.tag_photos == {tag: 1} and held.favourites == 1 and found(bench, "Beach") == {b}
    with bench.database.atomic():
        photos.set_back(bench.connection, a)
    assert found(bench, "Beach favourite") == {a, b}


@pytest.mark.parametrize("mark", ["tag", "album", "star", "collage", "earlier version"])
def test_a_photo_moved_in_two_steps_keeps_what_was_said_of_it(bench: Bench, mark: str) -> None:
    """Whoever copies a file and deletes the original later moved it: see `record.relink`."""
    folder = bench.one("SELECT id FROM folder")
    made = []
    with bench.database.atomic():
        for name in ("old.jpg", "new.jpg"):
            photo = photos.insert(bench.connection, folder, name, 5, 1, AT, "exif")
            photos.set_analysed(
                bench.connection,
                photo,
                content_hash="same",
                width=1,
                height=1,
                orientation=1,
            )
            made.append(photo)
    assert photos.orphaned_with_copy(bench.connection) == []
    if mark == "tag":
        bench.do(labels.add_tag, "Beach", made[:1])
    elif mark == "album":
        bench.do(labels.add_to_named_album, "Italy", made[:1])
    elif mark == "star":
        bench.do(labels.set_favourite, made[:1])
    elif mark == "collage":
        bench.do(collages.set_collage, made[:1])
    else:
        with bench.database.atomic():
            versions.keep(bench.connection, versions.Version(made[0], "before", 1, 1, 1))
    with bench.database.atomic():
        photos.set_missing(bench.connection, made[0])
    assert photos.orphaned_with_copy(bench.connection) == [(made[0], made[1])]


def _year(bench: Bench, photo: int) -> str:
    return str(bench.one("SELECT substr(taken_at, 1, 4) FROM photo WHERE id = ?", photo))


# Nothing leaves the library.


def test_no_photo_file_is_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(3):
        Image.new("RGB", (64, 48), (number * 60, 90, 120)).save(folder / f"{number}.jpg")

    def tree() -> dict[str, tuple[str, int]]:
        return {
            path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
            for path in sorted(folder.iterdir())
        }

    before = tree()
    library = ("--library", str(tmp_path / "library"), "--json")
    one, two = str(folder / "0.jpg"), str(folder / "1.jpg")

    def run(*words: str, code: int = 0) -> list[dict[str, object]]:
        capsys.readouterr()
        assert main([*words, *library]) == code
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    run("scan", str(folder), "--no-analyse")
    run("tag", "Beach", one, two)
    run("album", "Italy", one)
    run("album", "Starred", "--search", "favourite")
    run("favourite", one)
    run("rename-tag", "beach", "Sea")
    assert run("tags") == [{"tag": "Sea", "photos": 2}]
    assert run("albums") == [
        {"album": "Italy", "photos": 1, "search": None},
        {"album": "Starred", "photos": 1, "search": "favourite"},
    ]
    listed = run("photos", "--search", "Sea Italy starred")
    assert [(row["path"], row["favourite"], row["tags"]) for row in listed] == [
        (one, True, ["Sea"])
    ]
    run("album", "Wrong", "--search", "nobody at all", code=2)
    run("album", "Italy", one, "--off")
    run("tag", "Sea", one, "--off")
    run("delete-album", "Starred")
    run("favourite", one, "--off")
    run("undo", "9")
    assert run("tags") == [] and run("albums") == []
    run("redo", "4")
    assert tree() == before


def test_the_search_for_moved_photos_reads_only_missing_ones(bench: Bench) -> None:
    """It runs in the writer after each scan."""
    folder = bench.one("SELECT id FROM folder")
    with bench.database.atomic():
        bench.connection.executemany(
            "INSERT INTO photo (folder_id, relpath, size, mtime_ns, taken_at, taken_from, status, "
            "content_hash) VALUES (?, ?, 1, 1, '2019', 'name', 'analysed', ?)",
            [(folder, f"many/{number}.jpg", str(number)) for number in range(5_000)],
        )
    steps = []
    bench.connection.set_progress_handler(lambda: steps.append(1), 1_000)
    assert photos.orphaned_with_copy(bench.connection) == []
    assert len(steps) < 10
