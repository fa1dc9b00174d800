"""The type checker refuses wrong calls across the threads, and takes right ones."""

from __future__ import annotations

from pathlib import Path

from mypy import api

HEAD = """
from facesorter.app.events import Event
from facesorter.app.services import Services
from facesorter.domain import Changes
from facesorter.gui.base.actions import Actions, bind
from facesorter.gui.base.bridge import Bridge
from facesorter.library import queries
from facesorter.library.decisions import corrections, unnamed

def take(found: str) -> None: ...

def calls(
    services: Services,
    bridge: Bridge,
    actions: Actions,
    changed: Event[Changes],
    ended: Event[()],
) -> None:
"""
RIGHT = (
    "services.submit(corrections.confirm, 1, [2])",
    "services.query(queries.photos, [1]).result()[0].path",
    "bridge.submit(corrections.name, 1, 'Anna', allow_same=True)",
    "bridge.then(bridge.query(queries.photos, [1]), lambda photos: take(photos[0].path))",
    "actions.decide('Confirmed', bind(corrections.confirm, 1, [2]))",
    "actions.decide(lambda made: str(made + 1), bind(corrections.split, [2]))",
    "actions.set_strangers_aside(unnamed.below, 3)",
    "changed.emit(Changes())",
    "ended.emit()",
)
WRONG = (
    "services.submit(corrections.confirm, [2], 1)",
    "services.submit(corrections.merge, 1, 2)",
    "services.query(queries.photos)",
    "services.query(queries.photos, [1], 2)",
    "services.query(corrections.confirm, 1, [2])",
    "services.submit(queries.photos, [1])",
    "services.writer.submit_machine(corrections.ignore, 'all')",
    "bridge.submit(corrections.name, 1, 'Anna', allow=True)",
    "bridge.query_slow(queries.photos, '1')",
    "bridge.then(bridge.query(queries.photos, [1]), take)",
    "actions.decide('Confirmed', bind(corrections.confirm, [2], 1))",
    "actions.decide('Confirmed', bind(corrections.confirm, 1))",
    "actions.decide('Confirmed', corrections.confirm)",
    "actions.decide('Read', bind(queries.photos, [1]))",
    "actions.decide(take, bind(corrections.split, [2]))",
    "actions.decide('Split', bind(corrections.split, [2]), result=take)",
    "actions.set_strangers_aside(unnamed.below, 'all')",
    "changed.emit('not changes')",
    "changed.emit(Changes(), 3)",
    "ended.emit(1)",
    "changed.connect(take)",
)


def test_wrong_calls_are_refused_and_right_ones_accepted(tmp_path: Path) -> None:
    lines = [*HEAD.splitlines(), *(f"    {call}" for call in (*RIGHT, *WRONG))]
    module = tmp_path / "calls.py"
    module.write_text("\n".join(lines) + "\n")
    config = Path(__file__).parents[1] / "pyproject.toml"
    said, problems, _ = api.run(
        [str(module), "--config-file", str(config), "--cache-dir", str(tmp_path / "cache")]
    )
    assert not problems
    refused = {
        int(line.split(":")[1])
        for line in said.splitlines()
        if line.startswith(str(module)) and ": error:" in line
    }
    first = len(HEAD.splitlines()) + len(RIGHT) + 1
    assert refused == set(range(first, first + len(WRONG))), said
