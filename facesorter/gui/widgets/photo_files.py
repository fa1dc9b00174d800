"""Photos as files: open, show, copy, drag and export them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, Qt, QUrl, Signal
from PySide6.QtGui import QAction, QGuiApplication, QImage, QTransform
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from facesorter.app import jobs
from facesorter.domain import DecisionId, PersonId, Photo, PhotoId
from facesorter.errors import Message, UserError
from facesorter.gui.base import theme
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.desktop import ask_system_to_open, open_file, show_in_folder
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.base.pictures import to_image
from facesorter.gui.i18n import photo_words, words
from facesorter.gui.i18n.words import translate
from facesorter.library import duplicates, queries
from facesorter.library.decisions import duplicates as decisions
from facesorter.library.decisions import journal
from facesorter.storage import photos as photo_rows

if TYPE_CHECKING:
    from facesorter.gui.widgets.printing import Printing

MOST_AT_ONCE = 500
"""Photos copied or dragged as files: their paths are read when a drag begins, in 3 to 4 ms in a
library of 300,000 photos (1,000 take 6 to 9)."""
COPIED_SIDE = 2560
"""Longest side of the picture on the clipboard, px: what a document or a chat can use."""


class PhotoFiles(QObject):
    """What can be done with the files of photos. Thread: GUI.

    Signals:
        export_wanted: the photos to export, and the people they were chosen for.
        dates_wanted: the photos whose date to change.
        open_with_wanted: the path of a photo, where the system doesn't ask by itself.
        done: text describing what was done.
        trashed: the same of photos moved to the trash, and a function that puts them back, or None.
        moved: photos whose files went to the trash.
        put_back: photos that came back from the trash.
    """

    open_with_wanted = Signal(str)
    export_wanted = Signal(list, list)
    dates_wanted = Signal(list)
    done = Signal(str)
    trashed = Signal(str, object)
    moved = Signal(list)
    put_back = Signal(list)

    def __init__(self, bridge: Bridge, window: QWidget) -> None:
        super().__init__(window)
        self._bridge, self._window = bridge, window
        self._printing: Printing | None = None

    def actions(
        self,
        widget: QWidget,
        chosen: Callable[[], Sequence[PhotoId]],
        whole: Callable[[], Sequence[PhotoId]] | None = None,
    ) -> list[QAction]:
        """Create the actions on the photos that ``chosen`` returns, with their keys on a widget.

        ``whole`` returns these and those beneath them in folded stacks, which are dated and thrown
        away together, while files are opened, copied and exported as they are seen.
        """
        every = whole or chosen

        def on_chosen(act: Callable[[Sequence[PhotoId]], None]) -> Callable[[], None]:
            return lambda: act(chosen())

        def trash(ids: Sequence[PhotoId]) -> None:
            self.ask_to_trash(every(), stacked=len(every()) > len(ids))

        def change_date(_: Sequence[PhotoId]) -> None:
            self.change_date(every())

        return [
            _action(widget, text, what, on_chosen(act))
            for text, what, act in (
                (translate("Files", "Open in Default App"), Shortcut.OPEN_FILE, self.open),
                (translate("Files", "Open With…"), None, self.open_with),
                (translate("Files", "Show in Folder"), Shortcut.SHOW_FILE, self.show),
                (translate("Files", "Copy"), Shortcut.COPY, self.copy),
                (translate("Files", "Export…"), Shortcut.EXPORT, self.export),
                (translate("Files", "Change Date…"), Shortcut.CHANGE_DATE, change_date),
                (translate("Files", "Print…"), Shortcut.PRINT, self.print),
                (translate("Files", "Move to Trash…"), None, trash),
            )
        ]

    def open(self, ids: Sequence[PhotoId]) -> None:
        """Open the first of some photos in the program that the system has for it."""

        def go(path: str) -> None:
            if not open_file(path):
                text = translate("Files", "No app on this computer opens {file}")
                self.done.emit(text.format(file=words.file_name(path)))

        self._with_file(ids, go)

    def open_with(self, ids: Sequence[PhotoId]) -> None:
        """Ask which application opens the first of some photos."""

        def ask(path: str) -> None:
            if not ask_system_to_open(path):
                self.open_with_wanted.emit(path)

        self._with_file(ids, ask)

    def print(self, ids: Sequence[PhotoId]) -> None:
        """Ask how to print photos, one on each page."""
        from facesorter.gui.widgets.printing import Printing

        def ask(photos: list[Photo]) -> None:
            if self._printing is None:
                self._printing = Printing(self._bridge, self._window)
                self._printing.done.connect(self.done)
            if photos:
                self._printing.ask([(photo.path, photo.turn) for photo in photos])

        self._bridge.then(self._bridge.query(queries.photos, list(ids)), ask, owner=self)

    def show(self, ids: Sequence[PhotoId]) -> None:
        """Show the first of some photos in the file manager."""
        self._with_file(ids, show_in_folder)

    def copy(self, ids: Sequence[PhotoId]) -> None:
        """Put files on the clipboard, and the picture as it is shown too if it is one."""

        def put(paths: list[str]) -> None:
            QGuiApplication.clipboard().setMimeData(as_files(paths))
            if len(paths) == 1:
                turns = photo_rows.turns(self._bridge.services.reader(), ids[:1])
                picture = jobs.run(_picture, paths[0], turns.get(ids[0], 0))
                self._bridge.then(picture, lambda image: add(paths, image), owner=self)

        def add(paths: list[str], image: QImage) -> None:
            clipboard = QGuiApplication.clipboard()
            # Something else may have been copied meanwhile.
            if not image.isNull() and clipboard.mimeData().urls() == as_files(paths).urls():
                data = as_files(paths)
                data.setImageData(image)
                clipboard.setMimeData(data)

        self._with_paths(ids[:MOST_AT_ONCE], put)

    def export(self, ids: Sequence[PhotoId], people: Sequence[PersonId] = ()) -> None:
        """Ask where and how to export photos."""
        if ids:
            self.export_wanted.emit(list(ids), list(people))

    def change_date(self, ids: Sequence[PhotoId]) -> None:
        """Ask how to change the date of photos."""
        if ids:
            self.dates_wanted.emit(list(ids))

    def ask_to_trash(self, ids: Sequence[PhotoId], *, stacked: bool = False) -> None:
        """Move files to the system's trash, if the user agrees; what is known of them stays.

        ``stacked`` if some of them are beneath others, so that the user doesn't see them.
        """
        text = translate("Files", "Files can be restored from the trash. Names and tags are kept.")
        if stacked:
            text = f"{_all_of_stacks()} {text}"
        if ids:
            self._ask(len(ids), text, lambda: self._trash(list(ids)))

    def _ask(self, n: int, consequence: str, act: Callable[[], object]) -> None:
        # Over the dialog that it was asked from, which has the focus again afterwards.
        box = QMessageBox(QApplication.activeWindow() or self._window)
        box.setObjectName("trash")
        box.setWindowTitle(translate("Files", "Move to Trash"))
        box.setText(translate("Files", "Move %Ln photo(s) to the trash?", "", n))
        box.setInformativeText(consequence)
        box.addButton(translate("Files", "Move to Trash"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        theme.dress(box)
        box.accepted.connect(act)
        box.finished.connect(box.deleteLater)
        box.open()

    def ask_to_clear(
        self, kept: Sequence[Photo], others: Sequence[PhotoId], agreed: Callable[[], None]
    ) -> None:
        """Ask before the kept photos take over what is known of others, which go to the trash.

        ``agreed`` is called once that is decided and the files begin to move.
        """
        from facesorter.desktop.trash import require_kept

        def decided(decision_id: DecisionId | None) -> None:
            agreed()
            self._trash(list(others), kept, decision_id)

        def decide(_: None) -> None:
            done = self._bridge.submit(decisions.keep, [photo.id for photo in kept], list(others))
            self._bridge.then(done, decided, owner=self)

        self._ask(
            len(others),
            translate(
                "Files",
                "Names, tags, and albums are carried over to the photo you keep. Files can be "
                "restored from the trash.",
            ),
            lambda: self._bridge.then(jobs.run(require_kept, list(kept)), decide, owner=self),
        )

    def ask_to_clear_copies(self, agreed: Callable[[list[PhotoId]], None]) -> None:
        """Ask before the best of all groups of identical files stays and the others go.

        One decision; ``agreed`` is called with the photos whose files then begin to move.
        """

        def found(groups: list[tuple[Photo, list[Photo]]]) -> None:
            going = [other for _, others in groups for other in others]
            if not going:
                self.done.emit(translate("Files", "No identical files can be moved"))
                return
            size = photo_words.file_size(sum(photo.size for photo in going))
            consequence = translate(
                "Files",
                "One file of each group of identical ones is kept, {size} can be freed. Names, "
                "tags, and albums are carried over to it. You can restore the files from the "
                "trash.",
            ).format(size=size)
            self._ask(len(going), consequence, lambda: check(groups))

        def check(groups: list[tuple[Photo, list[Photo]]]) -> None:
            # The question may have been open for long.
            self._bridge.then(jobs.run(_still_removable, groups), decide, owner=self)

        def decide(groups: list[tuple[Photo, list[Photo]]]) -> None:
            ids = [other.id for _, others in groups for other in others]
            if not ids:
                return

            def decided(decision_id: DecisionId | None) -> None:
                agreed(ids)
                self._trash(ids, [], decision_id)

            sets = [([kept.id], [each.id for each in others]) for kept, others in groups]
            done = self._bridge.submit(decisions.keep_each, sets)
            self._bridge.then(done, decided, owner=self)

        self._bridge.then(self._bridge.query_slow(duplicates.spare_copies), found, owner=self)

    def _trash(
        self,
        ids: list[PhotoId],
        kept: Sequence[Photo] | None = None,
        decision_id: DecisionId | None = None,
    ) -> None:
        """Move files to the trash.

        For duplicates, ``kept`` are photos whose files must still be there, perhaps none, and
        ``decision_id`` is the decision that carried over details, which is undone when the files
        are put back.
        """
        from facesorter.desktop.trash import move_duplicates, move_photos
        from facesorter.desktop.trash_restore import can_restore

        begun = time.time()

        def moved(photos: list[Photo], failed: list[tuple[str, Message]]) -> None:
            self._bridge.services.rescan()
            stay = {path for path, _ in failed}
            gone = [photo for photo in photos if photo.path not in stay]
            message = translate("Files", "Moved %Ln photo(s) to the trash", "", len(gone))
            back = (
                partial(self._put_back, gone, begun, decision_id)
                if gone and can_restore()
                else None
            )
            self.moved.emit([photo.id for photo in gone])
            self.trashed.emit(_first_reason(failed) or message, back)

        def move(photos: list[Photo]) -> None:
            act = partial(move_duplicates, kept=kept) if kept is not None else move_photos
            self._bridge.then(jobs.run(act, photos), partial(moved, photos), owner=self)

        self._bridge.then(self._bridge.query(queries.photos, ids), move, owner=self)

    def _put_back(self, photos: list[Photo], since: float, decision_id: DecisionId | None) -> None:
        from facesorter.desktop.trash_restore import restore

        def done(failed: list[tuple[str, Message]]) -> None:
            if decision_id is not None and not failed:
                self._bridge.submit(journal.undo, only=decision_id)
            self._bridge.services.rescan()
            stay = {path for path, _ in failed}
            back = [photo.id for photo in photos if photo.path not in stay]
            message = translate("Files", "Put back %Ln photo(s) from the trash", "", len(back))
            self.done.emit(_first_reason(failed) or message)
            self.put_back.emit(back)

        paths = [photo.path for photo in photos]
        self._bridge.then(jobs.run(restore, paths, since), done, owner=self)

    def dragged(self, ids: Sequence[PhotoId]) -> list[str]:
        """Return the paths of dragged photos; read at once, since a drag begins at once."""
        some = list(ids[:MOST_AT_ONCE])
        paths = photo_rows.paths(self._bridge.services.reader(), some)
        return [paths[each] for each in some if each in paths]

    def _with_file(self, ids: Sequence[PhotoId], act: Callable[[str], object]) -> None:
        """Do something with the file of the first of some photos, or say that it isn't there."""

        def check(path: str) -> None:
            there = jobs.run(os.path.exists, path)
            self._bridge.then(there, lambda found: act(path) if found else say(path), owner=self)

        def say(path: str) -> None:
            text = translate("Files", "{file} isn’t there. Its drive may not be connected.")
            self.done.emit(text.format(file=words.file_name(path)))

        self._with_paths(ids[:1], lambda paths: check(paths[0]))

    def _with_paths(self, ids: Sequence[PhotoId], act: Callable[[list[str]], None]) -> None:
        def go(paths: dict[PhotoId, str]) -> None:
            found = [paths[each] for each in ids if each in paths]
            if found:
                act(found)

        if ids:
            self._bridge.then(self._bridge.query(photo_rows.paths, list(ids)), go, owner=self)


def _first_reason(failed: Sequence[tuple[str, Message]]) -> str:
    """Return why the first of some files couldn't be moved, or ""."""
    if not failed:
        return ""
    path, why = failed[0]
    return f"{words.file_name(path)}: {words.sentence(why)}"


def as_files(paths: Iterable[str]) -> QMimeData:
    """Return what other programs take as files."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    return data


def _action(
    widget: QWidget,
    text: str,
    what: Shortcut | None,
    act: Callable[[], None],
) -> QAction:
    action = QAction(text, widget)
    action.setShortcuts(what.sequences if what is not None else [])
    action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    action.triggered.connect(lambda _checked=False: act())
    widget.addAction(action)
    return action


def _all_of_stacks() -> str:
    return translate(
        "Files",
        "All photos of the selected stacks are moved. To move only some, unfold the stack first.",
    )


def _still_removable(
    groups: list[tuple[Photo, list[Photo]]],
) -> list[tuple[Photo, list[Photo]]]:
    """Return the groups with the files that may go now. Thread: any; blocks."""
    from facesorter.desktop.trash import removable

    found = [(kept, removable(kept, others)) for kept, others in groups]
    return [(kept, others) for kept, others in found if others]


def _picture(path: str, turn: int) -> QImage:
    """Decode a photo for the clipboard; a null image if it can't be read. Thread: any.

    ``turn`` is as in `Photo.turn`.
    """
    from facesorter.images import decode

    try:
        picture = decode.load_upright(decode.read_picture(Path(path)), long_side=COPIED_SIDE)
    except UserError:
        return QImage()
    return to_image(picture).transformed(QTransform().rotate(turn))
