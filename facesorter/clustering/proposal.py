"""Input and output of a refresh: frozen arrays, no database, no Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Ints32 = npt.NDArray[np.int32]
Ints16 = npt.NDArray[np.int16]
Hashes = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

NOBODY = -1
"""Person id of an unassigned face."""
FIRST_NEW = -2
"""New unnamed groups are numbered -2, -3, … in a proposal; the library gives them ids."""


@dataclass(frozen=True)
class Thresholds:
    """The cosines a grouping was made with; stored with it, so that it can be made again.

    They rise as a library grows and never fall by themselves.
    """

    ceiling: float
    """Pairs below it are never linked."""
    floor: float
    """Faces linked at or above it are never split by the machine."""
    join: float
    """A face whose best link to a group of three or more is below this is not a member."""
    attach: float
    """Two faces alone are a group from this similarity on."""
    n: int
    """Number of faces they were found with."""


class Rows(Protocol):
    """Embeddings loaded on demand: only those of faces not seen before."""

    @property
    def dimension(self) -> int:
        """Length of an embedding."""

    def prints(self) -> Hashes:
        """uint64[n], a cheap fingerprint that changes when the embedding does."""

    def load(self, at: Ints) -> Singles:
        """float32[len(at), d], unit length: the embeddings at these rows of the snapshot."""


class Loaded:
    """Embeddings that are in memory already."""

    def __init__(self, embeddings: Singles) -> None:
        self._embeddings = embeddings

    @property
    def dimension(self) -> int:
        """Length of an embedding."""
        return int(self._embeddings.shape[1])

    def prints(self) -> Hashes:
        """Fingerprints of the first four coordinates."""
        first = np.zeros((len(self._embeddings), 4), np.float32)
        first[:, : self.dimension] = self._embeddings[:, :4]
        bits = first.view(np.uint64)
        mixed: Hashes = bits[:, 0] * np.uint64(0x9E3779B97F4A7C15) + bits[:, 1]
        return mixed

    def load(self, at: Ints) -> Singles:
        """Some of the embeddings."""
        return self._embeddings[at]


@dataclass(frozen=True)
class Snapshot:
    """The library as a refresh sees it. Ignored faces are not in it.

    ``n`` faces, embeddings of ``d`` dimensions, all arrays in the order of ``face_ids``.
    """

    face_ids: Ints
    """int64[n], ascending, unique."""
    embeddings: Singles | Rows
    """float32[n, d], unit length, or a way to read them."""
    photo_ids: Ints
    """int64[n], the photo that each face is in."""
    quality: Singles
    """float32[n], 0 (useless) to 1."""
    taken: Floats
    """float64[n], days since 1970-01-01 of the photo, NaN where unknown."""
    confirmed: Ints
    """int64[n], the person that the user confirmed the face as, or -1."""
    shown: Ints
    """int64[n], the person the face is shown with now, suggested or confirmed, or -1."""
    rejections: Ints
    """int64[m, 2], pairs of face id and person id: "not this person"."""
    owned: Ints
    """int64[k], persons that belong to the user: named, or with a confirmed face."""
    thresholds: Thresholds | None = None
    """Those of the last refresh; None finds new ones."""
    births: Ints = field(default_factory=lambda: np.zeros((0, 2), np.int64))
    """int64[b, 2], pairs of person id and day of birth (days since 1970-01-01): a face dated
    before that is not this person, unless the user confirmed it."""
    alike: Ints = field(default_factory=lambda: np.zeros((0, 2), np.int64))
    """int64[r, 2], pairs of persons who look alike (twins, siblings), each pair once: a face is
    given to one of them only if it is clearly nearer to that one."""
    repeating: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    """int64[p], photos of which the user said that they show somebody more than once."""
    unsure: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    """int64[u], ids of faces about which the user said "not sure": the machine isn't, either."""
    counterparts: Ints = field(default_factory=lambda: np.zeros((0, 2), np.int64))
    """int64[t, 2], pairs of face id and a number that faces share which are the same one, in
    several files of a picture; by face id, each once."""


@dataclass(frozen=True)
class Question:
    """Two persons or groups that might be the same; for the user to decide, never done silently."""

    kind: str
    """``"same_person"``."""
    a: int
    """Person id, or the negative number of a new group in the proposal it comes with."""
    b: int
    similarity: float
    """Mean cosine over all pairs of faces between the two."""


@dataclass(frozen=True)
class Proposal:
    """Who each face is with, as far as the machine can say. Confirmed faces are as confirmed."""

    face_ids: Ints
    """int64[n], as in the snapshot."""
    person: Ints
    """int64[n]: an existing person's id (>= 0), -1 for nobody, or <= -2 for a new unnamed group
    (faces with the same number are one group)."""
    similarity: Singles
    """float32[n]: membership confidence, see `confidence`; 0 for unassigned faces."""
    sure: Bools
    """bool[n]: suggested faces that need no confirmation, see `verification`."""
    thresholds: Thresholds
    questions: tuple[Question, ...] = ()
    """Likeliest first."""


def rows_of(embeddings: Singles | Rows) -> Rows:
    """Wrap an array of embeddings; pass anything else through."""
    return Loaded(embeddings) if isinstance(embeddings, np.ndarray) else embeddings
