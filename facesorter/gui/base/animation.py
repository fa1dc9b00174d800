"""Playback of animated pictures (GIF, WebP, AVIF, PNG), frame by frame, without sound."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from facesorter.app.worker import Worker
from facesorter.images.formats import may_be_animated

if TYPE_CHECKING:
    from facesorter.images.animation import Frame

KEPT_BYTES: Final = 48 * 2**20
"""Animations up to this size are decoded once and repeated from memory; longer ones again."""
LARGEST_FILE: Final = 64 * 2**20
HEADER: Final = 1 << 16
"""Bytes that tell whether a file is animated at all: most PNG, WebP and AVIF files are not."""


class AnimationPlayer(QObject):
    """Plays one animation at a time, over and over. Thread: GUI.

    Signals:
        frame: the next frame, as a QImage, when it is due.
    """

    frame = Signal(QImage)
    _made = Signal(int, QImage)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wanted: tuple[int, Path, int] | None = None
        self._turn = 0
        """Number of the newest request; frames of older ones are dropped."""
        self.path: Path | None = None
        """The file that is played or may be; None if none."""
        self.begun = False
        """Whether a frame was shown."""
        self._worker = Worker({"moving-picture": self._work})
        self._made.connect(self._on_made, Qt.ConnectionType.QueuedConnection)
        self.destroyed.connect(lambda: self._worker.stop())

    def play(self, path: str | Path, side: int) -> None:
        """Play a file if it is animated, in frames of at most ``side`` px, in place of the last."""
        self.stop()
        if not may_be_animated(str(path)):
            return
        self.path = Path(path)
        self._worker.start()
        with self._worker.wake:
            self._wanted = (self._turn, self.path, side)
            self._worker.wake.notify_all()

    def stop(self) -> None:
        """Stop; no frame comes after this."""
        with self._worker.wake:
            self._turn += 1
            self._wanted = None
            self._worker.wake.notify_all()
        self.path, self.begun = None, False

    def close(self) -> None:
        """Stop for good."""
        self.stop()
        self._worker.stop(timeout=1.0)

    def _on_made(self, turn: int, image: QImage) -> None:
        if turn == self._turn:
            self.begun = True
            self.frame.emit(image)

    # In the thread that plays.

    def _work(self) -> None:
        while self._worker.wait_for(lambda: self._wanted):
            with self._worker.wake:
                wanted, self._wanted = self._wanted, None
            if wanted is None:
                continue
            try:
                self._play(*wanted)
            except Exception:  # the still picture stays; why it can't be read is shown elsewhere
                continue

    def _play(self, turn: int, path: Path, side: int) -> None:
        from facesorter.images import animation

        with path.open("rb") as file:
            head = file.read(HEADER)
            if not animation.is_animated(head):
                return
            data = head + file.read(LARGEST_FILE)
        if len(data) > LARGEST_FILE:
            return
        kept: list[tuple[QImage, int]] | None = []
        while self._goes_on(turn):
            shown = 0
            with animation.frames(data, side) as made:
                for image, milliseconds in kept or self._decoded(made):
                    if not self._show(turn, image, milliseconds):
                        return
                    shown += 1
                    if kept is not None and len(kept) < shown:
                        kept.append((image, milliseconds))
                        if sum(each.sizeInBytes() for each, _ in kept) > KEPT_BYTES:
                            kept = None
            if shown < 2:
                return
            while kept and self._goes_on(turn):
                if not all(self._show(turn, *each) for each in kept):
                    return

    def _decoded(self, made: Iterator[Frame]) -> Iterator[tuple[QImage, int]]:
        for frame in made:
            high, wide = frame.pixels.shape[:2]
            image = QImage(
                frame.pixels.tobytes(), wide, high, 3 * wide, QImage.Format.Format_RGB888
            )
            yield image.convertToFormat(QImage.Format.Format_RGB32), frame.milliseconds

    def _show(self, turn: int, image: QImage, milliseconds: int) -> bool:
        """Show a frame for its time; False if it is to end."""
        # Under the lock, so that `close` never returns while this is inside the signal.
        with self._worker.wake:
            if self._worker.token.cancelled or turn != self._turn:
                return False
            self._made.emit(turn, image)
        due = monotonic() + milliseconds / 1000
        while self._goes_on(turn) and (left := due - monotonic()) > 0:
            self._worker.wait_for(partial(self._is_over, turn), left)
        return self._goes_on(turn)

    def _is_over(self, turn: int) -> bool:
        return turn != self._turn

    def _goes_on(self, turn: int) -> bool:
        return not self._worker.token.cancelled and turn == self._turn
