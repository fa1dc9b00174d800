"""One reading at a time: at once for the user, at intervals for the machine."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import pytest

from facesorter.app.services import Services
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.live_query import LiveQuery

INTERVAL_MS = 30


class Reader:
    """A reading that ends when the test says so."""

    def __init__(self, bridge: Bridge, **more: Any) -> None:
        self.begun: list[Future[str]] = []
        self.taken: list[str] = []
        self.nothing = False
        self.rereading = LiveQuery(
            bridge, self.begin, self.taken.append, INTERVAL_MS, bridge, **more
        )

    def begin(self) -> Future[str] | None:
        if self.nothing:
            return None
        self.begun.append(Future())
        return self.begun[-1]


@pytest.fixture
def bridge(qapp: Any, services: Services) -> Any:
    made = Bridge(services)
    yield made
    made.close()


def test_asked_while_reading_it_reads_once_more(qtbot: Any, bridge: Bridge) -> None:
    reader = Reader(bridge)
    for _ in range(3):
        reader.rereading.now()
    assert len(reader.begun) == 1
    reader.begun[0].set_result("first")
    qtbot.waitUntil(lambda: len(reader.begun) == 2)
    reader.begun[1].set_result("second")
    qtbot.waitUntil(lambda: reader.rereading.settled)
    assert reader.taken == ["first", "second"] and len(reader.begun) == 2


def test_the_machine_waits_for_the_interval(qtbot: Any, bridge: Bridge) -> None:
    reader = Reader(bridge)
    for _ in range(5):
        reader.rereading.soon()
    assert reader.begun == [] and not reader.rereading.settled
    qtbot.waitUntil(lambda: len(reader.begun) == 1)
    # The interval passes while it is being read: the next one waits again, once that is done.
    reader.rereading.soon()
    qtbot.wait(3 * INTERVAL_MS)
    assert len(reader.begun) == 1
    reader.begun[0].set_result("read")
    qtbot.waitUntil(lambda: reader.taken == ["read"])
    assert len(reader.begun) == 1
    qtbot.waitUntil(lambda: len(reader.begun) == 2)


def test_what_was_cancelled_is_not_taken(qtbot: Any, bridge: Bridge) -> None:
    reader = Reader(bridge)
    reader.rereading.now()
    reader.rereading.cancel()
    reader.rereading.now()
    assert len(reader.begun) == 2
    reader.begun[0].set_result("old")
    reader.begun[1].set_result("new")
    qtbot.waitUntil(lambda: reader.rereading.settled)
    assert reader.taken == ["new"]


def test_a_failure_is_told_and_reading_goes_on(qtbot: Any, bridge: Bridge) -> None:
    reader = Reader(bridge)
    reader.rereading.now()
    reader.rereading.now()
    with qtbot.waitSignal(bridge.failed):
        reader.begun[0].set_exception(OSError("gone"))
    assert len(reader.begun) == 2
    reader.begun[1].set_result("there again")
    qtbot.waitUntil(lambda: reader.taken == ["there again"])


def test_nothing_to_read_is_no_reading(bridge: Bridge) -> None:
    reader = Reader(bridge)
    reader.nothing = True
    reader.rereading.now()
    assert reader.rereading.settled
    reader.nothing = False
    reader.rereading.now()
    assert len(reader.begun) == 1


def test_a_long_reading_makes_the_interval_longer(qtbot: Any, bridge: Bridge) -> None:
    reader = Reader(bridge, rest=10.0)
    reader.rereading.now()
    qtbot.wait(50)
    reader.begun[0].set_result("slow")
    qtbot.waitUntil(lambda: reader.taken == ["slow"])
    reader.rereading.soon()
    qtbot.wait(5 * INTERVAL_MS)
    assert len(reader.begun) == 1
