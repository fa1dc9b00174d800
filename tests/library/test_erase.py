"""Erased is gone: searched for in the bytes of every file, also after a kill in the middle."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from facesorter.domain import Region
from facesorter.errors import UserError
from facesorter.faces.analyzer import FoundFace, PhotoFaces
from facesorter.images.thumbnails import Kind, ThumbnailCache
from facesorter.library import check, erase, grouping, stacks
from facesorter.library.decisions import (
    corrections,
    descriptions,
    details,
    journal,
    labels,
    relationships,
    statements,
)
from facesorter.library.library import Library
from facesorter.library.name_import import importing
from facesorter.library.scanning import record
from facesorter.library.transaction import Transaction
from facesorter.storage import backups, embeddings, erasing, faces, graph_file, persons
from facesorter.storage.decisions import every
from facesorter.storage.imported_names import ImportedName
from tests import command
from tests.library import made

NAME, FORMER, ALIAS = "Zoë Quartz-Łabędź", "Zoë Früher-Nämlich", "Zozo Öffentlich"
OTHER = "Bernard Bleibt"


@dataclass
class Home:
    folder: Path
    library: Path
    cache: Path
    person: int
    other: int
    vectors: list[bytes]
    crops: list[bytes]
    whole: bytes
    """The thumbnail of a whole photo, which stays."""

    def needles(self) -> dict[str, bytes]:
        found = {}
        for name in (NAME, FORMER, ALIAS):
            for form in erase.written_forms(name):
                found[f"{name} as {form!r}"] = form
        for number, vector in enumerate(self.vectors):
            values = np.frombuffer(vector, "<f4")
            found[f"vector {number}"] = vector[:64]
            found[f"vector {number}, half"] = values.astype("<f2").tobytes()[:32]
            found[f"vector {number}, quantised"] = (
                (values * 127).round().astype("i1").tobytes()[:24]
            )
        found |= {f"crop {number}": crop for number, crop in enumerate(self.crops)}
        return found

    def found(self) -> dict[str, set[str]]:
        """Where each needle is, in all files of the home."""
        files = {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
        return {
            what: {
                str(path.relative_to(self.folder)) for path, data in files.items() if one in data
            }
            for what, one in self.needles().items()
        }

    def leftovers(self) -> dict[str, set[str]]:
        return {what: where for what, where in self.found().items() if where}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A library in which a person has left traces wherever it is possible."""
    directory, cache = tmp_path / "library", tmp_path / "cache"
    library = Library(directory)
    backups.snapshot(library.connection, directory, "before")
    (old,) = (directory / "snapshots").glob("*.db")
    old.rename(old.with_name("20200101-120000-daily.db"))
    library.transact(lambda txn: made.fill(txn.connection, people=4, each=6, per_photo=1))
    work = grouping.Applying(
        grouping.propose(library.connection), grouping.state_of(library.connection)
    )
    library.transact(grouping.apply, work)
    column = library.connection.execute("SELECT id FROM person ORDER BY id").fetchall()
    person, merged, other, third = (row[0] for row in column[:4])
    do = library.transact
    do(corrections.name, person, FORMER)
    do(corrections.name, person, NAME)
    do(corrections.name, merged, ALIAS)
    do(corrections.name, other, OTHER)
    do(corrections.merge, person, [merged])
    backups.snapshot(library.connection, directory, "daily")
    photos = [row[0] for row in library.connection.execute("SELECT id FROM photo ORDER BY id")]
    do(descriptions.describe, photos[:2], caption=f"{NAME.upper()} und {OTHER} am Meer")
    do(descriptions.describe, photos[2:3], title=f"Nur {FORMER}")
    do(labels.add_tag, NAME, photos[:3])
    do(labels.add_tag, "Meer", photos[:3])
    do(labels.save_search, f'"{NAME}" Meer')
    do(details.update_details, other, notes=f"Bruder von {NAME}")
    do(details.update_details, person, birth_date="1950")
    do(relationships.relate, person, relationships.Relationship.SIBLING, other)
    (mine,) = library.connection.execute(
        "SELECT min(id) FROM face WHERE person_id = ?", (person,)
    ).fetchone()
    do(corrections.ignore, [mine])
    (theirs,) = library.connection.execute(
        "SELECT min(id) FROM face WHERE person_id = ?", (third,)
    ).fetchone()
    do(corrections.assign, person, [theirs])
    do(corrections.assign, other, [theirs])
    wait = "UPDATE photo SET status = 'pending' WHERE id = ?"
    do(lambda txn: txn.connection.execute(wait, (photos[-1],)))
    rows = [
        ImportedName(photos[-1], name, "mwg", None, 0.1, 0.1, 0.1, 0.1) for name in (NAME, OTHER)
    ]
    do(importing.use, importing.Gathered(tuple(rows)), "mwg")
    do(importing.use, importing.Gathered((ImportedName(photos[-1], ALIAS, "mwg"),)), "mwg")
    do(journal.undo)
    ids = [mine, *faces.ids(library.connection, person_id=person)]
    vectors = [vector.tobytes() for vector in embeddings.several(library.connection, ids).values()]
    graph_file.save(directory, {"embeddings": np.frombuffer(b"".join(vectors), "<f4")})
    (directory / "map.npz").write_bytes(b"".join(vector[:64] for vector in vectors))
    former = directory / "former-20240101-000000"
    former.mkdir()
    (former / "library.db").write_bytes(vectors[0])
    (directory / "logs").mkdir(exist_ok=True)
    (directory / "logs" / "facesorter.log.1").write_text(f"named {NAME}", encoding="utf-8")
    thumbnails = ThumbnailCache(cache / "thumbnails")
    pixels = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    thumbnails.store_face("ab" * 16, pixels)
    thumbnails.store_portrait("cd" * 16, pixels[::2])
    thumbnails.store_photo("ef" * 16, pixels[:, ::2])
    crops = [
        thumbnails.path("ab" * 16, Kind.FACE).read_bytes(),
        thumbnails.path("cd" * 16, Kind.PORTRAIT).read_bytes(),
    ]
    whole = thumbnails.path("ef" * 16, Kind.PHOTO).read_bytes()
    library.close(snapshot=False)
    return Home(tmp_path, directory, cache, person, other, vectors, crops, whole)


def erased(home: Home, whom: int | None, *, keep_texts: bool = False) -> erase.Plan:
    library = Library(home.library)
    what = erase.plan(library.connection, home.library, whom, keep_texts=keep_texts)
    library.transact(erase.begin, what, home.library, home.cache)
    assert erase.finish(library.connection, home.library)
    assert not erase.finish(library.connection, home.library)
    library.close(snapshot=False)
    return what


def test_every_needle_is_there_before(home: Home) -> None:
    found = home.found()
    absent = {what for what, where in found.items() if not where}
    assert all("quantised" in what or "half" in what or "as b" in what for what in absent)
    for name in (NAME, FORMER, ALIAS):
        assert any(where for what, where in found.items() if what.startswith(name))


def test_an_erased_person_is_in_no_file(home: Home) -> None:
    what = erased(home, home.person)
    assert home.leftovers() == {}
    assert what.names == (FORMER, NAME, ALIAS)
    assert len(what.faces) == len(home.vectors) == 12
    assert what.texts == 7, "captions and notes, a title, a tag, an album's name and search"
    assert [path.name.split("-", 2)[-1] for path in what.backups] == [
        "daily.db",
        "000000",
    ]
    kept = [backup.reason for backup in backups.backups(home.library)]
    assert kept == ["after-erase", "daily"], "an older backup, and one of what remains"
    library = Library(home.library)
    assert not list(check.library_findings(library.connection))
    texts = library.connection.execute(
        "SELECT caption FROM photo WHERE caption IS NOT NULL "
        "UNION ALL SELECT title FROM photo WHERE title IS NOT NULL "
        "UNION ALL SELECT name FROM tag UNION ALL SELECT name FROM album "
        "UNION ALL SELECT name FROM person WHERE name IS NOT NULL "
        "UNION ALL SELECT notes FROM person WHERE notes IS NOT NULL"
    ).fetchall()
    beside = f"… und {OTHER} am Meer"
    assert [row[0] for row in texts] == [
        *(beside, beside, "Nur …", "Meer", OTHER, "Bruder von …"),
    ]
    library.close(snapshot=False)
    assert ThumbnailCache(home.cache / "thumbnails").read("ef" * 16, Kind.PHOTO) == home.whole


def test_what_others_decided_can_still_be_undone(home: Home) -> None:
    erased(home, home.person)
    library = Library(home.library)
    kinds = [decision.kind for decision in every(library.connection)]
    assert kinds == [
        *("name", "describe", "describe", "tag", "facts", "assign", "assign"),
        *("bring-in-names", "bring-in-names"),
    ]
    steps = 0
    while (result := library.transact(journal.undo)[0]).kind is not None:
        assert not result.skipped, result
        steps += 1
    assert steps == len(kinds) - 1, "one was undone already"
    assert not list(check.library_findings(library.connection))
    while (result := library.transact(journal.redo)[0]).kind is not None:
        assert not result.skipped, result
    library.close(snapshot=False)
    assert home.leftovers() == {}


def test_all_face_data(home: Home) -> None:
    what = erased(home, None)
    assert home.leftovers() == {}
    library = Library(home.library)
    for table in ("face", "embedding", "person", "rejection", "relation", "imported_name"):
        (left,) = library.connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        assert left == 0, table
    (photos,) = library.connection.execute("SELECT count(*) FROM photo").fetchone()
    assert photos == what.photos == 24
    names = [row[0] for row in library.connection.execute("SELECT name FROM tag")]
    assert names == ["Meer"]
    library.close(snapshot=False)
    everything = b"".join(p.read_bytes() for p in home.folder.rglob("*") if p.is_file())
    assert OTHER.encode() not in everything


def test_texts_can_be_kept(home: Home) -> None:
    what = erased(home, home.person, keep_texts=True)
    assert what.texts == 0
    library = Library(home.library)
    (caption,) = library.connection.execute(
        "SELECT caption FROM photo WHERE caption IS NOT NULL LIMIT 1"
    ).fetchone()
    assert caption.startswith(NAME.upper())
    journal_text = json.dumps(list(library.connection.execute("SELECT args FROM decision")))
    assert NAME not in journal_text
    names = library.connection.execute("SELECT name FROM imported_name").fetchall()
    assert names == [(OTHER,)], "what others say is no text of the user's, and brings nobody back"
    library.close(snapshot=False)


def test_a_name_that_somebody_else_has_stays(home: Home) -> None:
    library = Library(home.library)
    library.transact(corrections.name, home.other, NAME, allow_same=True)
    what = erase.plan(library.connection, home.library, home.person)
    assert what.names == (FORMER, ALIAS)
    with pytest.raises(UserError, match="no longer exists"):
        erase.plan(library.connection, home.library, 10**6)
    library.close(snapshot=False)


def test_names_that_contain_the_erased_name_stay(home: Home) -> None:
    library = Library(home.library)
    do, whole = library.transact, f"{NAME} Junior"
    do(corrections.name, home.other, whole)
    photo = library.connection.execute("SELECT max(id) FROM photo").fetchone()[0]
    do(descriptions.describe, [photo], caption=f"{NAME}, {whole} am Meer")
    do(labels.add_tag, whole, [photo])
    do(importing.use, importing.Gathered((ImportedName(photo, whole, "mwg"),)), "mwg")
    what = erase.plan(library.connection, home.library, home.person)
    assert what.spared == (whole,)
    do(erase.begin, what, home.library, home.cache)
    read = library.connection.execute
    assert persons.name_of(library.connection, home.other) == whole
    assert read("SELECT caption FROM photo WHERE id = ?", (photo,)).fetchone() == (
        f"…, {whole} am Meer",
    )
    assert (whole,) in read("SELECT name FROM tag").fetchall()
    assert (whole,) in read("SELECT name FROM imported_name").fetchall()
    library.close(snapshot=False)


def test_a_name_in_another_spelling_that_waits_brings_nobody_back(home: Home) -> None:
    library = Library(home.library)
    photo = library.connection.execute("SELECT max(id) FROM photo").fetchone()[0]
    rows = (ImportedName(photo, "ZOE QUARTZ-LABEDZ", "mwg"), ImportedName(photo, "Carla", "mwg"))
    library.transact(importing.use, importing.Gathered(rows), "mwg")
    what = erase.plan(library.connection, home.library, home.person)
    library.transact(erase.begin, what, home.library, home.cache)
    found = library.connection.execute("SELECT name FROM imported_name ORDER BY id").fetchall()
    assert found == [(OTHER,), ("Carla",)]
    library.close(snapshot=False)


def test_the_same_face_in_the_raw_photo_goes_too(home: Home) -> None:
    library = Library(home.library)
    read = library.connection.execute
    (mine,) = read("SELECT min(id) FROM face WHERE person_id = ?", (home.person,)).fetchone()
    soft, other = (
        read(query).fetchone()[0]
        for query in (
            "SELECT max(id) FROM face WHERE state IN ('unknown', 'suggested') "
            f"AND person_id IS NOT {home.person}",
            f"SELECT max(id) FROM face WHERE state = 'confirmed' AND person_id = {home.other}",
        )
    )
    library.transact(stacks.record_counterparts, [], [(mine, 1), (soft, 1), (other, 1)])
    what = erase.plan(library.connection, home.library, home.person)
    assert soft in what.faces
    assert other not in what.faces
    library.close(snapshot=False)


def test_when_things_were_said_elsewhere_is_still_known(home: Home) -> None:
    library = Library(home.library)

    def bring(txn: Transaction) -> None:
        args = (("library", f"of {NAME}"), ("times", json.dumps(["2001", "2002", "2003"])))
        with txn.decision(journal.Kind.MERGE_LIBRARY, args):
            txn.update("photo", [1], {"rating": 3})
            txn.update("person", [home.person], {"favourite": 1})
            txn.update("photo", [2], {"rating": 4})

    library.transact(bring)
    what = erase.plan(library.connection, home.library, home.person)
    library.transact(erase.begin, what, home.library, home.cache)
    (*_, last) = every(library.connection)
    assert last.args == (("library", "of …"), ("times", json.dumps(["2001", "2003"])))
    assert statements.when(last, None, 2) == ["2001", "2003"]
    library.close(snapshot=False)


CHILD = textwrap.dedent(
    """
    import os, pathlib, signal, sys
    from facesorter.library import erase
    from facesorter.library.library import Library
    from facesorter.storage import backups, erasing
    directory, cache, person, stage = sys.argv[1:]
    directory = pathlib.Path(directory)
    def die(*_):
        os.kill(os.getpid(), signal.SIGKILL)
    def after(module, name, calls):
        former, left = getattr(module, name), [calls]
        def patched(*args):
            left[0] -= 1
            result = former(*args)
            return die() if not left[0] else result
        setattr(module, name, patched)
    if stage == "commit":
        after(erasing, "delete", 1)
    elif stage == "begin":
        erase.finish = die
    elif stage.startswith("file"):
        after(erase, "_remove", int(stage[4:]))
    elif stage == "compact":
        after(erasing, "compact", 1)
    elif stage == "snapshot":
        after(backups, "snapshot", 1)
    library = Library.__new__(Library)
    Library._finish_erasing = lambda self: None
    library.__init__(directory)
    what = erase.plan(library.connection, directory, int(person))
    library.transact(erase.begin, what, directory, pathlib.Path(cache))
    erase.finish(library.connection, directory)
    """
)


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
@pytest.mark.parametrize("stage", ["commit", "begin", "file1", "file4", "compact", "snapshot"])
def test_killed_in_the_middle(home: Home, stage: str) -> None:
    before = home.found()
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(home.library), str(home.cache), str(home.person), stage],
        cwd=command.ROOT,
        env=dict(os.environ),  # of the same computer
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr
    library = Library(home.library)
    assert not list(check.library_findings(library.connection))
    library.close(snapshot=False)
    if stage == "commit":
        assert {what for what, where in home.found().items() if where} == {
            what for what, where in before.items() if where
        }, "nothing happened"
    else:
        assert home.leftovers() == {}


def test_an_erased_face_is_not_found_again(home: Home) -> None:
    library = Library(home.library)
    (photo, *box) = library.connection.execute(
        "SELECT photo_id, x, y, w, h FROM face WHERE person_id = ?", (home.person,)
    ).fetchone()
    library.close(snapshot=False)
    erased(home, home.person)
    library = Library(home.library)
    assert erasing.places(library.connection, photo) == [Region(*box)]
    size, mtime = library.connection.execute(
        "SELECT size, mtime_ns FROM photo WHERE id = ?", (photo,)
    ).fetchone()
    regions = (Region(*box), Region(0.7, 0.7, 0.1, 0.1))
    look = np.ones(made.DIMENSION, np.float32) / np.sqrt(made.DIMENSION, dtype=np.float32)
    points = np.array(made.POINTS, np.float32)
    found = tuple(FoundFace(each, points, 0.9, 0.9, look) for each in regions)
    seen = PhotoFaces("new", 4000, 3000, 1, {}, found, None)
    library.connection.execute("UPDATE photo SET status = 'pending' WHERE id = ?", (photo,))
    model = library.connection.execute("SELECT value FROM setting WHERE key = 'model'").fetchone()
    library.transact(record.analysed, photo, size, mtime, seen, int(model[0]))
    shown = [face.region for face in faces.of_photo(library.connection, photo)]
    assert shown == [regions[1]]
    library.close(snapshot=False)
