"""Autostart entries of Linux, macOS and Windows.

The entry itself is the only record of the user's choice: if the system's own settings disable it,
autostart is off.
"""

from __future__ import annotations

import configparser
import contextlib
import os
import plistlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from facesorter import APP_ID, IN_BACKGROUND, NAME
from facesorter.errors import UserError
from facesorter.files import write_atomically

RUN_KEY: Final = r"Software\Microsoft\Windows\CurrentVersion\Run"
APPROVED_KEY: Final = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
"""Where Windows' task manager marks disabled entries: with an odd first byte."""
FLATPAK: Final = Path("/.flatpak-info")
"""File that exists inside the Flatpak sandbox, where programs can't write the entry."""

CHECKOUT: Final = Path(__file__).resolve().parents[2] / "main.py"
"""What starts the program where it runs from a checkout."""


class Autostart(Protocol):
    """Autostart on one system. Methods block for a file access; thread: any."""

    def is_on(self) -> bool:
        """Return whether the program starts with the system."""
        ...

    def turn_on(self, command: Sequence[str]) -> None:
        """Write the entry, replacing an older one; raises `OSError`."""
        ...

    def turn_off(self) -> None:
        """Remove the entry if it exists; raises `OSError`."""
        ...


class Registry(Protocol):
    """The user's part of the Windows registry; missing values are None."""

    def get(self, key: str, name: str) -> str | bytes | None:
        """Read a value."""
        ...

    def put(self, key: str, name: str, text: str) -> None:
        """Write a text value."""
        ...

    def delete(self, key: str, name: str) -> None:
        """Remove a value if it exists."""
        ...


def here() -> Autostart:
    """Return the implementation for this system."""
    if sys.platform == "win32":
        return RunKey(UserRegistry())
    if sys.platform == "darwin":
        return LaunchAgent(Path.home() / "Library" / "LaunchAgents")
    config = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return XdgEntry(Path(config) / "autostart")


def possible() -> bool:
    """Return whether this kind of installation can start with the system."""
    return not FLATPAK.exists()


def start_command(library: Path | None = None) -> list[str]:
    """Return the command line that starts this installation in the background.

    Args:
        library: The folder of a library other than the user's own.
    """
    words = [sys.executable]
    if not getattr(sys, "frozen", False):
        windowless = Path(sys.executable).with_name("pythonw.exe")
        words = [str(windowless) if windowless.exists() else sys.executable]
        # A checkout isn't installed: other folders don't find the package by its name.
        words += [str(CHECKOUT)] if CHECKOUT.exists() else ["-m", NAME]
    elif image := os.environ.get("APPIMAGE"):
        # An AppImage runs from a mount that disappears when it exits.
        words = [image]
    if library is not None:
        words += ["--library", str(library.absolute())]
    return [*words, IN_BACKGROUND]


def set_on(on: bool, library: Path | None = None, way: Autostart | None = None) -> None:
    """Turn autostart on or off.

    Raises:
        UserError: The system refuses the entry.
    """
    way = way or here()
    try:
        if on:
            way.turn_on(start_command(library))
        else:
            way.turn_off()
    except OSError as error:
        raise UserError(
            "The startup setting couldn’t be changed ({error}).", error=error
        ) from error


def renew(library: Path | None = None, way: Autostart | None = None) -> None:
    """Update an existing entry, in case the program has moved."""
    way = way or here()
    with contextlib.suppress(OSError):
        if way.is_on():
            way.turn_on(start_command(library))


class XdgEntry:
    """Linux: the desktop application autostart specification, 0.5."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{APP_ID}.desktop"

    def is_on(self) -> bool:
        """See `Autostart`."""
        reader = configparser.RawConfigParser(strict=False)
        try:
            reader.read_string(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError, configparser.Error):
            return False
        entry = dict(reader.items("Desktop Entry")) if reader.has_section("Desktop Entry") else {}
        return (
            "exec" in entry
            and entry.get("hidden", "false") != "true"
            and entry.get("x-gnome-autostart-enabled", "true") != "false"
        )

    def turn_on(self, command: Sequence[str]) -> None:
        """See `Autostart`."""
        program = shutil.which(command[0]) or command[0]
        lines = (
            "[Desktop Entry]",
            "Type=Application",
            f"Name={NAME}",
            f"Exec={' '.join(_quoted(word) for word in command)}",
            # Desktops skip the entry once the program has been removed.
            f"TryExec={_escaped(program)}",
            f"Icon={APP_ID}",
            "Terminal=false",
            "X-GNOME-Autostart-enabled=true",
        )
        text = "".join(f"{line}\n" for line in lines)
        write_atomically(self.path, text.encode("utf-8"))

    def turn_off(self) -> None:
        """See `Autostart`."""
        self.path.unlink(missing_ok=True)


class LaunchAgent:
    """macOS: a property list that launchd reads at login."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{APP_ID}.plist"

    def is_on(self) -> bool:
        """See `Autostart`."""
        try:
            stored = plistlib.loads(self.path.read_bytes())
        except (OSError, ValueError, plistlib.InvalidFileException):
            return False
        return isinstance(stored, dict) and bool(stored.get("RunAtLoad"))

    def turn_on(self, command: Sequence[str]) -> None:
        """See `Autostart`."""
        agent = {
            "Label": APP_ID,
            "ProgramArguments": list(command),
            "RunAtLoad": True,
            "LimitLoadToSessionType": "Aqua",
            "ProcessType": "Interactive",
        }
        write_atomically(self.path, plistlib.dumps(agent))

    def turn_off(self) -> None:
        """See `Autostart`."""
        self.path.unlink(missing_ok=True)


class RunKey:
    """Windows: a value below the user's own ``Run`` key."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def is_on(self) -> bool:
        """See `Autostart`."""
        if self._registry.get(RUN_KEY, NAME) is None:
            return False
        approved = self._registry.get(APPROVED_KEY, NAME)
        return not (isinstance(approved, bytes) and approved[:1] and approved[0] & 1)

    def turn_on(self, command: Sequence[str]) -> None:
        """See `Autostart`."""
        self._registry.put(RUN_KEY, NAME, subprocess.list2cmdline(command))
        self._registry.delete(APPROVED_KEY, NAME)

    def turn_off(self) -> None:
        """See `Autostart`."""
        self._registry.delete(RUN_KEY, NAME)
        self._registry.delete(APPROVED_KEY, NAME)


class UserRegistry:
    """The actual registry, HKEY_CURRENT_USER."""

    def get(self, key: str, name: str) -> str | bytes | None:
        """See `Registry`."""
        if sys.platform == "win32":
            import winreg

            with contextlib.suppress(FileNotFoundError):
                with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as opened:
                    value = winreg.QueryValueEx(opened, name)[0]
                return value if isinstance(value, str | bytes) else None
        return None

    def put(self, key: str, name: str, text: str) -> None:
        """See `Registry`."""
        if sys.platform == "win32":
            import winreg

            with winreg.CreateKey(winreg.HKEY_CURRENT_USER, key) as opened:
                winreg.SetValueEx(opened, name, 0, winreg.REG_SZ, text)

    def delete(self, key: str, name: str) -> None:
        """See `Registry`."""
        if sys.platform == "win32":
            import winreg

            with contextlib.suppress(FileNotFoundError):
                access = winreg.KEY_SET_VALUE
                with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key, 0, access) as opened:
                    winreg.DeleteValue(opened, name)


def _quoted(word: str) -> str:
    """Quote one word of ``Exec``; its rules apply on top of those for all values."""
    inside = "".join(f"\\{sign}" if sign in '"`$\\' else sign for sign in word)
    return _escaped('"{}"'.format(inside.replace("%", "%%")))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")
