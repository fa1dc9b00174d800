"""Write names, tags, ratings and captions into XMP sidecars, for other programs and computers.

Only when asked, and never into a photo: a sidecar is a file of its own, beside the photo or in a
tree of folders elsewhere that mirrors the photos'. One that is there is merged, never replaced
(`exchange.sidecar`), and that of another program is copied first.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import sqlite3
import stat as modes
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from facesorter.cancel import CancelToken
from facesorter.domain import Changes, FolderId, Photo, PhotoId
from facesorter.errors import Message, UnreadablePhoto
from facesorter.files import remove_partials, replacing
from facesorter.images.formats import RAW_SUFFIXES
from facesorter.library import export
from facesorter.library.transaction import Transaction
from facesorter.storage import folders, labels, library_settings, photo_info, photos
from facesorter.storage import sidecars as rows
from facesorter.storage.photos import chunks

if TYPE_CHECKING:
    from facesorter.exchange.sidecar import Content, Merged

BACKUP = ".backup"
"""Ending of the copy of another program's sidecar, beside it."""
ATTEMPTS = 3
"""Merges of a sidecar that another program writes at the same time, before it is left alone."""
_WRITTEN = (".xmp", f".xmp{BACKUP}")
_INVALID = Message(
    "Its sidecar isn’t valid, so it was left as it is. Repair or delete it, then try again."
)
_OURS = b"facesorter/ns/1.0/"


class Form(StrEnum):
    """Names of sidecars."""

    FULL = "name.jpg.xmp"
    """As digiKam and darktable name them; every photo has its own."""
    BARE = "name.xmp"
    """As Lightroom names them. Of photos that differ in their suffix only, the raw one or the first
    has it; others have their full name."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the user chose."""

    folder: Path | None = None
    """The folder of a mirror tree; None to write beside the photos."""
    form: Form = Form.FULL
    dates: bool = False
    """Write dates that the user corrected."""
    sure: bool = False
    """Write faces that need no confirmation, too."""
    replace: bool = False
    """Replace what another program says differently."""


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A sidecar to write."""

    photo: Photo
    path: Path
    content: Content
    namesake: bool = False
    """Whether another photo's sidecar differs in upper and lower case only, of a mirror tree."""

    @property
    def digest(self) -> str:
        """A hash of content and place, to tell whether it changed.

        It is stored, so it is that of values alone: with the name of a class, a renamed one would
        have all sidecars written again, and what was deleted from them elsewhere put back.
        """
        values = repr((str(self.path), astuple(self.content)))
        return hashlib.blake2b(values.encode(), digest_size=8).hexdigest()


@dataclass(slots=True)
class Report:
    """What was written."""

    written: list[Path] = field(default_factory=list)
    """Sidecars that weren't there."""
    merged: list[Path] = field(default_factory=list)
    """Sidecars that were there, and changed."""
    unchanged: int = 0
    """Photos whose sidecar says it all, or of which there is nothing to say."""
    conflicts: list[str] = field(default_factory=list)
    """Paths of photos of which another program says something else, which was left as it is."""
    failed: list[tuple[str, Message]] = field(default_factory=list)
    cancelled: bool = False
    done: list[Sidecar] = field(default_factory=list)
    """Those with the content they were to have, or what another program wrote since."""


def plan(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId], options: Options
) -> list[Sidecar]:
    """List the sidecars of photos, in their order, those without content included."""
    from facesorter.exchange import region_frames
    from facesorter.exchange.sidecar import Content

    regions = export.named_regions(connection, photo_ids, sure=options.sure)
    given = photo_info.given(connection, photo_ids)
    tags = labels.names_on(connection, photo_ids)
    known = list(photos.by_ids(connection, list(dict.fromkeys(photo_ids))))
    ids = [photo.id for photo in known]
    facts = photos.values(connection, ids, ("orientation", "given_date", "relpath", "duration"))
    roots = _mirrors(connection)
    places = {photo.folder_id: set[str]() for photo in known}
    for photo, fact in zip(known, facts, strict=True):
        places[photo.folder_id].add(_inner(str(fact["relpath"])))
    bare = _bare(connection, places) if options.form is Form.BARE else {}
    alike = _namesakes(connection, places) if options.folder is not None else set()
    found = []
    for photo, fact in zip(known, facts, strict=True):
        turned = fact["orientation"]
        orientation = turned if isinstance(turned, int) and 1 <= turned <= 8 else 1
        size = None
        if photo.width and photo.height and fact["duration"] is None:  # of a video, only who
            size = (photo.width, photo.height)
            size = (size[1], size[0]) if region_frames.is_sideways(orientation) else size
        date = fact["given_date"] if options.dates else None
        shows = photo.shows_its_faces
        content = Content(
            tuple(regions.get(photo.id, ())) if shows else (),
            given[photo.id],
            tuple(tags.get(photo.id, ())),
            str(date) if date else None,
            orientation,
            size,
        )
        place = Path(photo.path)
        if options.folder is not None:
            folder, root = roots[photo.folder_id]
            place = options.folder / folder / os.path.relpath(photo.path, root)
        name = os.path.basename(photo.path)
        if bare.get((photo.folder_id, _stem(str(fact["relpath"])))) == fact["relpath"]:
            name = os.path.splitext(name)[0]
        namesake = (photo.folder_id, str(fact["relpath"]).casefold()) in alike
        found.append(Sidecar(photo, place.with_name(f"{name}.xmp"), content, namesake))
    return found


def run(
    sidecars: Sequence[Sidecar],
    options: Options,
    *,
    token: CancelToken | None = None,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Report:
    """Write the sidecars. Thread: any; blocks.

    A sidecar is replaced as a whole, after its content is on the disk, so there is never half of
    one. What can't be written is reported, and the others are written.

    Args:
        sidecars: From `plan`.
        options: As for `plan`.
        token: Stops between two sidecars; what was written stays.
        progress: Called after each sidecar with the number done and the total.

    Raises:
        UserError: The folder of the mirror tree can't be made, or the disk is full.
    """
    report, swept = Report(), set[Path]()
    if options.folder is not None:
        try:
            options.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise export.unwritable(options.folder, error) from error
    for done, sidecar in enumerate(sidecars):
        if token is not None and token.cancelled:
            report.cancelled = True
            break
        try:
            if sidecar.path.parent not in swept:
                swept.add(sidecar.path.parent)
                remove_partials(sidecar.path.parent, _WRITTEN)
            _write(sidecar, options, report)
            report.done.append(sidecar)
        except UnreadablePhoto as error:
            report.failed.append((sidecar.photo.path, error.message))
        progress(done + 1, len(sidecars))
    return report


# Kept up to date.


def keep(txn: Transaction, options: Options | None) -> None:
    """Keep sidecars up to date from now on, or no longer; not a decision. Thread: writer."""
    stored = None
    if options is not None:
        stored = {
            "folder": None if options.folder is None else str(options.folder),
            "form": options.form.value,
            "dates": options.dates,
            "sure": options.sure,
            "replace": options.replace,
        }
    if stored != library_settings.get(txn.connection, library_settings.SIDECARS):
        library_settings.put(txn.connection, library_settings.SIDECARS, stored)
        rows.clear(txn.connection)


def kept(connection: sqlite3.Connection) -> Options | None:
    """Return how sidecars are kept up to date; None if they aren't, as by default."""
    stored = library_settings.get(connection, library_settings.SIDECARS)
    if not isinstance(stored, dict):
        return None
    folder = stored["folder"]
    return Options(
        None if folder is None else Path(folder),
        Form(stored["form"]),
        bool(stored["dates"]),
        bool(stored["sure"]),
        bool(stored["replace"]),
    )


def due(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId], options: Options
) -> list[Sidecar]:
    """List the sidecars whose photos have something else to say than when they were written."""
    planned = plan(connection, photo_ids, options)
    known = rows.digests(connection, [each.photo.id for each in planned])
    return [
        each
        for each in planned
        if (each.photo.id in known or each.content) and known.get(each.photo.id) != each.digest
    ]


def affected(connection: sqlite3.Connection, changes: Changes) -> set[PhotoId]:
    """Return the photos of which something else may be to say after changes."""
    found = set(changes.photos | changes.marked)
    for column, ids in (("id", changes.faces), ("person_id", changes.persons)):
        for marks, part in chunks(sorted(ids)):
            faces = connection.execute(
                f"SELECT photo_id FROM face WHERE {column} IN ({marks})", part
            )
            found.update(row[0] for row in faces)
    return found


def record(txn: Transaction, written: Mapping[PhotoId, str]) -> None:
    """Record what sidecars say, by `Sidecar.digest`. Thread: writer."""
    rows.put(txn.connection, written)


def _write(sidecar: Sidecar, options: Options, report: Report) -> None:
    if sidecar.photo.unplugged and options.folder is None:
        raise UnreadablePhoto("The drive isn’t connected.")
    if sidecar.namesake and _is_of_namesake(sidecar.path):
        raise UnreadablePhoto(
            "File names on this drive aren’t case-sensitive, and another photo’s sidecar "
            "already has this name."
        )
    # What a link leads to is written, or the link would be replaced.
    path = Path(os.path.realpath(sidecar.path))
    for _ in range(ATTEMPTS):
        before, version = _read(path)
        # Nothing to write, and nothing that we wrote.
        if not sidecar.content and _OURS not in before.replace(b"\x00", b""):
            report.unchanged += 1
            return
        merged = _merged(before, sidecar.content, options.replace)
        if not merged.changed:
            report.unchanged += 1
            break
        if _replace(path, before, merged.data, version, mirrored=options.folder is not None):
            (report.merged if before else report.written).append(sidecar.path)
            break
    else:
        raise UnreadablePhoto("Another program keeps changing the sidecar {name}.", name=path.name)
    if merged.conflicts:
        report.conflicts.append(sidecar.photo.path)


def _merged(before: bytes, content: Content, replace: bool) -> Merged:
    from facesorter.exchange.sidecar import merge

    try:
        return merge(before, content, replace=replace)
    except (ValueError, RecursionError, MemoryError) as error:
        raise UnreadablePhoto(_INVALID) from error


def _read(path: Path) -> tuple[bytes, tuple[int, int] | None]:
    """Return a sidecar's content and version; empty without one."""
    from facesorter.exchange.xmp_document import LARGEST

    try:
        if not modes.S_ISREG(path.stat().st_mode):
            raise UnreadablePhoto(_INVALID)  # a pipe could be read forever
        with path.open("rb") as file:
            stat = os.fstat(file.fileno())
            return file.read(LARGEST + 1), (stat.st_size, stat.st_mtime_ns)
    except FileNotFoundError:
        return b"", None
    except OSError as error:
        raise _failure(error) from error


def _replace(
    path: Path,
    before: bytes,
    after: bytes,
    version: tuple[int, int] | None,
    *,
    mirrored: bool,
) -> bool:
    """Put a sidecar in place; False if somebody else changed it meanwhile."""
    try:
        if mirrored:
            path.parent.mkdir(parents=True, exist_ok=True)
        if before and _OURS not in before.replace(b"\x00", b""):
            _back_up(path, before)
        with replacing(path, sync=True) as partial:
            partial.write_bytes(after)
            if version is not None:
                with contextlib.suppress(OSError):
                    shutil.copymode(path, partial)
            if _version(path) != version:
                raise _Changed
    except _Changed:
        return False
    except OSError as error:
        if error.errno in export.FULL:
            raise export.unwritable(path.parent, error) from error
        raise _failure(error) from error
    return True


class _Changed(Exception):  # noqa: N818 - a condition
    """The sidecar isn't the one that was read."""


def _back_up(path: Path, content: bytes) -> None:
    kept = path.with_name(path.name + BACKUP)
    if not os.path.lexists(kept):
        with replacing(kept, sync=True) as partial:
            partial.write_bytes(content)


def _version(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_size, stat.st_mtime_ns


def _failure(error: OSError) -> UnreadablePhoto:
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return UnreadablePhoto("The folder is read-only.")
    if error.errno == errno.ENOENT:
        return UnreadablePhoto("The folder no longer exists.")
    reason = error.strerror or type(error).__name__
    return UnreadablePhoto("Its sidecar can’t be written ({error}).", error=reason)


def _mirrors(connection: sqlite3.Connection) -> dict[FolderId, tuple[str, str]]:
    """Return the name of each watched folder in a mirror tree, and its path."""
    found: dict[FolderId, tuple[str, str]] = {}
    taken: set[str] = set()
    for folder in folders.every(connection):
        base = export.safe(os.path.basename(folder.path.rstrip("/\\")) or folder.path)
        name, number = base, 1
        while name.casefold() in taken:
            number += 1
            name = f"{base} ({number})"
        taken.add(name.casefold())
        found[folder.id] = (name, folder.path)
    return found


def _bare(
    connection: sqlite3.Connection, places: Mapping[FolderId, Iterable[str]]
) -> dict[tuple[FolderId, str], str]:
    """Return which photo has the sidecar without its suffix, by folder and path without suffix.

    ``places`` are the folders to look at, in each watched one.
    """
    found: dict[tuple[FolderId, str], str] = {}
    for folder_id, inner in ((each, inner) for each, some in places.items() for inner in some):
        for relpath in photos.relpaths_in(connection, folder_id, inner):
            key = folder_id, _stem(relpath)
            if key not in found or (_is_raw(relpath) and not _is_raw(found[key])):
                found[key] = relpath
    return found


def _namesakes(
    connection: sqlite3.Connection, places: Mapping[FolderId, Iterable[str]]
) -> set[tuple[FolderId, str]]:
    """Return the paths that several photos in some folders share but for upper and lower case."""
    counts = Counter(
        (folder_id, relpath.casefold())
        for folder_id, some in places.items()
        for inner in some
        for relpath in photos.relpaths_in(connection, folder_id, inner)
    )
    return {each for each, count in counts.items() if count > 1}


def _is_of_namesake(path: Path) -> bool:
    """Return whether a file of this name is there in other letters only, as on some drives."""
    return path.exists() and path.name not in _names_in(path.parent)


def _names_in(folder: Path) -> list[str]:
    return os.listdir(folder)


def _inner(relpath: str) -> str:
    return relpath[: relpath.rfind("/") + 1]


def _stem(relpath: str) -> str:
    return os.path.splitext(relpath)[0].casefold()


def _is_raw(relpath: str) -> bool:
    return os.path.splitext(relpath)[1].lower().lstrip(".") in RAW_SUFFIXES
