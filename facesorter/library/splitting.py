"""Detection of groups of more than one person, and proposals for splitting them.

`corrections.split_person` does the splitting.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from facesorter.cancel import CancelToken
from facesorter.domain import FaceId, PersonId
from facesorter.library.transaction import Transaction
from facesorter.storage import embeddings, faces, grouping_rows, mixed, pending, persons
from facesorter.storage.mixed import MixedLook

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEAST_OF_SECOND = 3
"""Minimum faces of a second person for a group to be worth checking."""
MIXED = 0.38
"""Mean cosine between the two least alike parts of a group below which it looks mixed. Of 49 people
of a labeled set with 8 faces or more, the lowest is 0.46; of the 200 most similar pairs of people
put together, the highest is 0.34 (tests/benchmarks/mixed_groups.py)."""
GROWN = 0.1
"""Relative change in a person's number of faces that triggers another check."""
BUDGET, BUDGET_BUSY = 5.0, 0.5
"""Seconds per round of checks, and while photos are pending. A check takes 3 to 10 ms."""


def find_mixed(connection: sqlite3.Connection, token: CancelToken | None = None) -> list[MixedLook]:
    """Check changed persons for faces of another person, the largest ones first.

    Thread: any but the window's; up to `BUDGET` seconds.

    Raises:
        Cancelled: ``token`` was cancelled.
    """
    import numpy as np

    from facesorter.clustering.split import least_alike, looks_like_two

    known = {seen.person_id: seen.faces for seen in mixed.every(connection)}
    end = time.monotonic() + (BUDGET_BUSY if pending.any_left(connection) else BUDGET)
    found = []
    for size in sorted(persons.sizes(connection), key=lambda each: -each.faces):
        before = known.get(size.id, 0)
        if token is not None:
            token.check()
        if size.faces < 2 * LEAST_OF_SECOND or time.monotonic() > end:
            break
        if size.hidden or abs(size.faces - before) < max(1, GROWN * before):
            continue
        ids = faces.ids(connection, person_id=size.id)
        having, matrix = _comparable(connection, ids)
        if not having:
            continue
        likeness, part = least_alike(matrix, LEAST_OF_SECOND)
        mixed_up = likeness < MIXED or looks_like_two(matrix, part, likeness)
        other = [having[row] for row in np.flatnonzero(part)] if mixed_up else []
        found.append(MixedLook(size.id, size.faces, round(likeness, 4), tuple(sorted(other))))
    return found


def record(txn: Transaction, looks: Sequence[MixedLook]) -> None:
    """Save the results of checks. Thread: writer."""
    before = {seen.person_id: seen for seen in mixed.every(txn.connection)}
    mixed.put(txn.connection, looks)
    both = [(seen, before.get(seen.person_id)) for seen in looks]
    txn.touch(persons=[now.person_id for now, old in both if now.part or (old and old.part)])


def _comparable(
    connection: sqlite3.Connection, ids: Sequence[FaceId]
) -> tuple[list[FaceId], NDArray[np.float32]]:
    """Return the comparable faces and their embeddings, float32[n, d]."""
    import numpy as np

    known = embeddings.several(connection, ids)
    # Embeddings of different recognizers can't be compared; most are from the one in use.
    sizes = [len(vector) for vector in known.values()]
    common = max(set(sizes), key=sizes.count, default=0)
    having = [each for each in ids if each in known and len(known[each]) == common]
    matrix = np.stack([known[each] for each in having]) if having else np.zeros((0, 0), np.float32)
    return having, matrix


def propose(connection: sqlite3.Connection, person_id: PersonId, parts: int) -> list[list[FaceId]]:
    """Propose a split of a person's faces into ``parts`` people, largest first.

    Each part begins with its most typical faces, so that strays are at the end. Faces without an
    embedding (drawn ones still pending) are at the end of the first part. Thread: any but the
    window's; up to several seconds.

    Raises:
        ValueError: ``parts`` is out of `clustering.split`'s range.
    """
    import numpy as np

    from facesorter.clustering.split import cut

    ids = faces.ids(connection, person_id=person_id)
    having, matrix = _comparable(connection, ids)
    there = set(having)
    rest = [each for each in ids if each not in there]
    if not having:
        return [rest] if rest else []
    frame_of = grouping_rows.frames(connection, having)
    frames = np.array([frame_of[each] for each in having], np.int64)
    label = cut(matrix, frames, parts)
    found: list[list[FaceId]] = []
    for number in range(int(label.max()) + 1):
        rows = np.flatnonzero(label == number)
        likeness = matrix[rows] @ matrix[rows].mean(axis=0)
        found.append([having[row] for row in rows[np.argsort(-likeness, kind="stable")]])
    found[0] += rest
    return found
