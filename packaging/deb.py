"""Make the .deb for Debian and Ubuntu from the frozen program.

python packaging/deb.py
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from linux_files import BUILD, DIST, desktop_files, facts, needed_glibc, program

DEPENDS = (
    *("libgl1", "libegl1", "libxkbcommon0", "libdbus-1-3", "libfontconfig1"),
    "libglib2.0-0 | libglib2.0-0t64",
    *("libxcb-cursor0", "libxcb-icccm4", "libxcb-keysyms1", "libxkbcommon-x11-0"),
    *("libxcb-shape0", "libpulse0", "libxrandr2", "libdrm2", "shared-mime-info"),
)
"""What Qt's wheels load and leave out, found by trying in a bare Debian 12."""
RECOMMENDS = (
    "fonts-dejavu-core | fonts-noto-core",
    "libwayland-cursor0",
    "fonts-noto-cjk",
    "xdg-utils",
)
LEVEL = "9"
"""Of zstd. 19 saves 4 % of the size and takes five times as long."""


def main() -> int:
    """Write dist/NAME_VERSION_amd64.deb; returns the exit code."""
    known, source = facts(), program()
    name = known["NAME"]
    root = BUILD / "deb"
    shutil.rmtree(root, ignore_errors=True)
    home = root / "opt" / name
    shutil.copytree(source, home, symlinks=True, copy_function=copy_bytes)
    (root / "usr" / "bin").mkdir(parents=True)
    (root / "usr" / "bin" / name).symlink_to(f"/opt/{name}/{name}")
    desktop_files(root / "usr" / "share", f"/usr/bin/{name}")
    legal = root / "usr" / "share" / "doc" / name
    legal.mkdir(parents=True)
    shutil.copyfile(Path(__file__).resolve().parent.parent / "LICENSE", legal / "copyright")
    (root / "DEBIAN").mkdir()
    (root / "DEBIAN" / "control").write_text(control(home), encoding="utf-8")
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            executable = path.is_dir() or path == home / name
            path.chmod(0o755 if executable else 0o644)
    target = DIST / f"{name}_{known['VERSION']}_amd64.deb"
    command = ["dpkg-deb", "--root-owner-group", "-Zzstd", f"-z{LEVEL}", "--build"]
    subprocess.run([*command, str(root), str(target)], check=True)
    shutil.rmtree(root)
    return 0


def copy_bytes(source: str, target: str) -> str:
    """Copy a file without its mode, which is set afterwards."""
    return str(shutil.copyfile(source, target))


def control(home: Path) -> str:
    """The package's description for dpkg."""
    known = facts()
    size = sum(path.lstat().st_size for path in home.rglob("*")) // 1024
    depends = (f"libc6 (>= {needed_glibc(home)})", *DEPENDS)
    return (
        f"Package: {known['NAME']}\n"
        f"Version: {known['VERSION']}\n"
        "Architecture: amd64\n"
        "Maintainer: The facesorter authors <facesorter@localhost>\n"
        "Section: graphics\n"
        "Priority: optional\n"
        f"Installed-Size: {size}\n"
        f"Depends: {', '.join(depends)}\n"
        f"Recommends: {', '.join(RECOMMENDS)}\n"
        "Description: finds the people in your photos and keeps them sorted\n"
        " Drop photo folders on the window: people appear while they are being looked\n"
        " through, and a name typed under a face names everyone who is the same person.\n"
        " Photos are never changed, and nothing leaves the computer.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
