"""Measure the time from exec to the first painted window, with a library.

    python tests/benchmarks/start_up.py LIBRARY [--runs N]

Needs a display (Xvfb will do) or QT_QPA_PLATFORM=offscreen. Prints one JSON object with the times
in milliseconds, first run first (file cache cold or not, as it happens to be).
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("library", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    times = []
    with tempfile.TemporaryDirectory() as temporary:
        stamp = Path(temporary) / "stamp"
        env = os.environ | {"FACESORTER_PAINT_STAMP": str(stamp), "HOME": temporary}
        for _ in range(args.runs):
            stamp.unlink(missing_ok=True)
            started = time.monotonic()
            program = subprocess.Popen(
                [sys.executable, "-m", "facesorter", "--library", str(args.library)], env=env
            )
            while not (stamp.exists() and stamp.read_text()):
                time.sleep(0.01)
            times.append(round((float(stamp.read_text()) - started) * 1000))
            time.sleep(2)
            program.send_signal(signal.SIGTERM)
            program.wait(20)
    print(json.dumps({"first_paint_ms": times, "best_ms": min(times)}))
    return int(min(times) >= 1000)


if __name__ == "__main__":
    sys.exit(main())
