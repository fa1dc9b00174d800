"""Nothing leaves this computer, and nothing is written where it does not belong.

What a scan and the window really do is read from their system calls (strace, Linux only); that the
reading would notice is tested too. Reporting of usage is often silenced on CI machines by itself,
so nothing here may look like one to the program.
"""

from __future__ import annotations

import ast
import contextlib
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests import command

SILENCERS = ("CI", "GITHUB_ACTIONS", "TF_BUILD", "ORT_DISABLE_TELEMETRY", "DO_NOT_TRACK")
"""What tells libraries to keep quiet; the program must not depend on any of them."""
LEADERS = ("NUMBA_CACHE_DIR",)
"""What tells them where to write; the program must say that by itself."""
WRITING = re.compile(
    r"\b(creat|mkdir|rename|unlink|rmdir|link|symlink|truncate|chmod|chown|utime|mknod|setxattr)"
)
NETWORK = "socket,connect,sendto,sendmsg,sendmmsg,bind,listen"
FILES = (
    "open,openat,openat2,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,rmdir,link,"
    "linkat,symlink,symlinkat,truncate,ftruncate,chmod,fchmodat,utimensat,mknod,mknodat,setxattr"
)

needs_strace = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("strace") is None, reason="strace is not here"
)


class Seen(NamedTuple):
    """What some system calls did."""

    sockets: set[str]
    """Families of sockets that were made, other than pairs within the process."""
    reached: list[str]
    """Connections that came about, and what was sent without one."""
    written: set[str]
    """Absolute paths that were made, opened for writing, renamed or removed."""


def read_trace(text: str, folder: Path) -> Seen:
    """Read strace's output; relative names are below ``folder``."""
    seen = Seen(set(), [], set())
    for line in text.splitlines():
        found = re.match(r"(?:\d+ +)?(\w+)\((.*)\)\s+= (-?\d+)", line)
        if found is None:
            continue
        call, arguments, result = found[1], found[2], int(found[3])
        if call == "socket":
            seen.sockets.add(arguments.split(",")[0])
        elif call in ("connect", "sendto", "sendmsg", "sendmmsg", "bind", "listen"):
            if result >= 0 or "AF_INET" in arguments:
                seen.reached.append(line)
        elif result >= 0 and (WRITING.match(call) or re.search(r"O_(WRONLY|RDWR|CREAT)", line)):
            at = re.match(r"(?:AT_FDCWD|\d+)<([^>]*)>", arguments)
            base = Path(at[1]) if at else folder
            names = re.findall(r'"((?:[^"\\]|\\.)*)"', arguments)
            decoded = [n.encode().decode("unicode_escape").encode("latin-1") for n in names]
            seen.written.update(os.path.normpath(base / os.fsdecode(name)) for name in decoded)
            if not names and at:  # ftruncate(4</path>, …)
                seen.written.add(os.path.normpath(at[1]))
    return seen


def environment(home: Path) -> dict[str, str]:
    """A user's environment with a fresh home, in which nothing asks anybody to be quiet."""
    home.mkdir(exist_ok=True)
    kept = {
        n: value for n, value in command.environment(home).items() if n not in SILENCERS + LEADERS
    }
    # Python's own caches of compiled modules are no business of this test.
    return kept | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(command.ROOT)}


def traced(trace: Path, *words: str | Path) -> list[str]:
    """A command under strace; `-y` tells the folder that a relative name is below."""
    calls = f"trace={NETWORK},{FILES}"
    flags = ["-f", "--seccomp-bpf", "-qq", "-y", "-s", "4096", "-e", calls, "-o", str(trace)]
    return ["strace", *flags, *map(str, words)]


def outside(paths: set[str], *folders: Path) -> list[str]:
    """Paths that are in none of the folders; devices and the kernel's own files aside."""
    allowed = [f"{os.path.realpath(folder)}{os.sep}" for folder in folders]
    return sorted(
        path
        for path in paths
        if not path.startswith(("/dev/", "/proc/"))
        and not any(f"{path}{os.sep}".startswith(folder) for folder in allowed)
        # Making the folders on the way to one's own.
        and not any(folder.startswith(f"{path}{os.sep}") for folder in allowed)
    )


def own_folders(home: Path) -> tuple[Path, Path, Path]:
    """Library, cache and settings of a fresh home on this system."""
    if sys.platform == "win32":
        return (home / "facesorter",) * 3
    if sys.platform == "darwin":
        support = home / "Library" / "Application Support" / "facesorter"
        return support, home / "Library" / "Caches" / "facesorter", support
    return (
        home / ".local" / "share" / "facesorter",
        home / ".cache" / "facesorter",
        home / ".config" / "facesorter",
    )


def files_below(home: Path) -> set[str]:
    return {str(path) for path in home.rglob("*") if not path.is_dir()}


def run_scan(home: Path, photos: Path, *before: str) -> None:
    scan = [sys.executable, "-m", "facesorter", "scan", "--json", str(photos)]
    done = subprocess.run(
        [*before, *scan],
        cwd=command.ROOT,
        env=environment(home),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert '"faces": 8' in done.stdout, "the scan did its work"


def test_scan_leaves_files_in_its_own_folders_only(tmp_path: Path, sample_photos: Path) -> None:
    home = tmp_path / "home"
    run_scan(home, sample_photos)
    made = files_below(home)
    assert any(path.endswith("library.db") for path in made)
    assert not outside(made, *own_folders(home))
    assert not [path for path in made if re.search(r"(?i)onnxruntime|microsoft|deviceid", path)]


@needs_strace
def test_scan_reaches_nobody_and_writes_nowhere_else(tmp_path: Path, sample_photos: Path) -> None:
    home, trace = tmp_path / "home", tmp_path / "trace"
    run_scan(home, sample_photos, *traced(trace))
    seen = read_trace(trace.read_text(errors="surrogateescape"), command.ROOT)
    assert not {family for family in seen.sockets if family != "AF_UNIX"}
    assert not seen.reached
    assert any(path.endswith("library.db") for path in seen.written), "writing was seen at all"
    assert not outside(seen.written, *own_folders(home))


@needs_strace
def test_window_reaches_nobody(tmp_path: Path, sample_photos: Path) -> None:
    home, trace, library = tmp_path / "home", tmp_path / "trace", tmp_path / "library"
    window = [sys.executable, "-m", "facesorter", "--library", library, sample_photos]
    process = subprocess.Popen(
        traced(trace, *window),
        cwd=command.ROOT,
        env=environment(home) | {"QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        until = time.monotonic() + 120
        while faces_in(library) < 8 and process.poll() is None and time.monotonic() < until:
            time.sleep(0.3)
        assert faces_in(library) == 8
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        _, output = process.communicate(timeout=60)
    seen = read_trace(trace.read_text(errors="surrogateescape"), command.ROOT)
    assert not {family for family in seen.sockets if family != "AF_UNIX"}, output
    assert not [line for line in seen.reached if "AF_INET" in line]
    assert any(path.endswith("library.db") for path in seen.written), "writing was seen at all"
    # Beside ours: fontconfig's cache, which any program with text fills.
    assert not outside(seen.written, *own_folders(home), library, home / ".cache" / "fontconfig")


NETWORKED = re.compile(r"^(socket|ssl|http|urllib\.(request|error)|ftplib|smtplib|requests|httpx)")
ALLOWED = {
    "desktop/web.py": "the one door",
    "desktop/download.py": "the type of an answer",
    "gui/start/application.py": "a pair of sockets within the process, for signals",
}


def imports_of(path: Path) -> set[str]:
    """What a module imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def test_the_network_has_one_door() -> None:
    package = command.ROOT / "facesorter"
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if any(NETWORKED.match(name) or "QtNetwork" in name for name in imports_of(path))
    }
    assert found == set(ALLOWED)
    users = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if any(re.match(r"facesorter\.desktop(\.web|\.web\..*)$", n) for n in imports_of(path))
    }
    assert users <= {"desktop/updates.py", "desktop/download.py"}


def faces_in(library: Path) -> int:
    path = library / "library.db"
    if not path.exists():
        return 0
    with contextlib.suppress(sqlite3.Error):
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        try:
            pending = "SELECT count(*) FROM photo WHERE status = 'pending'"
            if connection.execute(pending).fetchone()[0] == 0:
                return int(connection.execute("SELECT count(*) FROM face").fetchone()[0])
        finally:
            connection.close()
    return 0


@pytest.fixture
def culprit(tmp_path: Path) -> Iterator[Path]:
    """A program that does all that ours must not."""
    path = tmp_path / "culprit.py"
    path.write_text(
        "import os, pathlib, socket\n"
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.1', 9))\n"
        "home = pathlib.Path.home()\n"
        "(home / '.cache' / 'Microsoft').mkdir(parents=True)\n"
        "(home / '.cache' / 'Microsoft' / 'deviceid').write_text('x')\n"
        "os.chdir(home)\n"
        "fd = os.open('.', os.O_RDONLY)\n"
        "os.close(os.open('räumlich', os.O_CREAT | os.O_WRONLY, dir_fd=fd))\n",
        encoding="utf-8",
    )
    yield path


@needs_strace
def test_a_culprit_would_be_noticed(tmp_path: Path, culprit: Path) -> None:
    home, trace = tmp_path / "home", tmp_path / "trace"
    words = traced(trace, sys.executable, "-X", "utf8", culprit)
    subprocess.run(words, cwd=command.ROOT, env=environment(home), check=True, timeout=60)
    seen = read_trace(trace.read_text(errors="surrogateescape"), command.ROOT)
    assert "AF_INET" in seen.sockets
    assert any("AF_INET" in line for line in seen.reached)
    found = outside(seen.written, *own_folders(home))
    assert [str(Path(path).relative_to(home)) for path in found] == [
        ".cache/Microsoft",
        ".cache/Microsoft/deviceid",
        "räumlich",
    ]
