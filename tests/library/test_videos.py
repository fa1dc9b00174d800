"""Videos in the library: a frame is what a photo is, and faces keep their moments."""

from __future__ import annotations

from pathlib import Path

import pytest

from facesorter.faces.video_analyzer import analyse_video
from facesorter.library import grouping, queries
from facesorter.library.scanning import record
from facesorter.library.search import search
from tests.app.album import at_work
from tests.fakes import FakeAnalyzer, draw_photo, draw_video


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "Photos"
    for number in range(3):
        draw_photo(folder / f"{number}.jpg", [1], number=number)
    draw_video(folder / "clip.avi", [([1], 4.0), ([1, 300], 5.0)])
    draw_video(folder / "short.mp4", [([300], 2.0)])
    return folder


def test_people_of_a_video_are_with_their_photos(root: Path, tmp_path: Path) -> None:
    library = tmp_path / "library"
    with at_work(library, FakeAnalyzer(noise=0.2), root, refresh=True) as services:
        services.rescan()
        services.wait_idle()
        reader = services.reader()
        counts = queries.counts(reader)
        assert (counts.photos, counts.videos, counts.problems) == (5, 2, 0)
        rows = reader.execute(
            "SELECT relpath, moment, person_id FROM face JOIN photo ON photo.id = photo_id"
        ).fetchall()
        of_photos = {person for path, _, person in rows if path.endswith(".jpg")}
        in_video = [row for row in rows if row[0] == "clip.avi"]
        assert len(of_photos) == 1 and None not in of_photos
        # Two moments of a video may show one person, and one moment never does.
        there = [moment for _, moment, person in in_video if person in of_photos]
        assert len(there) >= 2 and len(there) == len(set(there))
        others = {person for _, moment, person in in_video if person not in of_photos}
        assert len(others) == 1
        ids = {path: photo for path, photo in reader.execute("SELECT relpath, id FROM photo")}
        videos = {ids["clip.avi"], ids["short.mp4"]}
        assert set(search.photo_ids(reader, "video")) == videos
        assert search.photo_ids(reader, "length>5s") == [ids["clip.avi"]]
        assert set(search.photo_ids(reader, "not video")) == set(ids.values()) - videos


def test_an_analysis_again_keeps_what_was_said(root: Path, tmp_path: Path) -> None:
    library, analyzer = tmp_path / "library", FakeAnalyzer(noise=0.2)
    with at_work(library, analyzer, root) as services:
        services.rescan()
        services.wait_idle()
        reader = services.reader()
        (photo, size, mtime) = reader.execute(
            "SELECT id, size, mtime_ns FROM photo WHERE relpath = 'clip.avi'"
        ).fetchone()
        before = reader.execute(
            "SELECT id, moment FROM face WHERE photo_id = ? ORDER BY id", (photo,)
        ).fetchall()
        seen = analyse_video(root / "clip.avi", analyzer)
        model = reader.execute("SELECT id FROM model").fetchone()[0]
        services.submit(record.analysed, photo, size, mtime, seen, model).result(60)
        after = services.reader().execute(
            "SELECT id, moment FROM face WHERE photo_id = ? ORDER BY id", (photo,)
        )
        assert after.fetchall() == before
        taken = grouping.snapshot(services.reader())
        assert taken is not None
        assert len(set(taken.photo_ids.tolist())) > 5, "frames count as one photo"
