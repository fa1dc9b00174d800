"""Draw all icons from the one SVG.

    python packaging/icons.py

Writes PNGs (the window, Linux desktops), an .ico (Windows) and an .icns (macOS) beside it, in
resources/icons. Run it in an environment of the program after changing the SVG, and commit what it
wrote: building a program then needs no drawing.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

ICONS = Path(__file__).resolve().parent.parent / "resources" / "icons"
NAME = "facesorter"
PNG_SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
"""What the hicolor theme of Linux desktops knows; the window takes them too."""
ICO_SIZES = (16, 20, 24, 32, 40, 48, 64, 256)
"""What Windows shows at 100 to 200 %."""
ICNS_SIDE = 1024


def draw(side: int) -> bytes:
    """The mark as a PNG file, ``side`` pixels wide and high."""
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(side, side, QImage.Format.Format_ARGB32)
    image.fill(0)
    renderer = QSvgRenderer(str(ICONS / f"{NAME}.svg"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stubs know bytes only
    return bytes(data.data())


def main() -> int:
    """Write all icons."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PIL import Image
    from PySide6.QtGui import QGuiApplication

    app = QGuiApplication([])
    for side in PNG_SIZES:
        (ICONS / f"{NAME}-{side}.png").write_bytes(draw(side))
    drawn = [Image.open(io.BytesIO(draw(side))) for side in ICO_SIZES]
    # Each size is drawn, not shrunk: lines stay sharp.
    drawn[-1].save(
        ICONS / f"{NAME}.ico", sizes=[(side, side) for side in ICO_SIZES], append_images=drawn[:-1]
    )
    Image.open(io.BytesIO(draw(ICNS_SIDE))).save(ICONS / f"{NAME}.icns")
    del app
    return 0


if __name__ == "__main__":
    sys.exit(main())
