"""What identifies a model pack: its files, and what is done with them."""

from __future__ import annotations

from facesorter.files import sha256

RECIPE = 2
"""What is done with the models between a photo and an embedding. Raise it with every change that
makes embeddings other ones: libraries then have their photos analysed again, and nothing mixes."""


def pack_identity(detector_sha256: str, recogniser_sha256: str) -> str:
    """The hash that names a pair of model files and what is done with them."""
    return sha256(f"{detector_sha256}\n{recogniser_sha256}\n{RECIPE}".encode())
