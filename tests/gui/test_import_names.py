"""Import Names: the user looks for names, answers conflicts once, uses them, takes them back."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTreeWidget

from facesorter.app.services import Services
from facesorter.domain import Changes, FolderId, NamedRegion, Region
from facesorter.exchange.sources import USUAL
from facesorter.gui.dialogs.import_names import ImportNamesDialog
from facesorter.gui.widgets.photo_details import rows as photo_rows
from facesorter.gui.window.main_window import MainWindow
from facesorter.images.xmp import Packet
from facesorter.library import photo_details
from facesorter.library.name_import.judging import Conflict
from facesorter.storage import folders, persons
from tests.gui.conftest import REGION, World, ask, person

LEFT = Qt.MouseButton.LeftButton


def write_sidecar(photo: Path, *people: tuple[str, Region]) -> None:
    packet = Packet()
    packet.set_people([NamedRegion(*each) for each in people], (640, 480))
    photo.with_name(f"{photo.name}.xmp").write_bytes(packet.bytes())


def photo(world: World, number: int) -> Path:
    return world.folder / f"photo {number:02}.jpg"


def open_dialog(qtbot: Any, window: MainWindow) -> ImportNamesDialog:
    window.commands.names.trigger()
    dialog = window.dialogs.opened["names"]
    assert isinstance(dialog, ImportNamesDialog)
    return dialog


def look(qtbot: Any, dialog: ImportNamesDialog) -> None:
    qtbot.mouseClick(dialog.look, LEFT)
    qtbot.waitUntil(lambda: dialog.stack.currentWidget() is dialog.preview, timeout=60_000)


def rows(tree: QTreeWidget) -> list[list[str]]:
    items = [tree.topLevelItem(at) for at in range(tree.topLevelItemCount())]
    return [[item.text(column) for column in range(3)] for item in items if item is not None]


def test_names_are_shown_used_and_taken_back(
    qtbot: Any, window: MainWindow, services: Services, world: World
) -> None:
    for number in (3, 4, 5):
        write_sidecar(photo(world, number), ("Marie", REGION))
    write_sidecar(photo(world, 13), ("Anna", REGION))
    dialog = open_dialog(qtbot, window)
    assert not dialog.use.isVisible()
    look(qtbot, dialog)
    assert dialog.preview.title.text() == "Names found in 4 photos: 2 people, 4 faces."
    assert rows(dialog.preview.people) == [["Marie", "3", "New"], ["Anna", "1", "Yes"]]
    assert dialog.preview.questions == {}
    qtbot.mouseClick(dialog.use, LEFT)
    qtbot.waitUntil(lambda: window.toast.isVisible(), timeout=60_000)
    assert window.toast.label.text() == "Named 4 faces"
    (marie,) = ask(services, persons.with_name, "Marie")
    assert person(services, marie).confirmed == 3
    qtbot.mouseClick(window.toast.button, LEFT)
    qtbot.waitUntil(lambda: ask(services, persons.with_name, "Marie") == [], timeout=60_000)


def test_a_conflict_is_asked_about_once_and_mine_is_kept_unless_the_user_says_so(
    qtbot: Any, window: MainWindow, services: Services, world: World
) -> None:
    for number in (0, 1, 2):  # Anna's, as the user said
        write_sidecar(photo(world, number), ("Berta", REGION))
    dialog = open_dialog(qtbot, window)
    look(qtbot, dialog)
    (question,) = dialog.preview.questions.values()
    assert question.answer.currentText() == "Keep mine"
    assert len(question.findChildren(type(question._crops[0]))) == 3
    question.answer.setCurrentIndex(1)
    assert dialog.preview.theirs() == [Conflict.OTHER_NAME]
    qtbot.mouseClick(dialog.use, LEFT)
    qtbot.waitUntil(lambda: bool(ask(services, persons.with_name, "Berta")), timeout=60_000)


def test_nothing_found_says_so(qtbot: Any, window: MainWindow, world: World) -> None:
    dialog = open_dialog(qtbot, window)
    source = dialog.focusWidget()
    assert source is dialog.choice.group.button(0)
    QTest.keyClick(source, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.stack.currentWidget() is dialog.preview, timeout=60_000)
    assert dialog.preview.title.text() == "No new names found."
    assert not dialog.use.isVisible()
    assert dialog.stop.text() == "Close"


def test_a_missing_folder_is_said_and_the_choice_is_back(
    qtbot: Any, window: MainWindow, world: World, tmp_path: Path
) -> None:
    dialog = open_dialog(qtbot, window)
    dialog.read([tmp_path / "gone"])
    qtbot.waitUntil(lambda: bool(dialog.choice.message.text()), timeout=60_000)
    assert "gone" in dialog.choice.message.text()
    assert dialog.look.isVisible()


def test_names_in_a_new_folder_are_offered(
    qtbot: Any, window: MainWindow, services: Services, world: World
) -> None:
    write_sidecar(photo(world, 3), ("Marie", REGION))
    services.name_offers.on_changed(Changes(unscanned=frozenset((FolderId(1),))))
    services.name_offers.on_scanned(FolderId(1), 14)
    qtbot.waitUntil(lambda: window.offer.isVisible(), timeout=60_000)
    assert window.offer.label.text() == "Names found in 1 photo: 1 person, 1 face. Use them?"
    qtbot.mouseClick(window.offer.look, LEFT)
    dialog = window.dialogs.opened["names"]
    assert isinstance(dialog, ImportNamesDialog)
    assert not window.offer.isVisible()
    qtbot.waitUntil(lambda: dialog.use.isVisible(), timeout=60_000)
    qtbot.mouseClick(dialog.use, LEFT)
    qtbot.waitUntil(lambda: bool(ask(services, persons.with_name, "Marie")), timeout=60_000)
    services.name_offers.on_scanned(FolderId(1), 0)  # no new folder: nothing is read again
    assert not window.offer.isVisible()


def test_the_source_of_a_name_is_shown(
    qtbot: Any, window: MainWindow, services: Services, world: World
) -> None:
    write_sidecar(photo(world, 3), ("Marie", REGION))
    dialog = open_dialog(qtbot, window)
    look(qtbot, dialog)
    qtbot.mouseClick(dialog.use, LEFT)
    qtbot.waitUntil(lambda: window.toast.isVisible(), timeout=60_000)
    known = ask(services, photo_details.shared, [world.photo_ids[3]])
    (name,) = known.names_from
    assert (name.name, name.source, name.made_at[:4] > "2020") == ("Marie", "mwg", True)
    assert dict(photo_rows(known))["Names"].startswith("From the photo file, ")
    window.open_photo(world.photo_ids[3], [world.photo_ids[3]])
    qtbot.waitUntil(lambda: bool(window.photo.view.faces), timeout=60_000)
    view = window.photo.view
    menu = window.photo.menu_at(view.face_box(view.faces[0]).center())
    assert menu.actions()[-1].text().startswith("From the photo file, ")
    assert not menu.actions()[-1].isEnabled()
    menu.deleteLater()


def test_contacts_give_dates_of_birth(
    qtbot: Any, window: MainWindow, services: Services, world: World, tmp_path: Path
) -> None:
    book = tmp_path / "people.vcf"
    book.write_text("BEGIN:VCARD\nVERSION:3.0\nFN:Anna\nBDAY:1956-05-31\nEND:VCARD\n")
    dialog = open_dialog(qtbot, window)
    dialog.read([book])
    qtbot.waitUntil(lambda: dialog.stack.currentWidget() is dialog.preview, timeout=60_000)
    assert dialog.preview.title.text() == "1 date of birth found."
    assert dialog.use.text() == "Use These Dates"
    (row,) = rows(dialog.preview.people)
    assert row == ["Anna", "", "Yes"]
    assert dialog.preview.people.isColumnHidden(2)
    assert not dialog.preview.people.isColumnHidden(3)
    assert "1956" in dialog.preview.people.topLevelItem(0).text(3)
    qtbot.mouseClick(dialog.use, LEFT)
    qtbot.waitUntil(lambda: window.toast.isVisible(), timeout=60_000)
    assert window.toast.label.text() == "Added 1 date of birth"
    assert ask(services, persons.births) == {world.anna: "1956-05-31"}
    assert window.commands.undo.text() == "Undo adding 1 date of birth"
    qtbot.mouseClick(window.toast.button, LEFT)
    qtbot.waitUntil(lambda: ask(services, persons.births) == {}, timeout=60_000)


def test_a_folder_that_is_not_in_the_library_can_be_added(
    qtbot: Any, window: MainWindow, services: Services, world: World, tmp_path: Path
) -> None:
    folder = tmp_path / "Elsewhere"
    folder.mkdir()
    shutil.copy(photo(world, 3), folder / "new.jpg")
    write_sidecar(folder / "new.jpg", ("Marie", REGION))
    dialog = open_dialog(qtbot, window)
    dialog.read_folder(str(folder), USUAL)
    qtbot.waitUntil(lambda: dialog.stack.currentWidget() is dialog.preview, timeout=60_000)
    assert dialog.preview.title.text() == "No new names found."
    assert dialog.add.isVisible()
    dialog.read([folder / "new.jpg"])
    qtbot.waitUntil(lambda: dialog.stack.currentWidget() is dialog.preview, timeout=60_000)
    assert not dialog.add.isVisible(), "the folder is the one of an earlier look"
    dialog.read_folder(str(folder), USUAL)
    qtbot.waitUntil(lambda: dialog.stack.currentWidget() is dialog.preview, timeout=60_000)
    qtbot.mouseClick(dialog.add, LEFT)
    watched = str(folder)
    qtbot.waitUntil(
        lambda: watched in [each.path for each in ask(services, folders.every)], timeout=60_000
    )
    qtbot.waitUntil(lambda: "names" not in window.dialogs.opened, timeout=60_000)
