"""The viewer as a user works it: real keys, wheel and mouse in a real window.

    xvfb-run -a -s "-screen 0 1366x900x24" sh -c \
        'openbox & sleep 1; exec python -m tests.walks.viewing LIBRARY OUT [--scale 2] [--dark]'

Needs xdotool, and a library that was scanned before; it works on a copy. Saves a picture at each
station into OUT, prints what it checked, and returns 1 at the first thing that is not so.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SIZE = (1280, 800)


class Walk:
    """Presses keys from outside, and looks from inside what they did."""

    def __init__(self, library: Path, out: Path, *, scale: float, dark: bool) -> None:
        from facesorter.app.services import Services
        from facesorter.gui.base import theme
        from facesorter.gui.start.application import make_application
        from facesorter.gui.window.main_window import MainWindow

        self.app = make_application([])
        if dark:
            self.app.setPalette(theme.dark_palette())
        self.suffix = ("-dark" if dark else "") + ("" if scale == 1 else f"-{scale:g}x")
        self.out, self.scale, self.number = out, scale, 0
        self.services = Services(library, library.parent / "cache", watch=False)
        self.window: Any = MainWindow(self.services)
        self.window.resize(*(round(edge / scale) for edge in SIZE))

    def until(self, there: Callable[[], object], what: str, seconds: float = 90) -> None:
        end = time.monotonic() + seconds
        while not there():
            if time.monotonic() > end:
                sys.exit(f"not so: {what}")
            self.rest(0.02)
        print("ok:", what)

    def rest(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.app.processEvents()
            time.sleep(0.005)

    def do(self, *words: object) -> None:
        """Run xdotool while the window goes on."""
        process = subprocess.Popen(["xdotool", *map(str, words)])
        while process.poll() is None:
            self.rest(0.01)
        self.rest(0.15)

    def keys(self, *names: str) -> None:
        for name in names:
            self.do("key", name)

    def point(self, widget: Any, x: float = 0.5, y: float = 0.5) -> None:
        """Move the mouse to a place of a widget, in fractions."""
        from PySide6.QtCore import QPoint

        at = widget.mapToGlobal(QPoint(round(x * widget.width()), round(y * widget.height())))
        self.do("mousemove", round(at.x() * self.scale), round(at.y() * self.scale))

    def shoot(self, name: str) -> None:
        self.rest(0.4)
        self.number += 1
        path = self.out / f"{self.number:02}-{name}{self.suffix}.png"
        subprocess.run(["import", "-window", "root", str(path)], check=True)

    def run(self) -> None:
        window = self.window
        window.painted.connect(self.services.start)
        window.show()
        window.activateWindow()
        grid, photo = window.photos.view, window.photo
        self.until(lambda: window.photos.model.rowCount() > 10, "the photos are listed")
        self.until(window.isActiveWindow, "the window is active")
        grid.select_row(4)
        grid.setFocus()
        self.rest(1)
        self.view(window, photo)
        self.turn(window, photo)
        self.full_screen(window, photo)
        self.come_back(window, grid, photo)
        self.compare(window, grid)
        self.slideshow(window, grid, photo)
        self.unplug(window, photo)
        window.tray.quit()
        self.services.stop(10)

    def view(self, window: Any, photo: Any) -> None:
        self.keys("Return")
        self.until(lambda: not photo.view._stand_in and photo.view.faces, "Enter opens a photo")
        self.shoot("viewer")
        self.keys("1")
        self.until(lambda: abs(photo.view.framing.scale - 1) < 1e-6, "1 is actual size")
        self.shoot("actual-size")
        self.keys("0")
        self.point(photo.view, 0.4, 0.4)
        before = photo.view.framing.zoom
        self.do("click", "--repeat", 4, 4)
        self.until(lambda: photo.view.framing.zoom > 2 * before, "the wheel zooms")
        rect = photo.view.framing.rect()
        self.do("mousedown", 1, "mousemove_relative", "--sync", 60, 40, "mouseup", 1)
        self.until(lambda: photo.view.framing.rect() != rect, "a drag moves the photo")
        self.shoot("zoomed")
        self.keys("0", "Right", "Left")
        self.point(photo.bar.zoom.more)
        self.do("click", 1)
        self.until(lambda: photo.view.framing.zoom > 1, "the button zooms")
        photo.view.setFocus()
        self.keys("0")
        self.until(lambda: not photo.view._stand_in and photo.view.faces, "the photo is shown")
        box = photo.view.face_box(photo.view.faces[0]).center()
        self.point(photo.view, box.x() / photo.view.width(), box.y() / photo.view.height())
        self.do("click", 3)
        self.until(lambda: self.app.activePopupWidget() is not None, "a face has a menu")
        self.shoot("face-menu")
        self.keys("Escape")
        self.point(photo.view, 0.02, 0.5)
        self.do("click", 3)
        self.until(lambda: self.app.activePopupWidget() is not None, "the photo has a menu")
        self.shoot("photo-menu")
        self.keys("Escape")

    def turn(self, window: Any, photo: Any) -> None:
        self.keys("r")
        self.until(lambda: photo.view.turn == 90 and photo.view.faces, "R turns to the right")
        self.shoot("turned")
        self.keys("ctrl+z")
        self.until(lambda: photo.view.turn == 0 and photo.view.faces, "Ctrl+Z turns back")

    def full_screen(self, window: Any, photo: Any) -> None:
        self.keys("F11")
        self.until(window.isFullScreen, "F11 fills the screen")
        self.point(photo.view, 0.5, 0.3)
        self.shoot("full-screen-bars")
        self.until(photo.foot.isHidden, "the bars hide")
        self.shoot("full-screen")
        self.keys("Escape")
        self.until(lambda: not window.isFullScreen(), "Escape leaves the full screen")
        self.rest(0.5)
        self.point(photo.view, 0.02, 0.5)
        self.do("click", "--repeat", 2, "--delay", 60, 1)
        self.until(window.isFullScreen, "a double click fills the screen")
        self.keys("F11")
        self.until(lambda: not window.isFullScreen(), "F11 leaves it")
        self.rest(0.5)

    def come_back(self, window: Any, grid: Any, photo: Any) -> None:
        self.keys("Next", "Next")
        seen = photo.photo.id
        self.keys("Escape")
        self.until(lambda: window.navigator.page is window.photos, "Escape leads back")
        self.until(lambda: grid.selected_ids() == [seen], "the photo just seen is selected")
        self.shoot("back")

    def compare(self, window: Any, grid: Any) -> None:
        self.keys("shift+Right", "shift+Right", "c")
        page = window.compare
        self.until(lambda: window.navigator.page is page, "C compares")
        self.until(lambda: all(not p.view._stand_in for p in page.panels), "three are shown")
        self.shoot("compare")
        self.point(page.panels[1].view)
        self.do("click", "--repeat", 3, 4)
        zooms = [panel.view.framing.zoom for panel in page.panels]
        self.until(lambda: min(zooms) == max(zooms) > 1, "they zoom together")
        self.shoot("compare-zoomed")
        self.keys("Escape")

    def slideshow(self, window: Any, grid: Any, photo: Any) -> None:
        self.services.settings.slideshow_seconds = 2
        photo.slideshow.set_option("names", True)
        grid.select_row(0)
        self.keys("p")
        self.until(window.isFullScreen, "P plays in full screen")
        self.until(lambda: photo.photo and not photo.view._stand_in, "the first photo is shown")
        first = photo.photo.id
        self.point(photo.view, 0.5, 0.4)
        self.shoot("slideshow")
        self.until(lambda: photo.photo.id != first, "the next one follows")
        self.keys("space")
        self.until(lambda: not photo.slideshow.playing, "Space pauses")
        # Not with a click: the button would wait for its menu, and this walk with it.
        button = photo.slides.options
        button.menu().popup(button.mapToGlobal(button.rect().topLeft()))
        self.until(lambda: self.app.activePopupWidget() is not None, "options are offered")
        self.shoot("slideshow-options")
        self.keys("Escape")
        photo.view.setFocus()
        self.keys("Escape")
        self.until(lambda: window.navigator.page is window.photos, "Escape ends it")
        self.until(lambda: not window.isFullScreen(), "and the full screen")

    def unplug(self, window: Any, photo: Any) -> None:
        def unplug(txn: Any) -> None:
            txn.connection.execute("UPDATE folder SET state = 'unplugged'")
            txn.touch(folders=[1])

        self.services.submit(unplug).result(20)
        self.rest(1)
        window.open_photo(window.photos.model.ids[8], list(window.photos.model.ids))
        self.until(lambda: photo.view.message and photo.view._image, "a thumbnail is shown")
        self.shoot("unplugged")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--dark", action="store_true")
    args = parser.parse_args()
    os.environ["QT_SCALE_FACTOR"] = str(args.scale)
    os.environ.setdefault("QT_QPA_PLATFORM", "xcb")
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        os.environ["HOME"] = home
        for name in ("CONFIG", "CACHE", "DATA", "STATE"):
            os.environ[f"XDG_{name}_HOME"] = str(Path(home) / name.lower())
        library = Path(home) / "library"
        shutil.copytree(args.library, library)
        Walk(library, args.out, scale=args.scale, dark=args.dark).run()


if __name__ == "__main__":
    main()
