"""Buttons that show an icon, and say in words what they do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QToolButton

from facesorter.gui.base import icons, theme

LARGE = theme.TARGET + 4


def tool_button(
    icon: str,
    text: str,
    name: str,
    act: Callable[[], object] | None = None,
    *,
    width: int = theme.TARGET,
    height: int = theme.TARGET,
    flat: bool = False,
) -> QToolButton:
    """Make a button.

    Args:
        icon: A name of the icon set.
        text: What stands there until the set is loaded.
        name: What it does, for the tooltip and for screen readers.
        act: Called when it is pressed.
        width: Logical px, as is the height.
        height: At least `theme.TARGET`, to be hit with a finger.
        flat: Without a frame until the pointer is on it.
    """
    button = QToolButton()
    button.setFixedSize(width, height)
    button.setAutoRaise(flat)
    button.setText(text)
    button.setAccessibleName(name)
    button.setToolTip(name)
    icons.put(button, icon)
    if act is not None:
        button.clicked.connect(lambda _checked=False: act())
    return button


def back_button(name: str, tip: str) -> QToolButton:
    """Make the arrow with which a page is left."""
    button = tool_button("arrow-left", "←", name, width=LARGE, height=LARGE, flat=True)
    button.setToolTip(tip)
    return button
