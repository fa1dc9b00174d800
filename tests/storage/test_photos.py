from __future__ import annotations

from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from facesorter.storage import photos


@given(st.lists(st.integers(1, 10**6)), st.integers(0, 20))
def test_ids_are_read_whatever_the_parts(ids: list[int], part: int) -> None:
    with mock.patch.object(photos, "PARSED", part):
        assert photos.ids_in(",".join(map(str, ids))) == ids
