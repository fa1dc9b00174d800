"""Who is in a video, and when: appearances, cuts, cancelling."""

from __future__ import annotations

from pathlib import Path

import pytest

from facesorter.cancel import Cancelled, CancelToken
from facesorter.faces.analyzer import KnownFaces
from facesorter.faces.tracking import MOST_FACES
from facesorter.faces.video_analyzer import analyse_video
from facesorter.images.thumbnails import Kind, ThumbnailCache, face_key, photo_key
from tests.fakes import FakeAnalyzer, draw_video

SHOTS = (((1,), 6.0), ((200,), 0.4), ((1, 300), 3.0), ((), 4.0), ((300,), 2.0))
SEEN = {1: [(0, 6), (6.4, 9.4)], 200: [(6, 6.4)], 300: [(6.4, 9.4), (13.4, 15.4)]}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_video(tmp_path_factory.mktemp("clips") / "clip.avi", SHOTS)


def test_everybody_is_found_when_they_are_there(clip: Path) -> None:
    analyzer = FakeAnalyzer(noise=0.2)
    found = analyse_video(clip, analyzer)
    assert found.error is None and found.duration == 15_400 and found.searched
    directions = {person: analyzer.embedding(person, 0) for person in SEEN}
    who = [
        (max(directions, key=lambda each: float(face.embedding @ directions[each])), face.moment)
        for face in found.faces
    ]
    assert {person for person, _ in who} == set(SEEN)
    for person, moment in who:
        assert moment is not None
        assert any(a - 0.1 <= moment / 1000 <= b + 0.1 for a, b in SEEN[person]), (person, moment)
    # One appearance of a person may go on through a cut.
    for person, times in SEEN.items():
        assert 1 <= sum(each == person for each, _ in who) <= MOST_FACES * len(times)
    moments = [face.moment for face in found.faces]
    assert moments == sorted(moments, key=lambda each: each or 0)


def test_poster_and_crops_are_kept(clip: Path, tmp_path: Path) -> None:
    cache = ThumbnailCache(tmp_path)
    version = (7, 1, 2)
    found = analyse_video(clip, FakeAnalyzer(), thumbnails=cache, version=version)
    assert cache.has(photo_key(*version), Kind.PHOTO)
    for face in found.faces:
        assert cache.has(face_key(*version, face.region, moment=face.moment), Kind.FACE)


def test_it_can_be_canceled(clip: Path) -> None:
    token = CancelToken()
    shares = []

    def stop(share: float) -> None:
        shares.append(share)
        if share > 0.3:
            token.cancel()

    with pytest.raises(Cancelled):
        analyse_video(clip, FakeAnalyzer(), token=token, progress=stop)
    assert shares == sorted(shares) and shares[-1] < 0.5


def test_a_known_face_is_described_again(clip: Path) -> None:
    before = analyse_video(clip, FakeAnalyzer())
    kept = before.faces[-1]
    known = KnownFaces(before.content_hash, [kept.region], moments=[kept.moment])
    again = analyse_video(clip, FakeAnalyzer(name="other", dimension=64), known=known)
    there = [f for f in again.faces if f.moment == kept.moment and f.region.is_at(kept.region)]
    assert len(there) == 1 and len(there[0].embedding) == 64


def test_a_broken_video_is_a_result(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    path.write_bytes(b"\x1aE\xdf\xa3" + bytes(200))
    found = analyse_video(path, FakeAnalyzer())
    assert found.error is not None and found.duration == 0 and found.content_hash
