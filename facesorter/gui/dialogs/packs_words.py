"""A pack of models in plain words: accuracy and who measured it, time, size, terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale

from facesorter.gui.i18n.words import translate

if TYPE_CHECKING:
    from facesorter.app.packs import State
    from facesorter.faces.catalogue import Offer


def title(offer: Offer) -> str:
    """Name a pack."""
    if not offer.url:
        return translate("Packs", "Bundled ({name})").format(name=offer.name)
    return offer.name


def size_words(state: State) -> str:
    """Say whether a pack is here, and how large it is."""
    if state.in_use:
        said = translate("Packs", "in use, {size}")
    elif state.folder is not None:
        said = translate("Packs", "here, {size}")
    elif state.started:
        said = translate("Packs", "partly here; {size} to get in all")
        return said.format(size=_megabytes(state.offer.size))
    else:
        said = translate("Packs", "{size} to get")
        return said.format(size=_megabytes(state.offer.size))
    return said.format(size=_megabytes(state.bytes))


def what_it_gives(offer: Offer) -> str:
    """Say what a pack can do, each figure with where it comes from."""
    lines = []
    number = QLocale().toString
    lfw, hard = offer.measured.lfw, offer.measured.hard
    ours = offer.measured.by == "us"
    if lfw is not None:
        said = (
            translate("Packs", "Tells {share} % of famous adults' picture pairs rightly (LFW).")
            if ours
            else translate(
                "Packs",
                "Its publisher reports {share} % of famous adults' picture pairs told rightly "
                "(LFW).",
            )
        )
        lines.append(said.format(share=number(lfw, "f", 2)))
    if hard is not None:
        said = translate(
            "Packs",
            "On its publisher's hard test with people of four continents it finds {share} % "
            "(MR-ALL).",
        )
        lines.append(said.format(share=number(hard, "f", 1)))
    if ours:
        lines.append(
            translate("Packs", "Measured on this program, from photo files to the answer.")
        )
    else:
        lines.append(translate("Packs", "We have not measured this pack ourselves."))
    if offer.work > 1:
        said = translate(
            "Packs",
            "About {times} times the calculations for each face, so photos take longer; an "
            "estimate by the size of its networks.",
        )
        lines.append(said.format(times=number(round(offer.work))))
    elif ours:
        lines.append(translate("Packs", "The quickest here: a face takes some 25 ms."))
    else:
        lines.append(
            translate("Packs", "About as many calculations for each face as the bundled pack.")
        )
    parts = translate("Packs", "Finds faces with {detector}, compares them with {recogniser}.")
    lines.append(parts.format(detector=offer.detector, recogniser=offer.recogniser))
    return "\n".join(lines)


def licence_words(offer: Offer) -> str:
    """Say in plain words what the licence allows."""
    if offer.may_sell:
        return translate("Packs", "Free for every use (MIT and Apache-2.0; see About).")
    return translate(
        "Packs",
        "For research only, not for commercial use. It comes from its publisher at github.com, "
        "which sees your internet address when you get it.",
    )


def _megabytes(count: int) -> str:
    said = translate("Packs", "{n} MB")
    return said.format(n=QLocale().toString(max(1, round(count / 1e6))))
