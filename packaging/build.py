"""Build the program that needs no Python, prove that it works, and say how large and quick it is.

    python packaging/build.py                build and test; the result is in dist/
    python packaging/build.py --installers   and make the installers of this system, with checksums
    python packaging/build.py --report       only test and measure what was built before

It sets up an environment of its own in build/venv from requirements-package.lock. Only the standard
library is used until then.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import develop

ROOT = develop.ROOT
BUILD, DIST = ROOT / "build", ROOT / "dist"
LICENCES = BUILD / "licences.json"
SLOWEST = 10
STARTS = 3
"""Starts that are timed; the first one is shown apart, since files come from the disk then."""


def main(argv: list[str]) -> int:
    """Do what the command line asks for; returns the exit code."""
    words = argv[1:]
    if any(word not in ("--installers", "--report") for word in words):
        print((__doc__ or "").strip(), file=sys.stderr)
        return 0 if words == ["--help"] else 2
    if sys.version_info[:2] not in develop.PYTHONS:
        develop.fail(develop.wrong_python(sys.version_info[:2]))
    develop.VENV = BUILD / "venv"
    BUILD.mkdir(exist_ok=True)
    python = develop.set_up("package")
    if "--report" not in words:
        if sys.platform == "darwin":
            script = str(ROOT / "packaging" / "macos" / "opencv.sh")
            subprocess.run(["sh", script, str(python)], check=True, cwd=ROOT)
        freeze(python)
    if not check_licences(python) or not self_test():
        return 1
    report(python)
    if "--installers" in words:
        make_installers(python)
    return 0


def name_and_version() -> tuple[str, str]:
    """As the program itself says them."""
    text = (ROOT / "facesorter" / "__init__.py").read_text(encoding="utf-8")
    found = dict(re.findall(r'^(NAME|__version__) = "(.+)"$', text, re.MULTILINE))
    return found["NAME"], found["__version__"]


def frozen() -> Path:
    """The built program's file."""
    name, _ = name_and_version()
    if sys.platform == "darwin":
        return DIST / f"{name}.app" / "Contents" / "MacOS" / name
    return DIST / name / (f"{name}.exe" if os.name == "nt" else name)


def bundle() -> Path:
    """The folder that holds the whole built program."""
    name, _ = name_and_version()
    return DIST / (f"{name}.app" if sys.platform == "darwin" else name)


# Building


def freeze(python: Path) -> None:
    """Run PyInstaller on the recipe."""
    started = time.monotonic()
    shutil.rmtree(DIST, ignore_errors=True)
    licences = str(ROOT / "packaging" / "licences.py")
    subprocess.run([str(python), licences, str(LICENCES)], check=True)
    environment = {**os.environ, "FACESORTER_LICENCES": str(LICENCES)}
    if os.name == "nt":
        environment["FACESORTER_WINDOWS_VERSION"] = str(windows_version())
    command = [str(python), "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += ["--distpath", str(DIST), "--workpath", str(BUILD / "pyinstaller")]
    spec = str(ROOT / "packaging" / "facesorter.spec")
    subprocess.run([*command, spec], check=True, env=environment, cwd=ROOT)
    if sys.platform == "linux":
        finish_on_linux(python)
    print(f"built in {time.monotonic() - started:.0f} s")


def finish_on_linux(python: Path) -> None:
    """Name the system libraries that went along among the licences; make some others smaller."""
    inside = bundle() / "_internal"
    taken = (BUILD / "taken.txt").read_text(encoding="utf-8").split()
    licences = str(ROOT / "packaging" / "licences.py")
    target = str(inside / "resources" / LICENCES.name)
    subprocess.run([str(python), licences, target, *taken], check=True)
    # Only these: others are patched in a way that strip breaks. Compiled with what a debugger needs
    # are often Python's own modules and hdbscan's.
    stripped = ("libpython3*.so.*", "llvmlite/binding/libllvmlite.so", "hdbscan/*.so")
    for library in (
        path for pattern in (*stripped, "python3*/**/*.so") for path in inside.glob(pattern)
    ):
        if shutil.which("strip") and not library.is_symlink():
            subprocess.run(["strip", "--strip-unneeded", str(library)], check=True)


def windows_version() -> Path:
    """Write what Windows shows among a file's properties."""
    name, version = name_and_version()
    numbers = (*map(int, version.split(".")[:3]), 0)
    values = {
        "FileDescription": name,
        "FileVersion": version,
        "ProductName": name,
        "ProductVersion": version,
        "LegalCopyright": "MIT licence",
    }
    strings = ", ".join(f"StringStruct({key!r}, {value!r})" for key, value in values.items())
    path = BUILD / "version.txt"
    path.write_text(
        f"VSVersionInfo(ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}), kids=["
        f"StringFileInfo([StringTable('040904B0', [{strings}])]), "
        "VarFileInfo([VarStruct('Translation', [1033, 1200])])])\n",
        encoding="utf-8",
    )
    return path


# Proving and measuring


def a_home(folder: Path) -> dict[str, str]:
    """An environment in which the program finds a fresh home and no display."""
    names = ("HOME", "LOCALAPPDATA", "APPDATA", "USERPROFILE", "XDG_RUNTIME_DIR")
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("XDG_", "PYTHON"))}
    return kept | dict.fromkeys(names, str(folder)) | {"QT_QPA_PLATFORM": "offscreen"}


def check_licences(python: Path) -> bool:
    """Look for libraries under the GPL in the built program; prints what it finds."""
    checker = str(ROOT / "packaging" / "check_licences.py")
    return subprocess.run([str(python), checker, str(bundle())], check=False).returncode == 0


def self_test() -> bool:
    """Let the built program test itself, far from this checkout; prints its report."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        report = Path(folder) / "report.txt"
        command = [str(frozen()), "--self-test", str(report)]
        done = subprocess.run(command, env=a_home(Path(folder)), cwd=folder, check=False)
        print(report.read_text(encoding="utf-8") if report.exists() else "It did not even start.")
    print(f"self-test of {frozen()}: exit code {done.returncode}")
    return done.returncode == 0


def report(python: Path) -> None:
    """Say how large the program is, how quickly it starts, and what its imports cost."""
    sizes = {
        path.relative_to(bundle()): path.stat().st_size
        for path in bundle().rglob("*")
        if path.is_file() and not path.is_symlink()
    }
    print(f"size: {sum(sizes.values()) / 1e6:.0f} MB in {len(sizes)} files; the largest folders:")
    folders: dict[str, int] = {}
    for relative, size in sizes.items():
        parts = [part for part in relative.parts[:-1] if part not in ("_internal", "Contents")]
        folder = "/".join(parts[:1]) or "(libraries beside the program)"
        folders[folder] = folders.get(folder, 0) + size
    for folder, size in sorted(folders.items(), key=lambda item: -item[1])[:SLOWEST]:
        print(f"  {size / 1e6:6.1f} MB  {folder}")
    times = [first_paint() for _ in range(STARTS)]
    print(
        f"first paint after start: {times[0]:.2f} s at first, then {min(times[1:]):.2f} s at best"
    )
    print(f"the {SLOWEST} slowest imports of a start (self time, from source):")
    for milliseconds, module in slowest_imports(python):
        print(f"  {milliseconds:6.1f} ms  {module}")


def first_paint() -> float:
    """Seconds from starting the built program to its first paint."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        stamp = Path(folder) / "stamp"
        environment = a_home(Path(folder)) | {"FACESORTER_PAINT_STAMP": str(stamp)}
        started = time.monotonic()
        process = subprocess.Popen([str(frozen())], env=environment, cwd=folder)
        try:
            while not (stamp.exists() and stamp.read_text().strip()):
                if process.poll() is not None or time.monotonic() > started + 60:
                    raise SystemExit("the built program painted no window")
                time.sleep(0.005)
            return float(stamp.read_text()) - started
        finally:
            process.terminate()
            process.wait(30)


def slowest_imports(python: Path) -> list[tuple[float, str]]:
    """What a start of the window imports, and the milliseconds that each module takes itself."""
    code = "import facesorter.__main__, facesorter.app.services, facesorter.gui.start.application"
    done = subprocess.run(
        [str(python), "-X", "importtime", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    rows = re.findall(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)", done.stderr)
    return sorted(((int(own) / 1000, module) for own, module in rows), reverse=True)[:SLOWEST]


# Installers


def make_installers(python: Path) -> None:
    """Make this system's installers, and a file of checksums beside them."""
    packaging = ROOT / "packaging"
    if sys.platform == "darwin":
        subprocess.run(["sh", str(packaging / "macos" / "dmg.sh")], check=True, cwd=ROOT)
    elif os.name == "nt":
        _, version = name_and_version()
        makensis = shutil.which("makensis") or r"C:\Program Files (x86)\NSIS\makensis.exe"
        definitions = [f"-DVERSION={version}", f"-DPAYLOAD={bundle()}", f"-DOUT={DIST}"]
        script = str(packaging / "windows" / "facesorter.nsi")
        subprocess.run([makensis, "-V2", "-WX", *definitions, script], check=True)
    else:
        for script in ("deb.py", "portable.py"):
            subprocess.run([str(python), str(packaging / script)], check=True, cwd=ROOT)
    checksums()


def checksums() -> None:
    """Write the SHA-256 of every installer, in the form of sha256sum."""
    made = [path for path in sorted(DIST.iterdir()) if path.is_file() and path.suffix != ".txt"]
    lines = []
    for path in made:
        with path.open("rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {path.name}\n")
        print(f"{path.stat().st_size / 1e6:.1f} MB  {path.name}")
    (DIST / f"SHA256SUMS-{sys.platform}.txt").write_text("".join(lines), encoding="ascii")


if __name__ == "__main__":
    sys.exit(main(sys.argv))
