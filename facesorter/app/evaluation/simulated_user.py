"""A simulated user who completes all persons, and the number of decisions that takes.

[Note: what a decision is] The user wants every person with `FEWEST_PHOTOS` photos or more to be
complete: all their faces under one name, and no others. Other people are left alone, which costs
nothing. Each of these is one decision:

- naming a group,
- merging a group into a named person ("same person: yes", or by dragging),
- removing a face from the wrong person, or assigning it to the right one,
- assigning an unassigned face, or one in a group not worth naming, to a person,
- splitting a mixed group as `split.cut` proposes; each further part that gets a name, and each face
  in the wrong part, costs one more. Only our program offers this.

Faces are counted one by one even if a window lets the user select many at once. Finding a group or
a face costs nothing, and neither does a correct suggestion, which is shown with its person without
a click. Each group is handled in the cheapest way.

A program that groups only once is scored by `decisions_on` its groups. `complete` plays the same
user against the engine: decisions become constraints, and the refreshes in between add more faces,
or make errors that cost further decisions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from facesorter.cancel import CancelToken
from facesorter.clustering.engine import Engine
from facesorter.clustering.proposal import (
    FIRST_NEW,
    NOBODY,
    Bools,
    Ints,
    Proposal,
    Snapshot,
    rows_of,
)
from facesorter.clustering.split import LEAST_PARTS, MOST_PARTS, cut

FEWEST_PHOTOS = 3
"""Minimum number of photos of a person to complete."""

CARD = 12
"""Suggested faces per card, confirmed together."""

_SHARE = 8
"""Of the faces to assign one by one, the user assigns every eighth, at least one, before letting
the program refresh."""


@dataclass(frozen=True)
class Decisions:
    """The user's decisions by kind ([Note: what a decision is])."""

    named: int = 0
    merged: int = 0
    taken_out: int = 0
    assigned: int = 0
    parted: int = 0
    confirmations: int = 0
    """Cards of faces in question needed to confirm all; optional, so not in the total."""
    refreshes: int = 0

    @property
    def total(self) -> int:
        """The number of all decisions that count."""
        return self.named + self.merged + self.taken_out + self.assigned + self.parted


@dataclass(frozen=True)
class Arrivals:
    """The results for faces added after all persons were named."""

    new: int
    """Faces added."""
    right: int
    """Faces put with the right named person."""
    wrong: int
    """Faces put with a wrong named person."""


def decisions_on(truth: Ints, label: Ints) -> int:
    """Count the decisions that complete all persons, if the groups are never refreshed.

    Args:
        truth: int64[n], who each face is; -1 if unknown, which costs nothing.
        label: int64[n], the group of each face, below 0 for none.
    """
    wanted = wanted_persons(truth)
    total = 0
    order = np.argsort(label, kind="stable")
    for faces in np.split(order, np.flatnonzero(np.diff(label[order])) + 1):
        known = truth[faces][truth[faces] >= 0]
        count = np.bincount(known, minlength=len(wanted)) * wanted
        one_by_one = int(count.sum())
        if len(faces) < 2 or label[faces[0]] < 0:
            total += one_by_one
        else:
            total += min(one_by_one, 1 + len(known) - int(count.max(initial=0)))
    return total


def wanted_persons(truth: Ints) -> Bools:
    """Return who has enough photos to be completed, as bool[persons]."""
    return np.bincount(truth[truth >= 0]) >= FEWEST_PHOTOS


def complete(snapshot: Snapshot, truth: Ints, token: CancelToken | None = None) -> Decisions:
    """Complete all persons in a library without decisions. Blocks for several dozen refreshes.

    Args:
        snapshot: the library.
        truth: int64[n], who each face is; -1 if unknown.
        token: polled within refreshes; raises `Cancelled`.
    """
    return _User(snapshot, truth, token).complete()


def arrivals(
    snapshot: Snapshot, truth: Ints, seed: int = 0, token: CancelToken | None = None
) -> Arrivals:
    """Complete one half of a library's photos, add the other, and count where its faces go."""
    photos = np.unique(snapshot.photo_ids)
    early = np.random.default_rng(seed).random(len(photos)) < 0.5
    there = early[np.searchsorted(photos, snapshot.photo_ids)]
    user = _User(_part(snapshot, there), truth[there], token)
    user.complete()
    now = user.snapshot
    fields = {}
    for name in ("confirmed", "shown"):
        fields[name] = getattr(snapshot, name).copy()
        fields[name][there] = getattr(now, name)
    whole = replace(
        snapshot,
        **fields,
        rejections=now.rejections,
        owned=now.owned,
        thresholds=now.thresholds,
    )
    shown = user.engine.propose(whole, token).person
    of_person = {person: true for true, person in user.home.items()}
    new = np.flatnonzero(~there & (truth >= 0))
    given = [of_person.get(int(shown[face])) for face in new.tolist()]
    right = sum(each == int(truth[face]) for face, each in zip(new.tolist(), given, strict=True))
    return Arrivals(len(new), right, sum(each is not None for each in given) - right)


def _part(snapshot: Snapshot, there: Bools) -> Snapshot:
    fields = ("face_ids", "photo_ids", "quality", "taken", "confirmed", "shown")
    rows = rows_of(snapshot.embeddings).load(np.flatnonzero(there))
    return replace(
        snapshot, embeddings=rows, **{name: getattr(snapshot, name)[there] for name in fields}
    )


class _User:
    """A simulated user and their library; faces are identified by snapshot row."""

    def __init__(self, snapshot: Snapshot, truth: Ints, token: CancelToken | None) -> None:
        self.engine = Engine()
        self.truth = truth
        self.home: dict[int, int] = {}
        """The person id of each wanted person already named."""
        self._token = token
        self._wanted = wanted_persons(truth)
        self._embeddings = rows_of(snapshot.embeddings)
        self._confirmed = snapshot.confirmed.copy()
        self._shown = snapshot.shown.copy()
        self._sure = np.zeros(len(self._shown), bool)
        self._rejected: set[tuple[int, int]] = set()
        self._snapshot = snapshot
        self._thresholds = snapshot.thresholds
        self._next = int(max(self._shown.max(initial=0), self._confirmed.max(initial=0))) + 1
        self._done = Decisions()

    @property
    def snapshot(self) -> Snapshot:
        """Return the library in its current state."""
        ids = self._snapshot.face_ids
        rejections = [(int(ids[face]), person) for face, person in sorted(self._rejected)]
        return replace(
            self._snapshot,
            confirmed=self._confirmed.copy(),
            shown=self._shown.copy(),
            rejections=np.array(rejections, np.int64).reshape(-1, 2),
            owned=np.array(sorted(set(self.home.values())), np.int64),
            thresholds=self._thresholds,
        )

    def complete(self) -> Decisions:
        """Decide and refresh until all persons are complete."""
        size = np.bincount(self.truth[self.truth >= 0])
        persons = np.flatnonzero(self._wanted)
        persons = persons[np.argsort(-size[persons], kind="stable")].tolist()
        before = -1
        while self._done.total != before:
            before = self._done.total
            self._refresh()
            faces_of = _grouped(self.truth)
            for person in persons:
                self._look_at(person, faces_of[person])
        waiting = [
            int(((self._shown == home) & (self._confirmed < 0) & ~self._sure).sum())
            for home in self.home.values()
        ]
        return replace(self._done, confirmations=sum(-(-count // CARD) for count in waiting))

    def _refresh(self) -> None:
        proposal: Proposal = self.engine.propose(self.snapshot, self._token)
        new = proposal.person <= FIRST_NEW
        self._sure = proposal.sure
        self._shown = np.where(new, self._next + FIRST_NEW - proposal.person, proposal.person)
        self._next = max(self._next, int(self._shown.max(initial=0)) + 1)
        self._thresholds = proposal.thresholds
        self._count(refreshes=1)

    def _look_at(self, person: int, faces: Ints) -> None:
        """Correct the faces shown with a person, and take the best next step to complete them."""
        home = self.home.get(person)
        if home is not None:
            self._clear(home, person)
        away = faces if home is None else faces[self._shown[faces] != home]
        if not len(away):
            return
        taken = set(self.home.values())
        groups, count = np.unique(self._shown[away], return_counts=True)
        free = [g for g in groups[np.argsort(-count, kind="stable")].tolist() if g not in taken]
        worth = {group: self._worth(group) for group in free if group != NOBODY}
        for group, owner in worth.items():
            if owner == person:
                self._take_over(group, person)
                return
        # One by one, except faces in a group that another person will take over.
        alone = [
            f for f in away.tolist() if self._shown[f] in free and worth.get(self._shown[f], -1) < 0
        ]
        for face in alone[: max(1, len(alone) // _SHARE)]:
            self._give(face, person)
            self._count(assigned=1)

    def _worth(self, group: int) -> int:
        """Return the person worth naming a group as, or -1 if assigning each face is cheaper."""
        inside = self.truth[(self._shown == group) & (self.truth >= 0)]
        count = np.bincount(inside, minlength=len(self._wanted)) * self._wanted
        owner = int(count.argmax())
        have, strangers = int(count[owner]), len(inside) - int(count.sum())
        return owner if have > 1 and have >= 1 + strangers else -1

    def _clear(self, group: int, person: int) -> None:
        """Remove the faces of all other people from a group."""
        wrong = np.flatnonzero((self._shown == group) & (self.truth >= 0) & (self.truth != person))
        if len(wrong) > FEWEST_PHOTOS:
            wrong = self._apart(group, person, wrong)
        for face in wrong.tolist():
            self._expel(face, group)
            self._count(taken_out=1)

    def _apart(self, group: int, person: int, wrong: Ints) -> Ints:
        """Split a mixed group if that is cheaper; return the faces to remove one by one."""
        faces = np.flatnonzero(self._shown == group)
        rows, photos = self._embeddings.load(faces), self._snapshot.photo_ids[faces]
        cuts = [cut(rows, photos, parts) for parts in range(LEAST_PARTS, MOST_PARTS + 1)]
        judged = [(*self._owners(faces, label, person), label) for label in cuts]
        cost, owners, label = min(judged, key=lambda each: each[0])
        if 1 + cost >= len(wrong):
            return wrong
        self._count(parted=1)
        for part, owner in enumerate(owners):
            inside = faces[label == part]
            if owner == person or owner < 0:
                continue
            if self._wanted[owner]:
                self._count(**{"merged" if owner in self.home else "named": 1})
            for face in inside.tolist():
                true = int(self.truth[face])
                self._count(taken_out=int(true not in (owner, NOBODY)))
                if true not in (person, NOBODY):
                    self._expel(face, group)
        self._count(merged=owners.count(person) - 1)
        left: Ints = wrong[self._shown[wrong] == group]
        return left

    def _owners(self, faces: Ints, label: Ints, person: int) -> tuple[int, list[int]]:
        """Return the number of decisions after a split, and the main person of each part."""
        owners, cost = [], 0
        for part in range(int(label.max()) + 1):
            known = self.truth[faces[label == part]]
            count = np.bincount(known[known >= 0], minlength=1)
            owners.append(int(count.argmax()) if count.any() else -1)
            cost += int(count.sum() - count.max())
            cost += int(owners[-1] >= 0 and bool(self._wanted[owners[-1]]))
        # The part that keeps the name costs nothing; without such a part, the split is useless.
        return (cost - 1 if person in owners else len(faces)), owners

    def _take_over(self, group: int, person: int) -> None:
        """Name a group as a person, or merge it into the person if already named."""
        self._clear(group, person)
        shown = np.flatnonzero(self._shown == group)
        if person not in self.home:
            self.home[person] = group
            self._count(named=1)
        else:
            self._count(merged=1)
        home = self.home[person]
        self._confirm(shown, home)
        theirs = {(face, other) for face, other in self._rejected if other == group}
        if home != group:
            self._rejected -= theirs
            self._rejected |= {(f, home) for f, _ in theirs if self._confirmed[f] != home}

    def _expel(self, face: int, group: int) -> None:
        """Remove a face from a group, assigning it to its person if that one is wanted."""
        true = int(self.truth[face])
        self._confirmed[face] = self._shown[face] = NOBODY
        if self._wanted[true]:
            self._give(face, true)
        self._rejected.add((face, group))

    def _give(self, face: int, person: int) -> None:
        if person not in self.home:
            self.home[person], self._next = self._next, self._next + 1
        self._confirm(np.array([face]), self.home[person])

    def _confirm(self, faces: Ints, home: int) -> None:
        self._confirmed[faces] = self._shown[faces] = home
        self._rejected -= {(face, home) for face in faces.tolist()}

    def _count(self, **more: int) -> None:
        now = {name: getattr(self._done, name) + extra for name, extra in more.items()}
        self._done = replace(self._done, **now)


def _grouped(truth: Ints) -> list[Ints]:
    """The rows of each person."""
    order = np.argsort(truth, kind="stable")
    order = order[truth[order] >= 0]
    persons = int(truth.max(initial=-1)) + 1
    return np.split(order, np.searchsorted(truth[order], np.arange(1, persons)))
