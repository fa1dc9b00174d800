"""The context menu of photos, the same in every grid and in the viewer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from facesorter.gui.base import keys
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.base.menus import Menu
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.images.photo_info import MOST_STARS

MOST_COMPARED: Final = 4
"""Photos side by side."""
Act = Callable[[], object]


@dataclass(frozen=True, kw_only=True)
class StackActs:
    """Callbacks of the entries about stacks; None omits an entry."""

    unfold: Act | None = None
    unfolded: bool = False
    """Whether the photos of the stack are shown side by side."""
    top: Act | None = None
    stack: Act | None = None
    unstack: Act | None = None
    photos: int = 0
    """Number of photos that are unstacked."""


@dataclass(frozen=True, kw_only=True)
class PhotoActs:
    """Callbacks of the entries; None omits an entry."""

    open: Act | None = None
    slideshow: Act | None = None
    compare: Act | None = None
    star: Act | None = None
    starred: bool = False
    """Whether all of the photos are favorites."""
    tags: Act | None = None
    albums: Act | None = None
    place: Act | None = None
    on_map: Act | None = None
    rate: Callable[[int], object] | None = None
    """Called with the number of stars, 0 to 5."""
    details: Act | None = None
    stack: StackActs | None = None
    rotate: Callable[[int], object] | None = None
    """Called with degrees clockwise."""
    repeats: tuple[bool, Callable[[bool], object]] | None = None
    """Whether all of the photos show someone more than once, and how to change it."""
    files: Sequence[QAction] = ()
    """From `PhotoFiles.actions`, the trash last."""
    trash_by_key: bool = False
    """Whether Delete moves the photos to the trash."""
    remove_from_collection: tuple[str, Act] | None = None
    """Name of the album or tag shown, and how to remove photos from it."""


def fill(menu: QMenu, acts: PhotoActs) -> QMenu:
    """Add the entries of some photos to a menu; return it."""

    def add(label: str, act: Act | None, what: Shortcut | None = None) -> None:
        if act is not None:
            text = keys.with_key(label, what) if what is not None else label
            menu.addAction(text).triggered.connect(lambda _checked=False: act())

    add(translate("Photos", "Open"), acts.open)
    add(translate("Photos", "Slideshow"), acts.slideshow, Shortcut.PLAY)
    add(translate("Photos", "Compare"), acts.compare, Shortcut.COMPARE)
    menu.addSeparator()
    label = translate("Photos", "Add to Favorites")
    if acts.starred:
        label = translate("Photos", "Remove from Favorites")
    add(label, acts.star, Shortcut.FAVORITE)
    if acts.rate is not None:
        _add_ratings(menu, acts.rate)
    add(translate("Photos", "Tags…"), acts.tags, Shortcut.TAGS)
    add(translate("Photos", "Add to Album…"), acts.albums, Shortcut.ALBUM)
    add(translate("Places", "Set Place…"), acts.place, Shortcut.PLACE)
    add(translate("Places", "Show on Map"), acts.on_map)
    add(translate("Photos", "Details"), acts.details, Shortcut.DETAILS)
    if acts.rotate is not None:
        rotate = acts.rotate
        add(translate("Photos", "Rotate Left"), lambda: rotate(270), Shortcut.ROTATE_LEFT)
        add(translate("Photos", "Rotate Right"), lambda: rotate(90), Shortcut.ROTATE_RIGHT)
    if acts.repeats is not None:
        checked, change = acts.repeats
        repeats = menu.addAction(translate("Photos", "Shows Someone More Than Once"))
        repeats.setCheckable(True)
        repeats.setChecked(checked)
        repeats.triggered.connect(change)
    if acts.stack is not None:
        menu.addSeparator()
        _add_stack(acts.stack, add)
    menu.addSeparator()
    if acts.files:
        text = translate("Files", "Move to Trash…")
        acts.files[-1].setText(keys.with_key(text, Shortcut.REMOVE) if acts.trash_by_key else text)
        menu.addActions(list(acts.files))
    if acts.remove_from_collection is not None:
        name, act = acts.remove_from_collection
        menu.addSeparator()
        label = translate("Photos", "Remove from {name}").format(name=name)
        add(label, act, Shortcut.REMOVE)
    return menu


def _add_ratings(menu: QMenu, rate: Callable[[int], object]) -> None:
    ratings = Menu(menu)
    ratings.setTitle(translate("Photos", "Rating"))
    menu.addMenu(ratings)
    for stars, key in enumerate(Shortcut.RATE.value):
        label = "★" * stars + "☆" * (MOST_STARS - stars)
        if not stars:
            label = translate("Photos", "No Rating")
        action = ratings.addAction(f"{label}\t{words.keys(key)}")
        action.triggered.connect(lambda _checked=False, stars=stars: rate(stars))


def _add_stack(acts: StackActs, add: Callable[[str, Act | None, Shortcut | None], None]) -> None:
    label = translate("Stacks", "Unfold Stack")
    if acts.unfolded:
        label = translate("Stacks", "Fold Stack")
    add(label, acts.unfold, Shortcut.TOGGLE_STACK)
    add(translate("Stacks", "Put on Top of Stack"), acts.top, None)
    add(translate("Stacks", "Stack"), acts.stack, Shortcut.STACK)
    label = translate("Stacks", "Unstack %Ln Photo(s)", "", acts.photos)
    add(label, acts.unstack, Shortcut.UNSTACK)
