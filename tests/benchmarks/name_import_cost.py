"""Measure how long it takes to bring in the names of many faces, and to undo that.

    .venv/bin/python -m tests.benchmarks.name_import_cost [--photos 25000] [--people 200]

Makes a library of photos with two faces each, without files, and names all of them, as a digiKam
database of that size would say them. Prints the seconds of each step, those of the processor, which
other work doesn't change, and the longest time that one transaction holds the writer, for which the
user's next decision has to wait.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from facesorter.app.name_importer import Names
from facesorter.app.services import Services
from facesorter.exchange.names import ImportedRegion, PhotoNames, Source
from facesorter.library.decisions import journal
from facesorter.library.library import Library
from facesorter.library.name_import import importing
from tests.library.made import fill


class Watch:
    """Times steps, and transactions of a writer."""

    def __init__(self) -> None:
        self.longest = 0.0

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        started, self.longest, used = time.monotonic(), 0.0, time.process_time()
        yield
        spent, used = time.monotonic() - started, time.process_time() - used
        held = f"   longest transaction {self.longest:5.2f} s" if self.longest else ""
        print(f"{name:28}{spent:7.2f} s  processor {used:6.2f} s{held}", flush=True)

    def around(self, transact: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            started = time.monotonic()
            try:
                return transact(*args, **kwargs)
            finally:
                self.longest = max(self.longest, time.monotonic() - started)

        return timed


def make(directory: Path, photos: int, people: int) -> None:
    """Make the library."""
    library = Library(directory)

    def write(txn: Any) -> None:
        fill(txn.connection, people=people, each=2 * photos // people, per_photo=2)

    library.transact(write)
    library.close(snapshot=False)


def names_of(services: Services, people: int) -> list[tuple[Path, PhotoNames]]:
    """Return what another program would say of each photo."""
    rows = services.reader().execute(
        "SELECT folder.path || '/' || relpath, face.id, x, y, w, h FROM face "
        "JOIN photo ON photo.id = photo_id JOIN folder ON folder.id = folder_id ORDER BY photo_id"
    )
    regions_of: dict[str, list[ImportedRegion]] = {}
    for path, face, x, y, w, h in rows:
        region = ImportedRegion(f"Person {face % people}", x, y, w, h, Source.DIGIKAM)
        regions_of.setdefault(path, []).append(region)
    return [
        (Path(path), PhotoNames(tuple(each), (), "digiKam")) for path, each in regions_of.items()
    ]


def main() -> None:
    """Print the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=25_000)
    parser.add_argument("--people", type=int, default=200)
    args = parser.parse_args()
    watch = Watch()
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch) / "library"
        make(directory, args.photos, args.people)
        services = Services(directory, Path(scratch) / "cache", watch=False)
        services.refresher.enabled = False
        plain = Library.transact
        Library.transact = watch.around(plain)  # type: ignore[method-assign]
        try:
            services.start().result()
            found = names_of(services, args.people)
            print(f"{sum(len(names.regions) for _, names in found):,} regions")
            with watch.step("assign to photos"):
                gathered = importing.gather(services.reader(), found)
            with watch.step("preview"):
                preview = importing.preview(services.reader(), gathered)
            with watch.step("the decision"):
                services.names.use(Names(gathered, preview, "digikam"))
            with watch.step("give the names"):
                named = services.names.apply()
            print(f"{named:,} faces of {len(preview.people):,} people named")
            with watch.step("preview again, nothing new"):
                assert not importing.preview(services.reader(), gathered)
            with watch.step("undo"):
                assert services.submit(journal.undo).result().skipped == 0
            with watch.step("redo"):
                assert services.submit(journal.redo).result().skipped == 0
            print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB at most")
        finally:
            services.stop(None)
            Library.transact = plain  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
