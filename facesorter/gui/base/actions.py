"""User actions: each pairs a library function with the text of its toast.

Nothing here blocks: the action is submitted to the writer, and the toast appears once it is done.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Concatenate, Final, Generic, NamedTuple, ParamSpec, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

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

PATIENCE_MS: Final = 1500
"""Time after which the user is told that a step of the journal takes longer."""
STILL_MS: Final = 8000
"""Time after which the user is told again: a toast is shown for ten seconds."""


P = ParamSpec("P")
R = TypeVar("R")


class Done(NamedTuple, Generic[R]):
    """Result of an action, and whether it added a journal entry that can be undone.

    An action that changes nothing adds no entry; offering Undo for it would undo something else.
    """

    result: R
    decided: bool


def bind(
    act: Callable[Concatenate[Transaction, P], R], *args: P.args, **kwargs: P.kwargs
) -> Callable[[Transaction], R]:
    """Bind all arguments of an action except the transaction, for `Actions.decide`."""
    return lambda txn: act(txn, *args, **kwargs)


def merged(n: int, name: str | None) -> str:
    """Return the text for ``n`` merged persons, with the name that was kept, if any."""
    if not name:
        return translate("Actions", "Merged %Ln person(s)", "", n)
    return translate("Actions", "Merged %Ln person(s) into {name}", "", n).format(name=name)


def _carry_out(txn: Transaction, act: Callable[[Transaction], R]) -> Done[R]:
    """Run an action and report whether it added a decision. Thread: writer."""
    result = act(txn)
    return Done(result, txn.decided)


class Actions(QObject):
    """Actions available to the user. Thread: GUI.

    Signals:
        done: text describing what was done, a function that undoes it or None, and the label of its
            button if that isn't Undo, else "".
        same_name: the person being named, the person who already has that name, the name.
        undo_status: what Undo and Redo would do.
        undoing: the newest decision is about to be undone.
    """

    done = Signal(str, object, str)
    same_name = Signal(int, int, str)
    undo_status = Signal(object)
    undoing = Signal()

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.status = journal.UndoStatus()
        self._offered: Callable[[], None] | None = None
        """What Undo does instead of undoing the newest decision."""
        bridge.undo_changed.connect(self._on_undo_changed)

    # Folders.

    def add_folders(self, paths: Sequence[str], *, message: str | None = None) -> None:
        """Watch folders, each in its own transaction so that a bad one doesn't block the others.

        ``message`` replaces the default toast text; "{folder}" in it stands for the folder's name.
        """
        for path in paths:

            def added(folder: Folder) -> None:
                text = message or translate("Actions", "Added {folder}")
                text = text.format(folder=file_name(folder.path))
                self.done.emit(text, lambda: self.stop_watching(folder.id, folder.path), "")

            self._bridge.then(self._bridge.submit(folders.add, path), added, owner=self)

    def stop_watching(self, folder_id: FolderId, path: str) -> None:
        """Stop watching a folder and hide its photos; all of their data is kept."""

        def stopped(_: object) -> None:
            text = translate("Actions", "Stopped watching {folder}")
            text = text.format(folder=file_name(path))
            self.done.emit(text, lambda: self.add_folders([path]), "")

        self._bridge.then(
            self._bridge.submit(folders.stop_watching, folder_id), stopped, owner=self
        )

    # Persons.

    def name(self, person_id: PersonId, name: str, *, allow_same: bool = False) -> None:
        """Name or rename a person; if the name is taken, offer to merge instead."""
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
        """Merge persons into one."""
        others = [other for other in other_ids if other != target_id]
        if not others:
            return
        n = len(others) + 1
        self.decide(partial(merged, n), bind(corrections.merge, target_id, others))

    def name_together(self, person_ids: Sequence[PersonId], name: str) -> None:
        """Make several unnamed persons one with a name, or part of the person who has it."""
        name = " ".join(name.split())
        if not name:
            return
        first, *others = person_ids

        def refused(error: BaseException) -> bool:
            if not isinstance(error, corrections.SameName):
                return False
            self.merge(error.person_id, person_ids)
            return True

        text = merged(len(person_ids), name)
        self.decide(text, bind(corrections.merge, first, others, name=name), failed=refused)

    def hide(self, person_ids: Sequence[PersonId], name: str | None = None) -> None:
        """Hide persons, in one decision; ``name`` is that of a single one."""
        if person_ids:
            text = translate("Actions", "Hid %Ln person(s)", "", len(person_ids))
            if name:
                text = translate("Actions", "Hid {name}").format(name=name)
            self.decide(text, bind(corrections.hide_all, list(person_ids), True))

    def show(self, person_ids: Sequence[PersonId], name: str | None = None) -> None:
        """Show hidden persons again, in one decision; ``name`` is that of a single one."""
        if person_ids:
            text = translate("Actions", "%Ln person(s) shown again", "", len(person_ids))
            if name:
                text = translate("Actions", "{name} is shown again").format(name=name)
            self.decide(text, bind(corrections.hide_all, list(person_ids), False))

    def hide_unnamed(
        self,
        find: Callable[Concatenate[sqlite3.Connection, P], unnamed.UnnamedPeople],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        """Hide all unnamed people that ``find`` returns, in one decision."""

        def act(txn: Transaction) -> unnamed.UnnamedPeople:
            found = find(txn.connection, *args, **kwargs)
            unnamed.hide(txn, found)
            return found

        def over(done: Done[unnamed.UnnamedPeople]) -> None:
            found = done.result
            n = len(found.person_ids) + len(found.face_ids)
            message = translate("Actions", "Hid %Ln unnamed person(s)", "", n)
            if not done.decided:
                message = translate("Actions", "There are no unnamed people to hide")
            if found.known_elsewhere:
                message += ". " + translate(
                    "Actions",
                    "Kept %Ln person(s) also found in other folders",
                    "",
                    found.known_elsewhere,
                )
            self.done.emit(message, self.undo_decision if done.decided else None, "")

        self._bridge.then(self._bridge.submit(_carry_out, act), over, owner=self)

    def set_cover(self, person_id: PersonId, face_id: FaceId) -> None:
        """Set a person's cover face."""
        text = translate("Actions", "Cover photo changed")
        self.decide(text, bind(corrections.set_cover, person_id, face_id))

    def set_details(
        self, person_id: PersonId, changed: dict[str, str], *, refused: Callable[[str], None]
    ) -> None:
        """Set some of a person's details; ``refused`` is called with the reason if invalid."""

        def failed(error: BaseException) -> bool:
            refused(words.sentence(error))
            return isinstance(error, UserError)

        def act(txn: Transaction) -> None:
            details.update_details(txn, person_id, **changed)

        texts = {
            "birth_date": translate("Actions", "Date of birth changed"),
            "death_date": translate("Actions", "Date of death changed"),
            "notes": translate("Actions", "Notes changed"),
        }
        self.decide(", ".join(texts[each] for each in changed), act, failed=failed)

    def set_favourites(self, person_ids: Sequence[PersonId], favourite: bool) -> None:
        """Add persons to the favorites, which are listed first, or remove them; one decision."""

        def message(n: int) -> str:
            if favourite:
                return translate("Actions", "%Ln person(s) added to Favorites", "", n)
            return translate("Actions", "%Ln person(s) removed from Favorites", "", n)

        self.decide(message, bind(details.set_favourites, list(person_ids), favourite))

    def relate(
        self,
        person_id: PersonId,
        kind: relationships.Relationship,
        other_id: PersonId,
        *,
        over: Callable[[str], None],
    ) -> None:
        """Record how the second person is related to the first.

        ``over`` is called at the end with the reason why that was refused, or "".
        """

        def failed(error: BaseException) -> bool:
            over(words.sentence(error))
            return isinstance(error, UserError)

        act = bind(relationships.relate, person_id, kind, other_id)
        future = self._bridge.submit(_carry_out, act)

        def done(found: Done[None]) -> None:
            if found.decided:
                text = translate("Actions", "Relationship added")
                self.done.emit(text, self.undo_decision, "")
            over("")

        self._bridge.then(future, done, owner=self, failed=failed)

    def unrelate(self, person_id: PersonId, other_id: PersonId) -> None:
        """Remove the relationship between two persons."""
        text = translate("Actions", "Relationship removed")
        self.decide(text, bind(relationships.unrelate, person_id, other_id))

    # Faces.

    def confirm(self, person_id: PersonId, face_ids: Sequence[FaceId]) -> None:
        """Confirm that faces belong to this person."""
        text = translate("Actions", "Confirmed %Ln face(s)", "", len(face_ids))
        self._decide_faces(text, corrections.confirm, face_ids, person_id)

    def mark_correct(self, person_id: PersonId, face_ids: Sequence[FaceId]) -> None:
        """Confirm that doubtful faces are correct."""
        text = translate("Actions", "Marked %Ln face(s) as correct", "", len(face_ids))
        self._decide_faces(text, outliers.mark_correct, face_ids, person_id)

    def reject(self, person_id: PersonId, face_ids: Sequence[FaceId]) -> None:
        """Reject faces as not being this person."""
        text = translate("Actions", "Removed %Ln face(s) from this person", "", len(face_ids))
        self._decide_faces(text, corrections.reject, face_ids, person_id)

    def ignore(self, face_ids: Sequence[FaceId]) -> None:
        """Ignore detections that are not faces or should not belong to any person."""
        if face_ids:
            n = len(face_ids)
            text = translate("Actions", "Ignored %Ln face(s)", "", n)
            self.decide(text, bind(corrections.ignore, list(face_ids)))

    def move_faces(self, face_ids: Sequence[FaceId], name: str, person_id: PersonId | None) -> None:
        """Move faces to an existing person, or to a new one with that name (which may be empty)."""
        name = " ".join(name.split())
        if not face_ids:
            return
        if person_id is not None:
            self._move(face_ids, person_id, name)
            return

        def refused(error: BaseException) -> bool:
            # The name was assigned to another person after the list of names was read.
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
        act = bind(corrections.move_to_new_person, list(face_ids), name or None)
        self.decide(text, act, failed=refused)

    def split_person(self, person_id: PersonId, parts: Sequence[corrections.Part]) -> None:
        """Split a person into several."""
        n = len([part for part in parts if part.face_ids])
        text = translate("Actions", "Split into %Ln person(s)", "", n)
        self.decide(text, bind(corrections.split_person, person_id, list(parts)))

    # The journal.

    def offer_undo(self, act: Callable[[], None] | None) -> None:
        """Let Undo call ``act`` once instead of undoing the newest decision; None ends that.

        Adding a folder and moving a photo to the trash aren't in the journal, but may be what the
        user did last: until the next decision.
        """
        self._offered = act
        self.undo_status.emit(self.status)

    @property
    def can_undo(self) -> bool:
        """Whether there is something to undo."""
        return self._offered is not None or self.status.undo_kind is not None

    def undo(self) -> None:
        """Undo what was done last."""
        if self._offered is not None:
            offered, self._offered = self._offered, None
            self.undo_status.emit(self.status)
            offered()
        else:
            self.undo_decision()

    def undo_decision(self) -> None:
        """Undo the newest decision."""
        self.undoing.emit()
        self._walk(
            journal.undo,
            translate("Actions", "Undid {what}"),
            self.redo,
            translate("Actions", "Redo"),
        )

    def redo(self) -> None:
        """Redo the decision undone last."""
        self._walk(journal.redo, translate("Actions", "Redid {what}"), self.undo_decision, "")

    def undo_text(self) -> str:
        """Return the label of Undo, such as "Undo merge of 2 persons"."""
        if self._offered is not None or self.status.undo_kind is None:
            return translate("Actions", "Undo")
        what = words.decision(self.status.undo_kind, dict(self.status.undo_args))
        return translate("Actions", "Undo {what}").format(what=what)

    def redo_text(self) -> str:
        """Return the label of Redo."""
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
        """Run a library action whose arguments were bound by `bind`.

        ``text`` is the toast's text, or a function that derives it from the action's result.
        ``written`` is called at the end with whether a decision was added.
        ``result`` is called with the action's result, or None if it failed.
        ``failed`` may handle an exception, as in `Bridge.then`.
        """

        def over(decided: bool, returned: R | None) -> None:
            if written is not None:
                written(decided)
            if result is not None:
                result(returned)

        def done(found: Done[R]) -> None:
            if found.decided:
                message = text if isinstance(text, str) else text(found.result)
                self.done.emit(message, self.undo_decision, "")
            over(found.decided, found.result)

        def refused(error: BaseException) -> bool:
            over(False, None)
            return failed is not None and failed(error)

        future = self._bridge.submit(_carry_out, act)
        self._bridge.then(future, done, owner=self, failed=refused)

    # Internals.

    def _decide_faces(
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
    ) -> None:
        def walked(result: journal.UndoResult) -> None:
            if result.kind is None:
                self.done.emit(translate("Actions", "Nothing to undo."), None, "")
                return
            what = words.decision(result.kind, dict(result.args))
            message = text.format(what=what)
            if result.skipped:
                message += ". " + translate(
                    "Actions",
                    "%Ln later change(s) kept",
                    "",
                    result.skipped,
                )
            self.done.emit(message, back, button)

        asked = self._bridge.submit(step)
        self._bridge.then(asked, walked, owner=self)

        def wait() -> None:
            if not asked.done():
                message = translate(
                    "Actions", "Still working. Anything you do next waits until it’s done."
                )
                self.done.emit(message, None, "")
                QTimer.singleShot(STILL_MS, self, wait)

        QTimer.singleShot(PATIENCE_MS, self, wait)

    def _on_undo_changed(self, status: journal.UndoStatus) -> None:
        if (status.undo_kind, status.undo_args) != (self.status.undo_kind, self.status.undo_args):
            self._offered = None
        self.status = status
        self.undo_status.emit(status)
