"""Measure how fast questions are answered by keyboard in the real window, on a real library.

    python -m facesorter scan --library L FOLDER
    python tests/benchmarks/review_speed.py L [--answers 200] [--pace 120]

``--pace`` answers a minute are pressed at most (120, twice the bar): nobody judges faces faster.
Works on a copy of the library. The largest groups get names first, some of their faces become
suggestions and some groups questions of sameness, so that all kinds of card are there. Then one key
after the other is pressed, each as soon as the card before it stands with all its pictures, and
every press is timed until the next card has been painted. Prints one JSON object; exit code 1 below
60 answers a minute or when one press in twenty takes 100 ms or more.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

LEAST_PER_MINUTE = 60
LIMIT_MS = 100.0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("library", type=Path)
    parser.add_argument("--answers", type=int, default=200)
    parser.add_argument("--pace", type=int, default=120)
    parser.add_argument("--named", type=int, default=40)
    parser.add_argument("--cache", type=Path, help="thumbnails; a new folder otherwise")
    args = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from facesorter.app.services import Services
    from facesorter.gui.start.application import make_application
    from facesorter.gui.window.main_window import MainWindow
    from facesorter.library.review import Kind

    scratch = Path(tempfile.mkdtemp(prefix="facesorter-review-"))
    library = scratch / "library"
    shutil.copytree(args.library, library, ignore=shutil.ignore_patterns("*.lock", "snapshots"))
    app = make_application([])
    services = Services(library, args.cache or scratch / "cache", watch=False)
    window = MainWindow(services)
    window.resize(1280, 800)
    window.painted.connect(lambda: services.start())
    window.show()
    page = window.review

    def until(done: object, seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while not done():  # type: ignore[operator]
            if time.monotonic() > end:
                raise TimeoutError
            app.processEvents()
            time.sleep(0.001)

    def whole() -> bool:
        """Whether a card is in sight with every picture."""
        ready = page.ready
        if ready is None:
            return False
        thumbs = [row.thumb for row in (*ready.faces, *ready.others)]
        return all(window.pixmaps.any_size(t) or window.pixmaps.failed(t) for t in thumbs)

    until(lambda: window.state is not None and window.state.folders)
    services.submit(_prepare, args.named).result()
    window.go_to("review")
    until(whole)
    painted: list[float] = []
    page.shown.connect(lambda: painted.append(time.perf_counter()))
    keys = {
        Kind.FACES: (Qt.Key.Key_Return, Qt.Key.Key_Delete, Qt.Key.Key_Space),
        Kind.SAME: (Qt.Key.Key_Return, Qt.Key.Key_Delete, Qt.Key.Key_Space),
        Kind.NAME: (Qt.Key.Key_1, Qt.Key.Key_Space, Qt.Key.Key_Delete),
    }
    took: list[float] = []
    waited: list[float] = []
    asked: Counter[str] = Counter()
    started = time.monotonic()
    while len(took) < args.answers and page.queue.waiting:
        before = time.monotonic()
        until(whole)
        waited.append((time.monotonic() - before) * 1000)
        until(lambda: time.monotonic() - started >= len(took) * 60 / args.pace)
        kind = page.ready.card.question.kind
        asked[kind.value] += 1
        choice = keys[kind][len(took) % len(keys[kind])]
        if choice == Qt.Key.Key_1 and not page.ready.card.candidates:
            choice = Qt.Key.Key_Space
        seen = len(painted)
        left = len(page.queue.waiting)
        begin = time.perf_counter()
        QTest.keyClick(page, choice)
        until(lambda seen=seen: len(painted) > seen or not page.queue.waiting)
        # Painting itself, with whatever pictures there are.
        page.repaint()
        took.append((time.perf_counter() - begin) * 1000)
        assert len(page.queue.waiting) < left or page.queue._under_way == 0
    seconds = time.monotonic() - started
    until(lambda: not page.queue._under_way and not page.queue._reading)
    decisions = services.query(_decisions).result()
    window.close()
    services.stop(20)
    shutil.rmtree(scratch, ignore_errors=True)
    ordered = sorted(took)
    found = {
        "answers": len(took),
        "kinds": dict(asked),
        "decisions": decisions,
        "per_minute": round(len(took) / seconds * 60),
        "key_to_next_card_ms": {
            "p50": round(ordered[len(ordered) // 2], 1),
            "p95": round(ordered[len(ordered) * 95 // 100], 1),
            "worst": round(ordered[-1], 1),
        },
        "wait_for_pictures_ms": {
            "p50": round(sorted(waited)[len(waited) // 2], 1),
            "p95": round(sorted(waited)[len(waited) * 95 // 100], 1),
        },
    }
    print(json.dumps(found))
    slow = found["per_minute"] < LEAST_PER_MINUTE or ordered[len(ordered) * 95 // 100] >= LIMIT_MS
    return int(slow)


def _prepare(txn: object, named: int) -> None:
    """Give names, suggestions and pairs. Thread: writer."""
    from facesorter.library import queries, review
    from facesorter.library.decisions import corrections
    from facesorter.storage import questions

    connection = txn.connection  # type: ignore[attr-defined]
    groups = [q.person_id for q in review.questions_open(connection)]
    for at, person in enumerate(groups[:named]):
        corrections.name(txn, person, f"Person {at}")  # type: ignore[arg-type]
        faces = queries.face_ids(connection, person_id=person)
        for face in faces[len(faces) // 2 :]:
            connection.execute("UPDATE face SET state = 'suggested' WHERE id = ?", (face,))
    rest = groups[named : 2 * named]
    pairs = [questions.Pair(a, b, 0.5) for a, b in zip(groups, rest, strict=False) if a < b]
    questions.set_pairs(connection, pairs)
    txn.touch(persons=groups)  # type: ignore[attr-defined]


def _decisions(connection: object) -> int:
    (count,) = connection.execute(  # type: ignore[attr-defined]
        "SELECT count(*) FROM decision WHERE kind NOT IN ('name')"
    ).fetchone()
    return int(count)


if __name__ == "__main__":
    sys.exit(main())
