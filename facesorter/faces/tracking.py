"""Track faces through the samples of a video: each appearance yields a few good faces.

A person who is in sight for a minute is found in a hundred samples, and a hundred faces that are
nearly the same would outvote all photos. So faces of neighboring samples are joined to tracks, by
place and look, and each track keeps its best ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from facesorter.faces import calibration

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from facesorter.faces.analyzer import FoundFace

MOST_FACES = 3
"""Faces that an appearance gives."""
APART = 1_500
"""Milliseconds between these: nearer ones are nearly the same picture."""
HELD = 6
"""Faces held of a track while it goes on."""
LOST = 3_000
"""Milliseconds after which a face that was not seen has left: people turn around for a second or
two, and films cut back and forth between those who talk."""
ALIKE = 1e-6
"""Share of strangers who look as alike as the faces of one track at least. In neighboring samples a
face has a cosine of 0.9 to itself, and 0.5 if it turns away; a brother and his sister, in the same
place before and after a cut, have 0.47 where this is 0.53 (tests/benchmarks/video_faces.py). If a
track breaks, a few faces more are kept; one that goes on with somebody else loses a person."""
ONCE = 0.35
"""Quality from which a face that was seen in one sample only counts: false faces and passers-by in
motion blur are seen once and have less than 0.3; people in a shot of a second have more."""
WORSE = 0.5
"""Quality, relative to the best of its track, below which a face adds nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """A face in a sample."""

    face: FoundFace
    """With its moment."""
    crop: NDArray[np.uint8]
    """Its thumbnail."""

    @property
    def at(self) -> int:
        """Milliseconds."""
        return self.face.moment or 0


@dataclass(slots=True, eq=False)
class _Track:
    last: FoundFace
    seen: int = 0
    held: list[Sighting] = field(default_factory=list)

    def add(self, face: FoundFace, crop: Callable[[FoundFace], NDArray[np.uint8]]) -> None:
        self.last = face
        self.seen += 1
        near = next((each for each in self.held if abs(each.at - _at(face)) < APART), None)
        if near is not None and near.face.quality >= face.quality:
            return
        if near is not None:
            self.held.remove(near)
        self.held.append(Sighting(face, crop(face)))
        if len(self.held) > HELD:
            self.held.remove(min(self.held, key=lambda each: each.face.quality))

    def best(self) -> list[Sighting]:
        """Return the faces to keep, in the order of time."""
        ranked = sorted(self.held, key=lambda each: -each.face.quality)
        top = ranked[0].face.quality
        if self.seen == 1 and top < ONCE:
            return []
        good = [each for each in ranked if each.face.quality >= WORSE * top]
        return sorted(good[:MOST_FACES], key=lambda each: each.at)


def _at(face: FoundFace) -> int:
    return face.moment or 0


class Tracker:
    """Joins the faces of samples, which are given in the order of time, to tracks."""

    def __init__(self, pack: str, dimension: int) -> None:
        """Take the model pack, whose similarities are compared."""
        strangers = calibration.of_pack(pack, dimension)
        self._least = strangers.similarity(ALIKE)
        self._tracks: list[_Track] = []

    def add(
        self,
        at: int,
        faces: Sequence[FoundFace],
        crop: Callable[[FoundFace], NDArray[np.uint8]],
    ) -> list[Sighting]:
        """Add a sample; return the best faces of tracks that ended before it.

        Args:
            at: Milliseconds.
            faces: All faces of the frame.
            crop: Makes the thumbnail of one of them.
        """
        ended = [track for track in self._tracks if at - _at(track.last) > LOST]
        self._tracks = [track for track in self._tracks if track not in ended]
        faces = [replace(face, moment=at) for face in faces]
        pairs = [
            (-score, number, place)
            for number, track in enumerate(self._tracks)
            for place, face in enumerate(faces)
            if (score := self._score(track.last, face)) > 0
        ]
        matched: dict[int, int] = {}
        for _, number, place in sorted(pairs):
            if place not in matched and number not in matched.values():
                matched[place] = number
        for place, face in enumerate(faces):
            if place not in matched:
                self._tracks.append(_Track(face))
            self._tracks[matched.get(place, -1)].add(face, crop)
        return [each for track in ended for each in track.best()]

    def end(self) -> list[Sighting]:
        """Return the best faces of all tracks that are left."""
        left, self._tracks = self._tracks, []
        return [each for track in left for each in track.best()]

    def _score(self, one: FoundFace, other: FoundFace) -> float:
        """Return how likely two faces are one, 0 if not at all."""
        alike = float(one.embedding @ other.embedding)
        return alike + one.region.overlap(other.region) if alike >= self._least else 0.0
