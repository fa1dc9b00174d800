"""Installers say the same as the program, and the file for Linux installs and removes itself."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import facesorter
from facesorter.desktop import autostart
from facesorter.images import formats

ROOT = Path(__file__).resolve().parent.parent
PACKAGING = ROOT / "packaging"
NSI = (PACKAGING / "windows" / "facesorter.nsi").read_text(encoding="utf-8")
DESKTOP = (PACKAGING / "linux" / "facesorter.desktop.in").read_text(encoding="utf-8")
WORKFLOW = (ROOT / ".github" / "workflows" / "build.yml").read_text(encoding="utf-8")

needs_sh = pytest.mark.skipif(sys.platform != "linux", reason="for Linux")


@pytest.fixture
def linux(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """packaging/linux_files.py, with a stand-in for the built program."""
    monkeypatch.syspath_prepend(str(PACKAGING))
    module = importlib.import_module("linux_files")
    program = tmp_path / "dist" / "facesorter"
    (program / "_internal" / "PySide6").mkdir(parents=True)
    (program / "facesorter").write_text('#!/bin/sh\necho "started with $*"\n')
    (program / "facesorter").chmod(0o755)
    (program / "_internal" / "PySide6" / "link").symlink_to("../data")
    (program / "_internal" / "data").write_text("data")
    (tmp_path / "build").mkdir()
    for name in ("linux_files", "deb", "portable"):
        each = importlib.import_module(name)
        monkeypatch.setattr(each, "DIST", tmp_path / "dist")
        monkeypatch.setattr(each, "BUILD", tmp_path / "build")
    return module


def test_version_stands_in_one_place() -> None:
    version = re.escape(facesorter.__version__)
    for path in PACKAGING.rglob("*"):
        if path.is_file() and path.suffix not in (".txt", ".pyc"):
            text = path.read_text(encoding="utf-8")
            # The comment that shows a call may name one.
            lines = [line for line in text.splitlines() if not line.startswith((";", "#"))]
            assert not re.search(rf"(?<![\d.]){version}(?![\d.])", "\n".join(lines)), path


@pytest.fixture
def checker(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(PACKAGING))
    return importlib.import_module("check_licences")


@pytest.mark.parametrize(
    ("name", "content", "licence"),
    [
        ("libavcodec.so.61", b"configuration: --enable-shared --enable-gpl", "GPL parts"),
        ("avutil.dll", b"libavutil license: GPL version 3 or later", "FFmpeg under the GPL"),
        ("cv2.abi3.so", b"..x264_encoder_open_164..", "x264"),
        ("libx265.215.dylib", b"", "by its name"),
        ("_readline.so", b"", None),
        ("readline.cpython-311-x86_64-linux-gnu.so", b"", "by its name"),
        ("Qt6Charts.dll", b"", "by its name"),
        ("libQt6VirtualKeyboard.so.6", b"", "by its name"),
        ("libQt6Quick.so.6", b"", None),
        ("libavcodec.so.62", b"license: LGPL version 2.1 or later x264 - core %d", None),
    ],
)
def test_gpl_libraries_are_noticed(
    checker: ModuleType,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: bytes,
    licence: str | None,
) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    # The mark lies across two blocks.
    (inner / name).write_bytes(b"\x7fELF" + bytes(checker.BLOCK - 20) + content)
    (inner / "notes.txt").write_bytes(b"x264_encoder_open")
    code = checker.main(["", str(tmp_path)])
    shown = capsys.readouterr().out
    assert code == (0 if licence is None else 1)
    assert licence is None or (f"{name}: " in shown and licence in shown)


def test_a_folder_without_programs_is_no_proof(checker: ModuleType, tmp_path: Path) -> None:
    assert checker.main(["", str(tmp_path)]) == 1


@pytest.mark.slow
def test_no_package_that_goes_along_is_under_the_gpl(
    checker: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert checker.main([""]) == 0, capsys.readouterr().out


def test_windows_installer_has_the_programs_names() -> None:
    assert f'!define NAME "{facesorter.NAME}"' in NSI
    assert f'!define APP_ID "{facesorter.APP_ID}"' in NSI
    assert "RequestExecutionLevel user" in NSI and "HKLM" not in NSI
    made = set(re.findall(r'insertmacro PICTURE "(\.\w+)"', NSI))
    assert made == set(re.findall(r'insertmacro UNPICTURE "(\.\w+)"', NSI)), "all is taken back"
    assert len(made) > 8 and all(formats.is_photo(f"a{ending}") for ending in made)


def test_uninstalling_ends_starting_with_the_system() -> None:
    line = next(each for each in NSI.splitlines() if "DeleteRegValue" in each)
    assert autostart.RUN_KEY in line and '"${NAME}"' in line
    assert NSI.index("DeleteRegValue") > NSI.index('Section "Uninstall"')


def test_windows_uninstaller_leaves_what_is_not_its_own() -> None:
    removed = re.findall(r'RMDir /r "?([^"\n]+)"?', NSI)
    assert removed == [r"$INSTDIR\_internal"]


def test_workflow_runs_nothing_that_can_change_under_it() -> None:
    used = re.findall(r"uses: (\S+)", WORKFLOW)
    assert len(used) >= 4
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action in used)
    assert WORKFLOW.count("persist-credentials: false") == WORKFLOW.count("actions/checkout@")


def test_desktop_files_are_filled_in(linux: ModuleType, tmp_path: Path) -> None:
    share = tmp_path / "share"
    linux.desktop_files(share, "/usr/bin/facesorter")
    entry = (share / "applications" / f"{facesorter.APP_ID}.desktop").read_text(encoding="utf-8")
    assert "Exec=/usr/bin/facesorter %F\n" in entry
    assert f"Icon={facesorter.APP_ID}\n" in entry
    assert "MimeType=inode/directory;image/jpeg;image/png;" in entry
    metainfo = (share / "metainfo" / f"{facesorter.APP_ID}.metainfo.xml").read_text("utf-8")
    assert f'version="{facesorter.__version__}"' in metainfo
    icons = {path.name for path in share.rglob("*.png")} | {p.name for p in share.rglob("*.svg")}
    assert icons == {f"{facesorter.APP_ID}.png", f"{facesorter.APP_ID}.svg"}


def test_flatpak_has_no_network(linux: ModuleType, tmp_path: Path) -> None:
    linux.fill("flatpak.yml.in", tmp_path / "flatpak.yml")
    words = (tmp_path / "flatpak.yml").read_text(encoding="utf-8")
    permissions = [line for line in words.splitlines() if line.strip().startswith("- --")]
    assert permissions and not any("network" in line for line in permissions)
    # A library elsewhere than in the sandbox's own folder would ask for write access here.
    assert all(line.endswith(":ro") for line in permissions if "filesystem" in line)


@needs_sh
def test_file_for_linux_installs_and_removes_itself(linux: ModuleType, tmp_path: Path) -> None:
    importlib.import_module("portable").make_file()
    (file,) = (tmp_path / "dist").glob("*.run")
    home = tmp_path / "An na's home"
    library = home / ".local" / "share" / "facesorter"
    library.mkdir(parents=True)
    (library / "library.db").write_text("names")

    def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
        return subprocess.run(
            [*map(str, words)],
            env=kept | {"HOME": str(home)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    for _ in range(2):  # the second time over itself
        done = run("sh", file)
        assert done.returncode == 0, done.stderr
    program = home / ".local" / "opt" / "facesorter" / "program"
    assert run(home / ".local" / "bin" / "facesorter", "a b").stdout == "started with a b\n"
    assert (program / "_internal" / "PySide6" / "link").read_text() == "data", "links are kept"
    (entry,) = (home / ".local" / "share" / "applications").glob("*.desktop")
    assert f'Exec="{program}/facesorter" %F' in entry.read_text(encoding="utf-8")
    if shutil.which("desktop-file-validate"):
        assert run("desktop-file-validate", entry).returncode == 0
    start = home / ".config" / "autostart" / f"{facesorter.APP_ID}.desktop"
    start.parent.mkdir(parents=True)
    start.write_text("[Desktop Entry]")
    done = run(program.parent / "uninstall")
    assert done.returncode == 0 and str(library) in done.stdout
    # The cache of desktop entries is the desktop's, and made anew by its own tool.
    left = [p for p in home.rglob("*") if not p.is_dir() and p.name != "mimeinfo.cache"]
    assert left == [library / "library.db"]


@needs_sh
def test_file_that_is_cut_short_installs_nothing(linux: ModuleType, tmp_path: Path) -> None:
    importlib.import_module("portable").make_file()
    (file,) = (tmp_path / "dist").glob("*.run")
    file.write_bytes(file.read_bytes()[:-40])
    done = subprocess.run(
        ["sh", str(file)],
        env=os.environ | {"HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1 and "not whole" in done.stderr
    assert not [path for path in (tmp_path / "home").rglob("*") if not path.is_dir()]


def test_newest_glibc_is_found(linux: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "libs").mkdir()
    (tmp_path / "libs" / "a.so").write_bytes(b"\x7fELF\0GLIBC_2.9\0GLIBC_2.34\0")
    (tmp_path / "libs" / "text").write_bytes(b"GLIBC_2.99\0")
    assert linux.needed_glibc(tmp_path / "libs") == "2.34"
