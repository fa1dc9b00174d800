"""A program that dies on one photo, for a test to start again and again.

Arguments: library, folder, number of the poisonous photo, number of workers.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from facesorter.app.services import Services
from facesorter.library.scanning import folders
from facesorter.settings import Settings
from tests.app.album import CountingAnalyzer

DIED = 77


def main() -> None:
    library, root, poison, workers = sys.argv[1:]
    analyzer = CountingAnalyzer(0.005)

    def act(number: int) -> None:
        if number == int(poison):
            time.sleep(0.02)
            os._exit(DIED)

    analyzer.act = act
    services = Services(
        Path(library),
        Path(library, "cache"),
        Settings(workers=int(workers)),
        watch=False,
        load=lambda: analyzer,
    )
    services.refresher.enabled = False
    services.start().result(30)
    services.submit(folders.add, root).result(30)
    services.rescan()
    services.wait_idle()
    services.stop()


if __name__ == "__main__":
    main()
