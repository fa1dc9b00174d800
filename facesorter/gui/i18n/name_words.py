"""Words for names from other programs: sources, kinds of conflict, what an import would do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, assert_never

from facesorter.exchange.names import Source
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate

if TYPE_CHECKING:
    from facesorter.library.name_import.importing import Preview
    from facesorter.library.name_import.judging import Conflict
    from facesorter.library.name_import.provenance import NameSource


def source(kind: str, program: str | None = None) -> str:
    """Return where a name is from: the program, as it calls itself, or else its kind of file."""
    if program:
        return program
    return {
        Source.MWG: translate("Names", "the photo file"),
        Source.MICROSOFT: translate("Names", "the photo file"),
        Source.IPTC: translate("Names", "the photo file"),
        Source.KEYWORDS: translate("Names", "keywords"),
        Source.PERSON_IN_IMAGE: translate("Names", "the photo file"),
        Source.ACDSEE: "ACDSee",
        Source.PICASA: "Picasa",
        Source.DIGIKAM: "digiKam",
        Source.TAKEOUT: translate("Names", "Google Photos"),
        Source.APPLE_PHOTOS: translate("Names", "Apple Photos"),
        Source.IMMICH: "Immich",
        Source.PHOTOPRISM: "PhotoPrism",
        Source.TONFOTOS: "Tonfotos",
        Source.REFERENCES: translate("Names", "folder names"),
    }.get(Source(kind) if kind in list(Source) else Source.FACESORTER, "facesorter")


def imported_from(kind: str, program: str | None, made_at: str) -> str:
    """Say where a name is from and when it came: "From digiKam, 12 June 2026"."""
    text = translate("Names", "From {source}, {date}")
    return text.format(source=source(kind, program), date=words.day(made_at))


def sources(found: Sequence[NameSource]) -> str:
    """Say where the names of faces in a photo are from, a line for each source."""
    lines: dict[str, list[str]] = {}
    for each in found:
        if each.face_id is not None:
            origin = imported_from(each.source, each.program, each.made_at)
            lines.setdefault(origin, []).append(each.name)
    if len(lines) == 1:
        return next(iter(lines))
    return "\n".join(f"{', '.join(people)}: {origin}" for origin, people in lines.items())


def unplaced(found: Sequence[NameSource]) -> str:
    """Name the people who are on a photo, nobody knows where, and say who says so."""
    lines: dict[str, list[str]] = {}
    for each in found:
        if each.face_id is None:
            origin = imported_from(each.source, each.program, each.made_at)
            lines.setdefault(origin, []).append(each.name)
    return "\n".join(f"{', '.join(people)} ({origin})" for origin, people in lines.items())


def conflict(kind: Conflict, faces: int) -> str:
    """Describe all conflicts of one kind."""
    from facesorter.library.name_import.judging import Conflict  # not before the first paint

    match kind:
        case Conflict.OTHER_NAME:
            return translate("Names", "%Ln face(s) with another name here", "", faces)
        case Conflict.IGNORED:
            return translate("Names", "%Ln face(s) ignored here", "", faces)
        case Conflict.NOT_THEM:
            return translate("Names", "%Ln face(s) you marked as not this person", "", faces)
        case Conflict.SOURCES:
            return translate("Names", "%Ln face(s) named differently by two sources", "", faces)
        case Conflict.NAMESAKES:
            return translate(
                "Names", "%Ln face(s) with a name that several people share", "", faces
            )
        case _:
            assert_never(kind)


def answers(kind: Conflict) -> tuple[str, str]:
    """Return the two answers: keep the library's name, or use the imported one."""
    from facesorter.library.name_import.judging import Conflict  # not before the first paint

    match kind:
        case Conflict.OTHER_NAME:
            return translate("Names", "Keep mine"), translate("Names", "Use the other names")
        case Conflict.IGNORED:
            return translate("Names", "Keep ignoring them"), translate("Names", "Name them")
        case Conflict.NOT_THEM:
            return translate("Names", "Keep mine"), translate("Names", "Name them anyway")
        case Conflict.SOURCES:
            return (
                translate("Names", "Leave them unnamed"),
                translate("Names", "Use the name listed first"),
            )
        case Conflict.NAMESAKES:
            return (
                translate("Names", "Leave them unnamed"),
                translate("Names", "Use the person with the most faces"),
            )
        case _:
            assert_never(kind)


def headline(preview: Preview) -> str:
    """Return what was found, in one sentence."""
    if preview.new_faces:
        return translate("Names", "Names found in {photos}: {people}, {faces}.").format(
            photos=words.photos(preview.new_photos),
            people=translate("Names", "%Ln person(s)", "", len(preview.people)),
            faces=words.faces(preview.new_faces),
        )
    if preview.births.new:
        n = len(preview.births.new)
        return translate("Names", "%Ln date(s) of birth found.", "", n)
    if preview:
        return translate("Names", "No new names, but some were changed or removed there.")
    return translate("Names", "No new names found.")


def remarks(preview: Preview) -> list[str]:
    """Return what else is to be known before using the names."""
    n = preview
    lines = []
    if n.new_people:
        lines.append(translate("Names", "%Ln new person(s)", "", n.new_people))
    if n.known:
        lines.append(translate("Names", "%Ln face(s) already named this way", "", n.known))
    if n.drawn:
        lines.append(
            translate(
                "Names",
                "%Ln face(s) to add where facesorter found none",
                "",
                n.drawn,
            )
        )
    if n.waiting:
        lines.append(
            translate(
                "Names",
                "%Ln face(s) to name after the analysis",
                "",
                n.waiting,
            )
        )
    if n.unplaced:
        lines.append(
            translate(
                "Names",
                "%Ln name(s) without a face, used to recognize people",
                "",
                n.unplaced,
            )
        )
    if n.taken_back:
        lines.append(
            translate("Names", "%Ln face(s) whose name was removed there", "", n.taken_back)
        )
    births = n.births
    if births.new and n.new_faces:
        dates = len(births.new)
        lines.append(translate("Names", "%Ln date(s) of birth to add", "", dates))
    if births.known:
        lines.append(
            translate("Names", "%Ln person(s) with that date of birth already", "", births.known)
        )
    if births.kept:
        lines.append(
            translate(
                "Names", "%Ln person(s) with another date of birth here, kept", "", births.kept
            )
        )
    if births.unclear:
        lines.append(
            translate(
                "Names", "%Ln name(s) that several people share, left out", "", births.unclear
            )
        )
    if n.elsewhere:
        lines.append(
            translate("Names", "%Ln photo(s) with names, not in the library", "", n.elsewhere)
        )
    return lines
