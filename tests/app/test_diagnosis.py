"""A report of a problem says what helps, and nothing of who and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from facesorter import __version__
from facesorter.app import diagnosis
from facesorter.app.diagnosis import Cleaner
from facesorter.library.decisions import corrections
from facesorter.library.library import Library
from facesorter.library.scanning import folders
from facesorter.library.transaction import Transaction
from facesorter.settings import Settings
from facesorter.storage import persons

FOLDER = "/media/usb/Hochzeit #1"


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> Cleaner:
    monkeypatch.setattr(diagnosis.getpass, "getuser", lambda: "grandma")
    monkeypatch.setattr(diagnosis.platform, "node", lambda: "kitchen-pc")
    return Cleaner(["Anna", "Anna Maria Nováková", "Bo"], [FOLDER])


@pytest.mark.parametrize(
    ("line", "cleaned"),
    [
        (f"can't read {FOLDER}/Anna und Tom.jpg", "can't read [folder]"),
        (f"no such file: '{FOLDER}/a b.jpg'", "no such file: '[folder]'"),
        (f"opened {Path.home()}/.local/share/x, then left", "opened [home], then left"),
        ("read ~/Bilder/oma.jpg: 3 faces", "read [path]: 3 faces"),
        ("/home/grandma/x.jpg is gone", "[path] is gone"),
        (r"C:\Users\grandma\Pictures\a b.jpg", "[path]"),
        ("user grandma on kitchen-pc", "user [user] on [computer]"),
        ("named ANNA MARIA NOVÁKOVÁ, anna and Bo", "named [person], [person] and [person]"),
        ("Annapurna, Bob: no names of ours", "Annapurna, Bob: no names of ours"),
        ("photo 4711 failed: ends too early", "photo 4711 failed: ends too early"),
        (
            f'File "{Path(diagnosis.__file__)}", line 12, in report',
            'File "facesorter/app/diagnosis.py", line 12, in report',
        ),
    ],
    # Not by the values: homes differ between processes of one run.
    ids=[
        "photo",
        "quoted",
        "home",
        "tilde",
        "absolute",
        "windows",
        "user",
        "names",
        "no-names",
        "plain",
        "source",
    ],
)
def test_lines_are_cleaned(clean: Cleaner, line: str, cleaned: str) -> None:
    assert clean(line) == cleaned


def test_a_report_of_a_real_library(tmp_path: Path) -> None:
    watched = tmp_path / "Family of Anna"
    watched.mkdir()
    library = Library(tmp_path / "library")

    def fill(txn: Transaction) -> None:
        folders.add(txn, str(watched))
        person = persons.insert(txn.connection, "2020-01-01T00:00:00Z")
        txn.touch(persons=[person])
        corrections.name(txn, person, "Anna Nováková")

    library.transact(fill)
    library.close()
    logs = tmp_path / "library" / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    lines = [f"early line {n}" for n in range(500)]
    lines.append(f"WARNING {watched}/beach.jpg of Anna Nováková could not be read")
    (logs / "facesorter.log").write_text("\n".join(lines), encoding="utf-8")
    text = diagnosis.report(tmp_path / "library", Settings())
    assert f"facesorter: {__version__}" in text and "stage_ms" in text
    assert "could not be read" not in text.split("[folder]")[0].splitlines()[-1]
    assert "WARNING [folder]" in text
    assert "early line 499" in text and "early line 100\n" not in text
    for secret in ("Anna", "beach", str(tmp_path), "Nov"):
        assert secret not in text


def test_a_broken_library_still_gets_its_report(tmp_path: Path) -> None:
    (tmp_path / "library.db").write_bytes(b"nonsense" * 1000)
    text = diagnosis.report(tmp_path, Settings())
    assert "failed:" in text and __version__ in text
    assert "(empty)" in text
