"""Stacks: what the machine finds, what the user says instead, and that faces in it are one."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from facesorter.domain import Region
from facesorter.errors import UserError
from facesorter.exchange.names import ImportedRegion, PhotoNames, Source
from facesorter.library import duplicates, queries, stacks
from facesorter.library.decisions import corrections, journal
from facesorter.library.decisions import stacks as decisions
from facesorter.library.name_import import applying, importing
from facesorter.library.search import search
from facesorter.library.stacks import Reason
from facesorter.storage import (
    embeddings,
    faces,
    fingerprints,
    folders,
    imported_names,
    persons,
    photos,
)
from facesorter.storage import stacks as rows
from facesorter.storage.fingerprints import Fingerprint
from tests.library.made import AT, DIMENSION, POINTS, Bench, unit

NOON = "2019-06-12T12:00:00"


class Folder:
    """Photos in a library in memory, by name."""

    def __init__(self) -> None:
        self.bench = Bench()
        self.folder = folders.insert(self.bench.connection, "/photos", AT)
        self.ids: dict[str, int] = {}
        self.random = np.random.default_rng(0)
        self.model = embeddings.model_id(self.bench.connection, "made", "made", DIMENSION)
        self.scene = self.random.integers(0, 256, (24, 24)).astype(np.uint8)

    def add(self, name: str, taken: str | None = NOON, **columns: Any) -> int:
        connection = self.bench.connection
        size = columns.pop("size", 1000)
        photo = photos.insert(connection, self.folder, name, size, 1, taken or "", "exif-original")
        photos.set_analysed(
            connection, photo, content_hash=name, width=4000, height=3000, orientation=1
        )
        dates = json.dumps({"exif-original": taken} if taken else {})
        photos.set_dates(connection, photo, dates)
        connection.execute(
            "INSERT INTO photo_info (photo_id, rule, make, model, inside) "
            "VALUES (?, 1, 'Canon', ?, ?)",
            (photo, columns.pop("model", "Canon EOS R6"), json.dumps(columns)),
        )
        self.ids[name] = photo
        return photo

    def look(self, name: str, scene: np.ndarray | None = None) -> None:
        """Give a photo a fingerprint: the common scene with noise, or another one."""
        pixels = self.scene if scene is None else scene
        noise = self.random.normal(0, 4, pixels.shape)
        made = np.clip(pixels + noise, 0, 255).astype(np.uint8).tobytes()
        fingerprints.put(self.bench.connection, [Fingerprint(name, made)])

    def face(self, name: str, at: float = 0.2, quality: float = 0.8) -> int:
        region = Region(at, 0.2, 0.1, 0.2)
        connection = self.bench.connection
        face = faces.insert(connection, self.ids[name], region, POINTS, 0.95, quality)
        embeddings.put(connection, face, self.model, unit(self.random.standard_normal(DIMENSION)))
        return face

    def search(self) -> None:
        connection = self.bench.connection
        self.bench.do(stacks.record, *stacks.search(connection))
        self.bench.do(stacks.record_counterparts, *stacks.search_counterparts(connection))
        self.bench.do(duplicates.record_copies)

    def found(self) -> list[list[str]]:
        names = {photo: name for name, photo in self.ids.items()}
        return [
            [names[photo] for photo in each.ids] for each in stacks.every(self.bench.connection)
        ]

    def folded(self, *names: str) -> list[str]:
        known = {photo: name for name, photo in self.ids.items()}
        ids = [self.ids[name] for name in names or self.ids]
        return [known[each] for each in stacks.fold(self.bench.connection, ids).ids]

    def reason(self) -> Reason:
        (only,) = stacks.every(self.bench.connection)
        return only.reason


@pytest.fixture
def folder() -> Folder:
    return Folder()


def test_files_of_one_picture_are_one_with_the_edited_copy_on_top(folder: Folder) -> None:
    for name in ("IMG_0001.CR2", "IMG_0001.JPG", "IMG_E0001.JPG", "IMG_0002.JPG"):
        folder.add(name, NOON if "1." in name else "2019-06-12T12:10:00")
    folder.search()
    assert folder.found() == [["IMG_E0001.JPG", "IMG_0001.JPG", "IMG_0001.CR2"]]
    assert folder.reason() is Reason.EDITED
    assert folder.folded() == ["IMG_E0001.JPG", "IMG_0002.JPG"]


def test_of_a_list_with_a_part_of_a_stack_the_best_stands_for_it(folder: Folder) -> None:
    for name in ("IMG_0001.CR2", "IMG_0001.JPG", "IMG_E0001.JPG"):
        folder.add(name)
    folder.search()
    assert folder.folded("IMG_0001.CR2", "IMG_0001.JPG") == ["IMG_0001.JPG"]
    assert folder.folded("IMG_0001.CR2") == ["IMG_0001.CR2"]


def test_the_same_name_of_another_camera_or_time_is_another_picture(folder: Folder) -> None:
    folder.add("IMG_0001.CR2")
    folder.add("IMG_0001.JPG", "2021-01-01T10:00:00")
    folder.add("IMG_0002.CR2")
    folder.add("IMG_0002.JPG", model="Nikon Z6")
    folder.add("cat.jpg", None)
    folder.add("cat.png", None)
    folder.search()
    assert folder.found() == []


def video(folder: Folder, name: str, milliseconds: int) -> None:
    photo = folder.add(name, "2019-06-12T10:00:01")  # in another zone
    folder.bench.connection.execute(
        "UPDATE photo SET duration = ? WHERE id = ?", (milliseconds, photo)
    )
    folder.look(name)


def test_the_moving_part_of_a_live_photo_is_beneath_it(folder: Folder) -> None:
    for still in ("IMG_0001.HEIC", "IMG_0002.HEIC", "IMG_E0002.HEIC", "IMG_0003.HEIC"):
        folder.add(still, NOON.replace("12T", f"1{still[-6]}T"))
    for name in ("IMG_0001_HEVC.MOV", "IMG_0002.MOV"):
        video(folder, name, 2_900)
    video(folder, "IMG_0003.MOV", 40_000)  # a video that has the number by chance
    for name in ("IMG_0008.MOV", "IMG_0009.MOV"):  # seconds apart, without stills
        video(folder, name, 2_900)
    folder.search()
    assert folder.found() == [
        ["IMG_0001.HEIC", "IMG_0001_HEVC.MOV"],
        ["IMG_E0002.HEIC", "IMG_0002.HEIC", "IMG_0002.MOV"],
    ]


def test_other_folders_have_stacks_of_their_own(folder: Folder) -> None:
    folder.add("a/IMG_0001.JPG")
    folder.add("b/IMG_0001.CR2")
    folder.search()
    assert folder.found() == []


def test_a_burst_is_one_with_the_clearest_faces_on_top(folder: Folder) -> None:
    for n in range(4):
        folder.add(f"IMG_000{n}.JPG", f"2019-06-12T12:00:0{n}")
        folder.look(f"IMG_000{n}.JPG")
        folder.face(f"IMG_000{n}.JPG", quality=0.9 if n == 2 else 0.5)
    folder.add("IMG_0004.JPG", "2019-06-12T12:00:04")
    folder.look("IMG_0004.JPG", folder.random.integers(0, 256, (24, 24)))
    folder.add("IMG_0005.JPG", "2019-06-12T12:00:20")
    folder.look("IMG_0005.JPG")
    folder.search()
    names = [f"IMG_000{n}.JPG" for n in (2, 0, 1, 3)]
    assert folder.found() == [names]
    assert folder.reason() is Reason.FACES


def test_a_burst_is_in_the_order_of_its_fractions_of_a_second(folder: Folder) -> None:
    for name, subsecond in (("c.jpg", 50), ("a.jpg", 600), ("b.jpg", 300)):
        folder.add(name, subsecond=subsecond)
        folder.look(name)
    folder.search()
    assert folder.found() == [["c.jpg", "b.jpg", "a.jpg"]]


def test_stacks_are_found_by_a_search(folder: Folder) -> None:
    for name in ("IMG_0001.CR2", "IMG_0001.JPG", "IMG_0002.CR2", "IMG_0002.JPG", "IMG_0003.JPG"):
        folder.add(name, f"2019-06-12T12:{name[7]}0:00")
    folder.search()
    connection = folder.bench.connection
    connection.execute("UPDATE photo SET status = 'missing' WHERE relpath = 'IMG_0002.CR2'")
    both = {folder.ids["IMG_0001.CR2"], folder.ids["IMG_0001.JPG"]}
    for text in ("stacked", "Stacks", "is:stack"):
        assert set(search.photo_ids(connection, text)) == both
    assert set(search.photo_ids(connection, "not stacked")).isdisjoint(both)
    assert set(search.photo_ids(connection, "Stapel", {"stapel": "stacked"})) == both


def test_a_burst_without_faces_shows_the_most_detail(folder: Folder) -> None:
    for n in range(3):
        folder.add(f"IMG_000{n}.JPG", f"2019-06-12T12:00:0{n}", size=9000 if n == 1 else 5000)
        folder.look(f"IMG_000{n}.JPG")
    folder.search()
    assert folder.found()[0][0] == "IMG_0001.JPG"
    assert folder.reason() is Reason.DETAIL


def test_a_burst_of_raw_and_jpeg_is_one_stack_of_pairs(folder: Folder) -> None:
    for n in range(2):
        for suffix in ("CR2", "JPG"):
            folder.add(f"IMG_000{n}.{suffix}", f"2019-06-12T12:00:0{n}")
            folder.look(f"IMG_000{n}.{suffix}")
    folder.search()
    assert folder.found() == [["IMG_0000.JPG", "IMG_0000.CR2", "IMG_0001.JPG", "IMG_0001.CR2"]]


def test_another_camera_at_the_same_moment_is_no_burst(folder: Folder) -> None:
    folder.add("IMG_0001.JPG")
    folder.add("DSC_0001.JPG", model="Nikon Z6")
    for name in folder.ids:
        folder.look(name)
    folder.search()
    assert folder.found() == []


def test_smaller_copies_are_duplicates_and_frames_are_not(folder: Folder) -> None:
    for name in ("IMG_0001.JPG", "IMG_0001_small.JPG", "IMG_0007.JPG", "IMG_0008.JPG"):
        folder.add(name, NOON if "1" in name else "2019-06-12T13:00:00")
        folder.look(name)
    pairs = [("IMG_0001.JPG", "IMG_0001_small.JPG", 0.97), ("IMG_0007.JPG", "IMG_0008.JPG", 0.97)]
    folder.bench.do(duplicates.record_pairs, pairs, [])
    folder.search()
    assert folder.found() == [["IMG_0007.JPG", "IMG_0008.JPG"]]
    (group,) = duplicates.groups(folder.bench.connection)
    assert set(group.ids) == {folder.ids["IMG_0001.JPG"], folder.ids["IMG_0001_small.JPG"]}


def test_a_search_of_one_folder_is_what_a_search_of_all_finds(folder: Folder) -> None:
    for name in ("a/IMG_0001.JPG", "a/IMG_0001.CR2", "b/IMG_0001.JPG", "b/IMG_E0001.JPG"):
        folder.add(name)
    connection = folder.bench.connection
    for place in rows.places_of(connection, [folder.ids["a/IMG_0001.JPG"]]):
        folder.bench.do(stacks.record, *stacks.search(connection, place))
    assert folder.found() == [["a/IMG_0001.JPG", "a/IMG_0001.CR2"]]
    folder.search()
    assert len(folder.found()) == 2
    assert stacks.search(connection) == ([], [])
    photos.set_missing(connection, folder.ids["a/IMG_0001.CR2"])
    for place in rows.places_of(connection, [folder.ids["a/IMG_0001.CR2"]]):
        folder.bench.do(stacks.record, *stacks.search(connection, place))
    assert folder.found() == [["b/IMG_E0001.JPG", "b/IMG_0001.JPG"]]


# What the user says.


def test_the_user_unstacks_and_no_search_stacks_again(folder: Folder) -> None:
    for name in ("IMG_0001.CR2", "IMG_0001.JPG", "IMG_E0001.JPG"):
        folder.add(name)
    folder.search()
    folder.bench.do(decisions.unstack, [folder.ids["IMG_E0001.JPG"]])
    folder.search()
    assert folder.found() == [["IMG_0001.JPG", "IMG_0001.CR2"]]
    folder.bench.do(journal.undo)
    assert folder.found() == [["IMG_E0001.JPG", "IMG_0001.JPG", "IMG_0001.CR2"]]


def test_the_user_puts_another_photo_on_top(folder: Folder) -> None:
    for name in ("IMG_0001.CR2", "IMG_0001.JPG", "IMG_E0001.JPG"):
        folder.add(name)
    folder.search()
    for name in ("IMG_0001.CR2", "IMG_0001.JPG"):
        folder.bench.do(decisions.put_on_top, folder.ids[name])
        assert folder.found()[0][0] == name
    assert folder.reason() is Reason.CHOSEN
    folder.bench.do(journal.undo)
    assert folder.found()[0][0] == "IMG_0001.CR2"
    with pytest.raises(UserError):
        folder.bench.do(decisions.put_on_top, folder.add("alone.jpg"))


def test_the_user_stacks_photos_of_any_folder_with_the_best_on_top(folder: Folder) -> None:
    for name in ("a/IMG_0001.JPG", "a/IMG_0001.CR2", "b/one.jpg", "c/two.jpg"):
        folder.add(name, None if name[0] == "c" else NOON)
    folder.face("b/one.jpg", quality=0.3)
    folder.face("a/IMG_0001.JPG", quality=0.9)
    folder.search()
    chosen = [folder.ids["b/one.jpg"], folder.ids["a/IMG_0001.CR2"]]
    folder.bench.do(decisions.stack, chosen)
    assert folder.found() == [["a/IMG_0001.JPG", "a/IMG_0001.CR2", "b/one.jpg"]]
    folder.bench.do(decisions.stack, [folder.ids["c/two.jpg"], folder.ids["b/one.jpg"]])
    assert folder.found()[0][0] == "a/IMG_0001.JPG"
    assert len(folder.found()[0]) == 4
    folder.bench.undo_all()
    assert folder.found() == [["a/IMG_0001.JPG", "a/IMG_0001.CR2"]]
    with pytest.raises(UserError):
        folder.bench.do(decisions.stack, [folder.ids["c/two.jpg"]])


def test_stacks_of_a_few_photos_are_found_without_looking_through_folders(folder: Folder) -> None:
    """Whatever SQLite thinks of the indexes: a page of a list asks for a few of 300,000."""
    for name in ("IMG_0001.CR2", "IMG_0001.JPG"):
        folder.add(name)
    folder.search()
    connection, asked = folder.bench.connection, list[str]()
    connection.set_trace_callback(asked.append)
    rows.members(connection, list(folder.ids.values()))
    connection.set_trace_callback(None)
    steps = [row[3] for sql in asked for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert any("photo USING INTEGER PRIMARY KEY" in step for step in steps)
    assert not [step for step in steps if "photo_place" in step or step == "SCAN photo"]


# People of a stack.


def pair(folder: Folder) -> tuple[int, int, int]:
    """A raw photo and its JPEG with the same face in both, and one face more in the JPEG."""
    folder.add("IMG_0001.CR2")
    folder.add("IMG_0001.JPG")
    raw, jpeg = folder.face("IMG_0001.CR2"), folder.face("IMG_0001.JPG", 0.21)
    other = folder.face("IMG_0001.JPG", 0.7)
    folder.search()
    return raw, jpeg, other


def states(folder: Folder, *ids: int) -> list[tuple[str, int | None]]:
    found = {face.id: face for face in faces.by_ids(folder.bench.connection, ids)}
    return [(found[each].state.value, found[each].person_id) for each in ids]


def test_what_is_said_of_a_face_holds_for_it_in_the_raw_photo(folder: Folder) -> None:
    raw, jpeg, other = pair(folder)
    anna = folder.bench.do(corrections.move_to_new_person, [jpeg], "Anna")
    assert states(folder, raw, jpeg, other) == [
        ("confirmed", anna),
        ("confirmed", anna),
        ("unknown", None),
    ]
    assert queries.persons(folder.bench.connection, [anna])[0].photos == 1
    eva = folder.bench.do(corrections.move_to_new_person, [raw], "Eva")
    assert states(folder, raw, jpeg) == [("confirmed", eva)] * 2
    folder.bench.do(corrections.reject, eva, [jpeg])
    assert states(folder, raw, jpeg) == [("unknown", None)] * 2
    assert persons.rejected_by(folder.bench.connection, raw) == [anna, eva]
    folder.bench.do(corrections.ignore, [raw])
    assert states(folder, raw, jpeg) == [("ignored", None)] * 2
    folder.bench.do(corrections.restore, [jpeg])
    folder.bench.undo_all()
    assert states(folder, raw, jpeg, other) == [("unknown", None)] * 3
    assert persons.rejected_by(folder.bench.connection, raw) == []


def test_what_the_user_said_of_the_other_file_stands(folder: Folder) -> None:
    raw, jpeg, _ = pair(folder)
    folder.bench.do(decisions.unstack, list(folder.ids.values()))
    eva = folder.bench.do(corrections.move_to_new_person, [raw], "Eva")
    assert states(folder, raw, jpeg) == [("confirmed", eva), ("unknown", None)]
    folder.bench.do(decisions.stack, list(folder.ids.values()))
    anna = folder.bench.do(corrections.move_to_new_person, [jpeg], "Anna")
    assert states(folder, raw, jpeg) == [("confirmed", eva), ("confirmed", anna)]


def test_yes_to_one_file_and_no_to_the_other_are_both_kept(folder: Folder) -> None:
    raw, jpeg, other = pair(folder)
    anna = folder.bench.do(corrections.move_to_new_person, [other], "Anna")
    folder.bench.do(corrections.confirm_and_reject, anna, [jpeg], [raw])
    assert states(folder, raw, jpeg) == [("unknown", None), ("confirmed", anna)]


def test_a_face_restored_in_one_file_leaves_the_other_as_it_is(folder: Folder) -> None:
    """As where the other was suggested for somebody, before the two were known to be one."""
    raw, jpeg, other = pair(folder)
    anna = folder.bench.do(corrections.move_to_new_person, [other], "Anna")
    folder.bench.do(stacks.clear)
    folder.bench.do(corrections.ignore, [jpeg])
    with folder.bench.database.atomic():
        faces.set_suggestion(folder.bench.connection, raw, anna, 0.6)
    folder.search()
    folder.bench.do(corrections.restore, [jpeg])
    assert states(folder, raw, jpeg) == [("suggested", anna), ("unknown", None)]


def bring_in(folder: Folder, source: Source, **names: tuple[int, str]) -> None:
    """Use names that a source says of faces, by photo."""
    connection, rows = folder.bench.connection, []
    for face_id, name in names.values():
        (face,) = faces.by_ids(connection, [face_id])
        box = face.region
        region = ImportedRegion(name, box.x, box.y, box.w, box.h, source)
        rows += importing.rows_of(face.photo_id, PhotoNames((region,)))
    folder.bench.do(importing.use, importing.Gathered(tuple(rows)), "files")
    waiting = imported_names.photos_to_place(connection, 10)
    folder.bench.do(applying.apply, applying.judge(connection, waiting), {})


def test_a_name_brought_in_for_one_file_holds_for_both(folder: Folder) -> None:
    raw, jpeg, other = pair(folder)
    bring_in(folder, Source.MWG, jpeg=(jpeg, "Anna"))
    ((_, anna), both) = states(folder, raw, jpeg)
    assert anna is not None
    assert both == ("confirmed", anna)
    bring_in(folder, Source.MWG, jpeg=(jpeg, "Eva"))
    eva = persons.with_name(folder.bench.connection, "Eva")[0]
    assert states(folder, raw, jpeg) == [("confirmed", eva)] * 2, "corrected there"
    bring_in(folder, Source.MWG, other=(other, "Ben"))
    assert states(folder, raw, jpeg) == [("unknown", None)] * 2, "removed there"
    folder.bench.undo_all()
    assert states(folder, raw, jpeg, other) == [("unknown", None)] * 3


def test_each_file_has_the_name_that_is_said_of_it(folder: Folder) -> None:
    raw, jpeg, _ = pair(folder)
    bring_in(folder, Source.MWG, raw=(raw, "Anna"), jpeg=(jpeg, "Eva"))
    found = faces.by_ids(folder.bench.connection, [raw, jpeg])
    assert {face.id: face.name for face in found} == {raw: "Anna", jpeg: "Eva"}
    folder.bench.undo_all()
    assert states(folder, raw, jpeg) == [("unknown", None)] * 2


def test_a_face_of_a_pair_is_one_witness(folder: Folder) -> None:
    """A stranger in a raw photo and its JPEG is no group of two."""
    raw, jpeg, _ = pair(folder)
    vector = unit(folder.random.standard_normal(DIMENSION))
    near = unit(vector + 0.01 * folder.random.standard_normal(DIMENSION))
    from facesorter.storage import library_settings

    library_settings.put(folder.bench.connection, "model", folder.model)
    for face, look in ((raw, vector), (jpeg, near)):
        embeddings.put(folder.bench.connection, face, folder.model, look)
    folder.bench.refresh(full=True)
    assert states(folder, raw, jpeg) == [("unknown", None)] * 2
    anna = folder.bench.do(decisions_of_one, jpeg)
    folder.bench.refresh(full=True)
    assert states(folder, raw, jpeg) == [("suggested", anna), ("confirmed", anna)]
    (face,) = faces.by_ids(folder.bench.connection, [raw])
    assert face.sure


def decisions_of_one(txn: Any, face: int) -> int:
    """Confirm a face alone, as before the pair was known."""
    person = persons.insert(txn.connection, AT)
    image = {"person_id": person, "state": "confirmed"}
    with txn.decision("name", ()):
        txn.update("person", [person], {"name": "Anna"})
        txn.update("face", [face], image)
    return int(person)
