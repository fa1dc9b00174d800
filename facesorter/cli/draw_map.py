"""The map command: the map of all faces as an image or JSON."""

from __future__ import annotations

import json
import sqlite3
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facesorter.cli.output import count, file_path, reader, result
from facesorter.errors import UserError
from facesorter.library.output_files import refuse_precious

if TYPE_CHECKING:
    from facesorter.library.face_map import FaceMap

KINDS = (".png", ".json")


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's command to the parser."""
    command = commands.add_parser(
        "map", parents=[shared], help="draw a map with similar faces close together"
    )
    command.add_argument("out", type=file_path, metavar="OUT", help="output file, .png or .json")
    command.set_defaults(run=run_map)


def run_map(args: Namespace) -> int:
    """Draw the map, starting from the one stored next to the library if there is one."""
    out: Path = args.out
    if out.suffix.lower() not in KINDS:
        raise UserError("{file} must end in .png or .json.", file=out)
    with reader(args) as connection:
        refuse_precious(connection, out, is_picture=True)
        shown = _map(connection, args.library)
    try:
        if out.suffix.lower() == ".json":
            from facesorter.library import face_map

            out.write_text(json.dumps(face_map.as_json(shown)), encoding="utf-8")
        else:
            _picture(shown, out)
    except OSError as error:
        raise UserError("{file} can’t be written ({error}).", file=out, error=error) from error
    faces, named = len(shown.face_ids), sum(cloud.name is not None for cloud in shown.clouds)
    message = f"{count(faces, 'face')} and {count(named, 'name')} drawn to {out}."
    result(args, {"file": str(out), "faces": faces, "named": named}, message)
    return 0


def _map(connection: sqlite3.Connection, directory: Path) -> FaceMap:
    from facesorter.clustering.engine import Engine
    from facesorter.library import face_map, grouping

    places = face_map.load(directory)
    shown = face_map.read(connection, places) if places is not None else None
    if shown is None or shown.unplaced:
        engine = Engine()
        grouping.propose(connection, engine)
        likeness = engine.likeness()
        if likeness is None:
            raise UserError("The library has no faces to draw yet. 'facesorter scan' finds them.")
        if not face_map.is_current(places, likeness):
            places = face_map.renew(places, likeness)
            face_map.save(directory, places)
        assert places is not None
        shown = face_map.read(connection, places)
    return shown


def _picture(shown: FaceMap, out: Path) -> None:
    from facesorter.images.chart import draw

    draw(
        shown.xy,
        shown.person,
        shown.state == 2,
        [(cloud.name, cloud.person_id, cloud.x, cloud.y) for cloud in shown.clouds if cloud.name],
    ).save(out)
