"""Rest and go on: the user, the battery, sleep; and an estimate that sleep does not spoil."""

from __future__ import annotations

from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from facesorter.app import power_watch
from facesorter.app.pauses import Pauses, Reason
from facesorter.app.power_watch import PowerWatch
from facesorter.app.progress import STALLED, STRETCH, Rate
from facesorter.settings import Settings


class Work:
    def __init__(self) -> None:
        self.resting = False
        self.rescans = 0

    def pause(self) -> None:
        self.resting = True

    def resume(self) -> None:
        self.resting = False


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def pauses(work: Work) -> Pauses:
    return Pauses(work)


def test_all_reasons_must_be_gone(work: Work, pauses: Pauses) -> None:
    pauses.hold(Reason.BATTERY)
    pauses.hold(Reason.USER)
    assert (work.resting, pauses.reason) == (True, Reason.USER)
    pauses.release(Reason.USER)
    assert (work.resting, pauses.reason) == (True, Reason.BATTERY)
    pauses.release(Reason.BATTERY)
    assert (work.resting, pauses.reason) == (False, None)


def test_going_on_anyway_lasts_until_the_plug(work: Work, pauses: Pauses) -> None:
    pauses.hold(Reason.BATTERY)
    pauses.resume()
    assert (work.resting, pauses.reason) == (False, None)
    pauses.hold(Reason.USER)
    assert (work.resting, pauses.reason) == (True, Reason.USER)
    pauses.resume()
    assert not work.resting
    pauses.release(Reason.BATTERY)
    pauses.hold(Reason.BATTERY)
    assert (work.resting, pauses.reason) == (True, Reason.BATTERY), "another time on battery"


def test_going_on_does_not_break_into_a_change_of_models(work: Work, pauses: Pauses) -> None:
    pauses.hold(Reason.MODELS)
    pauses.resume()
    assert work.resting
    pauses.release(Reason.MODELS)
    assert not work.resting


class Dialogs:
    """A watch over made-up power and a made-up clock."""

    def __init__(self, work: Work, pauses: Pauses) -> None:
        self.battery: bool | None = False
        self.time = 1_000_000.0
        self.work = work
        self.settings = Settings()
        services: Any = SimpleNamespace(pauses=pauses, settings=self.settings, rescan=self.rescan)
        self.watch = PowerWatch(services, lambda: self.battery, lambda: self.time)

    def rescan(self) -> None:
        self.work.rescans += 1

    def after(self, seconds: float) -> None:
        self.time += seconds
        self.watch.look()


def test_the_battery_rests_the_work(work: Work, pauses: Pauses) -> None:
    dialogs = Dialogs(work, pauses)
    for battery, resting in ((False, False), (True, True), (True, True), (None, False)):
        dialogs.battery = battery
        dialogs.after(power_watch.POLL)
        assert work.resting is resting
    assert work.rescans == 0


def test_the_setting_decides(work: Work, pauses: Pauses) -> None:
    dialogs = Dialogs(work, pauses)
    dialogs.battery, dialogs.settings.pause_on_battery = True, False
    dialogs.after(30)
    assert not work.resting
    dialogs.settings.pause_on_battery = True
    dialogs.after(30)
    assert work.resting
    dialogs.settings.pause_on_battery = False
    dialogs.after(30)
    assert not work.resting


@pytest.mark.parametrize("jump", [8 * 3600, -3600])
def test_after_sleep_everything_is_looked_through(work: Work, pauses: Pauses, jump: float) -> None:
    dialogs = Dialogs(work, pauses)
    dialogs.after(0)
    dialogs.after(30)
    dialogs.after(75)
    assert work.rescans == 0, "a busy computer"
    dialogs.after(jump)
    assert work.rescans == 1
    dialogs.after(30)
    assert work.rescans == 1


def test_the_thread_looks_and_ends(work: Work, pauses: Pauses) -> None:
    dialogs = Dialogs(work, pauses)
    dialogs.battery = True
    dialogs.watch.start()
    dialogs.watch.look_now()
    dialogs.watch.stop()
    assert work.resting


@pytest.mark.parametrize("jump", [9 * 3600.0, -3600.0])
def test_sleep_does_not_spoil_the_estimate(jump: float) -> None:
    """On Windows and under a clock that was set, seconds pass that nobody worked in."""
    present = 5_000.0
    rate = Rate(lambda: present)

    def work_for(seconds: int) -> None:
        nonlocal present
        for _ in range(2 * seconds):
            present += 0.5
            rate.count()
            rate.per_second()

    work_for(60)
    assert rate.per_second() == pytest.approx(2.0, rel=0.05)
    present += jump
    assert rate.per_second() == pytest.approx(2.0, rel=0.05), "right after waking"
    work_for(10)
    assert rate.per_second() == pytest.approx(2.0, rel=0.05)


def test_a_halt_leaves_no_estimate() -> None:
    present = 0.0
    rate = Rate(lambda: present)
    for number in range(40):
        assert (rate.per_second() > 0) == (number > STRETCH)
        present += 0.5
        rate.count()
    for _ in range(int(2 * STALLED)):
        present += 0.5
        assert rate.per_second() == pytest.approx(2.0), "one slow photo"
    present += 0.5
    assert rate.per_second() == 0.0


def test_slow_photos_hardly_change_the_estimate() -> None:
    """Two threads; models that warm up, a photo of a crowd, and durations of every length."""
    random, present = Random(1), 0.0
    durations = [15.0, 14.0, *(random.lognormvariate(0, 0.8) for _ in range(300))]
    durations[60] = 45.0
    ends, threads = [], [0.0, 0.0]
    for duration in durations:
        threads.sort()
        threads[0] += duration
        ends.append(threads[0])
    ends.sort()
    rate = Rate(lambda: present)
    told = []
    for number, end in enumerate(ends[:-30], 1):
        while present + 5 < end:
            present += 5
            rate.per_second()
        present = end
        rate.count()
        if rate.per_second() > 0:
            left = (len(ends) - number) / rate.per_second()
            told.append(left / (ends[-1] - end))
    assert len(told) > 250 and min(told) > 0.6 and max(told) < 1.7


def test_time_left_of_small_photos_is_steady() -> None:
    """25 a second, half as fast while groups are refreshed, which is a fifth of the time."""
    random, present = Random(1), 0.0
    rate = Rate(lambda: present)
    ends: list[float] = []
    speeds: list[tuple[float, int, float]] = []
    for number in range(5_000):
        present += random.expovariate(25) * (2 if present % 10 < 2 else 1)
        ends.append(present)
        rate.count()
        if present > 60 and number % 25 == 0:
            speeds.append((present, number, rate.per_second()))
    told = [(5_000 - n) / speed / (ends[-1] - at) for at, n, speed in speeds if n < 4_500]
    assert len(told) > 100 and min(told) > 0.85 and max(told) < 1.15
