"""Locations of bundled resources and of the user's folders on each system.

These functions never create a folder; its first writer does.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path

from facesorter import NAME as APP
from facesorter.errors import UserError

_root: Path | None = None
"""Root of the user's folders, instead of the system's locations."""


def use(root: Path) -> None:
    """Redirect library, cache and settings to one folder, away from the user's own.

    For a scratch library; call it before any other function here.
    """
    global _root
    _root = root


def resources() -> Path:
    """Return the folder of bundled models, icons and translations. Thread: any.

    Searched in a frozen program (next to its code), in an installed package (inside it) and in a
    checkout (next to it), in this order.
    """
    frozen = getattr(sys, "_MEIPASS", None)
    package = Path(__file__).resolve().parent
    candidates = [package / "resources", package.parent / "resources"]
    if frozen is not None:
        candidates[:0] = [Path(frozen) / "resources", Path(frozen) / APP / "resources"]
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    # Missing in a broken installation: readers then report the exact file that they need.
    return candidates[0]


def data_dir() -> Path:
    """Return the default folder of the user's library."""
    if _root is not None:
        return _root / "library"
    import platformdirs

    return _of_user(platformdirs.user_data_path)


def models_dir() -> Path:
    """Return the folder of downloaded model packs, each in a subfolder of its name."""
    return data_dir() / "models"


def documents() -> Path:
    """Return the folder of the guide and other documents, searched like `resources`."""
    inside = resources().parent / "docs"
    return inside if inside.is_dir() else resources() / "docs"


def cache_dir() -> Path:
    """Return the folder of thumbnails and prepared models; may be deleted at any time."""
    if _root is not None:
        return _root / "cache"
    import platformdirs

    return _of_user(platformdirs.user_cache_path)


def library_cache(library_dir: Path) -> Path:
    """Return the folder for a library's thumbnails; losing it costs only time."""
    digest = hashlib.blake2b(str(library_dir.absolute()).encode(), digest_size=8).hexdigest()
    return cache_dir() / "libraries" / digest


def settings_dir() -> Path:
    """Return the folder of the settings file."""
    if _root is not None:
        return _root / "settings"
    import platformdirs

    return _of_user(platformdirs.user_config_path)


def _of_user(folder: Callable[..., Path]) -> Path:
    try:
        return folder(APP, appauthor=False)
    except RuntimeError as error:  # a service, or a container with a user that it doesn't know
        raise UserError(
            "This user has no home folder for the library and the settings. Set the environment "
            "variable HOME to a folder."
        ) from error
