"""Every kind of decision has words of its own for "Undo …"."""

from __future__ import annotations

from facesorter.gui.i18n import words
from facesorter.library.decisions.journal import Kind


def test_every_kind_of_decision_has_a_text_of_its_own() -> None:
    args = {"name": "Anna", "faces": 2, "photos": 3}
    texts = {kind: words.decision(kind, args) for kind in Kind}
    assert len(set(texts.values())) == len(Kind), texts
    assert [kind for kind, text in texts.items() if text == "the last change"] == [Kind.OTHER]
    assert not any("{" in text or "%" in text for text in texts.values())


def test_a_decision_about_several_people_says_how_many() -> None:
    texts = [
        words.decision(Kind.HIDE, {"persons": 3}),
        words.decision(Kind.SHOW, {"persons": 3}),
        words.decision(Kind.SPLIT, {"persons": 3}),
        words.decision(Kind.FAVOURITE, {"persons": 3, "favourite": 1}),
        words.decision(Kind.FAVOURITE, {"persons": 3, "favourite": 0}),
    ]
    assert texts == [
        "hiding 3 people",
        "showing 3 people again",
        "splitting into 3 people",
        "adding 3 people to Favorites",
        "removing 3 people from Favorites",
    ]
