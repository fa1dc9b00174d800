"""Which person each new group is: ids stay where the faces are.

A group with confirmed faces is their person. The others keep the id of the person that most of
their faces are shown with now; each id is given once. The user's persons come first, and what was
rejected from a person is never under its id.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from facesorter.clustering.proposal import FIRST_NEW, NOBODY, Ints

_ROUNDS = 8
"""Naming can change what is shown, which names can depend on; it settles after one or two."""


def resolve(
    label: Ints,
    confirmed: Ints,
    shown: Ints,
    rejected: Mapping[int, frozenset[int]],
    owned: frozenset[int],
) -> Ints:
    """Name the groups.

    Args:
        label: int64[n], group of each face from 0 on, -1 for none.
        confirmed: int64[n], person confirmed by the user, or -1; one person per group.
        shown: int64[n], person shown now, or -1.
        rejected: persons that a face is not, by position.
        owned: persons that belong to the user.

    Returns:
        int64[n]: person id, `NOBODY`, or `FIRST_NEW` and below for new groups, numbered in the
        order of their first faces.
    """
    decided = frozenset(confirmed[confirmed >= 0].tolist())
    # Names not given yet are younger than any that are: they lose ties of overlap.
    refused = (person for persons in rejected.values() for person in persons)
    first_new = 1 + max(
        int(shown.max(initial=0)), int(confirmed.max(initial=0)), max(refused, default=0)
    )
    now = shown
    for _ in range(_ROUNDS):
        person = _name(label, confirmed, now, rejected, owned, decided, first_new)
        if np.array_equal(person, now):
            break
        now = person
    new = person >= first_new
    numbers, first, inverse = np.unique(person[new], return_index=True, return_inverse=True)
    place = np.empty(len(numbers), np.int64)
    place[np.argsort(first)] = np.arange(len(numbers))
    person[new] = FIRST_NEW - place[inverse]
    return person


def _name(
    label: Ints,
    confirmed: Ints,
    shown: Ints,
    rejected: Mapping[int, frozenset[int]],
    owned: frozenset[int],
    decided: frozenset[int],
    first_new: int,
) -> Ints:
    person = np.full(len(label), NOBODY, np.int64)
    part = label.copy()
    name: dict[int, int] = {}
    for face in np.flatnonzero((confirmed >= 0) & (label >= 0)).tolist():
        name[int(label[face])] = int(confirmed[face])
    named = set(decided)
    parts = int(label.max(initial=-1)) + 1

    def split_off(faces: Ints) -> int:
        nonlocal parts
        parts += 1
        part[faces] = parts - 1
        return parts - 1

    def give(group: int, old: int) -> bool:
        """Let a group have an id if it may; say whether it was cut up for that."""
        members = np.flatnonzero(part == group)
        wrong = np.array([old in rejected.get(f, ()) for f in members.tolist()], bool)
        if group in name:
            # Two persons of the user never become one: each keeps the faces shown as it.
            own = (shown[members] == old) & (confirmed[members] < 0) & ~wrong
            rest = (~own).sum()
            enough = rest >= 2 or (rest and (confirmed[members] >= 0).any())
            if old not in owned or own.sum() < 2 or not enough:
                return False
            name[split_off(members[own])] = old
        elif (~wrong).sum() < 2:
            return False
        else:
            name[group] = old
            if wrong.any():
                split_off(members[wrong])
        named.add(old)
        return bool(wrong.any()) or name[group] != old

    for the_users in (True, False):
        cut = True
        while cut:
            pairs = _overlaps(part, shown, confirmed, rejected, owned, decided, the_users)
            cut = any(old not in named and give(group, old) for group, old in pairs)

    size = np.bincount(part[part >= 0], minlength=1)
    fresh = max(first_new, int(shown.max(initial=0)) + 1)
    _, first = np.unique(part, return_index=True)
    for group in part[np.sort(first)].tolist():
        if group < 0 or (group not in name and size[group] < 2):
            continue
        members = np.flatnonzero(part == group)
        if group not in name:
            name[group], fresh = fresh, fresh + 1
        person[members] = name[group]
    person[confirmed >= 0] = confirmed[confirmed >= 0]
    return person


def _overlaps(
    part: Ints,
    shown: Ints,
    confirmed: Ints,
    rejected: Mapping[int, frozenset[int]],
    owned: frozenset[int],
    decided: frozenset[int],
    the_users: bool,
) -> list[tuple[int, int]]:
    """Pairs of group and person shown in it, most faces in common first, then the older person."""
    counts: dict[tuple[int, int], int] = {}
    for face in np.flatnonzero((part >= 0) & (shown >= 0) & (confirmed < 0)).tolist():
        old = int(shown[face])
        if old in decided or (old in owned) != the_users or old in rejected.get(face, ()):
            continue
        pair = (int(part[face]), old)
        counts[pair] = counts.get(pair, 0) + 1
    return sorted(counts, key=lambda pair: (-counts[pair], pair[1], pair[0]))
