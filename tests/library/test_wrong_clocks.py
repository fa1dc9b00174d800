"""An archive with five kinds of wrong clocks is repaired to the truth in at most ten acts."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from unittest import mock

import pytest

from facesorter.cli.main import main
from facesorter.library.library import Library
from tests.benchmarks import wrong_clocks
from tests.support.pictures import scanned

MOST_ACTS = 10


@pytest.mark.parametrize("count", [120, pytest.param(2_000, marks=pytest.mark.slow)])
def test_photos_of_wrong_clocks_are_repaired_to_the_truth(tmp_path: Path, count: int) -> None:
    archive, place = tmp_path / "Photos", tmp_path / "library"
    made = wrong_clocks.make(archive, count)
    library = Library(place)
    scanned(library, archive)
    library.close(snapshot=False)

    def run(words: Sequence[str]) -> str:
        out = io.StringIO()
        with mock.patch("facesorter.logs.start"), redirect_stdout(out):
            assert main([*words, "--library", str(place), "--json"]) == 0, words
        return out.getvalue()

    def dates() -> dict[str, str]:
        return wrong_clocks.dates(run, archive)

    start = dates()
    assert len(made.truth) == count and len(made.acts) <= MOST_ACTS
    assert wrong_clocks.right(made.truth, start) < count // 3
    content = {path: path.read_bytes() for path in archive.rglob("*.jpg")}
    for act in wrong_clocks.commands(made, archive):
        preview = [json.loads(line) for line in run(["dates", *act, "--dry-run"]).splitlines()]
        before = dates()
        answer = json.loads(run(["dates", *act]))
        planned = [row for row in preview if row["unchanged"] is None]
        assert answer["decided"] is True and len(answer["photos"]) == len(planned)
        after = dates()
        for row in preview:
            name = Path(row["path"]).relative_to(archive).as_posix()
            assert (before[name] or None, after[name] or None) == (row["before"], row["after"])
    end = dates()
    assert {place: end[place] for place, true in made.truth.items() if end[place] != true} == {}
    assert {path: path.read_bytes() for path in content} == content
    run(["undo", str(len(made.acts))])
    assert dates() == start
