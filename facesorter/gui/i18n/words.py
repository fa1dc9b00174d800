"""Texts of the window: translation with plurals, and localized numbers and times.

Every sentence of the window goes through `translate`. The source texts are English; their plurals
are written ``%Ln photo(s)`` and resolved here, so that no English catalog has to ship. Translations
are in resources/languages (`gui.i18n.languages`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal, assert_never

from PySide6.QtCore import QCoreApplication, QDate, QLocale, Qt, QTime

from facesorter.errors import Message, Remedy
from facesorter.gui.i18n.catalogue import SENTENCES, Catalogue
from facesorter.library.decisions.details import Age
from facesorter.library.decisions.journal import Kind
from facesorter.library.decisions.relationships import Relationship
from facesorter.library.outliers import Reason
from facesorter.library.places import Place

NO_COUNT: Final = -1

_catalogue = Catalogue()


def use(catalogue: Catalogue) -> None:
    """Use this language from now on; texts already on screen don't change. Thread: GUI."""
    global _catalogue
    _catalogue = catalogue


def translate(context: str, text: str, meaning: str = "", n: int = NO_COUNT) -> str:
    """Translate ``text`` to the user's language.

    ``context`` and ``text`` must be literals: packaging/languages.py collects them. ``meaning``
    distinguishes uses of one English word that other languages translate differently. ``%Ln``
    becomes ``n`` with the locale's separators, in the language's plural form; ``(s)`` is the
    English plural ending.
    """
    if meaning:
        context = f"{context}, {meaning}"
    if n == NO_COUNT:
        return _catalogue.find(context, text) or text
    translation = _catalogue.find(context, text.replace("(s)", ""), n)
    if translation is None:
        text = text if n == 1 else text.replace("person(s)", "people")
        translation = text.replace("(s)", "" if n == 1 else "s")
    return translation.replace("%Ln", number(n))


def sentence(error: Message | BaseException) -> str:
    """Translate an error message of the core, adding where in the window to find help."""
    message = error if isinstance(error, Message) else Message.of(error)
    text = message.format(lambda text: _catalogue.find(SENTENCES, text) or text, number)
    advice = _advice(message)
    return f"{text} {advice}" if advice else text


def _advice(message: Message) -> str:
    match message.remedy:
        case Remedy.ANALYZE:
            return translate("Advice", "Wait until facesorter has analyzed the photos.")
        case Remedy.TEST:
            text = translate("Advice", "To test a model pack, choose “{menu}”.")
        case Remedy.DOWNLOAD:
            text = translate("Advice", "To download it, choose “{menu}”.")
        case Remedy.CHECK | None:  # the window has no check; the sentence tells where backups are
            return ""
    return text.format(menu=translate("Commands", "Face Recognition Models…"))


def keys(text: str) -> str:
    """Name keys as on the user's keyboard: "Ctrl+Z" is "Strg+Z" in German."""
    return _KEY.sub(lambda match: QCoreApplication.translate("QShortcut", match[0]), text)


_KEY: Final = re.compile(
    r"Ctrl|Shift|Alt|Del|Enter|Esc|Backspace|Space|(?<=\+)(?:Up|Down|Left|Right)\b"
)


def number(value: int) -> str:
    """Format a whole number with the locale's separators."""
    return QLocale().toString(value)


def percent(share: float) -> str:
    """Return a share (1.0 is all) as a percentage in the user's notation."""
    return translate("Words", "{n}%").format(n=number(round(100 * share)))


def rate(per_second: float) -> str:
    """Format photos per second: one decimal below a hundred, none above."""
    return QLocale().toString(per_second, "f", 1 if per_second < 100 else 0)


def file_name(path: str) -> str:
    """Return the last part of a path from any operating system."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2] or path


def language() -> str:
    """Return the code of the window's language: "de"."""
    return QLocale().name().partition("_")[0]


def place(found: Place) -> str:
    """Format where a photo was taken: "Rome, Lazio, Italy", or else its coordinates."""
    if found.city is None:
        return f"{found.latitude:.4f}, {found.longitude:.4f}"
    parts = (found.city.name, found.city.region, found.country)
    text = ", ".join(dict.fromkeys(part for part in parts if part))
    return translate("Words", "near {place}").format(place=text) if found.near else text


def length(milliseconds: int) -> str:
    """Format the length of a video, or a time in it: "0:07", "12:34", "1:02:03"."""
    minutes, seconds = divmod(max(0, milliseconds) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def photos(n: int) -> str:
    """Format a number of photos."""
    return translate("Words", "%Ln photo(s)", "", n)


def media(photos_and_videos: int, videos: int) -> str:
    """Format numbers of photos and videos: "1,204 photos, 12 videos"."""
    if not videos:
        return photos(photos_and_videos)
    shown = translate("Words", "%Ln video(s)", "", videos)
    if videos == photos_and_videos:
        return shown
    return translate("Words", "{photos}, {videos}").format(
        photos=photos(photos_and_videos - videos), videos=shown
    )


def faces(n: int) -> str:
    """Format a number of faces."""
    return translate("Words", "%Ln face(s)", "", n)


def unnamed() -> str:
    """Return the placeholder for a missing name."""
    return translate("Words", "Who is this?")


def time_left(seconds: float) -> str:
    """Format the remaining time of work, only as precisely as it can be estimated."""
    if seconds < 60:
        return translate("Words", "less than a minute left")
    minutes = round(seconds / 60)
    if minutes < 60:
        return translate("Words", "about %Ln minute(s) left", "", minutes)
    hours, minutes = divmod(minutes, 60)
    # Round to ten minutes: an estimate of hours is no more precise than that.
    minutes = minutes // 10 * 10
    text = translate("Words", "about %Ln hour(s)", "", hours)
    if minutes:
        text += " " + translate("Words", "%Ln minute(s)", "", minutes)
    return translate("Words", "{time} left").format(time=text)


def years(first: str | None, last: str | None) -> str:
    """Format the years between two ISO dates: "2019", "2003–2026" or ""."""
    if not first or not last:
        return ""
    return first[:4] if first[:4] == last[:4] else f"{first[:4]}–{last[:4]}"


def no_date() -> str:
    """Return what stands for the date of a photo without one."""
    return translate("Words", "No date")


def day(taken_at: str) -> str:
    """Format the day of a date in the locale's long format, or just its month or year."""
    if len(taken_at) <= len("2019-06"):
        return month(taken_at)
    found = QDate.fromString(taken_at[:10], Qt.DateFormat.ISODate)
    long = QLocale.FormatType.LongFormat
    return QLocale().toString(found, long) if found.isValid() else taken_at


def date(text: str | None) -> str:
    """Format a date for editing: in the locale's short format with a four-digit year.

    A month without a day, or a year alone, is written as such. `typed_dates` reads all of them.
    """
    if not text or len(text) == 4:
        return text or ""
    if len(text) == 7:
        return month(text)
    found = QDate.fromString(text, Qt.DateFormat.ISODate)
    return QLocale().toString(found, _short_date()) if found.isValid() else text


def moment(taken_at: str) -> str:
    """Format a date with its time, as precise as it is known: "5/31/2019 2:30 PM", "May 2019"."""
    if not taken_at:
        return no_date()
    return f"{date(taken_at[:10])} {_time(taken_at[11:])}".rstrip()


def _time(text: str) -> str:
    """Format "14:30:00" with 12 or 24 hours, as the locale has it; seconds unless they are 0."""
    found = QTime.fromString(text, Qt.DateFormat.ISODate)
    if found.isValid() and "AP" in QLocale().timeFormat(QLocale.FormatType.ShortFormat).upper():
        form = "h:mm AP" if text.endswith(":00") else "h:mm:ss AP"
        return QLocale().toString(found, form)
    return text.removesuffix(":00")


def _short_date() -> str:
    form = QLocale().dateFormat(QLocale.FormatType.ShortFormat)
    return form if "yyyy" in form else form.replace("yy", "yyyy")


def age(found: Age | None) -> str:
    """Format an age: "5 months", "3 years", or "about 3 years" if only the year is known."""
    if found is None:
        return ""
    if not found.exact:
        if not found.years:
            return translate("Words", "under 1 year")
        return translate("Words", "about %Ln year(s)", "", found.years)
    if found.months >= 24:
        return translate("Words", "%Ln year(s)", "", found.years)
    if found.months:
        return translate("Words", "%Ln month(s)", "", found.months)
    return translate("Words", "newborn")


def ages(first: Age | None, last: Age | None) -> str:
    """Format the ages over a time: "54–55 years", or one age if both read the same."""
    one, other = age(first), age(last)
    if first is None or last is None or one == other:
        return one or other
    if min(first.months, last.months) >= 24 and first.exact:
        span = f"{number(first.years)}–{number(last.years)}"
        return other.replace(number(last.years), span, 1)
    return f"{one} – {other}"


def doubt(reason: Reason, rival: str | None) -> str:
    """Describe the main reason to doubt a face, or that there is none; ``rival`` is a lookalike."""
    match reason:
        case Reason.RIVAL:
            other = rival or translate("Why", "someone unnamed")
            return translate("Why", "Looks more like {name}").format(name=other)
        case Reason.PHOTO:
            return translate("Why", "Also in this photo")
        case Reason.APART:
            return translate("Why", "More like a few of these than like the rest")
        case Reason.UNLIKE:
            return translate("Why", "Doesn’t look like the others")
        case Reason.TIME:
            return translate("Why", "Long before or after the others")
        case Reason.POOR:
            return translate("Why", "Face is hard to see")
    return translate("Why", "No signs of a mistake")


def relationship(kind: Relationship) -> str:
    """Return the name of a relationship."""
    match kind:
        case Relationship.PARENT:
            return translate("Relationship", "Parent")
        case Relationship.CHILD:
            return translate("Relationship", "Child")
        case Relationship.SIBLING:
            return translate("Relationship", "Sibling")
        case Relationship.TWIN:
            return translate("Relationship", "Twin")
        case Relationship.PARTNER:
            return translate("Relationship", "Partner")


def month(year_month: str) -> str:
    """Format a month such as "2019-06" for the locale: "June 2019"; also a year, and no date."""
    if not year_month:
        return no_date()
    year, _, number = year_month.partition("-")
    if not number.isdecimal() or not 1 <= int(number) <= 12:
        return year_month
    name = QLocale().standaloneMonthName(int(number))
    text = translate("Words", "{month} {year}").format(month=name, year=year)
    return text[:1].upper() + text[1:]


def year_ago(year: str) -> str:
    """Format a year with how long ago it was: "2019 · 7 years ago"."""
    years = QDate.currentDate().year() - int(year)
    return f"{year} · {translate('Words', '%Ln year(s) ago', '', years)}"


def spoken() -> dict[str, int | str]:
    """Return this language's search words: numbers of months, and meanings of keywords.

    A keyword's translation may list several, separated by commas.
    """
    locale, short = QLocale(), QLocale.FormatType.ShortFormat
    keywords = {
        translate("Search", "and", "word"): "and",
        translate("Search", "with", "word"): "with",
        translate("Search", "in", "word"): "in",
        translate("Search", "or", "word"): "or",
        translate("Search", "not", "word"): "not",
        translate("Search", "without", "word"): "without",
        translate("Search", "only", "word"): "only",
        translate("Search", "unnamed", "word"): "unnamed",
        translate("Search", "video, videos", "word"): "video",
        translate("Search", "length", "word"): "length",
        translate("Search", "pending", "word"): "pending",
        translate("Search", "favorite", "word"): "favourite",
        translate("Search", "failed", "word"): "failed",
        translate("Search", "offline", "word"): "unplugged",
        translate("Search", "faces", "word"): "faces",
        translate("Search", "rating, stars", "word"): "rating",
        translate("Search", "size", "word"): "size",
        translate("Search", "pixels", "word"): "pixels",
        translate("Search", "camera", "word"): "camera",
        translate("Search", "lens", "word"): "lens",
        translate("Search", "file", "word"): "file",
        translate("Search", "format", "word"): "format",
        translate("Search", "title", "word"): "title",
        translate("Search", "caption", "word"): "caption",
        translate("Search", "keyword", "word"): "keyword",
        translate("Search", "date", "word"): "dated",
        translate("Search", "undated", "word"): "undated",
        translate("Search", "doubtful", "word"): "doubtful",
        translate("Search", "stacked, stacks", "word"): "stacked",
        translate("Search", "before", "word"): "before",
        translate("Search", "after", "word"): "after",
        translate("Search", "since", "word"): "since",
        translate("Search", "until", "word"): "until",
        translate("Search", "at", "word before an age"): "at",
        translate("Search", "years", "word after an age"): "years",
        translate("Search", "on this day", "words"): "on this day",
        translate("Search", "no date", "words"): "no date",
    }
    named: dict[str, int | str] = {
        word.strip(): keyword
        for synonyms, keyword in keywords.items()
        for word in synonyms.split(",")
    }
    for number in range(1, 8):
        for name in (locale.dayName(number), locale.standaloneDayName(number)):
            named[name] = "weekday"
    if _short_date().upper().startswith("M"):
        named["/"] = "month"
    for number in range(1, 13):
        for name in (
            locale.standaloneMonthName(number),
            locale.monthName(number),
            locale.standaloneMonthName(number, short),
        ):
            named[name] = number
    return named


def decision(kind: Kind, args: Mapping[str, str | int]) -> str:  # noqa: C901 - one case a kind
    """Describe a decision as a noun, for "Undo …" and for toasts: "merge of 2 persons"."""
    n = int(args.get("faces", args.get("persons", 1)) or 1)
    name = str(args.get("name", "") or "")
    match kind:
        case Kind.NAME:
            text = translate("Decision", "naming {name}")
        case Kind.RENAME:
            text = translate("Decision", "renaming to {name}")
        case Kind.MERGE:
            text = translate("Decision", "merging %Ln person(s)", "", int(args.get("persons", 2)))
        case Kind.SPLIT if "persons" in args:
            n = int(args["persons"])
            text = translate("Decision", "splitting into %Ln person(s)", "", n)
        case Kind.SPLIT:
            text = translate("Decision", "moving %Ln face(s) to a new person", "", n)
        case Kind.ASSIGN:
            text = translate("Decision", "moving %Ln face(s)", "", n)
        case Kind.CONFIRM:
            text = translate("Decision", "confirming %Ln face(s)", "", n)
        case Kind.REJECT:
            text = translate("Decision", "removing %Ln face(s) from this person", "", n)
            if name:
                text = translate("Decision", "removing %Ln face(s) from {name}", "", n)
        case Kind.IGNORE:
            text = translate("Decision", "ignoring %Ln face(s)", "", n)
        case Kind.RESTORE:
            text = translate("Decision", "restoring %Ln face(s)", "", n)
        case Kind.COVER:
            text = translate("Decision", "changing the cover photo")
        case Kind.HIDE if name:
            text = translate("Decision", "hiding {name}")
        case Kind.HIDE:
            text = translate("Decision", "hiding %Ln person(s)", "", n)
        case Kind.SHOW if name:
            text = translate("Decision", "showing {name} again")
        case Kind.SHOW:
            text = translate("Decision", "showing %Ln person(s) again", "", n)
        case Kind.DRAW:
            text = translate("Decision", "adding a face")
        case Kind.UNSURE:
            text = translate("Decision", "\u201cnot sure\u201d")
        case Kind.DIFFERENT:
            text = translate("Decision", "marking two people as different")
        case Kind.MARK_CORRECT:
            text = translate("Decision", "marking %Ln face(s) as correct", "", n)
        case Kind.ONE_PERSON:
            text = translate("Decision", "\u201cone person\u201d")
        case Kind.HIDE_UNNAMED:
            text = translate("Decision", "hiding %Ln unnamed person(s)", "", n)
        case Kind.REDRAW:
            text = translate("Decision", "moving a face box")
        case Kind.TAG | Kind.UNTAG | Kind.RENAME_TAG | Kind.DELETE_TAG | Kind.STAR | Kind.UNSTAR:
            text = _tag_decision(kind, int(args.get("photos", 0)))
        case (
            Kind.ALBUM
            | Kind.SMART_ALBUM
            | Kind.ADD_TO_ALBUM
            | Kind.REMOVE_FROM_ALBUM
            | Kind.RENAME_ALBUM
            | Kind.DELETE_ALBUM
        ):
            text = _album_decision(kind, int(args.get("photos", 0)))
        case Kind.DETAILS:
            text = translate("Decision", "editing {name}’s details")
            if not name:
                text = translate("Decision", "editing a person’s details")
        case Kind.FAVOURITE if "persons" in args and args.get("favourite"):
            text = translate("Decision", "adding %Ln person(s) to Favorites", "", n)
        case Kind.FAVOURITE if "persons" in args:
            text = translate("Decision", "removing %Ln person(s) from Favorites", "", n)
        case Kind.FAVOURITE if args.get("favourite"):
            text = translate("Decision", "adding {name} to Favorites")
        case Kind.FAVOURITE:
            text = translate("Decision", "removing {name} from Favorites")
        case Kind.COLLAGE if args.get("repeats"):
            photos = int(args.get("photos", 0))
            text = translate("Decision", "marking %Ln photo(s) as a collage", "", photos)
        case Kind.COLLAGE:
            photos = int(args.get("photos", 0))
            text = translate("Decision", "marking %Ln photo(s) as not a collage", "", photos)
        case Kind.PLACE:
            photos = int(args.get("photos", 0))
            text = translate("Decision", "setting the place of %Ln photo(s)", "", photos)
        case Kind.ROTATE:
            text = translate("Decision", "rotating %Ln photo(s)", "", int(args.get("photos", 0)))
        case Kind.RATE:
            text = translate("Decision", "rating %Ln photo(s)", "", int(args.get("photos", 0)))
        case Kind.DESCRIBE:
            text = _description(args, int(args.get("photos", 0)))
        case Kind.DATE if args.get("returned"):
            photos = int(args.get("photos", 0))
            text = translate("Decision", "restoring the date of %Ln photo(s)", "", photos)
        case Kind.DATE:
            photos = int(args.get("photos", 0))
            text = translate("Decision", "changing the date of %Ln photo(s)", "", photos)
        case Kind.RELATE:
            text = translate("Decision", "changing a relationship")
        case Kind.IMPORT_NAMES if args.get("birthdays") and not args.get("faces"):
            dates = int(args["birthdays"])
            text = translate("Decision", "adding %Ln date(s) of birth", "", dates)
        case Kind.IMPORT_NAMES:
            faces = int(args.get("faces", 0))
            text = translate("Decision", "importing the names of %Ln face(s)", "", faces)
        case Kind.KEEP_DUPLICATE:
            photos = int(args.get("photos", 0))
            text = translate(
                "Decision", "carrying over the details of %Ln duplicate(s)", "", photos
            )
        case Kind.NOT_DUPLICATES:
            photos = int(args.get("photos", 0))
            text = translate("Decision", "marking %Ln photo(s) as not duplicates", "", photos)
        case Kind.STACK:
            text = translate("Decision", "stacking %Ln photo(s)", "", int(args.get("photos", 0)))
        case Kind.UNSTACK:
            text = translate("Decision", "unstacking %Ln photo(s)", "", int(args.get("photos", 0)))
        case Kind.STACK_TOP:
            text = translate("Decision", "choosing the top of a stack")
        case Kind.MERGE_LIBRARY:
            text = translate("Decision", "importing decisions from another library")
        case Kind.LOAD:
            photos = int(args.get("photos", 0))
            text = translate("Decision", "loading decisions about %Ln photo(s)", "", photos)
        case Kind.OTHER:
            text = translate("Decision", "the last change")
        case _:
            assert_never(kind)
    return text.format(name=name)


def _description(args: Mapping[str, str | int], photos: int) -> str:
    if "caption" not in args:
        return translate("Decision", "changing the title of %Ln photo(s)", "", photos)
    if "title" not in args:
        return translate("Decision", "changing the caption of %Ln photo(s)", "", photos)
    return translate("Decision", "describing %Ln photo(s)", "", photos)


def _tag_decision(
    kind: Literal[Kind.TAG, Kind.UNTAG, Kind.RENAME_TAG, Kind.DELETE_TAG, Kind.STAR, Kind.UNSTAR],
    photos: int,
) -> str:
    match kind:
        case Kind.TAG:
            return translate("Decision", "adding the tag {name}")
        case Kind.UNTAG:
            return translate("Decision", "removing the tag {name}")
        case Kind.RENAME_TAG:
            return translate("Decision", "renaming a tag to {name}")
        case Kind.DELETE_TAG:
            return translate("Decision", "deleting the tag {name}")
        case Kind.STAR:
            return translate("Decision", "adding %Ln photo(s) to Favorites", "", photos)
        case Kind.UNSTAR:
            return translate("Decision", "removing %Ln photo(s) from Favorites", "", photos)
        case _:
            assert_never(kind)


def _album_decision(
    kind: Literal[
        Kind.ALBUM,
        Kind.SMART_ALBUM,
        Kind.ADD_TO_ALBUM,
        Kind.REMOVE_FROM_ALBUM,
        Kind.RENAME_ALBUM,
        Kind.DELETE_ALBUM,
    ],
    photos: int,
) -> str:
    match kind:
        case Kind.ALBUM:
            return translate("Decision", "creating the album {name}")
        case Kind.SMART_ALBUM:
            return translate("Decision", "creating the smart album {name}")
        case Kind.ADD_TO_ALBUM:
            return translate("Decision", "adding %Ln photo(s) to {name}", "", photos)
        case Kind.REMOVE_FROM_ALBUM:
            return translate("Decision", "removing %Ln photo(s) from {name}", "", photos)
        case Kind.RENAME_ALBUM:
            return translate("Decision", "renaming an album to {name}")
        case Kind.DELETE_ALBUM:
            return translate("Decision", "deleting the album {name}")
        case _:
            assert_never(kind)
