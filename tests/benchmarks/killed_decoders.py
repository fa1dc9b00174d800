"""Kill decoder processes at random during a scan, and show that no photo is lost.

    python -m tests.benchmarks.killed_decoders [--photos 200] [--kills 100] [--seed 1] [FILE…]

Photos of formats that are decoded in processes of their own are scanned with an analyzer that costs
nothing, while processes are killed at random moments: three of four while one decodes, the others
whatever they do. FILEs, such as HEIC photos, take part, too. A kill while processes still start
costs their start, which takes seconds on a busy computer; so kills are spread over the calls of the
scan, whatever their speed. The same call may be killed several times.

Prints one JSON object: what was killed, how many calls ended with their process, how many of these
were made again and succeeded, and how soon. Exit code 1 if a photo wasn't analyzed, or a kill ended
more than one call.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from PIL import Image

from facesorter.app.services import Services
from facesorter.images import decoders
from facesorter.library import queries
from facesorter.library.scanning import folders
from facesorter.settings import Settings
from facesorter.storage import photos as photo_rows
from facesorter.storage.database import open_reader
from tests import photos
from tests.app.album import CountingAnalyzer

FORMS = ("WEBP", "TIFF", "AVIF")


def fill(folder: Path, count: int, extra: list[Path]) -> None:
    """Write photos that differ in size and content, all with faces."""
    with Image.open(photos.six_people()) as image:
        people = image.convert("RGB")
    for number in range(count):
        if extra and number % 4 == 0:
            source = extra[number // 4 % len(extra)]
            data = source.read_bytes()
            # Of another content, but the same picture: an empty box at the end.
            data += (16).to_bytes(4, "big") + b"free" + number.to_bytes(8, "big")
            (folder / f"{number:04} {source.name}").write_bytes(data)
            continue
        form = FORMS[number % len(FORMS)]
        size = (people.width - number, people.height - number)
        options = {"speed": 10} if form == "AVIF" else {}
        people.resize(size).save(folder / f"{number:04}.{form.lower()}", form, **options)


class Watch:
    """Notes what decoder processes do, by patches of their class."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.working: dict[int, str] = {}
        """What is called in a process, by its id."""
        self.ready: set[int] = set()
        self.spans: list[float] = []
        self.lost: dict[tuple[object, ...], list[float]] = {}
        """Calls that ended with their process and haven't been made again, with the times."""
        self.ended = self.repeated = self.done = 0
        self.delays: list[float] = []
        self.patches = [
            mock.patch.object(decoders._Process, "ask", self._asking(decoders._Process.ask)),
            mock.patch.object(decoders._Process, "greet", self._greeting(decoders._Process.greet)),
        ]

    def _greeting(self, greet: Any) -> Any:
        def greeted(process: Any) -> None:
            greet(process)
            with self.lock:
                self.ready.add(process.pid)

        return greeted

    def _asking(self, ask: Any) -> Any:
        def asked(process: Any, request: tuple[Any, ...], limits: Any) -> Any:
            call = (threading.get_ident(), getattr(request[1], "__name__", request[0]))
            begun = time.monotonic()
            with self.lock:
                self.working[process.pid] = call[1]
            try:
                reply = ask(process, request, limits)
            except decoders._Ended:
                with self.lock:
                    self.ended += 1
                    self.lost.setdefault(call, []).append(time.monotonic())
                raise
            finally:
                with self.lock:
                    self.working.pop(process.pid, None)
            with self.lock:
                self.spans = [*self.spans[-50:], time.monotonic() - begun]
                self.done += 1
                times = self.lost.pop(call, [])
                self.repeated += len(times)
                self.delays += [time.monotonic() - each for each in times]
            return reply

        return asked


class Killer(threading.Thread):
    """Kills a process now and then, while photos are analyzed."""

    def __init__(self, kills: int, calls: int, chance: random.Random, watch: Watch) -> None:
        super().__init__(daemon=True)
        self.left, self.chance, self.watch = kills, chance, watch
        self.due = sorted((chance.randrange(calls) for _ in range(kills)), reverse=True)
        """How many calls are done before each of the kills, the first one last."""
        self.what: Counter[str] = Counter()
        self.dead: set[int] = set()
        self.ended = threading.Event()

    def run(self) -> None:
        while self.left and not self.ended.is_set():
            if self.watch.done < self.due[self.left - 1]:
                self.ended.wait(0.001)
                continue
            pid = self._one(while_working=self.chance.random() < 0.75)
            if pid is None:
                self.ended.wait(0.001)
                continue
            with self.watch.lock:
                what = self.watch.working.get(pid, "idle" if pid in self.watch.ready else "start")
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            self.dead.add(pid)
            self.what[what] += 1
            self.left -= 1

    def _one(self, while_working: bool) -> int | None:
        """Return a process to kill, after a random part of the time that a call takes."""
        with self.watch.lock:
            known = set(self.watch.working) if while_working else set(decoders.pids())
            ready, spans = bool(self.watch.ready - self.dead), self.watch.spans
        known -= self.dead
        if not known or not ready:
            return None
        pid = self.chance.choice(sorted(known))
        if while_working:
            time.sleep(self.chance.uniform(0.0, self.chance.choice(spans or [0.1])))
        return pid


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="killed-") as name:
        root = Path(name)
        (root / "photos").mkdir()
        fill(root / "photos", args.photos, args.files)
        settings = Settings(workers=2)
        services = Services(
            root / "library", root / "cache", settings, watch=False, load=CountingAnalyzer
        )
        services.refresher.enabled = False
        watch = Watch()
        killer = Killer(args.kills, args.photos * 2 - 4, random.Random(args.seed), watch)
        begun = time.monotonic()
        with watch.patches[0], watch.patches[1]:
            services.start().result()
            services.submit(folders.add, str(root / "photos")).result()
            services.rescan()
            killer.start()
            services.wait_idle()
            killer.ended.set()
            killer.join()
            services.stop(None)
        with closing(open_reader(root / "library")) as connection:
            failed = [f"{Path(p.path).name}: {p.error}" for p in queries.problems(connection)]
            counts = queries.counts(connection)
            ids = queries.photo_ids(connection)
            unsearched = sum(not photo_rows.is_searched(connection, each) for each in ids)
    found = {
        "photos": counts.photos,
        "analysed": counts.photos - counts.pending - counts.problems,
        "faces": counts.faces,
        "not_searched": unsearched,
        "failed": failed,
        "kills": args.kills - killer.left,
        "killed": dict(killer.what),
        "calls_ended": watch.ended,
        "made_again": watch.repeated,
        "never_again": [call[1] for call in watch.lost],
        "seconds_until_again": {
            "median": round(float(np.median(watch.delays or [0])), 2),
            "most": round(max(watch.delays, default=0.0), 2),
        },
        "seconds": round(time.monotonic() - begun, 1),
    }
    print(json.dumps(found, indent=1))
    missed = found["analysed"] != args.photos or killer.left or unsearched
    return int(bool(missed or watch.lost or watch.ended > args.kills))


if __name__ == "__main__":
    sys.exit(main())
