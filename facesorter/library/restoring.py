"""Restore a backup, and reapply decisions made since, if the library can still be read."""

from __future__ import annotations

from pathlib import Path

from facesorter.errors import UserError
from facesorter.library.decisions.replay import Replayed, replay
from facesorter.library.library import Library
from facesorter.storage import backups
from facesorter.storage.backups import Backup
from facesorter.storage.foreign import open_foreign
from facesorter.storage.lock import locked


def restore(
    directory: Path, source: Path, *, later: bool = False
) -> tuple[Backup, Replayed | None]:
    """Replace a library with a backup; see `storage.backups.restore`. Nothing may have it open.

    Args:
        directory: The library's folder.
        source: The backup.
        later: Whether to repeat the decisions that the present library has and the backup lacks.
            Each can be undone as before.

    Returns:
        The backup, and what was repeated; None if nothing was to be.

    Raises:
        UserError: as `storage.backups.restore`; or the backup is restored, and the later decisions
            couldn't be repeated.
        OSError: it can't be read, or the disk is full; the library is as it was.
    """
    before = {each.path for each in backups.backups(directory)}
    with locked(directory):
        found = backups.restore(directory, source)
    if not later:
        return found, None
    kept = [
        each.path
        for each in backups.backups(directory)
        if each.reason == "before-restore" and each.path not in before
    ]
    if not kept:
        raise UserError(
            "The backup was restored. Later decisions couldn’t be reapplied, because the "
            "previous library is damaged or missing."
        )
    library = Library(directory)
    try:
        with open_foreign(kept[0]) as former:
            done, _ = library.transact(replay, former)
    except UserError as error:
        raise UserError(
            "The backup was restored. Later decisions couldn’t be reapplied: {reason}",
            reason=error.message,
        ) from error
    finally:
        library.close(snapshot=False)
    return found, done
