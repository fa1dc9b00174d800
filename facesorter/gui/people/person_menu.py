"""Context menu for the selected faces on a person's page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from facesorter.gui.base.menus import ContextMenu
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate

Act = Callable[[], object]


@dataclass(frozen=True)
class Acts:
    """Callbacks of the entries; None omits an entry."""

    confirm: Act | None
    reject: Act
    someone_else: Act
    ignore: Act
    split: Act
    explain: Act | None
    cover: Act | None
    open_photo: Act | None
    export: Act


def face_menu(parent: QWidget, name: str | None, acts: Acts) -> ContextMenu:
    """Create the menu, which is deleted when closed; ``name`` is the person's, if any."""
    menu = ContextMenu(parent)

    def add(said: str, act: Act | None, key: str = "") -> None:
        if act is not None:
            menu.add(f"{said}\t{key}" if key else said, act)

    if name:
        this, not_this = translate("Person", "This is {name}"), translate("Person", "Not {name}")
        add(this.format(name=name), acts.confirm, words.keys("Enter"))
        add(not_this.format(name=name), acts.reject, words.keys("Del"))
    else:
        add(translate("Person", "Not This Person"), acts.reject, words.keys("Del"))
    add(translate("Person", "Move to Another Person…"), acts.someone_else, "S")
    add(translate("Person", "Not a Face"), acts.ignore, "X")
    menu.addSeparator()
    add(translate("Person", "Split into Several People…"), acts.split)
    add(translate("Person", "Why Is This Here?"), acts.explain, "W")
    add(translate("Person", "Use as Cover Photo"), acts.cover)
    add(translate("Person", "Open Photo"), acts.open_photo)
    add(translate("Person", "Export All Photos…"), acts.export)
    return menu
