"""What every Linux form of the program is made of: files in their places, names filled in."""

from __future__ import annotations

import datetime
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from facesorter.images.formats import READABLE  # noqa: E402 - found by the line above

DIST, BUILD = ROOT / "dist", ROOT / "build"
TEMPLATES = ROOT / "packaging" / "linux"
ICON_SIZES = (16, 24, 32, 48, 64, 128, 256, 512)


def facts() -> dict[str, str]:
    """Name, id and version of the program, the types it opens, and the day of the build."""
    text = (ROOT / "facesorter" / "__init__.py").read_text(encoding="utf-8")
    found = dict(re.findall(r'^(NAME|APP_ID|__version__) = "(.+)"$', text, re.MULTILINE))
    # Builds of one commit are the same on every day.
    stamp = os.environ.get("SOURCE_DATE_EPOCH")
    day = datetime.datetime.fromtimestamp(float(stamp), datetime.UTC) if stamp else None
    return {
        "NAME": found["NAME"],
        "APP_ID": found["APP_ID"],
        "VERSION": found["__version__"],
        "MEDIA_TYPES": "".join(f"{kind};" for form in READABLE for kind in form.media_types),
        "DATE": f"{day or datetime.datetime.now(datetime.UTC):%Y-%m-%d}",
    }


def fill(template: str, target: Path, **more: str) -> None:
    """Write a template of packaging/linux with its @NAMES@ filled in."""
    text = (TEMPLATES / template).read_text(encoding="utf-8")
    for key, value in {**facts(), **more}.items():
        text = text.replace(f"@{key}@", value)
    if left := re.findall(r"@[A-Z_]+@", text):
        raise SystemExit(f"{template}: nothing is known for {left}")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


def desktop_files(share: Path, command: str) -> None:
    """Put desktop entry, AppStream data and icons below a ``share`` folder."""
    known = facts()
    fill(
        "facesorter.desktop.in", share / "applications" / f"{known['APP_ID']}.desktop", EXEC=command
    )
    fill("facesorter.metainfo.xml.in", share / "metainfo" / f"{known['APP_ID']}.metainfo.xml")
    source = ROOT / "resources" / "icons"
    hicolor = share / "icons" / "hicolor"
    places = {f"{side}x{side}": f"{known['NAME']}-{side}.png" for side in ICON_SIZES}
    for folder, file in {**places, "scalable": f"{known['NAME']}.svg"}.items():
        target = hicolor / folder / "apps" / f"{known['APP_ID']}{Path(file).suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / file, target)
    validate(share)


def validate(share: Path) -> None:
    """Let the desktop's own tools judge, where they are."""
    known = facts()
    entry = share / "applications" / f"{known['APP_ID']}.desktop"
    metainfo = share / "metainfo" / f"{known['APP_ID']}.metainfo.xml"
    checks = (
        ("desktop-file-validate", [str(entry)]),
        ("appstreamcli", ["validate", "--no-net", str(metainfo)]),
    )
    for tool, words in checks:
        if shutil.which(tool):
            subprocess.run([tool, *words], check=True)
        else:
            print(f"{tool} is not here, so it did not check")


def program() -> Path:
    """The frozen program's folder."""
    folder = DIST / facts()["NAME"]
    if not (folder / facts()["NAME"]).is_file():
        raise SystemExit("There is no built program: run 'python packaging/build.py' first.")
    return folder


def needed_glibc(folder: Path) -> str:
    """The newest version of glibc that a program's own libraries ask for, such as ``2.34``."""
    versions = {(2, 17)}
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and is_elf(path):
            for found in re.findall(rb"GLIBC_2\.(\d+)(?=[.\0])", path.read_bytes()):
                versions.add((2, int(found)))
    return "{}.{}".format(*max(versions))


def is_elf(path: Path) -> bool:
    """Whether a file is a program or library."""
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"
