"""Identity of a model pack: its files and how they are used."""

from __future__ import annotations

from facesorter.files import sha256

RECIPE = 2
"""Version of the processing from photo to embedding. Raise it with every change that affects
embeddings: libraries then re-analyze their photos, and old and new embeddings never mix."""


def pack_identity(detector_sha256: str, recogniser_sha256: str) -> str:
    """Hash the identity of a pair of model files and `RECIPE`."""
    return sha256(f"{detector_sha256}\n{recogniser_sha256}\n{RECIPE}".encode())
