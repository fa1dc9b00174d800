"""Controls anywhere in the window: the wheel, Enter, and both appearances."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QPalette, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollBar,
    QWidget,
)

from facesorter import gui
from facesorter.gui.base import theme
from facesorter.gui.dialogs.export import ExportDialog
from facesorter.gui.dialogs.preferences import Preferences
from facesorter.gui.window.main_window import MainWindow
from tests.gui.conftest import World

Role = QPalette.ColorRole


def dialogs(window: MainWindow) -> list[QDialog]:
    """Open every dialog that the menu leads to, and those of an export and of dates."""
    commands = window.commands
    for action in (
        *(commands.preferences, commands.models, commands.backups, commands.guide),
        *(commands.report, commands.keys, commands.about, commands.problems, commands.sidecars),
    ):
        action.trigger()
    window.dialogs.show_export(window.photos.model.ids[:2], [])
    window.dialogs.show_change_date(window.photos.model.ids[:2])
    found = window.findChildren(QDialog)
    assert len(found) == 11
    return found


def turn_wheel(field: QWidget) -> bool:
    """Turn the wheel over a field; return whether the field took it."""
    at = QPointF(field.rect().center())
    event = QWheelEvent(
        at,
        QPointF(field.mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    event.ignore()
    QApplication.sendEvent(field, event)
    return event.isAccepted()


def test_neither_wheel_nor_enter_does_anything_on_its_way(window: MainWindow) -> None:
    opened = dialogs(window)
    kinds: tuple[type[QWidget], ...] = (QAbstractSpinBox, QComboBox, QAbstractSlider)
    fields = [field for kind in kinds for field in window.findChildren(kind)]
    fields = [field for field in fields if not isinstance(field, QScrollBar)]
    assert len(fields) >= 9
    for field in fields:
        assert field.focusPolicy() != Qt.FocusPolicy.WheelFocus, field
        field.clearFocus()
        assert not turn_wheel(field), field.accessibleName()
    pressed: list[object] = []
    for dialog in opened:
        for button in dialog.findChildren(QPushButton):
            button.clicked.disconnect()
            button.clicked.connect(lambda *_, button=button: pressed.append(button))
        for field in (dialog, *dialog.findChildren(QWidget)):
            tabs = field.focusPolicy() & Qt.FocusPolicy.TabFocus
            if tabs and not isinstance(field, QPushButton):
                QTest.keyClick(field, Qt.Key.Key_Return)
        QTest.keyClick(dialog, Qt.Key.Key_Return)
    # In the field that says where to, Enter does what its dialog is for.
    assert pressed == [each.start for each in opened if isinstance(each, ExportDialog)]


def test_every_module_with_such_fields_guards_them() -> None:
    """Also those of dialogs that only a selection leads to."""
    root = Path(gui.__file__).parent
    fields = re.compile(r"\b(QComboBox|QSpinBox|QSlider|QDoubleSpinBox|QDateEdit)\(")
    found = [path for path in root.rglob("*.py") if fields.search(path.read_text("utf-8"))]
    assert len(found) >= 5
    for path in found:
        assert "wheel.require_focus(" in path.read_text("utf-8"), path


def test_only_a_setting_in_focus_takes_the_wheel(qtbot: Any, window: MainWindow) -> None:
    window.commands.preferences.trigger()
    dialog = window.dialogs.opened["preferences"]
    assert isinstance(dialog, Preferences)
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.thorough.setFocus()
    before = dialog.smallest.value()
    assert not turn_wheel(dialog.smallest) and dialog.smallest.value() == before
    dialog.smallest.setFocus()
    assert turn_wheel(dialog.smallest) and dialog.smallest.value() != before


@pytest.fixture
def appearance(qapp: QApplication) -> Iterator[Callable[[str], None]]:
    def use(name: str) -> None:
        theme.set_appearance(qapp, name)
        QApplication.processEvents()

    yield use
    theme.set_appearance(qapp, "system")


def test_hints_and_quiet_texts_stay_readable_when_the_appearance_changes(
    window: MainWindow, world: World, appearance: Callable[[str], None]
) -> None:
    window.open_person(world.anna)
    window.person.header.about.click()
    window.commands.preferences.trigger()
    for name in ("dark", "light", "dark", "system"):
        appearance(name)
        for label in window.findChildren(QLabel):
            if label.isEnabled() and not label.parentWidget().isHidden():
                readable(label, label.palette(), Role.WindowText, Role.Window, name, 4.5)
        fields = [*window.findChildren(QLineEdit), *window.findChildren(QPlainTextEdit)]
        for field in fields:
            readable(field, field.palette(), Role.PlaceholderText, Role.Base, name, 3.9)
            readable(field, field.palette(), Role.Text, Role.Base, name, 4.5)


def test_icons_and_buttons_change_with_the_appearance(
    window: MainWindow, appearance: Callable[[str], None]
) -> None:
    appearance("light")
    button, more = window.sidebar.add, window.sidebar.more
    for name in ("dark", "light", "dark", "system"):
        appearance(name)
        text = button.palette().color(Role.ButtonText).lightness()
        image = button.icon().pixmap(20).toImage()
        inked = [
            image.pixelColor(x, y).lightness()
            for x in range(image.width())
            for y in range(image.height())
            if image.pixelColor(x, y).alpha() > 200
        ]
        assert inked and all(abs(tone - text) < 40 for tone in inked), name
        ground = more.grab().toImage().pixelColor(4, more.height() // 2).lightness()
        assert abs(ground - more.palette().color(Role.Button).lightness()) < 40, name


def readable(
    widget: QWidget, palette: QPalette, text: Role, ground: Role, name: str, least: float
) -> None:
    below, above = palette.color(ground), palette.color(text)
    opaque = QColor(above.red(), above.green(), above.blue())
    seen = theme.mix(below, opaque, above.alphaF())
    message = getattr(widget, "text", widget.accessibleName)()
    assert theme.contrast(seen, below) >= least, (name, type(widget).__name__, message)
