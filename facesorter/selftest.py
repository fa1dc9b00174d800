"""Self-test of this installation: ``facesorter --self-test [FILE]``.

Uses every part that a broken package could lack once, with made-up photos in a temporary folder;
the user's library, cache and settings are not touched. Prints one line per step; the exit code is 0
if all steps pass.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from facesorter import __version__, paths

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from facesorter.app.services import Services
    from facesorter.faces.analyzer import FaceAnalyzer

NAME = "Sample"
SHADE = 40
"""Largest difference of a decoded color from the drawn one, of 255: lossy formats shift colors by
up to 12, while a broken decoder gives black or another picture."""
DEVELOPED_SHADE = 80
"""The same for a developed photo, which LibRaw brightens as it sees fit: 55."""
PAINT_SECONDS = 20.0
"""Time limit for the window to paint; it takes about one second, but build machines stall."""


class Failed(Exception):  # noqa: N818 - the verdict on a step rather than a fault of this program
    """Raised by a step that found a fault."""


def run(words: Sequence[str]) -> int:
    """Run all steps and return the exit code.

    ``words`` may name a file for the report, for programs without a terminal (Windows).
    Thread: main, since it creates a window.
    """
    with contextlib.ExitStack() as stack:
        out: TextIO | None = sys.stdout
        if words:
            out = stack.enter_context(Path(words[0]).open("w", encoding="utf-8"))
        folder = stack.enter_context(
            # Windows can't delete open files; a leftover temporary file is no failure.
            tempfile.TemporaryDirectory(prefix="facesorter-test-", ignore_cleanup_errors=True)
        )
        return _Test(Path(folder), out).run()


class _Test:
    """The test steps and their shared state."""

    def __init__(self, folder: Path, out: TextIO | None) -> None:
        self._folder, self._out = folder, out
        self._sample = paths.resources() / "sample"
        self._photos, self._library = folder / "photos", folder / "library"
        self._analyzer: FaceAnalyzer | None = None

    def run(self) -> int:
        """Run all steps in order, even after one fails."""
        frozen = "frozen" if getattr(sys, "frozen", False) else "from source"
        self._print(f"facesorter {__version__}, {frozen}, Python {sys.version.split()[0]}")
        steps: list[tuple[str, Callable[[], str]]] = [
            ("models load and are the published ones", self._models),
            ("faces are found in the sample", self._faces),
            ("HEIC decodes", self._heic),
            ("AVIF decodes", self._avif),
            ("JPEG XL decodes", self._jxl),
            ("raw photos are developed", self._raw),
            ("a library is made, scanned and grouped", self._scan),
            ("the library is reopened and whole", self._reopen),
            ("large libraries get machine code", self._compile),
            ("packs in InsightFace's layout can be read", self._packs),
            ("mixed groups can be cut", self._hdbscan),
            ("places have names and a map", self._places),
            ("the guide is there", self._guide),
            ("the window speaks its languages", self._languages),
            ("the window is painted", self._window),
            ("videos can be played", self._playback),
        ]
        failures = 0
        for title, step in steps:
            started = time.perf_counter()
            try:
                found, verdict = step(), "ok"
            except Exception as error:  # any failure belongs in the report
                lines = traceback.format_exception(error)
                known = isinstance(error, Failed)
                found, verdict = str(error) if known else "".join(lines).strip(), "FAILED"
                failures += 1
            self._print(f"{verdict:7}{title}: {found} ({time.perf_counter() - started:.1f} s)")
        self._print(f"{len(steps) - failures} of {len(steps)} steps passed")
        return 1 if failures else 0

    def _print(self, line: str) -> None:
        if self._out is not None:
            print(line, file=self._out, flush=True)

    # Steps; each returns its finding.

    def _models(self) -> str:
        from facesorter.faces.models import load_pack

        self._analyzer = load_pack(cache_dir=self._folder / "cache")
        return f"{self._analyzer.name}, {self._analyzer.sha256[:12]}"

    def _faces(self) -> str:
        from facesorter.faces.analyzer import analyse_photo

        _require(self._analyzer is not None, "there are no models")
        assert self._analyzer is not None
        found = analyse_photo(self._sample / "astronaut.jpg", self._analyzer)
        _require(found.error is None, str(found.error or ""))
        _require(len(found.faces) == 1, f"{len(found.faces)} faces rather than 1")
        place = found.faces[0].region
        _require(0.3 < place.x + place.w / 2 < 0.6, f"a face at {place}")
        return f"1 face, score {found.faces[0].detection_score:.2f}"

    def _heic(self) -> str:
        return _halves((self._sample / "halves.heic").read_bytes())

    def _jxl(self) -> str:
        return _halves((self._sample / "halves.jxl").read_bytes())

    def _raw(self) -> str:
        return _halves((self._sample / "halves.dng").read_bytes(), DEVELOPED_SHADE)

    def _avif(self) -> str:
        from PIL import Image

        picture = Image.new("RGB", (96, 64), (200, 40, 40))
        picture.paste((40, 60, 200), (48, 0, 96, 64))
        file = io.BytesIO()
        picture.save(file, "AVIF")
        return _halves(file.getvalue())

    def _scan(self) -> str:
        from facesorter.library import queries
        from facesorter.library.decisions import corrections

        self._make_photos()
        with self._services() as services:
            people = services.query(queries.person_ids).result()
            counts = services.query(queries.counts).result()
            _require(counts.problems == 0, f"{counts.problems} photos could not be read")
            _require(counts.faces == 3, f"{counts.faces} faces rather than 3")
            _require(len(people) == 1, f"{len(people)} groups rather than 1")
            services.submit(corrections.name, people[0], NAME).result()
        return f"{counts.photos} photos, {counts.faces} faces, {len(people)} person"

    def _reopen(self) -> str:
        from facesorter.library import queries
        from facesorter.library.check import library_findings

        with self._services() as services:
            named = [name for name, *_ in services.query(queries.names).result()]
            _require(named == [NAME], f"the name {NAME!r} became {named}")
            findings = services.query(lambda connection: list(library_findings(connection)))
            _require(not findings.result(), f"{findings.result()}")
        return "named, nothing broken"

    def _compile(self) -> str:
        import numpy as np

        from facesorter.app.compilation import compile_apart
        from facesorter.cancel import CancelToken
        from facesorter.clustering import compiled, kernels

        # The small library above does not trigger compilation.
        compile_apart(CancelToken())
        kept = compiled.stamp()
        _require(kept is None or kept.exists(), "another process compiled nothing")
        before = compiled.times_compiled()
        compiled.use_machine_code()
        members = kernels.members_of(np.array([1, 0, -1, 1]), 2)[1].tolist()
        compiled.use_machine_code(False)
        _require(members == [1, 0, 3], f"the members are {members}")
        found = kept is None or compiled.times_compiled() == before
        _require(found, "what was compiled is not found again")
        return "compiled apart and found again"

    def _packs(self) -> str:
        # No other step imports insightface, which reads packs provided by users.
        from insightface import model_zoo

        _require(callable(model_zoo.get_model), "insightface has no get_model")
        return "insightface is there"

    def _hdbscan(self) -> str:
        import hdbscan
        import numpy as np

        points = np.repeat(np.eye(2, 8), 20, 0) + np.random.default_rng(1).normal(0, 0.01, (40, 8))
        groups = set(hdbscan.HDBSCAN(min_cluster_size=5).fit(points).labels_.tolist()) - {-1}
        _require(len(groups) == 2, f"{len(groups)} groups rather than 2")
        return f"{len(groups)} groups"

    def _places(self) -> str:
        from facesorter.geo.gazetteer import gazetteer
        from facesorter.geo.world import outlines

        known = gazetteer()
        rome = known.city(known.nearest(41.89, 12.48))
        _require(rome is not None and rome.name == "Rome", "Rome isn't where it was")
        rings = len(outlines("50m").land)
        _require(rings > 1000, f"only {rings} pieces of land")
        return f"{len(known.ids)} cities"

    def _guide(self) -> str:
        from facesorter.gui.dialogs.help import pages, pictures_of

        found = pages()
        _require(len(found) > 3, f"{len(found)} pages")
        pictures = [picture for page in found for picture in pictures_of(page.path)]
        missing = [picture.name for picture in pictures if not picture.is_file()]
        _require(bool(pictures) and not missing, f"no {', '.join(missing) or 'pictures'}")
        return f"{len(found)} pages, {len(pictures)} pictures"

    def _languages(self) -> str:
        from facesorter.gui.i18n import languages
        from facesorter.gui.i18n.catalogue import Catalogue

        found = []
        for code in languages.shipped()[1:]:
            catalogue = Catalogue.read(languages.folder() / f"{code}.po")
            _require(catalogue.find("Words", "%Ln face", 2) is not None, f"{code} says nothing")
            own = "" if languages.has_qt_texts(code) else ", with Qt's texts"
            found.append(f"{code} {len(catalogue)} texts{own}")
        _require(len(found) >= 4, f"only {found}")
        return "; ".join(found)

    def _window(self) -> str:
        # Must run without a display, and not flash a window where there is one.
        os.environ["QT_QPA_PLATFORM"] = os.environ.get("FACESORTER_TEST_PLATFORM", "offscreen")
        from facesorter.app.services import Services
        from facesorter.gui.start.application import make_application
        from facesorter.gui.window.main_window import MainWindow

        app = make_application(sys.argv[:1])
        services = Services(self._library, self._folder / "cache", watch=False)
        window = MainWindow(services)
        window.painted.connect(services.start)
        window.show()
        try:
            limit = time.monotonic() + PAINT_SECONDS
            while (
                window.photos.model.rowCount() < 4 or time.monotonic() < limit - PAINT_SECONDS + 1
            ):
                _require(time.monotonic() < limit, "no photos on screen")
                app.processEvents()
                time.sleep(0.01)
            image = window.grab().toImage()
            step = max(1, image.width() // 64)
            seen = {
                image.pixel(x, y)
                for x in range(0, image.width(), step)
                for y in range(0, image.height(), step)
            }
            # A window without text, icons and photos has only a few colors.
            _require(len(seen) > 32, f"only {len(seen)} colours")
        finally:
            window.close()
            services.stop(None)
        return f"{image.width()} x {image.height()}, {app.platformName()}, {len(seen)} colours"

    def _playback(self) -> str:
        from PySide6 import QtMultimedia
        from PySide6.QtCore import QLibraryInfo, QPluginLoader

        folder = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)) / "multimedia"
        plugins = sorted(folder.glob("*ffmpegmediaplugin*"))
        _require(bool(plugins), f"no plugin for {QtMultimedia.__name__}")
        loader = QPluginLoader(str(plugins[0]))
        _require(loader.load(), loader.errorString())
        return plugins[0].name

    # Helpers of the steps.

    def _make_photos(self) -> None:
        """Create three photos of one person, and one without a face."""
        from PIL import Image, ImageEnhance, ImageOps

        self._photos.mkdir()
        with Image.open(self._sample / "astronaut.jpg") as picture:
            picture.load()
            picture.save(self._photos / "one.jpg")
            ImageOps.mirror(picture).save(self._photos / "two.png")
            brighter = ImageEnhance.Brightness(picture.crop((80, 0, 400, 300))).enhance(1.2)
            brighter.save(self._photos / "three.webp")
        (self._photos / "four.heic").write_bytes((self._sample / "halves.heic").read_bytes())

    @contextlib.contextmanager
    def _services(self) -> Iterator[Services]:
        """Run the program without a window on the test's library until it is idle, and yield it."""
        from facesorter.app.services import Services
        from facesorter.library.scanning import folders

        services = Services(
            self._library,
            self._folder / "cache",
            watch=False,
            load=lambda: _present(self._analyzer),
        )
        services.start().result()
        try:
            services.submit(folders.add, str(self._photos)).result()
            services.rescan()
            services.wait_idle()
            services.refresh_now()
            services.wait_idle()
            yield services
        finally:
            services.stop(None)


def _present(analyzer: FaceAnalyzer | None) -> FaceAnalyzer:
    if analyzer is None:
        raise Failed("there are no models")
    return analyzer


def _require(held: bool, otherwise: str) -> None:
    if not held:
        raise Failed(otherwise)


def _halves(data: bytes, shade: int = SHADE) -> str:
    """Decode the test picture, red on the left and blue on the right."""
    from facesorter.images.decode import load_upright

    picture = load_upright(data, long_side=None)
    pixels: NDArray[np.uint8] = picture.pixels
    _require(pixels.shape == (64, 96, 3), f"a picture of {pixels.shape}")
    for x, colour in ((16, (200, 40, 40)), (80, (40, 60, 200))):
        seen = [int(value) for value in pixels[32, x]]
        far = max(abs(one - other) for one, other in zip(seen, colour, strict=True))
        _require(far <= shade, f"{seen} rather than {colour}")
    return f"{picture.format}, {picture.width} x {picture.height}"
