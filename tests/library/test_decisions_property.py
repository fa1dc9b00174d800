"""Decisions: undo all is the start, redo all the end, and no refresh undoes any of it."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facesorter.library.decisions.replay import replay
from tests.library import acts
from tests.library.acts import DECISIONS, OTHERS, Act, Player
from tests.library.made import Bench, small
from tests.support.acting import LIBRARIES, NUMBERS, ONLY_DECISIONS
from tests.support.examples import examples

# Decisions in plenty, so that few steps already say much.
KINDS = st.sampled_from(DECISIONS * 3 + OTHERS)
ACTS = st.lists(
    st.builds(Act, KINDS, NUMBERS, NUMBERS, st.lists(NUMBERS, max_size=6).map(tuple)),
    min_size=1,
    max_size=14,
)
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]


def check(seed: int, steps: list[Act], refresh_every: int) -> None:
    bench = small(seed)
    start = acts.exact(bench)
    player = Player(bench)
    player.play(steps)
    acts.walk_back_and_forth(bench, start, player, refresh_every)


@settings(max_examples=examples(100), deadline=None, suppress_health_check=QUIET)
@given(st.integers(0, LIBRARIES - 1), ACTS, st.integers(0, 3))
def test_decisions_with_refreshes_in_between(seed: int, steps: list[Act], every: int) -> None:
    check(seed, steps, every)


@settings(max_examples=examples(100), deadline=None, suppress_health_check=QUIET)
@given(st.integers(0, LIBRARIES - 1), ONLY_DECISIONS)
def test_decisions_alone_come_back_exactly(seed: int, steps: list[Act]) -> None:
    check(seed, steps, 0)


def check_replay(bench: Bench, seed: int) -> None:
    """The journal carried out on a library that nobody touched gives the same."""
    fresh = small(seed)
    fresh.refresh(full=True)
    done = fresh.do(replay, bench.connection)
    assert done.skipped == 0
    assert acts.decided(fresh) == acts.decided(bench)
    for query in ("PRAGMA foreign_key_check", "PRAGMA integrity_check"):
        assert fresh.all(query) in ([], [("ok",)])
    assert fresh.undo_all() == done.decisions


@settings(max_examples=examples(100), deadline=None, suppress_health_check=QUIET)
@given(st.integers(0, LIBRARIES - 1), ACTS)
def test_a_journal_replayed_into_an_untouched_library(seed: int, steps: list[Act]) -> None:
    bench = small(seed)
    Player(bench).play(steps)
    check_replay(bench, seed)


def test_a_doubt_settled_about_a_group_comes_along_with_the_group() -> None:
    bench = small(3)
    Player(bench).play([Act("race", 0, 0, (0, 1, 2, 13)), Act("sure", 14, 0, (0,))])
    check_replay(bench, 3)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_five_thousand_operations() -> None:
    """One long life of one library, undone to its beginning and redone to its end."""
    dice = random.Random(5)
    bench = small(3)
    start = acts.exact(bench)
    player = Player(bench)
    for _ in range(5_000):
        many = tuple(dice.randrange(1000) for _ in range(dice.randrange(5)))
        kind = dice.choice(DECISIONS * 3 + OTHERS)
        player.play([Act(kind, dice.randrange(1000), dice.randrange(1000), many)])
    acts.walk_back_and_forth(bench, start, player, 50)
    check_replay(bench, 3)
