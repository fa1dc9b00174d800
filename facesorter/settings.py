"""Every setting once: type, default, range; a JSON file that survives broken entries."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from facesorter.files import write_atomically

log = logging.getLogger(__name__)

SETTINGS_NAME = "settings.json"


@dataclass(slots=True)
class Settings:
    """The user's choices on this computer; what belongs to one library is kept inside it."""

    workers: int = 0
    """Analysis threads; 0 = processors less one, at least one."""
    models_folder: str = ""
    """A folder of models in InsightFace's layout; empty = the models that come with the program."""

    thorough: bool = False
    """Look at the mirror image of every face, not only of those that are hard to tell: slower, and
    right a little more often."""
    smallest_face: int = 16
    """Longer side, in pixels of the photo, of the smallest face kept; larger in crowds' photos."""

    language: str = ""
    """Code of the window's language, such as 'de'; empty = the system's."""
    background: bool = False
    """Closing the window leaves the work going on, with an icon in the tray."""
    background_asked: bool = False
    """Whether the user was asked about that; once is enough."""
    pause_on_battery: bool = True
    """Start no photo while the battery feeds the computer."""
    appearance: str = "system"
    """The window's colours: 'system', 'light' or 'dark'."""
    check_updates: bool = False
    """Ask once a day whether there is a newer version: the one thing that is asked of the net."""
    updates_checked: str = ""
    """When that was asked last, ISO-8601 in UTC."""
    seen_version: str = ""
    """The version whose news the user could read; empty before the first start."""
    cache_megabytes: int = 4096
    """Most that thumbnails may take; a photo's takes about 20 kB, a face's 12."""

    @property
    def worker_count(self) -> int:
        """Analysis threads to start."""
        return self.workers or max(1, (os.cpu_count() or 2) - 1)

    @classmethod
    def load(cls, directory: Path) -> Settings:
        """Read the settings in ``directory``; what is missing or out of range gets its default."""
        try:
            stored = json.loads((directory / SETTINGS_NAME).read_text(encoding="utf-8"))
        except FileNotFoundError:
            stored = {}
        except (OSError, ValueError):
            log.warning("the settings file can't be read; defaults are used")
            stored = {}
        settings = cls()
        for field in fields(cls):
            value = stored.get(field.name) if isinstance(stored, dict) else None
            if _fits(field.name, value, getattr(settings, field.name)):
                setattr(settings, field.name, value)
        return settings

    def save(self, directory: Path) -> None:
        """Write the settings to ``directory``, all or nothing."""
        write_atomically(directory / SETTINGS_NAME, json.dumps(asdict(self), indent=2).encode())


APPEARANCES = ("system", "light", "dark")
_RANGES = {
    "workers": range(0, 65),
    "smallest_face": range(8, 1025),
    "cache_megabytes": range(100, 1_000_001),
    "appearance": APPEARANCES,
}


def allows(name: str, value: Any) -> bool:
    """Whether a setting may have this value."""
    return hasattr(Settings, name) and _fits(name, value, getattr(Settings(), name))


def _fits(name: str, value: Any, default: Any) -> bool:
    if type(value) is not type(default):
        return False
    return name not in _RANGES or value in _RANGES[name]
