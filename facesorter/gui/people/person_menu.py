"""Context menu for the selected faces on a person's page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from facesorter.gui.base import keys
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.base.menus import ContextMenu
from facesorter.gui.i18n.words import translate

Act = Callable[[], object]


@dataclass(frozen=True)
class Acts:
    """Callbacks of the entries; None omits an entry."""

    confirm: Act | None
    reject: Act
    move: Act
    ignore: Act
    split: Act
    explain: Act | None
    compare: Act | None
    cover: Act | None
    open_photo: Act | None
    slideshow: Act
    export: Act


def face_menu(parent: QWidget, name: str | None, acts: Acts) -> ContextMenu:
    """Create the menu, which is deleted when closed; ``name`` is the person's, if any."""
    menu = ContextMenu(parent)

    def add(label: str, act: Act | None, what: Shortcut | None = None) -> None:
        if act is not None:
            menu.add(keys.with_key(label, what) if what is not None else label, act)

    if name:
        this, not_this = translate("Person", "This is {name}"), translate("Person", "Not {name}")
        add(this.format(name=name), acts.confirm, Shortcut.ACCEPT)
        add(not_this.format(name=name), acts.reject, Shortcut.REMOVE)
    else:
        add(translate("Person", "Not This Person"), acts.reject, Shortcut.REMOVE)
    # Letters begin the name of a person without one.
    move, why = (Shortcut.MOVE_TO_PERSON, Shortcut.EXPLAIN) if name else (None, None)
    add(translate("Person", "Move to Another Person…"), acts.move, move)
    add(translate("Person", "Not a Face"), acts.ignore, Shortcut.NOT_A_FACE)
    menu.addSeparator()
    add(translate("Person", "Split into Several People…"), acts.split)
    add(translate("Person", "Why Is This Here?"), acts.explain, why)
    add(translate("Person", "Same Person?"), acts.compare)
    add(translate("Person", "Use as Cover Photo"), acts.cover)
    add(translate("Person", "Open Photo"), acts.open_photo)
    add(translate("Person", "Slideshow of All Photos"), acts.slideshow)
    add(translate("Person", "Export All Photos…"), acts.export)
    return menu
