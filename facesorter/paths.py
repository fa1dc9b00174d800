"""Where things lie: what ships with the program, and the user's own folders on each system.

Nothing here creates a folder; whoever writes first does.
"""

from __future__ import annotations

import sys
from pathlib import Path

from facesorter import NAME as APP

_root: Path | None = None
"""Where the user's folders lie instead of the system's places."""


def use(root: Path) -> None:
    """Put library, cache and settings into one folder from now on, away from the user's own.

    For a scratch library; call it before anything asks where things lie.
    """
    global _root
    _root = root


def resources() -> Path:
    """The folder that ships with the program: models, icons, translations. Thread: any.

    Found in a frozen program (beside its code), in an installed package (inside it) and in a
    checkout (beside it), in this order.
    """
    frozen = getattr(sys, "_MEIPASS", None)
    package = Path(__file__).resolve().parent
    candidates = [package / "resources", package.parent / "resources"]
    if frozen is not None:
        candidates[:0] = [Path(frozen) / "resources", Path(frozen) / APP / "resources"]
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    # Absent in a broken installation: readers then name the very file that they miss.
    return candidates[0]


def data_dir() -> Path:
    """Where the user's library lies unless they chose another place."""
    if _root is not None:
        return _root / "library"
    import platformdirs

    return platformdirs.user_data_path(APP, appauthor=False)


def models_dir() -> Path:
    """Where packs of models lie that the user got, each in a folder of its name."""
    return data_dir() / "models"


def documents() -> Path:
    """The folder with the guide and its neighbours, found like `resources`."""
    inside = resources().parent / "docs"
    return inside if inside.is_dir() else resources() / "docs"


def cache_dir() -> Path:
    """Where thumbnails and prepared models lie; may be deleted at any time."""
    if _root is not None:
        return _root / "cache"
    import platformdirs

    return platformdirs.user_cache_path(APP, appauthor=False)


def settings_dir() -> Path:
    """Where the settings file lies."""
    if _root is not None:
        return _root / "settings"
    import platformdirs

    return platformdirs.user_config_path(APP, appauthor=False)
