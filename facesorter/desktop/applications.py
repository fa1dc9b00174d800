"""Applications that open a photo, as the desktop lists them on Linux."""

from __future__ import annotations

import configparser
import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_GROUP = "Desktop Entry"


@dataclass(frozen=True, slots=True)
class Application:
    """An installed application, by its desktop entry (freedesktop.org, version 1.5)."""

    name: str
    icon: str
    """Name in the icon theme, or a path; may be empty."""
    command: tuple[str, ...]
    """Arguments with the field codes of the specification, ``%f`` and others."""

    def arguments(self, path: str) -> list[str]:
        """Return the command line that opens a file."""
        made: list[str] = []
        given = False
        for argument in self.command:
            if argument in ("%f", "%F"):
                made.append(path)
            elif argument in ("%u", "%U"):
                made.append(Path(path).as_uri())
            elif not argument.startswith("%"):
                made.append(argument.replace("%%", "%"))
                continue
            else:
                continue
            given = True
        return made if given else [*made, path]


def applications(mime: str, language: str = "") -> list[Application]:
    """Return the applications that open files of a type, by name. Thread: any; blocks.

    Args:
        mime: Such as ``image/jpeg``.
        language: Of the names, such as ``de`` or ``pt_BR``.
    """
    seen: set[str] = set()
    found = []
    for folder in _folders():
        for path in sorted(folder.rglob("*.desktop")):
            name = path.relative_to(folder).as_posix().replace("/", "-")
            if name in seen:  # the user's own entry comes first, and replaces the system's
                continue
            seen.add(name)
            entry = _read(path)
            if entry is not None and _opens(entry, mime):
                made = _application(entry, language)
                if made is not None:
                    found.append(made)
    return sorted(set(found), key=lambda each: each.name.casefold())


def outside_environment() -> dict[str, str]:
    """Return the environment for another program, without our own libraries in it.

    An installed facesorter finds its libraries by a path that other programs mustn't inherit.
    """
    environment = dict(os.environ)
    before = environment.pop("LD_LIBRARY_PATH_ORIG", None)
    if before is not None:
        environment["LD_LIBRARY_PATH"] = before
    elif hasattr(sys, "_MEIPASS"):  # an installed facesorter that was started without one
        environment.pop("LD_LIBRARY_PATH", None)
    return environment


def _folders() -> Iterator[Path]:
    home = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    places = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    for place in (home, *places.split(":")):
        folder = Path(place) / "applications"
        if place and folder.is_dir():
            yield folder


def _read(path: Path) -> Mapping[str, str] | None:
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = lambda optionstr: optionstr  # type: ignore[method-assign]
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
        return parser[_GROUP]
    except (OSError, ValueError, KeyError, configparser.Error):
        return None


def _opens(entry: Mapping[str, str], mime: str) -> bool:
    def on(key: str) -> bool:
        return entry.get(key, "").strip().lower() == "true"

    if entry.get("Type") != "Application" or on("Hidden") or on("Terminal"):
        return False
    return mime in entry.get("MimeType", "").split(";")


def _application(entry: Mapping[str, str], language: str) -> Application | None:
    try:
        command = shlex.split(entry.get("Exec", ""))
    except ValueError:
        return None
    needed: Sequence[str] = [each for each in (entry.get("TryExec"), *command[:1]) if each]
    if not command or not all(map(shutil.which, needed)):
        return None
    keys = (f"Name[{language}]", f"Name[{language.partition('_')[0]}]", "Name")
    name = next((entry[key] for key in keys if entry.get(key)), "")
    return Application(name, entry.get("Icon", ""), tuple(command)) if name else None
