"""Collect the licences of everything that a frozen program contains, for *About*.

    python packaging/licences.py OUT.json [LIBRARY…]

LIBRARY is a library of the system (Debian, Ubuntu) that goes along.
Run it with the environment that the program is built from. The result is a list of objects with
``name``, ``version``, ``licence`` (in a word, where the part says one) and ``text`` (in full).
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
TOOLS = {"hatchling", "editables", "pathspec", "pip", "trove-classifiers"}
"""In the lock to install the checkout or a plugin; no program contains them."""
UNSAID = {"insightface": "MIT", "rawpy": "MIT, with LibRaw: LGPL-2.1-only"}
"""What packages say of themselves only in their description, or not of what is inside them."""
TEXTS = Path(__file__).resolve().parent / "licence_texts"
INSIDE = (
    ("FFmpeg (in PySide6-Addons and OpenCV)", "LGPL-2.1-or-later", "LGPL-2.1.txt"),
    ("libjxl (in pylibjxl)", "BSD-3-Clause", "libjxl.txt"),
)
"""Libraries inside packages that don't bring their texts: name, licence, file of `TEXTS`."""
LEGAL = re.compile(r"(?i)(^|/)(licen[cs]e|copying|notice|copyright|third.?party)[^/]*$")
PLAIN = {".txt", ".md", ".rst", ".libraw", ""}


def main(argv: list[str]) -> int:
    """Write the list; returns the exit code."""
    if len(argv) < 2:
        print((__doc__ or "").strip(), file=sys.stderr)
        return 2
    parts = list(collect(map(Path, argv[2:])))
    Path(argv[1]).write_text(json.dumps(parts, indent=1) + "\n", encoding="utf-8")
    mute = [part["name"] for part in parts if not part["text"]]
    print(
        f"licences: {len(parts)} parts" + (f"; without a text: {', '.join(mute)}" if mute else "")
    )
    return 0


def collect(binaries: Iterable[Path] = ()) -> Iterator[dict[str, str]]:
    """All parts: ours, the models, Python, packages, and the system libraries in ``binaries``."""
    sys.path.insert(0, str(ROOT))
    from facesorter import NAME, __version__
    from facesorter.app.diagnosis import DATA

    yield part(NAME, __version__, "MIT", (ROOT / "LICENSE").read_text(encoding="utf-8"))
    for name, licence, file in DATA:
        yield part(name, "", licence, (ROOT / "resources" / file).read_text(encoding="utf-8"))
    icons = ROOT / "resources" / "icons" / "mdi"
    text = (icons / "LICENSE").read_text(encoding="utf-8")
    yield part("Material Design Icons", "6.9.96", "Apache-2.0", text)
    yield part("Python", sys.version.split()[0], "PSF-2.0", python_licence())
    for name in sorted(locked(), key=str.lower):
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # for another system
        yield part(name, found.version, licence_name(found), licence_text(found))
    for name, licence, file in INSIDE:
        yield part(name, "", licence, (TEXTS / file).read_text(encoding="utf-8"))
    yield from system_parts(binaries)


def part(name: str, version: str, licence: str, text: str) -> dict[str, str]:
    """One entry."""
    return {"name": name, "version": version, "licence": licence, "text": text.strip()}


def locked() -> set[str]:
    """The packages that users run."""
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    names = {line.split("==")[0] for line in lines if line and not line.startswith((" ", "#"))}
    return names - TOOLS


def licence_name(found: metadata.Distribution) -> str:
    """The licence in a word."""
    if found.name in UNSAID:
        return UNSAID[found.name]
    metadata = found.metadata
    if "License-Expression" in metadata:
        return metadata["License-Expression"]
    kinds = [
        kind.rpartition(" :: ")[2]
        for kind in metadata.get_all("Classifier") or []
        if kind.startswith("License ::") and not kind.endswith("OSI Approved")
    ]
    short = metadata["License"].strip() if "License" in metadata else ""
    return ", ".join(kinds) or (short if "\n" not in short and len(short) < 60 else "")


def licence_text(found: metadata.Distribution) -> str:
    """All licence files of a package, one after the other."""
    texts = []
    for file in sorted(found.files or (), key=str):
        path = Path(str(file.locate()))
        if LEGAL.search(str(file)) and path.suffix.lower() in PLAIN and path.is_file():
            texts.append(path.read_text(encoding="utf-8", errors="replace").strip())
    if not texts:
        metadata = found.metadata
        texts = [metadata[field] for field in ("License", "Summary") if field in metadata][:1]
    if "LGPL-2.1" in licence_name(found):
        texts.append((TEXTS / "LGPL-2.1.txt").read_text("utf-8"))
    elif "LGPL" in licence_name(found):
        # Packages under it name it, but few hold its text, which must go along.
        texts += [(TEXTS / name).read_text("utf-8") for name in ("LGPL-3.0.txt", "GPL-3.0.txt")]
    return f"\n\n{'-' * 72}\n\n".join(dict.fromkeys(texts))


def python_licence() -> str:
    """Python's own licence."""
    places = [
        Path(sys.base_prefix) / "LICENSE.txt",
        Path(sysconfig.get_path("stdlib")) / "LICENSE.txt",
    ]
    for path in places:
        if path.is_file():
            return path.read_text(encoding="utf-8", errors="replace")
    return "Python Software Foundation License Version 2; its text comes with every Python."


def system_parts(binaries: Iterable[Path]) -> Iterator[dict[str, str]]:
    """The packages of Debian and Ubuntu whose libraries were taken along."""
    owners: dict[str, str] = {}
    for path in binaries:
        try:
            done = subprocess.run(
                ["dpkg-query", "-S", str(path.resolve())],
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError:
            return
        owner = done.stdout.partition(":")[0].strip()
        if done.returncode == 0 and owner:
            owners.setdefault(owner, str(path))
    for owner in sorted(owners):
        file = Path("/usr/share/doc") / owner / "copyright"
        if file.is_file():
            text = file.read_text(encoding="utf-8", errors="replace")
            yield part(owner, "", "", text)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
