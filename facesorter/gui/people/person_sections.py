"""Years of a person: headings with ages between the tiles, and the year bar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QWidget

from facesorter.domain import Person
from facesorter.gui.grid.face_model import FaceModel
from facesorter.gui.grid.grid_view import GridView
from facesorter.gui.grid.layout import Section
from facesorter.gui.grid.year_bar import YearBar
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.library.decisions import details

NO_YEAR = "–"
"""What stands beside a grid for photos without a date."""


def age_at(person: Person | None, taken_at: str) -> str:
    """Return a person's age at a time, or "" if unknown."""
    if person is None or person.birth_date is None:
        return ""
    return words.age(details.age(person.birth_date, taken_at, person.death_date))


def headings(person: Person | None, years: Sequence[tuple[int, str]]) -> list[Section]:
    """Create a heading for each year with the ages in it: "2019  ·  3–4 years"."""
    found = []
    for row, year in years:
        text = _ages_in(person, year)
        if text:
            text = translate("Person", "{year}  ·  {age}").format(year=year, age=text)
        undated = year in ("", NO_YEAR)
        found.append(Section(row, words.no_date() if undated else text or year))
    return found


def _ages_in(person: Person | None, year: str) -> str:
    """Return a person's ages in a year, as `age_at` gives them; "" if born in it or unknown."""
    birth = person.birth_date if person is not None else None
    if person is None or birth is None or year <= birth[:4]:
        return ""
    death = person.death_date
    # Whoever died in the year grew older until then only.
    last = f"{year}-12-31" if death is None or year != death[:4] else f"{death}-12-31"[:10]
    return words.ages(details.age(birth, f"{year}-01-01", death), details.age(birth, last, death))


def face_sections(person: Person | None, faces: FaceModel, *, asked: bool) -> list[Section]:
    """Create a person's headings: in question, recognized and confirmed by year, doubtful."""
    sections = headings(person, faces.years)
    confirmed = faces.asked + faces.sure
    for at, each in enumerate(sections):
        if each.start == confirmed and (asked or faces.sure or faces.doubtful):
            text = translate("Person", "Confirmed")
        elif each.start == faces.asked and faces.sure:
            text = translate("Person", "Recognized")
        else:
            continue
        sections[at] = Section(each.start, f"{text}  ·  {each.title}")
    if asked and person is not None:
        text = translate("Person", "Is this {name}?").format(name=person.name)
        sections.insert(0, Section(0, text))
    if faces.doubtful:
        row = faces.rowCount() - faces.doubtful
        sections.append(Section(row, translate("Person", "Doubtful")))
    return sections


def all_years(faces: FaceModel) -> list[tuple[int, str]]:
    """Return where each year begins, as "✓" the confirmed faces, and as "?" the doubtful ones."""
    # After recognized faces, the years start over with the confirmed ones.
    first = faces.asked + faces.sure if faces.sure else -1
    years = [(row, "✓" if row == first else year or NO_YEAR) for row, year in faces.years]
    if faces.doubtful:
        years.append((faces.rowCount() - faces.doubtful, "?"))
    return years


def years_of(months: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """Return where each year begins, given where each month does."""
    found: list[tuple[int, str]] = []
    for row, month in months:
        if not found or found[-1][1] != month[:4]:
            found.append((row, month[:4] or NO_YEAR))
    return found


def beside(view: GridView[Any], bar: YearBar) -> QWidget:
    """Put a grid and its year bar side by side."""
    pair = QWidget()
    row = QHBoxLayout(pair)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    row.addWidget(view, 1)
    row.addWidget(bar)
    return pair
