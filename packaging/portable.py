"""Make the Linux forms that need no root from the frozen program.

    python packaging/portable.py            one file that installs to ~/.local, or only unpacks
    python packaging/portable.py --appdir   a folder for appimagetool, in build/
    python packaging/portable.py --flatpak  a manifest for flatpak-builder, and its files, in build/

The file is a shell script with the program behind it. It is compressed with gzip, since tar and
gzip are what every system has; the AppImage is for whoever has an appimagetool:
``appimagetool build/NAME.AppDir``.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from deb import DEPENDS
from linux_files import BUILD, DIST, desktop_files, facts, fill, program

SKELETON = "install.sh.in"


def main(argv: list[str]) -> int:
    """Make what the command line asks for; returns the exit code."""
    if argv[1:] == ["--appdir"]:
        make_appdir()
        return 0
    if argv[1:] == ["--flatpak"]:
        make_flatpak()
        return 0
    if argv[1:]:
        print((__doc__ or "").strip(), file=sys.stderr)
        return 2
    make_file()
    return 0


def make_file() -> None:
    """Write dist/NAME-VERSION-linux-x86_64.run."""
    known = facts()
    name = known["NAME"]
    home = BUILD / "portable" / name
    shutil.rmtree(home.parent, ignore_errors=True)
    desktop_files(home / "share", name)
    archive = BUILD / "portable.tar.gz"
    # Only the small files are copied; the program joins from where it was built.
    moved = f"s,^{name}/,{name}/program/,"
    tar = ["tar", "--owner=0", "--group=0", "--sort=name", "-cf"]
    plain = BUILD / "portable.tar"
    subprocess.run([*tar, str(plain), "-C", str(home.parent), name], check=True)
    add = ["tar", "--owner=0", "--group=0", "--sort=name", f"--transform={moved}", "-rf"]
    subprocess.run(
        [*add, str(plain), "-C", str(program().parent), f"{name}/{name}", f"{name}/_internal"],
        check=True,
    )
    with archive.open("wb") as file:
        subprocess.run(["gzip", "-n", "-6", "-c", str(plain)], stdout=file, check=True)
    plain.unlink()
    with archive.open("rb") as packed:
        digest = hashlib.file_digest(packed, "sha256").hexdigest()
    target = DIST / f"{name}-{known['VERSION']}-linux-x86_64.run"
    lines = (Path(__file__).parent / "linux" / SKELETON).read_text("utf-8").count("\n")
    packages = " ".join(name.partition(" ")[0] for name in DEPENDS)
    more = {"FILE": target.name, "SHA256": digest, "PACKAGES": packages}
    fill(SKELETON, target, PAYLOAD_LINE=str(lines + 1), **more)
    with target.open("ab") as file, archive.open("rb") as packed:
        shutil.copyfileobj(packed, file, 1 << 20)
    target.chmod(0o755)
    archive.unlink()
    shutil.rmtree(home.parent)


def make_appdir() -> None:
    """Write build/NAME.AppDir."""
    known = facts()
    name, identity = known["NAME"], known["APP_ID"]
    folder = BUILD / f"{name}.AppDir"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(program(), folder / "usr" / "lib" / name, symlinks=True)
    desktop_files(folder / "usr" / "share", name)
    (folder / "AppRun").symlink_to(f"usr/lib/{name}/{name}")
    shares = folder / "usr" / "share"
    # appimagetool wants AppStream data under the older ending, and entry and icon on top.
    metainfo = shares / "metainfo"
    (metainfo / f"{identity}.metainfo.xml").rename(metainfo / f"{identity}.appdata.xml")
    (folder / f"{identity}.desktop").symlink_to(f"usr/share/applications/{identity}.desktop")
    icon = f"usr/share/icons/hicolor/256x256/apps/{identity}.png"
    (folder / f"{identity}.png").symlink_to(icon)
    (folder / ".DirIcon").symlink_to(icon)
    print(folder)


def make_flatpak() -> None:
    """Write build/ID.yml and build/flatpak, which it takes its files from."""
    known = facts()
    folder = BUILD / "flatpak"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(program(), folder / "program", symlinks=True)
    desktop_files(folder / "share", known["NAME"])
    manifest = BUILD / f"{known['APP_ID']}.yml"
    fill("flatpak.yml.in", manifest)
    print(manifest)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
