"""The window's words: translation with plurals, numbers and times in the chosen language.

Every sentence of the window passes through `translate`. The texts stand in the code in English,
whose plural is written ``%Ln photo(s)`` and resolved here, so that no English catalogue has to
ship; what other languages say is in resources/languages (`gui.languages`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QCoreApplication, QLocale

from facesorter.gui.catalogue import Catalogue

NO_COUNT: Final = -1

_catalogue = Catalogue()


def use(catalogue: Catalogue) -> None:
    """Speak this language from now on; what is on screen already stays. Thread: GUI."""
    global _catalogue
    _catalogue = catalogue


def translate(context: str, text: str, meaning: str = "", n: int = NO_COUNT) -> str:
    """Say ``text`` in the user's language.

    ``context`` and ``text`` must be literals: packaging/languages.py collects them. ``meaning``
    tells apart what is one word in English and two in other languages. ``%Ln`` becomes ``n`` with
    the locale's separators, in the form that the language has for it; ``(s)`` is the English
    plural ending.
    """
    if meaning:
        context = f"{context}, {meaning}"
    if n == NO_COUNT:
        return _catalogue.find(context, text) or text
    said = _catalogue.find(context, text.replace("(s)", ""), n)
    if said is None:
        said = text.replace("(s)", "" if n == 1 else "s")
    return said.replace("%Ln", number(n))


def sentence(said: str) -> str:
    """Say what the core said, which is always English, in the user's language."""
    return _catalogue.sentence(said)


def keys(text: str) -> str:
    """Name keys as the user's keyboard does: "Ctrl+Z" is "Strg+Z" in German."""
    return _KEY.sub(lambda match: QCoreApplication.translate("QShortcut", match[0]), text)


_KEY: Final = re.compile(r"Ctrl|Shift|Alt|Del|Enter|Esc|Backspace|Space")


def number(value: int) -> str:
    """Write a whole number with the locale's separators."""
    return QLocale().toString(value)


def rate(per_second: float) -> str:
    """Write photos per second: one decimal below a hundred, none above."""
    return QLocale().toString(per_second, "f", 1 if per_second < 100 else 0)


def photos(n: int) -> str:
    """Say how many photos."""
    return translate("Words", "%Ln photo(s)", "", n)


def faces(n: int) -> str:
    """Say how many faces."""
    return translate("Words", "%Ln face(s)", "", n)


def unnamed() -> str:
    """Say what stands where a name is missing."""
    return translate("Words", "Who is this?")


def time_left(seconds: float) -> str:
    """Say how long work still takes, as roughly as anyone can know it."""
    if seconds < 60:
        return translate("Words", "less than a minute left")
    minutes = round(seconds / 60)
    if minutes < 60:
        return translate("Words", "about %Ln minute(s) left", "", minutes)
    hours, minutes = divmod(minutes, 60)
    # To the nearest ten minutes: an estimate of hours is no better than that.
    minutes = minutes // 10 * 10
    said = translate("Words", "about %Ln hour(s)", "", hours)
    if minutes:
        said += " " + translate("Words", "%Ln minute(s)", "", minutes)
    return translate("Words", "{time} left").format(time=said)


def nothing_to_ask(named: int, share: float) -> str:
    """Say that there are no questions, and how far that is; ``share`` of the faces, 0 to 1."""
    if named == 1:
        said = translate("Review", "Nothing to ask. One person covers {share} % of the faces.")
    else:
        said = translate(
            "Review", "Nothing to ask. %Ln people cover {share} % of the faces.", "", named
        )
    return said.format(share=number(round(100 * share)))


def years(first: str | None, last: str | None) -> str:
    """Say the span of years between two ISO dates: "2019", "2003–2026" or nothing."""
    if not first or not last:
        return ""
    return first[:4] if first[:4] == last[:4] else f"{first[:4]}–{last[:4]}"


def day(taken_at: str) -> str:
    """Write the day of an ISO date-time the long way of the locale, or the text as it is."""
    from PySide6.QtCore import QDate, Qt

    date = QDate.fromString(taken_at[:10], Qt.DateFormat.ISODate)
    return QLocale().toString(date, QLocale.FormatType.LongFormat) if date.isValid() else taken_at


def month(year_month: str) -> str:
    """Write a month such as "2019-06" as the locale does: "June 2019"."""
    year, _, number = year_month.partition("-")
    if not number.isdecimal() or not 1 <= int(number) <= 12:
        return year_month
    name = QLocale().standaloneMonthName(int(number))
    return translate("Words", "{month} {year}").format(month=name, year=year)


def months() -> dict[str, int]:
    """The locale's names of the months, long and short, as a search may use them."""
    locale, short = QLocale(), QLocale.FormatType.ShortFormat
    named = {}
    for number in range(1, 13):
        for name in (
            locale.standaloneMonthName(number),
            locale.monthName(number),
            locale.standaloneMonthName(number, short),
        ):
            named[name] = number
    return named


def decision(kind: str | None, args: Mapping[str, str | int]) -> str:
    """Say a decision as a noun, for "Undo …" and for toasts: "merge of 2 persons"."""
    n = int(args.get("faces", args.get("persons", 1)) or 1)
    name = str(args.get("name", "") or "")
    match kind:
        case "name":
            said = translate("Decision", "naming {name}")
        case "rename":
            said = translate("Decision", "renaming to {name}")
        case "merge":
            said = translate("Decision", "merge of %Ln person(s)", "", int(args.get("persons", 2)))
        case "split" if "persons" in args:
            n = int(args["persons"])
            said = translate("Decision", "separating %Ln person(s)", "", n)
        case "split":
            said = translate("Decision", "moving %Ln face(s) to a new person", "", n)
        case "assign":
            said = translate("Decision", "moving %Ln face(s)", "", n)
        case "confirm":
            said = translate("Decision", "confirming %Ln face(s)", "", n)
        case "reject":
            said = translate("Decision", "rejecting %Ln face(s)", "", n)
        case "ignore":
            said = translate("Decision", "ignoring %Ln face(s)", "", n)
        case "restore":
            said = translate("Decision", "restoring %Ln face(s)", "", n)
        case "cover":
            said = translate("Decision", "the new cover")
        case "hide":
            said = translate("Decision", "setting aside")
        case "show":
            said = translate("Decision", "bringing back")
        case "draw":
            said = translate("Decision", "drawing a face")
        case "unsure":
            said = translate("Decision", "\u201cnot sure\u201d")
        case "apart":
            said = translate("Decision", "telling two people apart")
        case "strangers":
            said = translate("Decision", "setting %Ln stranger(s) aside", "", n)
        case _:
            said = translate("Decision", "the last act")
    return said.format(name=name)
