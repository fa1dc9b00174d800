"""Starting with the system: what is written, that it is read back, and that all of it goes."""

from __future__ import annotations

import os
import plistlib
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from facesorter import APP_ID, NAME
from facesorter.desktop import autostart
from facesorter.errors import UserError

AWKWARD = ['/opt/my $programs/50% "new"/face`sorter\\x', "--library", "/home/a b/Fotos léto"]


class FakeRegistry:
    def __init__(self) -> None:
        self.values: dict[tuple[str, str], str | bytes] = {}

    def get(self, key: str, name: str) -> str | bytes | None:
        return self.values.get((key, name))

    def put(self, key: str, name: str, text: str) -> None:
        self.values[key, name] = text

    def delete(self, key: str, name: str) -> None:
        self.values.pop((key, name), None)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def ways(folder: Path) -> list[autostart.Autostart]:
    return [
        autostart.XdgEntry(folder / "autostart"),
        autostart.LaunchAgent(folder / "LaunchAgents"),
        autostart.RunKey(FakeRegistry()),
    ]


@pytest.mark.parametrize("number", range(3))
def test_on_and_off_again(tmp_path: Path, number: int) -> None:
    way = ways(tmp_path)[number]
    assert not way.is_on()
    way.turn_off()
    for _ in range(2):
        way.turn_on(AWKWARD)
        assert way.is_on()
    way.turn_off()
    assert not way.is_on()
    assert files(tmp_path) == []


def test_linux_entry_is_one_that_desktops_take(tmp_path: Path) -> None:
    way = autostart.XdgEntry(tmp_path)
    way.turn_on(AWKWARD)
    text = way.path.read_text(encoding="utf-8")
    assert way.path.name == f"{APP_ID}.desktop"
    (line,) = [line for line in text.splitlines() if line.startswith("Exec=")]
    assert line == (
        'Exec="/opt/my \\\\$programs/50%% \\\\"new\\\\"/face\\\\`sorter\\\\\\\\x" '
        '"--library" "/home/a b/Fotos léto"'
    )
    if shutil.which("desktop-file-validate"):
        done = subprocess.run(
            ["desktop-file-validate", way.path], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.skipif(shutil.which("gio") is None, reason="gio, which starts entries, is not here")
def test_linux_entry_starts_what_it_names(tmp_path: Path) -> None:
    program = tmp_path / 'a $x "new" `y'
    program.write_text(f'#!/bin/sh\necho "$@" > "{tmp_path}/said"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    way = autostart.XdgEntry(tmp_path / "autostart")
    way.turn_on([str(program), "50% of b"])
    subprocess.run(["gio", "launch", way.path], check=True, timeout=20)
    limit = time.monotonic() + 10
    while not (tmp_path / "said").exists() and time.monotonic() < limit:
        time.sleep(0.02)
    assert (tmp_path / "said").read_text() == "50% of b\n"


@pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled=false"])
def test_what_a_desktop_switched_off_is_off(tmp_path: Path, line: str) -> None:
    way = autostart.XdgEntry(tmp_path)
    way.turn_on(["/usr/bin/facesorter"])
    key = line.partition("=")[0]
    kept = [x for x in way.path.read_text().splitlines() if not x.startswith(key)]
    way.path.write_text("\n".join([*kept, line]))
    assert not way.is_on()


@pytest.mark.parametrize("text", ["", "nonsense", "[Other]\na=b", "\xff\xfe"])
def test_a_damaged_entry_is_off(tmp_path: Path, text: str) -> None:
    for way in (autostart.XdgEntry(tmp_path), autostart.LaunchAgent(tmp_path)):
        way.path.write_text(text)
    assert not autostart.XdgEntry(tmp_path).is_on()
    assert not autostart.LaunchAgent(tmp_path).is_on()


def test_macos_agent_names_the_words(tmp_path: Path) -> None:
    way = autostart.LaunchAgent(tmp_path)
    way.turn_on(AWKWARD)
    stored = plistlib.loads(way.path.read_bytes())
    assert (stored["Label"], stored["RunAtLoad"]) == (APP_ID, True)
    assert stored["ProgramArguments"] == AWKWARD


def test_windows_value_and_the_task_manager() -> None:
    registry = FakeRegistry()
    way = autostart.RunKey(registry)
    way.turn_on([r"C:\Program Files\facesorter.exe", "--in-background"])
    assert registry.get(autostart.RUN_KEY, NAME) == (
        r'"C:\Program Files\facesorter.exe" --in-background'
    )
    registry.values[autostart.APPROVED_KEY, NAME] = b"\x03" + bytes(11)
    assert not way.is_on(), "the task manager switched it off"
    way.turn_on(["facesorter.exe"])
    assert way.is_on(), "and here it was switched on again"
    way.turn_off()
    assert registry.values == {}


def test_the_command_starts_this_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    words = autostart.start_command(tmp_path / "library")
    assert words[-3:] == ["--library", str(tmp_path / "library"), "--in-background"]
    done = subprocess.run(
        [*words[:-3], "--version"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("facesorter ")
    monkeypatch.setattr(autostart, "CHECKOUT", tmp_path / "main.py")
    assert autostart.start_command()[1:] == ["-m", NAME, "--in-background"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setenv("APPIMAGE", "/home/a/facesorter.AppImage")
    assert autostart.start_command() == ["/home/a/facesorter.AppImage", "--in-background"]
    monkeypatch.delenv("APPIMAGE")
    assert autostart.start_command() == [sys.executable, "--in-background"]


def test_an_entry_follows_a_program_that_moved(tmp_path: Path) -> None:
    way = autostart.XdgEntry(tmp_path)
    autostart.renew(way=way)
    assert not way.path.exists(), "what is off stays off"
    way.turn_on(["/old/place/facesorter"])
    autostart.renew(way=way)
    assert "/old/place" not in way.path.read_text()
    assert sys.executable in way.path.read_text()


def test_a_refusal_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "autostart").write_text("a file where a folder is needed")
    with pytest.raises(UserError, match="couldn’t be changed"):
        autostart.set_on(True, way=autostart.XdgEntry(tmp_path / "autostart"))


@pytest.mark.skipif(sys.platform != "linux", reason="for Linux")
def test_this_system_uses_the_users_own_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    autostart.set_on(True)
    assert autostart.here().is_on()
    assert [os.fspath(path.relative_to(tmp_path)) for path in files(tmp_path)] == [
        f"autostart/{APP_ID}.desktop"
    ]
    autostart.set_on(False)
    assert files(tmp_path) == []
