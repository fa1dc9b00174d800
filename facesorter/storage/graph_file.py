"""The similarity graph of grouping, cached in a file beside the database.

Not in the database, which is backed up and journaled: 300 bytes a face that can be recomputed.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from facesorter.files import replacing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GRAPH_NAME = "grouping.npz"


def save(directory: Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Write arrays atomically.

    Raises:
        OSError: the disk is full, or the folder can't be written.
    """
    import numpy as np

    with (
        replacing(directory / GRAPH_NAME, sync=True, private=True) as partial,
        partial.open("wb") as file,
    ):
        np.savez(file, allow_pickle=False, **arrays)


def load(directory: Path) -> dict[str, NDArray[np.generic]] | None:
    """Return the saved arrays, or None if they are missing or damaged."""
    import numpy as np

    try:
        # Opened here, because numpy doesn't close a file that isn't an archive.
        with (directory / GRAPH_NAME).open("rb") as file, np.load(file, allow_pickle=False) as held:
            return {name: held[name] for name in held.files}
    except (OSError, ValueError, EOFError, KeyError, TypeError, zipfile.BadZipFile):
        return None
