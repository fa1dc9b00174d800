"""The prove command: originals compared with the first scan, and every use of the network."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import Any

from facesorter.cli.output import (
    EXIT_DONE,
    EXIT_SOME_FAILED,
    at_least_one,
    count,
    file_path,
    reader,
    result,
)
from facesorter.desktop import network_uses
from facesorter.desktop.network_uses import Use
from facesorter.errors import UserError
from facesorter.files import write_atomically
from facesorter.library import prove
from facesorter.library.output_files import refuse_precious
from facesorter.library.prove import Proof

STEP = 50
"""Photos between two steps of the counter on a terminal."""


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's command to the parser."""
    command = commands.add_parser(
        "prove",
        parents=[shared],
        help="prove that the originals are unchanged, and list network use",
    )
    command.add_argument("--sample", type=at_least_one, metavar="N", help="read N photos only")
    command.add_argument(
        "--save", type=file_path, metavar="FILE", help="also save a report, as HTML"
    )
    command.set_defaults(run=run_prove)


def run_prove(args: Namespace) -> int:
    """Compare originals with their first sight. Exit code 1 if one is changed or missing."""
    shown = sys.stderr.isatty()

    def progress(done: int, every: int) -> None:
        if shown and (done % STEP == 0 or done == every):
            print(f"\r{done:,} of {every:,}", end="" if done < every else "\n", file=sys.stderr)

    with reader(args) as connection:
        if args.save:
            refuse_precious(connection, args.save)
        proof = prove.prove(connection, None, args.sample, progress)
    uses = network_uses.every()
    parts = [("Originals", list(_originals(proof))), ("Network", list(_network(uses)))]
    if args.save:
        page = prove.as_html(f"facesorter, {proof.made_at.replace('T', ' ')}", parts)
        try:
            write_atomically(args.save, page.encode())
        except OSError as error:
            raise UserError(
                "{file} can’t be written ({error}).", file=args.save, error=error
            ) from error
    found = {
        "photos": proof.photos,
        "same": proof.same,
        "edited": proof.edited,
        "changed": proof.changed,
        "missing": proof.missing,
        "unreadable": proof.unreadable,
        "offline": proof.offline,
        "network": [use._asdict() for use in uses],
    }
    result(args, found, "\n".join(line for _, lines in parts for line in lines))
    return EXIT_DONE if proof.whole else EXIT_SOME_FAILED


def _originals(proof: Proof) -> Iterator[str]:
    yield f"{proof.same:,} of {count(proof.photos, 'photo')} are exactly as first seen."
    if proof.offline:
        yield f"{count(proof.offline, 'photo')} in folders that aren't connected."
    for paths, label in (
        (proof.edited, "saved by another program since the last scan"),
        (proof.changed, "changed without a change of size and time"),
        (proof.missing, "missing"),
        (proof.unreadable, "unreadable"),
    ):
        if paths:
            yield f"{count(len(paths), 'photo')} {label}:"
            yield from (f"  {path}" for path in paths)


def _network(uses: list[Use]) -> Iterator[str]:
    if not uses:
        yield "The network was never used."
    else:
        yield f"{count(len(uses), 'request')}, each because you asked for it:"
    yield from (f"  {use.at}  {use.address}" for use in uses)
