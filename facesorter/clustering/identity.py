"""Which person each new group is: ids stay where the faces are.

A group with confirmed faces is their person. The others keep the id of the person that most of
their faces are shown with now; each id is given once. The user's persons come first, and what was
rejected from a person is never under its id.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from facesorter.clustering.compiled import compiled
from facesorter.clustering.members import members_of, sizes
from facesorter.clustering.neighbours import grown
from facesorter.clustering.proposal import FIRST_NEW, NOBODY, Bools, Floats, Ints

_ROUNDS = 8
"""Naming can change what is shown, which names can depend on; it settles after one or two."""


def resolve(
    label: Ints,
    confirmed: Ints,
    shown: Ints,
    rejected: Mapping[int, frozenset[int]],
    owned: frozenset[int],
    born: Floats,
    day: Floats,
) -> Ints:
    """Name the groups.

    Args:
        label: int64[n], group of each face from 0 on, -1 for none.
        confirmed: int64[n], person confirmed by the user, or -1; one person per group.
        shown: int64[n], person shown now, or -1.
        rejected: persons that a face is not, by position.
        owned: persons that belong to the user.
        born: float64[persons], day of birth by person id, minus infinity where nobody said.
        day: float64[n], day of the photo, infinity where unknown.

    Returns:
        int64[n]: person id, `NOBODY`, or `FIRST_NEW` and below for new groups, numbered in the
        order of their first faces.
    """
    decided = frozenset(confirmed[confirmed >= 0].tolist())
    # Names not given yet are younger than any that are: they lose ties of overlap.
    refused = (person for persons in rejected.values() for person in persons)
    # Nor may one be the id of somebody who has no face here, but a day of birth.
    first_new = max(
        len(born),
        1 + int(shown.max(initial=0)),
        1 + int(confirmed.max(initial=0)),
        1 + max(refused, default=0),
        1 + max(owned, default=0),
    )
    now = shown
    for _ in range(_ROUNDS):
        naming = _Naming(label, confirmed, now, rejected, owned, decided, born, day)
        person = naming.run(first_new)
        # Where no group was cut each is shown under one name now, which it would get again.
        if not naming.cut_any or np.array_equal(person, now):
            break
        now = person
    return in_order_of_faces(person, first_new)


def in_order_of_faces(person: Ints, first_new: int) -> Ints:
    """Number new groups, which have ids from ``first_new`` on, in the order of their faces."""
    result = person.copy()
    _number_new(result, first_new, int(person.max(initial=0)) + 1)
    return result


@compiled
def _number_new(person: Ints, first_new: int, end: int) -> None:
    number = np.zeros(max(end - first_new, 0), np.int64)
    count = 0
    for face in range(len(person)):
        if person[face] >= first_new:
            at = person[face] - first_new
            if number[at] == 0:
                number[at] = FIRST_NEW - count
                count += 1
            person[face] = number[at]


class _Naming:
    """One round: every group gets a name, the clearest first."""

    def __init__(
        self,
        label: Ints,
        confirmed: Ints,
        shown: Ints,
        rejected: Mapping[int, frozenset[int]],
        owned: frozenset[int],
        decided: frozenset[int],
        born: Floats,
        day: Floats,
    ) -> None:
        self._label, self._part = label, label.copy()
        self._confirmed, self._shown, self._rejected = confirmed, shown, rejected
        self._owned = owned
        parts = int(label.max(initial=-1)) + 1
        self._parts = parts
        self._start_members: tuple[Ints, Ints] | None = None
        self._cut_off: list[Ints] = []
        # Room for parts that groups are cut into, of which there are hardly any.
        room = parts + 64
        self._count = parts
        self._size = np.zeros(room, np.int64)
        self._size[:parts] = sizes(label, parts)
        self._name = np.full(room, NOBODY, np.int64)
        held = np.flatnonzero((confirmed >= 0) & (label >= 0))
        self._name[label[held]] = confirmed[held]
        self._careful = np.zeros(room, bool)
        self._careful[label[held]] = True
        self._careful[[at for at in label[list(rejected)].tolist() if at >= 0]] = True
        end = 1 + max(int(shown.max(initial=0)), max(decided | owned, default=0))
        self._born = np.full(max(end, len(born)), -np.inf)
        self._born[: len(born)] = born
        self._day = np.where(confirmed >= 0, np.inf, day)
        self._earliest = np.full(room, np.inf)
        # Only somebody whose day of birth is known can be too young.
        dated = bool(np.isfinite(self._born).any())
        if dated:
            np.minimum.at(self._earliest, label[label >= 0], self._day[label >= 0])
        self._named = np.zeros(end, bool)
        self._named[list(decided)] = True
        self._owner = np.zeros(end, bool)
        self._owner[list(owned)] = True
        self._counted = np.zeros(len(label), bool), np.zeros(len(label), bool)
        about = confirmed, self._named, self._owner, self._day, self._born
        _find_counted(shown, *about, *self._counted)
        not_they = [face for face, persons in rejected.items() if int(shown[face]) in persons]
        for counted in self._counted:
            counted[not_they] = False

    @property
    def cut_any(self) -> bool:
        """Whether a group was parted between several names."""
        return self._count > self._parts

    def run(self, first_new: int) -> Ints:
        """int64[n], the person of each face; groups without an old one get ids from here on."""
        for counted in self._counted:
            cut = bool(counted.any())
            while cut:
                cut = self._give_all(*self._overlaps(counted))
        fresh = max(first_new, int(self._shown.max(initial=0)) + 1)
        person = np.empty(len(self._part), np.int64)
        _spread(self._part, self._size, self._name, fresh, person)
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
        return self._cut_off[group - self._parts]

    def _overlaps(self, counted: Bools) -> tuple[Ints, Ints]:
        """Groups and persons shown in them, most faces in common first, then the older person."""
        width = int(self._shown.max(initial=0)) + 1
        shown_first, count_first = np.full(self._count, -1), np.zeros(self._count, np.int64)
        others = np.empty(len(self._part), np.int64)
        found = shown_first, count_first, others
        key = np.sort(others[: _count_shown(self._part, self._shown, counted, width, *found)])
        edge = np.flatnonzero(np.r_[True, key[1:] != key[:-1], True]) if len(key) else key[:0]
        group, old = np.divmod(key[edge[:-1]], width)
        several = np.flatnonzero(count_first)
        group = np.concatenate([several, group])
        old = np.concatenate([shown_first[several], old])
        count = np.concatenate([count_first[several], np.diff(edge)])
        if not len(group):
            return group, old
        # One number to sort by where it fits, which takes a tenth of the time.
        groups, most = self._count, int(count.max())
        if most * width * groups < 2**62:
            first = np.argsort(((most - count) * width + old) * groups + group)
        else:
            first = np.lexsort((group, old, -count))
        return group[first], old[first]

    def _give_all(self, group: Ints, old: Ints) -> bool:
        """Give ids in this order; say whether a group was cut up, so that overlaps changed."""
        at = 0
        while True:
            at = _give(
                group,
                old,
                at,
                self._size,
                self._careful,
                self._name,
                self._named,
                self._owner,
                self._earliest,
                self._born,
            )
            if at == len(group):
                return False
            if self._give(int(group[at]), int(old[at])):
                return True
            at += 1

    def _give(self, group: int, old: int) -> bool:
        """Let a group that decisions touch have an id if it may; say whether it was cut up."""
        mine = self._faces(group)
        wrong = np.array([old in self._rejected.get(f, ()) for f in mine.tolist()], bool)
        wrong |= self._day[mine] < self._born[old]
        if self._name[group] != NOBODY:
            # Two persons of the user never become one: each keeps the faces shown as it.
            own = (self._shown[mine] == old) & (self._confirmed[mine] < 0) & ~wrong
            rest = (~own).sum()
            enough = rest >= 2 or (rest and (self._confirmed[mine] >= 0).any())
            if old not in self._owned or own.sum() < 2 or not enough:
                return False
            self._name[self._split_off(group, mine, own)] = old
            self._named[old] = True
            return True
        if (~wrong).sum() < 2:
            return False
        self._name[group] = old
        self._named[old] = True
        if wrong.any():
            self._split_off(group, mine, wrong)
        return bool(wrong.any())

    def _split_off(self, group: int, mine: Ints, which: Bools) -> int:
        new = self._count
        self._count += 1
        if new == len(self._size):
            self._size = grown(self._size, new + 1, 0)
            self._name = grown(self._name, new + 1, NOBODY)
            self._careful = grown(self._careful, new + 1, 0)
            self._earliest = grown(self._earliest, new + 1, 0)
        self._part[mine[which]] = new
        if group >= self._parts:
            self._cut_off[group - self._parts] = mine[~which]
        self._cut_off.append(mine[which])
        self._size[group] -= which.sum()
        self._size[new] = which.sum()
        self._careful[new] = True
        return new


@compiled
def _find_counted(
    shown: Ints,
    confirmed: Ints,
    named: Bools,
    owner: Bools,
    day: Floats,
    born: Floats,
    theirs: Bools,
    others: Bools,
) -> None:
    """Find faces that speak for the name that they are shown with: the user's persons, others."""
    for face in range(len(shown)):
        who = np.uint64(max(shown[face], 0))
        counts = (shown[face] >= 0) & (confirmed[face] < 0) & (not named[who])
        counts &= day[face] >= born[who]
        theirs[face] = counts & owner[who]
        others[face] = counts & (not owner[who])


@compiled
def _count_shown(
    part: Ints,
    shown: Ints,
    counted: Bools,
    width: int,
    first: Ints,
    count: Ints,
    others: Ints,
) -> int:
    """Write the name that each group's first face is shown with, and how many of its faces are.

    And group * width + name for each face that is shown with another name, few as a rule; returns
    how many.
    """
    rest = 0
    for face in range(len(part)):
        group = part[face]
        if counted[face] and group >= 0:
            if first[group] < 0:
                first[group] = shown[face]
            same = first[group] == shown[face]
            count[group] += same
            others[rest] = group * width + shown[face]
            rest += not same
    return rest


@compiled
def _give(
    group: Ints,
    old: Ints,
    at: int,
    size: Ints,
    careful: Bools,
    name: Ints,
    named: Bools,
    owner: Bools,
    earliest: Floats,
    born: Floats,
) -> int:
    """Give ids to groups that no decision touches; stops at the first that one does."""
    while at < len(group):
        here = group[at]
        if not named[old[at]]:
            if name[here] != NOBODY:
                # Another person of the user may not lose what is shown as them: look closer.
                if owner[old[at]]:
                    return at
            elif careful[here] or earliest[here] < born[old[at]]:
                return at
            elif size[here] >= 2:
                name[here] = old[at]
                named[old[at]] = True
        at += 1
    return at


@compiled
def _spread(part: Ints, size: Ints, name: Ints, fresh: int, person: Ints) -> None:
    for face in range(len(part)):
        group = max(part[face], 0)
        if (part[face] >= 0) & (name[group] == NOBODY) & (size[group] >= 2):
            name[group] = fresh
            fresh += 1
        person[face] = name[group] if part[face] >= 0 else NOBODY
