"""Damaged files never raise anything but a sentence, wherever the damage is."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from facesorter.errors import UserError
from facesorter.exchange import contacts, json_people, picasa, tonfotos
from facesorter.exchange.digikam import read_database
from facesorter.exchange.json_items import read_items
from facesorter.exchange.reading import Reading
from facesorter.exchange.xmp_people import read_packet
from facesorter.images.xmp_packets import read_packets
from tests import photos
from tests.support.other_programs import (
    Box,
    DigikamPhoto,
    digikam_database,
    immich_asset,
    osxphotos_photo,
    picasa_contacts,
    picasa_folder,
    tonfotos_ini,
)
from tests.support.xmp import FORMS, packet, regions

ANNA = Box("Anna", 0.1, 0.2, 0.3, 0.4)
XMP = packet(
    "".join(map(regions, FORMS.values()))
    + "<Iptc4xmpExt:PersonInImage><rdf:Bag><rdf:li>Ben</rdf:li></rdf:Bag>"
    '</Iptc4xmpExt:PersonInImage><acdsee:categories>&lt;Category Assigned="1"&gt;People'
    "&lt;/Category&gt;</acdsee:categories>"
)
PIECES = [b"<", b">", b'"', b"\x00", b"\xff", b"&", b"[", b"{", b"rect64(", b"1e999", b"\n", b";"]

edits = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(PIECES)), min_size=1, max_size=6
)
Edits = list[tuple[float, int, bytes]]


def edited(data: bytes, wanted: Edits) -> bytes:
    """Bytes with some of them replaced."""
    for place, length, piece in wanted:
        at = int(place * len(data))
        data = data[:at] + piece + data[at + length :]
    return data


@given(wanted=edits, encoding=st.sampled_from(["utf-8", "utf-16"]))
def test_packets(wanted: Edits, encoding: str) -> None:
    with contextlib.suppress(UserError):
        read_packet(edited(XMP.decode().encode(encoding), wanted))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mutations")


@given(wanted=edits)
def test_ini_and_address_book(folder: Path, wanted: Edits) -> None:
    for path in (
        picasa_folder(folder, {"a.jpg": [ANNA], "b.jpg": [ANNA]}),
        picasa_contacts(folder / "contacts.xml", ["Anna", "Ben"]),
    ):
        path.write_bytes(edited(path.read_bytes(), wanted))
    with contextlib.suppress(UserError):
        known = picasa.read_contacts(folder / "contacts.xml")
        assert all(
            region.w > 0
            for _, names in picasa.read_ini(folder / ".picasa.ini", known)
            for region in names.regions
        )


@given(wanted=edits)
def test_json(folder: Path, wanted: Edits) -> None:
    items = [
        osxphotos_photo("a.jpg", None, [ANNA]),
        immich_asset("a.jpg", [ANNA], (10, 10)),
        {"SourceFile": "a.jpg", "XMP:PersonInImage": "Ben"},
    ]
    path = folder / "a.json"
    path.write_bytes(edited(json.dumps(items).encode(), wanted))
    with contextlib.suppress(UserError):
        for item in read_items(path):
            for each in json_people.photos_within(item):
                json_people.of_object(each)
    path.write_bytes(edited(tonfotos_ini({"a.jpg": ["Anna"]}).encode(), wanted))
    with contextlib.suppress(UserError):
        list(tonfotos.read_ini(path))


@given(wanted=edits)
def test_contacts(folder: Path, wanted: Edits) -> None:
    path = folder / "a.vcf"
    for text in (
        "BEGIN:VCARD\r\nFN;ENCODING=QUOTED-PRINTABLE:=41\r\nBDAY:19560531\r\nEND:VCARD\r\n",
        "Name,Birthday\nAnna,1956-05-31\n",
    ):
        path.write_bytes(edited(text.encode(), wanted))
        with contextlib.suppress(UserError):
            list(contacts.read_contacts(path))


@given(wanted=edits)
def test_photo_files(folder: Path, wanted: Edits) -> None:
    path = folder / "a.jpg"
    picture = Image.fromarray(np.zeros((8, 8, 3), np.uint8))
    for form in ("JPEG", "TIFF"):
        path.write_bytes(
            edited(photos.encoded(picture, form, **{"xmp": XMP} if form == "JPEG" else {}), wanted)
        )
        read_packets(path)


@given(wanted=edits)
def test_databases(folder: Path, wanted: Edits) -> None:
    path = folder / "digikam4.db"
    if not (folder / "whole.db").exists():
        digikam_database(
            folder / "whole.db",
            [DigikamPhoto("/", f"{at}.jpg", 10, 10, 1, [ANNA]) for at in range(50)],
            identifier="volumeid:?path=/x",
        )
        with contextlib.closing(sqlite3.connect(folder / "whole.db")) as connection:
            connection.execute("VACUUM")
    path.write_bytes(edited((folder / "whole.db").read_bytes(), wanted))
    with contextlib.suppress(UserError):
        list(read_database(path, Reading()))
