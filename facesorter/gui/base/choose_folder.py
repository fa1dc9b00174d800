"""Dialog to choose one folder."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget


def choose_folder(
    parent: QWidget, title: str, chosen: Callable[[str], object], start: str = ""
) -> None:
    """Ask for a folder, and call ``chosen`` with its path unless the user cancels.

    ``start`` is the folder shown first; if empty, the one that Qt remembers.
    """
    dialog = QFileDialog(parent, title, start)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    # For a typed path, Qt's own dialog may report the parent folder as well, and with two files it
    # doesn't emit fileSelected.
    dialog.filesSelected.connect(lambda folders: chosen(max(folders, key=len)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def pictures() -> str:
    """Return the user's folder of pictures."""
    return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
