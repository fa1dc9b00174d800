"""Settings with types, defaults and ranges, in a JSON file that tolerates broken entries."""

from __future__ import annotations

import json
import logging
import os
import threading
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from facesorter.domain import PersonOrder
from facesorter.files import write_atomically

log = logging.getLogger(__name__)

SETTINGS_NAME = "settings.json"

_saving = threading.Lock()
"""Held while settings are written, or an earlier state could replace a later one."""


@dataclass(slots=True)
class Settings:
    """The user's settings on this computer; those of a single library are stored in it."""

    workers: int = 0
    """Analysis threads; 0 = processors minus one, at least one."""
    models_folder: str = ""
    """A folder of models in InsightFace's layout; empty = the bundled models."""

    thorough: bool = False
    """Embed the mirror image of every face, not only of difficult ones: slower, and slightly more
    accurate."""
    smallest_face: int = 16
    """Longer side, in pixels of the photo, of the smallest face kept; raise it for crowds."""
    scan_everything: bool = False
    """Include trash, thumbnails, and folders of other programs; see
    `library.scanning.exclusions`."""
    stacks: bool = True
    """Show raw photos with their JPEGs, edited copies, and bursts as one."""

    language: str = ""
    """Code of the window's language, such as 'de'; empty = the system's."""
    background: bool = False
    """Keep working after closing the window, with an icon in the tray."""
    background_asked: bool = False
    """Whether the user was asked about ``background``, which happens only once."""
    pause_on_battery: bool = True
    """Start no photo while the computer runs on battery."""
    appearance: str = "system"
    """The window's color scheme: 'system', 'light' or 'dark'."""
    people_order: str = "faces"
    """Order of people: 'faces', 'name' or 'newest'."""
    check_updates: bool = False
    """Check daily for a newer version: the only automatic network request."""
    updates_checked: str = ""
    """Time of the last check for a newer version, ISO-8601 in UTC."""
    seen_version: str = ""
    """The last version whose news was shown; empty before the first start."""
    slideshow_seconds: int = 5
    """Time per photo."""
    slideshow_shuffle: bool = False
    """Show the photos in random order."""
    slideshow_fade: bool = True
    """Fade from one photo to the next."""
    slideshow_names: bool = False
    """Show who is in a photo, and its date."""
    cache_megabytes: int = 4096
    """Size limit of the thumbnail cache; a photo takes about 20 kB, a face 12 kB."""

    @property
    def worker_count(self) -> int:
        """Return the number of analysis threads to start."""
        return self.workers or max(1, (os.cpu_count() or 2) - 1)

    @classmethod
    def load(cls, directory: Path) -> Settings:
        """Read the settings in ``directory``; missing or invalid values get their defaults."""
        try:
            stored = json.loads((directory / SETTINGS_NAME).read_text(encoding="utf-8"))
        except FileNotFoundError:
            stored = {}
        except (OSError, ValueError, RecursionError):
            log.warning("the settings file can't be read; defaults are used")
            stored = {}
        settings = cls()
        for field in fields(cls):
            value = stored.get(field.name) if isinstance(stored, dict) else None
            if _fits(field.name, value, getattr(settings, field.name)):
                setattr(settings, field.name, value)
        return settings

    def save(self, directory: Path) -> None:
        """Write the settings to ``directory`` atomically. Thread: any; the last state wins."""
        with _saving:
            state = json.dumps(asdict(self), indent=2).encode()
            write_atomically(directory / SETTINGS_NAME, state)


APPEARANCES = ("system", "light", "dark")
_RANGES = {
    "workers": range(0, 65),
    "smallest_face": range(8, 1025),
    "slideshow_seconds": range(1, 601),
    "cache_megabytes": range(100, 1_000_001),
    "appearance": APPEARANCES,
    "people_order": tuple(PersonOrder),
}


def allows(name: str, value: Any) -> bool:
    """Return whether a value is valid for a setting."""
    return hasattr(Settings, name) and _fits(name, value, getattr(Settings(), name))


def _fits(name: str, value: Any, default: Any) -> bool:
    if type(value) is not type(default):
        return False
    return name not in _RANGES or value in _RANGES[name]
