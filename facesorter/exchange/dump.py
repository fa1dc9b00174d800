"""The file format of a dump of all decisions: tables of plain rows, as JSON or as CSV.

A JSON file holds one object with the tables as lists, one row to a line; a CSV folder has one file
per table. Both have the same columns, `TABLES`, which ``docs/data.md`` describes. No embeddings, no
pictures.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from facesorter.errors import UserError
from facesorter.files import replacing

FORMAT, VERSION = "facesorter", 1
TABLES: dict[str, dict[str, str]] = {
    "people": {
        "key": "int",
        "name": "text?",
        "birth_date": "text?",
        "death_date": "text?",
        "notes": "text?",
        "favourite": "bool",
        "hidden": "bool",
        "cover": "int?",
    },
    "relations": {"a": "int", "b": "int", "kind": "text"},
    "photos": {
        "key": "int",
        "content_hash": "text?",
        "path": "text",
        "size": "int",
        "width": "int?",
        "height": "int?",
        "taken_at": "text",
        "taken_from": "text",
        "given_date": "text?",
        "rating": "int?",
        "title": "text?",
        "caption": "text?",
        "favourite": "bool",
        "repeats": "bool",
        "turn": "int?",
        "given_place": "int?",
        "given_latitude": "number?",
        "given_longitude": "number?",
        "given_stack": "int?",
        "given_top": "int?",
    },
    "faces": {
        "key": "int",
        "photo": "int",
        "x": "number",
        "y": "number",
        "w": "number",
        "h": "number",
        "origin": "text",
        "state": "text",
        "person": "int?",
        "moment": "int?",
    },
    "rejections": {"face": "int", "person": "int"},
    "dismissals": {"face": "int", "kind": "text", "person": "int"},
    "not_duplicates": {"photo": "int", "other": "int"},
    "tags": {"key": "int", "name": "text"},
    "photo_tags": {"photo": "int", "tag": "int"},
    "person_tags": {"person": "int", "tag": "int"},
    "albums": {"key": "int", "name": "text", "search": "text?"},
    "album_photos": {"album": "int", "photo": "int"},
}
"""The columns of each table and their types; "?" if a value may be missing (null, or empty)."""

LARGEST = 512 << 20
"""Bytes of a table or file that is read: a library of a million photos has less."""
LARGEST_AT_ONCE = 8 << 20
"""Bytes of a JSON file that wasn't written here, and is read at once: that can take thirty times as
much memory."""
LONGEST_LINE = 1 << 20
"""Characters of a row: the longest notes or caption have a hundredth of that."""

Row = dict[str, Any]
Tables = dict[str, list[Row]]


@dataclass(frozen=True, slots=True)
class Summary:
    """Rows by table."""

    counts: Mapping[str, int]


def write_json(
    path: Path, tables: Mapping[str, Iterable[Row]], about: Mapping[str, str]
) -> Summary:
    """Write a JSON file, complete or not at all.

    Args:
        path: Replaced if it is there.
        tables: Rows by the names in `TABLES`.
        about: More of the head: program and time.

    Raises:
        UserError: It can't be written.
    """
    counts = {}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with (
            replacing(path, sync=True, private=True) as partial,
            partial.open("w", encoding="ascii", newline="\n") as file,
        ):
            head = {"format": FORMAT, "version": VERSION, **about}
            file.write(json.dumps(head)[:-1])
            for name in TABLES:
                file.write(f',\n"{name}": [')
                counts[name] = _write_rows(file, tables[name])
                file.write("]")
            file.write("}\n")
    except OSError as error:
        raise _unwritable(path, error) from error
    return Summary(counts)


def _write_rows(file: TextIO, rows: Iterable[Row]) -> int:
    number = 0
    for row in rows:
        file.write(("\n" if number == 0 else ",\n") + json.dumps(row))
        number += 1
    file.write("\n" if number else "")
    return number


def write_csv(folder: Path, tables: Mapping[str, Iterable[Row]]) -> Summary:
    """Write one CSV file per table into a folder, each complete or not at all.

    Raises:
        UserError: It can't be written.
    """
    counts = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, columns in TABLES.items():
            with (
                replacing(folder / f"{name}.csv", sync=True, private=True) as partial,
                # With a mark of the encoding, which spreadsheets ask for.
                partial.open(
                    "w", encoding="utf-8-sig", newline="", errors="surrogateescape"
                ) as file,
            ):
                writer = csv.writer(file)
                writer.writerow(columns)
                counts[name] = 0
                for row in tables[name]:
                    writer.writerow([_cell(row[column]) for column in columns])
                    counts[name] += 1
    except OSError as error:
        raise _unwritable(folder, error) from error
    return Summary(counts)


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return int(value) if isinstance(value, bool) else _escaped(value)


def _escaped(value: Any) -> Any:
    r"""Tell an empty text from none: ``\`` is an escape, and ``\0`` an empty text."""
    if not isinstance(value, str):
        return value
    return value.replace("\\", "\\\\") or "\\0"


def _unescaped(text: str) -> str:
    return "" if text == "\\0" else text.replace("\\\\", "\\")


def read(path: Path) -> Tables:
    """Read a JSON file or a folder of CSV files. Thread: any; blocks.

    Returns:
        The rows of every table, with all columns and values of the right type.

    Raises:
        UserError: It isn't such a file, or is of a newer program.
    """
    try:
        if path.is_dir():
            return {name: list(_csv_rows(path / f"{name}.csv", name)) for name in TABLES}
        if path.stat().st_size > LARGEST:
            raise _invalid(path)
        with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
            first = file.readline(LONGEST_LINE)
            if _is_ours(first):
                return _by_line(path, first, file)
        if path.stat().st_size > LARGEST_AT_ONCE:
            raise _invalid(path)
        return _at_once(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UserError("{file} can’t be read ({error}).", file=path, error=reason) from error
    except (ValueError, RecursionError, csv.Error) as error:
        raise _invalid(path) from error


def _is_ours(line: str) -> bool:
    return line.startswith('{"format": ') and line.endswith(",\n")


def _by_line(path: Path, first: str, file: TextIO) -> Tables:
    """Read a file as `write_json` writes it, row by row, so that memory holds only the rows."""
    _check_head(path, json.loads(first.rstrip(",\n") + "}"))
    found: Tables = {name: [] for name in TABLES}
    table = ""
    while line := file.readline(LONGEST_LINE):
        text = line.strip()
        if text.startswith('"'):
            table = json.loads(text.partition(":")[0])
        elif text.startswith("{") and table in TABLES:
            found[table].append(_checked(table, json.loads(text.rstrip(","))))
        elif text.strip("],}"):
            raise ValueError(text[:80])
    return found


def _at_once(path: Path) -> Tables:
    read = json.loads(path.read_text(encoding="utf-8-sig", errors="surrogateescape"))
    if not isinstance(read, dict):
        raise ValueError("no object")
    _check_head(path, read)
    found: Tables = {}
    for name in TABLES:
        rows = read.get(name, [])
        if not isinstance(rows, list):
            raise ValueError(name)
        found[name] = [_checked(name, row) for row in rows]
    return found


def _check_head(path: Path, head: Mapping[str, Any]) -> None:
    if head.get("format") != FORMAT or not isinstance(head.get("version"), int):
        raise ValueError("another format")
    if head["version"] > VERSION:
        raise UserError("{file} was written by a newer version of facesorter.", file=path)


def _csv_rows(path: Path, table: str) -> Iterator[Row]:
    if not path.exists():
        if table in ("people", "photos", "faces"):
            raise ValueError(path.name)
        return
    if path.stat().st_size > LARGEST:
        raise ValueError(path.name)
    with path.open(encoding="utf-8-sig", newline="", errors="surrogateescape") as file:
        rows = csv.reader(file)
        names = next(rows, [])
        for cells in rows:
            row = dict(zip(names, cells, strict=False))
            types = TABLES[table]
            yield _checked(
                table, {name: _typed(row.get(name, ""), kind) for name, kind in types.items()}
            )


def _typed(cell: str, kind: str) -> Any:
    if cell == "" and kind.endswith("?"):
        return None
    match kind.rstrip("?"):
        case "int":
            return int(cell)
        case "number":
            return float(cell)
        case "bool":
            return cell.strip().lower() in ("1", "true")
        case _:
            return _unescaped(cell)


def _checked(table: str, row: object) -> Row:
    """Return a row with exactly the known columns, of the right types."""
    if not isinstance(row, dict):
        raise ValueError(table)
    found = {}
    for column, kind in TABLES[table].items():
        value = row.get(column)
        if value is None:
            if not kind.endswith("?"):
                raise ValueError(f"{table}: no {column}")
        elif not _is(value, kind.rstrip("?")):
            raise ValueError(f"{table}: {column}")
        found[column] = value
    return found


def _is(value: object, kind: str) -> bool:
    match kind:
        case "int":
            return type(value) is int and abs(value) < 2**63
        case "number":
            return type(value) in (int, float) and math.isfinite(value)  # type: ignore[arg-type]
        case "bool":
            return isinstance(value, bool)
        case _:
            return isinstance(value, str) and len(value) < LONGEST_LINE


def _invalid(path: Path) -> UserError:
    return UserError("{file} isn’t a file that facesorter can load.", file=path)


def _unwritable(path: Path, error: OSError) -> UserError:
    reason = error.strerror or type(error).__name__
    return UserError("{folder} can’t be written ({error}).", folder=path, error=reason)
