"""Faces found again by place and look."""

from hypothesis import given
from hypothesis import strategies as st

from facesorter.domain import Region, match_regions

PART = st.floats(0.05, 0.5)
REGIONS = st.lists(st.builds(Region, PART, PART, PART, PART), max_size=5)


def test_the_best_pair_goes_first_and_each_once() -> None:
    known = [Region(0.1, 0.1, 0.2, 0.2), Region(0.12, 0.1, 0.2, 0.2), Region(0.7, 0.7, 0.1, 0.1)]
    found = [Region(0.12, 0.1, 0.2, 0.2), Region(0.4, 0.4, 0.1, 0.1)]
    assert match_regions(known, found) == {0: 1}


def test_of_two_that_were_found_the_nearer_is_the_known_one() -> None:
    known = [Region(0.1, 0.1, 0.2, 0.2), Region(0.5, 0.1, 0.2, 0.2)]
    found = [Region(0.52, 0.1, 0.2, 0.2), Region(0.12, 0.1, 0.2, 0.2), Region(0.1, 0.11, 0.2, 0.2)]
    assert match_regions(known, found) == {2: 0, 0: 1}
    assert match_regions(found, known) == {0: 2, 1: 0}


def test_a_face_elsewhere_is_known_by_its_look() -> None:
    known, found = [Region(0.1, 0.1, 0.2, 0.2)], [Region(0.6, 0.6, 0.2, 0.2)]
    assert match_regions(known, found) == {}
    assert match_regions(known, found, lambda old, new: 0.8) == {0: 0}


@given(REGIONS, REGIONS)
def test_matching_goes_both_ways(one: list[Region], other: list[Region]) -> None:
    there = match_regions(one, other)
    assert len(set(there.values())) == len(there)
    assert all(one[old].is_at(other[new]) for new, old in there.items())
    left = [new for new in range(len(other)) if new not in there]
    assert not any(
        one[old].is_at(other[new])
        for new in left
        for old in range(len(one))
        if old not in there.values()
    )
