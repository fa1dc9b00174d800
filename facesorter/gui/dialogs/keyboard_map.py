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
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate

MOST_COLUMNS: Final = 3
GAP: Final = 4 * theme.GRID
"""Space between two columns, logical px."""


def keys() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the keys, grouped by place."""
    return [
        (
            translate("Keys", "Everywhere"),
            [
                ("Ctrl+O", translate("Keys", "Add folder")),
                ("Ctrl+F", translate("Keys", "Search")),
                ("Ctrl+Z", translate("Keys", "Undo")),
                ("Ctrl+Shift+Z", translate("Keys", "Redo")),
                (
                    "Alt+1 … Alt+5",
                    translate("Keys", "Go to Photos, People, Review, Unknown Faces, Face Map"),
                ),
                ("Ctrl++, Ctrl+−", translate("Keys", "Larger or smaller thumbnails")),
                ("Enter", translate("Keys", "Open")),
                ("Esc", translate("Keys", "Back")),
                ("Ctrl+,", translate("Keys", "Preferences")),
                ("Ctrl+Q", translate("Commands", "Quit")),
                ("F1", translate("Keys", "Guide")),
                ("?", translate("Keys", "Keyboard shortcuts")),
            ],
        ),
        (
            translate("Keys", "People"),
            [
                (
                    translate("Keys", "Letters"),
                    translate("Keys", "Name the person; Enter goes to the next"),
                ),
                ("N, F2", translate("Keys", "Rename")),
                ("M", translate("Keys", "Merge the selected people")),
                ("F", translate("Keys", "Add to or remove from Favorites")),
                ("T", translate("Keys", "Edit tags")),
                ("Del", translate("Keys", "Hide or show")),
            ],
        ),
        (
            translate("Keys", "Photos"),
            [
                ("F, *", translate("Keys", "Add to or remove from Favorites")),
                ("T", translate("Keys", "Tags")),
                ("A", translate("Keys", "Add to an album")),
                ("Del", translate("Keys", "Remove from album or tag")),
                ("F2, Del", translate("Keys", "In the sidebar: rename, delete")),
            ],
        ),
        (
            translate("Keys", "A person"),
            [
                ("Enter", translate("Keys", "Yes, it is this person")),
                ("Del", translate("Keys", "No, it isn’t")),
                ("S", translate("Keys", "Move to another person")),
                ("W", translate("Keys", "Why is this here?")),
                ("D", translate("Keys", "Doubtful first")),
                ("X", translate("Keys", "Not a face")),
                ("I", translate("Keys", "Details")),
                ("F", translate("Keys", "Add to or remove from Favorites")),
                ("P", translate("Keys", "Through the years; Space plays")),
                ("N, F2", translate("Keys", "Rename")),
            ],
        ),
        (
            translate("Keys", "Review"),
            [
                ("Enter", translate("Keys", "Yes; type a name")),
                ("Del, Backspace", translate("Keys", "No; hide")),
                (translate("Keys", "Space"), translate("Keys", "Not sure")),
                ("X", translate("Keys", "Not a face")),
                ("1 … 9", translate("Keys", "Choose a suggestion; mark a wrong face")),
                ("J, K", translate("Keys", "Next, previous")),
                ("U, Z", translate("Keys", "Undo the last answer")),
            ],
        ),
        (
            translate("Keys", "Face map"),
            [
                (translate("Keys", "Arrows"), translate("Keys", "Next face in that direction")),
                ("+, −, 0", translate("Keys", "Zoom; zoom to fit")),
                (translate("Keys", "L, Shift+drag"), translate("Keys", "Select with a lasso")),
                ("P", translate("Keys", "Select the whole person")),
                ("N, S", translate("Keys", "Name the selected faces")),
                ("X", translate("Keys", "Not a face")),
                ("Del", translate("Keys", "Hide unnamed people")),
            ],
        ),
        (
            translate("Keys", "A photo"),
            [
                ("←, →", translate("Keys", "Previous, next")),
                ("F", translate("Keys", "Show or hide the faces")),
                ("N", translate("Keys", "Name a face")),
                ("D", translate("Keys", "Mark faces: N for a new box, Tab for the next")),
                ("*, T, A", translate("Keys", "Favorite, tags, albums")),
                ("Shift+Del", translate("Keys", "Hide all unnamed people")),
                ("+, −, 0", translate("Keys", "Zoom; fit to window")),
            ],
        ),
    ]


class KeyboardMap(Dialog):
    """Dialog that lists the keys in as many columns as fit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Keys", "Keyboard shortcuts"))
        most = self.screen().availableSize() if parent is None else parent.window().size()
        room = most.width() - 10 * theme.GRID
        places = keys()
        blocks = [_block(place, pairs) for place, pairs in places]
        widest = max(block.sizeHint().width() for block in blocks) + GAP
        columns = max(1, min(MOST_COLUMNS, (room + GAP) // widest))
        inner = QWidget()
        row = QHBoxLayout(inner)
        row.setContentsMargins(0, 0, 2 * theme.GRID, 0)
        row.setSpacing(GAP)
        for part in _columns([len(pairs) + 2 for _, pairs in places], columns):
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
