"""Kill decoder processes at random during a scan, and show that no photo is lost.

    python -m tests.benchmarks.killed_decoders [--photos 200] [--kills 100] [--seed 1] [FILE…]

Photos of formats that are decoded in processes of their own are scanned with an analyzer that costs
nothing, while processes that decode are killed at random moments. FILEs, such as HEIC photos, take
part, too. Prints one JSON object; exit code 1 if a photo wasn't analyzed.
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
from contextlib import closing
from pathlib import Path
from unittest import mock

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
        people.resize(size).save(folder / f"{number:04}.{form.lower()}", form)


class Killer(threading.Thread):
    """Kills a process now and then, while photos are analyzed."""

    def __init__(self, kills: int, chance: random.Random) -> None:
        super().__init__(daemon=True)
        self.left, self.chance = kills, chance
        self.ended = threading.Event()

    def run(self) -> None:
        while self.left and not self.ended.wait(self.chance.uniform(0.0, 0.5)):
            pids = decoders.pids()
            if pids:
                try:
                    os.kill(self.chance.choice(pids), signal.SIGKILL)
                except ProcessLookupError:
                    continue
                self.left -= 1


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
        killer = Killer(args.kills, random.Random(args.seed))
        again: list[int] = []

        class Counted(decoders._Ended):
            def __init__(self, code: int | None, by_us: object) -> None:
                again.append(code or 0)
                super().__init__(code, by_us)  # type: ignore[arg-type]

        begun = time.monotonic()
        with mock.patch.object(decoders, "_Ended", Counted):
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
        "ended_while_working": len(again),
        "seconds": round(time.monotonic() - begun, 1),
    }
    print(json.dumps(found, indent=1))
    return int(found["analysed"] != args.photos or bool(killer.left) or bool(unsearched))


if __name__ == "__main__":
    sys.exit(main())
