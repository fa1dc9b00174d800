"""The image of the photo shown: loaded as large as the zoom needs, or played if it is animated."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QSizeF, Signal
from PySide6.QtGui import QImage

from facesorter.app import jobs
from facesorter.domain import Photo, PhotoId, PhotoStatus
from facesorter.errors import UserError
from facesorter.gui.base.animation import AnimationPlayer
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.grid.pixmaps import PixmapStore, Thumb
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.photo.loader import PhotoLoader
from facesorter.gui.photo.video import VideoPlayer
from facesorter.gui.photo.view import PhotoView
from facesorter.library import queries

LEAST_SIDE = 640
"""Longest side that is loaded at least, px: a view that isn't laid out yet has no size."""


class PhotoImage(QObject):
    """Fills a view with a photo: at once with what is in memory, then with all its pixels.

    A frame that the video player or an animation shows stays: it has all its pixels. Thread: GUI.

    Signals:
        loaded: a photo was loaded and is shown.
    """

    loaded = Signal()

    def __init__(
        self,
        view: PhotoView,
        video: VideoPlayer,
        bridge: Bridge,
        pixmaps: PixmapStore,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._view, self._video = view, video
        self._bridge, self._pixmaps = bridge, pixmaps
        self.photo: Photo | None = None
        self.loader = PhotoLoader(bridge.services, bridge, self)
        self.animation = AnimationPlayer(self)
        self.animation.frame.connect(view.set_frame)
        self._active = False
        self._held_still = False
        """Whether the user stopped the animation that is shown."""
        view.detail_wanted.connect(self._load)
        bridge.thumbnail.connect(self._on_thumbnail)

    def set_active(self, active: bool) -> None:
        """Play an animation only while the page is visible."""
        self._active = active
        if active:
            self._play()
        else:
            self.animation.stop()

    def begin(self, photo: Photo | None) -> None:
        """Turn to another photo; what is still loading of the last one won't be shown."""
        self.photo = photo
        self.animation.stop()
        self._held_still = False

    def clear(self) -> None:
        """Show nothing."""
        self.begin(None)
        self._view.begin(QSizeF(), None)

    def show(self) -> None:
        """Show the photo that `begin` turned to, or say why that isn't possible."""
        photo = self.photo
        if photo is None:
            return
        size = QSizeF(photo.width or 0, photo.height or 0)
        path = self._bridge.services.thumbnails.photo_path(photo)
        stand_in = self.loader.held(photo.id) or self._pixmaps.any_size(
            Thumb("photo", photo.id, path)
        )
        self._view.begin(size, stand_in, photo.turn)
        if photo.unplugged:
            self._show_thumbnail(photo)
        elif photo.status is PhotoStatus.FAILED:
            unknown = translate("Photo", "This photo can’t be displayed.")
            self._view.set_message(words.sentence(photo.error) if photo.error else unknown)
        else:
            self.reload()

    def reload(self) -> None:
        """Show the photo itself again, in the size of the view."""
        self._load(max(LEAST_SIDE, self._view.long_side()))

    def hold_still(self) -> None:
        """Show the first frame of an animation until `toggle_animation` lets it go on."""
        if self.animation.begun:
            self.animation.stop()
            self._held_still = True
            self.reload()

    def toggle_animation(self) -> bool:
        """Stop the animation that is shown, or let it go on; return False if there is none."""
        if self.animation.begun:
            self.hold_still()
        elif self._held_still:
            self._held_still = False
            self._play()
        else:
            return False
        return True

    def _play(self) -> None:
        """Play the photo if it is an animation, once it is shown."""
        photo, plays = self.photo, self.animation.path is not None or self._held_still
        if photo is not None and self._active and self._view.has_photo and not plays:
            self.animation.play(photo.path, max(LEAST_SIDE, self._view.long_side()))

    def _load(self, long_side: int) -> None:
        if self.photo is None or self._video.begun or self.animation.begun:
            return
        photo_id = self.photo.id

        def done(image: QImage) -> None:
            if self._is_shown(photo_id):
                if not self._video.begun:
                    self._view.set_image(image)
                    self._play()
                self.loaded.emit()

        def failed(error: BaseException) -> bool:
            if not isinstance(error, UserError):
                return False
            if self._is_shown(photo_id):
                self._view.set_message(words.sentence(error))
            return True

        self.loader.load(photo_id, long_side, done, failed)

    def _is_shown(self, photo_id: PhotoId) -> bool:
        return self.photo is not None and self.photo.id == photo_id

    def _show_thumbnail(self, photo: Photo) -> None:
        """Show the thumbnail of a photo whose folder is away, and say which folder that is."""
        folders = queries.folders(self._bridge.services.reader())
        roots = [folder.path for folder in folders if folder.id == photo.folder_id]
        self._view.set_message(
            translate(
                "Photo",
                "The folder {folder} isn’t connected. Connect its drive to see the photo in full. "
                "Names are kept.",
            ).format(folder=roots[0] if roots else photo.path)
        )

        if self.loader.held(photo.id) is None:
            self._read_thumbnail(photo, make=True)

    def _read_thumbnail(self, photo: Photo, *, make: bool) -> None:
        """Show a thumbnail as it is kept; ``make`` asks for it where it isn't, as when turned."""
        thumbnails = self._bridge.services.thumbnails

        def done(image: QImage) -> None:
            if self.photo is None or (self.photo.id, self.photo.turn) != (photo.id, photo.turn):
                return
            if not image.isNull():
                self._view.set_thumbnail(image)
            elif make:
                thumbnails.request("photo", photo.id)

        path = str(thumbnails.photo_path(photo))
        self._bridge.then(jobs.run(QImage, path), done, owner=self)

    def _on_thumbnail(self, kind: str, photo_id: int, path: Path | None) -> None:
        photo = self.photo
        if photo is None or path is None or (kind, photo_id) != ("photo", photo.id):
            return
        if photo.unplugged and self._active:
            self._read_thumbnail(photo, make=False)
