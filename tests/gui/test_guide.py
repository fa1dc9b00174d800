"""The guide says what the program says: its words stand in the window, its keys do what is said.

Words of the window are *slanted* in it, keys are **bold**.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from facesorter.gui.dialogs.help import pages
from facesorter.gui.dialogs.keyboard_map import keys
from facesorter.gui.window.main_window import MainWindow

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
SAID = re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", GUIDE)
KEYS = re.findall(r"\*\*([^*\n]+)\*\*", GUIDE)
EXPLAINED = {"like these"}
"""What shows how words are set."""


def words_of_the_window() -> set[str]:
    """Every text that the window's modules hand to `translate`."""
    found = set()
    for module in (ROOT / "facesorter" / "gui").rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if is_call and node.func.id == "translate" and isinstance(node.args[1], ast.Constant):
                found.add(node.args[1].value)
    return found


def listed_keys() -> set[str]:
    """Every key of the list that `?` shows, and 1 to 9."""
    found = set()
    for _, pairs in keys():
        for pressed, _ in pairs:
            found |= {key for key in re.split(r", (?=\S)| … ", pressed) if key}
    return found | {str(number) for number in range(1, 10)}


def test_it_is_the_first_page_of_the_help() -> None:
    assert pages()[0].path.name == "guide.md"


def test_its_words_stand_in_the_window() -> None:
    known = words_of_the_window()
    assert len(SAID) > 20
    assert not sorted(set(SAID) - known - EXPLAINED)


def test_its_keys_are_in_the_list_of_keys() -> None:
    named = {key.rstrip(":") for key in KEYS if re.match(r"^(\S{1,2}|[A-Z][\w+,]*)$", key)}
    assert len(named) > 20
    alt = {f"Alt+{number}" for number in range(1, 8)}
    assert not sorted(named - listed_keys() - alt)


@pytest.mark.parametrize(
    ("key", "action"),
    [
        ("Ctrl+O", "add"),
        ("Ctrl+Z", "undo"),
        ("Ctrl+Shift+Z", "redo"),
        ("Alt+2", "people"),
        ("Alt+3", "review"),
        ("Alt+4", "unknown"),
        ("Alt+5", "map"),
        ("Alt+6", "places"),
        ("Alt+7", "duplicates"),
        ("Ctrl+F", "search"),
        ("Esc", "back"),
        ("Ctrl+,", "preferences"),
        ("F1", "guide"),
        ("?", "keys"),
        ("Ctrl+Q", "quit"),
    ],
)
def test_its_shortcuts_are_those_of_the_window(
    key: str, action: str, empty_window: MainWindow
) -> None:
    assert key in KEYS
    commands = empty_window.commands
    found = commands.places.get(action) or getattr(commands, action)
    shortcuts = found.shortcuts()
    assert key in {shortcut.toString() for shortcut in shortcuts}


def test_its_pictures_are_made_by_the_script() -> None:
    script = (ROOT / "tests" / "screenshots.py").read_text(encoding="utf-8")
    shown = re.findall(r"!\[[^\]]+\]\(\.\./resources/screenshots/([\w-]+)\.png\)", GUIDE)
    assert len(shown) >= 8
    for name in shown:
        assert (ROOT / "resources" / "screenshots" / f"{name}.png").is_file()
        assert f'"{name}"' in script
