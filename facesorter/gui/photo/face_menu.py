"""Context menu of a face in a photo."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from facesorter.domain import Face, FaceState, PersonId
from facesorter.gui.base import keys
from facesorter.gui.base.actions import Actions
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.base.menus import ContextMenu
from facesorter.gui.i18n.words import translate


def face_menu(
    parent: QWidget,
    face: Face,
    actions: Actions,
    name: Callable[[], object],
    go_to: Callable[[PersonId], object],
    origin: str = "",
) -> ContextMenu:
    """Create the menu, which is deleted when closed.

    Args:
        parent: Its owner.
        face: The face that was clicked.
        actions: Carries out what is decided.
        name: Asks for the face's name.
        go_to: Opens a person's page.
        origin: Says where the name was imported from, if it was.
    """
    menu = ContextMenu(parent)
    person = face.person_id
    if person is not None and face.name is not None:
        if face.state is FaceState.SUGGESTED:
            label = translate("Person", "This is {name}").format(name=face.name)
            menu.add(label, lambda: actions.confirm(person, [face.id]))
        label = translate("Person", "Not {name}").format(name=face.name)
        menu.add(label, lambda: actions.reject(person, [face.id]))
        menu.add(translate("Person", "Move to Another Person…"), name)
    else:
        menu.add(keys.with_key(translate("Photo", "Name…"), Shortcut.NAME), name)
    menu.add(translate("Person", "Not a Face"), lambda: actions.ignore([face.id]))
    if person is not None:
        menu.addSeparator()
        label = translate("Photo", "Go to This Person")
        if face.name is not None:
            label = translate("Photo", "Go to {name}").format(name=face.name)
        menu.add(label, lambda: go_to(person))
        if face.state is not FaceState.SUGGESTED or face.sure:
            cover = translate("Person", "Use as Cover Photo")
            menu.add(cover, lambda: actions.set_cover(person, face.id))
    if origin:
        menu.addSeparator()
        menu.addAction(origin).setEnabled(False)
    return menu
