"""Who is in a video, and when: appearances, cuts, cancelling."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from facesorter.cancel import Cancelled, CancelToken
from facesorter.faces.analyzer import KnownFaces
from facesorter.faces.reembed import look_at
from facesorter.faces.tracking import MOST_FACES
from facesorter.faces.video_analyzer import analyse_video
from facesorter.files import content_hash
from facesorter.images import decoders
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


def test_nobody_is_looked_for_in_the_moving_part_of_a_photo(tmp_path: Path) -> None:
    part = draw_video(tmp_path / "clip.avi", (((1,), 2.0),)).rename(tmp_path / "IMG_1.MOV")
    alone = analyse_video(part, FakeAnalyzer())
    assert alone.faces
    (tmp_path / "IMG_1.HEIC").write_bytes(b"a still")
    found = analyse_video(part, FakeAnalyzer())
    assert found.error is None and found.searched and found.duration == alone.duration
    assert found.faces == () and (found.width, found.height) == (alone.width, alone.height)
    # What the user decided on is described as ever.
    known = KnownFaces(alone.content_hash, [alone.faces[0].region], moments=[alone.faces[0].moment])
    assert analyse_video(part, FakeAnalyzer(), known=known).faces


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


def test_an_interrupted_search_goes_on(clip: Path, tmp_path: Path) -> None:
    token, counting = CancelToken(), FakeAnalyzer(noise=0.2)
    whole = analyse_video(clip, counting)
    all_samples = counting.photos

    def stop(share: float) -> None:
        if share > 0.5:
            token.cancel()

    with pytest.raises(Cancelled):
        analyse_video(clip, FakeAnalyzer(noise=0.2), notes=tmp_path, token=token, progress=stop)
    assert list(tmp_path.iterdir())
    rest = FakeAnalyzer(noise=0.2)
    again = analyse_video(clip, rest, notes=tmp_path)
    assert rest.photos < 0.6 * all_samples
    # The frames in which a cut is noticed differ by a few.
    pairs = zip(again.faces, whole.faces, strict=True)
    assert all(abs((a.moment or 0) - (b.moment or 0)) <= 250 for a, b in pairs)
    assert not list(tmp_path.iterdir()), "notes are left over"
    other = FakeAnalyzer(name="other", dimension=64)
    assert len(analyse_video(clip, other, notes=tmp_path).faces[0].embedding) == 64


@pytest.mark.skipif(sys.platform == "win32", reason="uses signals")
def test_a_killed_decoder_costs_no_video(clip: Path) -> None:
    """The search goes on after the last frame that was looked at, with another process."""
    whole, killed = FakeAnalyzer(noise=0.2), FakeAnalyzer(noise=0.2)
    shares: list[float] = []

    def kill(share: float) -> None:
        if share > 0.3 * (len(shares) + 1):
            shares.append(share)
            for pid in decoders.pids():
                os.kill(pid, signal.SIGKILL)

    expected = analyse_video(clip, whole)
    found = analyse_video(clip, killed, progress=kill)
    assert len(shares) == 3 and found.error is None and found.duration == expected.duration
    pairs = zip(found.faces, expected.faces, strict=True)
    assert all(abs((a.moment or 0) - (b.moment or 0)) <= 250 for a, b in pairs)
    assert killed.photos < 1.2 * whole.photos


def test_another_pack_looks_at_the_same_moments(clip: Path) -> None:
    known = analyse_video(clip, FakeAnalyzer()).faces
    regions, moments = [f.region for f in known], [f.moment for f in known]
    other, digest = FakeAnalyzer(name="other", dimension=64), content_hash(clip)
    again = look_at(clip, digest, regions, other, moments=moments)
    assert again is not None and not again.missed
    for before, now in zip(known, again.faces, strict=True):
        assert len(now.embedding) == 64 and now.region.is_at(before.region)
