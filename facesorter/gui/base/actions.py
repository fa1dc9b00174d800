"""What the user can do, each a small function: a library function, and the words for its toast.

Nothing here waits: the act is submitted to the writer, the toast comes when it is done.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence
from typing import Concatenate, Generic, NamedTuple, ParamSpec, TypeVar

from PySide6.QtCore import QObject, Signal

from facesorter.domain import FaceId, Folder, FolderId, PersonId
from facesorter.errors import UserError
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import file_name, translate
from facesorter.library import outliers
from facesorter.library.decisions import corrections, details, journal, relationships, unnamed
from facesorter.library.scanning import folders
from facesorter.library.transaction import Transaction

log = logging.getLogger(__name__)


P = ParamSpec("P")
R = TypeVar("R")


class Done(NamedTuple, Generic[R]):
    """What an act returned, and whether the journal has a new entry to undo.

    An act that changes nothing leaves no entry; offering Undo for it would undo something else.
    """

    result: R
    decided: bool


def bind(
    act: Callable[Concatenate[Transaction, P], R], *args: P.args, **kwargs: P.kwargs
) -> Callable[[Transaction], R]:
    """Bind all arguments of an act but the transaction, for `Actions.decide`."""
    return lambda txn: act(txn, *args, **kwargs)


def _carry_out(txn: Transaction, act: Callable[[Transaction], R]) -> Done[R]:
    """Carry out an act and say whether it decided anything. Thread: writer."""
    result = act(txn)
    return Done(result, txn.decided)


class Actions(QObject):
    """The user's acts. Thread: GUI.

    Signals:
        done: words for what was done, a function that takes it back or None, and its button.
        same_name: the person being named, the one that has the name already, the name.
        undo_status: what Undo and Redo would do.
    """

    done = Signal(str, object, str)
    same_name = Signal(int, int, str)
    undo_status = Signal(object)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.status = journal.UndoStatus()
        bridge.undo_changed.connect(self._on_undo_changed)

    # Folders.

    def add_folders(self, paths: Sequence[str], *, said: str | None = None) -> None:
        """Watch folders, each in its own transaction: a bad one does not keep the others out.

        ``said`` tells it in other words, with "{folder}" for the folder's name.
        """
        for path in paths:

            def added(folder: Folder) -> None:
                text = said or translate("Actions", "Added {folder}")
                text = text.format(folder=file_name(folder.path))
                self.done.emit(text, lambda: self.stop_watching(folder.id, folder.path), _undo())

            self._bridge.then(self._bridge.submit(folders.add, path), added, owner=self)

    def stop_watching(self, folder_id: FolderId, path: str) -> None:
        """Hide a folder's photos; all that is known of them is kept."""

        def stopped(_: object) -> None:
            text = translate("Actions", "Stopped watching {folder}")
            text = text.format(folder=file_name(path))
            self.done.emit(text, lambda: self.add_folders([path]), _undo())

        self._bridge.then(
            self._bridge.submit(folders.stop_watching, folder_id), stopped, owner=self
        )

    # Persons.

    def name(self, person_id: PersonId, name: str, *, allow_same: bool = False) -> None:
        """Name or rename a person; a name that is taken becomes an offer to merge."""
        name = " ".join(name.split())
        if not name:
            return

        def refused(error: BaseException) -> bool:
            if not isinstance(error, corrections.SameName):
                return False
            self.same_name.emit(person_id, error.person_id, error.name)
            return True

        text = translate("Actions", "Named “{name}”").format(name=name)
        act = bind(corrections.name, person_id, name, allow_same=allow_same)
        self.decide(text, act, failed=refused)

    def merge(self, target_id: PersonId, other_ids: Sequence[PersonId]) -> None:
        """Make persons one."""
        others = [other for other in other_ids if other != target_id]
        if not others:
            return
        n = len(others) + 1
        text = translate("Actions", "Merged %Ln person(s)", "", n)
        self.decide(text, bind(corrections.merge, target_id, others))

    def set_aside(self, person_ids: Sequence[PersonId]) -> None:
        """Hide persons nobody cares about, in one decision."""
        if person_ids:
            text = translate("Actions", "Hid %Ln person(s)", "", len(person_ids))
            self.decide(text, bind(corrections.hide_all, list(person_ids), True))

    def bring_back(self, person_ids: Sequence[PersonId]) -> None:
        """Show persons again that were set aside, in one decision."""
        if person_ids:
            text = translate("Actions", "%Ln person(s) shown again", "", len(person_ids))
            self.decide(text, bind(corrections.hide_all, list(person_ids), False))

    def set_strangers_aside(
        self,
        find: Callable[Concatenate[sqlite3.Connection, P], unnamed.Strangers],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        """Set everybody aside that ``find`` finds, in one decision."""

        def act(txn: Transaction) -> unnamed.Strangers:
            found = find(txn.connection, *args, **kwargs)
            unnamed.set_aside(txn, found)
            return found

        def over(done: Done[unnamed.Strangers]) -> None:
            found = done.result
            n = len(found.person_ids) + len(found.face_ids)
            said = translate("Actions", "Hid %Ln unnamed person(s)", "", n)
            if not done.decided:
                said = translate("Actions", "There are no unnamed people to hide")
            if found.known_elsewhere:
                said += ". " + translate(
                    "Actions",
                    "Kept %Ln person(s) also found in other folders",
                    "",
                    found.known_elsewhere,
                )
            self.done.emit(said, self.undo if done.decided else None, _undo())

        self._bridge.then(self._bridge.submit(_carry_out, act), over, owner=self)

    def set_cover(self, person_id: PersonId, face_id: FaceId) -> None:
        """Choose the face that stands for a person."""
        text = translate("Actions", "Cover photo changed")
        self.decide(text, bind(corrections.set_cover, person_id, face_id))

    def state_facts(
        self, person_id: PersonId, said: dict[str, str], *, refused: Callable[[str], None]
    ) -> None:
        """Say some of what is known of a person; ``refused`` is told why that can't be."""

        def failed(error: BaseException) -> bool:
            refused(words.sentence(error))
            return isinstance(error, UserError)

        def act(txn: Transaction) -> None:
            details.update_details(txn, person_id, **said)

        self.decide(translate("Actions", "Saved"), act, failed=failed)

    def set_favourites(self, person_ids: Sequence[PersonId], favourite: bool) -> None:
        """Have persons stand first, or no longer, in one decision."""

        def said(n: int) -> str:
            if favourite:
                return translate("Actions", "%Ln person(s) added to Favorites", "", n)
            return translate("Actions", "%Ln person(s) removed from Favorites", "", n)

        self.decide(said, bind(details.set_favourites, list(person_ids), favourite))

    def relate(self, person_id: PersonId, kind: relationships.Kin, other_id: PersonId) -> None:
        """Say what the second person is to the first."""
        text = translate("Actions", "Saved")
        self.decide(text, bind(relationships.relate, person_id, kind, other_id))

    def unrelate(self, person_id: PersonId, other_id: PersonId) -> None:
        """Take back what two persons are to each other."""
        text = translate("Actions", "Relationship removed")
        self.decide(text, bind(relationships.unrelate, person_id, other_id))

    # Faces.

    def confirm(self, person_id: PersonId, face_ids: Sequence[FaceId]) -> None:
        """Say that faces are this person."""
        text = translate("Actions", "Confirmed %Ln face(s)", "", len(face_ids))
        self._faces(text, corrections.confirm, face_ids, person_id)

    def settle_doubts(self, person_id: PersonId, face_ids: Sequence[FaceId]) -> None:
        """Say that doubtful faces are right."""
        text = translate("Actions", "Marked %Ln face(s) as correct", "", len(face_ids))
        self._faces(text, outliers.settle, face_ids, person_id)

    def reject(self, person_id: PersonId, face_ids: Sequence[FaceId]) -> None:
        """Say that faces are not this person."""
        text = translate("Actions", "Removed %Ln face(s) from this person", "", len(face_ids))
        self._faces(text, corrections.reject, face_ids, person_id)

    def ignore(self, face_ids: Sequence[FaceId]) -> None:
        """Say that these are no faces, or nobody's."""
        if face_ids:
            n = len(face_ids)
            text = translate("Actions", "Ignored %Ln face(s)", "", n)
            self.decide(text, bind(corrections.ignore, list(face_ids)))

    def someone_else(
        self, face_ids: Sequence[FaceId], name: str, person_id: PersonId | None
    ) -> None:
        """Move faces to an existing person, or to a new one of that name (which may be empty)."""
        name = " ".join(name.split())
        if not face_ids:
            return
        if person_id is not None:
            self._move(face_ids, person_id, name)
            return

        def refused(error: BaseException) -> bool:
            # The name was given to somebody since the list of names was read.
            if not isinstance(error, corrections.SameName):
                return False
            self._move(face_ids, error.person_id, error.name)
            return True

        n = len(face_ids)
        text = (
            translate("Actions", "Moved %Ln face(s) to {name}", "", n).format(name=name)
            if name
            else translate("Actions", "Moved %Ln face(s) to a new person", "", n)
        )
        act = bind(corrections.split, list(face_ids), name or None)
        self.decide(text, act, failed=refused)

    def separate(self, person_id: PersonId, parts: Sequence[corrections.Part]) -> None:
        """Say that a person is several."""
        n = len([part for part in parts if part.face_ids])
        text = translate("Actions", "Split into %Ln person(s)", "", n)
        self.decide(text, bind(corrections.separate, person_id, list(parts)))

    # The journal.

    def undo(self, *, written: Callable[[], None] | None = None) -> None:
        """Take back the newest decision; ``written`` is called when that is done."""
        text = translate("Actions", "Undid {what}")
        self._walk(journal.undo, text, self.redo, _redo(), written)

    def redo(self) -> None:
        """Do again what was undone last."""
        self._walk(journal.redo, translate("Actions", "Redid {what}"), self.undo, _undo())

    def undo_text(self) -> str:
        """Say what Undo would do: "Undo merge of 2 persons"."""
        if self.status.undo_kind is None:
            return translate("Actions", "Undo")
        what = words.decision(self.status.undo_kind, dict(self.status.undo_args))
        return translate("Actions", "Undo {what}").format(what=what)

    def redo_text(self) -> str:
        """Say what Redo would do."""
        if self.status.redo_kind is None:
            return translate("Actions", "Redo")
        what = words.decision(self.status.redo_kind, dict(self.status.redo_args))
        return translate("Actions", "Redo {what}").format(what=what)

    def decide(
        self,
        text: str | Callable[[R], str],
        act: Callable[[Transaction], R],
        *,
        written: Callable[[bool], None] | None = None,
        result: Callable[[R | None], None] | None = None,
        failed: Callable[[BaseException], bool] | None = None,
    ) -> None:
        """Do an act of the library, bound to its arguments by `bind`.

        ``text`` says what was done; it may need to know what the act returned.
        ``written`` is told at the end whether anything was decided.
        ``result`` is told what the act returned, or None where it failed.
        ``failed`` may take an exception, as in `Bridge.then`.
        """

        def over(decided: bool, returned: R | None) -> None:
            if written is not None:
                written(decided)
            if result is not None:
                result(returned)

        def done(found: Done[R]) -> None:
            if found.decided:
                said = text if isinstance(text, str) else text(found.result)
                self.done.emit(said, self.undo, _undo())
            over(found.decided, found.result)

        def refused(error: BaseException) -> bool:
            over(False, None)
            return failed is not None and failed(error)

        future = self._bridge.submit(_carry_out, act)
        self._bridge.then(future, done, owner=self, failed=refused)

    # Inside.

    def _faces(
        self,
        text: str,
        act: Callable[[Transaction, PersonId, Sequence[FaceId]], None],
        face_ids: Sequence[FaceId],
        person_id: PersonId,
    ) -> None:
        if face_ids:
            self.decide(text, bind(act, person_id, list(face_ids)))

    def _move(self, face_ids: Sequence[FaceId], person_id: PersonId, name: str) -> None:
        n = len(face_ids)
        text = translate("Actions", "Moved %Ln face(s) to {name}", "", n).format(name=name)
        self.decide(text, bind(corrections.assign, person_id, list(face_ids)))

    def _walk(
        self,
        step: Callable[[Transaction], journal.UndoResult],
        text: str,
        back: Callable[[], None],
        button: str,
        written: Callable[[], None] | None = None,
    ) -> None:
        def walked(result: journal.UndoResult) -> None:
            if written is not None:
                written()
            if result.kind is None:
                self.done.emit(translate("Actions", "Nothing to undo."), None, "")
                return
            what = words.decision(result.kind, dict(result.args))
            said = text.format(what=what)
            if result.skipped:
                said += ". " + translate(
                    "Actions",
                    "%Ln later change(s) kept",
                    "",
                    result.skipped,
                )
            self.done.emit(said, back, button)

        self._bridge.then(self._bridge.submit(step), walked, owner=self)

    def _on_undo_changed(self, status: journal.UndoStatus) -> None:
        self.status = status
        self.undo_status.emit(status)


def _undo() -> str:
    return translate("Actions", "Undo")


def _redo() -> str:
    return translate("Actions", "Redo")
