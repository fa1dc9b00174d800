"""Icon buttons with a tooltip and an accessible name."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QStyleOptionToolButton, QToolButton

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
    """Create an icon button.

    Args:
        icon: A name in the icon set.
        text: Shown until the set is loaded.
        name: What the button does, for the tooltip and for screen readers.
        act: Called when the button is pressed.
        width: In logical px, like the height.
        height: At least `theme.TARGET`, so that it can be hit with a finger.
        flat: No frame until the pointer hovers over it.
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


class MenuButton(QToolButton):
    """Icon button that opens a menu, without the arrow for which it has no room.

    A style sheet could hide the arrow too, but keeps its colors when the appearance changes.
    """

    def __init__(self, name: str, width: int = theme.TARGET) -> None:
        """Create the button; ``name`` says what it shows, for the tooltip and screen readers."""
        super().__init__()
        self.setFixedSize(width, theme.TARGET)
        self.setText("⋯")
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def initStyleOption(self, option: QStyleOptionToolButton) -> None:
        super().initStyleOption(option)
        option.features &= ~QStyleOptionToolButton.ToolButtonFeature.HasMenu


def back_button(name: str, tip: str) -> QToolButton:
    """Create the arrow button that leaves a page."""
    button = tool_button("arrow-left", "←", name, width=LARGE, height=LARGE, flat=True)
    button.setToolTip(tip)
    return button
