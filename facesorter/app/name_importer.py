"""Bring in names: read them, preview them, and give them to faces in the background."""

from __future__ import annotations

import logging
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
from facesorter.library.name_import import applying, importing
from facesorter.library.name_import.applying import ToDraw
from facesorter.library.name_import.importing import Preview, Said
from facesorter.library.name_import.judging import Conflict
from facesorter.storage import folders, photos, said_names

if TYPE_CHECKING:
    from facesorter.exchange.reading import Found
    from facesorter.exchange.sources import Kind
    from facesorter.faces.analyzer import FaceAnalyzer, FoundFace

log = logging.getLogger(__name__)

Progress = Callable[[int, int | None], None]
"""Told how much is done, and of how much if that is known."""

EMBEDDED: Final = "files"
"""Source of an import of what is in and beside the library's own photos."""


def _ignore(_done: int, _all: int | None) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Names:
    """What was read, and what using it would do."""

    said: Said
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
        self._one_at_a_time = threading.Lock()

    def read(
        self,
        paths: Sequence[Path] = (),
        kinds: Collection[Kind] | None = None,
        token: CancelToken | None = None,
        progress: Progress = _ignore,
    ) -> Names:
        """Read names and find out what using them would do. Blocks; thread: any but the writer.

        Args:
            paths: Folders, or files such as a database; none for all watched folders.
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
        roots = paths or [Path(each.path) for each in folders.every(connection) if each.watched]

        def found() -> Iterator[Found]:
            for root in roots:
                if root.exists():
                    yield from sources.read(root, reading, kinds)

        said = importing.gather(connection, found())
        preview = importing.preview(connection, said, token, progress)
        return Names(said, preview, _source(paths, kinds, said), reading.skipped_count)

    def update(
        self, names: Names, token: CancelToken | None = None, progress: Progress = _ignore
    ) -> Names:
        """Find out anew what using names would do. Blocks; thread: any but the writer.

        Raises:
            Cancelled: The token was cancelled.
        """
        preview = importing.preview(self._reads.connection(), names.said, token, progress)
        return replace(names, preview=preview)

    def use(self, names: Names, theirs: Collection[Conflict] = ()) -> int | None:
        """Use names: the user's decision. Blocks shortly; return the import's id."""
        faces = names.preview.new_faces
        return self._writer.submit(importing.use, names.said, names.source, theirs, faces).result()

    def apply(self, token: CancelToken | None = None, progress: Progress = _ignore) -> int:
        """Give names that wait to faces that are known; return how many. Blocks; any but writer.

        Raises:
            Cancelled: The token was cancelled, or the library is being closed.
        """
        with self._one_at_a_time:
            connection, named, done, last = self._reads.connection(), 0, 0, 0
            everything = said_names.count_to_place(connection)
            while batch := said_names.photos_to_place(connection, applying.BATCH, last):
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
        """Confirm suggestions of people who were said to be on that photo. Blocks.

        Raises:
            Cancelled: The library is being closed.
        """
        if not said_names.any_on_photos(self._reads.connection()):
            return 0
        with self._one_at_a_time:
            return self._writer.submit_machine(applying.follow_suggestions).result()

    def _describe(
        self, wanted: Sequence[ToDraw], token: CancelToken | None
    ) -> tuple[dict[int, FoundFace | None], str | None]:
        """Describe faces where none was found; all of a photo from one decoding."""
        from facesorter.faces.analyzer import describe_regions

        try:
            analyzer, _ = self._ready()
        except UserError as error:
            log.info("faces said by other programs wait: %s", error)
            return {}, None
        by_photo: dict[PhotoId, list[ToDraw]] = {}
        for each in wanted:
            by_photo.setdefault(each.photo_id, []).append(each)
        places = photos.paths(self._reads.connection(), list(by_photo))
        found: dict[int, FoundFace | None] = {each.said_id: None for each in wanted}
        for photo_id, parts in by_photo.items():
            if token is not None:
                token.check()
            regions = [each.region for each in parts]
            # A photo that is away or damaged has no faces to add.
            with suppress(UserError, OSError, KeyError):
                seen = describe_regions(Path(places[photo_id]), regions, analyzer)
                found.update({e.said_id: face for e, face in zip(parts, seen, strict=True)})
        return found, analyzer.sha256


def _source(paths: Sequence[Path], kinds: Collection[Kind], said: Said) -> str:
    """Return what to call the source of an import."""
    if Source.REFERENCES.value in kinds:
        return Source.REFERENCES.value
    if not paths:
        return EMBEDDED
    found = {row.source for row in said.rows}
    return found.pop() if len(found) == 1 else EMBEDDED
