"""Commands for reviewing: open questions, hiding unnamed people, and doubtful faces."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import Any

from facesorter.cli.decisions import add_decision, decide_one
from facesorter.cli.output import at_least_one, face_id, person_id, reader, rows
from facesorter.domain import PersonId
from facesorter.errors import UserError
from facesorter.library import listings, outliers, queries, review
from facesorter.library.decisions import corrections, unnamed
from facesorter.library.name_import import provenance
from facesorter.library.transaction import Transaction
from facesorter.storage import persons


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's commands to the parser."""
    command = commands.add_parser(
        "review", parents=[shared], help="list open questions, most useful first"
    )
    command.set_defaults(run=run_review)
    command = commands.add_parser("apart", parents=[shared], help="mark two people as different")
    command.add_argument("person", metavar="PERSON", help="id or name")
    command.add_argument("other", metavar="PERSON")
    command.set_defaults(run=run_apart)
    command = commands.add_parser(
        "one", parents=[shared], help="mark a mixed-looking group as one person"
    )
    command.add_argument("person", metavar="PERSON", help="id or name")
    command.set_defaults(run=run_one)
    command = commands.add_parser(
        "unsure", parents=[shared], help="skip all questions about a person"
    )
    command.add_argument("person", metavar="PERSON", help="id or name")
    command.set_defaults(run=run_unsure)
    command = commands.add_parser("strangers", parents=[shared], help="hide unnamed people in bulk")
    where = command.add_mutually_exclusive_group(required=True)
    where.add_argument("--photo", metavar="PATH", help="all unnamed people in this photo")
    where.add_argument("--folder", metavar="F", help="all unnamed people in this watched folder")
    where.add_argument(
        "--below", type=at_least_one, metavar="N", help="all unnamed people with fewer than N faces"
    )
    command.set_defaults(run=run_hide_unnamed)
    command = commands.add_parser(
        "suspects", parents=[shared], help="list a person's faces, least certain first"
    )
    command.add_argument("person", metavar="PERSON", help="id or name")
    command.set_defaults(run=run_suspects)
    command = commands.add_parser("sure", parents=[shared], help="mark doubtful faces as correct")
    command.add_argument("person", metavar="PERSON", help="id or name")
    command.add_argument("faces", nargs="+", type=face_id, metavar="FACE")
    command.set_defaults(run=run_sure)
    command = commands.add_parser(
        "why", parents=[shared], help="explain why a face belongs to a person"
    )
    command.add_argument("face", metavar="FACE", type=face_id)
    command.set_defaults(run=run_why)
    for name, text in (("hide", "hide people"), ("show", "unhide people")):
        command = add_decision(commands, shared, name, text, hide)
        command.add_argument("person", metavar="PERSON", help="id or name")
        command.set_defaults(hidden=name == "hide")


def run_review(args: Namespace) -> int:
    """List the open questions."""
    with reader(args) as connection:
        rows(args, _questions(connection))
    return 0


def run_apart(args: Namespace) -> int:
    """Declare two persons to be different."""

    def decide(txn: Any) -> None:
        connection = txn.connection
        people = [person_id(connection, text) for text in (args.person, args.other)]
        if people[0] == people[1]:
            raise UserError("These are the same person. Nothing was changed.")
        review.mark_different(txn, review.card(connection, _same(*people)))

    return decide_one(args, decide)


def run_one(args: Namespace) -> int:
    """Declare a group to be one person."""

    def decide(txn: Any) -> None:
        person = person_id(txn.connection, args.person)
        for question in review.questions_open(txn.connection):
            if question.kind is review.Kind.MIXED and question.person_id == person:
                review.one_person(txn, review.card(txn.connection, question))

    return decide_one(args, decide)


def run_unsure(args: Namespace) -> int:
    """Dismiss the questions about a person."""

    def decide(txn: Any) -> None:
        person = person_id(txn.connection, args.person)
        review.unsure(
            txn,
            *(
                review.card(txn.connection, question)
                for question in review.questions_open(txn.connection)
                if person in (question.person_id, question.other_id)
            ),
        )

    return decide_one(args, decide)


def run_hide_unnamed(args: Namespace) -> int:
    """Hide unnamed people."""

    def decide(txn: Any) -> None:
        unnamed.hide(txn, _unnamed_people(txn.connection, args))

    return decide_one(args, decide)


def hide(txn: Transaction, args: Namespace) -> None:
    """Hide a person, or show a hidden one."""
    corrections.hide(txn, person_id(txn.connection, args.person), args.hidden)


def run_suspects(args: Namespace) -> int:
    """List a person's faces, most doubtful first."""
    with reader(args) as connection:
        person = person_id(connection, args.person)
        rows(args, (_suspect(each) for each in outliers.suspects(connection, person)))
    return 0


def run_sure(args: Namespace) -> int:
    """Declare faces to be right."""

    def decide(txn: Any) -> None:
        person = person_id(txn.connection, args.person)
        corrections.require_faces(txn, args.faces, person)
        outliers.mark_correct(txn, person, args.faces)

    return decide_one(args, decide)


def run_why(args: Namespace) -> int:
    """Explain why a face is with its person."""
    with reader(args) as connection:
        found = outliers.why(connection, args.face)
        source = provenance.of_faces(connection, [args.face]).get(args.face)
        near = [{"face_id": face, "likeness": like} for face, like in found.nearest]
        name_from = None
        if source is not None:
            name_from = {
                "source": source.source,
                "program": source.program,
                "brought_in_at": source.made_at,
            }
        rows(
            args,
            [
                {
                    **_suspect(found.suspect),
                    "margin": round(found.margin, 4),
                    "nearest": near,
                    "name_from": name_from,
                }
            ],
        )
    return 0


def _suspect(suspect: outliers.Suspect) -> dict[str, Any]:
    return {
        "face_id": suspect.face_id,
        "doubt": suspect.doubt,
        "reason": suspect.reason.value,
        "likeness": suspect.likeness,
        "rival_id": suspect.rival_id,
        "rival_likeness": suspect.rival_likeness,
    }


def _unnamed_people(connection: Any, args: Namespace) -> unnamed.UnnamedPeople:
    if args.below:
        return unnamed.below(connection, args.below)
    path = os.path.abspath(args.photo or args.folder)
    if args.photo:
        photo = listings.photo_at(connection, path)
        if photo is None:
            raise UserError(
                "{file} isn’t in the library. 'facesorter scan' adds it.", file=args.photo
            )
        return unnamed.in_photo(connection, photo)
    for folder in queries.folders(connection):
        if folder.path == path:
            return unnamed.in_folder(connection, folder.id)
    raise UserError("{folder} isn’t a watched folder. Nothing was changed.", folder=args.folder)


def _same(person: PersonId, other: PersonId) -> review.Question:
    return review.Question(review.Kind.SAME, person, other)


def _questions(connection: Any) -> Iterator[dict[str, Any]]:
    for question in review.questions_open(connection):
        other = question.other_id
        yield {
            "question": question.kind.value,
            "person_id": question.person_id,
            "name": persons.name_of(connection, question.person_id),
            "other_id": other,
            "other_name": None if other is None else persons.name_of(connection, other),
            "face_ids": list(question.face_ids),
            "worth": question.worth,
        }
