"""Which person each new group is: ids stay where the faces are.

A group with confirmed faces is their person. The others keep the id of the person that most of
their faces are shown with now; each id is given once. The user's persons come first, and what was
rejected from a person is never under its id.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np

from facesorter.clustering.proposal import FIRST_NEW, NOBODY, Bools, Ints

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
    part = label.copy()
    parts = int(label.max(initial=-1)) + 1
    order = np.argsort(part, kind="stable")
    bounds = np.searchsorted(part[order], np.arange(parts + 1))
    members = [order[a:b] for a, b in itertools.pairwise(bounds)]
    held = np.flatnonzero((confirmed >= 0) & (label >= 0))
    name: dict[int, int] = dict(zip(label[held].tolist(), confirmed[held].tolist(), strict=True))
    named = set(decided)
    careful = {int(label[face]) for face in rejected}

    def split_off(group: int, which: Bools) -> int:
        faces = members[group][which]
        members[group] = members[group][~which]
        part[faces] = len(members)
        members.append(faces)
        careful.add(len(members) - 1)
        return len(members) - 1

    def give(group: int, old: int) -> bool:
        """Let a group have an id if it may; say whether it was cut up for that."""
        mine = members[group]
        if group not in careful and group not in name:
            if len(mine) < 2:
                return False
            name[group] = old
            named.add(old)
            return False
        wrong = np.array([old in rejected.get(f, ()) for f in mine.tolist()], bool)
        if group in name:
            # Two persons of the user never become one: each keeps the faces shown as it.
            own = (shown[mine] == old) & (confirmed[mine] < 0) & ~wrong
            rest = (~own).sum()
            enough = rest >= 2 or (rest and (confirmed[mine] >= 0).any())
            if old not in owned or own.sum() < 2 or not enough:
                return False
            name[split_off(group, own)] = old
        elif (~wrong).sum() < 2:
            return False
        else:
            name[group] = old
            if wrong.any():
                split_off(group, wrong)
        named.add(old)
        return bool(wrong.any()) or name[group] != old

    for the_users in (True, False):
        cut = True
        while cut:
            pairs = _overlaps(part, shown, confirmed, rejected, owned, decided, the_users)
            cut = any(old not in named and give(group, old) for group, old in pairs)

    fresh = max(first_new, int(shown.max(initial=0)) + 1)
    _, first = np.unique(part, return_index=True)
    for group in part[np.sort(first)].tolist():
        if group >= 0 and group not in name and len(members[group]) >= 2:
            name[group], fresh = fresh, fresh + 1
    names = np.full(len(members) + 1, NOBODY, np.int64)
    names[list(name)] = list(name.values())
    person = names[part]
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
    counts = (part >= 0) & (shown >= 0) & (confirmed < 0)
    counts[[face for face, persons in rejected.items() if int(shown[face]) in persons]] = False
    faces = np.flatnonzero(counts)
    faces = faces[~np.isin(shown[faces], list(decided))]
    faces = faces[np.isin(shown[faces], list(owned)) == the_users]
    width = int(shown.max(initial=0)) + 1
    pairs, count = np.unique(part[faces] * width + shown[faces], return_counts=True)
    group, old = np.divmod(pairs, width)
    order = np.lexsort((group, old, -count))
    group, old = group[order], old[order]
    return list(zip(group.tolist(), old.tolist(), strict=True))
