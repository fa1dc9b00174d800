"""Tags, albums and favourites in the window: by key, by menu, by drag, in the sidebar, searched."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QByteArray, QEvent, QMimeData, QPointF, Qt
from PySide6.QtGui import QAction, QDrag, QDragEnterEvent, QDragMoveEvent, QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from facesorter.app.services import Services
from facesorter.gui.base.drag import PHOTOS
from facesorter.gui.base.places import FAVOURITES, NEW_ALBUM, PEOPLE
from facesorter.gui.widgets.label_bar import LabelBar
from facesorter.gui.window.main_window import MainWindow
from facesorter.gui.window.sidebar_entries import BADGE, DROP, KEY
from facesorter.library import queries
from facesorter.library.decisions import labels
from facesorter.library.scanning import folders
from tests.gui.conftest import World, ask, click, press, redate

Key, Modifier = Qt.Key, Qt.KeyboardModifier


def select(window: MainWindow, *rows: int) -> list[int]:
    view = window.photos.view
    view.setFocus()
    view.select_row(rows[0])
    for row in rows[1:]:
        click(view, row, Modifier.ControlModifier)
    return view.selected_ids()


def shelves(window: MainWindow) -> labels.TagsAndAlbums:
    found = ask(window.services, labels.tags_and_albums)
    assert isinstance(found, labels.TagsAndAlbums)
    return found


def entry(window: MainWindow, text: str) -> Any:
    items = [window.sidebar.list.item(at) for at in range(window.sidebar.list.count())]
    return next((item for item in items if item.text() == text), None)


def badge(window: MainWindow, text: str) -> str | None:
    item = entry(window, text)
    return item.data(BADGE) if item is not None else None


def drop(window: MainWindow, target: str, photos: list[int]) -> bool:
    """Drop photos on the entry that takes them for ``target``."""
    entries = window.sidebar.list
    item = next(
        entries.item(at) for at in range(entries.count()) if entries.item(at).data(DROP) == target
    )
    entries.scrollToItem(item)
    at = entries.visualItemRect(item).center()
    data = QMimeData()
    data.setData(PHOTOS, QByteArray(",".join(map(str, photos)).encode()))
    actions, buttons = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Modifier.NoModifier
    enter = QDragEnterEvent(at, actions, data, buttons, none)
    entries.dragEnterEvent(enter)
    move = QDragMoveEvent(at, actions, data, buttons, none)
    entries.dragMoveEvent(move)
    dropped = QDropEvent(QPointF(at), actions, data, buttons, none)
    if move.isAccepted():
        assert entries.target == entries.row(item)
        entries.dropEvent(dropped)
    return enter.isAccepted() and move.isAccepted()


def type_label(qtbot: Any, bar: LabelBar, name: str) -> None:
    assert bar.isVisible() and bar.field.hasFocus()
    QTest.keyClicks(bar.field, name)
    press(bar.field, Key.Key_Return)


def test_a_key_makes_favourites_and_none_again(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    ids = select(window, 0, 2)
    press(window.photos.view, Key.Key_F)
    qtbot.waitUntil(lambda: badge(window, "Favorites") == "2")
    qtbot.waitUntil(lambda: window.toast.label.text() == "2 photos added to Favorites")
    window.go_to(FAVOURITES)
    qtbot.waitUntil(lambda: list(window.photos.model.ids) == ids)
    assert window.photos.header.title.text() == "Favorites"
    assert window.sidebar.current_key() == FAVOURITES
    spoken = window.photos.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "favorite" in spoken
    select(window, 0)
    press(window.photos.view, Key.Key_Asterisk)
    qtbot.waitUntil(lambda: list(window.photos.model.ids) == ids[1:])
    window.actions_.undo()
    qtbot.waitUntil(lambda: list(window.photos.model.ids) == ids)


def test_a_photo_is_said_to_show_somebody_more_than_once(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    ids = select(window, 1)

    def entry_of_menu() -> QAction:
        menu = window.photos.menu()
        return next(each for each in menu.actions() if each.text().startswith("Shows Someone"))

    def is_marked() -> bool:
        row = window.photos.model.row_by_id(ids[0])
        return row is not None and row.photo.repeats

    assert not entry_of_menu().isChecked()
    entry_of_menu().trigger()
    qtbot.waitUntil(is_marked)
    label = window.toast.label
    qtbot.waitUntil(lambda: label.text() == "Marked 1 photo as a collage")
    assert entry_of_menu().isChecked()
    # Of what is selected, not of the photo that merely has the focus.
    click(window.photos.view, 0, Modifier.ControlModifier)
    assert not entry_of_menu().isChecked()
    click(window.photos.view, 0, Modifier.ControlModifier)
    assert window.photos.view.current_id() != ids[0]
    assert entry_of_menu().isChecked()
    window.actions_.undo()
    qtbot.waitUntil(lambda: not is_marked())
    qtbot.waitUntil(lambda: "Undid marking 1 photo as a collage" in label.text())


def test_the_star_of_one_photo(qtbot: Any, window: MainWindow, world: World) -> None:
    window.open_photo(world.photo_ids[0], list(world.photo_ids))
    page = window.photo
    page.marks.star.click()
    qtbot.waitUntil(lambda: page.marks.star.text() == "★")
    assert "Remove from Favorites" in page.marks.star.accessibleName()
    press(page.view, Key.Key_Right)
    assert page.marks.star.text() == "☆"
    press(page.view, Key.Key_Left)
    press(page.view, Key.Key_Asterisk)
    qtbot.waitUntil(lambda: page.marks.star.text() == "☆")


def test_tags_are_put_on_many_and_taken_off(qtbot: Any, window: MainWindow, world: World) -> None:
    ids = select(window, 0, 1, 3)
    press(window.photos.view, Key.Key_T)
    bar = window.photos.tags
    assert bar.label.text() == "Tags of 3 photos"
    type_label(qtbot, bar, "Beach")
    qtbot.waitUntil(lambda: badge(window, "Beach") == "3")
    qtbot.waitUntil(lambda: [chip.text() for chip in bar.flow.widgets] == ["Beach  ✕"])
    assert bar.isVisible() and bar.field.text() == "", "one tag may follow another"
    press(bar.field, Key.Key_Return)
    assert not bar.isVisible() and window.photos.view.hasFocus()
    select(window, 0)
    press(window.photos.view, Key.Key_T)
    QTest.keyClicks(bar.field, "bea")
    qtbot.waitUntil(lambda: bar.field._list is not None and bar.field._list.isVisible())
    assert bar.field._list.item(0).text() == "Beach  ·  3 photos"
    bar.field.clear()
    bar.field.hide_offers()
    qtbot.waitUntil(lambda: len(bar.flow.widgets) == 1)
    assert bar.flow.widgets[0].accessibleName() == "Remove Beach"
    bar.flow.widgets[0].click()
    qtbot.waitUntil(lambda: badge(window, "Beach") == "2")
    press(bar.field, Key.Key_Escape)
    assert not bar.isVisible()
    window.actions_.undo()
    qtbot.waitUntil(lambda: badge(window, "Beach") == "3")
    window.sidebar.list.setCurrentItem(entry(window, "Beach"))
    qtbot.waitUntil(lambda: list(window.photos.model.ids) == ids)
    assert window.photos.header.title.text() == "Beach"


def test_the_bar_says_what_only_some_carry(qtbot: Any, window: MainWindow, world: World) -> None:
    window.labels.tag([world.photo_ids[0]], "R&B (2)")
    select(window, 0, 1)
    window.photos._ask(window.photos.tags)
    qtbot.waitUntil(lambda: len(window.photos.tags.flow.widgets) == 1)
    assert window.photos.tags.flow.widgets[0].text() == "R&&B (2) (1)  ✕"
    # The bar follows the selection.
    select(window, 0)
    qtbot.waitUntil(lambda: window.photos.tags.flow.widgets[0].text() == "R&&B (2)  ✕")
    assert window.photos.tags.label.text() == "Tags of 1 photo"


def test_tags_and_albums_on_the_photo_page(qtbot: Any, window: MainWindow, world: World) -> None:
    window.open_photo(world.photo_ids[1], list(world.photo_ids))
    page = window.photo
    press(page.view, Key.Key_T)
    type_label(qtbot, page.marks.tags, "Snow")
    press(page.marks.tags.field, Key.Key_Escape)
    assert window.stack.currentWidget() is page and not page.marks.tags.isVisible()
    press(page.view if page.view.hasFocus() else page, Key.Key_A)
    type_label(qtbot, page.marks.albums, "Winter")
    qtbot.waitUntil(lambda: len(shelves(window).albums) == len(shelves(window).tags) == 1)
    press(page.marks.albums.field, Key.Key_Escape)
    press(page.view, Key.Key_Right)
    assert page.photo is not None and page.photo.id == world.photo_ids[2]


def test_albums_by_drop_and_out_of_them_again(qtbot: Any, window: MainWindow, world: World) -> None:
    ids = list(world.photo_ids[:3])
    assert entry(window, "Drag photos here") is not None, "an empty section says what to do"
    assert drop(window, NEW_ALBUM, ids)
    editor = None

    def being_named() -> bool:
        nonlocal editor
        editor = window.sidebar.list.findChild(QLineEdit)
        return editor is not None and editor.isVisible()

    qtbot.waitUntil(being_named)
    assert editor is not None and editor.text() == "New Album"
    editor.selectAll()
    QTest.keyClicks(editor, "Italy")
    press(editor, Key.Key_Return)
    qtbot.waitUntil(lambda: badge(window, "Italy") == "3")
    assert entry(window, "Drag photos here") is None
    (album,) = shelves(window).albums
    assert drop(window, f"album:{album.id}", [world.photo_ids[5], ids[0]])
    qtbot.waitUntil(lambda: badge(window, "Italy") == "4")
    window.sidebar.list.setCurrentItem(entry(window, "Italy"))
    qtbot.waitUntil(lambda: window.photos.model.rowCount() == 4)
    # By date, as everywhere.
    assert list(window.photos.model.ids) == [*ids, world.photo_ids[5]]
    select(window, 0, 1)
    assert any("Italy" in action.text() for action in window.photos.menu().actions())
    press(window.photos.view, Key.Key_Delete)
    qtbot.waitUntil(lambda: window.photos.model.rowCount() == 2)
    for left in (4, 3):
        window.actions_.undo()
        qtbot.waitUntil(lambda left=left: window.photos.model.rowCount() == left)
    assert ask(window.services, queries.counts).photos == 14


def test_drops_on_tags_and_favourites_and_nowhere_else(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    window.labels.tag(world.photo_ids[:1], "Beach")
    qtbot.waitUntil(lambda: badge(window, "Beach") == "1")
    (tag,) = shelves(window).tags
    assert drop(window, f"tag:{tag.id}", list(world.photo_ids[:4]))
    assert drop(window, FAVOURITES, list(world.photo_ids[:2]))
    qtbot.waitUntil(lambda: (badge(window, "Beach"), badge(window, "Favorites")) == ("4", "2"))
    entries = window.sidebar.list
    plain = [entries.item(at) for at in range(entries.count()) if not entries.item(at).data(DROP)]
    assert {"Photos", "People", "Review"} <= {item.text() for item in plain}
    folder = QMimeData()
    folder.setText("/somewhere")
    enter = QDragEnterEvent(
        entries.visualItemRect(entry(window, "Beach")).center(),
        Qt.DropAction.CopyAction,
        folder,
        Qt.MouseButton.LeftButton,
        Modifier.NoModifier,
    )
    entries.dragEnterEvent(enter)
    assert not enter.isAccepted()


def test_the_grid_carries_what_is_selected(
    qtbot: Any, window: MainWindow, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = select(window, 0, 1)
    carried: list[list[int]] = []

    def run(drag: QDrag, *_: object) -> Qt.DropAction:
        data = bytes(drag.mimeData().data(PHOTOS).data()).decode()
        carried.append([int(part) for part in data.split(",")])
        assert not drag.pixmap().isNull()
        return Qt.DropAction.CopyAction

    monkeypatch.setattr(QDrag, "exec", run)
    view = window.photos.view
    start = view.visualRect(view.model().index(1, 0)).center()
    left = Qt.MouseButton.LeftButton
    QTest.mousePress(view.viewport(), left, Modifier.NoModifier, start)
    for step in (8, 30):
        at = QPointF(start.x() - step, start.y() + step)
        where = QPointF(view.viewport().mapToGlobal(at.toPoint()))
        move = QMouseEvent(
            QEvent.Type.MouseMove, at, where, Qt.MouseButton.NoButton, left, Modifier.NoModifier
        )
        QApplication.sendEvent(view.viewport(), move)
    QTest.mouseRelease(view.viewport(), left, Modifier.NoModifier, start)
    assert carried == [ids], "both selected photos, though one was taken hold of"


@pytest.mark.parametrize("kind", ["album", "tag"])
def test_renaming_and_deleting_in_the_sidebar(
    qtbot: Any, window: MainWindow, world: World, kind: str
) -> None:
    ids = list(world.photo_ids[:2])
    (window.labels.put_in_album if kind == "album" else window.labels.tag)(ids, "Sea")
    qtbot.waitUntil(lambda: badge(window, "Sea") == "2")
    window.sidebar.list.setCurrentItem(entry(window, "Sea"))
    qtbot.waitUntil(lambda: window.photos.model.rowCount() == 2)
    press(window.sidebar.list, Key.Key_F2)
    editor = window.sidebar.list.findChild(QLineEdit)
    assert editor is not None
    editor.selectAll()
    QTest.keyClicks(editor, "Seaside")
    press(editor, Key.Key_Return)
    qtbot.waitUntil(lambda: window.photos.header.title.text() == "Seaside")
    qtbot.waitUntil(lambda: badge(window, "Seaside") == "2" and entry(window, "Sea") is None)
    key = entry(window, "Seaside").data(KEY)
    texts = [action.text().partition("\t")[0] for action in window.sidebar.menu(key).actions()]
    assert texts[:2] == ["Slideshow", "Export Photos…"] and "Rename" in texts
    press(window.sidebar.list, Key.Key_Delete)
    qtbot.waitUntil(lambda: entry(window, "Seaside") is None)
    qtbot.waitUntil(lambda: window.photos.model.rowCount() == 14)
    window.actions_.undo()
    qtbot.waitUntil(lambda: badge(window, "Seaside") == "2")


def test_escape_leaves_a_name_as_it_was(qtbot: Any, window: MainWindow, world: World) -> None:
    window.labels.tag(world.photo_ids[:1], "Sea")
    qtbot.waitUntil(lambda: badge(window, "Sea") == "1")
    assert window.sidebar.rename(entry(window, "Sea").data(KEY))
    editor = window.sidebar.list.findChild(QLineEdit)
    assert editor is not None
    QTest.keyClicks(editor, "x")
    # Whatever comes in meanwhile does not take the field away.
    window.labels.tag(world.photo_ids[1:2], "Lake")
    qtbot.waitUntil(lambda: len(shelves(window).tags) == 2)
    qtbot.wait(50)
    assert editor.isVisible()
    press(editor, Key.Key_Escape)
    qtbot.waitUntil(lambda: badge(window, "Lake") == "1")
    assert badge(window, "Sea") == "1"
    assert [tag.name for tag in shelves(window).tags] == ["Lake", "Sea"]


def test_a_folder_without_photos_says_so(
    qtbot: Any, window: MainWindow, services: Services, tmp_path: Path
) -> None:
    empty = "nothing here"
    (tmp_path / empty).mkdir()
    services.submit(folders.add, str(tmp_path / empty)).result(60)
    tree = window.sidebar.folders.view.model()

    def row() -> int:
        return next((at for at in range(tree.rowCount()) if tree.index(at).data() == empty), -1)

    qtbot.waitUntil(lambda: row() >= 0)
    window.go_to(tree.index(row()).data(KEY))
    qtbot.waitUntil(lambda: "no photos in this folder" in window.photos.empty.text())
    assert window.photos.body.currentWidget() is window.photos.empty


def test_empty_shelves_say_so(qtbot: Any, window: MainWindow, world: World) -> None:
    window.go_to(FAVOURITES)
    qtbot.waitUntil(lambda: window.photos.body.currentWidget() is window.photos.empty)
    assert "appear here" in window.photos.empty.text()
    window.labels.put_in_album([], "Italy")
    qtbot.waitUntil(lambda: entry(window, "Italy") is not None)
    window.sidebar.list.setCurrentItem(entry(window, "Italy"))
    assert window.photos.header.title.text() == "Italy"
    qtbot.waitUntil(lambda: "album is empty" in window.photos.empty.text())
    window.go_to("photos")
    qtbot.waitUntil(lambda: window.photos.model.rowCount() == 14)
    assert window.photos.body.currentWidget() is window.photos.view


def test_a_search_becomes_a_smart_album(qtbot: Any, window: MainWindow, world: World) -> None:
    window.labels.tag(world.photo_ids[:4], "Beach")
    qtbot.waitUntil(lambda: badge(window, "Beach") == "4")
    page = window.photos
    assert not page.save.isVisible()
    window.start_search()
    QTest.keyClicks(page.field, "beach Anna")
    qtbot.waitUntil(lambda: page.model.rowCount() == 3)
    assert page.save.isVisible() and page.save.accessibleName() == "Save as Smart Album"
    page.save.click()
    qtbot.waitUntil(lambda: window.sidebar.list.findChild(QLineEdit) is not None)
    editor = window.sidebar.list.findChild(QLineEdit)
    assert editor is not None and editor.text() == "beach Anna"
    editor.selectAll()
    QTest.keyClicks(editor, "Anna at sea")
    press(editor, Key.Key_Return)
    qtbot.waitUntil(lambda: badge(window, "Anna at sea") == "3")
    item = entry(window, "Anna at sea")
    assert not item.data(DROP), "a smart album fills itself"
    window.go_to("photos")
    window.sidebar.list.setCurrentItem(item)
    qtbot.waitUntil(lambda: page.model.rowCount() == 3)
    assert page.header.title.text() == "Anna at sea" and not page.field.text()
    # It follows what it asks for.
    window.labels.untag([world.photo_ids[0]], shelves(window).tags[0].id)
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)
    qtbot.waitUntil(lambda: badge(window, "Anna at sea") == "2")
    window.actions_.name(world.anna, "Eva")
    qtbot.waitUntil(lambda: page.body.currentWidget() is page.nothing)
    assert "Anna" in page.nothing.sentence.text()


def test_people_carry_tags(qtbot: Any, window: MainWindow, world: World) -> None:
    window.go_to(PEOPLE)
    people = window.people
    qtbot.waitUntil(lambda: people.model.rowCount() > 0)
    people.view.select_row(people.model.row_of(world.anna))
    people.view.setFocus()
    press(people.view, Key.Key_T)
    type_label(qtbot, people.tags, "Family")
    qtbot.waitUntil(lambda: badge(window, "Family") == "5")
    press(people.tags.field, Key.Key_Escape)
    window.sidebar.list.setCurrentItem(entry(window, "Family"))
    qtbot.waitUntil(lambda: window.photos.model.rowCount() == 5)
    window.actions_.undo()
    qtbot.waitUntil(lambda: entry(window, "Family") is None)
    qtbot.waitUntil(lambda: window.photos.model.rowCount() == 14)


def test_photos_of_a_person_carry_tags_and_go_into_albums(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    window.open_person(world.anna)
    page = window.person
    page.header.photos.click()
    qtbot.waitUntil(lambda: page.photos.rowCount() == 5)
    page.photo_view.selectAll()
    press(page.photo_view, Key.Key_T)
    type_label(qtbot, page.tags, "Beach")
    qtbot.waitUntil(lambda: badge(window, "Beach") == "5")
    press(page.tags.field, Key.Key_Escape)
    assert page.photo_view.hasFocus()
    press(page.photo_view, Key.Key_A)
    type_label(qtbot, page.albums, "Summer")
    qtbot.waitUntil(lambda: badge(window, "Summer") == "5")
    page.header.faces.click()
    assert not page.albums.isVisible()
    press(page.face_view, Key.Key_T)
    type_label(qtbot, page.person_tags, "Family")
    qtbot.waitUntil(lambda: badge(window, "Family") == "5")


def test_on_this_day_is_listed_when_there_is_something(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    sidebar = window.sidebar
    qtbot.waitUntil(lambda: sidebar.list.count() > 6)
    assert entry(window, "On This Day") is None
    photo_id = ask(window.services, queries.photo_ids)[2]
    today = datetime.date.today()
    taken = f"{today.year - 4}-{today:%m-%d}T10:00:00"
    window.services.submit(redate, photo_id, taken).result(30)
    qtbot.waitUntil(lambda: entry(window, "On This Day") is not None)
    assert entry(window, "On This Day").data(BADGE) == "1"
    sidebar.list.setCurrentItem(entry(window, "On This Day"))
    qtbot.waitUntil(lambda: list(window.photos.model.ids) == [photo_id])
    assert window.photos.header.title.text() == "On This Day"
    titles = [section.title for section in window.photos.view._sections]
    assert titles == [f"{today.year - 4} · 4 years ago"]


def test_the_photos_of_an_album_are_exported_from_its_menu(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    some = ask(window.services, queries.photo_ids)[:3]
    window.services.submit(labels.set_favourite, some).result(30)
    menu = window.sidebar.menu(FAVOURITES)
    assert menu is not None and window.sidebar.menu(PEOPLE) is None
    asked: list[list[int]] = []
    window.files.export_wanted.connect(lambda ids, people: asked.append(ids))
    next(action for action in menu.actions() if "Export" in action.text()).trigger()
    qtbot.waitUntil(lambda: asked == [some])
    next(action for action in menu.actions() if action.text() == "Slideshow").trigger()
    qtbot.waitUntil(lambda: window.navigator.page is window.photo)


def test_an_album_begins_with_its_oldest_photo(
    qtbot: Any, window: MainWindow, world: World
) -> None:
    page = window.photos
    everything = list(page.model.ids)
    window.labels.put_in_album(everything[:4], "Summer")
    qtbot.waitUntil(lambda: badge(window, "Summer") == "4")
    key = entry(window, "Summer").data(KEY)
    window.collections.go(key)
    qtbot.waitUntil(lambda: list(page.model.ids) == everything[:4])
    newest, oldest = page.sort.menu().actions()
    page.sort.menu().aboutToShow.emit()
    assert page.sort.isVisible() and newest.isChecked()
    oldest.trigger()
    qtbot.waitUntil(lambda: list(page.model.ids) == everything[3::-1])
    # Each list has its own order, which stays.
    page.show_all()
    qtbot.waitUntil(lambda: list(page.model.ids) == everything)
    page.sort.menu().aboutToShow.emit()
    assert newest.isChecked()
    window.collections.go(key)
    qtbot.waitUntil(lambda: list(page.model.ids) == everything[3::-1])
    page.field.set_search("album:Summer")
    qtbot.waitUntil(lambda: list(page.model.ids) == everything[:4])
    oldest.trigger()
    qtbot.waitUntil(lambda: list(page.model.ids) == everything[3::-1])
    played: list[list[int]] = []
    window.collections.play_wanted.connect(played.append)
    window.sidebar.play_wanted.emit(key)
    qtbot.waitUntil(lambda: played == [everything[3::-1]])
