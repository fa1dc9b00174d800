"""Texts about a model pack: accuracy and its source, speed, size and license."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale

from facesorter.gui.i18n.words import translate

if TYPE_CHECKING:
    from facesorter.app.packs import State
    from facesorter.faces.catalogue import Offer


def title(offer: Offer) -> str:
    """Return a pack's name."""
    if not offer.url:
        return translate("Packs", "Built-in ({name})").format(name=offer.name)
    return offer.name


def size_words(state: State) -> str:
    """Return whether a pack is installed, and its size."""
    if state.in_use:
        text = translate("Packs", "in use, {size}")
    elif state.folder is not None:
        text = translate("Packs", "downloaded, {size}")
    elif state.started:
        text = translate("Packs", "partially downloaded, {size} in total")
        return text.format(size=_megabytes(state.offer.size))
    else:
        text = translate("Packs", "{size} download")
        return text.format(size=_megabytes(state.offer.size))
    return text.format(size=_megabytes(state.bytes))


def what_it_gives(offer: Offer) -> str:
    """Describe a pack's features, with the source of each figure."""
    lines = []
    number = QLocale().toString
    lfw, hard = offer.measured.lfw, offer.measured.hard
    ours = offer.measured.by == "us"
    if lfw is not None:
        text = (
            translate("Packs", "{share}% accuracy on pairs of celebrity photos (LFW).")
            if ours
            else translate(
                "Packs",
                "Its publisher reports {share}% accuracy on pairs of celebrity photos (LFW).",
            )
        )
        lines.append(text.format(share=number(lfw, "f", 2)))
    if hard is not None:
        text = translate(
            "Packs",
            "Scores {share}% on its publisher’s difficult multi-ethnic test (MR-ALL).",
        )
        lines.append(text.format(share=number(hard, "f", 1)))
    if ours:
        lines.append(translate("Packs", "Measured with facesorter, end to end."))
    else:
        lines.append(translate("Packs", "We haven’t measured this pack ourselves."))
    if offer.work > 1:
        text = translate(
            "Packs",
            "About {times} times the computation per face, so photos take longer "
            "(estimated from the size of its networks).",
        )
        lines.append(text.format(times=number(round(offer.work))))
    elif ours:
        lines.append(translate("Packs", "The fastest: about 25 ms per face."))
    else:
        lines.append(translate("Packs", "About as much computation per face as the built-in pack."))
    parts = translate("Packs", "Detects faces with {detector} and compares them with {recogniser}.")
    lines.append(parts.format(detector=offer.detector, recogniser=offer.recogniser))
    return "\n".join(lines)


def licence_words(offer: Offer) -> str:
    """Summarize in plain words what the license allows."""
    if not offer.url:
        return translate(
            "Packs", "Free for any use (MIT and Apache-2.0 licenses; see About facesorter)."
        )
    if offer.may_sell:
        return translate(
            "Packs",
            "Free for any use (Apache-2.0 license). It’s downloaded from the publisher’s page on "
            "huggingface.co, which will see your IP address.",
        )
    return translate(
        "Packs",
        "For non-commercial research only. It’s downloaded from the publisher’s page on "
        "github.com, which will see your IP address.",
    )


def agreement_words(offer: Offer) -> str:
    """Return what the user agrees to before the download."""
    if offer.may_sell:
        return translate("Packs", "I have read the terms and agree to them")
    return translate("Packs", "I have read the terms and agree to non-commercial use only")


def _megabytes(count: int) -> str:
    text = translate("Packs", "{n} MB")
    return text.format(n=QLocale().toString(max(1, round(count / 1e6))))
