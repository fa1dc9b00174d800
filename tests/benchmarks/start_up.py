"""Measure the time from exec to the first painted window, with a library.

    python tests/benchmarks/start_up.py LIBRARY [--runs N] [--against CHECKOUT]

Needs a display (Xvfb will do) or QT_QPA_PLATFORM=offscreen. Prints one JSON object with the times
in milliseconds, first run first (file cache cold or not, as it happens to be), and the processor
time of the window's thread until then, which other programs disturb less. With another checkout,
its starts alternate with ours; each has a copy of the library, or both begin with an empty one.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parents[2]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("library", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--against", type=Path, help="another checkout")
    args = parser.parse_args()
    checkouts = [HERE] if args.against is None else [HERE, args.against.resolve()]
    found: dict[Path, list[tuple[int, int]]] = {checkout: [] for checkout in checkouts}
    with tempfile.TemporaryDirectory() as temporary:
        for number in range(len(checkouts)):
            if args.library.is_dir():
                shutil.copytree(args.library, Path(temporary) / f"library{number}")
        for _ in range(args.runs):
            for number, checkout in enumerate(checkouts):
                library = Path(temporary) / f"library{number}"
                found[checkout].append(start(checkout, library, Path(temporary)))
    for checkout, times in found.items():
        painted, used = ([time[place] for time in times] for place in (0, 1))
        figures: dict[str, Any] = {"first_paint_ms": painted, "best_ms": min(painted)}
        figures |= {"processor_ms": used, "best_processor_ms": min(used)}
        print(json.dumps(figures if len(found) == 1 else {"checkout": checkout.name, **figures}))
    return int(min(painted for painted, _ in found[HERE]) >= 1000)


def start(checkout: Path, library: Path, home: Path) -> tuple[int, int]:
    """Start once; return milliseconds on the clock and of the processor."""
    stamp = home / "stamp"
    stamp.unlink(missing_ok=True)
    env = os.environ | {"FACESORTER_PAINT_STAMP": str(stamp), "HOME": str(home)}
    started = time.monotonic()
    program = subprocess.Popen(
        [sys.executable, "-m", "facesorter", "--library", str(library)], env=env, cwd=checkout
    )
    thread = Path(f"/proc/{program.pid}/task/{program.pid}/schedstat")
    while not (stamp.exists() and stamp.read_text()):
        time.sleep(0.005)
    used = int(thread.read_text().split()[0]) / 1e6 if thread.exists() else 0.0
    time.sleep(2)
    program.send_signal(signal.SIGTERM)
    program.wait(60)
    return round((float(stamp.read_text()) - started) * 1000), round(used)


if __name__ == "__main__":
    sys.exit(main())
