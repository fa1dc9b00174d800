"""What grouping compared, in a file beside the database: lost, it is computed again.

Not in the database, which is backed up and journaled: 300 bytes a face that are worth nothing but
time.
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
    """Write arrays, all or none.

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
    """The arrays as they were written; None where there are none, or they are damaged."""
    import numpy as np

    try:
        # Opened here, because numpy leaves a file open that is no archive.
        with (directory / GRAPH_NAME).open("rb") as file, np.load(file, allow_pickle=False) as held:
            return {name: held[name] for name in held.files}
    except (OSError, ValueError, EOFError, KeyError, TypeError, zipfile.BadZipFile):
        return None
