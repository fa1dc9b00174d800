"""How long the tree of folders and the photos of a folder take in a large library.

    python -m tests.benchmarks.folder_tree [--photos 100000] [--folders 3000] [--flat]

Prints the median and the longest of ten reads each, in ms of the thread's own clock, so that what
other programs take does not count: the tree as it is read at start and after changes, a folder
opened, and the photos of folders with and without subfolders, by date and by name. Then the same in
the window: ms until the rows or photos are there and painted, the processor's time until then in
all threads, and the longest turn of the window's thread, both by clocks that stand while others
work.
``--flat`` puts all folders beside one another.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from facesorter.domain import FolderId
from facesorter.library import folder_tree, queries
from facesorter.library.folder_tree import Order, PhotoOrder
from facesorter.library.library import Library
from facesorter.library.transaction import Transaction
from facesorter.storage.database import open_reader
from facesorter.storage.photos import sort_name

MISSING = 200
"""One photo in so many is missing."""
READS = 10


def make(directory: Path, *, photos: int, folders: int, flat: bool) -> None:
    """Write a library: years with folders in them, or all folders beside one another."""
    library = Library(directory)
    library.transact(_fill, photos, folders, flat)
    library.close(snapshot=False)


def _fill(txn: Transaction, photos: int, folders: int, flat: bool) -> None:
    chance = random.Random(0)
    connection = txn.connection
    connection.execute("INSERT INTO folder (path, added_at) VALUES ('/photos', '2024-01-01')")

    def rows() -> Iterator[tuple[Any, ...]]:
        for n in range(photos):
            folder = n * folders // photos
            year = 2000 + folder * 25 // folders
            place = f"Trip {folder}" if flat else f"{year}/{folder // 10}/Trip {folder}"
            taken = f"{year}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}T12:00:00"
            status = "missing" if n % MISSING == 0 else "analysed"
            relpath = f"{place}/IMG_{n}.jpg"
            yield relpath, sort_name(relpath), 100_000 + n, n, taken, status

    connection.executemany(
        "INSERT INTO photo (folder_id, relpath, sort_name, size, mtime_ns, taken_at, sort_at, "
        "taken_from, status) VALUES (1, ?, ?, ?, ?, ?5, ?5, 'exif', ?)",
        rows(),
    )


def timed(name: str, act: Callable[[], Any]) -> None:
    """Print what an act takes, in ms."""
    spent = []
    for _ in range(READS):
        begun = time.thread_time()
        act()
        spent.append(1000 * (time.thread_time() - begun))
    print(f"| {name:44} | {statistics.median(spent):7.1f} | {max(spent):7.1f} |", flush=True)


def core(directory: Path, *, flat: bool) -> None:
    """Time the reads of the core."""
    connection = open_reader(directory)
    root = FolderId(1)
    tree = folder_tree.read(connection)
    year = "" if flat else "2010/"
    trip = tree.children(root, year)[0]
    while trip.opens:
        trip = tree.children(root, trip.place)[0]

    def photos(place: str, **how: bool) -> Callable[[], Any]:
        return lambda: folder_tree.photo_ids(connection, root, place, **how)

    def named(place: str, **how: bool) -> Callable[[], Any]:
        return lambda: folder_tree.photos_by_name(connection, root, place, **how)

    timed("tree read", lambda: folder_tree.read(connection))
    timed("tree read with dates", lambda: folder_tree.read(connection, dated=True))
    timed("watched folder opened", lambda: tree.children(root))
    timed("a year opened, most photos first", lambda: tree.children(root, year, Order.PHOTOS))
    timed("photos: a folder", photos(trip.place, deep=False))
    timed("photos: a folder, by name", named(trip.place, deep=False))
    timed("photos: a year with its subfolders", photos(year))
    timed("photos: a year, by name", named(year))
    timed("photos: everything", photos(""))
    timed("photos: everything, by name", named(""))
    ids = folder_tree.photo_ids(connection, root, "")
    timed("months of everything", lambda: queries.months(connection, ids))
    connection.close()


def window(directory: Path, *, flat: bool) -> None:
    """Time what the window shows."""
    from PySide6.QtCore import QEventLoop, QTimer

    from facesorter.app.services import Services
    from facesorter.gui.base.places import folder_key
    from facesorter.gui.start.application import make_application
    from facesorter.gui.window.main_window import MainWindow
    from tests.benchmarks.large_window import Watch

    app = make_application([])
    services = Services(directory, directory.parent / "cache", watch=False)
    shown = MainWindow(services)
    shown.resize(1280, 800)
    watch = Watch(app, False)

    def rest(ms: int) -> None:
        loop = QEventLoop()
        QTimer.singleShot(ms, loop.quit)
        loop.exec()

    def step(name: str, act: Callable[[], Any], done: Callable[[], Any]) -> None:
        watch.reset()
        begun, used = time.perf_counter(), time.process_time()
        act()
        while not done():
            rest(1)
        app.processEvents()
        spent, used = (1000 * (time.perf_counter() - begun), 1000 * (time.process_time() - used))
        watch.turn()
        longest = 1000 * watch.longest
        print(f"| {name:44} | {spent:7.1f} | {used:7.1f} | {longest:7.1f} |", flush=True)
        rest(1000)

    services.pipeline.analysing = False
    shown.painted.connect(services.start)
    shown.show()
    view, photos = shown.sidebar.folders.view, shown.photos.model
    rows = view.folders
    while not (rows.rowCount() and rows.at(0).folder.photos):
        rest(50)
    while not services.pipeline.wait_idle(0) or shown.state is None or shown.state.counts is None:
        rest(50)
    rest(3000)
    print(f"| {'in the window: ms until there':44} |         | cpu ms  | own ms  |")
    before = rows.rowCount()
    step("watched folder opened", lambda: view._toggle(0), lambda: rows.rowCount() > before)
    step("scrolled to the end", view.scrollToBottom, lambda: True)
    for row, deep in ((5, True), (7, False), (9, True)):
        shown.folder_options.deep = deep
        folder = rows.at(row).folder
        key = folder_key(folder.folder_id, folder.place)
        count = f"{folder.photos:,} photos" if deep else "its own photos"
        step(
            f"a folder: {count}", lambda key=key: shown.go_to_folder(key), lambda: photos.is_loaded
        )
    if not flat:
        step("a year opened", lambda: view._toggle(3), lambda: rows.at(4).level > 1)
    root = folder_key(rows.at(0).folder.folder_id)
    step("everything in it", lambda: shown.go_to_folder(root), lambda: photos.is_loaded)
    shown.folder_options.photo_order = PhotoOrder.NAME
    step("everything, by name", lambda: None, lambda: photos.is_loaded)
    step("watched folder closed", lambda: view._toggle(0), lambda: rows.rowCount() == 1)
    shown.tray.quit()
    services.stop(20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--folders", type=int, default=3_000)
    parser.add_argument("--flat", action="store_true")
    args = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as home:
        directory = Path(home) / "library"
        make(directory, photos=args.photos, folders=args.folders, flat=args.flat)
        print(f"| {'ms':44} |  median | longest |\n|---|---|---|")
        core(directory, flat=args.flat)
        os.environ["HOME"] = home
        window(directory, flat=args.flat)
    sys.stdout.flush()
    # The window's threads of pictures would wait for a library that is gone.
    os._exit(0)


if __name__ == "__main__":
    main()
