"""Battery state of the computer on Linux, Windows and macOS."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

SUPPLIES: Final = Path("/sys/class/power_supply")
"""Where the Linux kernel describes power supplies, one folder each."""
PMSET_SECONDS: Final = 5.0
"""Timeout for macOS, which normally answers within milliseconds."""


def on_battery() -> bool | None:
    """Return whether the computer runs on battery; None without a battery or if unknown.

    Blocks for a few milliseconds. Thread: any but the window's.
    """
    if sys.platform == "win32":
        return _ask_windows()
    if sys.platform == "darwin":
        return _ask_macos()
    return read_linux(SUPPLIES)


def read_linux(folder: Path) -> bool | None:
    """Read the kernel's power supplies (Documentation/ABI/testing/sysfs-class-power).

    Supplies with the scope *Device* belong to a mouse or headset and are ignored. A connected plug
    decides; if the kernel knows no plug, a discharging battery does.
    """
    try:
        supplies = sorted(folder.iterdir())
    except OSError:
        return None
    plugged: list[bool] = []
    batteries: list[str] = []
    for supply in supplies:
        if _word(supply / "scope") == "Device":
            continue
        if _word(supply / "type") in ("Battery", "UPS"):
            if _word(supply / "present") != "0":
                batteries.append(_word(supply / "status"))
        elif (online := _word(supply / "online")) in ("0", "1", "2"):
            plugged.append(online != "0")
    if not batteries:
        return None
    if any(plugged):
        return False
    return "Discharging" in batteries or (bool(plugged) and "Charging" not in batteries)


def read_windows(line: int, flags: int) -> bool | None:
    """Interpret the fields ``ACLineStatus`` and ``BatteryFlag`` of ``SYSTEM_POWER_STATUS``."""
    if line not in (0, 1) or (flags != 255 and flags & 128):
        return None
    return line == 0


def read_macos(text: str) -> bool | None:
    """Interpret the output of ``pmset -g batt``."""
    if "InternalBattery" not in text:
        return None
    if "'Battery Power'" in text:
        return True
    return False if "'AC Power'" in text else None


def _word(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _ask_windows() -> bool | None:
    if sys.platform == "win32":
        import ctypes

        class Status(ctypes.Structure):
            _fields_ = (
                ("line", ctypes.c_ubyte),
                ("flags", ctypes.c_ubyte),
                ("percent", ctypes.c_ubyte),
                ("saver", ctypes.c_ubyte),
                ("seconds", ctypes.c_uint32),
                ("full_seconds", ctypes.c_uint32),
            )

        status = Status()
        if ctypes.windll.kernel32.GetSystemPowerStatus(ctypes.byref(status)):
            return read_windows(status.line, status.flags)
    return None


def _ask_macos() -> bool | None:
    try:
        done = subprocess.run(
            ["/usr/bin/pmset", "-g", "batt"],
            capture_output=True,
            text=True,
            timeout=PMSET_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return read_macos(done.stdout)
