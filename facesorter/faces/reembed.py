"""Re-embedding of known faces with another model pack, by analyzing the whole photo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facesorter.cancel import CancelToken
from facesorter.domain import Region, match_regions
from facesorter.errors import UnreadablePhoto
from facesorter.faces.analyzer import ANALYSIS_SIDE, FaceAnalyzer, FoundFace
from facesorter.files import content_hash
from facesorter.images import decode, decoders, videos
from facesorter.images.formats import is_video
from facesorter.images.video_frames import SLACK, UNREADABLE, Sample


@dataclass(frozen=True, slots=True, eq=False)
class Reembedded:
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
    moments: Sequence[int | None] = (),
) -> Reembedded | None:
    """Analyze a photo file whose faces are known. Thread: any; blocks.

    Args:
        path: The file; read and never written.
        digest: The `content_hash` of the file that the faces were detected in.
        regions: Regions of the known faces, as fractions of the upright photo.
        analyzer: The other pack.
        token: Polled between the steps.
        moments: When each of them is in a video, as `Face.moment`; empty for a photo.

    Returns:
        The known faces, or None if the file's content has changed.

    Raises:
        UnreadablePhoto: The file can't be decoded.
        OSError: The file can't be read.
        Cancelled: By the token.
    """
    if content_hash(path) != digest:
        return None
    if is_video(path.name):
        return decoders.persist(lambda: _look_at_video(path, regions, moments, analyzer, token))
    picture = decode.load_upright(
        decode.read_bytes(path), long_side=ANALYSIS_SIDE, exact_colours=False
    )
    if token is not None:
        token.check()
    return _look(picture.pixels, regions, analyzer, token)


def _look_at_video(
    path: Path,
    regions: Sequence[Region],
    moments: Sequence[int | None],
    analyzer: FaceAnalyzer,
    token: CancelToken | None,
) -> Reembedded:
    """Look at the frames in which there are known faces."""
    left = sorted(range(len(regions)), key=lambda at: moments[at] or 0)
    described: dict[int, FoundFace] = {}
    missed: list[int] = []
    extra = 0
    wanted = [moments[at] or 0 for at in left]
    with videos.samples(path, videos.read_header(path), wanted) as parts:
        for part in parts:
            if not isinstance(part, Sample) or not part.wanted:
                continue
            here = [at for at in left if (moments[at] or 0) <= part.at + SLACK]
            left = left[len(here) :]
            seen = _look(part.pixels, [regions[at] for at in here], analyzer, token)
            described.update(zip(here, seen.faces, strict=True))
            missed += [here[at] for at in seen.missed]
            extra += seen.extra
            if not left:
                break
    if left:
        raise UnreadablePhoto(UNREADABLE)
    faces = [described[at] for at in range(len(regions))]
    return Reembedded(tuple(faces), tuple(sorted(missed)), extra)


def _look(
    pixels: NDArray[np.uint8],
    regions: Sequence[Region],
    analyzer: FaceAnalyzer,
    token: CancelToken | None,
) -> Reembedded:
    found = analyzer.analyse(pixels, token)
    # Keyed by the known face, hence the swapped arguments.
    matched = match_regions([face.region for face in found], regions)
    missed = tuple(at for at in range(len(regions)) if at not in matched)
    described = analyzer.analyse_regions(pixels, [regions[at] for at in missed])
    drawn = dict(zip(missed, described, strict=True))
    faces = [found[matched[at]] if at in matched else drawn[at] for at in range(len(regions))]
    return Reembedded(tuple(faces), missed, len(found) - len(matched))
