"""Copies of videos are unchanged, and don't tell a place that was to be left out."""

from __future__ import annotations

from pathlib import Path

from facesorter.images.copy_options import CopyFormat, CopyOptions
from facesorter.library import export, queries
from tests.app.album import at_work
from tests.fakes import FakeAnalyzer, draw_video


def test_videos_are_copied_as_they_are(tmp_path: Path) -> None:
    root = tmp_path / "Photos"
    root.mkdir()
    clip = draw_video(root / "clip.avi", [([1], 1.0)])
    with at_work(tmp_path / "library", FakeAnalyzer(), root) as services:
        services.rescan()
        services.wait_idle()
        photo = queries.photos(services.reader(), [1])[0]
    assert photo.is_video
    for location in (True, False):
        options = CopyOptions(format=CopyFormat.JPEG, location=location)
        folder = tmp_path / str(location)
        taken = export._Names()
        try:
            made = export._make(export.Copy(photo, (), "clip"), folder, options, taken)
        except export.UnreadablePhoto:
            assert not location
        else:
            assert location and made.name == "clip.avi"
            assert made.read_bytes() == clip.read_bytes()
