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


def open_file(path: str) -> None:
    """Open a file in the program that the system has for it."""
    if "FACESORTER_NO_BROWSER" not in os.environ:
        QDesktopServices.openUrl(QUrl.fromLocalFile(path))


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
