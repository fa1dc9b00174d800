"""Options for copies of photos, apart from their implementation so that front ends start fast."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

QUALITY = 90
"""JPEG quality of copies unless the user chooses another: no difference is seen on a screen."""


class CopyFormat(StrEnum):
    """Formats of copies."""

    ORIGINAL = "original"
    """The file as it is, byte for byte."""
    JPEG = "jpeg"
    PNG = "png"


SUFFIXES = {CopyFormat.JPEG: ".jpg", CopyFormat.PNG: ".png"}


@dataclass(frozen=True, slots=True)
class CopyOptions:
    """How a copy is made."""

    format: CopyFormat = CopyFormat.ORIGINAL
    long_side: int | None = None
    """Longest side in pixels; None keeps the size. Copies are never enlarged."""
    quality: int = QUALITY
    """JPEG quality, 1 to 100."""
    location: bool = True
    """Whether GPS data is kept."""
    names: bool = False
    """Whether the names of people are written into the copy, with where their faces are."""
