"""A window from which folders can be dragged with the mouse, as from a file manager.

python -m tests.walks.drag_source FOLDER…
"""

import sys
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel


class Source(QLabel):
    """Starts a drag of the folders when the mouse is pressed and moved on it."""

    def __init__(self, folders: list[Path]) -> None:
        super().__init__("drag me")
        self._folders = folders
        self.setWindowTitle("drag-source")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setGeometry(20, 600, 160, 120)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(folder.resolve())) for folder in self._folders])
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.exec(Qt.DropAction.CopyAction)


if __name__ == "__main__":
    app = QApplication(sys.argv[:1])
    source = Source([Path(word) for word in sys.argv[1:]])
    source.show()
    sys.exit(app.exec())
