"""Fail if a program, or the packages that it is built from, contain libraries under the GPL.

    python packaging/check_licences.py FOLDER  a built program, or unpacked wheels
    python packaging/check_licences.py         the packages of requirements.lock, as installed

Ours is an MIT program: what goes along is under permissive licences, or under the LGPL as a library
of its own. Packages say their licence, but libraries inside their wheels may be under another one:
OpenCV's for macOS are (see "Dependencies" in CONTRIBUTING.md). So every file is searched for what
only GPL libraries contain. What it finds is listed; the exit code is 1 then.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

MARKS = {
    b"--enable-gpl": "FFmpeg with its GPL parts",
    b"--enable-nonfree": "FFmpeg that may not be passed on",
    b"license: GPL version": "FFmpeg under the GPL",
    b"x264_encoder_open": "x264",
    b"x265_encoder_open": "x265",
    b"x265_api_get": "x265",
    b"rubberband_new": "Rubber Band",
    b"RubberBandStretcher": "Rubber Band",
    b"xvid_encore": "Xvid",
    b"Exiv2::ImageFactory": "Exiv2",
    b"N5Exiv212ImageFactory": "Exiv2",
}
"""What only such libraries contain, or what links one. FFmpeg under the LGPL contains "x264", too:
its decoder knows that encoder's files."""
NAMES = re.compile(
    r"^(lib)?(x264|x265|rubberband|xvidcore|postproc|exiv2|fftw3|gsl|readline|gdbm)\b"
    # Of Qt, these are under the GPL alone.
    r"|^(lib)?Qt6?(Charts|DataVisualization|Graphs|HttpServer|Lottie|Bodymovin|NetworkAuth"
    r"|Quick3D|QuickTimeline|VirtualKeyboard|WaylandCompositor|Mqtt|Coap|OpcUa)",
    re.IGNORECASE,
)
"""Files that are such libraries."""
FROM_PYTHON = ("readline", "gdbm")
"""Modules of Python's that link a GPL library; no program of ours needs them."""
BINARIES = (".so", ".dylib", ".dll", ".pyd", ".exe", ".bin", "")
ALLOWED = re.compile(r"LGPL|Lesser General Public|MPL|CDDL", re.IGNORECASE)
GPL = re.compile(r"\bA?GPL|General Public License", re.IGNORECASE)
NOT_TAKEN = re.compile(r"^(PySide6|shiboken6)/")
"""Of these the recipe takes what it names; the built program is checked for the rest."""
BLOCK = 1 << 24


def main(argv: list[str]) -> int:
    """Check; returns the exit code."""
    words = argv[1:]
    if len(words) > 1 or words[:1] == ["--help"]:
        print((__doc__ or "").strip(), file=sys.stderr)
        return 0 if words == ["--help"] else 2
    if words:
        folder = Path(words[0])
        files = [path for path in sorted(folder.rglob("*")) if is_binary(path)]
        found = list(findings(files, folder))
    else:
        files = list(of_packages())
        found = [*licences_of_packages(), *findings(files, Path(sys.prefix))]
    for line in found:
        print(line)
    print(f"licences: {len(files)} binaries, {len(found)} under the GPL")
    return 1 if found or not files else 0


def findings(files: Iterable[Path], base: Path) -> Iterator[str]:
    """Yield a line for each file that is, or contains, a GPL library."""
    for path in files:
        where = path.relative_to(base) if path.is_relative_to(base) else path
        if NAMES.search(path.name) or path.name.partition(".")[0] in FROM_PYTHON:
            yield f"{where}: is a GPL library, by its name"
            continue
        for reason in sorted({MARKS[mark] for mark in marks_in(path)}):
            yield f"{where}: contains or uses {reason}"


def marks_in(path: Path) -> set[bytes]:
    """Return those of `MARKS` that a file contains."""
    seen: set[bytes] = set()
    tail = b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            text = tail + block
            seen |= {mark for mark in MARKS if mark in text}
            tail = block[-64:]
    return seen


def is_binary(path: Path) -> bool:
    """Return whether a file may be a library or program, going by its name and first bytes."""
    if path.is_symlink() or not path.is_file():
        return False
    if path.suffix.lower() not in BINARIES and ".so." not in path.name:
        return False
    with path.open("rb") as file:
        return file.read(4) in _BEGINNINGS or path.suffix.lower() in (".dll", ".pyd", ".exe")


_BEGINNINGS = (
    b"\x7fELF",
    *(bytes.fromhex(magic) for magic in ("cffaedfe", "cefaedfe", "cafebabe", "feedfacf")),
)
"""ELF, and macOS' formats."""


def of_packages() -> Iterator[Path]:
    """Yield the binaries of all packages that users run."""
    for found in installed():
        for file in found.files or ():
            path = Path(str(file.locate()))
            if not NOT_TAKEN.search(str(file).replace("\\", "/")) and is_binary(path):
                yield path


def licences_of_packages() -> Iterator[str]:
    """Yield a line for each package that says it is under the GPL, and no other licence."""
    from licences import licence_name

    for found in installed():
        licence = licence_name(found)
        if GPL.search(licence) and not ALLOWED.search(licence):
            yield f"{found.name}: says its licence is {licence}"


def installed() -> Iterator[metadata.Distribution]:
    """Yield the packages that users run, of this environment."""
    from licences import locked

    for name in sorted(locked(), key=str.lower):
        try:
            yield metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # for another system


if __name__ == "__main__":
    sys.exit(main(sys.argv))
