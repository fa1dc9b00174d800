"""Keep the table of commands in docs/cli.md in step with the command line.

    python packaging/commands.py            # after a command or an option changed
    python packaging/commands.py --check    # say whether the table is up to date, change nothing

Commands, options and descriptions are those of ``facesorter --help``; the fields of the JSON
answers are written by hand, and `tests.test_cli_page` compares them with real answers.
"""

from __future__ import annotations

import sys
from argparse import SUPPRESS, Action, ArgumentParser, _SubParsersAction
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "cli.md"
sys.path.insert(0, str(ROOT))

from facesorter.cli.main import parser  # noqa: E402 - found by the line above

DECISION = "`decided`, `faces`, `people`"
"""What a new row says until its fields are written: the answer of a decision."""
SHARED = {"--help", "--library", "--json"}
"""Options of every command, which the page explains once."""


def commands(of: ArgumentParser) -> dict[str, tuple[ArgumentParser, str]]:
    """The parser and the help of each command, in the order of ``--help``."""
    for action in of._actions:
        if isinstance(action, _SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            return {name: (each, helps[name]) for name, each in action.choices.items()}
    return {}


def rows() -> dict[str, tuple[str, str]]:
    """How each command is called, and what it does, options and all."""
    found = {}
    for name, (command, text) in commands(parser()).items():
        call = " ".join((name, *_places(command)))
        options = [*_options(command)]
        description = "; ".join((_cell(text), *options))
        found[name] = f"`{_cell(call)}`", description
    return found


def _places(command: ArgumentParser) -> Iterator[str]:
    for action in command._actions:
        if action.option_strings:
            continue
        place = _metavar(action)
        if action.nargs in ("+", "*"):
            place += "…"
        yield f"[{place}]" if action.nargs in ("?", "*") else place


def _options(command: ArgumentParser) -> Iterator[str]:
    known: set[str] = set()  # what several steps of a command share is listed once
    for name, (each, text) in commands(command).items():
        call = " ".join((name, *_places(each)))
        yield f"`{call}`: {_cell(text)}"
        for option in _options(each):
            if option not in known:
                yield option
            known.add(option)
    for action in command._actions:
        names = [name for name in action.option_strings if name.startswith("--")]
        if not names or action.help == SUPPRESS or SHARED.intersection(names):
            continue
        value = "" if action.nargs == 0 else f" {_metavar(action)}"
        text = _cell(action.help or "")
        spelled = " or ".join(f"`{name}{value}`" for name in names)
        yield f"{spelled}: {text}" if text else spelled


def _metavar(action: Action) -> str:
    if isinstance(action.metavar, str):
        return action.metavar
    if action.metavar:
        return " ".join(action.metavar)
    if action.choices:
        return "/".join(map(str, action.choices))
    return action.dest.upper()


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "/").replace("%%", "%").split())


def updated(page: str) -> str:
    """The page with its table as it should be; the fields of known commands are kept."""
    lines = page.splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith("|---")) + 1
    last = next((n for n in range(first, len(lines)) if not lines[n].startswith("|")), len(lines))
    fields = {}
    for line in lines[first:last]:
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        fields[cells[0].strip("` ").split()[0]] = cells[-1]
    table = [
        f"| {call} | {text} | {fields.get(name, DECISION)} |"
        for name, (call, text) in rows().items()
    ]
    return "\n".join([*lines[:first], *table, *lines[last:]]) + "\n"


def main(argv: list[str]) -> int:
    """Update or check; returns the exit code."""
    page = PAGE.read_text(encoding="utf-8")
    wanted = updated(page)
    if "--check" not in argv:
        PAGE.write_text(wanted, encoding="utf-8")
        return 0
    print(
        "docs/cli.md is up to date" if page == wanted else "docs/cli.md: run this without --check"
    )
    return int(page != wanted)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
