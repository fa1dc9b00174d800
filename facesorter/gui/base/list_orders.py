"""Which lists of photos begin with the oldest: the user's last choice for each, remembered."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSettings

MOST_KEPT: Final = 1000
"""Lists that are kept for the next start; those of deleted albums are among them."""
NAME: Final = "photos/oldest-first"


class ListOrders:
    """Choices about all lists of photos by date but folders, by key of the sidebar. Thread: GUI."""

    def __init__(self, settings: QSettings | None) -> None:
        self._settings = settings
        kept = str(settings.value(NAME, "")) if settings is not None else ""
        # Ordered: those chosen long ago are the first to be forgotten.
        self._oldest = dict.fromkeys(kept.split("\n") if kept else ())

    def is_oldest_first(self, key: str) -> bool:
        """Return whether a list begins with the oldest photo, not with the newest."""
        return key in self._oldest

    def set_oldest_first(self, key: str, oldest: bool) -> None:
        """Set what a list begins with."""
        self._oldest.pop(key, None)
        if oldest:
            self._oldest[key] = None
        if self._settings is not None:
            self._settings.setValue(NAME, "\n".join(list(self._oldest)[-MOST_KEPT:]))
