"""Playback of videos: frames, the time line with its moments, and what can't be played."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from facesorter.domain import Face, FaceId, FaceOrigin, FaceState, PhotoId, Region
from facesorter.gui.i18n import words
from facesorter.gui.photo.video import SKIP, VideoBar, VideoPlayer, faces_at
from tests.fakes import draw_video

WAIT = 60_000

pytestmark = pytest.mark.qt_log_ignore(
    # Of a computer without sound and graphics, and of a broken file.
    "propagateSizeHints",
    "pipewire",
    "PulseAudio",
    "RHI",
    "Could not open media",
)


def face(number: int, moment: int, name: str | None = None) -> Face:
    return Face(
        FaceId(number),
        PhotoId(1),
        Region(0.2, 0.2, 0.2, 0.2),
        ((0.0, 0.0),) * 5,
        0.9,
        0.9,
        FaceOrigin.DETECTED,
        FaceState.UNKNOWN,
        None,
        name,
        None,
        moment=moment,
    )


def test_qt_multimedia_is_loaded_by_playing_only() -> None:
    code = (
        "import sys; import facesorter.gui.window.main_window;"
        "assert not any('QtMultimedia' in name for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_video_plays_and_is_sought(qtbot: Any, tmp_path: Path) -> None:
    path = draw_video(tmp_path / "clip.mp4", [([1], 4.0), ([300], 8.0)])
    player = VideoPlayer()
    bar = VideoBar(player, lambda: None)
    qtbot.addWidget(bar)
    bar.show()
    frames: list[Any] = []
    player.frame.connect(frames.append)
    player.open(str(path), 12_000)
    assert not player.begun and not frames
    bar.play.click()
    qtbot.waitUntil(lambda: player.position > 0 and len(frames) > 1, timeout=WAIT)
    assert player.playing and frames[0].width() == 288
    bar.play.click()
    qtbot.waitUntil(lambda: not player.playing, timeout=WAIT)
    bar.seek.set_marks([face(1, 9_000, "Anna")])
    bar.moment_wanted.connect(player.seek)
    bar.seek.moment_wanted.emit(9_000)
    qtbot.waitUntil(lambda: abs(player.position - 9_000) < 500, timeout=WAIT)
    QTest.keyClick(bar.seek, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: abs(player.position - (9_000 - SKIP)) < 500, timeout=WAIT)
    QTest.keyClick(bar.seek, Qt.Key.Key_Down)
    assert player.volume == 90
    bar.mute.click()
    assert player.muted
    player.open(None)


def test_what_cannot_be_played_is_said(qtbot: Any, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"no video at all" * 100)
    asked: list[int] = []
    player = VideoPlayer()
    bar = VideoBar(player, lambda: asked.append(1))
    qtbot.addWidget(bar)
    bar.show()
    player.open(str(path), 5_000)
    player.play()
    qtbot.waitUntil(lambda: player.broken, timeout=WAIT)
    assert bar.message.isVisible() and not bar.seek.isVisible()
    bar.open_with.click()
    assert asked


def test_a_click_beside_a_mark_means_its_moment(qtbot: Any) -> None:
    player = VideoPlayer()
    bar = VideoBar(player, lambda: None)
    qtbot.addWidget(bar)
    bar.resize(900, 40)
    bar.seek.setRange(0, 60_000)
    bar.show()
    bar.seek.set_marks([face(1, 20_000, "Anna"), face(2, 40_000)])
    place = bar.seek._place(20_000)
    assert bar.seek.marks_near(place + 2) == [(20_000, "Anna")]
    assert bar.seek.marks_near(bar.seek._place(40_000)) == [(40_000, words.unnamed())]
    assert bar.seek.marks_near(place + 60) == []


def test_faces_are_those_of_the_moment() -> None:
    faces = [face(1, 1_000), face(2, 1_000), face(3, 1_400), face(4, 9_000)]
    assert [f.id for f in faces_at(faces, 1_050)] == [1, 2]
    assert [f.id for f in faces_at(faces, 1_350)] == [3]
    assert faces_at(faces, 5_000) == []
