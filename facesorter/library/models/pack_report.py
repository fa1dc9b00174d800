"""Report what switching to the tested model pack would change.

Groups the tested pack's embeddings under the user's decisions and compares the result with the
current groups; rates both packs by the faces that the user confirmed. Writes nothing.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from facesorter.cancel import CancelToken
from facesorter.domain import FaceId, PersonId
from facesorter.errors import Remedy, UserError
from facesorter.library import grouping
from facesorter.library.models.trial import NO_TEST, Trial, current
from facesorter.storage import embeddings, library_settings, persons, trials
from facesorter.storage.database import consistent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from facesorter.clustering.proposal import Snapshot

FARS = (1e-2, 1e-3)
"""Shares of strangers accepted at which packs are compared: a library has hundreds of confirmed
faces and so some ten thousand pairs of strangers, too few to speak of rarer ones."""
LEAST_PAIRS = 10
"""Fewest false matches at a rate for it to be meaningful."""
LEAST_TOGETHER = 2
"""Fewest faces that move together for them to count as a part rather than strays."""
ROWS = 256
"""Faces compared with all others at a time, to bound memory."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How well one pack distinguishes the user's own people."""

    name: str
    dimension: int
    same_pairs: int
    """Pairs of faces that the user confirmed as one person."""
    other_pairs: int
    """Pairs of faces that the user confirmed as different persons."""
    recognised: tuple[tuple[float, float | None], ...]
    """For each share of strangers accepted (`FARS`), the share of same pairs that is recognised;
    None where there are too few pairs to tell."""


@dataclass(frozen=True, slots=True)
class Move:
    """A face that would move to another person."""

    face_id: FaceId
    before: PersonId | None
    after: PersonId | None
    """None for unassigned; negative for a group that doesn't exist yet."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A person and where their faces come from or go."""

    person_id: PersonId
    """Negative for a group that doesn't exist yet."""
    name: str | None
    faces: tuple[tuple[PersonId, int], ...]
    """The other persons or groups and the number of faces shared with each, most first."""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A confirmed face that the tested pack finds more similar to another person."""

    face_id: FaceId
    person_id: PersonId
    likeness: float
    rival_id: PersonId
    rival_likeness: float


@dataclass(frozen=True, slots=True)
class PackReport:
    """Where two packs agree and disagree on a library."""

    trial: Trial
    used: Figures
    tried: Figures
    faces: int
    """Faces compared: all that both packs described."""
    moves: tuple[Move, ...]
    splits: tuple[Parts, ...]
    """Current persons whose faces would be split among several."""
    joins: tuple[Parts, ...]
    """Persons or groups that would combine the faces of several current persons."""
    doubtful: tuple[Doubtful, ...]
    names: dict[PersonId, str]
    """Of all persons who have one."""


def make(connection: sqlite3.Connection, token: CancelToken | None = None) -> PackReport:
    """Compare the tested pack with the one in use. Thread: any but the window's; takes seconds.

    Raises:
        UserError: no pack is being tested, or it has not analyzed any face yet.
        Cancelled: the token was cancelled.
    """
    from facesorter.clustering.engine import Engine

    with consistent(connection):
        trial = current(connection)
        taken = grouping.snapshot(connection, full=True)
        used = library_settings.get(connection, grouping.MODEL_KEY)
        if trial is None:
            raise UserError(NO_TEST)
        name = str(embeddings.by_id(connection, used)["name"])
        both = None if taken is None else _with_trial(connection, taken, trial)
        names = {p: persons.name_of(connection, p) for p in persons.every_id(connection)}
    if both is None:
        raise UserError(
            "The model pack {name} hasn’t analyzed any faces yet.",
            name=trial.name,
            remedy=Remedy.TEST,
        )
    first, second = both
    proposal = Engine().propose(second, token)
    after = proposal.person
    before = first.shown
    return PackReport(
        trial,
        figures(name, first),
        figures(trial.name, second),
        len(before),
        tuple(
            Move(FaceId(face), _person(old), _person(new))
            for face, old, new in zip(
                first.face_ids.tolist(), before.tolist(), after.tolist(), strict=True
            )
            if old != new
        ),
        _parts(before, after, names),
        _parts(after, before, names),
        _doubtful(second),
        {person: name for person, name in names.items() if name},
    )


def _with_trial(
    connection: sqlite3.Connection, taken: Snapshot, trial: Trial
) -> tuple[Snapshot, Snapshot] | None:
    """Return the faces that both packs analyzed, as each sees them."""
    import numpy as np

    known = trials.several(connection, taken.face_ids.tolist())
    at = np.flatnonzero([face in known for face in taken.face_ids.tolist()])
    if not len(at):
        return None
    assert isinstance(taken.embeddings, np.ndarray)
    first = replace(
        taken,
        face_ids=taken.face_ids[at],
        embeddings=taken.embeddings[at],
        photo_ids=taken.photo_ids[at],
        quality=taken.quality[at],
        taken=taken.taken[at],
        confirmed=taken.confirmed[at],
        shown=taken.shown[at],
    )
    rows = [known[face] for face in first.face_ids.tolist()]
    second = replace(
        first,
        embeddings=np.stack([vector for vector, _ in rows]),
        quality=np.array([quality for _, quality in rows], np.float32),
    )
    return first, second


def figures(name: str, faces: Snapshot) -> Figures:
    """Rate a pack by the faces that the user confirmed."""
    import numpy as np

    from facesorter.faces import verification

    assert isinstance(faces.embeddings, np.ndarray)
    sure = faces.confirmed >= 0
    pairs = verification.compare(faces.embeddings[sure], faces.confirmed[sure])
    others = int(pairs.other.sum())
    return Figures(
        name,
        int(faces.embeddings.shape[1]),
        int(pairs.same.sum()),
        others,
        tuple(
            (far, pairs.true_accepts(far) if others * far >= LEAST_PAIRS else None) for far in FARS
        ),
    )


def _parts(
    ours: NDArray[np.int64], theirs: NDArray[np.int64], names: dict[PersonId, str | None]
) -> tuple[Parts, ...]:
    """Return groups of the first grouping whose faces are in several groups of the second."""
    shared: dict[PersonId, Counter[PersonId]] = defaultdict(Counter)
    for one, other in zip(ours.tolist(), theirs.tolist(), strict=True):
        if one != -1 and other != -1:
            shared[PersonId(one)][PersonId(other)] += 1
    found = []
    for one, counts in shared.items():
        large = [(other, n) for other, n in counts.most_common() if n >= LEAST_TOGETHER]
        if len(large) > 1:
            found.append(Parts(one, names.get(one), tuple(large)))
    return tuple(sorted(found, key=lambda parts: -sum(n for _, n in parts.faces[1:])))


def _doubtful(faces: Snapshot) -> tuple[Doubtful, ...]:
    """Return confirmed faces more similar to another person's confirmed faces than their own."""
    import numpy as np

    assert isinstance(faces.embeddings, np.ndarray)
    sure = np.flatnonzero(faces.confirmed >= 0)
    sure = sure[np.argsort(faces.confirmed[sure], kind="stable")]
    vectors, owner = faces.embeddings[sure], faces.confirmed[sure]
    people, first = np.unique(owner, return_index=True)
    if len(people) < 2:
        return ()
    found = []
    for start in range(0, len(sure), ROWS):
        rows = np.arange(start, min(start + ROWS, len(sure)))
        cosines = vectors[rows] @ vectors.T
        cosines[np.arange(len(rows)), rows] = -1  # a face doesn't vouch for itself
        likeness = np.maximum.reduceat(cosines, first, axis=1)
        own = np.searchsorted(people, owner[rows])
        mine = likeness[np.arange(len(rows)), own]
        likeness[np.arange(len(rows)), own] = -1
        best = likeness.argmax(1)
        rival = likeness[np.arange(len(rows)), best]
        # A person's only confirmed face has no others to compare it with.
        for i in np.flatnonzero((rival > mine) & (mine > -1)):
            place = sure[rows[i]]
            found.append(
                Doubtful(
                    FaceId(int(faces.face_ids[place])),
                    PersonId(int(faces.confirmed[place])),
                    round(float(mine[i]), 4),
                    PersonId(int(people[best[i]])),
                    round(float(rival[i]), 4),
                )
            )
    return tuple(sorted(found, key=lambda d: d.likeness - d.rival_likeness))


def _person(number: int) -> PersonId | None:
    return None if number == -1 else PersonId(number)
