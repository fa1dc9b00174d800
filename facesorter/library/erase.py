"""Erase a person, or all face data, for good: the only action that can't be undone.

Undo would need exactly what is to be gone. So `plan` says beforehand what goes, and once `begin` is
committed there is no way back: `finish` cleans every file, and is resumed by the next start if the
program is killed in between. Until the commit, nothing has happened.
"""

from __future__ import annotations

import contextlib
import json
import logging
import mmap
import re
import shutil
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from facesorter import logs
from facesorter.domain import FaceId, PersonId, PhotoId
from facesorter.errors import UserError
from facesorter.images.thumbnails import Kind as Thumbnail
from facesorter.library.decisions import statements
from facesorter.library.transaction import FIRST_COVER, LINKS, Transaction
from facesorter.names import fold
from facesorter.storage import backups, decisions, erasing, library_settings, photo_info, wal
from facesorter.storage.backups import MAP_NAME, SNAPSHOTS_NAME
from facesorter.storage.database import DATABASE_NAME, LibraryError, plain_words
from facesorter.storage.decisions import Change, Image
from facesorter.storage.graph_file import GRAPH_NAME
from facesorter.storage.photos import chunks

log = logging.getLogger(__name__)

PENDING = "erasing"
"""Key of the setting that says what is still to be cleaned up. It holds names of files only."""
PEOPLE_TABLES = frozenset(
    (
        *("face", "person", "rejection", "dismissal", "relation", "person_tag", "embedding"),
        "name_import",
    )
)
"""Tables of the journal that go when all face data is erased."""
WITHHELD = "…"
"""What stands in the user's texts in place of an erased name."""


class CantErase(LibraryError):  # noqa: N818 - the user is asked to close a program
    """Some files can't be cleaned yet; the next start tries again."""


@dataclass(frozen=True)
class Plan:
    """What erasing would take, for good."""

    persons: frozenset[PersonId]
    faces: frozenset[FaceId]
    names: tuple[str, ...]
    """All names that the persons ever had, except those of people who stay."""
    spared: tuple[str, ...]
    """Names of people who stay with one of these in them, as "Anna Smith" when "Anna" goes."""
    people: int
    """Persons among them that exist now: others were merged into them."""
    photos: int
    """Photos that the faces are in; they stay."""
    decisions: int
    """Decisions that can't be undone any more, because nothing of them is left."""
    texts: int
    """Captions, notes, tags, albums, and other texts by the user in which a name is replaced."""
    backups: tuple[Path, ...]
    """Backups that go, and folders of former libraries."""
    everything: bool
    keep_texts: bool = False


def plan(
    connection: sqlite3.Connection,
    directory: Path,
    person_id: PersonId | None,
    *,
    keep_texts: bool = False,
) -> Plan:
    """Find out what erasing a person, or all face data (None), takes. Reads the backups.

    Thread: any but the window's.

    Raises:
        UserError: there is no such person.
    """
    everything = person_id is None
    alive = dict(connection.execute("SELECT id, name FROM person").fetchall())
    if person_id is None:
        everybody = set(alive)
        for decision in decisions.every(connection):
            for change in decisions.changes(connection, decision.id):
                everybody |= _persons_in(change)
        persons = frozenset(map(PersonId, everybody))
        found = {row[0] for row in connection.execute("SELECT id FROM face")}
    elif person_id not in alive:
        raise UserError(
            "Person {person} no longer exists. Nothing was changed.", person=str(person_id)
        )
    else:
        persons = frozenset(map(PersonId, _aliases(connection, person_id, alive)))
        found = set(erasing.faces_of(connection, persons))
        found |= _ignored(connection, persons)
        found |= erasing.counterparts(connection, found)
        found |= erasing.same_places(connection, found)
    faces = frozenset(map(FaceId, found))
    names = _names(connection, persons, alive)
    mentions = _mentions(names)
    stay = {name for person, name in alive.items() if name and person not in persons}
    spared = tuple(sorted(filter(mentions, stay), key=lambda name: (-len(name), name)))
    entries = 0
    for decision in decisions.every(connection):
        changes = decisions.changes(connection, decision.id)
        entries += not any(_rewritten(changes, persons, faces, everything, _same))
    return Plan(
        persons=persons,
        faces=faces,
        names=names,
        spared=spared,
        people=sum(person in alive for person in persons),
        photos=_count_photos(connection, faces),
        decisions=entries,
        texts=0
        if keep_texts
        else sum(
            place.table != "person" or place.rowid not in persons
            for place in erasing.texts(connection, _mentions(names, spared))
        ),
        backups=tuple(_going(directory, persons, faces, names, everything)),
        everything=everything,
        keep_texts=keep_texts,
    )


def begin(txn: Transaction, what: Plan, directory: Path, cache: Path) -> None:
    """Erase the rows of a plan, and record the files that `finish` has to clean. Thread: writer."""
    connection = txn.connection
    # What is deleted is overwritten in the file, not only forgotten.
    connection.execute("PRAGMA secure_delete = on")
    erasing.gone(connection, what.persons, what.faces)
    _delete_imported_names(connection, what)
    erasing.delete(connection)
    if what.everything:
        # Where faces are is face data, too. Photos are only looked at again if they change.
        erasing.forget_places(connection)
    always = _redaction(what.names, what.spared)
    redact = _same if what.keep_texts else always
    labels = set() if what.keep_texts else _redact_texts(connection, redact)
    for decision in list(decisions.every(connection)):
        changes = decisions.changes(connection, decision.id)
        touched = what.everything or any(
            _concerns(change, what.persons, what.faces) for change in changes
        )
        rewritten = [
            None if change is None or _is_of(change, labels) else change
            for change in _rewritten(changes, what.persons, what.faces, what.everything, redact)
        ]
        left = [change for change in rewritten if change is not None]
        args = tuple(
            (key, always(value) if isinstance(value, str) else value)
            for key, value in statements.args_of(decision, [each is not None for each in rewritten])
        )
        if touched or left != changes or args != decision.args:
            erasing.rewrite(connection, decision.id, args, left)
    files = [str(path.relative_to(directory)) for path in what.backups]
    library_settings.put(connection, PENDING, {"files": files, "cache": str(cache)})
    connection.execute("DELETE FROM setting WHERE key LIKE 'grouping.%'")
    txn.touch(faces=what.faces, persons=what.persons)


def finish(connection: sqlite3.Connection, directory: Path) -> bool:
    """Clean all files of what was erased; return whether there was anything to do.

    The caller holds the library's lock, and nobody reads the library. Can be repeated.

    Raises:
        CantErase: a file is in use by another program; the rest is clean.
    """
    pending = library_settings.get(connection, PENDING)
    if pending is None:
        return False
    left = [path for path in _files(directory, pending) if not _remove(path)]
    left += logs.erase(directory / "logs")
    with plain_words(directory / DATABASE_NAME):
        erasing.compact(connection)
        folded = wal.fold(connection)
    if left or not folded:
        raise CantErase(
            "Some files are in use by another program, so they couldn’t be erased yet: {files}. "
            "Close that program and start facesorter again.",
            files=[path.name for path in left] or [wal.log_path(directory / DATABASE_NAME).name],
        )
    try:
        backups.snapshot(connection, directory, "after-erase")
    except backups.UnwritableBackupError:
        # Everything is erased; a full disk must not make that look like an error.
        log.warning("no snapshot of what remains could be kept", exc_info=True)
    with connection:
        connection.execute("DELETE FROM setting WHERE key = ?", (PENDING,))
    return True


def _files(directory: Path, pending: dict[str, Any]) -> Iterator[Path]:
    """Yield what may hold faces or names: backups that were announced, derived files, caches."""
    yield from (directory / name for name in pending["files"])
    yield directory / GRAPH_NAME
    yield directory / MAP_NAME
    for pattern in ("library.db-wal.*", "library.db.new*", ".*.partial", "snapshots/.*.partial"):
        yield from directory.glob(pattern)
    cache = Path(pending["cache"])
    for kind in (Thumbnail.FACE, Thumbnail.PORTRAIT):
        yield cache / "thumbnails" / kind
    yield from cache.glob("apart-*")


def _remove(path: Path) -> bool:
    """Delete a file or folder; return whether it is gone."""
    with contextlib.suppress(FileNotFoundError):
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        except FileNotFoundError:
            raise
        except OSError:
            return False
    return True


def _going(
    directory: Path,
    persons: Collection[int],
    faces: Collection[int],
    names: Collection[str],
    everything: bool,
) -> Iterator[Path]:
    """Yield backups made since the first of the faces and persons was known, or with a name.

    Their ids are never reused, so an older backup can't hold them, not even in its free pages.
    """
    first_face, first_person = min(faces, default=None), min(persons, default=None)
    for path in sorted((directory / SNAPSHOTS_NAME).glob("*.db")):
        last = _last_ids(path)
        if (
            everything
            or last is None
            or (first_face is not None and last[0] >= first_face)
            or (first_person is not None and last[1] >= first_person)
            or _holds_text(path, names)
        ):
            yield path
    for pattern in ("former-*", "damaged-*"):
        yield from sorted(directory.glob(pattern))


def _last_ids(path: Path) -> tuple[FaceId, PersonId] | None:
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
            return erasing.last_ids(connection)
    except (sqlite3.Error, TypeError, ValueError):
        return None


def _holds_text(path: Path, names: Collection[str]) -> bool:
    sought = [form for name in names for form in written_forms(name)]
    if not sought or not path.stat().st_size:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held:
        return any(held.find(form) >= 0 for form in sought)


def written_forms(name: str) -> set[bytes]:
    """Return the ways in which a name may be written in a file: as text, and escaped in JSON."""
    return {
        name.encode("utf-8", "surrogatepass"),
        name.encode("utf-16-le", "surrogatepass"),
        json.dumps(name)[1:-1].encode(),
    }


def _aliases(
    connection: sqlite3.Connection, person_id: PersonId, alive: Collection[int]
) -> set[int]:
    """Return a person and all who were merged into them and no longer exist."""
    into: dict[int, set[int]] = {}
    for decision in decisions.every(connection):
        for change in decisions.changes(connection, decision.id):
            before, after = change.before or {}, change.after or {}
            source, target = before.get("person_id"), after.get("person_id")
            if change.table == "face" and source and target and source not in alive:
                into.setdefault(target, set()).add(source)
    found, waiting = {int(person_id)}, [int(person_id)]
    while waiting:
        new = into.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def _ignored(connection: sqlite3.Connection, persons: Collection[int]) -> set[int]:
    """Return ignored faces that were these persons' before."""
    last: dict[int, bool] = {}
    for decision in decisions.every(connection):
        for change in decisions.changes(connection, decision.id):
            if change.table == "face" and change.before is not None:
                ours = change.before.get("person_id") in persons
                last |= dict.fromkeys(change.row_ids, ours)
    rows = connection.execute("SELECT id FROM face WHERE state = 'ignored'")
    return {face for (face,) in rows if last.get(face)}


def _names(
    connection: sqlite3.Connection, persons: Collection[int], alive: dict[int, str | None]
) -> tuple[str, ...]:
    found = {alive[person] for person in persons if alive.get(person)}
    for decision in decisions.every(connection):
        for change in decisions.changes(connection, decision.id):
            if change.table == "person" and not persons_only(change.row_ids, persons):
                continue
            if change.table == "person":
                found |= {image.get("name") for image in (change.before, change.after) if image}
    stay = {name.casefold() for person, name in alive.items() if name and person not in persons}
    kept = {name for name in found if name and name.casefold() not in stay}
    # The longest first, so that "Anna" doesn't take half of "Anna Smith".
    return tuple(sorted(kept, key=lambda name: (-len(name), name)))


def persons_only(ids: Collection[int], persons: Collection[int]) -> bool:
    """Return whether a change is about these persons alone."""
    return all(each in persons for each in ids)


def _persons_in(change: Change) -> set[int]:
    found = set(change.row_ids) if _subject(change) == "person" else set()
    for image in (change.before, change.after):
        found |= {(image or {}).get(key) for key in ("person_id", "b")} - {None}
    return found


def _subject(change: Change) -> str:
    return LINKS[change.table][1] if change.table in LINKS else change.table


def _concerns(change: Change, persons: Collection[int], faces: Collection[int]) -> bool:
    if _subject(change) == "face" and any(each in faces for each in change.row_ids):
        return True
    return any(person in persons for person in _persons_in(change))


def _rewritten(
    changes: Sequence[Change],
    persons: Collection[int],
    faces: Collection[int],
    everything: bool,
    redact: Callable[[str], str],
) -> list[Change | None]:
    """Return the changes of a decision without what is erased; None where nothing is left."""
    return [
        None
        if everything and change.table in PEOPLE_TABLES
        else _without(change, persons, faces, redact)
        for change in changes
    ]


def _delete_imported_names(connection: sqlite3.Connection, what: Plan) -> None:
    """Delete imported names of the erased person; a waiting name would restore them."""
    mentions = _mentions(what.names, what.spared)
    folded = {fold(name) for name in what.names}
    erasing.delete_imported_names(
        connection, mentions, lambda name: fold(name) in folded, everything=what.everything
    )


def _without(
    change: Change,
    persons: Collection[int],
    faces: Collection[int],
    redact: Callable[[str], str],
) -> Change | None:
    erased = {"face": faces, "person": persons}.get(_subject(change), ())
    ids = tuple(each for each in change.row_ids if each not in erased)
    if not ids:
        return None
    before, after = (
        None if image is None else _image(change.table, image, persons, faces, redact)
        for image in (change.before, change.after)
    )
    linked = (before or {}) | (after or {})
    if change.table != "face" and any(linked.get(key) in persons for key in ("person_id", "b")):
        return None
    return None if before == after else replace(change, row_ids=ids, before=before, after=after)


def _image(
    table: str,
    image: Image,
    persons: Collection[int],
    faces: Collection[int],
    redact: Callable[[str], str],
) -> Image:
    redacted = {
        key: redact(value) if isinstance(value, str) else value for key, value in image.items()
    }
    if table == "face" and redacted.get("person_id") in persons:
        redacted |= {"person_id": None, "state": "unknown"}
    for cover in ("cover_face_id", FIRST_COVER):
        if redacted.get(cover) in faces:
            redacted[cover] = None
    return redacted


def _redact_texts(
    connection: sqlite3.Connection, redact: Callable[[str], str]
) -> set[tuple[str, int]]:
    """Replace names in the user's texts; return the tags and albums that go, by table and id."""
    photos: set[PhotoId] = set()
    labels: set[tuple[str, int]] = set()
    for place in erasing.texts(connection, lambda text: redact(text) != text):
        left = redact(place.text)
        # A tag or album of that name alone, or a search for it, has no sense any more.
        bare = not left.replace(WITHHELD, "").strip()
        gone = bare or (place.table, place.column) == ("album", "search")
        erasing.set_text(connection, place, None if gone else left)
        if place.table == "photo":
            photos.add(PhotoId(place.rowid))
        elif gone:
            labels.add((place.table, place.rowid))
    photo_info.refresh_search(connection, sorted(photos))
    return labels


def _is_of(change: Change, labels: Collection[tuple[str, int]]) -> bool:
    """Return whether a change is about one of these tags and albums."""
    if change.table in ("tag", "album"):
        return any((change.table, each) in labels for each in change.row_ids)
    image = (change.before or {}) | (change.after or {})
    return any((name, image.get(f"{name}_id")) in labels for name in ("tag", "album"))


def _count_photos(connection: sqlite3.Connection, faces: Collection[int]) -> int:
    found: set[int] = set()
    for marks, part in chunks(sorted(faces)):
        rows = connection.execute(
            "SELECT DISTINCT coalesce(version_of, photo.id) FROM photo JOIN face "
            f"ON face.photo_id = photo.id WHERE face.id IN ({marks})",
            part,
        )
        found.update(row[0] for row in rows)
    return len(found)


def _mentions(names: Collection[str], spared: Collection[str] = ()) -> Callable[[str], bool]:
    redact = _redaction(names, spared)
    return lambda text: redact(text) != text


def _redaction(names: Collection[str], spared: Collection[str]) -> Callable[[str], str]:
    """Return what replaces names in a text, as whole words in any case, but not within others."""
    if not names:
        return _same
    either = sorted({*names, *spared}, key=lambda name: (-len(name), name))
    kept = {name.casefold() for name in spared}
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, either))})(?!\w)", re.IGNORECASE)

    def replaced(match: re.Match[str]) -> str:
        return match[0] if match[0].casefold() in kept else WITHHELD

    return lambda text: pattern.sub(replaced, text)


def _same(text: str) -> str:
    return text
