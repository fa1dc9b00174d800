"""How long the window's thread is busy while the map of many faces is moved about.

    python tests/benchmarks/map_frames.py [--faces 100000] [--scale 1]

Opens the real view over made-up places and drags, zooms and hovers. Prints one JSON object, times
in ms of the thread's own, so that what other programs take does not count: events and painting
while dragging and zooming, one picture drawn in its thread, finding the face under the cursor, a
step by key, and a lasso around much of it, which is caught in the thread and selected in the
window's.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--faces", type=int, default=100_000)
    parser.add_argument("--scale", default="1")
    args = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["QT_SCALE_FACTOR"] = args.scale

    import numpy as np
    from PySide6.QtCore import QPointF, QRectF

    from facesorter.app.services import Services
    from facesorter.gui.base.bridge import Bridge
    from facesorter.gui.grid.pixmaps import PixmapStore
    from facesorter.gui.map import frames
    from facesorter.gui.map.view import MapView
    from facesorter.gui.start.application import make_application
    from facesorter.images.marks import mark_of
    from facesorter.library.face_map import Cloud, FaceMap

    app = make_application([])
    random = np.random.default_rng(1)
    n = args.faces
    people = max(1, n // 12)
    weight = 1 / np.arange(1, people + 1) ** 0.8
    person = np.sort(random.choice(people, n, p=weight / weight.sum())) + 1
    middle = random.uniform(-100, 100, (people + 1, 2))
    size = np.bincount(person, minlength=people + 1)
    spread = 0.3 * np.sqrt(size)[person][:, None]
    xy = middle[person] + random.normal(size=(n, 2)) * spread
    clouds = tuple(
        Cloud(each, f"Person {each}" if each <= 300 else None, int(size[each]), *middle[each], 1.0)
        for each in np.argsort(-size)[:people].tolist()
        if each
    )
    state = random.integers(1, 3, n).astype(np.uint8)
    shown = FaceMap(np.arange(1, n + 1), xy, person, state, clouds, 0)
    from scipy.spatial import cKDTree

    low, high = xy.min(axis=0), xy.max(axis=0)
    prepared = frames.Prepared(
        shown,
        cKDTree(xy),
        QRectF(QPointF(*low), QPointF(*high)),
        0.3,
        *mark_of(person),
    )
    with tempfile.TemporaryDirectory() as folder:
        services = Services(Path(folder) / "library", watch=False)
        services.start().result(60)
        bridge = Bridge(services)
        view = MapView(bridge, PixmapStore(services, bridge))
        view.resize(round(1056 / float(args.scale)), round(700 / float(args.scale)))
        view.show()
        view.show_map(prepared)

        def settle() -> None:
            limit = time.monotonic() + 20
            while view.frame is None or view.frame.scale != view.camera.scale:
                app.processEvents()
                if time.monotonic() > limit:
                    raise TimeoutError
                time.sleep(0.002)

        def timed(act: Callable[[], Any]) -> float:
            started = time.thread_time()
            act()
            return (time.thread_time() - started) * 1000

        settle()
        report: dict[str, object] = {"faces": n}
        view.zoom(4)
        settle()
        drags, paints = [], []
        for step in range(200):
            by = QPointF(9 if step % 100 < 50 else -9, 4)
            drags.append(timed(lambda by=by: view._look(view.camera.moved(by))))
            paints.append(timed(view.repaint))
            app.processEvents()
        report["drag_event"], report["drag_paint"] = spread_of(drags), spread_of(paints)
        events, paints = [], []
        for step in range(60):
            factor = 1.25 if step % 20 < 10 else 0.8
            events.append(timed(lambda factor=factor: view.zoom(factor)))
            paints.append(timed(view.repaint))
            app.processEvents()
        report["zoom_event"], report["zoom_paint"] = spread_of(events), spread_of(paints)
        view.fit()
        settle()
        request = frames.RenderRequest(
            prepared, view.camera, view.devicePixelRatioF(), view._tones, np.zeros(0, np.int64)
        )
        report["picture"] = spread_of([timed(lambda: frames.draw(request)) for _ in range(8)])
        places = [QPointF(*place) for place in random.uniform(0, 700, (200, 2)).tolist()]
        report["hover"] = spread_of([timed(lambda at=at: view._hover(at)) for at in places])
        steps = [timed(lambda at=at: view.step((1, -1)[at % 2], 0)) for at in range(60)]
        report["step"] = spread_of(steps)
        circle = np.linspace(0, 2 * np.pi, 200)
        line = [(float(60 * np.cos(a)), float(60 * np.sin(a))) for a in circle]
        report["lasso"] = round(timed(lambda: frames.within(prepared, line)), 1)
        caught = frames.within(prepared, line)
        report["caught"] = len(caught)
        report["select"] = round(timed(lambda: view.select(caught)), 1)
        print(json.dumps(report, indent=1))
        view.painter_.close()
        view.close()
        bridge.close()
        services.stop(10)
    return 0


def spread_of(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "median": round(statistics.median(ordered), 2),
        "p95": round(ordered[int(len(ordered) * 0.95)], 2),
        "most": round(ordered[-1], 2),
    }


if __name__ == "__main__":
    sys.exit(main())
