"""Commands for stacks: list them, stack and unstack photos, and choose the top one."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from typing import Any

from facesorter.cli.labels import decide_photos, photo_ids
from facesorter.cli.output import photo_at, reader, rows
from facesorter.library import stacks
from facesorter.library.decisions import stacks as decisions
from facesorter.library.stacks import Stack


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's commands to the parser."""
    command = commands.add_parser(
        "stacks", parents=[shared], help="list photos that are shown as one"
    )
    command.add_argument("photos", nargs="*", metavar="PHOTO", help="only stacks of these photos")
    command.set_defaults(run=run_stacks)
    command = commands.add_parser("stack", parents=[shared], help="show photos as one")
    command.add_argument("photos", nargs="+", metavar="PHOTO", help="photos in the library")
    command.set_defaults(run=run_stack)
    command = commands.add_parser("unstack", parents=[shared], help="take photos out of stacks")
    command.add_argument("photos", nargs="+", metavar="PHOTO", help="photos in the library")
    command.set_defaults(run=run_unstack)
    command = commands.add_parser(
        "stack-top", parents=[shared], help="put a photo on top of its stack"
    )
    command.add_argument("photo", metavar="PHOTO", help="a photo in a stack")
    command.set_defaults(run=run_top)


def run_stacks(args: Namespace) -> int:
    """List stacks, one photo per line."""
    with reader(args) as connection:
        named = [photo_at(connection, path) for path in args.photos] or None
        found = stacks.every(connection, named)
    rows(args, _rows(found))
    return 0


def _rows(found: Sequence[Stack]) -> Iterator[dict[str, Any]]:
    for number, stack in enumerate(found, 1):
        for at, (photo, role) in enumerate(zip(stack.photos, stack.roles, strict=True)):
            yield {
                "stack": number,
                "photo_id": photo.id,
                "path": photo.path,
                "top": at == 0,
                "role": role or None,
                "reason": stack.reason.value if at == 0 else None,
                "by_hand": stack.by_hand,
            }


def run_stack(args: Namespace) -> int:
    """Stack photos."""
    return decide_photos(
        args, lambda txn: decisions.stack(txn, photo_ids(txn.connection, args.photos))
    )


def run_unstack(args: Namespace) -> int:
    """Take photos out of their stacks."""
    return decide_photos(
        args, lambda txn: decisions.unstack(txn, photo_ids(txn.connection, args.photos))
    )


def run_top(args: Namespace) -> int:
    """Put a photo on top of its stack."""
    return decide_photos(
        args, lambda txn: decisions.put_on_top(txn, photo_ids(txn.connection, [args.photo])[0])
    )
