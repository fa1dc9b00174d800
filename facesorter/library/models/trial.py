"""Test another model pack on the whole library, then switch to it or drop it.

Until `use`, nothing shown or decided depends on the tested pack. `use` keeps every decision and
swaps the embeddings of the two packs, so that the same step leads back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from facesorter.domain import FaceId, PhotoId
from facesorter.errors import Message, Remedy, UserError
from facesorter.library.transaction import Transaction
from facesorter.storage import embeddings, faces, library_settings, photos, trials

if TYPE_CHECKING:
    from facesorter.faces.reembed import Reembedded

MODEL_KEY = library_settings.MODEL
TRIAL_KEY = library_settings.TRIAL
STEP_KEY = "trial.step"
GOING, STOPPED, ENDED, FORMER = "going", "stopped", "ended", "former"
"""Steps of a test: running or interrupted, stopped by the user, finished, and the former pack,
kept so that the user can switch back."""
TEST_FIRST = Message(
    "This library uses a different model pack. Test the new one first to see what would change. "
    "Nothing was changed.",
    remedy=Remedy.TEST,
)
"""Why a library with faces can't simply switch packs."""
NO_TEST = Message("No model pack is being tested.", remedy=Remedy.TEST)


@dataclass(frozen=True, slots=True)
class Trial:
    """A pack being tested, and its progress."""

    model_id: int
    name: str
    sha256: str
    dimension: int
    folder: str
    """The folder of its models; empty for the bundled ones."""
    photos: int
    """Photos tested."""
    waiting: int
    """Photos with faces still to be tested."""
    extra: int
    """Faces that only it finds, in the photos tested."""
    lost: int
    """Faces of the library that it doesn't find there by itself."""
    step: str
    """`GOING`, `STOPPED`, `ENDED` or `FORMER`."""


def current(connection: sqlite3.Connection) -> Trial | None:
    """Return the current test, or None. Reads only."""
    stored = library_settings.get(connection, TRIAL_KEY)
    if stored is None:
        return None
    seen = trials.seen(connection)
    return Trial(
        waiting=trials.unreached(connection),
        photos=seen.photos,
        extra=seen.extra,
        lost=seen.lost,
        step=library_settings.get(connection, STEP_KEY) or GOING,
        **stored,
    )


def is_needed(connection: sqlite3.Connection) -> bool:
    """Return whether another pack should be tested first, because there are faces."""
    return library_settings.get(connection, MODEL_KEY) is not None and faces.any_known(connection)


def note(txn: Transaction, step: str) -> None:
    """Record the step of the test."""
    library_settings.put(txn.connection, STEP_KEY, step)


def begin(txn: Transaction, name: str, sha256: str, dimension: int, folder: str) -> int:
    """Start or continue testing a pack, dropping the test of any other.

    Returns:
        The pack's model id.

    Raises:
        UserError: that pack is in use already, or the library has no faces yet.
    """
    connection = txn.connection
    used = library_settings.get(connection, MODEL_KEY)
    if used is None:
        raise UserError(
            "No photos have been analyzed yet, so there’s nothing to compare the model pack with.",
            remedy=Remedy.ANALYZE,
        )
    if embeddings.is_model(connection, used, sha256):
        raise UserError("The model pack {name} is already in use. Nothing was changed.", name=name)
    model_id = embeddings.model_id(connection, name, sha256, dimension)
    stored = library_settings.get(connection, TRIAL_KEY)
    if stored is not None and stored["model_id"] != model_id:
        trials.clear(connection)
    found = {
        "model_id": model_id,
        "name": name,
        "sha256": sha256,
        "dimension": dimension,
        "folder": folder,
    }
    library_settings.put(connection, TRIAL_KEY, found)
    note(txn, GOING)
    return model_id


def looked(
    txn: Transaction,
    photo_id: PhotoId,
    content_hash: str,
    face_ids: Sequence[FaceId],
    again: Reembedded,
    model_id: int,
) -> None:
    """Record the tested pack's results for a photo's faces, in the order of ``face_ids``.

    Dropped if the test ended or the photo changed meanwhile; deleted faces are skipped.
    """
    connection = txn.connection
    stored = library_settings.get(connection, TRIAL_KEY)
    known = next(iter(photos.by_ids(connection, [photo_id])), None)
    if stored is None or stored["model_id"] != model_id:
        return
    if known is None or known.content_hash != content_hash:
        return
    there = {face.id for face in faces.of_photo(connection, photo_id)}
    for face_id, face in zip(face_ids, again.faces, strict=True):
        if face_id in there:
            trials.put(connection, face_id, model_id, face.embedding, face.quality)
    # A face that the user confirmed or drew stays, whichever pack finds it.
    missed = faces.undecided(connection, [face_ids[at] for at in again.missed])
    trials.put_seen(connection, photo_id, content_hash, again.extra, len(missed))


def use(txn: Transaction, former_folder: str) -> int:
    """Switch to the tested pack, keeping every decision. Thread: writer.

    Queues photos that weren't tested and those in which it finds different faces. The former pack
    becomes the tested one.

    Args:
        txn: The transaction.
        former_folder: The models of the pack in use; empty for the bundled ones.

    Returns:
        The number of photos waiting.

    Raises:
        UserError: no pack is being tested.
    """
    # Imported here: it loads an image decoder, which the window's start must not wait for.
    from facesorter.library.scanning.record import use_model

    connection = txn.connection
    trial, used = current(connection), library_settings.get(connection, MODEL_KEY)
    if trial is None or used is None:
        raise UserError(NO_TEST)
    other = embeddings.by_id(connection, used)
    differing = trials.differing(connection)
    trials.exchange(connection, trial.model_id, used)
    stored = {"model_id": used, "folder": former_folder, **other}
    library_settings.put(connection, TRIAL_KEY, stored)
    note(txn, FORMER)
    use_model(txn, trial.name, trial.sha256, trial.dimension)
    photos.set_analysed_pending(connection, differing)
    txn.touch(photos=differing)
    return photos.count_pending(connection)


def drop(txn: Transaction) -> bool:
    """Drop the test of a pack; return False if there is none."""
    if library_settings.get(txn.connection, TRIAL_KEY) is None:
        return False
    trials.clear(txn.connection)
    library_settings.put(txn.connection, TRIAL_KEY, None)
    return True
