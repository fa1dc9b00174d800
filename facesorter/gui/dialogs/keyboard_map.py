"""Keyboard map, opened with `?`."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Final

from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from facesorter.gui.base import theme
from facesorter.gui.base.dialog import Dialog
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate

MOST_COLUMNS: Final = 3
GAP: Final = 4 * theme.GRID
"""Space between two columns, logical px."""


LETTERS: Final = "letters"
"""Stands for any letter, in places where a name is asked for."""
_Line = tuple[Shortcut | str, str]


def keys() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the keys, grouped by place, as on an English keyboard."""
    return [(place, [(_text(key), does) for key, does in lines]) for place, lines in places()]


def _text(key: Shortcut | str) -> str:
    if key == LETTERS:
        return translate("Keys", "Letters")
    return key if isinstance(key, str) else ", ".join(_names(key))


def _names(what: Shortcut) -> list[str]:
    # One of the two Enter keys is enough; so are alternatives that only save Shift.
    left_out = {"Return", "=", "Ctrl+=", "Alt+Left", "Ctrl+Y"}
    shown = {"Ctrl+Return": "Ctrl+Enter"}
    return [shown.get(key, key).replace("-", "−") for key in what.value if key not in left_out]


def places() -> list[tuple[str, list[_Line]]]:
    """Return the meanings of keys by place; keys that aren't in the table are written out."""
    rename = translate("Keys", "Rename")
    favorite = translate("Keys", "Add to or remove from Favorites")
    not_a_face = translate("Keys", "Not a face")
    return [
        (
            translate("Keys", "Everywhere"),
            [
                (Shortcut.ADD_FOLDER, translate("Keys", "Add folder")),
                (Shortcut.SEARCH, translate("Keys", "Search")),
                (Shortcut.UNDO, translate("Keys", "Undo")),
                (Shortcut.REDO, translate("Keys", "Redo")),
                (
                    "Alt+1 … Alt+7",
                    translate(
                        "Keys",
                        "Go to Photos, People, Review, Unknown Faces, Face Map, Places, Duplicates",
                    ),
                ),
                (Shortcut.FOLDERS, translate("Keys", "Go to the folders")),
                ("Ctrl++, Ctrl+−", translate("Keys", "Larger or smaller thumbnails")),
                (Shortcut.ACCEPT, translate("Keys", "Open")),
                (Shortcut.BACK, translate("Keys", "Back")),
                (Shortcut.RESCAN, translate("Keys", "Check for new photos")),
                (Shortcut.PREFERENCES, translate("Keys", "Preferences")),
                (Shortcut.QUIT, translate("Commands", "Quit")),
                (Shortcut.GUIDE, translate("Keys", "Guide")),
                (Shortcut.SHORTCUTS, translate("Keys", "Keyboard shortcuts")),
            ],
        ),
        (
            translate("Keys", "Where you can type a name"),
            [
                (LETTERS, translate("Keys", "Start typing the name; Enter saves it")),
            ],
        ),
        (
            translate("Keys", "People"),
            [
                (Shortcut.NAME, rename),
                (Shortcut.MERGE, translate("Keys", "Merge the selected people")),
                (Shortcut.FAVORITE, favorite),
                (Shortcut.TAGS, translate("Keys", "Edit tags")),
                (Shortcut.REMOVE, translate("Keys", "Hide or show")),
            ],
        ),
        (
            translate("Keys", "Photos"),
            [
                (Shortcut.FAVORITE, favorite),
                (Shortcut.TAGS, translate("Keys", "Tags")),
                (Shortcut.ALBUM, translate("Keys", "Add to an album")),
                (Shortcut.PLACE, translate("Keys", "Set the place")),
                ("Ctrl+0 … Ctrl+5", translate("Keys", "Rate with stars")),
                (Shortcut.DETAILS, translate("Keys", "Details")),
                (
                    Shortcut.REMOVE,
                    translate("Keys", "Remove from album or tag; else move to trash"),
                ),
                ("R, L", translate("Keys", "Rotate right, left")),
                (Shortcut.PLAY, translate("Keys", "Slideshow; Space pauses")),
                (Shortcut.COMPARE, translate("Keys", "Compare 2 to 4 photos")),
                (Shortcut.TOGGLE_STACK, translate("Keys", "Unfold a stack; next photo of a stack")),
                (Shortcut.STACK, translate("Keys", "Stack")),
                (Shortcut.UNSTACK, translate("Keys", "Unstack")),
                (Shortcut.OPEN_FILE, translate("Keys", "Open in default app")),
                (Shortcut.SHOW_FILE, translate("Keys", "Show in folder")),
                (Shortcut.COPY, translate("Keys", "Copy")),
                (Shortcut.EXPORT, translate("Keys", "Export")),
                (Shortcut.CHANGE_DATE, translate("Keys", "Change the date")),
                (Shortcut.PRINT, translate("Keys", "Print")),
                ("F2, Del", translate("Keys", "In the sidebar: rename, delete")),
            ],
        ),
        (
            translate("Keys", "Folders"),
            [
                ("→, ←", translate("Keys", "Open or close a folder")),
                (Shortcut.PARENT_FOLDER, translate("Keys", "Go to the enclosing folder")),
            ],
        ),
        (
            translate("Keys", "A person"),
            [
                (Shortcut.ACCEPT, translate("Keys", "Yes, it is this person")),
                (Shortcut.REMOVE, translate("Keys", "No, it isn’t")),
                (Shortcut.NOT_A_FACE, not_a_face),
                (Shortcut.MOVE_TO_PERSON, translate("Keys", "Move to another person")),
                (Shortcut.EXPLAIN, translate("Keys", "Why is this here?")),
                (Shortcut.SORT_BY_DOUBT, translate("Keys", "Doubtful first")),
                (Shortcut.DETAILS, translate("Keys", "Details")),
                (Shortcut.FAVORITE, favorite),
                (Shortcut.TAGS, translate("Keys", "Edit tags")),
                (Shortcut.PLAY, translate("Keys", "Through the years; Space plays")),
                (Shortcut.NAME, rename),
            ],
        ),
        (
            translate("Keys", "Review"),
            [
                (Shortcut.ACCEPT, translate("Keys", "Yes; type a name")),
                (Shortcut.REMOVE, translate("Keys", "No; hide")),
                (translate("Keys", "Space"), translate("Keys", "Not sure")),
                (Shortcut.NOT_A_FACE, not_a_face),
                ("1 … 9", translate("Keys", "Choose a suggestion; mark a wrong face")),
                ("→, ←", translate("Keys", "Next, previous")),
                (Shortcut.UNDO, translate("Keys", "Undo the last answer")),
            ],
        ),
        (
            translate("Keys", "Unknown Faces"),
            [
                (Shortcut.ACCEPT, translate("Keys", "Similar faces first")),
                (Shortcut.REMOVE, translate("Keys", "Hide")),
            ],
        ),
        (
            translate("Keys", "Face Map"),
            [
                (translate("Keys", "Arrows"), translate("Keys", "Next face in that direction")),
                ("+, −, 0", translate("Keys", "Zoom; zoom to fit")),
                (Shortcut.LASSO, translate("Keys", "Select with a lasso")),
                (Shortcut.WHOLE_PERSON, translate("Keys", "Select the whole person")),
                (Shortcut.NOT_A_FACE, not_a_face),
                (Shortcut.REMOVE, translate("Keys", "Hide unnamed people")),
            ],
        ),
        (
            translate("Keys", "Places"),
            [
                (translate("Keys", "Arrows"), translate("Keys", "Pan the map")),
                ("+, −, 0", translate("Keys", "Zoom; zoom to fit")),
                (Shortcut.ACCEPT, translate("Keys", "Show the photos nearest to the middle")),
            ],
        ),
        (
            translate("Keys", "Duplicates"),
            [
                ("→, ←", translate("Keys", "Next, previous")),
                ("1 … 9", translate("Keys", "Choose whether to keep a photo")),
                (Shortcut.ACCEPT, translate("Keys", "Open")),
                (Shortcut.REMOVE, translate("Keys", "Move the others to the trash")),
            ],
        ),
        (
            translate("Keys", "A photo"),
            [
                ("←, →", translate("Keys", "Previous, next")),
                (Shortcut.BOXES, translate("Keys", "Show or hide the faces")),
                (Shortcut.NAME, translate("Keys", "Name a face")),
                (
                    translate("Keys", "Space"),
                    translate("Keys", "Play or pause a video; ←, → skip then"),
                ),
                ("↑, ↓", translate("Keys", "Volume of a video")),
                (Shortcut.MUTE, translate("Keys", "Mute a video")),
                (Shortcut.DRAW, translate("Keys", "Mark faces; Tab for the next")),
                (Shortcut.NEW_BOX, translate("Keys", "Mark a face by keyboard")),
                ("F, T, A", translate("Keys", "Favorite, tags, albums")),
                ("I, Ctrl+0 … Ctrl+5", translate("Keys", "Details; rate with stars")),
                (Shortcut.HIDE_UNNAMED, translate("Keys", "Hide all unnamed people")),
                ("+, −, 0, 1", translate("Keys", "Zoom; fit to window; actual size")),
                (translate("Keys", "Arrows"), translate("Keys", "Move around, when zoomed in")),
                (Shortcut.FULL_SCREEN, translate("Keys", "Full screen")),
            ],
        ),
    ]


class KeyboardMap(Dialog):
    """Dialog that lists the keys in as many columns as fit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Keys", "Keyboard Shortcuts"))
        most = self.screen().availableSize() if parent is None else parent.window().size()
        room = most.width() - 10 * theme.GRID
        listed = keys()
        blocks = [_block(place, pairs) for place, pairs in listed]
        widest = max(block.sizeHint().width() for block in blocks) + GAP
        columns = max(1, min(MOST_COLUMNS, (room + GAP) // widest))
        inner = QWidget()
        row = QHBoxLayout(inner)
        row.setContentsMargins(0, 0, 2 * theme.GRID, 0)
        row.setSpacing(GAP)
        for part in _columns([len(pairs) + 2 for _, pairs in listed], columns):
            column = QVBoxLayout()
            column.setSpacing(3 * theme.GRID)
            for at in part:
                column.addWidget(blocks[at])
            column.addStretch(1)
            row.addLayout(column)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(3 * theme.GRID,) * 4)
        column.setSpacing(3 * theme.GRID)
        area = QScrollArea()
        area.setAccessibleName(self.windowTitle())
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inner)
        theme.slim(area)
        # Show all of it if the window has room; at 200 % it scrolls.
        wanted = inner.sizeHint()
        edge = area.verticalScrollBar().sizeHint().width() + theme.GRID
        area.setMinimumSize(
            min(wanted.width() + edge, most.width() - 6 * theme.GRID),
            min(wanted.height() + edge, most.height() - 16 * theme.GRID),
        )
        column.addWidget(area)
        column.addWidget(theme.dress(buttons))


def _block(place: str, pairs: list[tuple[str, str]]) -> QWidget:
    """Create the list of one place's keys below its name."""
    made = QWidget()
    block = QGridLayout(made)
    block.setContentsMargins(0, 0, 0, 0)
    block.setHorizontalSpacing(2 * theme.GRID)
    block.setVerticalSpacing(theme.GRID // 4)
    heading = QLabel(place)
    heading.setFont(theme.body_font(bold=True))
    block.addWidget(heading, 0, 0, 1, 2)
    for line, (key, what) in enumerate(pairs, 1):
        pressed = QLabel(words.keys(key))
        pressed.setMinimumWidth(96)
        does = QLabel(what)
        for label, at_column in ((pressed, 0), (does, 1)):
            # Some fonts draw the dots of capital letters above their own height.
            label.setContentsMargins(0, 2, 0, 0)
            block.addWidget(label, line, at_column)
    block.setColumnStretch(1, 1)
    return made


def _columns(lines: list[int], columns: int) -> list[range]:
    """Distribute blocks with these line counts over columns in order, minimizing the longest."""
    ends = ((0, *cuts, len(lines)) for cuts in combinations(range(1, len(lines)), columns - 1))
    best = min(ends, key=lambda cut: max(sum(lines[a:b]) for a, b in pairwise(cut)))
    return [range(first, last) for first, last in pairwise(best)]
