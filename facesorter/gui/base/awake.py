"""Keep the screen on during playback, when nobody touches the computer."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from typing import Any, Final

from facesorter.gui.i18n.words import translate

_SERVICE: Final = "org.freedesktop.ScreenSaver"
_PATH: Final = "/org/freedesktop/ScreenSaver"
_CONTINUOUS, _DISPLAY_REQUIRED = 0x80000000, 0x00000002
"""Flags of Windows' SetThreadExecutionState."""


class Awake:
    """Asks the system to leave the screen on, where it can be asked. Thread: GUI.

    Ends by itself with the program.
    """

    def __init__(self) -> None:
        self._cookie: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def set_on(self, on: bool) -> None:
        """Leave the screen on, or as the user has set it."""
        if sys.platform == "win32":
            import ctypes

            flags = _CONTINUOUS | (_DISPLAY_REQUIRED if on else 0)
            ctypes.windll.kernel32.SetThreadExecutionState(flags)
        elif sys.platform == "darwin":
            self._caffeinate(on)
        else:
            self._inhibit(on)

    def _caffeinate(self, on: bool) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait()
        if on:
            with contextlib.suppress(OSError):
                command = ["/usr/bin/caffeinate", "-d", "-w", str(os.getpid())]
                self._process = subprocess.Popen(command)

    def _inhibit(self, on: bool) -> None:
        """Ask the desktop over D-Bus, as freedesktop.org's idle inhibition service defines it."""
        try:
            from PySide6.QtDBus import QDBusConnection, QDBusMessage
        except ImportError:  # a Qt without it
            return
        bus = QDBusConnection.sessionBus()
        if not bus.isConnected() or on == (self._cookie is not None):
            return

        def call(method: str, *args: Any) -> list[Any]:
            message = QDBusMessage.createMethodCall(_SERVICE, _PATH, _SERVICE, method)
            message.setArguments(list(args))
            # At most a fifth of a second: a desktop that hangs must not hang the slideshow.
            return list(bus.call(message, timeout=200).arguments())

        if on:
            found = call("Inhibit", "facesorter", translate("Slideshow", "Slideshow"))
            self._cookie = found[0] if found and isinstance(found[0], int) else None
        else:
            cookie, self._cookie = self._cookie, None
            call("UnInhibit", cookie)
