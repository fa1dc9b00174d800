"""Requests to the desktop: show a file, open a web page, raise a window."""

from __future__ import annotations

import os
import sys

from PySide6.QtCore import QProcess, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget


def show_in_folder(path: str) -> None:
    """Show a file in the file manager, selected where supported; do nothing if there is none."""
    if sys.platform == "win32":
        QProcess.startDetached("explorer", [f"/select,{os.path.normpath(path)}"])
    elif sys.platform == "darwin":
        QProcess.startDetached("open", ["-R", path])
    else:
        folder = path if os.path.isdir(path) else os.path.dirname(path)
        QDesktopServices.openUrl(QUrl.fromLocalFile(folder))


def open_file(path: str) -> bool:
    """Open a file in the program that the system has for it; False if there is none."""
    if "FACESORTER_NO_BROWSER" in os.environ:
        return True
    return QDesktopServices.openUrl(QUrl.fromLocalFile(path))


def ask_system_to_open(path: str) -> bool:
    """Let the system ask which program opens a file; False where it has no dialog for that."""
    if sys.platform == "win32":
        arguments = ["shell32.dll,OpenAs_RunDLL", os.path.normpath(path)]
        return QProcess.startDetached("rundll32", arguments)[0]
    if sys.platform == "darwin":
        script = (
            "on run argv\nset chosen to choose application as alias\n"
            'do shell script "open -a " & quoted form of POSIX path of chosen & " " & '
            "quoted form of item 1 of argv\nend run"
        )
        return QProcess.startDetached("osascript", ["-e", script, path])[0]
    return False


def open_page(url: str) -> None:
    """Open an address in the browser; call only when the user requested it."""
    # Tests, and computers without a browser, must not wait for one.
    if url.startswith(("https://", "mailto:")) and "FACESORTER_NO_BROWSER" not in os.environ:
        QDesktopServices.openUrl(QUrl(url))


def bring_forward(window: QWidget) -> None:
    """Raise a window above others, as far as the desktop allows."""
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()
