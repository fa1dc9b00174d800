"""What the main window's pages have in common."""

from __future__ import annotations

from typing import Final

ZOOM_STEP: Final = 1.25
"""Factor for one notch of the wheel or one press of a zoom key."""
