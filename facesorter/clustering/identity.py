"""Assign ids to new groups: a person id stays where its faces are.

A group with confirmed faces is their person. Others keep the id of the person that most of their
faces are shown with now; each id is given once. The user's persons come first, and a face rejected
from a person never gets that id.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from facesorter.clustering.compiled import compiled
from facesorter.clustering.constraints import Constraints
from facesorter.clustering.kernels import members_of, numbered, sizes
from facesorter.clustering.neighbours import grown
from facesorter.clustering.proposal import FIRST_NEW, NOBODY, Bools, Floats, Ints

_ROUNDS = 8
"""Naming can change what is shown, which names can depend on; it settles after one or two."""


def resolve(label: Ints, constraints: Constraints, shown: Ints, owned: frozenset[int]) -> Ints:
    """Name the groups.

    Args:
        label: int64[n], group of each face from 0 on, -1 for none; at most one confirmed person in
            each.
        constraints: decisions and dates.
        shown: int64[n], person shown now, or -1.
        owned: persons that belong to the user.

    Returns:
        int64[n]: person id, `NOBODY`, or `FIRST_NEW` and below for new groups, numbered in the
        order of their first faces.
    """
    refused = (person for persons in constraints.rejected.values() for person in persons)
    # New ids are higher than all existing ones, so they lose ties of overlap. Nor may one be that
    # of somebody who has no face here, but a day of birth.
    first_new = max(
        len(constraints.born),
        1 + int(shown.max(initial=0)),
        1 + int(constraints.person.max(initial=0)),
        1 + max(refused, default=0),
        1 + max(owned, default=0),
    )
    now = shown
    for _ in range(_ROUNDS):
        naming = _Naming(label, constraints, now, owned)
        person = naming.run(first_new)
        # Unless a group was split, each is shown under one name now and would get it again.
        if not naming.split_any or np.array_equal(person, now):
            break
        now = person
    return in_order_of_faces(person, first_new)


def in_order_of_faces(person: Ints, first_new: int) -> Ints:
    """Number new groups, which have ids from ``first_new`` on, in the order of their faces."""
    new = person >= first_new
    order = numbered(np.where(new, person - first_new, -1))
    return np.where(new, FIRST_NEW - order, person)


class _Groups(NamedTuple):
    """What naming knows of each group; there is room for those that groups are split into."""

    size: Ints
    name: Ints
    """The person it is, `NOBODY` as long as that is open."""
    careful: Bools
    """Whether decisions touch it: it holds a confirmed or a rejected face, or was split off."""
    earliest: Floats
    """Day of the earliest unconfirmed face, infinity where nobody's birth is known."""


class _Persons(NamedTuple):
    """What naming knows of each person."""

    named: Bools
    """Whether a group is this person already."""
    owner: Bools
    """Whether it belongs to the user."""
    born: Floats


class _Naming:
    """One round: every group gets a name, the clearest first."""

    def __init__(
        self, label: Ints, constraints: Constraints, shown: Ints, owned: frozenset[int]
    ) -> None:
        confirmed, rejected = constraints.person, constraints.rejected
        self._label, self._part = label, label.copy()
        self._confirmed, self._shown, self._rejected = confirmed, shown, rejected
        self._parts = self._count = int(label.max(initial=-1)) + 1
        self._start_members: tuple[Ints, Ints] | None = None
        self._split: list[Ints] = []
        self._day = np.where(confirmed >= 0, np.inf, constraints.day)
        self._groups = self._make_groups(constraints)
        end = 1 + max(int(shown.max(initial=0)), int(confirmed.max(initial=0)))
        end = max(end, 1 + max(owned, default=0), len(constraints.born))
        self._persons = _Persons(
            np.zeros(end, bool), np.zeros(end, bool), grown(constraints.born.copy(), end, -np.inf)
        )
        self._persons.named[confirmed[confirmed >= 0]] = True
        self._persons.owner[list(owned)] = True
        self._counted = np.zeros(len(label), bool), np.zeros(len(label), bool)
        _find_counted(shown, confirmed, self._day, self._persons, *self._counted)
        not_they = [face for face, persons in rejected.items() if int(shown[face]) in persons]
        for counted in self._counted:
            counted[not_they] = False

    def _make_groups(self, constraints: Constraints) -> _Groups:
        label, confirmed = self._label, constraints.person
        # Groups are hardly ever split into more than this.
        room = self._parts + 64
        groups = _Groups(
            np.zeros(room, np.int64),
            np.full(room, NOBODY),
            np.zeros(room, bool),
            np.full(room, np.inf),
        )
        groups.size[: self._parts] = sizes(label, self._parts)
        held = np.flatnonzero((confirmed >= 0) & (label >= 0))
        groups.name[label[held]] = confirmed[held]
        groups.careful[label[held]] = True
        groups.careful[[at for at in label[list(constraints.rejected)].tolist() if at >= 0]] = True
        if np.isfinite(constraints.born).any():
            np.minimum.at(groups.earliest, label[label >= 0], self._day[label >= 0])
        return groups

    @property
    def split_any(self) -> bool:
        """Whether a group was split between several names."""
        return self._count > self._parts

    def run(self, first_new: int) -> Ints:
        """int64[n], the person of each face; groups without an old one get ids from here on."""
        for counted in self._counted:
            again = bool(counted.any())
            while again:
                again = self._give_all(*self._overlaps(counted))
        fresh = max(first_new, int(self._shown.max(initial=0)) + 1)
        person = np.empty(len(self._part), np.int64)
        _spread(self._part, self._groups, fresh, person)
        decided = self._confirmed >= 0
        person[decided] = self._confirmed[decided]
        return person

    def _faces(self, group: int) -> Ints:
        """The faces of a group as it is now, in order."""
        if group < self._parts:
            if self._start_members is None:
                self._start_members = members_of(self._label, self._parts)
            start, members = self._start_members
            faces = members[start[group] : start[group + 1]]
            still: Ints = faces[self._part[faces] == group]
            return still
        return self._split[group - self._parts]

    def _overlaps(self, counted: Bools) -> tuple[Ints, Ints]:
        """Groups and the persons shown in them, largest overlap first, then the older person."""
        width = int(self._shown.max(initial=0)) + 1
        faces = np.flatnonzero(counted & (self._part >= 0))
        key, count = np.unique(self._part[faces] * width + self._shown[faces], return_counts=True)
        group, old = np.divmod(key, width)
        first = np.lexsort((group, old, -count))
        return group[first], old[first]

    def _give_all(self, group: Ints, old: Ints) -> bool:
        """Give ids in this order; return whether a group was split, so that overlaps changed."""
        at = 0
        while True:
            at = _give(group, old, at, self._groups, self._persons)
            if at == len(group):
                return False
            if self._give(int(group[at]), int(old[at])):
                return True
            at += 1

    def _give(self, group: int, old: int) -> bool:
        """Let a group that decisions touch have an id if it may; return whether it was split."""
        mine = self._faces(group)
        wrong = np.array([old in self._rejected.get(f, ()) for f in mine.tolist()], bool)
        wrong |= self._day[mine] < self._persons.born[old]
        if self._groups.name[group] != NOBODY:
            # Two persons of the user never become one: each keeps the faces shown as it.
            own = (self._shown[mine] == old) & (self._confirmed[mine] < 0) & ~wrong
            rest = (~own).sum()
            enough = rest >= 2 or (rest and (self._confirmed[mine] >= 0).any())
            if not self._persons.owner[old] or own.sum() < 2 or not enough:
                return False
            self._groups.name[self._split_off(group, mine, own)] = old
            self._persons.named[old] = True
            return True
        if (~wrong).sum() < 2:
            return False
        self._groups.name[group] = old
        self._persons.named[old] = True
        if wrong.any():
            self._split_off(group, mine, wrong)
        return bool(wrong.any())

    def _split_off(self, group: int, mine: Ints, which: Bools) -> int:
        new = self._count
        self._count += 1
        if new == len(self._groups.size):
            size, name, careful, earliest = self._groups
            self._groups = _Groups(
                grown(size, new + 1, 0),
                grown(name, new + 1, NOBODY),
                grown(careful, new + 1, 0),
                grown(earliest, new + 1, np.inf),
            )
        self._part[mine[which]] = new
        if group >= self._parts:
            self._split[group - self._parts] = mine[~which]
        self._split.append(mine[which])
        self._groups.size[group] -= which.sum()
        self._groups.size[new] = which.sum()
        self._groups.careful[new] = True
        return new


@compiled
def _find_counted(
    shown: Ints, confirmed: Ints, day: Floats, persons: _Persons, theirs: Bools, others: Bools
) -> None:
    """Find the faces that speak for the name they are shown with: the user's persons, others."""
    for face in range(len(shown)):
        who = shown[face]
        if who < 0 or confirmed[face] >= 0 or persons.named[who] or day[face] < persons.born[who]:
            continue
        theirs[face] = persons.owner[who]
        others[face] = not persons.owner[who]


@compiled
def _give(group: Ints, old: Ints, at: int, groups: _Groups, persons: _Persons) -> int:
    """Give ids to groups that no decision touches; stop at the first that one does."""
    while at < len(group):
        here, who = group[at], old[at]
        if not persons.named[who]:
            if groups.name[here] != NOBODY:
                # Another person of the user may not lose what is shown as them: look closer.
                if persons.owner[who]:
                    return at
            elif groups.careful[here] or groups.earliest[here] < persons.born[who]:
                return at
            elif groups.size[here] >= 2:
                groups.name[here] = who
                persons.named[who] = True
        at += 1
    return at


@compiled
def _spread(part: Ints, groups: _Groups, fresh: int, person: Ints) -> None:
    """Write the person of each face; groups of two or more without a name get new ids."""
    for face in range(len(part)):
        group = part[face]
        if group < 0:
            person[face] = NOBODY
            continue
        if groups.name[group] == NOBODY and groups.size[group] >= 2:
            groups.name[group] = fresh
            fresh += 1
        person[face] = groups.name[group]
