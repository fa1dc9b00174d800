"""Drawing on the photo page: by mouse and by keys, zoomed, named, undone; boxes moved and sized."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtTest import QTest

from facesorter.app.services import Services
from facesorter.domain import FaceOrigin, FaceState, PhotoId, Region
from facesorter.faces.analyzer import FoundFace
from facesorter.gui.photo import box_grips
from facesorter.gui.photo.box_grips import Grip
from facesorter.gui.photo.page import PhotoPage
from facesorter.gui.window.main_window import MainWindow
from facesorter.library import queries
from tests.fakes import FakeAnalyzer, draw_video
from tests.gui.conftest import REGION, World, ask, move, person, press

Key, Modifier, Button = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton
WAIT = 60_000
FREE = Region(0.7, 0.1, 0.2, 0.3)
"""A place where the photos of the `world` have no face."""


class Watched(FakeAnalyzer):
    """Notes in which threads it looked, and waits when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: list[str] = []
        self.may = threading.Event()
        self.may.set()

    def analyse_regions(
        self, pixels: NDArray[np.uint8], regions: Sequence[Region]
    ) -> list[FoundFace]:
        self.threads.append(threading.current_thread().name)
        assert self.may.wait(20)
        return super().analyse_regions(pixels, regions)


@pytest.fixture
def analyzer() -> Watched:
    return Watched()


@pytest.fixture
def services(tmp_path: Path, analyzer: Watched) -> Iterator[Services]:
    made = Services(tmp_path / "library", tmp_path / "cache", watch=False, load=lambda: analyzer)
    yield made
    analyzer.may.set()
    assert made.stop(10)


@pytest.fixture
def page(qtbot: Any, window: MainWindow, world: World) -> PhotoPage:
    window.open_photo(world.photo_ids[4], list(world.photo_ids))
    found = window.photo
    qtbot.waitUntil(lambda: bool(found.view.faces) and not found.view._stand_in)
    return found


def drag(
    page: PhotoPage, start: QPointF, end: QPointF, modifier: Any = Modifier.NoModifier
) -> None:
    view = page.view
    QTest.mousePress(view, Button.LeftButton, modifier, start.toPoint())
    for share in (0.3, 0.7, 1.0):
        at = start + (end - start) * share
        move(view, at.toPoint(), Button.LeftButton, modifier)
    QTest.mouseRelease(view, Button.LeftButton, modifier, end.toPoint())


def corners(page: PhotoPage, region: Region) -> tuple[QPointF, QPointF]:
    place = page.view.editor.box_of(region)
    return place.topLeft(), place.bottomRight()


def faces(page: PhotoPage) -> list[Any]:
    assert page.photo is not None
    services = page._bridge.services
    ids = ask(services, queries.face_ids, photo_id=page.photo.id)
    found = ask(services, queries.faces, ids)
    return [face for face in found if face.state is not FaceState.IGNORED]


def near(region: Region, other: Region, by: float = 0.01) -> bool:
    pairs = ((region.x, other.x), (region.y, other.y), (region.w, other.w), (region.h, other.h))
    return all(abs(one - two) <= by for one, two in pairs)


def test_control_and_drag_draw_a_named_face(
    qtbot: Any, page: PhotoPage, window: MainWindow, analyzer: Watched, world: World
) -> None:
    view, editor = page.view, page.view.editor
    before = view.grab().toImage()
    start, end = corners(page, FREE)
    QTest.mousePress(view, Button.LeftButton, Modifier.ControlModifier, start.toPoint())
    move(page.view, end.toPoint(), Button.LeftButton, Modifier.ControlModifier)
    assert editor.draft is not None and near(editor.draft.region, FREE)
    assert view.grab().toImage() != before, "the band is seen while it is drawn"
    QTest.mouseRelease(view, Button.LeftButton, Modifier.ControlModifier, end.toPoint())
    assert page.naming.field is not None and page.naming.field.hasFocus()
    QTest.keyClicks(page.naming.field, "ann")
    qtbot.waitUntil(
        lambda: page.naming.field._list is not None and page.naming.field._list.isVisible()
    )
    press(page.naming.field, Key.Key_Down)
    press(page.naming.field, Key.Key_Return)
    qtbot.waitUntil(lambda: len(view.faces) == 2 and not editor.pending)
    (made,) = [face for face in view.faces if face.origin is FaceOrigin.DRAWN]
    assert (made.name, made.state) == ("Anna", FaceState.CONFIRMED) and near(made.region, FREE)
    qtbot.waitUntil(lambda: window.toast.label.text() == "Added Anna’s face")
    assert analyzer.threads == ["view"], "the window's thread never looks at faces"
    window.actions_.undo()
    qtbot.waitUntil(lambda: len(view.faces) == 1)
    window.actions_.redo()
    qtbot.waitUntil(lambda: len(view.faces) == 2)


def test_escape_leaves_a_drawn_face_without_a_name(qtbot: Any, page: PhotoPage) -> None:
    drag(page, *corners(page, FREE), Modifier.ControlModifier)
    assert page.naming.field is not None
    press(page.naming.field, Key.Key_Escape)
    qtbot.waitUntil(lambda: len(page.view.faces) == 2)
    (made,) = [face for face in page.view.faces if face.origin is FaceOrigin.DRAWN]
    assert (made.name, made.state) == (None, FaceState.UNKNOWN)
    assert page.naming.field is None and page.view.hasFocus()


def test_a_face_drawn_just_before_going_on_is_kept(
    qtbot: Any, page: PhotoPage, analyzer: Watched
) -> None:
    analyzer.may.clear()
    assert page.photo is not None
    photo = page.photo.id
    drag(page, *corners(page, FREE), Modifier.ControlModifier)
    page.step(1)
    assert page.photo.id != photo
    analyzer.may.set()
    services = page._bridge.services
    qtbot.waitUntil(lambda: len(ask(services, queries.face_ids, photo_id=photo)) == 2)


def test_drawing_around_a_known_face_names_it(qtbot: Any, page: PhotoPage) -> None:
    drag(page, *corners(page, REGION), Modifier.ControlModifier)
    (face,) = page.view.faces
    assert page.view.active_face == face.id and page.naming.field is not None
    assert not page.view.editor.pending


def test_a_click_with_control_draws_nothing(page: PhotoPage) -> None:
    start, _ = corners(page, FREE)
    drag(page, start, start + QPointF(3, 3), Modifier.ControlModifier)
    assert page.naming.field is None and not page.view.editor.pending


@pytest.mark.parametrize("zoom", [1.0, 3.0])
def test_boxes_are_where_they_were_drawn_when_zoomed(
    qtbot: Any, page: PhotoPage, zoom: float
) -> None:
    view = page.view
    target = view.editor.box_of(FREE).center()
    if zoom > 1:
        view.zoom(zoom, target)
        qtbot.wait(10)
    wanted = Region(0.75, 0.2, 0.1, 0.12)
    start, end = corners(page, wanted)
    assert QRectF(view.rect()).contains(start) and QRectF(view.rect()).contains(end)
    drag(page, start, end, Modifier.ControlModifier)
    press(page.naming.field, Key.Key_Escape)
    qtbot.waitUntil(lambda: len(view.faces) == 2)
    made = next(face for face in view.faces if face.origin is FaceOrigin.DRAWN)
    assert near(made.region, wanted, 0.003)


@pytest.mark.parametrize("by_mouse", [True, False])
def test_the_handles_are_on_the_face_just_drawn(
    by_mouse: bool, qtbot: Any, page: PhotoPage, window: MainWindow
) -> None:
    """They were on the next face, and Delete removed that one."""
    view, editor = page.view, page.view.editor
    (old,) = view.faces
    press(view, Key.Key_D)
    press(view, Key.Key_Tab)
    assert editor.selected == old.id
    if by_mouse:
        drag(page, *corners(page, FREE))
    else:
        press(view, Key.Key_N, Modifier.ControlModifier)
        for _ in range(60):
            press(view, Key.Key_Right)
        press(view, Key.Key_Return)
    assert editor.selected is None, "the box before has no handles while the new one is named"
    assert page.naming.field is not None
    QTest.keyClicks(page.naming.field, "Tom")
    press(page.naming.field, Key.Key_Return)
    qtbot.waitUntil(lambda: len(view.faces) == 2 and not editor.pending)
    (made,) = [face for face in view.faces if face.origin is FaceOrigin.DRAWN]
    assert editor.selected == made.id
    press(view, Key.Key_Delete)
    qtbot.waitUntil(lambda: [face.id for face in view.faces] == [old.id])


def test_everything_by_keys(qtbot: Any, page: PhotoPage, window: MainWindow) -> None:
    view, editor = page.view, page.view.editor
    press(view, Key.Key_D)
    assert page.head.draw.isChecked() and editor.active
    press(view, Key.Key_N, Modifier.ControlModifier)
    assert editor.draft is not None
    start = editor.draft.region
    for _ in range(20):
        press(view, Key.Key_Right)
        press(view, Key.Key_Up)
    press(view, Key.Key_Down, Modifier.ShiftModifier)
    now = editor.draft.region
    assert now.x > start.x and now.y < start.y and now.h > start.h and now.w == start.w
    for _ in range(60):
        press(view, Key.Key_Right)
    press(view, Key.Key_Return)
    assert page.naming.field is not None
    QTest.keyClicks(page.naming.field, "Tom")
    press(page.naming.field, Key.Key_Return)
    qtbot.waitUntil(lambda: any(face.name == "Tom" for face in view.faces))
    # The window's Escape would leave the page; the first ones end what is done here.
    press(view, Key.Key_N, Modifier.ControlModifier)
    press(view, Key.Key_Escape)
    assert editor.draft is None and editor.active
    press(view, Key.Key_Escape)
    assert not editor.active and window.stack.currentWidget() is page
    press(view, Key.Key_Escape)
    assert window.stack.currentWidget() is window.photos


def test_tab_chooses_boxes_and_arrows_move_them(
    qtbot: Any, page: PhotoPage, world: World, window: MainWindow
) -> None:
    view, editor = page.view, page.view.editor
    press(view, Key.Key_D)
    press(view, Key.Key_Tab)
    (face,) = view.faces
    assert editor.selected == face.id and view.hasFocus()
    for _ in range(10):
        press(view, Key.Key_Left)
    assert [each.id for each in faces(page)] == [face.id], "nothing is written while keys go on"
    press(view, Key.Key_Return)
    qtbot.waitUntil(lambda: view.faces[0].id != face.id and not editor.pending)
    (made,) = view.faces
    assert made.region.x < face.region.x and made.region.w == pytest.approx(face.region.w)
    assert (made.person_id, made.state) == (face.person_id, face.state)
    assert editor.selected == made.id, "the same box is still chosen"
    window.actions_.undo()
    qtbot.waitUntil(lambda: view.faces[0].id == face.id)
    assert view.faces[0].region == face.region and view.faces[0].person_id == face.person_id
    press(view, Key.Key_Tab)
    press(view, Key.Key_Delete)
    qtbot.waitUntil(lambda: not view.faces)
    window.actions_.undo()
    qtbot.waitUntil(lambda: len(view.faces) == 1)


def test_handles_size_a_box_and_keep_its_person(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    window.open_photo(world.photo_ids[0], list(world.photo_ids))
    page = window.photo
    view, editor = page.view, page.view.editor
    qtbot.waitUntil(lambda: bool(view.faces) and not view._stand_in)
    page.head.draw.click()
    (face,) = view.faces
    QTest.mouseClick(view, Button.LeftButton, pos=view.face_box(face).center().toPoint())
    assert editor.selected == face.id and page.naming.field is None
    handle = box_grips.handles(view.face_box(face))[Grip.SOUTH_EAST]
    drag(page, handle, handle + QPointF(60, 40))
    qtbot.waitUntil(lambda: view.faces[0].id != face.id and not editor.pending)
    (made,) = view.faces
    assert (made.name, made.state) == ("Anna", FaceState.CONFIRMED)
    assert made.region.w > face.region.w and made.region.h > face.region.h
    assert (made.region.x, made.region.y) == pytest.approx((face.region.x, face.region.y))
    assert person(window.services, world.anna).faces == 5
    inside = view.face_box(made).center()
    drag(page, inside, inside + QPointF(-30, 20))
    qtbot.waitUntil(lambda: view.faces[0].id != made.id and not editor.pending)
    assert view.faces[0].region.x < made.region.x
    assert view.faces[0].region.w == pytest.approx(made.region.w)


def test_a_file_that_is_gone_leaves_no_ghost(
    qtbot: Any, page: PhotoPage, world: World, window: MainWindow
) -> None:
    (world.folder / "photo 04.jpg").unlink()
    drag(page, *corners(page, FREE), Modifier.ControlModifier)
    press(page.naming.field, Key.Key_Escape)
    qtbot.waitUntil(lambda: not page.view.editor.pending)
    assert len(page.view.faces) == 1


regions = st.builds(
    Region, st.floats(0, 0.6), st.floats(0, 0.6), st.floats(0.01, 0.4), st.floats(0.01, 0.4)
)


@given(regions, st.sampled_from(list(Grip)), st.floats(-2, 2), st.floats(-2, 2))
def test_a_dragged_box_stays_in_its_photo(region: Region, grip: Grip, dx: float, dy: float) -> None:
    after = box_grips.dragged(region, grip, dx, dy)
    assert after.x >= 0 and after.y >= 0
    assert after.x + after.w <= 1 + 1e-9 and after.y + after.h <= 1 + 1e-9
    assert after.w >= box_grips.SMALLEST - 1e-9 and after.h >= box_grips.SMALLEST - 1e-9
    if grip is Grip.MOVE:
        assert (after.w, after.h) == (region.w, region.h)
    left, _, _, bottom = grip.value
    if not left and grip is not Grip.MOVE:
        assert after.x == pytest.approx(region.x)
    if not bottom and grip is not Grip.MOVE:
        assert after.y + after.h == pytest.approx(region.y + region.h)


@given(regions, st.floats(-1, 1), st.floats(-1, 1))
def test_a_grown_box_stays_in_its_photo(region: Region, dw: float, dh: float) -> None:
    after = box_grips.grown(region, dw, dh)
    assert after.x >= 0 and after.x + after.w <= 1 + 1e-9
    assert after.y >= 0 and after.y + after.h <= 1 + 1e-9


def test_a_small_box_can_be_moved_by_its_middle() -> None:
    box = QRectF(100, 100, 14, 14)
    assert box_grips.grip_at(box, box.center()) is Grip.MOVE
    assert box_grips.grip_at(box, QPointF(100, 100)) is Grip.NORTH_WEST
    assert box_grips.grip_at(box, QPointF(80, 80)) is None


def test_a_band_is_cut_to_the_photo() -> None:
    photo = QRectF(100, 50, 400, 300)
    region = box_grips.between(QPointF(0, 0), QPointF(300, 200), photo)
    assert region is not None and near(region, Region(0, 0, 0.5, 0.5))
    assert box_grips.between(QPointF(0, 0), QPointF(50, 20), photo) is None


@pytest.mark.qt_log_ignore("propagateSizeHints", "pipewire", "PulseAudio", "RHI")
def test_a_face_drawn_on_a_video_belongs_to_the_frame_that_is_shown(
    qtbot: Any, window: MainWindow, world: World, analyzer: Watched
) -> None:
    draw_video(world.folder / "clip.mp4", [([], 6.0)])
    services = window.photo._bridge.services
    services.rescan()
    found = "SELECT id FROM photo WHERE relpath = 'clip.mp4' AND status = 'analysed'"
    qtbot.waitUntil(lambda: services.reader().execute(found).fetchone() is not None, timeout=WAIT)
    (video_id,) = services.reader().execute(found).fetchone()
    window.open_photo(PhotoId(video_id), [PhotoId(video_id)])
    page = window.photo
    view, video = page.view, page.video
    qtbot.waitUntil(lambda: view.has_photo and not view._stand_in, timeout=WAIT)
    assert page.head.draw.isEnabled()
    page.head.draw.click()  # which also brings up a frame whose time is known
    qtbot.waitUntil(lambda: video.shown_at is not None, timeout=WAIT)
    video.seek(4_500)
    qtbot.waitUntil(lambda: video.shown_at is not None and video.shown_at > 4_000, timeout=WAIT)
    at = video.shown_at
    drag(page, *corners(page, FREE))
    assert page.naming.field is not None
    QTest.keyClicks(page.naming.field, "Zoe")
    press(page.naming.field, Key.Key_Return)
    qtbot.waitUntil(lambda: [face.name for face in view.faces] == ["Zoe"], timeout=WAIT)
    (made,) = faces(page)
    assert made.moment == at and near(made.region, FREE)
    # Moved, it is of the frame that is shown then.
    video.seek(at + 200)
    qtbot.waitUntil(lambda: video.shown_at not in (None, at), timeout=WAIT)
    qtbot.waitUntil(lambda: [face.name for face in view.faces] == ["Zoe"], timeout=WAIT)
    middle = view.editor.box_of(FREE).center()
    drag(page, middle, middle + QPointF(-30, 30))
    qtbot.waitUntil(lambda: not view.editor.pending and len(faces(page)) == 1, timeout=WAIT)
    (moved,) = faces(page)
    assert (moved.name, moved.moment) == ("Zoe", video.shown_at)
    # Where it plays, nothing can be drawn.
    video.play()
    qtbot.waitUntil(lambda: not page.head.draw.isChecked(), timeout=WAIT)
    video.open(None)
    press(page, Key.Key_Z, Modifier.ControlModifier)
    press(page, Key.Key_Z, Modifier.ControlModifier)
    qtbot.waitUntil(lambda: not faces(page), timeout=WAIT)
