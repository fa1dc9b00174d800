"""The list that the photo page steps through."""

from __future__ import annotations

from facesorter.domain import PhotoId
from facesorter.gui.photo.photo_list import PhotoList


def ids(*numbers: int) -> list[PhotoId]:
    return [PhotoId(number) for number in numbers]


def opened(*numbers: int, at: int) -> PhotoList:
    browsed = PhotoList()
    browsed.open(ids(*numbers), PhotoId(at))
    return browsed


def test_steps_end_at_the_ends_and_the_way_goes_first() -> None:
    browsed = opened(1, 2, 3, at=2)
    assert browsed.neighbors() == [3, 1]
    assert browsed.step(-1) and browsed.current == 1 and not browsed.step(-1)
    assert browsed.neighbors() == [2]
    assert browsed.step(2) and browsed.neighbors() == [2]


def test_arrows_go_on_from_the_photo_that_stands_for_a_stack() -> None:
    browsed = opened(1, 2, 3, at=2)
    browsed.show_member(PhotoId(22))
    assert (browsed.current, browsed.listed) == (22, 2)
    assert browsed.step(1) and browsed.current == 3


def test_photos_in_the_trash_leave_the_list_and_come_back_where_they_were() -> None:
    browsed = opened(1, 2, 3, at=2)
    browsed.drop(ids(1, 2), stack=())
    assert browsed.ids == [3] and browsed.current == 3
    assert browsed.restore(ids(1)) and browsed.ids == [1, 3] and browsed.current == 1
    assert not browsed.restore(ids(1, 7)), "one is there already, the other was never in the list"


def test_another_photo_of_the_stack_takes_the_place_of_one_in_the_trash() -> None:
    browsed = opened(1, 2, 3, at=2)
    browsed.drop(ids(2), stack=ids(2, 22, 23))
    assert browsed.ids == [1, 22, 3] and browsed.current == 22
    browsed.show_member(PhotoId(23))
    browsed.drop(ids(22), stack=ids(22, 23))
    assert browsed.ids == [1, 23, 3] and browsed.current == 23


def test_the_last_photo_stays_when_all_are_in_the_trash() -> None:
    browsed = opened(1, at=1)
    browsed.drop(ids(1), stack=())
    assert browsed.current == 1
