"""Everything the user said, out of one library and into an empty one over the same photos.

``python -m tests.benchmarks.names_out_and_in FOLDER [PEOPLE]`` takes PEOPLE of FOLDER, which has
one folder of photos per person, as copies in all eight orientations, and analyzes them with the
bundled pack. It names the people, draws faces, gives dates, stars, words, tags and albums; then

- ``dump`` and ``load``, as JSON and as CSV, into empty libraries that analyzed the same photos,
  once where they were and once in another folder with other names;
- sidecars of all photos, read by ``exiftool`` and ``exiv2`` and compared with the library, and
  brought into an empty library by ``import``.

It prints what was lost, kind by kind. Exit code 1 if anything was.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from PIL import Image

from facesorter.app.services import Services
from facesorter.domain import FaceId, NamedRegion, PersonId, Region
from facesorter.exchange import region_frames
from facesorter.faces.analyzer import describe_region
from facesorter.library import dumps, export, queries, sidecars
from facesorter.library.decisions import boxes, corrections, dates, descriptions, details, labels
from facesorter.library.scanning import folders
from facesorter.storage import faces as face_rows
from tests.support.corners import INVERSE

PEOPLE = 20
SAME = 0.95


def copies(source: Path, to: Path, people: int) -> None:
    """Copy photos so that each orientation shows the same picture."""
    number = 0
    folders_ = sorted(each for each in source.iterdir() if each.is_dir())
    folders_.sort(key=lambda each: -len(list(each.iterdir())))
    for person in folders_[:people]:
        for path in sorted(person.glob("*.jpg"))[:8]:
            orientation = number % 8 + 1
            number += 1
            tags = Image.Exif()
            tags[0x0112] = orientation
            with Image.open(path) as image:
                upright = image.convert("RGB")
            stored = upright if (turn := INVERSE[orientation]) is None else upright.transpose(turn)
            target = to / person.name / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            stored.save(target, quality=92, exif=tags)


def opened(folder: Path, photos: Path) -> Services:
    services = Services(folder / "library", folder / "cache", watch=False)
    services.start().result(120)
    services.submit(folders.add, str(photos)).result(120)
    services.wait_idle()
    return services


def decide(services: Services) -> None:
    """Say something of everything."""
    connection = services.reader()
    by_folder: dict[str, list[FaceId]] = {}
    photos = queries.photos(connection, queries.photo_ids(connection))
    for photo in photos:
        largest = max(
            face_rows.of_photo(connection, photo.id), key=lambda f: f.region.w, default=None
        )
        if largest is not None:
            by_folder.setdefault(Path(photo.path).parent.name, []).append(largest.id)
    for name, faces in by_folder.items():
        services.submit(corrections.move_to_new_person, faces, name.replace("_", " ")).result(60)
    ids = [photo.id for photo in photos]
    (person,) = services.reader().execute("SELECT min(id) FROM person WHERE name > ''").fetchone()
    facts = details.Facts(birth_date="1956-07", notes="Zeile\nзаметка")
    services.submit(details.set_details, PersonId(person), facts).result(60)
    for stars in range(6):
        services.submit(descriptions.rate, ids[stars::6], stars).result(60)
    services.submit(
        descriptions.describe, ids[::3], title="Über uns", caption="A\n“B” & <C>"
    ).result(60)
    services.submit(dates.give, dict.fromkeys(ids[::4], "1999-05")).result(60)
    services.submit(labels.add_tag, "Sommer/Fest", ids[::5]).result(60)
    services.submit(labels.set_favourite, ids[::7]).result(60)
    analyzer, _ = services.pipeline.ready()
    for photo in photos[:10]:
        region = Region(0.02, 0.02, 0.1, 0.12)
        face = describe_region(Path(photo.path), region, analyzer)
        services.submit(boxes.draw, photo.id, face, analyzer.sha256, None, "Drawn by hand").result(
            60
        )


def decisions(services: Services) -> Counter[str]:
    """All that the user said, as lines that two libraries share; photos by content."""
    found: Counter[str] = Counter()
    connection = services.reader()
    for digest, name, *box in connection.execute(
        "SELECT content_hash, name, x, y, w, h FROM face JOIN photo ON photo.id = photo_id "
        "JOIN person ON person.id = person_id WHERE state = 'confirmed'"
    ):
        kind = "face" if name else "unnamed"  # whom a split left over
        found[f"{kind} {digest} {name} {[round(each, 3) for each in box]}"] += 1
    for row in connection.execute(
        "SELECT content_hash, given_date, rating, title, caption, favourite FROM photo"
    ):
        for kind, value in zip(
            ("date", "stars", "title", "caption", "favourite"), row[1:], strict=True
        ):
            if value:
                found[f"{kind} {row[0]} {value}"] += 1
    for row in connection.execute(
        "SELECT content_hash, name FROM photo_tag JOIN tag ON tag.id = tag_id "
        "JOIN photo ON photo.id = photo_id"
    ):
        found[f"tag {row}"] += 1
    for row in connection.execute("SELECT name, birth_date, notes FROM person WHERE name > ''"):
        found[f"person {row}"] += 1
    return found


def read(services: Services) -> Counter[str]:
    """What the sidecars say of photos, as the library reads it."""
    found: Counter[str] = Counter()
    for digest, taken, taken_from, stars, title, caption, words in services.reader().execute(
        "SELECT content_hash, taken_at, taken_from, info.rating, info.title, info.caption, "
        "info.keywords FROM photo JOIN photo_info info ON photo_id = photo.id"
    ):
        known = (("stars", stars), ("title", title), ("caption", caption))
        for kind, value in (*known, ("date", taken if taken_from == "sidecar" else None)):
            if value:
                found[f"{kind} {digest} {value}"] += 1
        for word in (words or "").split("\n"):
            found[f"tag {(digest, word)}"] += 1
    return found


def shown(facts: Counter[str]) -> Counter[str]:
    """What sidecars have room for; boxes to a hundredth, as both round."""
    found: Counter[str] = Counter()
    for line in facts.elements():
        if line.startswith("face "):
            head, _, box = line.partition("[")
            found[head + str([round(float(each), 2) for each in box.rstrip("]").split(",")])] += 1
        elif not line.startswith(("favourite ", "person ", "unnamed ")):
            found[line] += 1
    return found


def loaded(services: Services, path: Path) -> Counter[str]:
    plan = dumps.plan(services.reader(), path)
    analyzer, _ = services.pipeline.ready()

    def look(photo: Path, region: Region, _: int | None) -> Any:
        return describe_region(photo, region, analyzer)

    described = dumps.describe(services.reader(), plan, look)
    services.submit(dumps.apply, plan, described, analyzer.sha256).result(120)
    services.wait_idle()
    return decisions(services)


def lost(name: str, before: Counter[str], after: Counter[str]) -> int:
    kinds = Counter(line.split()[0] for line in before.elements())
    gone = Counter(line.split()[0] for line in (before - after).elements())
    parts = ", ".join(f"{kind} {kinds[kind] - gone[kind]}/{kinds[kind]}" for kind in kinds)
    print(f"{name}: {parts}")
    return gone.total()


def wrong_sidecars(services: Services, folder: Path) -> int:
    """Write sidecars of all photos, and compare what exiftool and exiv2 read with the library."""
    connection = services.reader()
    ids = queries.photo_ids(connection)
    options = sidecars.Options(folder, dates=True)
    planned = sidecars.plan(connection, ids, options)
    began = time.monotonic()
    report = sidecars.run(planned, options)
    took = time.monotonic() - began
    print(f"{len(report.written)} sidecars written in {took:.1f} s, {len(report.failed)} failed")
    out = subprocess.run(
        ["exiftool", "-struct", "-j", "-r", "-ext", "xmp", folder], capture_output=True, check=True
    )
    read = {Path(each["SourceFile"]): each for each in json.loads(out.stdout)}
    regions = export.named_regions(connection, ids, sure=False)
    wrong, faces, least = [], 0, 1.0
    for each in planned:
        found, about = read.get(each.path, {}), each.content
        there = [
            NamedRegion(
                region["Name"],
                region_frames.upright(
                    Region(
                        float(region["Area"]["X"]) - float(region["Area"]["W"]) / 2,
                        float(region["Area"]["Y"]) - float(region["Area"]["H"]) / 2,
                        float(region["Area"]["W"]),
                        float(region["Area"]["H"]),
                    ),
                    about.orientation,
                ),
            )
            for region in found.get("RegionInfo", {}).get("RegionList", [])
        ]
        for person in regions.get(each.photo.id, ()):
            overlap = max(
                (t.region.overlap(person.region) for t in there if t.name == person.name),
                default=0.0,
            )
            faces, least = faces + 1, min(least, overlap)
            if overlap < SAME:
                wrong.append(f"{each.path}: {person.name} {overlap:.3f}")
        size = found.get("RegionInfo", {}).get("AppliedToDimensions", {})
        with Image.open(each.photo.path) as image:
            if there and (size.get("W"), size.get("H")) != image.size:
                wrong.append(f"{each.path}: size {size}, {image.size}")
        if about.given.rating is not None and found.get("Rating") != about.given.rating:
            wrong.append(f"{each.path}: rating {found.get('Rating')}")
        for key, value in (("Title", about.given.title), ("Description", about.given.caption)):
            if value and found.get(key) != value:
                wrong.append(f"{each.path}: {key} {found.get(key)!r}")
        if about.date and not str(found.get("DateTimeOriginal", "")).startswith("1999:05"):
            wrong.append(f"{each.path}: date {found.get('DateTimeOriginal')}")
    for each in planned[:50]:
        shown = subprocess.run(
            ["exiv2", "-PXkv", each.path], capture_output=True, text=True, check=False
        )
        names = {person.name for person in regions.get(each.photo.id, ())}
        if shown.returncode or not all(name in shown.stdout for name in names):
            wrong.append(f"{each.path}: exiv2 {shown.stderr[:80]}")
    print(f"exiftool: {faces} faces, least overlap {least:.4f}; {len(wrong)} wrong {wrong[:3]}")
    return len(wrong) + len(report.failed)


def main() -> int:
    source, people = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else PEOPLE
    bad = 0
    with tempfile.TemporaryDirectory() as made:
        base = Path(made)
        copies(source, base / "photos", people)
        first = opened(base / "first", base / "photos")
        decide(first)
        before = decisions(first)
        print(f"{len(queries.photo_ids(first.reader()))} photos, {before.total()} facts")
        dumps.write(first.reader(), base / "all.json")
        dumps.write(first.reader(), base / "all", as_csv=True)
        bad += wrong_sidecars(first, base / "sidecars")
        first.stop(60)
        second = opened(base / "second", base / "photos")
        bad += lost("JSON, same folder", before, loaded(second, base / "all.json"))
        second.stop(60)
        moved = base / "moved"
        for number, path in enumerate(sorted((base / "photos").rglob("*.jpg"))):
            target = moved / f"{number % 7}" / f"img {number}.jpg"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
        third = opened(base / "third", moved)
        bad += lost("CSV, moved and renamed", before, loaded(third, base / "all"))
        third.stop(60)
        beside = base / "sidecars" / "photos"
        shutil.copytree(base / "photos", beside, dirs_exist_ok=True)
        fourth = opened(base / "fourth", beside)
        fourth.stop(60)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "facesorter", "import", "--embedded", "--json"),
                *("--library", base / "fourth" / "library"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        print("import:", done.stdout[:200], done.stderr[-300:])
        fourth = opened(base / "fourth", beside)
        bad += lost("sidecars, import", shown(before), shown(decisions(fourth) + read(fourth)))
        fourth.stop(60)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
