"""check: silent on a whole library, loud on each kind of damage, and it mends what it says."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from facesorter.files import content_hash
from facesorter.library import check
from facesorter.library.decisions import corrections
from facesorter.storage import folders, photos
from tests.library.made import DIMENSION, Bench, small
from tests.support.libraries import faces_of, groups

REJECTED = (
    "INSERT INTO rejection SELECT id, person_id FROM face "
    "WHERE person_id IS NOT NULL AND state = '{state}' ORDER BY id LIMIT 1"
)
SHORT = "UPDATE embedding SET vector = x'0000803f' WHERE face_id = 1"
LONG = "UPDATE embedding SET vector = ? WHERE face_id = 1"


def bench_with_decisions() -> Bench:
    bench = small()
    first, second = groups(bench)[:2]
    bench.do(corrections.name, first, "Anna")
    bench.do(corrections.set_cover, first, faces_of(bench, first)[0])
    bench.do(corrections.reject, second, faces_of(bench, first)[:1])
    bench.do(corrections.ignore, faces_of(bench, second)[:1])
    bench.refresh()
    return bench


def found(bench: Bench) -> list[check.Finding]:
    return list(check.library_findings(bench.connection))


def not_unit(value: float) -> bytes:
    return struct.pack(f"<{DIMENSION}f", value, *[0.0] * (DIMENSION - 1))


# Damage, the values it needs, the kind of what is found, whether it can be mended.
DAMAGE = {
    "suggested though rejected": (REJECTED.format(state="suggested"), (), "rejected", True),
    "confirmed though rejected": (REJECTED.format(state="confirmed"), (), "rejected", False),
    "suggested before the birth": (
        "UPDATE person SET birth_date = '2025' WHERE id = (SELECT min(person_id) FROM face "
        "WHERE state = 'suggested')",
        (),
        "unborn",
        True,
    ),
    "no embedding": ("DELETE FROM embedding WHERE face_id = 1", (), "embedding", True),
    "short embedding": (SHORT, (), "embedding", True),
    "embedding twice as long": (LONG, (not_unit(2.0),), "embedding", True),
    "embedding that is no number": (LONG, (not_unit(float("nan")),), "embedding", True),
    "region outside": ("UPDATE face SET x = 0.9, w = 0.5 WHERE id = 1", (), "region", True),
    "region without area": ("UPDATE face SET h = 0 WHERE id = 1", (), "region", True),
    "photo without size": ("UPDATE photo SET width = NULL WHERE id = 1", (), "photo", True),
    "cover that is gone": (
        "UPDATE person SET cover_face_id = 9999 WHERE id = 1",
        (),
        "cover",
        True,
    ),
    "cover of somebody else": (
        "UPDATE person SET cover_face_id = (SELECT max(id) FROM face "
        "WHERE person_id IS NOT person.id) WHERE id = 1",
        (),
        "cover",
        True,
    ),
    "journal": ("UPDATE decision_change SET row_ids = '[1,' WHERE seq = 0", (), "journal", False),
    "journal's words": ("UPDATE decision SET args = 'x' WHERE id = 1", (), "journal", False),
    "person that is not there": (
        "UPDATE face SET person_id = 9999 WHERE id = (SELECT min(id) FROM face "
        "WHERE person_id IS NOT NULL)",
        (),
        "file",
        False,
    ),
    "state without person": (
        "UPDATE face SET state = 'confirmed', person_id = NULL WHERE id = 1",
        (),
        "file",
        False,
    ),
}


def test_a_whole_library_has_no_findings() -> None:
    bench = bench_with_decisions()
    assert found(bench) == []
    assert bench.do(check.repair) == 0


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found_and_mended(damage: str) -> None:
    statement, values, kind, repairable = DAMAGE[damage]
    bench = bench_with_decisions()
    bench.connection.execute("PRAGMA foreign_keys = off")
    bench.connection.execute("PRAGMA ignore_check_constraints = on")
    assert bench.connection.execute(statement, values).rowcount > 0
    bench.connection.commit()
    bench.connection.execute("PRAGMA foreign_keys = on")
    bench.connection.execute("PRAGMA ignore_check_constraints = off")
    findings = found(bench)
    assert {finding.kind for finding in findings} == {kind}
    assert {finding.repairable for finding in findings} == {repairable}
    mended = bench.do(check.repair)
    assert bool(mended) == repairable
    assert (found(bench) == []) == repairable
    if kind in ("embedding", "region", "photo"):
        assert bench.all("SELECT 1 FROM photo WHERE status = 'pending'")


def test_originals_that_changed_without_a_trace(tmp_path: Path) -> None:
    bench = Bench()
    folder = folders.insert(bench.connection, str(tmp_path), "2024")
    for name in ("same", "rotten", "edited", "gone"):
        file = tmp_path / f"{name}.jpg"
        file.write_bytes(name.encode() * 100)
        stat = file.stat()
        photo = photos.insert(
            bench.connection, folder, file.name, stat.st_size, stat.st_mtime_ns, "2024", "exif"
        )
        photos.set_analysed(
            bench.connection,
            photo,
            content_hash=content_hash(file),
            width=1,
            height=1,
            orientation=1,
        )
    assert list(check.original_findings(bench.connection)) == []
    rotten = tmp_path / "rotten.jpg"
    before = rotten.stat()
    data = bytearray(rotten.read_bytes())
    data[50] ^= 1
    rotten.write_bytes(data)
    os.utime(rotten, ns=(before.st_atime_ns, before.st_mtime_ns))
    (tmp_path / "edited.jpg").write_bytes(b"other pixels")
    (tmp_path / "gone.jpg").unlink()
    (finding,) = check.original_findings(bench.connection)
    assert finding.kind == "original" and str(rotten) in str(finding.message)
