"""Re-embedding of known faces with another model pack, by analyzing the whole photo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from facesorter.cancel import CancelToken
from facesorter.domain import Region, match_regions
from facesorter.faces.analyzer import ANALYSIS_SIDE, FaceAnalyzer, FoundFace
from facesorter.files import content_hash
from facesorter.images import decode


@dataclass(frozen=True, slots=True, eq=False)
class LookedAgain:
    """Known faces of a photo as described by a pack."""

    faces: tuple[FoundFace, ...]
    """One per known face, in the same order."""
    missed: tuple[int, ...]
    """Indices of faces that the pack does not detect; described as if drawn."""
    extra: int
    """Number of detected faces that were not known."""


def look_at(
    path: Path,
    digest: str,
    regions: Sequence[Region],
    analyzer: FaceAnalyzer,
    token: CancelToken | None = None,
) -> LookedAgain | None:
    """Analyze a photo file whose faces are known. Thread: any; blocks.

    Args:
        path: The file; read and never written.
        digest: The `content_hash` of the file that the faces were detected in.
        regions: Regions of the known faces, as fractions of the upright photo.
        analyzer: The other pack.
        token: Polled between the steps.

    Returns:
        The known faces, or None if the file's content has changed.

    Raises:
        UnreadablePhoto: The file can't be decoded.
        OSError: The file can't be read.
        Cancelled: By the token.
    """
    if content_hash(path) != digest:
        return None
    picture = decode.load_upright(
        decode.read_bytes(path), long_side=ANALYSIS_SIDE, exact_colours=False
    )
    if token is not None:
        token.check()
    found = analyzer.analyse(picture.pixels, token)
    # Keyed by the known face, hence the swapped arguments.
    matched = match_regions([face.region for face in found], regions)
    missed = tuple(at for at in range(len(regions)) if at not in matched)
    described = analyzer.analyse_regions(picture.pixels, [regions[at] for at in missed])
    drawn = dict(zip(missed, described, strict=True))
    faces = [found[matched[at]] if at in matched else drawn[at] for at in range(len(regions))]
    return LookedAgain(tuple(faces), missed, len(found) - len(matched))
