"""Videos in the library: a frame is what a photo is, and faces keep their moments."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from facesorter.app import model_switch
from facesorter.cli import main as cli
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


def test_faces_are_drawn_on_frames(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    library, analyzer = tmp_path / "library", FakeAnalyzer(noise=0.2)
    monkeypatch.setattr(model_switch, "load_analyzer", lambda *_: analyzer)
    with at_work(library, analyzer, root) as services:
        services.rescan()
        assert services.pipeline.wait_idle(60)
        clip = str(root / "clip.avi")
        found = services.reader().execute(
            "SELECT x, y, w, h, moment FROM face WHERE x > 0.4 AND moment IS NOT NULL "
            "AND photo_id = (SELECT id FROM photo WHERE relpath = 'clip.avi') ORDER BY moment"
        )
        *box, moment = found.fetchall()[0]  # an open cursor would hold the log

    def run(*words: object) -> tuple[int, str]:
        code = cli.main([*map(str, words), "--library", str(library), "--json"])
        output = capsys.readouterr()
        return code, output.out + output.err

    place = [f"{value:.4f}" for value in box]
    assert "already a face there" in run("draw", clip, *place, "--at", moment / 1000)[1]
    assert "in which second" in run("draw", clip, *place)[1]
    assert "left out" in run("draw", root / "0.jpg", *place, "--at", 3)[1]
    # A quarter of a second later it is another frame of the same person.
    code, output = run("draw", clip, *place, "--at", moment / 1000 + 0.3, "--name", "Zoe")
    assert code == 0
    made = json.loads(output)["face_id"]
    run("redraw", made, 0.5, 0.5, 0.3, 0.3)
    dump = tmp_path / "said.json"
    run("dump", dump)
    shown = [face for face in json.loads(dump.read_text())["faces"] if face["origin"] == "drawn"]
    assert {face["moment"] for face in shown} == {moment + 300}
    # In a library that never saw them, they are described at their moment.
    other = tmp_path / "other"
    with at_work(other, analyzer, root) as services:
        services.rescan()
        assert services.pipeline.wait_idle(60)
    library = other
    assert run("load", dump)[0] == 0
    run("faces", "--person", "Zoe")
    known = sqlite3.connect(other / "library.db").execute(
        "SELECT moment, round(x, 2), origin FROM face WHERE state = 'confirmed'"
    )
    assert known.fetchall() == [(moment + 300, 0.5, "drawn")]
