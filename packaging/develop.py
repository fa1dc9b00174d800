"""Set up the environment of a checkout and start the window or the tests in it.

    python packaging/develop.py run [ARGUMENTS]    the program; the arguments are handed to it:
                                                   --debug logs all to the terminal, --scratch
                                                   opens an empty library and deletes it at the end
    python packaging/develop.py test [ARGUMENTS]   the tests; the arguments are handed to pytest
    python packaging/develop.py lock [OPTIONS]     write the lock files anew; options go to uv

Only the standard library is used. The environment is `.venv` in this checkout; every package comes
from a lock file that names its hash, so what is installed is what was tested. With uv on the PATH
setting up takes seconds, with Python's own venv and pip a minute or more. What is up to date is
left alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NoReturn

PYTHONS = ((3, 11), (3, 12), (3, 13))
"""What every dependency has wheels for; `requires-python` in pyproject.toml says the same."""
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP_NAME = "facesorter-setup.json"
LOCKS = {
    "run": "requirements.lock",
    "test": "requirements-dev.lock",
    "package": "requirements-package.lock",
}
"""`package` is for build.py, which makes the installers in an environment of its own."""
GROUPS = {"run": "build", "test": "dev", "package": "package"}
COMPILE = (
    *("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-header", "--no-annotate", "pyproject.toml"),
)
QT_LIBRARIES = "libglib2.0-0 libgl1 libegl1 libxkbcommon0 libdbus-1-3 libfontconfig1"
"""Debian's and Ubuntu's names of what Qt loads in any start and its wheels leave out; this and the
next found by trying in a bare Debian 12."""
X11_LIBRARIES = "libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxkbcommon-x11-0 libxcb-shape0"
"""And what it loads for a window on X11 besides."""
PLAYBACK_LIBRARIES = "libpulse0 libxrandr2 libdrm2"
"""And what it loads to play videos; without them everything else works."""
APT_LINE = (
    "sudo apt-get install -y --no-install-recommends "
    f"{QT_LIBRARIES} {X11_LIBRARIES} {PLAYBACK_LIBRARIES}"
)
QT_CHECK = """
import ctypes, pathlib, sys
try:
    import PySide6.QtWidgets
    if "xcb" in sys.argv[1:]:
        plugins = pathlib.Path(PySide6.__file__).parent / "Qt" / "plugins" / "platforms"
        ctypes.CDLL(str(plugins / "libqxcb.so"))
except (ImportError, OSError) as error:
    sys.exit(str(error))
"""


def main(argv: list[str]) -> int:
    """Do what the command line asks for; returns the exit code."""
    if len(argv) < 2 or argv[1] not in ("run", "test", "lock"):
        print((__doc__ or "").strip(), file=sys.stderr)
        return 0 if argv[1:] in (["-h"], ["--help"]) else 2
    action, rest = argv[1], argv[2:]
    if sys.version_info[:2] not in PYTHONS:
        other = fitting_python()
        if other is None:
            fail(wrong_python(sys.version_info[:2]))
        return hand_over([other, __file__, *argv[1:]])
    if action == "lock":
        return lock(rest)
    python = str(set_up(action))
    if action == "test":
        os.chdir(ROOT)
        # The whole suite on all cores; a file's tests in one process, since they share fixtures,
        # and the files in the order that tests/conftest.py gives them.
        spread = [] if rest else ["-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder"]
        return hand_over([python, "-m", "pytest", "-q", *spread, *rest])
    # Other words are commands, which work without a window.
    if all(word in ("--debug", "--scratch") or os.path.exists(word) for word in rest):
        problem = window_problem(python)
        if problem is not None:
            fail(problem)
    return hand_over([python, "-m", "facesorter", *rest])


def fail(sentence: str) -> NoReturn:
    """Say what is wrong in one line, and end."""
    print(f"develop: {sentence}", file=sys.stderr)
    raise SystemExit(2)


def hand_over(command: list[str]) -> int:
    """Become another program, so that signals and the terminal are its own."""
    if os.name == "nt":  # exec on Windows returns to the shell at once
        return subprocess.call(command)
    os.execv(command[0], command)


def works(command: list[str]) -> bool:
    """Whether a command can be run at all: a name on the PATH may be an empty promise."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


# Which Python


def wrong_python(version: tuple[int, int]) -> str:
    """What to do about a Python that does not fit."""
    *others, last = ["{}.{}".format(*fitting) for fitting in PYTHONS]
    return (
        f"facesorter needs Python {', '.join(others)} or {last}, and this is {version[0]}."
        f"{version[1]}: install one of them and start this with it, "
        f"as in 'python{last} packaging/develop.py run'."
    )


def fitting_python() -> str | None:
    """Another Python on this computer that fits, newest first."""
    for major, minor in reversed(PYTHONS):
        found = shutil.which(f"python{major}.{minor}")
        if found and works([found, "-c", "import venv, ssl"]):
            return found
    return None


# The environment


def venv_python() -> Path:
    """The environment's interpreter."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def wanted_stamp(kind: str) -> dict[str, str]:
    """What an environment of a kind, a key of `LOCKS`, is made from at present."""
    return {
        "kind": kind,
        "lock": digest(ROOT / LOCKS[kind]),
        "project": digest(ROOT / "pyproject.toml"),
        "checkout": str(ROOT),
    }


def digest(path: Path) -> str:
    """SHA-256 of a text file, however its lines end."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def read_stamp() -> dict[str, str] | None:
    """What the environment was made from; None when it is absent, unfinished or not from here."""
    try:
        stamp = json.loads((VENV / STAMP_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stamp if isinstance(stamp, dict) else None


def is_current(stamp: dict[str, str] | None, action: str) -> bool:
    """Whether an environment serves an action; that of the tests serves the program too."""
    kinds = ("run", "test") if action == "run" else (action,)
    return stamp is not None and stamp.get("kind") in kinds and stamp == wanted_stamp(stamp["kind"])


def is_outdated(stamp: dict[str, str] | None) -> bool:
    """Whether an environment may hold packages that its lock no longer names."""
    if stamp is None or stamp.get("kind") not in LOCKS:
        return False
    return stamp.get("lock") != wanted_stamp(stamp["kind"])["lock"]


def set_up(action: str) -> Path:
    """Bring the environment up to date for an action; returns its interpreter."""
    stamp, python = read_stamp(), venv_python()
    if is_current(stamp, action) and works([str(python), "-c", ""]):
        return python
    kind = "test" if stamp is not None and stamp.get("kind") == "test" else action
    started = time.monotonic()
    uv = uv_command()
    print(f"develop: setting up {VENV} with {'uv' if uv else 'pip'} …", file=sys.stderr)
    make_venv(uv, python, clear=is_outdated(stamp))
    (VENV / STAMP_NAME).unlink(missing_ok=True)
    install = install_command(uv, python)
    # Nothing is built: building would fetch what no lock names.
    whole = [*install, "--only-binary", ":all:", "--require-hashes", "-r", str(ROOT / LOCKS[kind])]
    run_step(whole)
    run_step([*install, "--no-build-isolation", "-e", str(ROOT)])
    text = json.dumps(wanted_stamp(kind), indent=1)
    (VENV / STAMP_NAME).write_text(text + "\n", encoding="utf-8")
    print(f"develop: ready after {time.monotonic() - started:.0f} s", file=sys.stderr)
    return python


def uv_command() -> str | None:
    """uv, where it is there and runs."""
    found = shutil.which("uv")
    return found if found and works([found, "--version"]) else None


def make_venv(uv: str | None, python: Path, *, clear: bool) -> None:
    """Make the environment, unless it is there and of use."""
    if VENV.exists() and not clear:
        versions = [list(version) for version in PYTHONS]
        check = f"import sys; sys.exit(list(sys.version_info[:2]) not in {versions})"
        if works([str(python), "-c", check]):
            return
        if any(VENV.iterdir()) and not (VENV / "pyvenv.cfg").exists():
            fail(f"{VENV} is in the way and is no environment; move it elsewhere and try again.")
    # When this runs inside the environment itself, its base must make the new one.
    base = getattr(sys, "_base_executable", None) or sys.executable
    if VENV.exists():
        shutil.rmtree(VENV)
    if uv:
        run_step([uv, "venv", "--quiet", "--no-project", "--python", base, str(VENV)])
    else:
        run_step([base, "-m", "venv", str(VENV)])


def install_command(uv: str | None, python: Path) -> list[str]:
    """The start of an installing command; dependencies of dependencies are in the lock already."""
    if uv:
        # As pip does. Else the first scan does it, and large files stop the window for 60 ms each.
        return [uv, "pip", "install", "--compile-bytecode", "--python", str(python), "--no-deps"]
    if not works([str(python), "-m", "pip", "--version"]):
        run_step([str(python), "-m", "ensurepip"])
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    return [str(python), "-m", "pip", "install", *quiet, "--no-deps"]


def run_step(command: list[str]) -> None:
    """Run one step, keeping what it says to itself; end with one line when it fails."""
    environment = {**os.environ, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
    started = time.monotonic()
    with tempfile.NamedTemporaryFile(prefix="facesorter-", suffix=".log", delete=False) as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, cwd=ROOT
        )
        try:
            while process.poll() is None:
                time.sleep(0.1)
                if sys.stderr.isatty():
                    sys.stderr.write(f"\rdevelop: {time.monotonic() - started:.0f} s ")
                    sys.stderr.flush()
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            raise SystemExit(130) from None
        finally:
            if sys.stderr.isatty():
                sys.stderr.write("\r\x1b[K")
    if process.returncode:
        output = Path(log.name).read_text(encoding="utf-8", errors="replace")
        fail(f"{explain(output)} (Full output: {log.name})")
    os.unlink(log.name)


REASONS = (
    (
        r"No space left on device|os error 28\b|Errno 28\b",
        "The disk is full: the environment needs about 900 MB.",
    ),
    (
        r"ensurepip is not available|No module named '?(ensurepip|venv)",
        "This Python can't make environments: 'sudo apt-get install -y python3-venv' adds that on "
        "Debian and Ubuntu.",
    ),
    (
        r"(?i)hash mismatch|HASHES FROM THE REQUIREMENTS FILE|DO NOT MATCH THE HASHES",
        "A package that was downloaded is not the one that the lock names, so nothing was "
        "installed; try again later, or through another network.",
    ),
    (
        r"(?i)name resolution|failed to resolve|dns error|NewConnectionError|ConnectTimeout|"
        r"connection refused|network is unreachable|failed to fetch|error sending request|"
        r"ProxyError|timed out|certificate verify failed|SSLError",
        "The packages could not be fetched: check that this computer is online (a proxy is read "
        "from HTTPS_PROXY), then try again.",
    ),
    (
        r"No matching distribution|no wheels? with a matching|no usable wheels|"
        r"no matching (Python|platform)",
        "One of the packages is not made for this system: facesorter runs on Windows (x64), macOS "
        "(Apple silicon) and Linux (x64).",
    ),
    (
        r"(?i)permission denied|read-only file system|access is denied",
        "The environment can't be written: check who owns this folder.",
    ),
)
"""What an installer's output means, in the order to look for it."""


def explain(output: str) -> str:
    """What went wrong in one step, in a sentence."""
    for pattern, sentence in REASONS:
        if re.search(pattern, output):
            return sentence
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return f"Setting up failed: {lines[-1] if lines else 'it gave no reason'}"


# The window


def window_problem(python: str) -> str | None:
    """What keeps Qt from opening a window on this computer, if it can be told."""
    if not sys.platform.startswith("linux"):
        return None
    wanted = os.environ.get("QT_QPA_PLATFORM", "")
    wayland = wanted.startswith("wayland") or bool(os.environ.get("WAYLAND_DISPLAY"))
    x11 = wanted == "xcb" or not (wanted or wayland)
    if x11 and not os.environ.get("DISPLAY"):
        return (
            "There is no display to open the window on. Commands such as "
            "'python packaging/develop.py run scan FOLDER' work without one."
        )
    check = [python, "-c", QT_CHECK, "xcb" if x11 else "any"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    return missing_libraries(done.stderr) if done.returncode else None


def missing_libraries(output: str) -> str:
    """What to install when Qt could not be loaded."""
    lines = output.strip().splitlines()
    return (
        f"Qt can't be loaded ({lines[-1] if lines else 'it gave no reason'}). "
        f"On Debian and Ubuntu this adds what it needs: {APT_LINE}"
    )


# The locks


def lock(options: list[str]) -> int:
    """Write the lock files anew; what they pin stays as far as it still fits."""
    if uv_command() is None:
        fail("uv makes the lock files and is not here: 'pip install uv' adds it.")
    for kind, name in LOCKS.items():
        # The others take over what the first pins, so that tests and installers hold the same.
        pinned = [] if kind == "run" else ["--constraint", LOCKS["run"]]
        command = [*COMPILE, "--group", GROUPS[kind], *pinned, *options, "--output-file", name]
        done = subprocess.run(command, cwd=ROOT, check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
