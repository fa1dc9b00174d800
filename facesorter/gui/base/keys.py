"""Keyboard shortcuts: the one table that pages, menus, tooltips and the keyboard map read.

A key does the same on every page. A letter alone never reassigns a face or removes anything, and
where the page asks for a name, letters start typing it (`typed`). Whatever removes something is on
Delete, alone or with Ctrl or Shift.
"""

from __future__ import annotations

import sys
from enum import Enum
from typing import Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from facesorter.gui.i18n import words


class Shortcut(Enum):
    """What a key does, each with its keys in Qt's portable notation."""

    # Everywhere in the window.
    ADD_FOLDER = ("Ctrl+O",)
    SEARCH = ("Ctrl+F",)
    UNDO = ("Ctrl+Z",)
    REDO = ("Ctrl+Shift+Z", "Ctrl+Y")
    PHOTOS = ("Alt+1",)
    PEOPLE = ("Alt+2",)
    REVIEW = ("Alt+3",)
    UNKNOWN = ("Alt+4",)
    MAP = ("Alt+5",)
    PLACES = ("Alt+6",)
    DUPLICATES = ("Alt+7",)
    FOLDERS = ("Ctrl+Shift+O",)
    PARENT_FOLDER = ("Alt+Up",)
    """From a folder to the one that contains it."""
    LARGER_TILES = ("Ctrl++", "Ctrl+=")
    SMALLER_TILES = ("Ctrl+-",)
    BACK = ("Esc", "Alt+Left")
    RESCAN = ("F5",)
    PREFERENCES = ("Ctrl+,",)
    GUIDE = ("F1",)
    SHORTCUTS = ("?",)
    FULL_SCREEN = ("F11",)
    QUIT = ("Ctrl+Q",)

    # On pages: open, name and label.
    ACCEPT = ("Return", "Enter")
    """Open, or answer yes."""
    CONTINUE = ("Space",)
    """Next photo, play or pause, or skip a question."""
    NAME = ("F2", "N")
    FAVORITE = ("F", "*")
    TAGS = ("T",)
    ALBUM = ("A",)
    PLACE = ("G",)
    RATE = ("Ctrl+0", "Ctrl+1", "Ctrl+2", "Ctrl+3", "Ctrl+4", "Ctrl+5")
    """Rate with that many stars."""
    MOVE_TO_PERSON = ("S",)
    EXPLAIN = ("W",)
    SORT_BY_DOUBT = ("O",)
    DETAILS = ("I",)
    PLAY = ("P",)
    """A slideshow, or a person through the years."""
    COMPARE = ("C",)
    TOGGLE_STACK = ("U",)
    """Unfold or fold a stack; in the viewer, show its next photo."""
    STACK = ("Ctrl+G",)
    UNSTACK = ("Ctrl+Shift+G",)
    MUTE = ("M",)
    """The sound of a video."""
    ROTATE_LEFT = ("L",)
    ROTATE_RIGHT = ("R",)
    BOXES = ("B",)
    DRAW = ("D",)
    NEW_BOX = ("Ctrl+N",)
    LASSO = ("Ctrl+L",)
    WHOLE_PERSON = ("Ctrl+Shift+A",)
    INCREASE = ("+", "=")
    """Zoom in, or play faster."""
    DECREASE = ("-",)
    FIT = ("0",)
    ACTUAL_SIZE = ("1",)

    # On photos, as files.
    OPEN_FILE = ("Ctrl+Return",)
    SHOW_FILE = ("Ctrl+Shift+R",)
    COPY = ("Ctrl+C",)
    EXPORT = ("Ctrl+E",)
    CHANGE_DATE = ("Ctrl+D",)
    PRINT = ("Ctrl+P",)

    # On pages: reassign faces or remove something. Never a letter alone.
    MERGE = ("Ctrl+M",)
    REMOVE = ("Del",)
    """Hide a person, reject a face, or remove a photo from an album."""
    NOT_A_FACE = ("Ctrl+Del",)
    HIDE_UNNAMED = ("Shift+Del",)

    @property
    def sequences(self) -> list[QKeySequence]:
        """The keys, for a QAction."""
        return [QKeySequence(key) for key in self.value]


DESTRUCTIVE: Final = frozenset(
    (Shortcut.MERGE, Shortcut.REMOVE, Shortcut.NOT_A_FACE, Shortcut.HIDE_UNNAMED)
)
"""Shortcuts that remove something from where it was; all can be undone."""

_ON_MAC: Final = sys.platform == "darwin"
_WITHOUT_NAME: Final = Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.GroupSwitchModifier
"""Modifiers that don't count: the number pad, and AltGr on X11."""
_ALT_GR: Final = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
"""What Windows reports for AltGr, with which "ł" is typed."""


def shortcut(event: QKeyEvent) -> Shortcut | None:
    """Return the shortcut of a pressed key, or None.

    Shift is ignored where it only selects the character, as with capitals and ``*``. On macOS,
    whose keyboards have no Delete, Backspace is Delete.
    """
    key, modifiers = event.key(), event.modifiers() & ~_WITHOUT_NAME
    if key == Qt.Key.Key_Backspace and _ON_MAC:
        key = Qt.Key.Key_Delete
    if _is_character(key) and modifiers == Qt.KeyboardModifier.ShiftModifier:
        modifiers = Qt.KeyboardModifier.NoModifier
    # Not through QKeyCombination: keys of other alphabets are no Qt.Key.
    return _SHORTCUTS.get(key | modifiers.value)


def stars(event: QKeyEvent) -> int:
    """Return the number of stars that a key of `Shortcut.RATE` gives."""
    return event.key() - Qt.Key.Key_0


def number(event: QKeyEvent) -> int | None:
    """Return the number of a digit key, 1 to 9, or None; some keyboards need Shift for digits."""
    modifiers = event.modifiers() & ~_WITHOUT_NAME & ~Qt.KeyboardModifier.ShiftModifier
    digit = event.key() - Qt.Key.Key_0
    return digit if modifiers == Qt.KeyboardModifier.NoModifier and 1 <= digit <= 9 else None


def typed(event: QKeyEvent) -> str:
    """Return the pressed letter if it can start a name, else "".

    Letters of any alphabet; digits, Space and other characters stay shortcuts.
    """
    text = event.text()
    modifiers = event.modifiers() & ~_WITHOUT_NAME & ~Qt.KeyboardModifier.ShiftModifier
    plain = modifiers in (Qt.KeyboardModifier.NoModifier, _ALT_GR)
    return text if plain and text[:1].isalpha() else ""


def composed(event: QInputMethodEvent) -> QKeyEvent:
    """Return the key press that stands for text of an input method, such as "é" from two keys."""
    nothing = Qt.KeyboardModifier.NoModifier
    return QKeyEvent(QEvent.Type.KeyPress, 0, nothing, event.commitString())


def compose(view: QWidget, on: bool) -> None:
    """Let input methods compose text over a view; only where the page asks for a name.

    Elsewhere they would swallow letters that are shortcuts.
    """
    if view.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled) != on:
        view.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, on)
        QGuiApplication.inputMethod().update(Qt.InputMethodQuery.ImEnabled)


def shown(what: Shortcut, *, all_keys: bool = False) -> str:
    """Return a shortcut's first key, or all of them, as on the user's keyboard: "Strg+Entf"."""
    keys = ["Enter"] if what is Shortcut.ACCEPT else list(what.value)
    return words.keys(", ".join(keys if all_keys else keys[:1])).replace("-", "−")


def with_key(text: str, what: Shortcut) -> str:
    """Return a menu entry's text with its key at the right edge."""
    return f"{text}\t{shown(what)}"


def tip(text: str, what: Shortcut) -> str:
    """Return a tooltip with its key: "Tags (T)"."""
    return f"{text} ({shown(what)})"


def _is_character(key: int) -> bool:
    return 0x21 <= key <= 0xFF


_SHORTCUTS: Final[dict[int, Shortcut]] = {
    # The stubs lack the operator.
    QKeySequence(key)[0].toCombined(): what  # type: ignore[index]
    for what in Shortcut
    for key in what.value
}
