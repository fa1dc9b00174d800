"""Grouping faces into persons: NumPy, SciPy and compiled loops; arrays in, a Proposal out."""

import hashlib
import os
from pathlib import Path

from facesorter import paths


def _compiled_folder() -> Path:
    """Where numba keeps the machine code of exactly these sources.

    numba notices only that the file of a function changed, not that of a function it calls. In a
    folder named after all the sources, compiled functions may call each other across modules.
    """
    sources = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        sources.update(path.read_bytes())
    name = sources.hexdigest()[:16]
    # A child process inherits the folder as its parent set it.
    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or paths.cache_dir() / "compiled")
    return folder if folder.name == name else folder / name


# Before anything imports numba. In the cache, which may be deleted at any time, and not beside the
# program's files, where users may not write.
os.environ["NUMBA_CACHE_DIR"] = str(_compiled_folder())
