"""Take the pictures of the window: the real program, acted on with keys and clicks.

    python -m tests.screenshots FOLDER [--scale 2] [--dark] [--language de] [--small]
    python -m tests.screenshots FOLDER --every
    python -m tests.screenshots FOLDER --every --library DIR

It begins with the family photos and an empty library, or with a copy of a library that was scanned
before (``facesorter scan --library DIR PHOTOS``), whose photos lie in a folder for each person.
Every act is looked up in the library, and all of it is undone at the end.

``--every`` takes all of them at 100 and 200 %, light and dark, each in a process of its own, since
both are fixed when the application starts. ``--small`` keeps few colours, for the guide's pictures.
Run it on a real display, under Xvfb, or with ``QT_QPA_PLATFORM=offscreen``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests import screenshot_states

SHARED = Path(os.environ.get("FACESORTER_SHARED", Path(__file__).parents[2] / "shared"))
SIZE = (1280, 800)
LARGEST = 150_000
"""Bytes of a picture that comes with the program."""
FAMILY = ("Dad", "Mom", "Daughter")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", default="1")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--language", default="", help="the window's; the system's without")
    parser.add_argument("--library", type=Path, help="a scanned library to begin with a copy of")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--every", action="store_true")
    args = parser.parse_args()
    if args.every:
        again = [sys.executable, "-m", "tests.screenshots", str(args.folder)]
        again += ["--library", str(args.library)] if args.library else []
        ways = (["1"], ["2"], ["1", "--dark"], ["2", "--dark"])
        return max(subprocess.run([*again, "--scale", *w], check=False).returncode for w in ways)
    photos = SHARED / "photos" / "families"
    if args.library is None and not photos.is_dir():
        sys.stderr.write(f"There are no photos in {photos}.\n")
        return 1
    os.environ["QT_SCALE_FACTOR"] = args.scale
    # Numbers and dates as readers of the pictures write them, not as a machine without a language.
    if os.environ.get("LANG", "C").split(".")[0] in ("C", "POSIX"):
        os.environ["LANG"] = "en_GB.UTF-8"
    args.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "Family"
        if args.library is None:
            shutil.copytree(photos, folder)
        else:
            shutil.copytree(args.library, Path(temporary) / "library")
        look = {"scale": args.scale, "dark": args.dark, "language": args.language}
        camera = Camera(args.folder, Path(temporary), folder, **look)
        camera.small = args.small
        camera.run()
    return 0


class Camera:
    """Walks through the program and takes a picture at each station."""

    def __init__(
        self, target: Path, temporary: Path, photos: Path, *, scale: str, dark: bool, language: str
    ) -> None:
        from facesorter.app.services import Services
        from facesorter.gui.base.theme import dark_palette
        from facesorter.gui.start.application import make_application
        from facesorter.gui.window.main_window import MainWindow

        self.app = make_application([], language=language)
        if dark:
            self.app.setPalette(dark_palette())
        spoken = f"-{language}" if language else ""
        self.suffix = f"{spoken}{'-dark' if dark else ''}{'' if scale == '1' else f'-{scale}x'}"
        self.target, self.temporary, self.photos = target, temporary, photos
        self.small = False
        self.names: tuple[str, ...] = FAMILY
        """Who gets a name at first; the last one keeps two faces to ask about."""
        self.services = Services(temporary / "library", temporary / "cache")
        self.window = MainWindow(self.services)
        # The window is measured in logical pixels: at 200 % it has half as many of them.
        self.window.resize(*(round(edge / float(scale)) for edge in SIZE))

    def run(self) -> None:
        window = self.window
        window.painted.connect(self.services.start)
        window.show()
        # Fields complete names while they have the focus, which only an active window gives.
        window.activateWindow()
        self.until(window.isActiveWindow, 60)
        if self.photos.is_dir():
            self.first_start()
        self.until(lambda: (state := window.state) and state.counts and state.counts.persons >= 8)
        self.until(self.idle)
        before = screenshot_states.decisions(self)
        self.name_some()
        self.stations()
        screenshot_states.acts(self)
        screenshot_states.undo_all(self, before)
        window.tray.quit()
        self.services.stop(10)
        if self.photos.is_dir():
            screenshot_states.crowds(self)

    def first_start(self) -> None:
        """From the empty window to photos that are looked through."""
        window = self.window
        self.until(lambda: window.stack.currentWidget() is window.empty)
        self.rest(1.0)
        self.shoot("empty")
        if self.small:
            # A window full of photos is large as a picture, and told as well by a smaller one.
            window.resize(*(round(0.75 * edge) for edge in SIZE))
        window.add_paths([str(self.photos)])
        self.until(lambda: window.photos.model.rowCount() >= 20)
        self.until(lambda: (now := window.status._progress) is not None and now.rate > 0, 120)
        self.rest(0.4)
        # It covers the progress, which the picture is about.
        window.toast.hide()
        self.shoot("scanning")
        if self.small:
            window.resize(*SIZE)

    def stations(self) -> None:
        """Show the pages as they are, before anything is judged."""
        from PySide6.QtTest import QTest

        window = self.window
        window.go_to("photos")
        window.toast.hide()
        self.rest(1.5)
        self.shoot("photos")
        window.go_to("people")
        self.until(lambda: window.people.model.rowCount() >= 6)
        window.toast.hide()
        self.rest(1.5)
        self.shoot("people")
        window.people.view.setFocus()
        window.people.view.select_row(window.people.model.named)
        QTest.keyClicks(window.people.view, self.names[-1][0])
        self.until(lambda: (field := window.people.view.field) is not None and field.offering, 60)
        self.rest(0.3)
        self.shoot("naming")
        window.people.view.end_naming()
        window.open_person(self.person_called(self.names[-1]))
        self.until(lambda: window.person.faces.rowCount() > 1)
        window.person.face_view.select_row(0)
        self.rest(1.0)
        self.shoot("person")
        window.person.asking.ask(list(window.person.faces.ids[:2]))
        self.rest(0.5)
        self.shoot("someone-else")
        window.person.asking.close_bar()
        window.person.header.photos.click()
        self.rest(1.0)
        self.shoot("person-photos")
        group = self.photo_with_most_faces()
        window.go_to("photos")
        window.open_photo(group, list(window.photos.model.ids))
        self.until(lambda: len(window.photo.view.faces) > 1 and not window.photo.view._stand_in)
        self.rest(0.7)
        self.shoot("photo")
        window.photo.head.draw.click()
        window.photo.view.editor.step(True)
        self.rest(0.5)
        self.shoot("drawing")
        window.navigator.back()
        self.shoot_shelves()
        window.go_to("map")
        self.until(lambda: window.map.view.frame is not None and not window.map.drawing)
        self.rest(1.0)
        self.shoot("map")
        window.go_to("review")
        self.rest(3.0)
        self.shoot("review")
        self.shoot_strays()
        self.shoot_search()
        self.shoot_dialogs()

    def shoot_shelves(self) -> None:
        """Tags, albums and favourites."""
        window = self.window
        ids = list(window.photos.model.ids)
        window.labels.tag(ids[:6], "Beach")
        window.labels.put_in_album(ids[:5], "Italy")
        window.labels.star(ids[1:8:3], True)
        window.photos.view.select_row(0)
        window.photos._ask(window.photos.tags)
        self.until(lambda: len(window.photos.tags.flow.widgets) == 1)
        self.until(lambda: window.sidebar.collection("album:1") is not None)
        window.toast.hide()
        self.rest(0.5)
        self.shoot("tags")
        window.photos.tags.hide()
        window.go_to("favourites")
        self.rest(1.0)
        self.shoot("favourites")
        window.go_to("photos")

    def shoot_strays(self) -> None:
        """Take a few faces out of their groups, as a user may, and show where they go."""
        from facesorter.library import queries
        from facesorter.library.decisions import corrections

        window = self.window

        def unnamed(conn: Any) -> list[list[int]]:
            groups = [
                (person.id, queries.face_ids(conn, person_id=person.id))
                for person in queries.all_persons(conn)
                if not person.name
            ]
            return [[person, *faces] for person, faces in sorted(groups, key=lambda g: -len(g[1]))]

        for person, *faces in self.services.query(unnamed).result()[2:5]:
            self.services.submit(corrections.reject, person, faces).result()
        window.go_to("unknown")
        self.until(lambda: window.unknown.faces.rowCount() >= 3)
        window.toast.hide()
        self.rest(1.5)
        self.shoot("unknown")

    def shoot_search(self) -> None:
        from PySide6.QtTest import QTest

        window = self.window
        window.start_search()
        second, first = self.names[1], self.names[0]
        searched = f"{second} and {first[:2]}" if self.photos.is_dir() else first[:-2]
        QTest.keyClicks(window.photos.field, searched)
        self.rest(2.0)
        self.shoot("search")
        window.photos.field.clear()
        self.rest(0.5)

    def shoot_dialogs(self) -> None:
        dialogs = self.window.dialogs
        for name, show in (
            ("preferences", dialogs.show_preferences),
            ("models", dialogs.show_models),
            ("sidecars", dialogs.show_sidecars),
            ("report", dialogs.report_problem),
        ):
            show()
            self.rest(2.5)
            dialog = dialogs.opened[name]
            self.shoot_widget(name, dialog)
            if name == "models":
                dialog.list.setCurrentRow(2)
                self.rest(0.5)
                self.shoot_widget("models-offered", dialog)
            dialog.close()

    def name_some(self) -> None:
        """Name three persons by where their photos lie, and leave a question to answer."""
        from facesorter.library import queries
        from facesorter.library.decisions import corrections

        if not self.photos.is_dir():
            self.names = self.services.query(_largest).result()
        for name in self.names:

            def group_of(conn: Any, name: str = name) -> tuple[int, list[int]]:
                place = f"Family1-{name}" if name in FAMILY else f"/{name.replace(' ', '_')}/"
                found = [
                    photo.id
                    for photo in queries.photos(conn, queries.photo_ids(conn))
                    if place in photo.path
                ]
                ids = [face for each in found for face in queries.face_ids(conn, photo_id=each)]
                grouped = Counter(
                    face.person_id for face in queries.faces(conn, ids) if face.person_id
                )
                ((person, _),) = grouped.most_common(1)
                return person, queries.face_ids(conn, person_id=person)

            person, faces = self.services.query(group_of).result()
            self.services.submit(corrections.name, person, name).result()
            if name == self.names[-1]:
                self.services.submit(_ask_again, faces[:4], person).result()

    def person_called(self, name: str) -> int:
        """The id of whoever has that name."""
        from facesorter.library import queries

        known = self.services.query(queries.names).result()
        return next(person for each, person, _ in known if each == name)

    def photo_with_most_faces(self) -> int:
        from facesorter.library import queries

        photos = self.services.query(
            lambda conn: queries.photos(conn, queries.photo_ids(conn))
        ).result()
        return max(photos, key=lambda photo: photo.faces).id

    def idle(self) -> bool:
        progress = self.window.status._progress
        return (
            progress is not None
            and progress.phase == "idle"
            and progress.analysed + progress.failed == progress.found
        )

    def until(self, condition: Callable[[], bool], seconds: float = 400) -> None:
        limit = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > limit:
                raise TimeoutError("the program did not come this far")
            self.rest(0.02)

    def rest(self, seconds: float) -> None:
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            self.app.processEvents()
            time.sleep(0.005)

    def shoot(self, name: str) -> None:
        limit = time.monotonic() + 15
        while self.window.pixmaps._pending and name != "scanning" and time.monotonic() < limit:
            self.rest(0.05)
        self.shoot_widget(name, self.window)

    def shoot_widget(self, name: str, widget: Any) -> None:
        """Keep a picture of a window, with the lists and menus that are open above it."""
        from PySide6.QtCore import Qt
        from PySide6.QtGui import QPainter

        widget.repaint()
        picture = widget.grab()
        painter = QPainter(picture)
        for above in self.app.topLevelWidgets():
            if above.isVisible() and above.windowType() in (
                Qt.WindowType.Popup,
                Qt.WindowType.ToolTip,
                Qt.WindowType.Tool,
            ):
                painter.drawPixmap(widget.mapFromGlobal(above.pos()), above.grab())
        painter.end()
        path = self.target / f"{name}{self.suffix}.png"
        assert picture.save(str(path))
        if self.small:
            shrink(path)


def shrink(path: Path) -> None:
    """Keep as many colours of a picture as fit into `LARGEST`; hardly to be seen."""
    import numpy as np
    from PIL import Image

    from facesorter.gui.base import theme

    with Image.open(path) as image:
        full = image.convert("RGB")
    pixels = np.asarray(full).reshape(-1, 3)
    seen, which, counts = np.unique(pixels, axis=0, return_inverse=True, return_counts=True)
    # Grounds and lines as they are, and the frames of faces, few as their pixels may be.
    states = [theme.CONFIRMED, theme.SUGGESTED, theme.UNKNOWN]
    kept = [*seen[np.argsort(-counts)[:24]], *(colour.getRgb()[:3] for colour in states)]
    for colours in (256, 192, 128, 96, 64):
        rest = full.quantize(colours - len(kept), dither=Image.Dither.NONE).getpalette() or []
        palette = np.vstack([np.array(kept), np.array(rest).reshape(-1, 3)])[:colours]
        near = np.empty(len(seen), np.uint8)
        for at in range(0, len(seen), 10_000):
            part = seen[at : at + 10_000, None].astype(int) - palette[None]
            near[at : at + 10_000] = (part**2).sum(axis=2).argmin(axis=1)
        few = Image.fromarray(near[which.reshape(full.height, full.width)], "P")
        few.putpalette(palette.astype(np.uint8).tobytes())
        few.save(path, optimize=True)
        if path.stat().st_size <= LARGEST:
            break


def _largest(conn: Any) -> tuple[str, ...]:
    """Three large groups by the names of their folders, the largest last."""
    from facesorter.library import queries

    found: list[str] = []
    for person in queries.persons(conn, queries.person_ids(conn)[:12]):
        faces = queries.faces(conn, queries.face_ids(conn, person_id=person.id))
        photos = queries.photos(conn, [face.photo_id for face in faces])
        ((folder, _),) = Counter(Path(photo.path).parent.name for photo in photos).most_common(1)
        name = folder.replace("_", " ")
        if name not in found:
            found.append(name)
    return tuple(reversed(found[:3]))


def _ask_again(txn: Any, faces: list[int], person: int) -> None:
    """Turn confirmed faces into questions, as if they had been found later."""
    for face in faces:
        txn.connection.execute("UPDATE face SET state = 'suggested' WHERE id = ?", (face,))
    txn.touch(faces=faces, persons=[person])


if __name__ == "__main__":
    sys.exit(main())
