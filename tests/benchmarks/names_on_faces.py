"""Bring in names from a photo in every orientation, format, place and convention; judge each face.

    .venv/bin/python -m tests.benchmarks.names_on_faces [FORMAT ...]

The photo's true faces are those that the analyzer finds in it upright. The files are those of
`tests.benchmarks.oriented_regions`. They are scanned into a library, their names are brought in as
by a user, and each name must then be on the face that overlaps the true one. Prints for each
format: files, names on the right face, on a wrong one, missing, drawn faces, and the least overlap
of a brought-in region, as it was understood, with the true one.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from facesorter.app.model_switch import load_analyzer
from facesorter.app.services import Services
from facesorter.domain import FaceOrigin, FaceState, NamedRegion, Region
from facesorter.images import decode
from facesorter.library.name_import import photo_verdicts
from facesorter.library.name_import.matching import Seen, place
from facesorter.library.scanning import folders
from facesorter.settings import Settings
from facesorter.storage import faces as face_rows
from facesorter.storage import photos as photo_rows
from tests import photos
from tests.benchmarks.oriented_regions import FORMS, Made, make, possible

NAMES = ("Anna Müller", "李 “Ben” O'Neil", "Clara", "David", "Eve", "Fritz")


def true_faces(path: Path) -> list[NamedRegion]:
    """Return the faces that the analyzer finds, from left to right, with names."""
    analyzer = load_analyzer(Settings())
    picture = decode.load_upright(path.read_bytes(), long_side=1280)
    found = sorted(analyzer.analyse(picture.pixels), key=lambda face: face.region.x)
    return [NamedRegion(n, face.region) for n, face in zip(NAMES, found, strict=False)]


def bring_in(services: Services, folder: Path) -> None:
    """Scan a folder and use the names in and beside its photos."""
    services.submit(folders.add, str(folder)).result()
    services.wait_idle()
    names = services.names.read([folder])
    services.names.use(names)
    services.names.apply()


def judge(services: Services, made: Sequence[Made]) -> str:
    """Return a line of the table."""
    right = wrong = missing = drawn = 0
    least = 1.0
    connection = services.reader()
    places = photo_rows.paths(connection, connection_ids(services))
    by_path = {Path(path): photo_id for photo_id, path in places.items()}
    for each in made:
        known = face_rows.of_photo(connection, by_path[each.photo])
        drawn += sum(
            face.origin is FaceOrigin.DRAWN and face.state is not FaceState.IGNORED
            for face in known
        )
        for true in each.faces:
            named = [face for face in known if face.name == true.name]
            if not named:
                missing += 1
            elif all(face.region.is_at(true.region) for face in named):
                right += 1
            else:
                wrong += 1
        least = min(least, understood(services, each, by_path[each.photo]))
    count = len(made) * len(made[0].faces)
    return f"{len(made):6}{f'{right}/{count}':>12}{wrong:7}{missing:9}{drawn:7}{least:15.5f}"


def connection_ids(services: Services) -> list[int]:
    """Return all photos."""
    return [row[0] for row in services.reader().execute("SELECT id FROM photo")]


def understood(services: Services, made: Made, photo_id: int) -> float:
    """Return the least overlap of a region, read and turned as by the import, with the true one."""
    connection = services.reader()
    ((_, orientation, width, height),) = photo_rows.frames(connection, [photo_id])
    rows = services.names.read([made.sidecar or made.photo]).gathered.rows
    rows = tuple(row for row in rows if row.photo_id == photo_id)
    least = 1.0
    shown = [face.region for face in face_rows.of_photo(connection, photo_id)]
    for source in {row.source for row in rows}:
        regions = [photo_verdicts.as_region(row) for row in rows if row.source == source]
        found = place(regions, Seen(shown, orientation, width, height))
        for region, where in zip(regions, found.regions, strict=True):
            true = next(face.region for face in made.faces if face.name == region.name)
            least = min(least, true.overlap(where or Region(0, 0, 0, 0)))
    return least


def main() -> None:
    """Print the table."""
    forms = possible(sys.argv[1:] or FORMS)
    faces = true_faces(photos.six_people())
    assert len(faces) >= 4
    with tempfile.TemporaryDirectory() as scratch, Image.open(photos.six_people()) as image:
        made = make(Path(scratch) / "photos", image.convert("RGB"), faces, forms)
        services = Services(Path(scratch) / "library", Path(scratch) / "cache", watch=False)
        services.refresher.enabled = False
        services.pipeline.searches = False
        try:
            services.start().result()
            bring_in(services, Path(scratch) / "photos")
            print("format   files       right  wrong  missing  drawn  least overlap")
            for form in forms:
                print(f"{form:8}", judge(services, [m for m in made if m.form == form]), flush=True)
        finally:
            services.stop(None)


if __name__ == "__main__":
    main()
