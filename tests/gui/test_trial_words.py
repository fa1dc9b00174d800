"""The report of a trial names people and tells both packs' rates."""

from __future__ import annotations

from facesorter.gui.dialogs import trial_words
from facesorter.library.models.pack_report import Doubtful, Figures, Move, PackReport, Parts
from facesorter.library.models.trial import ENDED, Trial


def test_people_are_named_and_rates_told() -> None:
    found = PackReport(
        Trial(2, "new", "f", 4, "", 9, 0, 0, 0, ENDED),
        Figures("old", 4, 90, 900, ((1e-2, 0.9), (1e-3, None))),
        Figures("new", 4, 90, 900, ((1e-2, 0.955), (1e-3, None))),
        120,
        (Move(1, 1, 2),),
        (Parts(1, "Anna", ((1, 30), (-2, 4))),),
        (Parts(2, "Bert", ((2, 9), (3, 5))),),
        (Doubtful(7, 1, 0.1, 2, 0.4),),
        {1: "Anna", 2: "Bert"},
    )
    text = trial_words.report(found)
    assert "119 would stay" in text and "1 would move" in text
    assert "Anna would be split into 2 groups of 30 + 4 faces." in text
    assert "Would be merged: Bert (9), An unnamed person (5)." in text
    assert "disagrees with 1 face you confirmed: Anna (1)" in text
    assert "95.5%" in text and "90.0%" in text and "in 100" in text
