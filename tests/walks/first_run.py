"""The first run as a user does it: clone, one line, drop a folder with the mouse, see the people.

    python tests/walks/first_run.py PHOTOS OUT [--clone]

Needs Xvfb, openbox, xdotool, scrot. With ``--clone`` the program is started from a fresh clone with
a fresh HOME by README's first line, otherwise from this checkout's environment. Saves screenshots
into OUT and prints one JSON object; exit code 1 when no people appeared.
"""

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SIZE = "1280x800x24"
PATIENCE = 600.0


class Screen:
    """An X display of our own with a window manager."""

    def __init__(self, size: str = SIZE) -> None:
        # It takes the first number that is free and says which.
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", "1", "-screen", "0", size],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert server.stdout is not None
        self.env = os.environ | {"DISPLAY": f":{server.stdout.readline().strip()}"}
        self.env.pop("QT_QPA_PLATFORM", None)
        self._running: list[subprocess.Popen[Any]] = [server]
        self._running.append(subprocess.Popen(["openbox"], env=self.env, stderr=subprocess.DEVNULL))
        time.sleep(1)

    def do(self, *words: str) -> str:
        """Run xdotool; returns what it prints."""
        done = subprocess.run(
            ["xdotool", *words], env=self.env, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    def shoot(self, path: Path) -> None:
        """Save a screenshot."""
        subprocess.run(["scrot", "-o", str(path)], env=self.env, check=True)

    def close(self) -> None:
        """End the window manager and the display."""
        for process in reversed(self._running):
            process.terminate()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()

    def window(self, name: str) -> str:
        """Wait for a window of that title; returns its id."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = self.do("search", "--onlyvisible", "--name", f"^{name}$").split()
            if found:
                return found[-1]
            time.sleep(0.2)
        raise SystemExit(f"no window named {name} appeared")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("photos", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--clone", action="store_true")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        return walk(Path(temporary), args.photos, args.out, args.clone)


def walk(temporary: Path, photos: Path, out: Path, clone: bool) -> int:
    folder = temporary / "Our photos #1 léto"
    shutil.copytree(photos, folder)
    screen = Screen()
    env = screen.env | {"HOME": str(temporary / "home")}
    (temporary / "home").mkdir()
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        env.pop(name, None)
    command, where = [sys.executable, "-m", "facesorter"], ROOT
    if clone:
        where = temporary / "facesorter"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(where)], check=True)
        line = first_line((where / "README.md").read_text(encoding="utf-8"))
        command = shlex.split(line)
    log = (out / "program.log").open("w")
    started = time.monotonic()
    program = subprocess.Popen(command, cwd=where, env=env, stdout=log, stderr=log)
    found: dict[str, object] = {"command": " ".join(command), "clone": clone}
    try:
        window = screen.window("facesorter")
        found["window_after_s"] = round(time.monotonic() - started, 1)
        screen.do("windowsize", window, "1100", "700")
        screen.do("windowmove", window, "170", "10")
        time.sleep(1)
        screen.shoot(out / "1-empty.png")
        drop(screen, env, folder)
        found["dropped_after_s"] = round(time.monotonic() - started, 1)
        time.sleep(2.5)
        screen.shoot(out / "2-scanning.png")
        library = temporary / "home" / ".local" / "share" / "facesorter"
        people = wait_for_people(where, env, library, clone)
        found["people_after_s"] = round(time.monotonic() - started, 1)
        found["people"] = people
        screen.do("windowactivate", "--sync", window)
        screen.do("key", "alt+2")
        time.sleep(2)
        screen.shoot(out / "3-people.png")
        screen.do("key", "Home", "Return")
        time.sleep(1.5)
        screen.shoot(out / "4-person.png")
        screen.do("key", "alt+1")
        time.sleep(1)
        screen.do("key", "Home", "Return")
        time.sleep(2)
        screen.shoot(out / "5-photo.png")
    finally:
        program.terminate()
        found["exit_code"] = program.wait(30)
        screen.close()
    print(json.dumps(found))
    return 0 if found.get("people") else 1


def first_line(readme: str) -> str:
    """README's line that sets up and opens the window."""
    for line in readme.splitlines():
        if "develop.py run" in line and not line.startswith(("#", "|", "-")):
            return line.strip().strip("`").replace("python3 ", f"{sys.executable} ", 1)
    raise SystemExit("README names no line to run")


def drop(screen: Screen, env: dict[str, str], folder: Path) -> None:
    """Drag the folder from another window onto the program's with the mouse."""
    source = subprocess.Popen(
        [sys.executable, "-m", "tests.walks.drag_source", str(folder)], cwd=ROOT, env=env
    )
    try:
        window = screen.window("drag-source")
        screen.do("windowmove", window, "5", "600")
        screen.do("windowraise", window)
        time.sleep(0.5)
        screen.do("mousemove", "60", "670", "mousedown", "1")
        for x, y in ((70, 660), (120, 600), (300, 500), (500, 400), (640, 350), (650, 345)):
            time.sleep(0.15)
            screen.do("mousemove", str(x), str(y))
        time.sleep(0.4)
        screen.do("mouseup", "1")
        time.sleep(1)
    finally:
        source.terminate()
        source.wait()


def wait_for_people(where: Path, env: dict[str, str], library: Path, clone: bool) -> int:
    python = where / ".venv" / "bin" / "python" if clone else Path(sys.executable)
    end = time.monotonic() + PATIENCE
    people = 0
    while time.monotonic() < end:
        pending = _count(python, where, env, library, "photos", "--status", "pending")
        people = _count(python, where, env, library, "people")
        if people and not pending:
            time.sleep(3)
            break
        time.sleep(1)
    return people


def _count(python: Path, where: Path, env: dict[str, str], library: Path, *words: str) -> int:
    done = subprocess.run(
        [str(python), "-m", "facesorter", *words, "--library", str(library), "--json"],
        cwd=where,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    return len(done.stdout.splitlines())


if __name__ == "__main__":
    sys.exit(main())
