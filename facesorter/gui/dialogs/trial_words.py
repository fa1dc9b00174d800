"""Texts about a model pack's trial: progress, and what would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from facesorter.app.progress import TrialPhase
from facesorter.domain import PersonId
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate

if TYPE_CHECKING:
    from facesorter.app.model_trial import TrialState
    from facesorter.library.models.pack_report import Figures, PackReport, Parts

NAMED = 8
"""Maximum number of persons listed per kind; the command line lists all."""


def progress(state: TrialState) -> str:
    """Describe the progress of a trial."""
    if state.phase == TrialPhase.LOADING or not state.total:
        return translate("Trial", "Loading the model pack to test")
    text = translate("Trial", "Testing a model pack: {done} of {photos}")
    message = text.format(done=words.number(state.done), photos=words.photos(state.total))
    if state.seconds_left is not None:
        message += ", " + words.time_left(state.seconds_left)
    return message


def report(found: PackReport) -> str:
    """Describe what would change, one paragraph per kind."""
    stay = found.faces - len(found.moves)
    text = translate(
        "Trial", "Of {faces}, {stay} would stay with the same person and {move} would move."
    )
    lines = [
        text.format(
            faces=words.faces(found.faces),
            stay=words.number(stay),
            move=words.number(len(found.moves)),
        ),
        *_parts(found.splits, found, translate("Trial", "No one would be split."), _split),
        *_parts(found.joins, found, translate("Trial", "No people would be merged."), _join),
        _doubts(found),
        _rates(found.used, found.tried),
    ]
    if found.trial.waiting:
        text = translate(
            "Trial",
            "{photos} couldn’t be compared because they haven’t been analyzed or aren’t available.",
        )
        lines.append(text.format(photos=words.photos(found.trial.waiting)))
    return "\n\n".join(lines)


def _parts(
    parts: tuple[Parts, ...],
    found: PackReport,
    none: str,
    describe: Callable[[Parts, PackReport], str],
) -> list[str]:
    if not parts:
        return [none]
    lines = [describe(each, found) for each in parts[:NAMED]]
    if len(parts) > NAMED:
        lines.append(translate("Trial", "… and %Ln more", "", len(parts) - NAMED))
    return lines


def _split(parts: Parts, found: PackReport) -> str:
    text = translate("Trial", "{name} would be split into {count} groups of {sizes} faces.")
    return text.format(
        name=_name(parts.person_id, found),
        count=len(parts.faces),
        sizes=" + ".join(words.number(n) for _, n in parts.faces),
    )


def _join(parts: Parts, found: PackReport) -> str:
    text = translate("Trial", "Would be merged: {people}.")
    people = [f"{_name(person, found)} ({words.number(n)})" for person, n in parts.faces]
    return text.format(people=", ".join(people))


def _name(person_id: PersonId, found: PackReport) -> str:
    return found.names.get(person_id) or translate("Trial", "An unnamed person")


def _doubts(found: PackReport) -> str:
    if not found.doubtful:
        return translate("Trial", "It agrees with all the faces you confirmed.")
    counts = Counter(_name(each.person_id, found) for each in found.doubtful)
    people = ", ".join(f"{name} ({words.number(n)})" for name, n in counts.most_common(NAMED))
    text = translate(
        "Trial",
        "It disagrees with {faces} you confirmed: {people}. They stay as you confirmed them.",
    )
    return text.format(faces=words.faces(len(found.doubtful)), people=people)


def _rates(used: Figures, tried: Figures) -> str:
    both = [dict(each.recognised) for each in (used, tried)]
    for far in sorted(both[0]):
        one, other = (each.get(far) for each in both)
        if one is not None and other is not None:
            text = translate(
                "Trial",
                "It recognizes {tried}% of face pairs you confirmed as the same person; "
                "the current pack recognizes {used}%. Both at one false match in {n}.",
            )
            number = words.rate
            return text.format(
                tried=number(100 * other), used=number(100 * one), n=words.number(round(1 / far))
            )
    return translate(
        "Trial", "You haven’t confirmed enough faces to tell which pack recognizes them better."
    )
