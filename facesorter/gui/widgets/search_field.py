"""Search field: searches shortly after typing, and suggests names and years."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Final, NamedTuple

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QIcon, QKeyEvent, QPalette
from PySide6.QtWidgets import QListWidgetItem, QWidget

from facesorter.gui.base import icons, theme
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.completion import CompletingField
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.library.search import search
from facesorter.library.search.search import Suggestions
from facesorter.names import beginning, fold

MOST_SHOWN: Final = 7
ICON: Final = 18
"""Side of a row's icon, px."""
WAIT_MS: Final = 150
"""How long typing must pause before a search starts: shorter than a pause for thought, longer than
the time between two keystrokes.
"""
_ICONS: Final = {
    "person": "account-outline",
    "year": "calendar",
    "tag": "tag-outline",
    "album": "image-album",
    "place": "map-marker-outline",
    "folder": "folder-outline",
}
_QUOTES: Final = '"“„«'


class Offer(NamedTuple):
    """A completion of the text being typed."""

    kind: str
    """"person", "year", "tag", "album", "place" or "folder"."""
    text: str
    start: int
    """Where the words that it replaces begin in the text."""


def offers(typed: str, known: Suggestions) -> list[Offer]:
    """Return completions for the end of the text: names, then years, tags, albums and folders.

    The longest sequence of final words that is the beginning of a name or folder is used, so that
    "Tom and Anna Sm" suggests Anna Smith.
    """
    starts = [
        at for at in range(len(typed)) if typed[at] != " " and (at == 0 or typed[at - 1] in " ,;|&")
    ]
    for start in starts[-search.NAME_WORDS :]:
        while start < len(typed) and typed[start] in "+-" + _QUOTES:
            start += 1
        words = typed[start:]
        if not words.strip() or words != words.lstrip():
            continue
        key, _, rest = words.partition(":")
        if rest and key.casefold() in search.KINDS:
            words = rest.lstrip(_QUOTES)
            if not words:
                continue
        else:
            key = ""
        found = []
        for kind, names in (
            ("person", known.names),
            ("year", [year for year in known.years if words.isdigit() and year.startswith(words)]),
            ("tag", known.tags),
            ("album", known.albums),
            ("place", known.places),
            ("folder", known.folders),
        ):
            if key.casefold() in ("", kind):
                found += [Offer(kind, name, start) for name in _beginning(names, words)]
        if any(fold(offer.text) != fold(words) for offer in found):
            return found[:MOST_SHOWN]
        if found:
            return []
    return []


def completed(typed: str, offer: Offer, known: Suggestions | None = None) -> str:
    """Return the text with a completion applied, ready for the next word.

    A tag or album that shares its name with a person in ``known`` is qualified by its kind.
    """
    before, text, opened = typed[: offer.start], offer.text, False
    if before[-1:] in tuple(_QUOTES):
        before, opened = before[:-1], True
    taken = known is not None and _is_of_another(offer, known)
    kind = offer.kind if offer.kind in search.KINDS else "person"
    quoted = opened or search.needs_quotes(text, kind)
    if taken:
        # Only a quoted name may contain spaces.
        quoted = quoted or " " in text
    shown = f'"{text}"' if quoted else text
    return f"{before}{f'{kind}:' if taken else ''}{shown} "


def _is_of_another(offer: Offer, known: Suggestions) -> bool:
    """Whether the name alone would refer to something else."""
    earlier = {
        "tag": known.names,
        "album": (*known.names, *known.tags),
        "place": (*known.names, *known.tags, *known.albums),
    }
    return fold(offer.text) in {fold(name) for name in earlier.get(offer.kind, ())}


def _beginning(known: Iterable[str], words: str) -> list[str]:
    # A trailing space means that the word is complete.
    start = fold(words) + " " * words[-1:].isspace()
    # No more than can be shown, and one that tells whether all of them are what was typed.
    whole = list(islice((n for n in known if fold(n).startswith(start)), MOST_SHOWN + 1))
    if start[-1:] == " " or len(whole) > MOST_SHOWN:
        return whole
    others = (n for n in beginning(known, words) if n not in whole)
    return whole + list(islice(others, MOST_SHOWN))


class SearchField(CompletingField):
    """Line edit that searches while the user types.

    Signals:
        searched: the search to run; empty to show everything again.
        left: Escape in an empty field, or Enter: move keyboard focus to the photos.
    """

    searched = Signal(str)
    left = Signal()

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(
            row_height=theme.TARGET,
            icon=ICON,
            least_width=0,
            offered=translate("Search", "Search suggestions"),
            parent=parent,
        )
        self._bridge = bridge
        self._known = Suggestions((), (), ())
        self._searched = ""
        self.setPlaceholderText(translate("Search", "Search: Anna and Tom, 2019…"))
        self.setAccessibleName(translate("Search", "Search photos"))
        self.setToolTip(
            translate(
                "Search",
                "Names, years, months, tags, albums, places, folders, and words of titles, "
                "captions, keywords, file names, cameras, and lenses. Ctrl+F\n\n"
                "Anna and Tom: both are in the photo\nonly Anna Tom: both, and no one "
                "else\nAnna not Tom, Anna or Tom\n2019, June 2019, 2015-2019\nbeach, "
                "tag:beach, album:Summer, Rome, favorite\nunnamed, faces:3, faces>2, pending\n"
                "rating>=4, camera:Canon, lens:50mm, keyword:sea\ncaption:harbor, title:opera, "
                "file:IMG_12\nformat:raw, size>5MB, pixels>12MP\nvideo, length>1min",
            )
        )
        self.add_clear_button()
        self.setMinimumHeight(theme.TARGET)
        self.setMinimumWidth(150)
        self.setMaximumWidth(420)
        self._timer = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._timer.timeout.connect(self._search)
        self.textEdited.connect(self._complete)
        self.textChanged.connect(self._typed)

    def set_search(self, text: str) -> None:
        """Set the text and search immediately."""
        self.setText(text)
        self._search()

    def forget(self) -> None:
        """Clear the field without a signal, because it no longer determines what is shown."""
        self._searched = ""
        self.clear()
        self._timer.stop()
        self.hide_offers()

    def _typed(self) -> None:
        # The clear button empties the field without emitting `textEdited`.
        if self.text():
            self._timer.start()
        else:
            self.hide_offers()
            self._search()

    def _search(self) -> None:
        self._timer.stop()
        text = self.text().strip()
        if text != self._searched:
            self._searched = text
            self.searched.emit(text)

    # Completion list.

    def _take_known(self, known: Suggestions) -> None:
        self._known = known

    def _complete(self) -> None:
        typed = self.text()
        found = offers(typed, self._known) if self.cursorPosition() == len(typed) else []
        colour = self.palette().color(QPalette.ColorRole.Text)
        rows = []
        for offer in found:
            row = QListWidgetItem(offer.text)
            glyph = icons.pixmap(_ICONS[offer.kind], ICON, colour, self.devicePixelRatio())
            row.setIcon(QIcon(glyph))
            row.setData(Qt.ItemDataRole.UserRole, offer)
            rows.append(row)
        self.offer(rows)

    def take(self, picked: Offer) -> None:
        self.hide_offers()
        self.set_search(completed(self.text(), picked, self._known))
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Down if not self.offering:
                self._search()
                self.left.emit()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                offer = self.picked()
                if offer is not None:
                    self.take(offer)
                else:
                    self.hide_offers()
                    self._search()
                    self.left.emit()
            case Qt.Key.Key_Escape if self.offering:
                self.hide_offers()
            case Qt.Key.Key_Escape if self.text():
                self.clear()
            case Qt.Key.Key_Escape:
                self.left.emit()
            case _:
                super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._bridge.then(
            self._bridge.query(search.suggestions, words.language()), self._take_known, owner=self
        )
