"""Names and birthdays of address books."""

from __future__ import annotations

from pathlib import Path

import pytest

from facesorter.errors import UserError
from facesorter.exchange.contacts import Contact, birthday_of, read_contacts

VCARDS = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Müller;Anna;;;\r\nFN:Anna Müller\r\n"
    "item1.BDAY;value=date:1956-05-31\r\nPHOTO;ENCODING=b:AAAA\r\n BBBB\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\r\nVERSION:4.0\r\nFN;PREF=1:Ben\\, the\r\n  great\r\nBDAY:--0531\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\r\nVERSION:2.1\r\n"
    "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=98=D0=B2=D0=B0=D0=BD;=\r\n=41\r\n"
    "BDAY:19991231\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:\r\nBDAY:1604-05-31\r\nN:Doe\r\nEND:VCARD\r\n"
)
CONTACTS = [
    Contact("Anna Müller", "1956-05-31"),
    Contact("Ben, the great"),
    Contact("A Иван", "1999-12-31"),
    Contact("Doe"),
]


def test_vcards(tmp_path: Path) -> None:
    path = tmp_path / "a.vcf"
    path.write_bytes(VCARDS.encode())
    assert list(read_contacts(path)) == CONTACTS
    path.write_bytes(VCARDS.encode("utf-16"))
    assert list(read_contacts(path)) == CONTACTS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize(
    "text",
    [
        "First Name,Middle Name,Last Name,Birthday\nAnna,,Müller,1956-05-31\n,,,\n",
        'Name;Birthday\n"Müller; Anna";31.5.1956\n',
        "Given Name\tFamily Name\tBirthday\nAnna\tMüller\t5/31/1956\n",
    ],
)
def test_tables(tmp_path: Path, encoding: str, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    (found,) = read_contacts(path)
    assert found.name in ("Anna Müller", "Müller; Anna") and found.birthday == "1956-05-31"


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("1956-05-31T00:00:00Z", "1956-05-31"),
        ("31/5/1956", "1956-05-31"),
        ("5/5/1956", "1956-05-05"),
        ("5/6/1956", None),
        ("1604-05-31", None),
        ("--05-31", None),
        ("1956-13-31", None),
        ("May 31", None),
        ("", None),
    ],
)
def test_birthdays(text: str, date: str | None) -> None:
    assert birthday_of(text) == date


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"a,b\n1,2\n", b"\x00" * 100, b"Name\n" + b"x" * (9 << 20), b'Name\n"\x00'],
)
def test_what_holds_no_contacts(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    try:
        assert not [each for each in read_contacts(path) if each.name != "\x00"]
    except UserError as error:
        assert str(error).startswith("The file isn’t a vCard")
