"""A window over a real library without a pipeline's worth of work: small pictures, known groups."""

from __future__ import annotations

import functools
import gc
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import shiboken6

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QBuffer, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

# Logs a message while the loader's lock is held, and pytest-qt passes messages to Python: loaded
# beside threads, one of which loads a library too and holds the GIL, both would wait forever.
with suppress(ImportError):
    import PySide6.QtMultimedia  # noqa: F401

from facesorter.app.services import Services
from facesorter.domain import FaceState, FolderId, PhotoId, Region
from facesorter.gui.window.main_window import MainWindow
from facesorter.images.dates import RULE
from facesorter.images.photo_info import PhotoInfo
from facesorter.library import queries
from facesorter.library.decisions import corrections
from facesorter.library.scanning import describing, folders
from facesorter.library.transaction import Transaction
from facesorter.storage import faces, persons, photos

WIDTH, HEIGHT = 320, 240
REGION = Region(0.25, 0.25, 0.3, 0.4)
LANDMARKS = ((0.32, 0.4), (0.46, 0.4), (0.4, 0.48), (0.34, 0.56), (0.45, 0.56))


@dataclass
class World:
    """What the library of the tests holds."""

    folder: Path
    photo_ids: list[int] = field(default_factory=list)
    anna: int = 0
    """Named, with three confirmed faces and two suggested ones."""
    large: int = 0
    """Unnamed, five faces."""
    small: int = 0
    """Unnamed, three faces."""
    once: int = 0
    """Unnamed, one face."""


def make_pictures(folder: Path, count: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"photo {number:02}.jpg").write_bytes(picture(number))


@functools.cache
def picture(number: int) -> bytes:
    """A small JPEG in a colour of its own, with something light where its face is."""
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    image.fill(QColor.fromHsv(number * 29 % 360, 120, 200))
    painter = QPainter(image)
    painter.setBrush(Qt.GlobalColor.white)
    painter.drawEllipse(
        round(REGION.x * WIDTH),
        round(REGION.y * HEIGHT),
        round(REGION.w * WIDTH),
        round(REGION.h * HEIGHT),
    )
    painter.end()
    made = QBuffer()
    assert image.save(made, "JPG")
    return made.data().data()


def fill(txn: Transaction, world: World) -> None:
    folder = folders.add(txn, str(world.folder))
    connection = txn.connection
    made: list[int] = []
    for number, path in enumerate(sorted(world.folder.glob("*.jpg"))):
        stat = path.stat()
        taken_at = f"2019-06-{28 - number:02}T12:00:00"
        photo_id = insert(txn, folder.id, path.name, stat, taken_at)
        world.photo_ids.append(photo_id)
        made.append(faces.insert(connection, photo_id, REGION, LANDMARKS, 0.9, 0.8))
    txn.touch(photos=world.photo_ids, faces=made)
    groups = {"anna": made[0:3], "large": made[3:8], "small": made[8:11], "once": made[11:12]}
    for name, members in groups.items():
        person = persons.insert(connection, "2020-01-01T00:00:00Z")
        setattr(world, name, person)
        txn.touch(persons=[person])
        for face in members:
            faces.set_suggestion(connection, face, person, 0.7)
    corrections.name(txn, world.anna, "Anna")
    for face in made[12:14]:
        faces.set_suggestion(connection, face, world.anna, 0.6)


def insert(
    txn: Transaction, folder_id: FolderId, relpath: str, stat: os.stat_result, taken_at: str
) -> PhotoId:
    """Add a photo as if it had been analyzed, so that no scan changes it beside a test."""
    connection = txn.connection
    photo_id = photos.insert(
        connection,
        folder_id,
        relpath,
        stat.st_size,
        stat.st_mtime_ns,
        taken_at,
        "exif-original",
        (None, RULE),
    )
    photos.set_dates(connection, photo_id, json.dumps({"exif-original": taken_at}))
    photos.set_analysed(
        connection,
        photo_id,
        content_hash=f"{photo_id:032}",
        width=WIDTH,
        height=HEIGHT,
        orientation=1,
    )
    describing.record(txn, photo_id, PhotoInfo())
    return photo_id


def redate(txn: Transaction, photo_id: int, taken_at: str) -> None:
    """Date a photo, and what the date is read from: else a scan beside the test puts it back."""
    txn.connection.execute(
        "UPDATE photo SET taken_at = ?1, sort_at = ?1 WHERE id = ?2", (taken_at, photo_id)
    )
    photos.set_dates(txn.connection, photo_id, json.dumps({"exif-original": taken_at}))
    txn.touch(photos=[photo_id])


@pytest.fixture(scope="module", autouse=True)
def freeze_modules() -> None:
    """Spare the collections between tests what lives for ever: 180,000 objects of modules."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def collect_here() -> Iterator[None]:
    """Let cycles be collected between tests only, in this thread (see `gui.start.garbage`).

    What the test made is young; what still lives then is looked at again after the module.
    """
    gc.disable()
    yield
    gc.collect(1)
    gc.enable()


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "Rodina #1 léto")
    make_pictures(made.folder, 14)
    return made


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    made = Services(tmp_path / "library", tmp_path / "cache", watch=False)
    yield made
    assert made.stop(60)


@pytest.fixture
def empty_window(qtbot: Any, services: Services) -> Iterator[MainWindow]:
    """A window whose library is open and has no folder."""
    window = MainWindow(services)
    window.resize(1000, 700)
    with qtbot.waitExposed(window):
        window.show()
    services.start().result(60)
    qtbot.waitUntil(lambda: window.stack.currentWidget() is window.empty)
    yield window
    # Not `close`, which a window with work to do and a tray answers with a question.
    window.tray.quit()
    assert not window.isVisible(), "its threads would outlive it"
    # Here and now: left to Python, it might be destroyed in a worker thread.
    shiboken6.delete(window)
    # Copied files are an object of Python, which Qt would delete after the interpreter has ended.
    QApplication.clipboard().clear()


@pytest.fixture
def window(qtbot: Any, services: Services, empty_window: MainWindow, world: World) -> MainWindow:
    """A window over the `world`, showing its photos."""
    services.submit(fill, world).result(60)
    shown = empty_window
    qtbot.waitUntil(lambda: shown.photos.model.rowCount() == 14)
    return shown


def ask(services: Services, query: Any, *args: Any, **kwargs: Any) -> Any:
    """Read the library as the window's queries do."""
    return services.query(query, *args, **kwargs).result(60)


def states(services: Services, person_id: int) -> dict[FaceState, int]:
    """How many faces of a person are in which state."""
    found = ask(services, queries.faces, ask(services, queries.face_ids, person_id=person_id))
    counted: dict[FaceState, int] = {}
    for face in found:
        counted[face.state] = counted.get(face.state, 0) + 1
    return counted


def person(services: Services, person_id: int) -> Any:
    """A person as the library has it, or None."""
    found = ask(services, queries.persons, [person_id])
    return found[0] if found else None


def press(view: Any, key: Qt.Key, modifiers: Any = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key in a view."""
    QTest.keyClick(view, key, modifiers)


def move(
    view: QWidget,
    to: QPoint,
    held: Any = Qt.MouseButton.NoButton,
    modifiers: Any = Qt.KeyboardModifier.NoModifier,
) -> None:
    """Move the pointer in a view, logical px of it.

    Sent to it, unlike what QTest.mouseMove does: that tells nothing where the pointer is there
    already or another window lies above, and never of a button that is held.
    """
    at = QPointF(to)
    where, none = view.mapToGlobal(at), Qt.MouseButton.NoButton
    event = QMouseEvent(QEvent.Type.MouseMove, at, where, none, held, modifiers)
    QApplication.sendEvent(view, event)


def click(view: Any, row: int, modifiers: Any = Qt.KeyboardModifier.NoModifier) -> None:
    """Click the middle of a tile."""
    rect = view.visualRect(view.model().index(row, 0))
    point = rect.center()
    point.setY(rect.y() + rect.width() // 2)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifiers, point)
