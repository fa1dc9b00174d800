"""What a screen reader is told, and where Tab leads: read from the window as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QScrollBar,
    QTabBar,
    QTextEdit,
    QWidget,
)

Role = QAccessible.Role
BUTTONS: Final = (Role.PushButton, Role.ButtonMenu, Role.ButtonDropDown, Role.CheckBox)
NAMED: Final = (
    *BUTTONS,
    Role.RadioButton,
    Role.EditableText,
    Role.ComboBox,
    Role.Slider,
    Role.SpinBox,
    Role.ProgressBar,
    Role.List,
    Role.ListItem,
    Role.Tree,
    Role.TreeItem,
    Role.Table,
    Role.Cell,
    Role.PageTab,
    Role.Graphic,
    Role.MenuItem,
)
"""Roles of which nobody knows what they are for without a name."""
FIELDS: Final = (
    QAbstractButton,
    QLineEdit,
    QComboBox,
    QAbstractSlider,
    QAbstractSpinBox,
    QAbstractItemView,
    QTabBar,
)
"""Widgets that take the mouse."""
LOOKED_AT: Final = 12
"""Items of a list that are read; the last one too."""


@dataclass(frozen=True)
class Node:
    """One object as a screen reader sees it."""

    role: QAccessible.Role
    name: str
    description: str
    states: frozenset[str]
    rect: QRect
    widget: QWidget | None
    children: int

    def __str__(self) -> str:
        return f"{self.role.name} {self.name!r} ({type(self.widget).__name__})"


def nodes(widget: QWidget) -> list[Node]:
    """Return what there is to see in a widget, from the top down."""
    QAccessible.setActive(True)
    return list(_below(QAccessible.queryAccessibleInterface(widget)))


def complaints(widget: QWidget) -> list[str]:
    """Return what a screen reader would leave its user wondering about."""
    found: list[str] = []
    by_text: dict[tuple[str, str], Node] = {}
    for node in nodes(widget):
        if isinstance(node.widget, QScrollBar):
            continue
        can_focus = "focusable" in node.states
        if (can_focus or node.role in NAMED) and not any(c.isalnum() for c in node.name):
            found.append(f"nameless: {node} at {node.rect.getRect()}")
        painted = type(node.widget) is not QWidget and not node.rect.isEmpty()
        if node.role is Role.Client and painted and not node.children and not node.name:
            found.append(f"a picture without a word: {node} at {node.rect.getRect()}")
        is_text = isinstance(node.widget, QTextEdit)
        if can_focus and not is_text and node.role in (Role.NoRole, Role.StaticText):
            found.append(f"takes the keyboard without being anything: {node}")
        if node.role in BUTTONS:
            other = by_text.setdefault((node.name, node.description), node)
            if other is not node:
                found.append(f"two alike: {node} at {node.rect.getRect()}")
    return found


def tab_round(window: QWidget) -> list[QWidget]:
    """Press Tab until the focus is where it was; returns what had it, the first one first."""
    start = QApplication.focusWidget()
    assert start is not None, "nothing has the focus"
    stops = [start]
    for _ in range(200):
        focus = QApplication.focusWidget()
        QTest.keyClick(focus if focus is not None else window, Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        assert focus is not None
        if focus is start and isinstance(start, QAbstractButton):
            return stops
        if focus is stops[-1]:
            # It goes from one box to the next inside a photo that is drawn on.
            continue
        if focus in stops:
            # A field that is there for one answer has left with the focus.
            gone = not start.isVisible() and focus is stops[1]
            assert focus is start or gone, f"Tab goes round without coming back to {start}: {focus}"
            return stops
        stops.append(focus)
    raise AssertionError("Tab never comes back")


def out_of_reach(window: QWidget, stops: list[QWidget]) -> list[str]:
    """Return the widgets that take the mouse and that Tab and arrows don't come to."""
    missed = []
    for each in window.findChildren(QWidget):
        if not isinstance(each, FIELDS) or isinstance(each, QScrollBar | QHeaderView):
            continue
        if not each.isVisibleTo(window) or not each.isEnabled() or each in stops:
            continue
        if each.window() is not window or _is_part(each) or _by_arrows(each, stops):
            continue
        missed.append(f"{type(each).__name__} {each.accessibleName() or each.objectName()!r}")
    return missed


def out_of_order(stops: list[QWidget], window: QWidget) -> list[str]:
    """Return steps of Tab that go up, or back on a line, against the reading order.

    Going on to another part of the window starts anew; where there is one part only, as on the
    photo page, the round has to begin anew within it, once.
    """
    wrong = []
    for before, after in zip(stops, [*stops[1:], stops[0]], strict=True):
        if _part_of(before, window) is not _part_of(after, window):
            continue
        a, b = _place(before, window), _place(after, window)
        above = b.bottom() < a.top() and b.left() <= a.right() and a.left() <= b.right()
        same_line = abs(a.center().y() - b.center().y()) < min(a.height(), b.height()) // 2
        if above or (same_line and b.right() < a.left()):
            wrong.append(f"{_said(before)} -> {_said(after)}")
    parts = {_part_of(stop, window) for stop in stops}
    return wrong if len(parts) > 1 or len(wrong) > 1 else []


def _below(found: QAccessibleInterface | None) -> Iterator[Node]:
    if found is None or not found.isValid():
        return
    state = found.state()
    if state.invisible:
        return
    owner = found.object()
    yield Node(
        role=found.role(),
        name=found.text(QAccessible.Text.Name),
        description=found.text(QAccessible.Text.Description),
        states=frozenset(n for n in _STATES if getattr(state, n)),
        rect=found.rect(),
        widget=owner if isinstance(owner, QWidget) else None,
        children=found.childCount(),
    )
    count = found.childCount()
    is_list = isinstance(owner, QAbstractItemView)
    first = range(min(count, LOOKED_AT) if is_list else count)
    last = range(count - 1, count) if is_list and count > LOOKED_AT else range(0)
    for at in (*first, *last):
        yield from _below(found.child(at))


_STATES: Final = (
    "focusable",
    "focused",
    "disabled",
    "checkable",
    "checked",
    "selectable",
    "selected",
    "expandable",
    "editable",
    "hasPopup",
)


def _is_part(widget: QWidget) -> bool:
    """Whether it is a piece of another field: the cross in a search, a combo box's list."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QLineEdit | QComboBox | QAbstractSpinBox | QTabBar):
            return True
        parent = parent.parentWidget()
    return False


def _by_arrows(widget: QWidget, stops: list[QWidget]) -> bool:
    """Whether arrows lead to it from another button of its group, as among tabs."""
    if not isinstance(widget, QAbstractButton) or not widget.autoExclusive():
        group = widget.group() if isinstance(widget, QAbstractButton) else None
        if group is None or not group.exclusive():
            return False
        return any(each in stops for each in group.buttons())
    parent = widget.parentWidget()
    return any(
        isinstance(each, QAbstractButton) and each.parentWidget() is parent for each in stops
    )


def _part_of(widget: QWidget, window: QWidget) -> QWidget:
    """Return the part of the window that a widget is in: sidebar, page, or status line."""
    part = widget
    while (parent := part.parentWidget()) is not None and parent is not window:
        part = parent
    return part


def _place(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def _said(widget: QWidget) -> str:
    return f"{type(widget).__name__} {widget.accessibleName() or getattr(widget, 'text', str)()!r}"
