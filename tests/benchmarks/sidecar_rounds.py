"""Sidecars of other programs through ten rounds of ours, as exiftool, exiv2 and XML see them.

``python -m tests.benchmarks.sidecar_rounds [FOLDER…]`` takes `tests.support.sidecars` and all
sidecars in the folders. Each round says something else of the photo, renames and removes people,
and merges. After each, everything that the other program wrote is compared as
``exiftool -struct -j`` and as canonical XML; at the end everything is taken back, and nothing may
differ. Then a process that writes a sidecar over and over is killed 100 times. ``exiftool`` and
``exiv2`` must be installed.
"""

from __future__ import annotations

import io
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from lxml import etree

from facesorter.domain import Given, NamedRegion, Region
from facesorter.exchange.sidecar import Content, merge
from facesorter.exchange.xmp_document import SPACES, Document, tag
from tests.support.sidecars import DIGIKAM, FOREIGN

ROUNDS = 10
KILLS = 100
SIZE = (600, 400)
MANAGED = (
    *("xmp:Rating", "MicrosoftPhoto:Rating", "MicrosoftPhoto/:Rating", "dc:title"),
    *("dc:description", "tiff:ImageDescription", "exif:UserComment", "exif:DateTimeOriginal"),
    *("photoshop:DateCreated", "dc:subject", "lr:hierarchicalSubject", "digiKam:TagsList"),
    *("Iptc4xmpExt:PersonInImage", "mwg-rs:Regions", "MP:RegionInfo", "facesorter:Written"),
)
"""What facesorter may write; all else must stay to the letter."""
IN_EXIFTOOL = re.compile(
    r"^(SourceFile|ExifTool:|System:|File:|XMP-facesorter:|XMP-(xmp|microsoft):Rating|XMP-dc:(Title|"
    r"Description|Subject)|XMP-tiff:ImageDescription|XMP-exif:(UserComment|DateTimeOriginal)|"
    r"XMP-photoshop:DateCreated|XMP-lr:HierarchicalSubject|XMP-digiKam:TagsList|"
    r"XMP-iptcExt:PersonInImage|XMP-mwg-rs:RegionInfo|XMP-MP:RegionInfoMP)"
)
LISTS = ("XMP-dc:Subject", "XMP-lr:HierarchicalSubject", "XMP-digiKam:TagsList")

CHILD = """
import sys, itertools
from pathlib import Path
from facesorter.domain import Given, NamedRegion, PhotoStatus, Photo, Region
from facesorter.exchange.sidecar import Content
from facesorter.exchange import sidecar, xmp_document
from facesorter.library import sidecars
path = Path(sys.argv[1])
name = str(path.with_suffix(""))
photo = Photo(1, 1, name, PhotoStatus.ANALYSED, None, 1, 1, "a", 600, 400, "", "", False, 0)
print("ready", flush=True)
for n in itertools.count():
    people = (NamedRegion(f"Anna {n}", Region(.1, .1, .2, .2)),)
    content = Content(people, Given(n % 6), size=(600, 400))
    report = sidecars.run([sidecars.Sidecar(photo, path, content)], sidecars.Options())
    assert not report.failed, report.failed
"""


def canonical(root: etree._Element) -> bytes:
    out = io.BytesIO()
    root.getroottree().write_c14n(out)
    return out.getvalue()


def text_of(data: bytes) -> str:
    for code in ("utf-16", "utf-8-sig"):
        if code != "utf-16" or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return re.sub(r"^\s*<\?xml .*?\?>", "", data.decode(code))
    return ""


def unmanaged(data: bytes) -> list[bytes]:
    """Everything that facesorter must not touch, in order, as canonical XML."""
    root = etree.fromstring(text_of(data).encode(), etree.XMLParser(huge_tree=False))
    names = {tag(name) for name in MANAGED}
    found = [
        etree.tostring(each, with_tail=False)
        for each in root.iter(etree.Comment, etree.ProcessingInstruction)
    ]
    for each in (*root.xpath("preceding::comment()|preceding::processing-instruction()"),):
        found.append(etree.tostring(each, with_tail=False))
    for description in root.iter(f"{{{SPACES['rdf']}}}Description"):
        owner = description.getparent()
        if owner is None or owner.tag != tag("rdf:RDF"):
            continue
        found += [
            f"{key}={value}".encode()
            for key, value in sorted(description.attrib.items())
            if key not in names and key != tag("rdf:about")
        ]
        for child in description.iterchildren(etree.Element):
            if child.tag not in names:
                found.append(etree.tostring(child, method="c14n", exclusive=True, with_tail=False))
    return found


def exiftool(data: bytes, folder: Path) -> dict[str, Any]:
    path = folder / "read.xmp"
    path.write_bytes(data)
    done = subprocess.run(
        ["exiftool", "-struct", "-j", "-G1", "-a", path], capture_output=True, check=True
    )
    return dict(json.loads(done.stdout)[0])


def exiv2(data: bytes, folder: Path) -> list[str]:
    path = folder / "read.xmp"
    path.write_bytes(data)
    done = subprocess.run(
        ["exiv2", "-q", "-PXkv", path], capture_output=True, check=False, text=True
    )
    return [] if done.returncode not in (0, 253) else done.stdout.splitlines()


def lost_in(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What exiftool read before and doesn't read now."""
    lost = [
        key
        for key, value in before.items()
        if not IN_EXIFTOOL.match(key) and after.get(key) != value
    ]
    for key in LISTS:
        old, new = before.get(key, []), after.get(key, [])
        old, new = (each if isinstance(each, list) else [each] for each in (old, new))
        lost += [f"{key}: {item}" for item in old if item and item not in new]
    old = before.get("XMP-mwg-rs:RegionInfo", {}).get("RegionList", [])
    new = after.get("XMP-mwg-rs:RegionInfo", {}).get("RegionList", [])
    for region in old if isinstance(old, list) else [old]:
        alike = (
            [each for each in new if region.items() - {("Name", "")} <= {**each}.items()]
            if (all(not isinstance(value, dict | list) for value in region.values()))
            else [
                each for each in new if all(each.get(k) == v for k, v in region.items() if v != "")
            ]
        )
        lost += [] if alike else [f"region {region.get('Name')}"]
    return lost


def round_of(number: int) -> Content:
    """What is said in one round."""
    people = [
        NamedRegion("Anna" if number % 3 else "Anna Müller", Region(0.1, 0.1, 0.2, 0.3)),
        NamedRegion("Tom", Region(0.45, 0.6, 0.1, 0.1)),
        NamedRegion("Dora", Region(0.1, 0.7, 0.2, 0.2)),
    ]
    return Content(
        tuple(people[: number % 4]),
        Given(number % 6, f"Title {number}" if number % 2 else None, "" if number % 5 else "C"),
        ("Holiday", "Ünïcode")[: number % 3],
        "1999-05" if number % 2 else None,
        1,
        SIZE,
    )


def rounds(name: str, data: bytes, folder: Path) -> list[str]:
    """Return what was wrong after any round."""
    wrong = []
    seen, kept, root = exiftool(data, folder), unmanaged(data), canonical_of(data)
    after = data
    for number in range(1, ROUNDS + 1):
        after = merge(after, round_of(number)).data
        wrong += [f"round {number}: lost {each}" for each in lost_in(seen, exiftool(after, folder))]
        if unmanaged(after) != kept:
            wrong.append(f"round {number}: XML differs")
        if exiv2(data, folder) and not exiv2(after, folder):
            wrong.append(f"round {number}: exiv2 can't read it")
    back = merge(after, Content(size=SIZE)).data
    if canonical_of(back) != root:
        wrong.append("taken back: canonical XML differs")
    if Document(back).bytes() != back:
        wrong.append("not stable")
    print(f"{name}: {len(kept)} foreign parts, {'ok' if not wrong else wrong[:3]}")
    return wrong


def canonical_of(data: bytes) -> bytes:
    return canonical(etree.fromstring(text_of(data).encode()))


def killed(folder: Path) -> list[str]:
    """Kill a process that writes a sidecar, and look what is left each time."""
    path, wrong, random_ = folder / "a.jpg.xmp", [], random.Random(7)
    path.write_bytes(DIGIKAM.encode())
    states: set[str] = set()
    for number in range(KILLS):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, path], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
        time.sleep(random_.uniform(0, 0.3))
        child.kill()
        child.wait()
        child.stdout.close()
        try:
            document = Document(path.read_bytes())
        except (OSError, ValueError) as error:
            wrong.append(f"kill {number}: {error}")
            continue
        states.add(document.text("facesorter:Written") or "")
        if "Rome" not in document.items("dc:subject"):
            wrong.append(f"kill {number}: foreign keyword lost")
    backup = path.with_name(path.name + ".backup")
    if backup.read_bytes() != DIGIKAM.encode():
        wrong.append("the backup isn't the sidecar as it was")
    left = len(list(folder.glob(".*.partial")))
    print(f"{KILLS} kills: {len(states)} different states, {left} temporary files, {wrong or 'ok'}")
    return wrong


def main() -> int:
    sources = dict(FOREIGN)
    for folder in sys.argv[1:]:
        sources |= {str(path): path.read_bytes() for path in sorted(Path(folder).rglob("*.xmp"))}
    wrong = []
    with tempfile.TemporaryDirectory() as made:
        for name, data in sources.items():
            try:
                merge(data, Content())
            except ValueError as error:
                print(f"{name}: refused, left as it is ({error})")
                continue
            wrong += rounds(name, data, Path(made))
        wrong += killed(Path(made))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
