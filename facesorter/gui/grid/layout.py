"""Layout of a grid's tiles: arithmetic over rows, columns and sections, without Qt.

Everything is calculated on demand, so a grid of 100,000 tiles costs as much as one of ten.
QListView's own layout was measured and rejected: it repositions every item on each insertion (150
ms at 100,000 rows), and in batches it loses the scroll position while it works.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Section(NamedTuple):
    """A run of tiles under one heading; an empty title takes no space."""

    start: int
    """Row of its first tile; sections are in order and the first starts at row 0."""
    title: str = ""


@dataclass(frozen=True)
class GridLayout:
    """Layout of tiles in elastic columns that fill the width. Lengths in logical px."""

    count: int
    width: int
    tile: int
    """Preferred tile width; the actual one is at least this, unless the view is narrower."""
    footer: int = 0
    """Height below the square picture, for a tile's text."""
    gap: int = 8
    margin: int = 16
    heading: int = 40
    sections: Sequence[Section] = ()
    columns: int = field(init=False)
    cell: int = field(init=False)
    """Actual tile width, which is also the height of its picture."""
    height: int = field(init=False)
    """Total height, including margins."""
    _starts: tuple[int, ...] = field(init=False)
    _tops: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        room = max(1, self.width - 2 * self.margin)
        columns = max(1, (room + self.gap) // (self.tile + self.gap))
        cell = max(16, (room - self.gap * (columns - 1)) // columns)
        sections = list(self.sections) or [Section(0)]
        starts = tuple(min(section.start, self.count) for section in sections)
        tops = []
        y = self.margin
        for index, section in enumerate(sections):
            if section.title:
                y += self.heading
            tops.append(y)
            end = starts[index + 1] if index + 1 < len(starts) else self.count
            lines = -(-(end - starts[index]) // columns)
            y += lines * (cell + self.footer + self.gap)
        for name, value in (
            ("columns", columns),
            ("cell", cell),
            ("height", y + self.margin if self.count else 0),
            ("_starts", starts),
            ("_tops", tuple(tops)),
        ):
            object.__setattr__(self, name, value)

    @property
    def line(self) -> int:
        """Height of one line of tiles including spacing."""
        return self.cell + self.footer + self.gap

    def section_of(self, row: int) -> int:
        """Return the index of the section that contains ``row``."""
        return max(0, bisect_right(self._starts, row) - 1)

    def rect(self, row: int) -> tuple[int, int, int, int]:
        """Return x, y, width and height of a tile, relative to the top of the content."""
        section = self.section_of(row)
        line, column = divmod(row - self._starts[section], self.columns)
        return (
            self.margin + column * (self.cell + self.gap),
            self._tops[section] + line * self.line,
            self.cell,
            self.cell + self.footer,
        )

    def heading_rect(self, section: int) -> tuple[int, int, int, int]:
        """Return x, y, width and height of a section's heading."""
        top = self._tops[section]
        return self.margin, top - self.heading, self.width - 2 * self.margin, self.heading

    def end_of(self, section: int) -> int:
        """Return the row after a section's last one."""
        return self._starts[section + 1] if section + 1 < len(self._starts) else self.count

    def row_at(self, x: int, y: int) -> int:
        """Return the row of the tile at a point, or -1 between tiles."""
        row = self._row_near(x, y)
        if not 0 <= row < self.count:
            return -1
        left, top, width, height = self.rect(row)
        return row if left <= x < left + width and top <= y < top + height else -1

    def _row_near(self, x: int, y: int) -> int:
        section = max(0, bisect_right(self._tops, y) - 1)
        line = (y - self._tops[section]) // self.line
        column = (x - self.margin) // (self.cell + self.gap)
        if line < 0 or not 0 <= column < self.columns:
            return -1
        row = self._starts[section] + line * self.columns + column
        return row if row < self.end_of(section) else -1

    def rows_between(self, top: int, bottom: int) -> range:
        """Return the rows whose lines intersect the band from ``top`` to ``bottom``."""
        return range(self._first_touching(top), self._first_touching(bottom + self.line))

    def sections_between(self, top: int, bottom: int) -> range:
        """Return the sections of which a tile or the heading may be between ``top`` and ``bottom``.

        One more than have, at most, at either end.
        """
        first = max(0, bisect_right(self._tops, top) - 1)
        return range(first, bisect_right(self._tops, bottom + self.heading))

    def _first_touching(self, y: int) -> int:
        """Return the first row whose line ends below ``y``."""
        section = max(0, bisect_right(self._tops, y) - 1)
        line = max(0, (y - self._tops[section]) // self.line)
        return min(self._starts[section] + line * self.columns, self.end_of(section))

    def rows_in(self, x: int, y: int, width: int, height: int) -> list[int]:
        """Return the rows whose tiles intersect a rectangle, for the rubber band."""
        found = []
        for row in self.rows_between(y, y + height):
            left, top, cell, tall = self.rect(row)
            if left < x + width and left + cell > x and top < y + height and top + tall > y:
                found.append(row)
        return found

    def moved(self, row: int, lines: int) -> int:
        """Return the row ``lines`` below (or above), in the same column if there is one."""
        for _ in range(abs(lines)):
            row = self._next_line(row, 1 if lines > 0 else -1)
        return row

    def _next_line(self, row: int, step: int) -> int:
        section = self.section_of(row)
        start, end = self._starts[section], self.end_of(section)
        column = (row - start) % self.columns
        if step > 0:
            if row + self.columns < end:
                return row + self.columns
            last_line = start + (end - 1 - start) // self.columns * self.columns
            if row < last_line:
                return end - 1
            while section + 1 < len(self._starts):
                section += 1
                start, end = self._starts[section], self.end_of(section)
                if end > start:
                    return min(start + column, end - 1)
            return row
        if row - self.columns >= start:
            return row - self.columns
        while section > 0:
            section -= 1
            start, end = self._starts[section], self.end_of(section)
            if end > start:
                last_line = start + (end - 1 - start) // self.columns * self.columns
                return min(last_line + column, end - 1)
        return row
