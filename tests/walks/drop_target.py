"""A window that files can be dropped and pasted on, as a file manager or a mail program.

python -m tests.walks.drop_target LIST

Writes the paths it has received into the file LIST, one a line, and after a paste "picture" if the
picture itself came along.
"""

import sys
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QLabel


class Target(QLabel):
    """Takes any files as copies."""

    def __init__(self, received: Path) -> None:
        super().__init__("drop here")
        self._received = received
        self.setWindowTitle("drop-target")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setGeometry(5, 600, 150, 120)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self._take(event.mimeData())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste):
            data = QApplication.clipboard().mimeData()
            self._take(data, "picture" if data.hasImage() else "")

    def _take(self, data: QMimeData, more: str = "") -> None:
        lines = [url.toLocalFile() for url in data.urls()] + [more] * bool(more)
        self._received.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    app = QApplication(sys.argv[:1])
    target = Target(Path(sys.argv[1]))
    target.show()
    sys.exit(app.exec())
