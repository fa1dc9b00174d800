"""On battery or not, by made-up trees of the kernel and the words of other systems."""

from __future__ import annotations

from pathlib import Path

import pytest

from facesorter.desktop import power


def supplies(folder: Path, **known: dict[str, str]) -> Path:
    for name, words in known.items():
        (folder / name).mkdir()
        for file, text in words.items():
            (folder / name / file).write_text(f"{text}\n")
    return folder


MAINS_IN = {"type": "Mains", "online": "1"}
MAINS_OUT = {"type": "Mains", "online": "0"}
FULL = {"type": "Battery", "status": "Full", "present": "1"}
EMPTYING = {"type": "Battery", "status": "Discharging", "present": "1", "scope": "System"}
MOUSE = {"type": "Battery", "status": "Discharging", "scope": "Device"}


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, None),
        ({"AC": MAINS_IN}, None),
        ({"AC": MAINS_IN, "BAT0": FULL}, False),
        ({"AC": MAINS_OUT, "BAT0": EMPTYING}, True),
        ({"BAT0": EMPTYING}, True),
        ({"BAT0": FULL}, False),
        # A charger that is too weak still is one.
        ({"AC": MAINS_IN, "BAT0": EMPTYING}, False),
        # Two batteries, of which one is emptied first.
        ({"AC": MAINS_OUT, "BAT0": EMPTYING, "BAT1": {**FULL, "status": "Unknown"}}, True),
        # Between the plug's news and the battery's.
        ({"AC": MAINS_OUT, "BAT0": {**FULL, "status": "Unknown"}}, True),
        ({"AC": MAINS_OUT, "BAT0": {**FULL, "status": "Charging"}}, False),
        # A USB charger beside a plug that is out.
        ({"AC": MAINS_OUT, "usb": {"type": "USB", "online": "1"}, "BAT0": FULL}, False),
        # A wireless mouse is no laptop.
        ({"hidpp": MOUSE}, None),
        ({"AC": MAINS_IN, "hidpp": MOUSE}, None),
        ({"BAT0": {**EMPTYING, "present": "0"}}, None),
        ({"ups": {"type": "UPS", "status": "Discharging"}}, True),
    ],
)
def test_linux(tmp_path: Path, known: dict[str, dict[str, str]], expected: bool | None) -> None:
    assert power.read_linux(supplies(tmp_path, **known)) is expected


def test_linux_without_such_a_folder(tmp_path: Path) -> None:
    assert power.read_linux(tmp_path / "nowhere") is None


@pytest.mark.parametrize(
    ("line", "flags", "expected"),
    [(0, 2, True), (1, 8, False), (1, 128, None), (0, 128, None), (255, 255, None), (0, 255, True)],
)
def test_windows(line: int, flags: int, expected: bool | None) -> None:
    assert power.read_windows(line, flags) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Now drawing from 'Battery Power'\n -InternalBattery-0 (id=1)\t93%; discharging; 5:12",
            True,
        ),
        ("Now drawing from 'AC Power'\n -InternalBattery-0 (id=1)\t100%; charged; 0:00", False),
        ("Now drawing from 'AC Power'\n", None),
        ("", None),
    ],
)
def test_macos(text: str, expected: bool | None) -> None:
    assert power.read_macos(text) is expected


def test_this_computer_answers() -> None:
    assert power.on_battery() in (True, False, None)
