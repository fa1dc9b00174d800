"""Texts of the review page: its questions, and the text shown when there are none."""

from __future__ import annotations

from facesorter.domain import PersonId
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.review.queue import Reading, Ready
from facesorter.library.review import Kind


def asked(ready: Ready) -> str:
    """Return the text of a question."""
    question = ready.card.question
    name = name_of(ready, question.person_id)
    match question.kind:
        case Kind.NAME:
            return words.unnamed()
        case Kind.FACES:
            return translate("Review", "Is this {name}?").format(name=name)
        case Kind.MIXED if name:
            return translate("Review", "Are all of these {name}?").format(name=name)
        case Kind.MIXED:
            return translate("Review", "Is this one person?")
        case Kind.SAME:
            return translate("Review", "Are these the same person?")


def photos_of(ready: Ready) -> str:
    """Return the photo count of an unnamed person if it exceeds the faces shown, else ""."""
    question = ready.card.question
    row = ready.people.get(question.person_id) if question.person_id is not None else None
    if question.kind is not Kind.NAME or row is None or row.person.photos <= len(ready.faces):
        return ""
    return words.photos(row.person.photos)


def nothing(last: Reading | None) -> str:
    """Return the text shown without pending questions, and how many faces have names."""
    if last is None:
        return ""
    if not last.named:
        return translate("Review", "No questions yet. They’ll appear as people are found.")
    if last.named == 1:
        text = translate("Review", "All done. One person accounts for {share}% of the faces.")
    else:
        text = translate(
            "Review", "All done. %Ln people account for {share}% of the faces.", "", last.named
        )
    return text.format(share=words.number(round(100 * last.share)))


def name_of(ready: Ready, person_id: PersonId | None) -> str:
    """Return the name of a person on a card, or "" if there is none."""
    row = ready.people.get(person_id) if person_id is not None else None
    return (row.person.name or "") if row is not None else ""


def first_name(ready: Ready) -> str:
    """Return the caption above the first strip."""
    if ready.card.question.kind is Kind.MIXED:
        return translate("Review", "Most of the faces")
    return name_of(ready, ready.card.question.person_id) or translate("Review", "Unnamed")


def second_name(ready: Ready) -> str:
    """Return the caption above the second strip."""
    question = ready.card.question
    if question.kind is Kind.MIXED:
        n = len(question.face_ids)
        return translate("Review", "%Ln face(s) that may be someone else", "", n)
    return name_of(ready, question.other_id) or translate("Review", "Unnamed")
