"""Take the pictures of the window: the real program over a temporary library of family photos.

    python -m tests.screenshots FOLDER [--scale 2] [--dark] [--language de] [--small]
    python -m tests.screenshots FOLDER --every

``--every`` takes all of them at 100 and 200 %, light and dark, each in a process of its own, since
both are fixed when the application starts. ``--small`` keeps 256 colours, for the guide's pictures.
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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", default="1")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--language", default="", help="the window's; the system's without")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--every", action="store_true")
    args = parser.parse_args()
    if args.every:
        again = [sys.executable, "-m", "tests.screenshots", str(args.folder), "--scale"]
        ways = (["1"], ["2"], ["1", "--dark"], ["2", "--dark"])
        return max(subprocess.run([*again, *way], check=False).returncode for way in ways)
    photos = SHARED / "photos" / "families"
    if not photos.is_dir():
        sys.stderr.write(f"There are no photos in {photos}.\n")
        return 1
    os.environ["QT_SCALE_FACTOR"] = args.scale
    args.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "Family"
        shutil.copytree(photos, folder)
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
        from facesorter.gui.application import make_application
        from facesorter.gui.main_window import MainWindow
        from facesorter.gui.theme import dark_palette

        self.app = make_application([], language=language)
        if dark:
            self.app.setPalette(dark_palette())
        spoken = f"-{language}" if language else ""
        self.suffix = f"{spoken}{'-dark' if dark else ''}{'' if scale == '1' else f'-{scale}x'}"
        self.target, self.temporary, self.photos = target, temporary, photos
        self.small = False
        self.services = Services(temporary / "library", temporary / "cache")
        self.window = MainWindow(self.services)
        # The window is measured in logical pixels: at 200 % it has half as many of them.
        self.window.resize(*(round(edge / float(scale)) for edge in SIZE))

    def run(self) -> None:
        window = self.window
        window.painted.connect(self.services.start)
        window.show()
        self.until(lambda: window.stack.currentWidget() is window.empty)
        self.rest(1.0)
        self.shoot("empty")
        window.add_paths([str(self.photos)])
        self.until(lambda: window.photos.model.rowCount() >= 20)
        self.until(lambda: (now := window.status._progress) is not None and now.rate > 0, 20)
        self.rest(0.4)
        self.shoot("scanning")
        # Grouping follows the analysis after a moment of quiet.
        self.until(lambda: window._facts is not None and window._facts.counts.persons >= 8)
        self.until(self.idle)
        self.name_some()
        window.go_to("people")
        self.until(lambda: window.people.model.rowCount() >= 6)
        window.toast.hide()
        self.rest(1.5)
        self.shoot("people")
        named = next(
            each
            for each in window.people.model.ids
            if (row := window.people.model.row_by_id(each)) and row.person.name == "Daughter"
        )
        window.people.view.start_naming(window.people.model.ids[window.people.model.named], "D")
        self.rest(0.5)
        self.shoot("naming")
        window.people.view.end_naming()
        window.open_person(named)
        self.until(lambda: window.person.faces.rowCount() > 1)
        window.person.face_view.select_row(0)
        self.rest(1.0)
        self.shoot("person")
        window.person.asking.ask(list(window.person.faces.ids[:2]))
        self.rest(0.5)
        self.shoot("someone-else")
        window.person.asking.close_bar()
        group = self.photo_with_most_faces()
        window.go_to("photos")
        window.open_photo(group, list(window.photos.model.ids))
        self.until(lambda: len(window.photo.view.faces) > 1 and not window.photo.view._stand_in)
        self.rest(0.7)
        self.shoot("photo")
        window.photo.draw.click()
        window.photo.view.editor.step(True)
        self.rest(0.5)
        self.shoot("drawing")
        window.navigator.back()
        ids = list(window.photos.model.ids)
        window.labels.tag(ids[:6], "Beach")
        window.labels.put_in_album(ids[:5], "Italy")
        window.labels.star(ids[1:8:3], True)
        window.photos.view.select_row(0)
        window.photos._ask(window.photos.tags)
        self.until(lambda: len(window.photos.tags.flow.widgets) == 1)
        self.until(lambda: window.sidebar.shelf("album:1") is not None)
        window.toast.hide()
        self.rest(0.5)
        self.shoot("tags")
        window.photos.tags.hide()
        window.go_to("map")
        self.until(lambda: window.map.view.frame is not None and not window.map._drawing)
        self.rest(1.0)
        self.shoot("map")
        self.shoot_questions()
        self.shoot_strays()
        self.shoot_search()
        self.shoot_dialogs()
        screenshot_states.acts(self)
        window.background.quit()
        self.services.stop(10)
        screenshot_states.crowds(self)

    def shoot_questions(self) -> None:
        self.window.go_to("review")
        self.rest(3.0)
        self.shoot("review")

    def shoot_strays(self) -> None:
        """Take a few faces out of their groups, as a user may, and show where they go."""
        from facesorter.library import corrections, queries

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
        QTest.keyClicks(window.photos.field, "Mom and Da")
        self.rest(2.0)
        self.shoot("search")
        window.photos.field.clear()
        self.rest(0.5)

    def shoot_dialogs(self) -> None:
        desk = self.window.desk
        desk.show_preferences()
        desk.show_models()
        self.rest(2.5)
        for name in ("preferences", "models"):
            dialog = desk._open[name]
            self.shoot_widget(name, dialog)
            dialog.close()

    def name_some(self) -> None:
        """Name three members of a family by their files, and leave a question to answer."""
        from facesorter.library import corrections, queries

        for name in ("Dad", "Mom", "Daughter"):

            def group_of(conn: Any, name: str = name) -> tuple[int, list[int]]:
                found = [
                    photo.id
                    for photo in queries.photos(conn, queries.photo_ids(conn))
                    if f"Family1-{name}" in photo.path
                ]
                ids = [face for each in found for face in queries.face_ids(conn, photo_id=each)]
                grouped = Counter(
                    face.person_id for face in queries.faces(conn, ids) if face.person_id
                )
                ((person, _),) = grouped.most_common(1)
                return person, queries.face_ids(conn, person_id=person)

            person, faces = self.services.query(group_of).result()
            self.services.submit(corrections.name, person, name).result()
            if name == "Daughter":
                self.services.submit(_ask_again, faces[:2], person).result()

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
            and progress.analysed == progress.found
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
        self.shoot_widget(name, self.window)

    def shoot_widget(self, name: str, widget: Any) -> None:
        widget.repaint()
        path = self.target / f"{name}{self.suffix}.png"
        assert widget.grab().save(str(path))
        if self.small:
            from PIL import Image

            with Image.open(path) as image:
                few = image.convert("RGB").quantize(256, dither=Image.Dither.FLOYDSTEINBERG)
            few.save(path, optimize=True)


def _ask_again(txn: Any, faces: list[int], person: int) -> None:
    """Turn confirmed faces into questions, as if they had been found later."""
    for face in faces:
        txn.connection.execute("UPDATE face SET state = 'suggested' WHERE id = ?", (face,))
    txn.touch(faces=faces, persons=[person])


if __name__ == "__main__":
    sys.exit(main())
