"""Keep the metadata of photos in line with their files and sidecars.

As with dates (`library.scanning.dating`), the rest follows from what is stored of the file and of
what is beside it, so that a moved photo or a new sidecar needs no second reading. Nothing here is a
decision: the user's own values are in other columns, and take precedence.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from facesorter.domain import PhotoId
from facesorter.images.photo_info import RULE, PhotoInfo, overlaid, parse
from facesorter.library import places
from facesorter.library.transaction import Transaction
from facesorter.storage import photo_info, photos

if TYPE_CHECKING:
    from facesorter.storage.photos import KnownFile

READING = 120.0
"""Seconds that one scan spends on reading files of a library made before this was read, so that new
photos don't wait for thousands of old ones; the next scan goes on."""


@dataclass(frozen=True, slots=True)
class Described:
    """A photo of an older library whose file was read for what it says."""

    photo_id: PhotoId
    size: int
    mtime_ns: int
    info: PhotoInfo
    sidecars: str | None
    """As stored."""


def is_due(photo: KnownFile) -> bool:
    """Return whether a photo's file is to be read again for what it says."""
    return photo.status == "analysed" and (photo.info_rule or 0) < RULE


def look(photo: KnownFile, path: Path, sidecars: str | None) -> Described | None:
    """Read what a file says; None if it can't be read now. Thread: scan; blocks."""
    from facesorter.images import metadata

    try:
        info = metadata.read_file(path).info
    except OSError:
        return None
    if info.latitude is not None:
        places.warm()
    return Described(photo.id, photo.size, photo.mtime_ns, info, sidecars)


def record_all(txn: Transaction, found: Iterable[Described]) -> list[PhotoId]:
    """Record what was read, of files that are still the same; return these."""
    recorded = []
    for photo in found:
        version = photos.file_version(txn.connection, photo.photo_id)
        if version is not None and version[:2] == (photo.size, photo.mtime_ns):
            photos.set_sidecars(txn.connection, photo.photo_id, photo.sidecars)
            record(txn, photo.photo_id, photo.info)
            recorded.append(photo.photo_id)
    return recorded


def record(txn: Transaction, photo_id: PhotoId, inside: PhotoInfo) -> None:
    """Record what a file says."""
    _put(txn, photo_id, inside.stored(), _sidecars(txn, photo_id))


def derive(txn: Transaction, photo_ids: Sequence[PhotoId]) -> None:
    """Decide again what is known of photos whose names, places, or sidecars changed."""
    known = photo_info.inside(txn.connection, photo_ids)
    for photo_id, (rule, inside, sidecars) in known.items():
        _put(txn, photo_id, inside, sidecars, rule)
    rest = [photo_id for photo_id in photo_ids if photo_id not in known]
    photo_info.refresh_search(txn.connection, rest)


def copy(txn: Transaction, source_id: PhotoId, photo_id: PhotoId) -> None:
    """Give a photo what the file of another with the same content says, but not its sidecars."""
    known = photo_info.inside(txn.connection, [source_id]).get(source_id)
    if known is not None:
        rule, inside, _ = known
        _put(txn, photo_id, inside, _sidecars(txn, photo_id), rule)


def values(info: PhotoInfo) -> tuple[object, ...]:
    """Return what is known as it is stored."""
    found = [getattr(info, column) for column in photo_info.COLUMNS]
    flash, words = photo_info.COLUMNS.index("flash"), photo_info.COLUMNS.index("keywords")
    found[flash] = None if info.flash is None else int(info.flash)
    found[words] = "\n".join(info.keywords) or None
    return tuple(found)


def info_of(row: Sequence[object]) -> PhotoInfo:
    """Return what is known from a row of `photo_info`. Inverse of `values`."""
    found = dict(zip(photo_info.COLUMNS, row, strict=True))
    words, flash = found.pop("keywords"), found.pop("flash")
    return PhotoInfo(
        **found,  # type: ignore[arg-type] # the schema is STRICT
        flash=None if flash is None else bool(flash),
        keywords=tuple(str(words).split("\n")) if words else (),
    )


def _put(
    txn: Transaction,
    photo_id: PhotoId,
    inside: str | None,
    sidecars: str | None,
    rule: int = RULE,
) -> None:
    beside = json.loads(sidecars).get("info") if sidecars else None
    known = overlaid(parse(inside), parse(json.dumps(beside)) if beside else PhotoInfo())
    photo_info.put(txn.connection, photo_id, values(known), inside=inside, rule=rule)
    if known.latitude is None or known.longitude is None:
        places.record(txn.connection, photo_id, None)
    else:
        places.record(txn.connection, photo_id, (known.latitude, known.longitude))


def _sidecars(txn: Transaction, photo_id: PhotoId) -> str | None:
    row = txn.connection.execute("SELECT sidecars FROM photo WHERE id = ?", (photo_id,)).fetchone()
    return row[0] if row else None
