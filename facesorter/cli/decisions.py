"""Commands for decisions: name, merge, split, assign, confirm, reject, draw, undo, and others."""

from __future__ import annotations

import contextlib
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facesorter import paths
from facesorter.cli.output import (
    at_least_one,
    count,
    face_id,
    person_id,
    photo_at,
    reader,
    result,
)
from facesorter.domain import Changes, Region
from facesorter.errors import UserError
from facesorter.images.formats import is_video
from facesorter.library.decisions import corrections, journal
from facesorter.library.library import Library
from facesorter.library.transaction import Transaction
from facesorter.settings import Settings
from facesorter.storage.database import DATABASE_NAME

if TYPE_CHECKING:
    from facesorter.faces.analyzer import FoundFace

Act = Callable[[Transaction, Namespace], object]
"""A decision, called with the parsed arguments of its command."""

LONGEST = 1e6
"""Seconds of a video at most: eleven days, far above any; larger numbers are slips."""


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's commands to the parser."""
    command = commands.add_parser("name", parents=[shared], help="name or rename a person")
    command.add_argument("person", metavar="PERSON", help="id or name")
    command.add_argument("name", metavar="NAME")
    command.add_argument("--same", action="store_true", help="allow a name that's already in use")
    command.set_defaults(run=run_name)
    command = commands.add_parser("merge", parents=[shared], help="merge people into one")
    command.add_argument("person", metavar="PERSON", help="the person to keep")
    command.add_argument("others", nargs="+", metavar="PERSON")
    command.add_argument("--name", default=None, metavar="NAME", help="and name them so")
    command.set_defaults(run=run_merge)
    for name, text in (
        ("split", "move faces of a person to a new person"),
        ("assign", "move faces to a person"),
        ("confirm", "confirm that faces are this person"),
        ("reject", "remove faces from a person for good"),
    ):
        command = commands.add_parser(name, parents=[shared], help=text)
        command.add_argument("person", metavar="PERSON", help="id or name")
        command.add_argument("faces", nargs="+", type=face_id, metavar="FACE")
        command.set_defaults(run=run_faces, act=name)
    command = add_decision(commands, shared, "ignore", "ignore faces", ignore)
    command.add_argument("faces", nargs="+", type=face_id, metavar="FACE")
    command = commands.add_parser("draw", parents=[shared], help="add a missed face")
    command.add_argument("photo", metavar="PHOTO", help="a photo in the library")
    for name in ("x", "y", "w", "h"):
        command.add_argument(name, type=float, metavar=name.upper(), help="0 to 1")
    command.add_argument("--name", default=None, metavar="N", help="name of the person")
    command.add_argument("--at", type=_seconds, metavar="S", help="in a video: its second")
    command.set_defaults(run=run_draw)
    command = commands.add_parser("redraw", parents=[shared], help="move or resize a face box")
    command.add_argument("face", type=face_id, metavar="FACE")
    for name in ("x", "y", "w", "h"):
        command.add_argument(name, type=float, metavar=name.upper(), help="0 to 1")
    command.set_defaults(run=run_redraw)
    for name, text in (("undo", "undo the last changes"), ("redo", "redo undone changes")):
        command = commands.add_parser(name, parents=[shared], help=text)
        command.add_argument("count", nargs="?", type=at_least_one, default=1, metavar="N")
        command.set_defaults(run=run_walk, act=name)


def run_name(args: Namespace) -> int:
    """Name or rename a person."""
    return decide_one(
        args,
        lambda txn: corrections.name(
            txn, person_id(txn.connection, args.person), args.name, allow_same=args.same
        ),
    )


def run_merge(args: Namespace) -> int:
    """Merge persons."""

    def merge(txn: Any) -> None:
        people = [person_id(txn.connection, text) for text in (args.person, *args.others)]
        corrections.merge(txn, people[0], people[1:], name=args.name)

    return decide_one(args, merge)


def run_faces(args: Namespace) -> int:
    """Split, assign, confirm, or reject faces."""

    def decide(txn: Any) -> int | None:
        person = person_id(txn.connection, args.person)
        corrections.require_faces(txn, args.faces)
        if args.act == "split":
            corrections.require_faces(txn, args.faces, person)
            return corrections.move_to_new_person(txn, args.faces)
        {
            "assign": corrections.assign,
            "confirm": corrections.confirm,
            "reject": corrections.reject,
        }[args.act](txn, person, args.faces)
        return None

    return decide_one(args, decide)


def ignore(txn: Transaction, args: Namespace) -> None:
    """Ignore faces that are none, or of no interest."""
    corrections.require_faces(txn, args.faces)
    corrections.ignore(txn, args.faces)


def run_draw(args: Namespace) -> int:
    """Add a missed face; its region is in fractions of the upright photo."""
    from facesorter.library.decisions import boxes

    region = _region(args)
    moment = None if args.at is None else round(args.at * 1000)
    if is_video(args.photo) != (moment is not None):
        raise UserError("For a video, --at says in which second; for a photo, it is left out.")
    with reader(args) as connection:
        photo_id = photo_at(connection, args.photo)
    face, sha256 = _look(Path(args.photo), region, moment)
    return _write_drawn(
        args, face, "was added", boxes.draw, photo_id, face, sha256, None, args.name
    )


def run_redraw(args: Namespace) -> int:
    """Change a face's region, in fractions of the upright photo."""
    from facesorter.library import queries
    from facesorter.library.decisions import boxes

    region = _region(args)
    with reader(args) as connection:
        known = queries.faces(connection, [args.face])
        photos = queries.photos(connection, [face.photo_id for face in known])
    if not photos:
        raise UserError(
            "There’s no face {face}. 'facesorter faces' lists them.", face=str(args.face)
        )
    face, sha256 = _look(Path(photos[0].path), region, known[0].moment)
    outcome = f"replaces face {args.face}"
    return _write_drawn(args, face, outcome, boxes.redraw, args.face, face, sha256)


def _seconds(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 <= (seconds := float(text)) <= LONGEST:
            return seconds
    raise ArgumentTypeError(f"{text} is not a second of a video")


def _region(args: Namespace) -> Region:
    inside = 0 <= args.x < args.x + args.w <= 1 and 0 <= args.y < args.y + args.h <= 1
    if not inside:
        raise UserError("X Y W H are fractions of the photo, from its top left: 0.4 0.2 0.1 0.15")
    return Region(args.x, args.y, args.w, args.h)


def _look(path: Path, region: Region, moment: int | None) -> tuple[FoundFace, str]:
    """Describe the face in a region of a photo or frame; return it and the pack's SHA-256."""
    from facesorter.app.model_switch import load_analyzer
    from facesorter.faces.analyzer import describe_region

    analyzer = load_analyzer(Settings.load(paths.settings_dir()))
    return describe_region(path, region, analyzer, moment), analyzer.sha256


def _write_drawn(args: Namespace, face: FoundFace, outcome: str, act: Any, *values: Any) -> int:
    library = open_library(args)
    try:
        made, changes = library.transact(act, *values)
    finally:
        library.close()
    found = {**_what(changes, None), "face_id": made}
    seen = "" if face.detection_score else " The models see no face there."
    result(args, found, f"Face {made} {outcome}.{seen}")
    return 0


def run_walk(args: Namespace) -> int:
    """Undo or redo one or several decisions."""
    walk = journal.undo if args.act == "undo" else journal.redo
    library = open_library(args)
    done: list[journal.UndoResult] = []
    try:
        for _ in range(args.count):
            step, _changes = library.transact(walk)
            if step.kind is None:
                break
            done.append(step)
    finally:
        library.close()
    found = {
        args.act: [{"kind": step.kind, **dict(step.args), "skipped": step.skipped} for step in done]
    }
    past = "undone" if args.act == "undo" else "redone"
    text = "\n".join(f"{past}: {step.kind} {_words(step.args)}" for step in done)
    result(args, found, text or f"Nothing to {args.act}.")
    return 0


def open_library(args: Namespace) -> Library:
    """Open the library given on the command line for writing.

    Raises:
        UserError: it doesn't exist.
    """
    if not (args.library / DATABASE_NAME).exists():
        raise UserError(
            "There’s no library in {folder}. 'facesorter scan' creates one.", folder=args.library
        )
    return Library(args.library)


def add_decision(
    commands: Any, shared: ArgumentParser, name: str, text: str, act: Act
) -> ArgumentParser:
    """Add a command that makes one decision; the caller adds its arguments.

    ``act`` is called with the transaction and the parsed arguments. The output is the same for all
    decisions: ``decided``, ``faces``, ``people``.
    """
    command: ArgumentParser = commands.add_parser(name, parents=[shared], help=text)
    command.set_defaults(run=run_decision, act=act)
    return command


def run_decision(args: Namespace) -> int:
    """Make the decision of a command added by `add_decision`."""

    def decide(txn: Transaction) -> None:
        args.act(txn, args)

    return decide_one(args, decide)


def decide_one(args: Namespace, act: Any) -> int:
    """Make one decision and print what changed."""
    library = open_library(args)
    try:
        made, changes = library.transact(act)
    finally:
        library.close()
    result(args, _what(changes, made), _sentence(changes, made))
    return 0


def _what(changes: Changes, made: int | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "decided": changes.decided,
        "faces": sorted(changes.faces),
        "people": sorted(changes.persons),
    }
    if made is not None:
        found["person_id"] = made
    return found


def _sentence(changes: Changes, made: int | None) -> str:
    if not changes.decided:
        return "Nothing to change."
    people = ", ".join(map(str, sorted(changes.persons)))
    text = f"{count(len(changes.faces), 'face')} changed, in person {people}."
    return text if made is None else f"{text} The new person is {made}."


def _words(args: tuple[tuple[str, str | int], ...]) -> str:
    return " ".join(f"{key}={value}" for key, value in args if value not in ("", None))
