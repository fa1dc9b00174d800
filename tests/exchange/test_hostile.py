"""Files made to harm: each costs one sentence at most, and little memory.

Each is read in a process of its own, whose memory is limited once all modules are loaded.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import textwrap
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.other_programs import DIGIKAM_SCHEMA
from tests.support.xmp import FORMS, packet, regions

LIMIT = 300
"""MB that reading may take, with the program's modules."""
GIGA = 1 << 30

READ = textwrap.dedent(
    """
    import json, resource, sys
    from pathlib import Path
    from facesorter.exchange import sources
    from facesorter.exchange.reading import Reading
    from facesorter.images import decode

    decode.prepare()
    with open("/proc/self/statm") as file:
        loaded = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (loaded + (ALLOWED << 20),) * 2)
    reading = Reading()
    found = regions = 0
    root = Path(sys.argv[1])
    for each in sources.read(root, reading, set(sources.Kind)):
        found += 1
        regions += len(each.names.regions)
        assert ".." not in each.photo.parts
    list(sources.read_contacts(root, reading))
    # Unlike getrusage's, it doesn't begin with the size of the process that started this one.
    with open("/proc/self/status") as file:
        peak = next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) >> 10
    reasons = [str(each.reason) for each in reading.skipped]
    print(json.dumps({"peak": peak, "reasons": reasons, "found": found, "regions": regions}))
    """
).replace("ALLOWED", str(LIMIT))


def read_limited(path: Path) -> dict[str, int | list[str]]:
    """Read everything in a folder in a process with limits."""
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, int | list[str]] = json.loads(done.stdout)
    return found


def sparse(path: Path, begin: bytes, end: bytes = b"") -> None:
    """A file of 1 GB that takes no room."""
    with path.open("wb") as file:
        file.write(begin)
        file.truncate(GIGA)
        file.seek(GIGA)
        file.write(end)


def bombs(folder: Path) -> None:
    entities = "".join(f'<!ENTITY a{at + 1} "{f"&a{at};" * 10}">' for at in range(12))
    laughs = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{entities}]>'.encode()
    outside = b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    named = FORMS["elements"].replace("Anna", "&a12;")
    (folder / "laughs.jpg.xmp").write_bytes(laughs + packet(regions(named)))
    (folder / "outside.jpg.xmp").write_bytes(outside + packet(regions(named)))
    (folder / "contacts.xml").write_bytes(laughs + b'<contacts><contact id="1" name="&a12;"/>')


def deep(folder: Path) -> None:
    (folder / "a.jpg.xmp").write_bytes(packet("<dc:a>" * 200_000))
    (folder / "b.jpg.xmp").write_bytes(packet(regions("<rdf:li><rdf:Description>" * 200_000)))
    (folder / "a.jpg.json").write_text("[" * 1_000_000)
    (folder / "a.json").write_text('[{"SourceFile": ' + "[" * 1_000_000)
    (folder / ".tonfotos.ini").write_text('{"a":' * 1_000_000)


def huge(folder: Path) -> None:
    text = packet(regions(FORMS["elements"]))
    sparse(folder / "a.jpg.xmp", text[:300], text[300:])
    sparse(folder / ".picasa.ini", b"[a.jpg]\nfaces=rect64(1),", b"\n")
    sparse(folder / "contacts.xml", b'<contacts><contact id="', b'"/>')
    sparse(folder / ".tonfotos.ini", b'{"files": "', b'"}')
    sparse(folder / "a.jpg.json", b'{"title": "', b'"}')
    sparse(folder / "b.json", b'[{"SourceFile": "', b'"}]')
    sparse(folder / "c.vcf", b"BEGIN:VCARD\r\nFN:")
    sparse(folder / "d.csv", b"Name\r\n")
    sparse(folder / "digikam4.db", b"SQLite format 3\x00")
    for suffix, begin in (
        ("jpg", b"\xff\xd8\xff\xe1\xff\xff"),
        ("png", b"\x89PNG\r\n\x1a\n\x7f\xff\xff\xffiTXt"),
        ("tif", b"II*\x00\x08\x00\x00\x00\x01\x00\xbc\x02\x01\x00\x00\x00\x00\x30\x1a\x00\x00\x00"),
        ("webp", b"RIFF\xff\xff\xff\x3fWEBPVP8X"),
        ("heic", b"\x00\x00\x00\x18ftypheic"),
        ("avif", b"\x00\x00\x00\x18ftypavif"),
        ("jxl", b"\x00\x00\x00\x0cJXL \r\n\x87\n\x00\x00\x00\x00xml "),
        ("cr3", b"\x00\x00\x00\x18ftypcrx "),
        ("raf", b"FUJIFILMCCD-RAW".ljust(84) + b"\x00\x00\x00\x10\xff\xff\xff\xff"),
    ):
        sparse(folder / f"a.{suffix}", begin, b"end")


def many(folder: Path) -> None:
    (folder / "a.jpg.xmp").write_bytes(packet(regions(FORMS["attributes"] * 20_000))[: 16 << 20])
    (folder / "b.jpg.xmp").write_bytes(
        packet(
            f"<dc:subject><rdf:Bag>{'<rdf:li>People/A</rdf:li>' * 60_000}</rdf:Bag></dc:subject>"
        )
    )
    (folder / "c.jpg.xmp").write_bytes(
        packet("", " ".join(f'xmp:a{at}="1"' for at in range(200_000)))
    )
    faces = "rect64(1000100020002000),1;" * 50_000
    (folder / ".picasa.ini").write_text(f"[a.jpg]\nfaces={faces}\n")
    people = [{"name": f"Person {at}"} for at in range(50_000)]
    (folder / "a.jpg").write_bytes(b"\xff\xd8\xff\xd9")
    (folder / "a.jpg.json").write_text(json.dumps({"title": "a", "people": people}))
    (folder / "d.csv").write_text("Name,Birthday\n" + "Anna,1956-05-31\n" * 20_000)


def packed(folder: Path) -> None:
    import struct

    text = b"XML:com.adobe.xmp\x00\x01\x00\x00\x00" + zlib.compress(b" " * (64 << 20), 1)
    chunk = (
        struct.pack(">I", len(text))
        + b"iTXt"
        + text
        + struct.pack(">I", zlib.crc32(b"iTXt" + text))
    )
    header = b"IHDR" + struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    (folder / "a.png").write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + header
        + struct.pack(">I", zlib.crc32(header))
        + chunk
    )


def database(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "digikam4.db")) as connection, connection:
        connection.executescript(DIGIKAM_SCHEMA)
        connection.execute("INSERT INTO AlbumRoots VALUES (1, 'x', 0, 1, 'volumeid:?path=/x', '/')")
        connection.execute("INSERT INTO Albums VALUES (1, 1, '/a', NULL, NULL, NULL, NULL)")
        connection.execute("INSERT INTO Images VALUES (1, 1, 'a.jpg', 1, 1, NULL, 1, 'x', NULL)")
        connection.execute("INSERT INTO TagProperties VALUES (100, 'person', zeroblob(400000000))")
        connection.execute("INSERT INTO Tags VALUES (100, 1, 'Anna', NULL, NULL)")
        connection.execute("INSERT INTO ImageTags VALUES (1, 100)")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="limits are Linux's")
@pytest.mark.parametrize("make", [bombs, deep, huge, many, packed, database])
def test_hostile_files(tmp_path: Path, make: Callable[[Path], None]) -> None:
    for name in ("laughs.jpg", "a.jpg", "b.jpg", "c.jpg"):
        (tmp_path / name).write_bytes(b"\xff\xd8\xff\xd9")
    make(tmp_path)
    found = read_limited(tmp_path)
    assert isinstance(found["peak"], int) and found["peak"] < LIMIT, found
    reasons = found["reasons"]
    assert isinstance(reasons, list)
    files = [path for path in tmp_path.iterdir() if path.stat().st_size > 10]
    assert len(reasons) <= len(files)
    for reason in reasons:
        assert reason.endswith(".") and reason.count(".") == 1 and len(reason) < 120, reason
    sys.stdout.write(f"{make.__name__}: {found}\n")
