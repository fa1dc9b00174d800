"""Strategies for sequences of decisions."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.library.acts import DECISIONS, Act

LIBRARIES = 12


NUMBERS = st.integers(0, 30)


ONLY_DECISIONS = st.lists(
    st.builds(
        Act,
        st.sampled_from((*DECISIONS, "undo", "redo")),
        NUMBERS,
        NUMBERS,
        st.lists(NUMBERS, max_size=6).map(tuple),
    ),
    min_size=1,
    max_size=20,
)
