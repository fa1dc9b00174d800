"""A program that dies on one photo, for a test to start again and again.

Arguments: library, folder, number of the poisonous photo, number of workers, how it dies. With
``--apart`` first, then number, way, and folder of the job: its process for one photo.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from facesorter.app import isolated
from facesorter.app.isolated import IsolatedAnalysis
from facesorter.app.services import Services
from facesorter.library.scanning import folders
from facesorter.settings import Settings
from tests.app.album import CountingAnalyzer

DIED = 77


def analyzer(poison: int, way: str) -> CountingAnalyzer:
    """One that dies on a photo: of a signal, or with an exit code."""
    made = CountingAnalyzer(0.005)

    def act(number: int) -> None:
        if number != poison:
            return
        time.sleep(0.02)
        if way == "exit":
            os._exit(DIED)
        os.kill(os.getpid(), getattr(signal, way))
        time.sleep(20)

    made.act = act
    return made


def main() -> None:
    library, root, poison, workers, way = sys.argv[1:]
    isolated.GRACE = 0.1
    command = [sys.executable, "-m", "tests.app.poisoned", "--apart", poison, way]
    settings = Settings(workers=int(workers))
    cache = Path(library, "cache")
    services = Services(
        Path(library),
        cache,
        settings,
        watch=False,
        load=lambda: analyzer(int(poison), way),
        isolation=IsolatedAnalysis(Path(library), cache, settings, command),
    )
    services.refresher.enabled = False
    services.start().result(30)
    services.submit(folders.add, root).result(30)
    services.rescan()
    services.wait_idle()
    services.stop()


if __name__ == "__main__":
    if sys.argv[1] == "--apart":
        poison, way, folder = sys.argv[2:]
        sys.exit(isolated.run(Path(folder), lambda _: analyzer(int(poison), way)))
    main()
