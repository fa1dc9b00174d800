"""The base model: Qt's own model checks, minimal changes, and nothing read that is not shown."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from facesorter.domain import Changes
from facesorter.gui.grid.id_list_model import PAGE, Change
from tests.support.examples import examples
from tests.support.models import NumberModel


def source(ids: list[int]) -> Any:
    def answer() -> Future[list[int]]:
        future: Future[list[int]] = Future()
        future.set_result(list(ids))
        return future

    return answer


@pytest.fixture
def model(qapp: Any) -> NumberModel:
    return NumberModel()


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.lists(st.integers(0, 30), unique=True), min_size=2, max_size=6))
def test_any_change_is_a_lawful_one(qapp: Any, lists: list[list[int]]) -> None:
    model = NumberModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    for ids in lists:
        model.set_ids(ids)
        assert list(model.ids) == ids
        assert [model.index(row).data() for row in range(model.rowCount())] == [*map(str, ids)]
        assert all(model.row_of(each) == row for row, each in enumerate(ids))
        assert model.rows_of([40, *ids[::2]]) == list(range(len(ids)))[::2]
        assert model.row_of(40) == -1
    del tester


def test_new_photos_on_top_are_one_insertion(model: NumberModel) -> None:
    model.set_ids(list(range(1000)))
    seen: list[tuple[int, int]] = []
    model.rowsInserted.connect(lambda _parent, first, last: seen.append((first, last)))
    assert model.set_ids([-2, -1, *range(1000)]) is Change.RUNS
    assert seen == [(0, 1)]


def test_another_order_is_a_reset(model: NumberModel) -> None:
    model.set_ids([1, 2, 3])
    assert model.set_ids([3, 1, 2]) is Change.RESET


def test_rows_are_read_in_pages_when_asked_for(model: NumberModel) -> None:
    model.set_ids(list(range(10_000)))
    assert model.reads == []
    assert model.row(5_000) == "5000"
    assert len(model.reads) == 1 and len(model.reads[0]) == PAGE
    model.flags(model.index(9_999))
    model.row(5_001)
    assert len(model.reads) == 1


def test_stale_rows_are_read_again_and_kept_while_that_fails(model: NumberModel) -> None:
    model.set_source(source([1, 2, 3]))
    model.set_active(True)
    assert model.row(1) == "2"
    model.suffix, model.broken = "!", True
    model.bridge.changed.emit(Changes(photos=frozenset([2]), decided=True))
    assert model.row(1) == "2"
    model.broken = False
    assert model.row(1) == "2!"
    assert model.reads[-1] == [2]


def test_all_of_a_row_is_painted_though_a_corner_was_before(model: NumberModel, qtbot: Any) -> None:
    model.set_source(source([1, 2, 3]))
    model.set_active(True)
    model.row(0)
    told: list[int] = []
    model.dataChanged.connect(lambda *_: told.append(1))
    model.bridge.changed.emit(Changes(photos=frozenset([2])))
    assert model.row(1) == "2" and model.reads[-1] == [2], "a caret blinks, so it is read again"
    qtbot.waitUntil(lambda: told == [1])
    # What nobody painted since is no reason to paint all again and again.
    model.bridge.changed.emit(Changes(photos=frozenset([3])))
    qtbot.waitUntil(lambda: told == [1, 1])
    model.refresh()
    assert told == [1, 1]


def test_changes_wait_while_nobody_looks(model: NumberModel) -> None:
    ids = [1]
    asked: list[int] = []

    def answer() -> Future[list[int]]:
        asked.append(1)
        return source(ids)()

    model.set_source(answer)
    assert not asked
    model.set_active(True)
    assert list(model.ids) == [1]
    model.set_active(False)
    ids.append(2)
    model.bridge.changed.emit(Changes(folders=frozenset([7])))
    assert len(asked) == 1
    model.set_active(True)
    assert list(model.ids) == [1, 2]


def test_the_machines_changes_are_coalesced(model: NumberModel, qtbot: Any) -> None:
    asked: list[int] = []

    def answer() -> Future[list[int]]:
        asked.append(1)
        return source([len(asked)])()

    model.set_source(answer)
    model.set_active(True)
    for _ in range(20):
        model.bridge.changed.emit(Changes(folders=frozenset([1])))
        qtbot.wait(5)
    assert len(asked) == 1
    qtbot.waitUntil(lambda: len(asked) == 2)


def test_the_order_is_held_while_a_name_is_typed(model: NumberModel) -> None:
    model.set_ids([1, 2, 3])
    model.hold(True)
    model.set_ids([3, 2, 1])
    assert list(model.ids) == [1, 2, 3]
    model.hold(False)
    assert list(model.ids) == [3, 2, 1]


def test_accessible_text_is_the_models(model: NumberModel) -> None:
    model.set_ids([4])
    assert model.index(0).data(Qt.ItemDataRole.AccessibleTextRole) == "4"
