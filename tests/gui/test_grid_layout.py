"""The grid's arithmetic, against a slow but obvious placing of every tile."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from facesorter.gui.grid.layout import GridLayout, Section


@st.composite
def layouts(draw: st.DrawFn) -> GridLayout:
    count = draw(st.integers(0, 60))
    starts = sorted(draw(st.sets(st.integers(1, max(1, count)), max_size=4)))
    titles = draw(st.lists(st.sampled_from(["", "Title"]), min_size=5, max_size=5))
    sections = [Section(start, titles[at]) for at, start in enumerate([0, *starts])]
    return GridLayout(
        count,
        draw(st.integers(1, 1500)),
        draw(st.integers(80, 400)),
        draw(st.integers(0, 60)),
        sections=sections,
    )


@given(layouts())
def test_tiles_do_not_overlap_and_are_found_again(layout: GridLayout) -> None:
    bottom = 0
    for row in range(layout.count):
        x, y, width, height = layout.rect(row)
        assert layout.row_at(x, y) == row
        assert layout.row_at(x + width - 1, y + height - 1) == row
        assert x + width <= max(layout.width, layout.margin + width)
        bottom = max(bottom, y + height)
    assert bottom <= layout.height or not layout.count


@given(layouts(), st.integers(0, 4000), st.integers(1, 900))
def test_rows_in_sight_are_all_that_show(layout: GridLayout, top: int, shown: int) -> None:
    rows = layout.rows_between(top, top + shown)
    visible = [
        row
        for row in range(layout.count)
        if layout.rect(row)[1] < top + shown and layout.rect(row)[1] + layout.rect(row)[3] > top
    ]
    assert set(visible) <= set(rows)
    assert len(rows) <= len(visible) + 2 * layout.columns


@given(layouts(), st.integers(0, 4000), st.integers(1, 900))
def test_headings_in_sight_are_all_that_show(layout: GridLayout, top: int, shown: int) -> None:
    found = layout.sections_between(top, top + shown)
    for number in range(len(layout.sections)):
        _, y, _, height = layout.heading_rect(number)
        if y < top + shown and y + height > top:
            assert number in found
    assert len(found) <= len(layout.sections)


@given(layouts())
def test_walking_down_reaches_the_last_line(layout: GridLayout) -> None:
    if layout.count:
        row = layout.moved(0, layout.count + 5)
        assert layout.rect(row)[1] == layout.rect(layout.count - 1)[1]
        assert layout.rect(layout.moved(row, -layout.count - 5))[1] == layout.rect(0)[1]


def test_columns_fill_the_width() -> None:
    for width in range(300, 1600, 7):
        layout = GridLayout(1000, width, 160)
        x, _, cell, _ = layout.rect(layout.columns - 1)
        assert 0 <= width - layout.margin - (x + cell) < layout.columns
