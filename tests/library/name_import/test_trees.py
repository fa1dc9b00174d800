"""What other programs leave on a disk, scanned and brought in: each name is on the right face.

The trees are built from documented formats; the faces are drawn, and a fake analyzer finds them.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest
from PIL import Image

from facesorter.app.services import Services
from facesorter.domain import FaceOrigin, FaceState, Region
from facesorter.exchange.sources import Kind
from facesorter.library.decisions import corrections, details, journal
from facesorter.library.library import Library
from facesorter.library.name_import import birthdays, importing, provenance
from facesorter.storage import faces, persons, photos
from facesorter.storage.database import open_reader
from tests.app.album import at_work, settle
from tests.benchmarks.oriented_regions import ORIENTATIONS, stored
from tests.fakes import GAP, SIDE, FakeAnalyzer, draw_photo
from tests.library import made
from tests.support.corners import INVERSE
from tests.support.other_programs import (
    Box,
    DigikamPhoto,
    digikam_database,
    picasa_contacts,
    picasa_folder,
    takeout,
)
from tests.support.programs import Program

PEOPLE: Final = {"Anna Müller": 40, "李 Ben": 200, "Clara": 333, "Dana": 77, "Emil": 500}
"""Names, and the numbers of the drawn persons, in their order in each photo. With five, no turn of
the picture maps all faces onto others."""
_COLUMNS: Final = 3
_WIDTH, _HEIGHT = (GAP + count * (SIDE + GAP) for count in (3, 2))


THREE: Final = dict(list(PEOPLE.items())[:3])


def place(at: int) -> Region:
    """Where a drawn face is in the upright picture of all."""
    row, column = divmod(at, _COLUMNS)
    x, y = GAP + column * (SIDE + GAP), GAP + row * (SIDE + GAP)
    return Region(x / _WIDTH, y / _HEIGHT, SIDE / _WIDTH, SIDE / _HEIGHT)


PLACES: Final = {name: place(at) for at, name in enumerate(PEOPLE)}


def box(name: str, orientation: int = 1, slack: float = 0.01) -> Box:
    """Somebody's region, in the picture as it is stored, not exactly where we find it."""
    region = stored(PLACES[name], orientation)
    return Box(name, region.x - slack, region.y, region.w + slack, region.h + slack)


def turned(path: Path, orientation: int, *, tag: bool = True, number: int = 0) -> Path:
    """Draw all five, stored in an orientation that the file tells or doesn't."""
    upright = draw_photo(path.with_suffix(".png"), list(PEOPLE.values()), number=number)
    with Image.open(upright) as image:
        turn = INVERSE[orientation]
        pixels = image.convert("RGB") if turn is None else image.convert("RGB").transpose(turn)
    upright.unlink()
    exif = Image.Exif()
    if tag:
        exif[0x0112] = orientation
    pixels.save(path, quality=95, exif=exif)
    return path


def named(services: Services) -> dict[str, dict[str, Region]]:
    """Who is where, by the name of the photo. No face has a name twice, and none was drawn."""
    reader = services.reader()
    found: dict[str, dict[str, Region]] = {}
    ids = [row[0] for row in reader.execute("SELECT id FROM photo")]
    for photo_id, path in photos.paths(reader, ids).items():
        mine: dict[str, Region] = {}
        for face in faces.of_photo(reader, photo_id):
            assert face.origin is not FaceOrigin.DRAWN or face.state is FaceState.IGNORED
            if face.state is FaceState.CONFIRMED and face.name is not None:
                assert face.name not in mine, (path, face.name)
                mine[face.name] = face.region
        found[Path(path).parent.name + "/" + Path(path).name] = mine
    return found


def bring_in(services: Services, *paths: Path, kinds: Sequence[Kind] | None = None) -> int:
    names = services.names.read(paths, kinds)
    assert not names.unreadable
    services.names.use(names)
    return services.names.apply()


def is_right(mine: dict[str, Region], who: Sequence[str] = tuple(PEOPLE)) -> bool:
    return set(mine) == set(who) and all(
        region.overlap(PLACES[name]) > 0.9 for name, region in mine.items()
    )


def test_a_picasa_tree(tmp_path: Path) -> None:
    root = tmp_path / "Pictures"
    boxes: dict[str, list[Box]] = {}
    for convention in ("stored", "upright"):
        folder = root / convention
        folder.mkdir(parents=True)
        for orientation in ORIENTATIONS:
            path = turned(folder / f"{orientation}.jpg", orientation)
            applied = orientation if convention == "stored" else 1
            boxes[path.name] = [box(name, applied) for name in PEOPLE]
        # Names of one folder's people are in the address book, the other has its own.
        picasa_folder(folder, boxes, contacts=convention == "stored")
        picasa_contacts(root / "contacts" / "contacts.xml", list(PEOPLE))
    # Picasa turns its view and leaves the file; regions are of the file, or of the view.
    sideways = {"3.jpg": 2, "6.jpg": 1, "8.jpg": 3}
    for view in (root / "file", root / "view"):
        view.mkdir()
        lying = {}
        for name in sideways:
            number = int(name[0])
            turned(view / name, number, tag=False)
            lying[name] = [box(who, number if view.name == "file" else 1) for who in PEOPLE]
        picasa_folder(view, lying, rotated=sideways)
    # An edited photo: the original with its own regions is kept in a hidden folder.
    edited = root / "edited"
    originals = edited / ".picasaoriginals"
    originals.mkdir(parents=True)
    turned(edited / "e.jpg", 1, number=1)
    turned(originals / "e.jpg", 1, number=2)
    picasa_folder(edited, {"E.JPG": [box(name) for name in PEOPLE]})
    wrong = dict(zip(PEOPLE, reversed(PEOPLE), strict=True))
    picasa_folder(originals, {"e.jpg": [box(n)._replace(name=wrong[n]) for n in PEOPLE]})
    with at_work(tmp_path / "library", FakeAnalyzer(), root) as services:
        settle(services)
        assert bring_in(services, root, kinds=[Kind.PICASA]) == 5 * 23
        found = named(services)
        assert len(found) == 23
        for photo, mine in found.items():
            folder, name = photo.split("/")
            if folder not in ("file", "view"):
                assert is_right(mine), photo
                continue
            assert len(mine) == 5, photo
            for who, region in mine.items():
                assert region.overlap(stored(PLACES[who], int(name[0]))) > 0.9, photo


def test_a_digikam_database_that_holds_each_person_twice(tmp_path: Path) -> None:
    root = tmp_path / "Photos"
    (root / "2020").mkdir(parents=True)
    rows = []
    for orientation in ORIENTATIONS:
        turned(root / "2020" / f"{orientation}.jpg", orientation, number=orientation)
        # From the file's Microsoft regions, and from its MWG regions, which disagree.
        twice = [box(name) for name in PEOPLE] + [box(name, orientation) for name in PEOPLE]
        size = (_WIDTH, _HEIGHT) if orientation < 5 else (_HEIGHT, _WIDTH)
        rows.append(DigikamPhoto("/2020", f"{orientation}.jpg", *size, orientation, twice))
    turned(root / "2020" / "tagged.jpg", 1, number=20)
    clara = [box("Clara")]
    rows.append(
        DigikamPhoto(
            "/2020", "tagged.jpg", _WIDTH, _HEIGHT, 1, clara, proposed=[box("李 Ben")],
            ignored=[box("Anna Müller")], tagged=["Zoe"],
        )
    )  # fmt: off
    database = digikam_database(tmp_path / "digikam4.db", rows, identifier=f"volumeid:?path={root}")
    with at_work(tmp_path / "library", FakeAnalyzer(), root) as services:
        settle(services)
        assert bring_in(services, database) == 5 * 8 + 1
        found = named(services)
        for orientation in ORIENTATIONS:
            assert is_right(found[f"2020/{orientation}.jpg"]), orientation
        assert is_right(found["2020/tagged.jpg"], ["Clara"])
        assert not services.names.read([database]).preview, "nothing is left to be done"
        (tagged,) = (
            services.reader()
            .execute("SELECT id FROM photo WHERE relpath LIKE '%tagged.jpg'")
            .fetchone()
        )
        about = provenance.of_photo(services.reader(), tagged)
        assert {(each.name, each.face_id is None) for each in about} == {
            ("Clara", False),
            ("Zoe", True),
        }
        assert services.submit(journal.undo).result(30).skipped == 0
        assert not any(named(services).values())


def test_a_takeout_tree(tmp_path: Path) -> None:
    root = tmp_path / "Takeout" / "Google Photos" / "Photos from 2019"
    root.mkdir(parents=True)
    analyzer = FakeAnalyzer()

    def photo(name: str, sidecar: str, who: Sequence[str]) -> None:
        number = sum(map(ord, name))
        drawn = draw_photo(root / "x.png", [PEOPLE[each] for each in who], number=number)
        with Image.open(drawn) as image:
            image.convert("RGB").save(root / name, quality=95)
        drawn.unlink()
        (root / sidecar).write_text(takeout(name, who), "utf-8")

    photo("IMG_1.jpg", "IMG_1.jpg.json", ["Clara"])
    photo("IMG_1(1).jpg", "IMG_1.jpg(1).json", ["Anna Müller"])
    photo("IMG_2.jpg", "IMG_2.jpg.supplemental-metadata.json", ["李 Ben"])
    long = "a" * 60
    photo(f"{long}.jpg", f"{long[:46]}.json", ["Clara"])
    photo("both.jpg", "both.jpg.json", ["Clara", "Anna Müller"])
    (root / "metadata.json").write_text('{"title": "Photos from 2019"}')
    with at_work(tmp_path / "library", analyzer, root.parent, refresh=True) as services:
        settle(services)
        # One face, one name: surely right. Two faces and two names wait for the grouping.
        assert bring_in(services, tmp_path / "Takeout") == 4
        found = {path.partition("/")[2]: set(who) for path, who in named(services).items()}
        assert found == {
            "IMG_1.jpg": {"Clara"},
            "IMG_1(1).jpg": {"Anna Müller"},
            "IMG_2.jpg": {"李 Ben"},
            f"{long}.jpg": {"Clara"},
            "both.jpg": set(),
        }
        services.refresh_now()
        services.wait_idle()
        services.refresh_now()
        services.wait_idle()
        both = next(who for path, who in named(services).items() if path.endswith("/both.jpg"))
        assert set(both) == {"Clara", "Anna Müller"}
        assert both["Clara"].x < both["Anna Müller"].x


def test_a_labelled_folder_and_the_command(tmp_path: Path, program: Program) -> None:
    pictures, labelled = tmp_path / "Pictures", tmp_path / "Known people"
    for at, (name, person) in enumerate(THREE.items()):
        for number in range(2):
            draw_photo(pictures / f"{at} {number}.png", [person], number=10 * at + number)
        copy = labelled / name / "x.png"
        draw_photo(copy, [person], number=100 + at)
    shutil.copy(pictures / "0 1.png", labelled / "Anna Müller.png")
    with at_work(program.library, FakeAnalyzer(), pictures, labelled) as services:
        settle(services)
    found = program.json("import", labelled, "--source", "labelled", "--dry-run")
    assert {each["name"] for each in found["people"]} == set(THREE)
    assert (found["new_faces"], found["decided"]) == (4, False)
    found = program.json("import", labelled, "--source", "labelled")
    assert (found["named"], found["decided"]) == (4, True)
    reader = open_reader(program.library)
    rows = reader.execute(
        "SELECT relpath, person.name FROM face JOIN photo ON photo.id = photo_id "
        "JOIN person ON person.id = person_id WHERE state = 'confirmed' AND person.name IS NOT NULL"
    ).fetchall()
    reader.close()
    assert dict(rows) == {
        "Anna Müller/x.png": "Anna Müller",
        "Anna Müller.png": "Anna Müller",
        "李 Ben/x.png": "李 Ben",
        "Clara/x.png": "Clara",
    }


def test_dates_of_birth_of_an_address_book(program: Program, tmp_path: Path) -> None:
    library = Library(program.library)
    library.transact(lambda txn: made.fill(txn.connection, people=5, each=2, per_photo=1))
    ids = {}
    for at, name in enumerate(["Anna Müller", "Ben", "Clara", "Dora", "Dora"]):
        ids[name], _ = library.transact(corrections.move_to_new_person, [2 * at + 1])
        library.transact(corrections.name, ids[name], name, allow_same=True)
    library.transact(details.update_details, ids["Ben"], birth_date="1980")
    library.transact(details.update_details, ids["Clara"], death_date="1950")
    library.close(snapshot=False)
    book = tmp_path / "people.csv"
    book.write_text(
        "Name,Birthday\nANNA MÜLLER,1956-05-31\nBen,1980-02-01\nClara,1960-01-01\n"
        "Dora,1990-01-01\nStranger,1970-01-01\nAnna Müller,1956-05-31\n",
        "utf-8",
    )
    before = program.json("import", book, "--dry-run")
    anna = {"person_id": ids["Anna Müller"], "name": "ANNA MÜLLER", "birth_date": "1956-05-31"}
    assert (before["birthdays"], before["decided"]) == ([anna], False)
    text = program.run("import", book, "--dry-run").stdout
    assert "born 1956-05-31" in text
    assert "1 person with another date of birth here, which stays." in text
    assert "1 name of several people, left out." in text
    assert program.json("import", book)["decided"] is True

    def births() -> dict[int, str]:
        reader = open_reader(program.library)
        try:
            return persons.births(reader)
        finally:
            reader.close()

    given = {ids["Anna Müller"]: "1956-05-31", ids["Ben"]: "1980"}
    assert births() == given
    assert program.json("import", book)["decided"] is False, "nothing is new"
    assert program.run("undo").returncode == 0
    assert births() == {ids["Ben"]: "1980"}


def test_a_date_that_the_user_gave_since_the_preview_stays(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.transact(lambda txn: made.fill(txn.connection, people=1, each=2, per_photo=1))
    anna, _ = library.transact(corrections.move_to_new_person, [1], "Anna")
    found = birthdays.find(library.connection, [("anna", "1956-05-31"), ("Anna", "2999-01-01")])
    assert [each.date for each in found.new] == ["1956-05-31"]
    library.transact(details.update_details, anna, birth_date="1957")
    before = journal.status(library.connection)
    library.transact(importing.use, importing.Gathered(()), "files", births=found.new)
    assert persons.births(library.connection) == {anna: "1957"}
    assert journal.status(library.connection) == before
    library.close(snapshot=False)


@pytest.fixture
def program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Program:
    from facesorter import logs

    monkeypatch.setattr(logs, "start", lambda *_args, **_options: None)
    return Program(tmp_path, capsys)
