"""Commands for details of persons: person, portraits, relate, unrelate."""

from __future__ import annotations

from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from typing import Any

from facesorter.cli.decisions import decide_one
from facesorter.cli.output import (
    EXIT_DONE,
    EXIT_SOME_FAILED,
    count,
    file_path,
    person_id,
    reader,
    result,
)
from facesorter.errors import UserError
from facesorter.library import playback
from facesorter.library.decisions import details, relationships
from facesorter.storage import persons


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's commands to the parser."""
    command = commands.add_parser(
        "person", parents=[shared], help="show or edit a person's details"
    )
    command.add_argument("person", metavar="PERSON", help="id or name")
    command.add_argument("--born", metavar="DATE", help="2019-05-31, 2019-05 or 2019; '' to clear")
    command.add_argument("--died", metavar="DATE", help="date of death, in the same form")
    command.add_argument("--notes", metavar="TEXT", help="'' to clear")
    command.add_argument("--favourite", action=BooleanOptionalAction, help="mark as a favorite")
    command.set_defaults(run=run_person)
    command = commands.add_parser(
        "portraits", parents=[shared], help="export a person's faces over the years as images"
    )
    command.add_argument("person", metavar="PERSON", help="id or name")
    command.add_argument(
        "to",
        metavar="NEW",
        type=file_path,
        help="a new or empty folder; with --animated, a new file",
    )
    command.add_argument(
        "--animated", action="store_true", help="as one animated WebP with the years"
    )
    command.set_defaults(run=run_portraits)
    command = commands.add_parser(
        "relate", parents=[shared], help="add a relationship between two people"
    )
    command.add_argument("person", metavar="PERSON", help="id or name")
    command.add_argument(
        "kin", metavar="RELATIONSHIP", choices=[each.value for each in relationships.Relationship]
    )
    command.add_argument("other", metavar="PERSON")
    command.set_defaults(run=run_relate)
    command = commands.add_parser(
        "unrelate", parents=[shared], help="remove a relationship between two people"
    )
    command.add_argument("person", metavar="PERSON", help="id or name")
    command.add_argument("other", metavar="PERSON")
    command.set_defaults(run=run_unrelate)


def run_portraits(args: Namespace) -> int:
    """Export a person's portraits, oldest first. Exit code 1 if a photo can't be read."""
    from facesorter.library import portraits

    most = portraits.ANIMATED if args.animated else playback.MOST
    with reader(args) as connection:
        shown = portraits.through_the_years(connection, person_id(connection, args.person), most)
    if args.animated:
        if args.to.exists():
            raise UserError("{file} already exists.", file=args.to)
        written, failed = portraits.write_animation(shown, args.to)
    else:
        written, failed = portraits.write_images(shown, args.to)
    message = f"{count(written, 'portrait')} written to {args.to}."
    if failed:
        message += f" {count(len(failed), 'photo')} couldn't be read."
    found = {
        "folder": str(args.to),
        "portraits": written,
        "failed": [{"path": path, "error": str(reason)} for path, reason in failed],
    }
    result(args, found, message)
    return EXIT_SOME_FAILED if failed else EXIT_DONE


def run_person(args: Namespace) -> int:
    """Show a person's details, after changing those given as arguments."""
    facts = {
        "birth_date": args.born,
        "death_date": args.died,
        "notes": args.notes,
        "favourite": args.favourite,
    }
    given = {key: value for key, value in facts.items() if value is not None}

    def decide(txn: Any) -> None:
        details.update_details(txn, person_id(txn.connection, args.person), **given)

    if given:
        return decide_one(args, decide)
    with reader(args) as connection:
        person = person_id(connection, args.person)
        known = details.of(connection, person)
        related = relationships.of(connection, person)
        found = {
            "person_id": person,
            "name": persons.name_of(connection, person),
            "birth_date": known.birth_date,
            "death_date": known.death_date,
            "notes": known.notes,
            "favourite": known.favourite,
            "relatives": [
                {"kin": each.relationship.value, "person_id": each.person_id, "name": each.name}
                for each in related
            ],
        }
    lines = [f"Person {person}: {found['name'] or 'unnamed'}"]
    lines += [
        f"{word}: {value}"
        for word, value in (
            ("Born", known.birth_date),
            ("Died", known.death_date),
            ("Favorite", "yes" if known.favourite else None),
            ("Notes", known.notes),
        )
        if value
    ]
    lines += [
        f"{each.relationship.value.capitalize()}: {each.name or 'unnamed'} "
        f"(person {each.person_id})"
        for each in related
    ]
    result(args, found, "\n".join(lines))
    return 0


def run_relate(args: Namespace) -> int:
    """Relate two persons: the second is the first one's parent, child, and so on."""

    def decide(txn: Any) -> None:
        person, other = (person_id(txn.connection, text) for text in (args.person, args.other))
        relationships.relate(txn, person, relationships.Relationship(args.kin), other)

    return decide_one(args, decide)


def run_unrelate(args: Namespace) -> int:
    """Remove a relation."""

    def decide(txn: Any) -> None:
        person, other = (person_id(txn.connection, text) for text in (args.person, args.other))
        relationships.unrelate(txn, person, other)

    return decide_one(args, decide)
