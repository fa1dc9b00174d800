"""The one entry: what there is in a folder, and all of it read."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from facesorter.cancel import Cancelled, CancelToken
from facesorter.exchange import sources
from facesorter.exchange.names import Source
from facesorter.exchange.reading import Found, Reading
from facesorter.exchange.sources import Kind
from tests.support.other_programs import (
    Box,
    DigikamPhoto,
    digikam_database,
    immich_asset,
    osxphotos_photo,
    picasa_contacts,
    picasa_folder,
    takeout,
    tonfotos_ini,
)
from tests.support.xmp import FORMS, packet, regions

ANNA = Box("Anna", 0.1, 0.2, 0.3, 0.4)
BEN = Box("Ben", 0.5, 0.2, 0.3, 0.4)


def photo(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\xff\xd8\xff\xd9")
    return path


def named(found: Sequence[Found], root: Path) -> set[tuple[str, str, Source]]:
    """Photos relative to a folder, with names and sources."""
    return {
        (each.photo.relative_to(root).as_posix(), name, source)
        for each in found
        for name, source in (
            *((region.name, region.source) for region in each.names.regions),
            *each.names.people,
        )
    }


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with a bit of everything."""
    root = tmp_path / "Pictures"
    photo(root / "inside.jpg")
    sidecar = packet(regions(FORMS["elements"]))
    (root / "INSIDE.JPG.xmp").write_bytes(sidecar)
    photo(root / "pair.jpg")
    photo(root / "pair.cr2")
    (root / "pair.xmp").write_bytes(sidecar)
    (root / "elsewhere.jpg.xmp").write_bytes(sidecar)
    photo(root / "picasa" / "A.JPG")
    photo(root / "picasa" / ".picasaoriginals" / "A.JPG")
    picasa_folder(root / "picasa" / ".picasaoriginals", {"A.JPG": [BEN]})
    picasa_folder(root / "picasa", {"a.jpg": [ANNA], "gone.jpg": [BEN]}, contacts=False)
    picasa_contacts(root / "contacts" / "contacts.xml", ["Anna"])
    picasa_folder(photo(root / "later" / "x.jpg").parent, {"x.jpg": [BEN]})
    digikam_database(
        root / "digikam4.db",
        [DigikamPhoto("/2020", "d.jpg", 10, 10, 1, [ANNA])],
        identifier=f"volumeid:?path={root}",
    )
    for name in ("t.jpg", "t(1).jpg", "t-edited.jpg", "a" * 60 + ".jpg"):
        photo(root / "Takeout" / name)
    for name in ("t.jpg.json", "t.jpg.supplemental-metadata(1).json", "a" * 46 + ".json"):
        (root / "Takeout" / name).write_text(takeout("t.jpg", ["Anna"]))
    (root / "Takeout" / "metadata.json").write_text('{"title": "Album", "people": []}')
    photo(root / "apple" / "IMG_1.jpg")
    dump = [osxphotos_photo("IMG_1.jpg", "/Users/me/x.jpeg", [ANNA])]
    (root / "apple" / "photos.json").write_text(json.dumps(dump))
    (root / "apple" / "package.json").write_text('{"name": "x"')
    photo(root / "immich" / "i.jpg")
    lines = [immich_asset(name, [ANNA], (100, 100)) for name in ("i.jpg", "far.jpg")]
    (root / "immich" / "assets.jsonl").write_text("\n".join(map(json.dumps, lines)))
    photo(root / "ton" / "o.jpg")
    (root / "ton" / ".tonfotos.ini").write_text(tonfotos_ini({"o.jpg": ["Anna"]}))
    photo(root / ".hidden" / "h.jpg")
    (root / ".hidden" / "h.jpg.xmp").write_bytes(sidecar)
    return root


EXPECTED = {
    ("inside.jpg", "Anna", Source.MWG),
    ("pair.jpg", "Anna", Source.MWG),
    ("pair.cr2", "Anna", Source.MWG),
    ("elsewhere.jpg", "Anna", Source.MWG),
    ("picasa/A.JPG", "Anna", Source.PICASA),
    ("picasa/gone.jpg", "Ben", Source.PICASA),
    ("later/x.jpg", "Ben", Source.PICASA),
    ("2020/d.jpg", "Anna", Source.DIGIKAM),
    ("Takeout/t.jpg", "Anna", Source.TAKEOUT),
    ("Takeout/t(1).jpg", "Anna", Source.TAKEOUT),
    ("Takeout/t-edited.jpg", "Anna", Source.TAKEOUT),
    ("Takeout/" + "a" * 60 + ".jpg", "Anna", Source.TAKEOUT),
    ("apple/IMG_1.jpg", "Anna", Source.APPLE_PHOTOS),
    ("immich/i.jpg", "Anna", Source.IMMICH),
    ("ton/o.jpg", "Anna", Source.TONFOTOS),
}


def test_everything_in_a_folder_is_read(tree: Path) -> None:
    done: list[int] = []
    reading = Reading(progress=done.append)
    found = list(sources.read(tree, reading))
    far = Path("/usr/src/app/upload/library/admin/2024/far.jpg")
    assert named([each for each in found if each.photo != far], tree) == EXPECTED
    assert far in {each.photo for each in found}
    assert done == list(range(1, len(done) + 1)) and len(done) >= 17
    assert not reading.skipped
    assert all(each.names.origin is not None for each in found)


def test_each_file_alone_says_the_same(tree: Path) -> None:
    files = [path for path in tree.rglob("*") if path.is_file() and ".hidden" not in path.parts]
    alone = [
        each
        for path in files
        if sources.kind_of(path) is not None and ".picasaoriginals" not in path.parts
        for each in sources.read(path, Reading())
        if each.photo.name != "far.jpg"
    ]
    # These names are in files of other folders.
    others = {("picasa/A.JPG", "Anna", Source.PICASA), ("picasa/gone.jpg", "Ben", Source.PICASA)}
    assert named(alone, tree) == EXPECTED - others | {
        (name, "", source) for name, _, source in others
    }


def test_only_the_kinds_asked_for(tree: Path) -> None:
    for kind, expected in (
        (Kind.PICASA, {Source.PICASA}),
        (Kind.DIGIKAM, {Source.DIGIKAM}),
        (Kind.PHOTOS, {Source.MWG}),
    ):
        found = list(sources.read(tree, Reading(), {kind}))
        assert {source for _, _, source in named(found, tree)} == expected


def test_what_there_is(tree: Path) -> None:
    found = sources.look(tree, Reading())
    assert found.photos == 12
    assert found.files[Kind.PICASA] == 3 and found.files[Kind.DIGIKAM] == 1
    assert found.files[Kind.PHOTOS] == 3 and found.files[Kind.TONFOTOS] == 1
    assert sources.look(tree / "digikam4.db", Reading()).files == {Kind.DIGIKAM: 1}
    assert sources.look(tree / "inside.jpg", Reading()).photos == 1
    assert not sources.look(tree / "nothing", Reading()).files


def test_reference_photos(tmp_path: Path) -> None:
    for name in (
        "Anna Müller/1.jpg",
        "Anna Müller/deep/2.jpg",
        "Aaron_Eckhart/Aaron_Eckhart_0001.jpg",
        "Ben.jpg",
        "Ben (2).jpg",
        "Cleo_Doe_03.jpg",
        "Dora2.jpg",
        "2020.jpg",
    ):
        photo(tmp_path / name)
    assert not list(sources.read(tmp_path, Reading())), "only when asked for"
    found = named(list(sources.read(tmp_path, Reading(), {Kind.REFERENCES})), tmp_path)
    assert {(path, name) for path, name, _ in found} == {
        ("Anna Müller/1.jpg", "Anna Müller"),
        ("Anna Müller/deep/2.jpg", "Anna Müller"),
        ("Aaron_Eckhart/Aaron_Eckhart_0001.jpg", "Aaron Eckhart"),
        ("Ben.jpg", "Ben"),
        ("Ben (2).jpg", "Ben"),
        ("Cleo_Doe_03.jpg", "Cleo Doe"),
        ("Dora2.jpg", "Dora"),
        ("2020.jpg", "2020"),
    }
    assert not sources.look(tmp_path, Reading()).may_be_references, "with folders in folders"
    (tmp_path / "Anna Müller" / "deep" / "2.jpg").unlink()
    assert sources.look(tmp_path, Reading()).may_be_references


def test_contacts_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.vcf").write_text("BEGIN:VCARD\nFN:Anna\nEND:VCARD\n")
    (tmp_path / "b.csv").write_text("hello\n")
    reading = Reading()
    assert [each.name for each in sources.read_contacts(tmp_path, reading)] == ["Anna"]
    assert [each.path.name for each in reading.skipped] == ["b.csv"]


def test_reading_stops_at_once(tree: Path) -> None:
    token = CancelToken()
    found = sources.read(tree, Reading(token))
    next(found)
    token.cancel()
    with pytest.raises(Cancelled):
        list(found)


def test_files_that_hold_nothing_get_a_sentence(tmp_path: Path) -> None:
    for name in ("a.txt", "b.json", "c.ini", "d.db"):
        path = tmp_path / name
        path.write_text("hello {")
        reading = Reading()
        assert not list(sources.read(path, reading))
        assert len(reading.skipped) == 1 and str(reading.skipped[0].reason).endswith(".")
    reading = Reading()
    assert not list(sources.read(tmp_path / "missing.xmp", reading))
    assert len(reading.skipped) == 1


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    photo(tmp_path / "a" / "a.jpg")
    (tmp_path / "a" / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert sources.look(tmp_path, Reading()).photos == 1


def test_pipes_and_links_that_loop_are_not_read(tree: Path) -> None:
    before = [each.photo for each in sources.read(tree, Reading())]
    for name in ("pipe.jpg", "pipe.json", "pipe.jpg.xmp"):
        os.mkfifo(tree / name) if hasattr(os, "mkfifo") else pytest.skip("no pipes here")
    (tree / "loop.jpg").symlink_to("loop.jpg")
    (tree / "nowhere.jpg").symlink_to("nothing.jpg")
    reading = Reading()
    assert [each.photo for each in sources.read(tree, reading)] == before != []
    assert not reading.skipped
