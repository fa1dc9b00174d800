"""Import names: read them, preview them, and assign them to faces in the background."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from facesorter.app.reads import Reads
from facesorter.app.writer import Writer
from facesorter.cancel import CancelToken
from facesorter.domain import PhotoId
from facesorter.errors import UserError
from facesorter.exchange.names import Source
from facesorter.library.name_import import applying, birthdays, importing, unplaced_names
from facesorter.library.name_import.applying import ToDraw
from facesorter.library.name_import.importing import Gathered, Preview
from facesorter.library.name_import.judging import Conflict
from facesorter.storage import embeddings, folders, imported_names, library_settings, photos

if TYPE_CHECKING:
    from facesorter.exchange.reading import Found
    from facesorter.exchange.sources import Kind
    from facesorter.faces.analyzer import FaceAnalyzer, FoundFace
    from facesorter.faces.calibration import Calibration

log = logging.getLogger(__name__)

OnProgress = Callable[[int, int | None], None]
"""Told how much is done, and of how much if that is known."""

EMBEDDED: Final = "files"
"""Source of an import of what is in and beside the library's own photos."""


def _ignore(_done: int, _all: int | None) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Names:
    """What was read, and what using it would do."""

    gathered: Gathered
    preview: Preview
    source: str
    """A `sources.Kind`, or `EMBEDDED`."""
    unreadable: int = 0
    """Files that couldn't be read."""


class NameImporter:
    """Reads names, and gives those in use to faces as soon as the faces are known."""

    def __init__(
        self, reads: Reads, writer: Writer, ready: Callable[[], tuple[FaceAnalyzer, int]]
    ) -> None:
        """Start nothing. ``ready`` returns the model pack in use, see `Pipeline.ready`."""
        self._reads, self._writer, self._ready = reads, writer, ready
        self._one_at_a_time, self._staging = threading.Lock(), threading.Lock()
        self._recognized = 0
        """Id of the imported name that was looked at last."""
        self._calibrations: dict[str, Calibration] = {}
        """By pack, as measured when first needed."""

    def read(
        self,
        paths: Sequence[Path] = (),
        kinds: Collection[Kind] | None = None,
        token: CancelToken | None = None,
        progress: OnProgress = _ignore,
    ) -> Names:
        """Read names and find out what using them would do. Blocks; thread: any but the writer.

        Args:
            paths: Folders, or files such as a database or contacts; none for all watched folders.
            kinds: What to read in folders; None for `sources.USUAL`.
            token: To stop by.
            progress: Told of files read, then of photos compared.

        Raises:
            Cancelled: The token was cancelled.
            UserError: A path isn't there.
        """
        from facesorter.exchange import sources
        from facesorter.exchange.reading import Reading

        kinds = sources.USUAL if kinds is None else kinds
        connection = self._reads.connection()
        for path in paths:
            if not path.exists():
                raise UserError("There’s no file or folder {path}.", path=path)
        reading = Reading(token, lambda done: progress(done, None))
        books = [path for path in paths if _has_contacts(path, kinds)]
        roots = paths or [Path(each.path) for each in folders.every(connection) if each.watched]

        def found() -> Iterator[Found]:
            for root in roots:
                if root.exists() and (root not in books or root.is_dir()):
                    yield from sources.read(root, reading, kinds)

        gathered = importing.gather(connection, found())
        contacts = [each for path in books for each in sources.read_contacts(path, reading)]
        births = birthdays.find(connection, [(each.name, each.birthday) for each in contacts])
        preview = importing.preview(connection, gathered, token, progress, births)
        return Names(gathered, preview, _source(paths, kinds, gathered), reading.skipped_count)

    def update(
        self, names: Names, token: CancelToken | None = None, progress: OnProgress = _ignore
    ) -> Names:
        """Find out again what using names would do. Blocks; thread: any but the writer.

        Raises:
            Cancelled: The token was cancelled.
        """
        preview = importing.preview(self._reads.connection(), names.gathered, token, progress)
        return replace(names, preview=preview)

    def use(self, names: Names, theirs: Collection[Conflict] = ()) -> int | None:
        """Use names and birth dates, the user's decision; return the import's id if it has names.

        Blocks, for seconds if there are hundreds of thousands, but not the writer. Thread: any but
        the writer.

        Raises:
            Cancelled: The library is being closed, and nothing was decided.
        """
        gathered, writer = names.gathered, self._writer
        faces, births = names.preview.new_faces, names.preview.births.new
        if not gathered:
            writer.submit(importing.use, gathered, names.source, theirs, faces, births).result()
            return None
        with self._staging:
            while writer.submit_machine(importing.drop_undecided).result():
                pass
            import_id = writer.submit_machine(importing.stage, names.source, theirs).result()
            for start in range(0, len(gathered.rows), importing.PART):
                rows = gathered.rows[start : start + importing.PART]
                writer.submit_machine(importing.add, import_id, rows).result()
            writer.submit(importing.decide, import_id, names.source, faces, births).result()
        return import_id

    def apply(self, token: CancelToken | None = None, progress: OnProgress = _ignore) -> int:
        """Give names that wait to faces that are known; return how many. Blocks; any but writer.

        Raises:
            Cancelled: The token was cancelled, or the library is being closed.
        """
        with self._one_at_a_time:
            connection, named, done, last = self._reads.connection(), 0, 0, 0
            everything = imported_names.count_to_place(connection)
            while batch := imported_names.photos_to_place(connection, applying.BATCH, last):
                if token is not None:
                    token.check()
                last = batch[-1]
                judged = applying.judge(connection, batch)
                wanted = judged.to_draw()
                drawn, sha256 = self._describe(wanted, token) if wanted else ({}, None)
                write = self._writer.submit_machine(applying.apply, judged, drawn, sha256)
                named += write.result()
                done += len(batch)
                progress(done, everything)
            return named

    def follow_suggestions(self) -> int:
        """Confirm faces of people imported for that photo; return how many. Blocks.

        Those that are suggested for the person, and those that are clearly the person's where the
        person is known to be there. Some of the names each time.

        Raises:
            Cancelled: The library is being closed.
        """
        connection, writer = self._reads.connection(), self._writer
        if not imported_names.any_on_photos(connection):
            return 0
        with self._one_at_a_time:
            resolved = applying.newly_resolved(connection)
            for start in range(0, len(resolved), importing.PART):
                part = resolved[start : start + importing.PART]
                writer.submit_machine(applying.set_resolved, part).result()
            ready = applying.suggested(connection)
            named = 0
            if ready:
                named = writer.submit_machine(applying.follow_suggestions, ready).result()
            return named + self._recognize(connection)

    def _recognize(self, connection: sqlite3.Connection) -> int:
        from facesorter.library.models import calibrate

        rows = imported_names.recognizable(connection, self._recognized, unplaced_names.BATCH)
        self._recognized = rows[-1].id if rows else 0
        model_id = library_settings.get(connection, library_settings.MODEL)
        if not rows or model_id is None:
            return 0
        pack = embeddings.by_id(connection, model_id)
        sha256, dimension = str(pack["sha256"]), int(pack["dimension"])
        if sha256 not in self._calibrations:
            known = calibrate.of_library(connection, str(pack["name"]), sha256, dimension)
            self._calibrations[sha256] = known
        found = unplaced_names.find(connection, rows, self._calibrations[sha256].similarity)
        if not found:
            return 0
        return self._writer.submit_machine(unplaced_names.confirm, found).result()

    def _describe(
        self, wanted: Sequence[ToDraw], token: CancelToken | None
    ) -> tuple[dict[int, FoundFace | None], str | None]:
        """Describe faces where none was found; all of a photo from one decoding."""
        from facesorter.faces.analyzer import describe_regions

        try:
            analyzer, _ = self._ready()
        except UserError as error:
            log.info("imported faces wait: %s", error)
            return {}, None
        by_photo: dict[PhotoId, list[ToDraw]] = {}
        for each in wanted:
            by_photo.setdefault(each.photo_id, []).append(each)
        places = photos.paths(self._reads.connection(), list(by_photo))
        found: dict[int, FoundFace | None] = {each.imported_id: None for each in wanted}
        for photo_id, parts in by_photo.items():
            if token is not None:
                token.check()
            regions = [each.region for each in parts]
            # A photo that is away or damaged has no faces to add.
            with suppress(UserError, OSError, KeyError):
                seen = describe_regions(Path(places[photo_id]), regions, analyzer)
                found.update({e.imported_id: face for e, face in zip(parts, seen, strict=True)})
        return found, analyzer.sha256


def _has_contacts(path: Path, kinds: Collection[Kind]) -> bool:
    from facesorter.exchange import sources

    if path.is_dir():
        return sources.Kind.CONTACTS in kinds
    return sources.kind_of(path) is sources.Kind.CONTACTS


def _source(paths: Sequence[Path], kinds: Collection[Kind], gathered: Gathered) -> str:
    """Return what to call the source of an import."""
    if Source.REFERENCES.value in kinds:
        return Source.REFERENCES.value
    if not paths:
        return EMBEDDED
    found = {row.source for row in gathered.rows}
    return found.pop() if len(found) == 1 else EMBEDDED
