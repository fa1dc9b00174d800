"""The type checker refuses wrong calls across the threads, and takes right ones."""

from __future__ import annotations

from pathlib import Path

from mypy import api

HEAD = """
from facesorter.app.events import Event
from facesorter.app.progress import Phase, Progress
from facesorter.app.services import Services
from facesorter.domain import Changes, FaceId, FolderId, PersonId, PhotoId
from facesorter.gui.base.actions import Actions, bind
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.i18n import words
from facesorter.library import queries
from facesorter.library.decisions import corrections, unnamed
from facesorter.library.decisions.journal import Kind

def take(found: str) -> None: ...

def calls(
    services: Services,
    bridge: Bridge,
    actions: Actions,
    changed: Event[Changes],
    ended: Event[()],
    folder: FolderId,
    photo: PhotoId,
    face: FaceId,
    person: PersonId,
) -> None:
"""
RIGHT = (
    "services.submit(corrections.confirm, person, [face])",
    "services.query(queries.photos, [photo]).result()[0].path",
    "bridge.submit(corrections.name, person, 'Anna', allow_same=True)",
    "bridge.then(bridge.query(queries.photos, [photo]), lambda photos: take(photos[0].path))",
    "actions.decide('Confirmed', bind(corrections.confirm, person, [face]))",
    "actions.decide(lambda made: str(made + 1), bind(corrections.move_to_new_person, [face]))",
    "actions.hide_unnamed(unnamed.below, 3)",
    "actions.confirm(person, [face])",
    "actions.set_cover(person, face)",
    "services.query(queries.photo_ids, folder_id=folder, person_id=person)",
    "words.decision(Kind.NAME, {'name': 'Anna'})",
    "Progress(phase=Phase.PAUSED)",
    "changed.emit(Changes(persons=frozenset({person})))",
    "changed.emit(Changes())",
    "ended.emit()",
)
WRONG = (
    "services.submit(corrections.confirm, [face], person)",
    "services.submit(corrections.merge, person, person)",
    "services.query(queries.photos)",
    "services.query(queries.photos, [photo], 2)",
    "services.query(corrections.confirm, person, [face])",
    "services.submit(queries.photos, [photo])",
    "services.writer.submit_machine(corrections.ignore, 'all')",
    "bridge.submit(corrections.name, person, 'Anna', allow=True)",
    "bridge.query_slow(queries.photos, '1')",
    "bridge.then(bridge.query(queries.photos, [photo]), take)",
    "actions.decide('Confirmed', bind(corrections.confirm, [face], person))",
    "actions.decide('Confirmed', bind(corrections.confirm, person))",
    "actions.decide('Confirmed', corrections.confirm)",
    "actions.decide('Read', bind(queries.photos, [photo]))",
    "actions.decide(take, bind(corrections.move_to_new_person, [face]))",
    "actions.decide('Split', bind(corrections.move_to_new_person, [face]), result=take)",
    "actions.hide_unnamed(unnamed.below, 'all')",
    "services.submit(corrections.confirm, face, [person])",
    "services.submit(corrections.confirm, 1, [2])",
    "services.submit(corrections.confirm, folder, [face])",
    "services.submit(corrections.ignore, [person])",
    "services.query(queries.photos, [face])",
    "services.query(queries.photo_ids, person_id=folder)",
    "actions.decide('Confirmed', bind(corrections.confirm, face, [person]))",
    "actions.confirm(face, [person])",
    "actions.set_cover(face, person)",
    "actions.merge(person, [face])",
    "actions.hide_unnamed(unnamed.in_photo, folder)",
    "words.decision('name', {'name': 'Anna'})",
    "Progress(phase='paused')",
    "Progress(paused_by=Phase.PAUSED)",
    "changed.emit(Changes(persons=frozenset({face})))",
    "changed.emit('not changes')",
    "changed.emit(Changes(), 3)",
    "ended.emit(1)",
    "changed.connect(take)",
)


def test_wrong_calls_are_refused_and_right_ones_accepted(tmp_path: Path) -> None:
    """With the checker's usual cache, so that `.ci/run` reads our modules once."""
    lines = [*HEAD.splitlines(), *(f"    {call}" for call in (*RIGHT, *WRONG))]
    module = tmp_path / "calls.py"
    module.write_text("\n".join(lines) + "\n")
    root = Path(__file__).parents[1]
    config, cache = root / "pyproject.toml", root / ".mypy_cache"
    output, problems, _ = api.run(
        [str(module), "--config-file", str(config), "--cache-dir", str(cache)]
    )
    assert not problems
    refused = {
        int(line.split(":")[1])
        for line in output.splitlines()
        if line.startswith(str(module)) and ": error:" in line
    }
    first = len(HEAD.splitlines()) + len(RIGHT) + 1
    assert refused == set(range(first, first + len(WRONG))), output
