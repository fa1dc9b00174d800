"""The window in every language: chosen rightly, wholly translated, and nothing cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QScrollArea,
    QToolButton,
    QWidget,
)

from facesorter import __main__ as start
from facesorter.app.services import Services
from facesorter.gui import languages, words
from facesorter.gui.about import About
from facesorter.gui.catalogue import Catalogue
from facesorter.gui.keyboard_map import KeyboardMap
from facesorter.gui.main_window import MainWindow
from facesorter.settings import Settings
from tests.gui.conftest import World

SIZES = {"1280x800": (1280, 800), "200 %": (640, 420)}
"""Logical pixels of a window on a small screen, as it is and at twice the size."""
PSEUDO = "pseudo"


class Pseudo(Catalogue):
    """A language that marks what was translated."""

    def __len__(self) -> int:
        return 1

    def find(self, context: str, text: str, n: int | None = None) -> str | None:
        return f"⟦{text}⟧"


@pytest.fixture(params=["en", "de", "fr", "ro", "ru"])
def language(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[str]:
    """The language that is spoken while the test runs."""
    before = QLocale()
    if request.param == PSEUDO:
        words.use(Pseudo())
    else:
        languages.apply(qapp, request.param)
    yield request.param
    languages.apply(qapp, languages.ENGLISH)
    QLocale.setDefault(before)


@pytest.fixture
def services(language: str, services: Services) -> Services:
    """As everywhere, but not before the language is chosen: texts are said as widgets are made."""
    return services


def stations(qtbot: Any, window: MainWindow, world: World) -> Iterator[tuple[str, QWidget]]:
    """Walk through the window; yields each place's name and what shows it."""
    until = qtbot.waitUntil
    yield "photos", window
    window.photos.view.select_row(0)
    yield "photos, selected", window
    window.start_search()
    window.photos.field.setText("Nemo")
    until(lambda: window.photos.model.rowCount() == 0)
    yield "nothing found", window
    window.photos.field.clear()
    window.go_to("people")
    until(lambda: window.people.model.rowCount() >= 3)
    yield "people", window
    window.open_person(world.anna)
    until(lambda: window.person.faces.rowCount() == 5)
    yield "person", window
    window.person.face_view.select_row(0)
    window.person.asking.ask(list(window.person.faces.ids[:2]))
    yield "someone else", window
    window.person.asking.close_bar()
    window.split_person(world.large)
    until(lambda: window.split.isVisible())
    yield "split", window
    window.go_to("review")
    until(lambda: window.review.isVisible())
    yield "review", window
    window.go_to("unknown")
    yield "unknown", window
    window.go_to("photos")
    window.open_photo(world.photo_ids[0], list(world.photo_ids))
    until(lambda: len(window.photo.view.faces) == 1)
    yield "photo", window
    window.toast.say(words.decision("split", {"faces": 12, "name": ""}), True)
    yield "toast", window
    for dialog in (KeyboardMap(window), About(window)):
        dialog.show()
        yield type(dialog).__name__, dialog
        dialog.close()
    window.show_problems()
    assert window._panel is not None
    yield "problems", window._panel
    window._panel.close()


def parts(shown: QWidget) -> Iterator[QWidget]:
    """What a user sees of a window, without its dialogs."""
    for widget in shown.findChildren(QWidget):
        if widget.isVisible() and widget.window() is shown.window():
            yield widget


def cut(widget: QWidget) -> str:
    """What of a widget's text can't be seen; empty where all is well."""
    if isinstance(widget, QLabel):
        text = widget.text()
        if not text or widget.minimumWidth() == 0 == widget.sizeHint().width():
            return ""
        if widget.wordWrap():
            high = widget.heightForWidth(widget.width())
            return text if high > widget.height() + 1 else ""
        return text if widget.sizeHint().width() > widget.width() + 1 else ""
    if isinstance(widget, QToolButton) and not widget.text():
        return ""
    if isinstance(widget, QAbstractButton | QComboBox):
        text = widget.text() if isinstance(widget, QAbstractButton) else widget.currentText()
        least = widget.minimumSizeHint()
        return text if text and least.width() > widget.width() + 1 else ""
    if isinstance(widget, QLineEdit) and not widget.text():
        said = widget.placeholderText()
        room = widget.width() - 2 * widget.fontMetrics().averageCharWidth()
        return said if widget.fontMetrics().horizontalAdvance(said) > room else ""
    return ""


def outside(widget: QWidget) -> bool:
    """Whether a part reaches beyond what holds it."""
    holder = widget.parentWidget()
    if not isinstance(widget, QLabel | QAbstractButton | QComboBox) or holder is None:
        return False
    scrolled = holder.parentWidget()
    if scrolled is not None and isinstance(scrolled.parentWidget(), QScrollArea):
        return False
    return not holder.rect().adjusted(-1, -1, 1, 1).contains(widget.geometry())


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_cut_off(
    qtbot: Any, window: MainWindow, world: World, language: str, size: str
) -> None:
    window.resize(*SIZES[size])
    found = []
    for name, shown in stations(qtbot, window, world):
        QApplication.processEvents()
        if isinstance(shown, QDialog):
            # A dialog is as large as it likes, but no larger than the screen.
            wide, high = shown.width(), shown.height()
            room = SIZES[size]
            if wide > room[0] or high > room[1]:
                found.append(f"{name}: {wide} x {high}")
        for widget in parts(shown):
            text = cut(widget)
            if text:
                found.append(f"{name}: {type(widget).__name__} {text!r}")
            elif outside(widget):
                found.append(f"{name}: {type(widget).__name__} {widget.geometry()} is outside")
    assert not found, "\n".join(found)
