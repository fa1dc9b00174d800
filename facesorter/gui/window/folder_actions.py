"""Actions on a folder, and its menu in the sidebar. Thread: GUI."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, SignalInstance
from PySide6.QtWidgets import QMenu, QWidget

from facesorter.domain import Folder, FolderId, PhotoId
from facesorter.gui.base.actions import Actions
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.choose_folder import choose_folder
from facesorter.gui.base.desktop import show_in_folder
from facesorter.gui.base.menus import ContextMenu, Menu
from facesorter.gui.base.places import folder_of
from facesorter.gui.i18n.words import file_name, translate
from facesorter.gui.window.folder_model import FolderModel
from facesorter.library import folder_tree
from facesorter.library.decisions import unnamed
from facesorter.library.scanning import folders
from facesorter.storage.file_names import to_show


class FolderActions(QObject):
    """Carries out what the menu of a folder offers.

    Signals:
        play_wanted: photos to play.
        export_wanted: photos to export.
    """

    play_wanted = Signal(list)
    export_wanted = Signal(list)

    def __init__(
        self, bridge: Bridge, actions: Actions, model: FolderModel, window: QWidget
    ) -> None:
        super().__init__(window)
        self._bridge, self._actions, self._model, self._window = bridge, actions, model, window

    def menu(self, key: str) -> QMenu | None:
        """Create the menu of a folder; None if it is gone."""
        folder_id, place = folder_of(key)
        root = self._model.folder(folder_id)
        if root is None:
            return None
        menu = ContextMenu(self._window)
        path = folder_tree.place_path(root, place)
        menu.add(
            translate("Sidebar", "Slideshow"),
            lambda: self._with_photos(folder_id, place, self.play_wanted),
        )
        menu.add(
            translate("Sidebar", "Export Photos…"),
            lambda: self._with_photos(folder_id, place, self.export_wanted),
        )
        menu.addSeparator()
        menu.add(translate("Sidebar", "Show in File Manager"), lambda: show_in_folder(path))
        menu.add(translate("Sidebar", "Check for New Photos"), lambda: self.rescan(folder_id, path))
        if place:
            menu.addSeparator()
            menu.add(
                translate("Sidebar", "Exclude from Library"), lambda: self.leave_out(root, place)
            )
            return menu
        text = translate("Sidebar", "Pause Watching")
        if root.paused:
            text = translate("Sidebar", "Resume Watching")
        menu.add(text, lambda: self.pause(root, not root.paused))
        menu.add(translate("Sidebar", "Relocate…"), lambda: self.choose_new_place(root))
        if root.left_out:
            self._add_left_out(menu, root)
        menu.addSeparator()
        menu.add(
            translate("Sidebar", "Hide Unnamed People in This Folder"),
            lambda: self._actions.hide_unnamed(unnamed.in_folder, folder_id),
        )
        menu.add(
            translate("Sidebar", "Remove from Library"),
            lambda: self._actions.stop_watching(folder_id, root.path),
        )
        return menu

    def rescan(self, folder_id: FolderId, path: str) -> None:
        """Scan a folder, even while watching it is paused."""
        self._bridge.services.pipeline.scan([folder_id])
        text = translate("Sidebar", "Checking {folder} for new photos")
        self._notify(text, path)

    def pause(self, root: Folder, paused: bool) -> None:
        """Pause or resume watching a folder."""
        text = translate("Sidebar", "Resumed watching {folder}")
        if paused:
            text = translate("Sidebar", "Paused watching {folder}")
        self._do(
            lambda txn: folders.pause_watching(txn, root.id, paused),
            lambda: self._notify(text, root.path, lambda: self.pause(root, not paused)),
        )

    def leave_out(self, root: Folder, place: str) -> None:
        """Leave a subfolder out of the library."""
        path = folder_tree.place_path(root, place)
        relative = folder_tree.place_text(place)
        text = translate("Sidebar", "Excluded {folder}. Names are kept; no files were changed")
        self._do(
            lambda txn: folders.leave_out(txn, root.id, relative),
            lambda: self._notify(text, path, lambda: self.include(root, relative)),
        )

    def include(self, root: Folder, relative: str) -> None:
        """Include a subfolder again, by its relative path."""
        text = translate("Sidebar", "Included {folder} again")
        self._do(
            lambda txn: folders.include(txn, root.id, relative),
            lambda: self._notify(text, relative.rstrip("/")),
        )

    def choose_new_place(self, root: Folder) -> None:
        """Ask where a folder is now."""
        title = translate("Sidebar", "Where Is {folder} Now?").format(
            folder=to_show(file_name(root.path))
        )
        choose_folder(self._window, title, lambda path: self.relocate(root, path))

    def relocate(self, root: Folder, path: str, *, checked: bool = True) -> None:
        """Record that a folder is elsewhere; ``checked`` refuses one without its photos."""
        text = translate("Sidebar", "The photos are now read from {folder}")

        def back() -> None:
            self.relocate(root, root.path, checked=False)

        self._do(
            lambda txn: folders.relocate(txn, root.id, path, checked=checked),
            lambda: self._notify(text, path, back if checked else None),
        )

    def _with_photos(self, folder_id: FolderId, place: str, wanted: SignalInstance) -> None:
        """Emit a signal with the photos of a folder, from its first day on."""

        def go(photos: list[PhotoId]) -> None:
            if photos:
                wanted.emit(photos)

        self._bridge.then(
            self._bridge.query(folder_tree.oldest_first, folder_id, place), go, owner=self
        )

    def _add_left_out(self, menu: ContextMenu, root: Folder) -> None:
        inner = Menu(menu)
        inner.setTitle(translate("Sidebar", "Include Again"))
        for relative in root.left_out:
            action = inner.addAction(to_show(relative.rstrip("/")).replace("&", "&&"))
            action.triggered.connect(
                lambda _=False, relative=relative: self.include(root, relative)
            )
        menu.addMenu(inner)

    def _do(self, act: Callable[..., object], done: Callable[[], None]) -> None:
        self._bridge.then(self._bridge.submit(act), lambda _: done(), owner=self)

    def _notify(self, text: str, path: str, undo: Callable[[], None] | None = None) -> None:
        message = text.format(folder=to_show(file_name(path)))
        self._actions.done.emit(message, undo, "")
