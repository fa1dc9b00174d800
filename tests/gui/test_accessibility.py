"""Every page and dialog as a screen reader sees it, and as the Tab key goes through it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QWidget

from facesorter.app.progress import Progress
from facesorter.gui.base.places import DATES, MAP, PEOPLE, PHOTOS, PLACES, REVIEW, UNKNOWN
from facesorter.gui.dialogs.change_date import ChangeDateDialog, Way
from facesorter.gui.dialogs.export import ExportDialog
from facesorter.gui.widgets.place_dialog import PlaceDialog
from facesorter.gui.window.main_window import MainWindow
from facesorter.images.copy_options import CopyFormat
from facesorter.library import face_map, places, queries
from facesorter.library.decisions import corrections
from facesorter.library.scanning import folders
from facesorter.storage import embeddings, library_settings, mixed, questions
from tests.gui import accessible
from tests.gui.accessible import Role
from tests.gui.conftest import World, ask, press
from tests.support.windows import give_looks

Key, Modifier = Qt.Key, Qt.KeyboardModifier


class Guide:
    """Leads the window to each of its pages."""

    def __init__(self, qtbot: Any, window: MainWindow, world: World) -> None:
        self.qtbot, self.window, self.world = qtbot, window, world
        self.services = window.services

    def until(self, done: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(done()))

    def photos(self) -> None:
        self.window.go_to(PHOTOS)
        self.until(lambda: self.window.photos.model.rowCount() == 14)

    def working(self) -> None:
        """While photos are analysed, with problems."""
        self.photos()
        self.window.status.set_problems(2)
        self.window.status.set_progress(Progress("analysing", 14, 6, 7, 1, 6, 3.0, 2.0))
        self.until(self.window.status.pause.isVisible)

    def search(self) -> None:
        self.photos()
        self.window.start_search()
        QTest.keyClicks(self.window.photos.field, "2019")
        self.until(self.window.photos.save.isVisible)
        self.window.photos.view.setFocus()

    def nothing_found(self) -> None:
        self.photos()
        self.window.start_search()
        QTest.keyClicks(self.window.photos.field, "Ana and Nobody")
        press(self.window.photos.field, Key.Key_Return)
        self.until(lambda: self.window.photos.body.currentWidget() is self.window.photos.nothing)
        self.window.photos.field.setFocus()

    def tags(self) -> None:
        self.photos()
        self.window.photos.view.select_row(0)
        press(self.window.photos.view, Key.Key_T)
        self.until(self.window.photos.tags.isVisible)

    def dates(self) -> None:
        def doubt(txn: Any) -> None:
            txn.connection.execute("UPDATE photo SET taken_doubt = 'reset' WHERE id < 4")
            txn.touch(photos=self.world.photo_ids[:3])

        self.services.submit(doubt).result(60)
        self.window.go_to(DATES)
        self.until(lambda: self.window.dates.model.rowCount() == 3)

    def people(self) -> None:
        self.window.go_to(PEOPLE)
        self.until(lambda: self.window.people.model.rowCount() >= 2)

    def naming(self) -> None:
        self.people()
        self.window.people.view.start_naming(self.world.large, "A")
        self.until(lambda: self.window.people.view.field is not None)

    def hidden_people(self) -> None:
        self.services.submit(corrections.hide, self.world.small).result(60)
        self.people()
        self.until(self.window.people.hidden_toggle.isVisible)

    def review_name(self) -> None:
        self.window.go_to(REVIEW)
        self.until(lambda: self.window.review.ready is not None)

    def review_faces(self) -> None:
        self.review_name()
        for _ in range(2):
            press(self.window.review, Key.Key_Right)
        self.until(lambda: self.window.review.header.title.text() == "Is this Anna?")

    def review_same(self) -> None:
        pair = questions.Pair(self.world.anna, self.world.large, 0.5)

        def doubt(txn: Any) -> None:
            questions.set_pairs(txn.connection, [pair])
            txn.touch(persons=[self.world.anna, self.world.large])

        self.services.submit(doubt).result(60)
        self.review_name()
        for _ in range(1):
            press(self.window.review, Key.Key_Right)
        self.until(self.window.review.second.isVisible)

    def review_mixed(self) -> None:
        def look(txn: Any) -> None:
            large = self.world.large
            faces = queries.face_ids(txn.connection, person_id=large)
            mixed.put(txn.connection, [mixed.MixedLook(large, 5, 0.1, tuple(sorted(faces[:3])))])
            txn.touch(persons=[large])

        self.services.submit(look).result(60)
        self.review_name()
        self.until(lambda: self.window.review.header.title.text() == "Is this one person?")

    def review_nothing(self) -> None:
        self.review_name()
        for _ in range(3):
            self.until(lambda: self.window.review.ready is not None)
            press(self.window.review, Key.Key_Space)
        self.until(self.window.review.nothing.isVisible)

    def unknown(self) -> None:
        faces = sorted(ask(self.services, queries.face_ids, person_id=self.world.large))
        self.services.submit(give_looks, faces).result(60)
        self.services.submit(corrections.reject, self.world.large, faces).result(60)
        self.window.go_to(UNKNOWN)
        self.until(lambda: self.window.unknown.faces.rowCount() == 6)

    def unknown_chosen(self) -> None:
        self.unknown()
        self.window.unknown.view.select_row(0)
        self.until(self.window.unknown.ask.isEnabled)

    def person(self) -> None:
        self.people()
        self.window.open_person(self.world.anna)
        self.until(lambda: self.window.person.faces.rowCount() == 5)

    def person_photos(self) -> None:
        self.person()
        self.window.person.header.photos.click()
        self.until(lambda: self.window.person.photos.rowCount() == 5)

    def person_why(self) -> None:
        def look(txn: Any) -> None:
            model = embeddings.model_id(txn.connection, "made", "made", 8)
            library_settings.put(txn.connection, "model", model)
            give_looks(txn, sorted(queries.face_ids(txn.connection, person_id=self.world.anna)))

        self.services.refresher.enabled = False
        self.services.submit(look).result(60)
        self.person()
        self.window.person.face_view.select_row(0)
        press(self.window.person.face_view, Key.Key_W)
        self.until(self.window.person.why.isVisible)

    def person_else(self) -> None:
        self.person()
        self.window.person.face_view.select_row(0)
        press(self.window.person.face_view, Key.Key_S)
        self.until(self.window.person.asking.isVisible)

    def person_about(self) -> None:
        self.person()
        press(self.window.person.face_view, Key.Key_I)
        self.until(self.window.person.details.isVisible)

    def split(self) -> None:
        faces = sorted(ask(self.services, queries.face_ids, person_id=self.world.large))
        self.services.submit(give_looks, faces).result(60)
        self.people()
        self.window.open_person(self.world.large)
        self.until(lambda: self.window.person.faces.rowCount() == 5)
        self.window.person.header.split.click()
        self.until(lambda: len(self.window.split.columns[1].ids) == 2)

    def playback(self) -> None:
        self.person()
        press(self.window.person.face_view, Key.Key_P)
        self.until(lambda: self.window.playback.at >= 0)

    def photo(self) -> None:
        self.photos()
        self.window.open_photo(self.world.photo_ids[4], list(self.world.photo_ids))
        view = self.window.photo.view
        self.until(lambda: view.faces and not view._stand_in)

    def compare(self) -> None:
        self.photos()
        self.window.compare_photos(list(self.world.photo_ids[:3]))
        self.until(lambda: all(not p.view._stand_in for p in self.window.compare.panels))

    def slideshow(self) -> None:
        self.photo()
        press(self.window.photo.view, Key.Key_P)
        press(self.window.photo.view, Key.Key_Space)
        self.until(self.window.photo.slides.isVisible)

    def photo_naming(self) -> None:
        self.photo()
        press(self.window.photo.view, Key.Key_N)
        self.until(lambda: self.window.photo.naming.field is not None)

    def photo_drawing(self) -> None:
        self.photo()
        press(self.window.photo.view, Key.Key_D)
        self.until(self.window.photo.head.draw.isChecked)

    def photo_tags(self) -> None:
        self.photo()
        press(self.window.photo.view, Key.Key_T)
        self.until(self.window.photo.marks.bars[0].isVisible)

    def map(self) -> None:
        faces = np.array(sorted(ask(self.services, queries.face_ids)))
        places = np.stack([np.arange(len(faces)) % 4, np.arange(len(faces)) // 4], axis=1)
        drawn = face_map.Places(faces, places.astype(float), places.astype(np.float32), 1.0)
        face_map.save(self.services.library_dir, drawn)
        self.window.go_to(MAP)
        self.until(lambda: self.window.map.view.frame is not None)
        # Drawing is compiled first, in a process of its own; that is quick only the second time.
        self.qtbot.waitUntil(lambda: not self.window.map.drawing, timeout=120_000)

    def places(self) -> None:
        def locate(txn: Any) -> None:
            for photo in self.world.photo_ids[:3]:
                places.record(txn.connection, photo, (41.89, 12.48))

        # A scan reads the files themselves, which say nothing.
        assert self.services.pipeline.wait_idle(60)
        self.services.submit(locate).result(60)
        self.window.go_to(PLACES)
        view = self.window.world.map
        self.until(lambda: view.scene is not None and len(view.scene.marks) == 1)
        self.window.world.show_photos(view.photos_of(view.scene.marks[0]))
        self.until(lambda: self.window.world.model.rowCount() == 3)

    # Dialogs.

    def keyboard(self) -> QDialog:
        self.window.commands.show_keys()
        return self._dialog()

    def about(self) -> QDialog:
        self.window.commands.show_about()
        return self._dialog()

    def problems(self) -> QDialog:
        self.window.show_problems()
        return self._dialog()

    def merge(self) -> QDialog:
        self.window.actions_.name(self.world.large, "Anna")
        return self._dialog()

    def preferences(self) -> QDialog:
        self.window.dialogs.show_preferences()
        return self._dialog()

    def models(self) -> QDialog:
        self.window.dialogs.show_models()
        return self._dialog()

    def export(self) -> QDialog:
        self.window.files.export(self.world.photo_ids[:2])
        dialog = self._dialog()
        assert isinstance(dialog, ExportDialog)
        dialog.format.setCurrentIndex(dialog.format.findData(CopyFormat.JPEG))
        return dialog

    def place(self) -> QDialog:
        self.window.placing.ask(self.world.photo_ids[:2])
        dialog = self._dialog()
        assert isinstance(dialog, PlaceDialog)
        dialog.field.setText("Rome")
        self.until(lambda: dialog.list.count() > 0)
        return dialog

    def change_date(self) -> QDialog:
        self.window.files.change_date(self.world.photo_ids[:2])
        return self._dialog()

    def correct_clock(self) -> QDialog:
        dialog = self.change_date()
        assert isinstance(dialog, ChangeDateDialog)
        dialog.use(Way.TRUE)
        return dialog

    def help(self) -> QDialog:
        self.window.dialogs.show_guide()
        return self._dialog()

    def report(self) -> QDialog:
        self.window.dialogs.report_problem()
        return self._dialog()

    def _dialog(self) -> QDialog:
        self.until(lambda: [d for d in self.window.findChildren(QDialog) if d.isVisible()])
        (found,) = (d for d in self.window.findChildren(QDialog) if d.isVisible())
        self.until(found.isActiveWindow)
        return found


PAGES = [
    name
    for name, each in vars(Guide).items()
    if not name.startswith("_") and each.__annotations__.get("return") == "None" and name != "until"
]
DIALOGS = [
    name
    for name, each in vars(Guide).items()
    if not name.startswith("_") and getattr(each, "__annotations__", {}).get("return") == "QDialog"
]


@pytest.fixture
def guide(qtbot: Any, window: MainWindow, world: World) -> Guide:
    return Guide(qtbot, window, world)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_told_and_reached(page: str, guide: Guide, window: MainWindow) -> None:
    getattr(guide, page)()
    window.toast.hide()
    found = accessible.complaints(window)
    stops = accessible.tab_round(window)
    found += accessible.out_of_reach(window, stops) + accessible.out_of_order(stops, window)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("dialog", DIALOGS)
def test_every_dialog_is_told_and_reached(dialog: str, guide: Guide) -> None:
    shown: QWidget = getattr(guide, dialog)()
    assert shown.windowTitle()
    found = accessible.complaints(shown)
    found += accessible.out_of_reach(shown, accessible.tab_round(shown))
    assert not found, "\n".join(found)
    shown.close()


def test_tiles_are_list_items_made_when_they_are_asked_for(
    qtbot: Any, empty_window: MainWindow, tmp_path: Path
) -> None:
    """A screen reader in a library of 50,000 persons reads what it asks for and no more."""
    window, services = empty_window, empty_window.services

    def crowd(txn: Any) -> None:
        folders.add(txn, str(tmp_path))
        txn.connection.execute(
            """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
            INSERT INTO person (id, name, created_at)
            SELECT i, 'Anna ' || printf('%05d', i), '2020-01-01T00:00:00Z' FROM n"""
        )
        txn.touch(persons=[1])

    services.submit(crowd).result(60)
    qtbot.waitUntil(lambda: window.state is not None and bool(window.state.folders))
    window.go_to(PEOPLE)
    model = window.people.model
    qtbot.waitUntil(lambda: model.rowCount() == 50_000)
    QAccessible.setActive(True)
    tiles = QAccessible.queryAccessibleInterface(window.people.view)
    assert tiles.role() is Role.List and tiles.childCount() == 50_000
    begin = time.process_time()
    last = tiles.child(49_999)
    assert last.role() is Role.ListItem
    assert last.text(QAccessible.Text.Name) == "Anna 50000, 0 photos"
    assert time.process_time() - begin < 0.2
    assert len(model._rows) < 1_000
    qtbot.waitUntil(lambda: window.people.view.layout_.count == 50_000)
    window.people.view.setFocus()
    press(window.people.view, Key.Key_End)
    assert window.people.view.currentIndex().row() == 49_999
    now = tiles.focusChild()
    assert now is not None and now.text(QAccessible.Text.Name) == "Anna 50000, 0 photos"
    assert now.state().selected


def test_states_are_told(guide: Guide, window: MainWindow, world: World) -> None:
    """What is chosen, pressed in, or not to be had is a state, not a colour."""
    guide.review_faces()
    crop = window.review.first.crops[1]
    press(window.review, Key.Key_2)
    marked = QAccessible.queryAccessibleInterface(crop)
    assert marked.role() is Role.CheckBox and marked.state().checked
    assert "marked as someone else" in marked.text(QAccessible.Text.Name)
    guide.person()
    page = window.person
    star = QAccessible.queryAccessibleInterface(page.header.star)
    assert star.state().checkable and not star.state().checked
    press(page.face_view, Key.Key_F)
    guide.until(lambda: QAccessible.queryAccessibleInterface(page.header.star).state().checked)
    first = QAccessible.queryAccessibleInterface(page.face_view).child(0)
    assert not first.state().selected
    page.face_view.select_row(0)
    assert first.state().selected
    guide.unknown()
    assert QAccessible.queryAccessibleInterface(window.unknown.ask).state().disabled


def test_the_photo_says_who_is_on_it(guide: Guide, window: MainWindow, world: World) -> None:
    guide.photos()
    window.open_photo(world.photo_ids[0], list(world.photo_ids))
    guide.until(lambda: "Anna" in window.photo.view.accessibleName())
