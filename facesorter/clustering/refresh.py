"""From a snapshot of the library to a proposal, remembering nothing. See `engine`."""

from __future__ import annotations

from facesorter.cancel import CancelToken
from facesorter.clustering.engine import Engine
from facesorter.clustering.proposal import (
    FIRST_NEW,
    NOBODY,
    Proposal,
    Question,
    Snapshot,
    Thresholds,
)

__all__ = [
    "FIRST_NEW",
    "NOBODY",
    "Engine",
    "Proposal",
    "Question",
    "Snapshot",
    "Thresholds",
    "propose",
]


def propose(snapshot: Snapshot, token: CancelToken | None = None) -> Proposal:
    """Group the faces of a library from nothing; the same as `Engine.propose` gives.

    Raises:
        Cancelled: the token was cancelled.
    """
    return Engine().propose(snapshot, token)
