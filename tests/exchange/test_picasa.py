"""Picasa's files: faces, contacts, rotations, encodings, and what is not believed."""

from __future__ import annotations

from pathlib import Path

import pytest

from facesorter.errors import UserError
from facesorter.exchange import picasa
from facesorter.exchange.names import Frame, Source
from tests.support.other_programs import (
    Box,
    picasa_contacts,
    picasa_folder,
    rect64,
)

ANNA = Box("Anna Müller", 0.05, 0.1, 0.2, 0.3)
NOBODY = Box("", 0.5, 0.5, 0.1, 0.1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_faces_and_names(tmp_path: Path, encoding: str) -> None:
    path = picasa_folder(tmp_path, {"a: 100%.jpg": [ANNA, NOBODY], "b.jpg": []}, encoding=encoding)
    ((photo, found),) = picasa.read_ini(path, {})
    assert photo == "a: 100%.jpg" and found.program == "Picasa" and found.origin == path
    named, unnamed = found.regions
    assert (named.name, unnamed.name) == ("Anna Müller", "")
    assert named.source is Source.PICASA and named.frame is Frame.UNKNOWN
    for region, box in ((named, ANNA), (unnamed, NOBODY)):
        assert (region.x, region.y, region.w, region.h) == pytest.approx(box[1:], abs=1e-4)


def test_a_rectangle_without_leading_zeros() -> None:
    assert len(rect64(Box("", 0.0, 0.01, 0.5, 0.5))) < len("rect64(0000000000000000)")


def test_rotations(tmp_path: Path) -> None:
    turns = {f"{turn}.jpg": turn for turn in range(4)}
    path = picasa_folder(
        tmp_path, {"none.jpg": [ANNA]} | {name: [ANNA] for name in turns}, rotated=turns
    )
    found = {name: names.rotation for name, names in picasa.read_ini(path, {})}
    assert found == {"none.jpg": None, "0.jpg": 0, "1.jpg": 90, "2.jpg": 180, "3.jpg": 270}


def test_names_of_the_address_book(tmp_path: Path) -> None:
    ini = picasa_folder(tmp_path, {"a.jpg": [ANNA]}, contacts=False)
    assert next(picasa.read_ini(ini, {}))[1].regions[0].name == "", "a face all the same"
    book = picasa_contacts(tmp_path / "contacts" / "contacts.xml", ["Anna Müller"])
    assert picasa.address_books(tmp_path) == [book]
    known = picasa.read_contacts(book)
    assert next(picasa.read_ini(ini, known))[1].regions[0].name == "Anna Müller"


def test_several_ids_of_a_contact(tmp_path: Path) -> None:
    book = tmp_path / "contacts.xml"
    book.write_text(
        '<contacts><contact id="0a" name="Anna"><subject user="x" id="b"/></contact>'
        '<contact id="c" name=""/><contact id="d" display="Ben"/>'
    )
    assert picasa.read_contacts(book) == {"a": "Anna", "b": "Anna", "d": "Ben"}, "though cut off"


def test_a_section_that_is_there_twice(tmp_path: Path) -> None:
    path = tmp_path / ".picasa.ini"
    old, new = rect64(ANNA), rect64(NOBODY)
    path.write_text(
        f"[a.jpg]\nfaces={old},1;\nrotate=rotate(1)\nrubbish\n[a.jpg]\nfaces={new},2;\n"
        "[Contacts2]\n1=Old;;\n2=New;new@example.org;\n"
    )
    ((_, found),) = picasa.read_ini(path, {})
    assert [region.name for region in found.regions] == ["New"]
    assert found.rotation == 90


def test_contacts_of_googles_address_book_are_no_names(tmp_path: Path) -> None:
    path = tmp_path / ".picasa.ini"
    path.write_text(f"[Contacts]\n1=anna_lh,abc\n[a.jpg]\nfaces={rect64(ANNA)},1\n")
    ((_, found),) = picasa.read_ini(path, {})
    assert found.regions[0].name == ""


def test_what_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / ".picasa.ini"
    face = f"faces={rect64(ANNA)},1\n"
    outside = ["../a.jpg", "/etc/a.jpg", "C:\\a.jpg", "..", "a\x00.jpg"]
    sections = "".join(f"[{name}]\n{face}" for name in outside)
    path.write_text(
        f"{sections}[b.jpg]\nfaces=rect64(ffffffff00000000),1;rect64(xyz),1;rect64(),;;;\n"
        f"[c.jpg]\n{face}[Contacts2]\n1=A\x07nna\u202e {'x' * 1000}\n"
    )
    ((photo, found),) = picasa.read_ini(path, {})
    assert photo == "c.jpg"
    assert found.regions[0].name.startswith("Anna xxx") and len(found.regions[0].name) <= 250


def test_hostile_files_get_a_sentence(tmp_path: Path) -> None:
    book = tmp_path / "contacts.xml"
    book.write_text(
        '<!DOCTYPE c [<!ENTITY a "b">]><contacts><contact id="1" name="&a;"/></contacts>'
    )
    with pytest.raises(UserError, match="address book"):
        picasa.read_contacts(book)
    ini = tmp_path / ".picasa.ini"
    with ini.open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(UserError, match="larger than"):
        list(picasa.read_ini(ini, {}))
