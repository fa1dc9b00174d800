"""Measure how long the window's thread is kept busy while a folder is scanned and grouped.

    python tests/benchmarks/window_latency.py FOLDER [--library DIR] [--seconds N]

Opens the real window on a new library, adds the folder, walks through its pages all the while, and
has a timer fire every 5 ms in the window's thread: the longest gap between two firings is the
longest time that a key press could have waited. Prints one JSON object; exit code 1 when a gap was
over 100 ms. A second process does nothing but beat, too: while it is late as well, the machine
stood still or was busy with others. It tells what to look for and excuses nothing. Where packages
have no .pyc files and none are written, each start compiles them, which keeps the interpreter for
90 ms on numba's largest.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

LIMIT_MS = 100.0
BEAT_MS = 5
# Turns of our own threads, which give way, are shorter than what it speaks of.
CONTROL = """
import time
last = time.monotonic()
while True:
    time.sleep(0.005)
    present = time.monotonic()
    if present - last > 0.02:
        print(last, present, flush=True)
    last = present
"""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--library", type=Path)
    parser.add_argument("--seconds", type=float, default=1500)
    parser.add_argument("--trace", action="store_true", help="say where the window's thread hangs")
    args = parser.parse_args()
    library = args.library or Path(tempfile.mkdtemp(prefix="facesorter-latency-"))
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

    from PySide6.QtCore import QSettings, QTimer

    from facesorter.app.services import Services
    from facesorter.gui.start.application import make_application
    from facesorter.gui.start.garbage import GuiCollector
    from facesorter.gui.window.main_window import MainWindow
    from facesorter.library import queries

    app = make_application([])
    services = Services(library)
    window = MainWindow(
        services, QSettings(str(library / "window.ini"), QSettings.Format.IniFormat)
    )
    window.resize(1280, 800)
    control = subprocess.Popen(
        [sys.executable, "-c", CONTROL], stdout=subprocess.PIPE, encoding="ascii"
    )
    gaps: list[tuple[float, float]] = []
    started = time.monotonic()
    last = [started]

    def beat() -> None:
        present = time.monotonic()
        gaps.append(((present - last[0]) * 1000, present - started))
        last[0] = present

    timer = QTimer()
    timer.setInterval(BEAT_MS)
    timer.timeout.connect(beat)
    if args.trace:
        threading.Thread(target=_watch, args=(last, threading.get_ident()), daemon=True).start()
    done: list[str] = []

    def on_progress(progress: object) -> None:
        if progress.found and progress.phase == "idle" and not progress.pending:  # type: ignore[attr-defined]
            done.append("idle")

    services.progress.connect(on_progress)
    services.opened.connect(lambda: _add(services, str(args.folder.resolve())))
    window.painted.connect(lambda: services.start())
    window.show()
    timer.start()
    turn = QTimer()
    turn.setInterval(2500)
    turns = iter(range(10**9))
    turn.timeout.connect(lambda: _show(window, next(turns)))
    turn.start()
    stop = QTimer()
    stop.setInterval(500)

    def maybe_stop() -> None:
        if (done and services.refresher.wait_idle(0)) or time.monotonic() - started > args.seconds:
            app.quit()

    stop.timeout.connect(maybe_stop)
    stop.start()
    collector = GuiCollector()
    app.exec()
    collector.stop()
    seconds = time.monotonic() - started
    counts = services.query(queries.counts).result()
    timer.stop()
    services.stop(None)
    control.terminate()
    stood = [
        tuple(float(word) - started for word in line.split())
        for line in control.communicate()[0].splitlines()
    ]
    ordered = sorted(gap for gap, _ in gaps)
    worst = sorted(gaps, reverse=True)[:5]
    over = [(gap, at) for gap, at in gaps if gap > LIMIT_MS]
    ours = [gap - _shared(at - gap / 1000, at, stood) for gap, at in over]
    print(
        json.dumps(
            {
                "photos": counts.photos,
                "pending": counts.pending,
                "faces": counts.faces,
                "people": counts.persons,
                "seconds": round(seconds, 1),
                "beats": len(gaps),
                "p50_ms": round(ordered[len(ordered) // 2], 1),
                "p99_ms": round(ordered[len(ordered) * 99 // 100], 1),
                "p99.9_ms": round(ordered[len(ordered) * 999 // 1000], 1),
                "worst_ms_at_s": [[round(gap, 1), round(at, 1)] for gap, at in worst],
                "over_100_ms": len(over),
                "ours_over_100_ms": sum(gap > LIMIT_MS for gap in ours),
                "machine_worst_ms": round(
                    max((end - begin for begin, end in stood), default=0) * 1000, 1
                ),
            }
        )
    )
    return int(bool(over))


def _shared(begin: float, end: float, stood: list[tuple[float, ...]]) -> float:
    """How long the control was late between two moments, in ms."""
    return 1000 * sum(max(0.0, min(end, last) - max(begin, first)) for first, last in stood)


def _add(services: object, folder: str) -> None:
    """Add the folder and have it scanned, as the window does."""
    from facesorter.library.scanning import folders

    added = services.submit(folders.add, folder)  # type: ignore[attr-defined]
    added.add_done_callback(lambda done: services.pipeline.scan([done.result().id]))  # type: ignore[attr-defined]


def _watch(last: list[float], window_thread: int) -> None:
    """Print what every thread does whenever the beat is late."""
    while True:
        time.sleep(0.02)
        late = time.monotonic() - last[0]
        if late > 0.06:
            print(f"--- {late * 1000:.0f} ms late", file=sys.stderr)
            for ident, frame in sys._current_frames().items():
                if ident != threading.get_ident():
                    stack = traceback.extract_stack(frame)[-4:]
                    where = " < ".join(
                        f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in reversed(stack)
                    )
                    kind = "WINDOW" if ident == window_thread else "thread"
                    print(f"    {kind} {where}", file=sys.stderr)


def _show(window: object, turn: int) -> None:
    page = (window.photos, window.people)[turn % 2]  # type: ignore[attr-defined]
    window.navigator.go(page, root=True)  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main())
