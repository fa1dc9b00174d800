"""The years of a person: headings with ages between the tiles, and the bar beside them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QWidget

from facesorter.domain import Person
from facesorter.gui import words
from facesorter.gui.grid_layout import Section
from facesorter.gui.grid_view import GridView
from facesorter.gui.words import translate
from facesorter.gui.year_bar import YearBar
from facesorter.library import facts


def age_at(person: Person | None, taken_at: str) -> str:
    """Say how old a person was at a time; nothing where that is not known."""
    if person is None or person.birth_date is None:
        return ""
    return words.age(facts.age(person.birth_date, taken_at, person.death_date))


def headings(person: Person | None, years: Sequence[tuple[int, str]]) -> list[Section]:
    """Head each year with the age that the person reached in it: "2019  ·  3 years"."""
    found = []
    for row, year in years:
        birth = (person.birth_date or "") if person is not None else ""
        said = age_at(person, f"{year}-12-31T23:59:59") if year != birth[:4] else ""
        if said:
            said = translate("Person", "{year}  ·  {age}").format(year=year, age=said)
        found.append(Section(row, said or year))
    return found


def confirmed(sections: list[Section]) -> list[Section]:
    """Say of the first section that from there on faces are confirmed."""
    return [
        Section(each.start, translate("Person", "Confirmed") + f"  ·  {each.title}")
        if at == 0
        else each
        for at, each in enumerate(sections)
    ]


def years_of(months: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """Return where each year begins, of where each month does."""
    found: list[tuple[int, str]] = []
    for row, month in months:
        if not found or found[-1][1] != month[:4]:
            found.append((row, month[:4]))
    return found


def beside(view: GridView, bar: YearBar) -> QWidget:
    """Put a grid and its years side by side."""
    pair = QWidget()
    row = QHBoxLayout(pair)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    row.addWidget(view, 1)
    row.addWidget(bar)
    return pair
