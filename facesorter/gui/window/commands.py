"""QActions of the window: texts, shortcuts and the ⋯ menu."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from facesorter.gui.base.actions import Actions
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.base.menus import Menu
from facesorter.gui.base.places import DUPLICATES, MAP, PEOPLE, PHOTOS, PLACES, REVIEW, UNKNOWN
from facesorter.gui.dialogs.keyboard_map import KeyboardMap
from facesorter.gui.i18n.words import translate
from facesorter.gui.window.dialogs import Dialogs


class Commands(QObject):
    """Actions available anywhere in the window.

    Undo, dialogs and help work on their own; the window connects the other actions.
    """

    def __init__(self, window: QWidget, actions: Actions, dialogs: Dialogs) -> None:
        super().__init__(window)
        self._window, self._actions = window, actions
        self._map: KeyboardMap | None = None
        self.add = self._action(translate("Commands", "Add Folder…"), None, Shortcut.ADD_FOLDER)
        self.undo = self._action(actions.undo_text(), actions.undo, Shortcut.UNDO)
        self.redo = self._action(actions.redo_text(), actions.redo, Shortcut.REDO)
        self.places = {
            PHOTOS: self._action(translate("Commands", "Photos"), None, Shortcut.PHOTOS),
            PEOPLE: self._action(translate("Commands", "People"), None, Shortcut.PEOPLE),
            REVIEW: self._action(translate("Commands", "Review"), None, Shortcut.REVIEW),
            UNKNOWN: self._action(translate("Commands", "Unknown Faces"), None, Shortcut.UNKNOWN),
            MAP: self._action(translate("Commands", "Face Map"), None, Shortcut.MAP),
            PLACES: self._action(translate("Commands", "Places"), None, Shortcut.PLACES),
            DUPLICATES: self._action(
                translate("Commands", "Duplicates"), None, Shortcut.DUPLICATES
            ),
        }
        self.search = self._action(translate("Commands", "Search"), None, Shortcut.SEARCH)
        self.folders = self._action(translate("Commands", "Go to Folders"), None, Shortcut.FOLDERS)
        self.enclosing = self._action(
            translate("Commands", "Enclosing Folder"), None, Shortcut.PARENT_FOLDER
        )
        self.larger = self._action(
            translate("Commands", "Larger Thumbnails"), None, Shortcut.LARGER_TILES
        )
        self.smaller = self._action(
            translate("Commands", "Smaller Thumbnails"), None, Shortcut.SMALLER_TILES
        )
        self.back = self._action(translate("Commands", "Back"), None, Shortcut.BACK)
        self.full_screen = self._action(
            translate("Commands", "Full Screen"), None, Shortcut.FULL_SCREEN
        )
        self.problems = self._action(translate("Commands", "Problems…"))
        self.dates = self._action(translate("Commands", "Dates to Check"))
        self.who = self._action(translate("Commands", "Who Is This?…"), dialogs.identify_person)
        self.rescan = self._action(
            translate("Commands", "Check for New Photos"), None, Shortcut.RESCAN
        )
        self.names = self._action(translate("Commands", "Import Names…"))
        self.preferences = self._action(
            translate("Commands", "Preferences…"), dialogs.show_preferences, Shortcut.PREFERENCES
        )
        self.models = self._action(
            translate("Commands", "Face Recognition Models…"), dialogs.show_models
        )
        self.backups = self._action(translate("Commands", "Backups…"), dialogs.show_backups)
        self.prove = self._action(translate("Commands", "Prove It…"), dialogs.show_proof)
        self.merge_library = self._action(
            translate("Commands", "Import Decisions from Another Library…"),
            dialogs.choose_other_library,
        )
        self.erase = self._action(
            translate("Commands", "Erase All Face Data…"), lambda: dialogs.show_erase()
        )
        self.sidecars = self._action(
            translate("Commands", "Write Names to Sidecars…"), dialogs.show_sidecars
        )
        self.guide = self._action(
            translate("Commands", "Guide"), dialogs.show_guide, Shortcut.GUIDE
        )
        self.news = self._action(translate("Commands", "What’s New"), dialogs.show_news)
        self.report = self._action(
            translate("Commands", "Report a Problem…"), dialogs.report_problem
        )
        self.update = self._action(
            translate("Commands", "Check for Updates"), dialogs.look_for_update
        )
        self.keys = self._action(
            translate("Commands", "Keyboard Shortcuts…"), self.show_keys, Shortcut.SHORTCUTS
        )
        self.about = self._action(translate("Commands", "About facesorter"), self.show_about)
        self.quit = self._action(translate("Commands", "Quit"), None, Shortcut.QUIT)
        actions.undo_status.connect(self._show_undo)
        self._show_undo()

    def menu(self, parent: QWidget) -> QMenu:
        """Create the ⋯ menu."""
        menu = Menu(parent)
        groups = (
            (self.search, self.folders, self.add, self.who),
            (self.names, self.sidecars),
            (self.rescan, self.problems, self.dates),
            (self.undo, self.redo),
            (self.larger, self.smaller, self.full_screen),
            (self.preferences, self.models),
        )
        for group in groups:
            menu.addActions(group)
            menu.addSeparator()
        library = Menu(menu)
        library.setTitle(translate("Commands", "Library"))
        menu.addMenu(library)
        library.addAction(self.backups)
        library.addAction(self.merge_library)
        library.addAction(self.prove)
        library.addSeparator()
        library.addAction(self.erase)
        help_menu = Menu(menu)
        help_menu.setTitle(translate("Commands", "Help"))
        menu.addMenu(help_menu)
        help_menu.addActions((self.guide, self.news, self.keys))
        help_menu.addSeparator()
        help_menu.addActions((self.report, self.update, self.about))
        menu.addSeparator()
        menu.addAction(self.quit)
        return menu

    def show_keys(self) -> None:
        """Show the keyboard map."""
        if self._map is None:
            self._map = KeyboardMap(self._window)
        self._map.show()
        self._map.raise_()

    def show_about(self) -> None:
        """Show the version and the licenses."""
        from facesorter.gui.dialogs.about import About

        dialog = About(self._window)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _action(
        self,
        text: str,
        act: Callable[[], object] | None = None,
        what: Shortcut | None = None,
    ) -> QAction:
        action = QAction(text, self._window)
        action.setShortcuts(what.sequences if what is not None else [])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        if act is not None:
            action.triggered.connect(lambda _checked=False: act())
        self._window.addAction(action)
        return action

    def _show_undo(self, _status: object = None) -> None:
        self.undo.setText(self._actions.undo_text())
        self.undo.setEnabled(self._actions.can_undo)
        self.redo.setText(self._actions.redo_text())
        self.redo.setEnabled(self._actions.status.redo_kind is not None)
