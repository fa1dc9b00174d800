"""Photo page: one large photo, arrows to its neighbors, and faces named in place."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from sqlite3 import Connection

from PySide6.QtCore import QPoint, QPointF, QSizeF, Qt
from PySide6.QtGui import QImage, QKeyEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from facesorter.app import jobs
from facesorter.domain import Changes, Face, Photo, PhotoId, PhotoStatus
from facesorter.errors import UserError
from facesorter.gui.base import keys, theme
from facesorter.gui.base.actions import Actions
from facesorter.gui.base.animation import AnimationPlayer
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.base.menus import ContextMenu
from facesorter.gui.base.page import ZOOM_STEP, Page
from facesorter.gui.grid.pixmaps import PixmapStore, Thumb
from facesorter.gui.i18n import name_words, words
from facesorter.gui.i18n.words import file_name, translate
from facesorter.gui.photo.drawing import FaceDrawing
from facesorter.gui.photo.face_menu import face_menu
from facesorter.gui.photo.header import PhotoHeader
from facesorter.gui.photo.labels import PhotoLabels
from facesorter.gui.photo.live_photo import LivePhotoButton
from facesorter.gui.photo.loader import PhotoLoader
from facesorter.gui.photo.naming import FaceNaming
from facesorter.gui.photo.overlay import OverlayBars
from facesorter.gui.photo.slideshow import Slideshow, SlideshowBar
from facesorter.gui.photo.stack_strip import StackStrip
from facesorter.gui.photo.video import POSTER_FROM, VideoBar, VideoPlayer, faces_at
from facesorter.gui.photo.view import PhotoView, is_asked
from facesorter.gui.photo.view_bar import ViewBar
from facesorter.gui.widgets.label_actions import LabelActions
from facesorter.gui.widgets.photo_details import PhotoDetailsPanel
from facesorter.gui.widgets.photo_files import PhotoFiles
from facesorter.gui.widgets.photo_menu import PhotoActs, StackActs, fill
from facesorter.gui.widgets.place_actions import PlaceActions
from facesorter.library import queries
from facesorter.library.decisions import unnamed
from facesorter.library.name_import import provenance


class PhotoPage(Page):
    """Page of one photo."""

    ground = QPalette.ColorRole.Window
    beside_sidebar = False
    fills_screen = True

    def __init__(
        self,
        bridge: Bridge,
        pixmaps: PixmapStore,
        actions: Actions,
        acts: LabelActions,
        files: PhotoFiles,
        places: PlaceActions,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        theme.darken(self)
        self._bridge, self._pixmaps, self._actions, self._acts = bridge, pixmaps, actions, acts
        self._places = places
        self._loader = PhotoLoader(bridge.services, bridge, self)
        self.animation = AnimationPlayer(self)
        self._held_still = False
        """Whether the user stopped the animation that is shown."""
        self._ids: list[PhotoId] = []
        self._at = 0
        self._member: PhotoId | None = None
        """The photo shown of the stack that the one in the list is in; None for the latter."""
        self._direction = 1
        """Where the user is going in the list: 1 or -1."""
        self.photo: Photo | None = None
        self._active = False
        self._faces_read = self._name_wanted = False
        self.view = PhotoView()
        self.animation.frame.connect(self.view.set_frame)
        self._files = files.actions(self, self._chosen)
        self._photo_files = files
        files.moved.connect(self._go_past)
        files.put_back.connect(self._take_back)
        self._trashed: dict[PhotoId, int] = {}
        """Photos of the list that went to the trash, and where they were in it."""
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._show_menu)
        self.naming = FaceNaming(self.view, bridge, pixmaps, actions)
        self.naming.begun.connect(self._pause)
        self.view.face_pressed.connect(self.naming.name_face)
        self.view.detail_wanted.connect(self._load)
        self.view.double_clicked.connect(self._toggle_full_screen)
        self.drawing = FaceDrawing(self.view, bridge, actions, self)
        self.drawing.face_wanted.connect(self.naming.name_face)
        self.drawing.name_wanted.connect(self.naming.ask_name)
        self.marks = PhotoLabels(self, bridge, pixmaps, acts)
        self.moving = LivePhotoButton(bridge)
        self.moving.player.frame.connect(self._show_moving)
        self.moving.over.connect(self._show_still)
        self.head = PhotoHeader(self.marks, self.moving, self)
        self.head.leave.clicked.connect(self._leave)
        self.head.before.clicked.connect(lambda: self.step(-1))
        self.head.after.clicked.connect(lambda: self.step(1))
        self.head.sweep.clicked.connect(self._sweep)
        self.head.draw.toggled.connect(self._set_drawing)
        self.view.editor.mode_changed.connect(self.head.draw.setChecked)
        self.head.toggle.toggled.connect(self.view.show_boxes)
        self.head.about.clicked.connect(self.toggle_details)
        self.bar = ViewBar(self.view)
        self.bar.left.clicked.connect(lambda: self._rotate(270))
        self.bar.right.clicked.connect(lambda: self._rotate(90))
        self.bar.full.clicked.connect(self._toggle_full_screen)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        self.details = PhotoDetailsPanel(bridge, acts)
        self.details.setPalette(theme.dark_palette())
        self.details.closed.connect(self._on_details_closed)
        beside = QHBoxLayout()
        beside.setSpacing(0)
        beside.addWidget(self.view, 1)
        beside.addWidget(self.details)
        column.addLayout(beside, 1)
        self.absent = QLabel()
        self.absent.setObjectName("absent")
        self.absent.setWordWrap(True)
        self.absent.setTextFormat(Qt.TextFormat.PlainText)
        self.absent.setContentsMargins(2 * theme.GRID, theme.GRID, 2 * theme.GRID, theme.GRID)
        self.absent.setToolTip(
            translate(
                "Photo",
                "This photo was edited in another app. Faces that were cut away come back if "
                "you restore the earlier version.",
            )
        )
        self.absent.hide()
        column.addWidget(self.absent)
        for bar in self.marks.bars:
            column.addWidget(bar)
        settings = bridge.services.settings
        self.slideshow = Slideshow(settings, self._loader, self._screen_side, self)
        self.slideshow.shown.connect(self._show_slide)
        self.slideshow.changed.connect(self._on_slideshow)
        self.slideshow.empty.connect(self._say_empty)
        self.slides = SlideshowBar(self.slideshow, settings)
        self.slides.closed.connect(self.stop)
        self.slides.hide()
        self._was_full = self._came_to_play = False
        """How it was before the slideshow: in full screen; on another page."""
        self.bar.play.clicked.connect(self._play)
        self.video = VideoPlayer(self)
        self.video_bar = VideoBar(self.video, lambda: files.open_with(self._chosen()))
        self.video_bar.hide()
        self.video.frame.connect(self._show_frame)
        self.video.moved.connect(self._show_faces_of_moment)
        self.video.changed.connect(self._end_drawing_where_it_plays)
        self.video.failed.connect(self._open_drawing)
        self.drawing.moment = lambda: self.video.shown_at
        self.view.editor.ready = self._hold_frame
        self.video_bar.moment_wanted.connect(self.go_to_moment)
        self._seen: list[Face] = []
        """All faces of the photo; a video shows those of the moment."""
        self.foot = QWidget()
        bars = QVBoxLayout(self.foot)
        bars.setContentsMargins(0, 0, 0, 0)
        bars.setSpacing(0)
        self.strip = StackStrip(bridge, pixmaps)
        self.strip.wanted.connect(self._show_member)
        bars.addWidget(self.strip)
        bars.addWidget(self.video_bar)
        bars.addWidget(self.bar)
        bars.addWidget(self.slides)
        column.addWidget(self.foot)
        self.overlay = OverlayBars(self, column, self.head, self.foot, self.view)
        self.overlay.watch([self.view])
        # Tab order follows the visual order.
        stops = (*self.head.stops, self.view, *self.bar.buttons)
        for stop, following in pairwise(stops):
            QWidget.setTabOrder(stop, following)
        bridge.changed.connect(self._on_changed)
        bridge.thumbnail.connect(self._on_thumbnail)

    def open(self, photo_id: PhotoId, ids: list[PhotoId]) -> None:
        """Show a photo from a list; the arrows step through that list."""
        self._ids = ids or [photo_id]
        self._trashed = {}
        self._at = self._ids.index(photo_id) if photo_id in self._ids else 0
        self._member = None
        self._name_wanted = False
        self._show()

    # Video.

    def play_from(self, moment: int) -> None:
        """Play the video that is shown from a time in milliseconds."""
        if self.photo is not None and self._playable(self.photo):
            self.video.seek(moment)
            self.video.play()
            self.video_bar.seek.setFocus()

    def go_to_moment(self, moment: int) -> None:
        """Show the frame at a time in milliseconds, and go on if it plays."""
        self.video.seek(moment)

    def _open_video(self) -> None:
        photo = self.photo
        playable = photo is not None and self._playable(photo)
        still = photo if photo is not None and not photo.is_video and not photo.unplugged else None
        self.moving.look_for(None if still is None else still.path)
        self.video.open(photo.path if photo and playable else None, (photo and photo.duration) or 0)
        self.video_bar.setVisible(playable)
        self.video_bar.seek.set_marks([])
        self._open_drawing()

    def _open_drawing(self) -> None:
        """Let boxes be drawn where it is known of which frame: on videos that can be played."""
        photo = self.photo
        frames = photo is not None and self._playable(photo) and not self.video.broken
        possible = photo is not None and (frames or not photo.is_video)
        self.head.draw.setEnabled(possible)
        self.drawing.photo_id = photo.id if photo is not None and possible else None
        if not possible:
            self.view.editor.set_active(False)

    def _hold_frame(self) -> bool:
        """Stop a video, so that a box belongs to its frame; return whether one is shown."""
        if self.photo is None or not self.photo.is_video or self.drawing.photo_id is None:
            return True
        if self.video.playing:
            self.video.play(False)
        elif not self.video.begun:
            # The poster's time isn't known; it is mostly this frame.
            self.video.seek(min(POSTER_FROM, self.video.duration // 3))
        return self.video.shown_at is not None

    def _end_drawing_where_it_plays(self) -> None:
        if self.video.playing and self.view.editor.active:
            self.view.editor.set_active(False)

    def _playable(self, photo: Photo) -> bool:
        return photo.is_video and not photo.unplugged and photo.status is not PhotoStatus.MISSING

    def _show_frame(self, image: QImage) -> None:
        if self.photo is not None and self.video.begun:
            self.view.set_image(image)

    def _show_moving(self, image: QImage) -> None:
        if self.moving.playing:
            self.view.show_boxes(False)
            self.view.set_image(image)

    def _show_still(self) -> None:
        """Show the photo again after its moving part."""
        self.view.show_boxes(self.head.toggle.isChecked() and not self.slideshow.active)
        if self.photo is not None:
            self._load(max(640, self.view.long_side()))

    def _show_faces_of_moment(self, position: int) -> None:
        shown = faces_at(self._seen, position)
        if [f.id for f in shown] != [f.id for f in self.view.faces] and self.naming.field is None:
            self.view.set_faces(shown)

    # Slideshow.

    def play(self, photo_id: PhotoId | None, ids: list[PhotoId], *, go_back: bool) -> None:
        """Play photos, from one of them or from anywhere; at the end ``go_back`` leaves the page.

        It is shown in full screen.
        """
        self._ids = ids
        at = ids.index(photo_id) if photo_id in ids else None
        self._at, self._member = at or 0, None
        self._was_full, self._came_to_play = self.overlay.on, go_back
        self.naming.end()
        self.view.editor.set_active(False)
        self.view.show_boxes(False)
        if go_back:
            self.photo = None
            self.view.begin(QSizeF(), None)
        self.full_screen_wanted.emit(True)
        self.slideshow.begin(ids, at)

    def _pause(self) -> None:
        """Pause the slideshow, if there is one."""
        self.slideshow.set_playing(False)

    def _play(self) -> None:
        if self.photo is not None:
            self.play(self.photo.id, self._ids, go_back=False)

    def stop(self) -> bool:
        """End the slideshow, and return to where it was begun; False if there is none."""
        if not self.slideshow.active:
            return False
        self.slideshow.end()
        if not self._was_full:
            self.full_screen_wanted.emit(False)
        if self._came_to_play:
            self.back.emit()
        return True

    def _on_slideshow(self) -> None:
        active = self.slideshow.active
        self.bar.setVisible(not active)
        if active:
            self.strip.show_stack_of(None)
        self.slides.setVisible(active)
        self.head.set_slideshow(active)
        self.view.show_boxes(self.head.toggle.isChecked() and not active)
        self._tell_names()

    def _show_slide(self, at: int) -> None:
        fades = self._bridge.services.settings.slideshow_fade
        before = self.view.picture() if fades else None
        self._at, self._member = at, None
        self._show()
        self.slides.say_position(at, len(self._ids))
        if before is not None:
            self.view.fade_from(before)

    def _say_empty(self) -> None:
        self.view.set_message(translate("Slideshow", "None of these photos can be displayed."))

    def _tell_names(self) -> None:
        """Show names and date below the photo, if the user wants them in a slideshow."""
        wanted = self.slideshow.active and self._bridge.services.settings.slideshow_names
        if not wanted or self.photo is None:
            self.view.set_caption("")
            return
        names = [f.name for f in self._seen if f.name is not None and not is_asked(f)]
        parts = [", ".join(dict.fromkeys(names)), words.date(self.photo.taken_at[:10])]
        self.view.set_caption("  ·  ".join(part for part in parts if part))

    def _screen_side(self) -> int:
        """Return the size that fills the view, in device px."""
        size = max(self.view.width(), self.view.height())
        return round(size * self.view.devicePixelRatioF())

    def zoom(self, steps: int) -> None:
        self.view.zoom(ZOOM_STEP**steps)

    def set_active(self, active: bool) -> None:
        self._active = active
        if active:
            self.view.setFocus()
            self._move()
        else:
            self.animation.stop()
            self.slideshow.end()
            self.video.open(None)
            self.moving.look_for(None)
            self.naming.end()
            self.view.editor.set_active(False)
            self.view.editor.finish()

    def step(self, by: int) -> None:
        """Show a neighboring photo, if there is one."""
        if self.slideshow.active:
            self.slideshow.step(1 if by >= 0 else -1)
            return
        at = self._at + by
        if 0 <= at < len(self._ids):
            self._at, self._direction = at, 1 if by >= 0 else -1
            self._member = None
            self._show()

    def _go_past(self, moved: list[PhotoId]) -> None:
        """Drop photos that went to the trash from the list, and go on if one of them is shown.

        Of a stack, another photo is shown; after the last of the list, the page is left.
        """
        if not self._active:
            return
        gone, shown, listed = set(moved), self._photo_id, self._ids[self._at]
        rest = [each for each in self.strip.ids if each not in gone]
        if listed in gone and listed in self.strip.ids and rest:
            self._ids[self._at] = shown if shown in rest else rest[0]
        for at in reversed(range(len(self._ids))):
            if self._ids[at] in gone:
                self._trashed[self._ids[at]] = at
                del self._ids[at]
                self._at -= at < self._at
        if not self._ids:
            self._ids, self._member = [listed], None
            self._leave()
            return
        self._at = min(self._at, len(self._ids) - 1)
        if shown in gone:
            self._member = None
            self._show()
        else:
            # The user went on while the file was being moved.
            if self._ids[self._at] == shown:
                self._member = None
            self.head.say_position(self._at, len(self._ids))

    def _take_back(self, ids: list[PhotoId]) -> None:
        """Show a photo again that came back from the trash."""
        for photo_id in ids:
            if photo_id in self._trashed and photo_id not in self._ids:
                self._at = min(self._trashed.pop(photo_id), len(self._ids))
                self._ids.insert(self._at, photo_id)
                self._member = None
                if self._active:
                    self._show()

    @property
    def _photo_id(self) -> PhotoId:
        """The photo shown."""
        return self._ids[self._at] if self._member is None else self._member

    def _show_member(self, photo_id: int) -> None:
        """Show another photo of the stack; the arrows go on from the one in the list."""
        self._pause()
        self._member = PhotoId(photo_id)
        self._show()

    def _stack_key(self, event: QKeyEvent) -> bool:
        ids, shown = self.strip.ids, self._photo_id
        if shown not in ids:
            return False
        match keys.shortcut(event):
            case Shortcut.TOGGLE_STACK:
                self._show_member(ids[(ids.index(shown) + 1) % len(ids)])
            case Shortcut.UNSTACK:
                self._acts.stacks.unstack([shown])
            case _:
                return False
        return True

    def set_full_screen(self, on: bool) -> None:
        self.overlay.set_on(on)
        self.view.covered = self.foot.sizeHint().height() if on else 0
        self.bar.say_full_screen(on)

    def _toggle_full_screen(self) -> None:
        self.full_screen_wanted.emit(not self.overlay.on)

    def _ask_place(self) -> None:
        self._pause()
        self._places.ask(self._chosen())

    def _rotate(self, degrees: int) -> None:
        self._acts.rotate(self._chosen(), degrees)

    # Display.

    def _show(self) -> None:
        self.naming.end()
        self.view.editor.begin()
        photo_id = self._photo_id
        found = queries.photos(self._bridge.services.reader(), [photo_id])
        self.photo = found[0] if found else None
        self.animation.stop()
        self._held_still = False
        self.marks.show(self.photo)
        self.strip.show_stack_of(None if self.slideshow.active else photo_id)
        self._open_video()
        self._show_details()
        self.head.say_position(self._at, len(self._ids))
        self.head.show_photo(self.photo)
        if self.photo is None:
            self._show_gone()
            return
        photo = self.photo
        size = QSizeF(photo.width or 0, photo.height or 0)
        path = self._bridge.services.thumbnails.photo_path(photo)
        stand_in = self._loader.held(photo_id) or self._pixmaps.any_size(
            Thumb("photo", photo_id, path)
        )
        self.view.begin(size, stand_in, photo.turn)
        self._read_faces()
        self._loader.drop_others([*self._ids[max(0, self._at - 1) : self._at + 2], photo_id])
        if photo.unplugged:
            self._show_thumbnail(photo)
        elif photo.status is PhotoStatus.FAILED:
            unknown = translate("Photo", "This photo can’t be displayed.")
            self.view.set_message(words.sentence(photo.error) if photo.error else unknown)
        else:
            self._load(max(640, self.view.long_side()))

    def _show_gone(self) -> None:
        """Say that the photo isn't in the library; nothing of another one stays."""
        self.absent.hide()
        self._name_wanted, self._faces_read = False, True
        self.listening_changed.emit()
        self.view.begin(QSizeF(), None)
        self.view.set_message(translate("Photo", "This photo is no longer in the library."))

    def _show_thumbnail(self, photo: Photo) -> None:
        """Show the thumbnail of a photo whose folder is away, and say which folder that is."""
        folders = queries.folders(self._bridge.services.reader())
        roots = [folder.path for folder in folders if folder.id == photo.folder_id]
        self.view.set_message(
            translate(
                "Photo",
                "The folder {folder} isn’t connected. Connect its drive to see the photo in full. "
                "Names are kept.",
            ).format(folder=roots[0] if roots else photo.path)
        )

        if self._loader.held(photo.id) is None:
            self._read_thumbnail(photo, make=True)

    def _read_thumbnail(self, photo: Photo, *, make: bool) -> None:
        """Show a thumbnail as it is kept; ``make`` asks for it where it isn't, as when turned."""
        thumbnails = self._bridge.services.thumbnails

        def done(image: QImage) -> None:
            if self.photo is None or (self.photo.id, self.photo.turn) != (photo.id, photo.turn):
                return
            if not image.isNull():
                self.view.set_thumbnail(image)
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

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _load(self, long_side: int) -> None:
        if self.video.begun or self.animation.begun:
            return  # a frame has all its pixels
        photo_id = self._photo_id

        def done(image: QImage) -> None:
            if self.photo is not None and self.photo.id == photo_id:
                if not self.video.begun:
                    self.view.set_image(image)
                    self._move()
                self._load_neighbours()

        def failed(error: BaseException) -> bool:
            if not isinstance(error, UserError):
                return False
            if self.photo is not None and self.photo.id == photo_id:
                self.view.set_message(words.sentence(error))
            return True

        self._loader.load(photo_id, long_side, done, failed)

    def _move(self) -> None:
        """Play the photo if it is an animation, once it is shown."""
        photo, plays = self.photo, self.animation.path is not None or self._held_still
        if photo is not None and self._active and self.view.has_photo and not plays:
            self.animation.play(photo.path, max(640, self.view.long_side()))

    def _hold_still(self) -> None:
        """Show the first frame of an animation, with its faces, until the user lets it go on."""
        if self.animation.begun:
            self.animation.stop()
            self._held_still = True
            self._load(max(640, self.view.long_side()))

    def _load_neighbours(self) -> None:
        """Preload the photos next to this one, first the one where the user is going."""
        if not self._active or self.slideshow.active:
            return
        wanted = self._screen_side()
        for at in (self._at + self._direction, self._at - self._direction):
            if 0 <= at < len(self._ids):
                self._loader.load(self._ids[at], wanted, lambda _: None, lambda _: True)

    def _read_faces(self) -> None:
        photo_id = self._photo_id
        self._faces_read = False

        def done(found: tuple[list[Face], list[str]]) -> None:
            if self.photo is not None and self.photo.id == photo_id:
                faces, absent = found
                self._seen = faces if self.photo.shows_its_faces else []
                self.video_bar.seek.set_marks(self._seen)
                now = faces_at(self._seen, self.video.position) if self.video.begun else []
                self.view.set_faces(now if self.photo.is_video else self._seen)
                said = translate("Photo", "Not on this version: {names}")
                self.absent.setText(said.format(names=", ".join(absent)))
                self.absent.setVisible(bool(absent))
                self._faces_read = True
                self._tell_names()
                names = [words.unnamed() if f.name is None else f.name for f in self._seen]
                names = list(dict.fromkeys(names)) if self.photo.is_video else names
                said = ", ".join([file_name(self.photo.path), *names])
                self.view.setAccessibleName(said)
                if self._name_wanted:
                    self._name_first()

        self._bridge.then(self._bridge.query(_faces_of, photo_id), done, owner=self)

    def _on_changed(self, changes: Changes) -> None:
        self._loader.forget(changes.photos)
        if not self._active or self.photo is None:
            return
        if changes.stacks and not self.slideshow.active:
            self.strip.show_stack_of(self.photo.id)
        if self.photo.id in changes.marked:
            found = queries.photos(self._bridge.services.reader(), [self.photo.id])
            if found and found[0].turn != self.photo.turn:
                self._show()
            elif found:
                self.photo = found[0]
                self.marks.show(self.photo)
        if self.photo.id in changes.photos and self._is_edited():
            self._show()
        elif changes.faces or changes.persons or self.photo.id in changes.photos:
            self._read_faces()

    def _is_edited(self) -> bool:
        """Whether the file, or what is known about it, is no longer what is shown."""
        found = queries.photos(self._bridge.services.reader(), [self._photo_id])
        now = [(photo.content_hash, photo.status, photo.mtime_ns) for photo in found]
        shown = self.photo
        return shown is None or now != [(shown.content_hash, shown.status, shown.mtime_ns)]

    # Naming.

    @property
    def listening(self) -> bool:
        return not self._name_wanted

    def _name_first(self) -> None:
        """Name the first unnamed face, or else the first face, as soon as they are read."""
        self._hold_still()
        self._name_wanted = not self._faces_read
        self.listening_changed.emit()
        if self._faces_read and not self.view.faces and self._seen:
            first = next((f for f in self._seen if f.name is None), self._seen[0])
            self.video.play(False)
            self.video.seek(first.moment or 0)
            self.view.set_faces(faces_at(self._seen, first.moment or 0))
        if self._faces_read and self.view.faces:
            face = next((f for f in self.view.faces if f.name is None), self.view.faces[0])
            self.naming.name_face(face.id)

    def _set_drawing(self, on: bool) -> None:
        self._hold_still()
        if on:
            self._hold_frame()
        self.head.toggle.setChecked(on or self.head.toggle.isChecked())
        self.view.editor.set_active(on)
        self.view.setFocus()

    def _sweep(self) -> None:
        if self.photo is not None:
            self._actions.hide_unnamed(unnamed.in_photo, self.photo.id)

    def _chosen(self) -> list[PhotoId]:
        return [] if self.photo is None else [self.photo.id]

    def menu_at(self, at: QPointF) -> ContextMenu:
        """Create the menu of the face at a point in the view, or else of the photo."""
        face = self.view.face_at(at)
        if face is not None:
            go_to = self.person_wanted.emit
            found = provenance.of_faces(self._bridge.services.reader(), [face.id]).get(face.id)
            origin = (
                name_words.brought_in(found.source, found.program, found.made_at) if found else ""
            )
            return face_menu(
                self, face, self._actions, lambda: self.naming.name_face(face.id), go_to, origin
            )
        menu, photo = ContextMenu(self), self.photo
        if photo is None:
            return menu
        chosen = [photo.id]
        acts = PhotoActs(
            slideshow=None if self.slideshow.active else self._play,
            star=self.marks.toggle_star,
            starred=photo.favourite,
            tags=self.marks.ask_tags,
            albums=self.marks.ask_albums,
            place=self._ask_place,
            on_map=lambda: self._places.show_on_map([photo.id]),
            details=self.toggle_details,
            stack=self._stack_acts(photo.id),
            rotate=self._rotate,
            repeats=(photo.repeats, lambda wanted: self._acts.set_collage(chosen, wanted)),
            rate=lambda stars: self._acts.rate(chosen, stars),
            files=self._files,
            trash_by_key=True,
        )
        fill(menu, acts)
        menu.addSeparator()
        for said, act, what in (
            (self._faces_text(), self.head.toggle.toggle, Shortcut.BOXES),
            (translate("Photo", "Actual Size"), self.view.actual_size, Shortcut.ACTUAL_SIZE),
            (translate("Photo", "Fit to Window"), self.view.fit, Shortcut.FIT),
            (self._full_text(), self._toggle_full_screen, Shortcut.FULL_SCREEN),
        ):
            menu.add(keys.with_key(said, what), act)
        return menu

    def _stack_acts(self, photo_id: PhotoId) -> StackActs | None:
        ids, act = self.strip.ids, self._acts.stacks
        if photo_id not in ids:
            return None
        return StackActs(
            top=(lambda: act.put_on_top(photo_id)) if photo_id != ids[0] else None,
            unstack=lambda: act.unstack([photo_id]),
            photos=1,
        )

    def _faces_text(self) -> str:
        if self.head.toggle.isChecked():
            return translate("Photo", "Hide Faces")
        return translate("Photo", "Show Faces")

    def _full_text(self) -> str:
        if self.overlay.on:
            return translate("Photo", "Leave Full Screen")
        return translate("Photo", "Full Screen")

    def _show_menu(self, at: QPoint) -> None:
        self.menu_at(QPointF(at)).popup(self.view.mapToGlobal(at))

    def toggle_details(self) -> None:
        """Open or close the photo's details."""
        if self.details.is_open:
            self.details.close_panel()
        else:
            self.details.open_panel(self._chosen())
            self._make_room()

    def _show_details(self) -> None:
        if self.details.is_open:
            self.details.show_photos(self._chosen(), soon=True)

    def _on_details_closed(self) -> None:
        self._make_room()
        self.view.setFocus()

    def _make_room(self) -> None:
        self.details.share_room(self.view, self.width())

    def _leave(self) -> None:
        self.naming.end()
        self.back.emit()

    def _go_on(self) -> None:
        """Pause what plays, or let it go on; else show the next photo."""
        if self.slideshow.active:
            self.slideshow.set_playing(not self.slideshow.playing)
        elif self.animation.begun:
            self._hold_still()
        elif self._held_still:
            self._held_still = False
            self._move()
        else:
            self.step(1)

    def _video_key(self, event: QKeyEvent) -> bool:
        """Handle the keys of a video; False for others."""
        if self.video.path is None or self.slideshow.active:
            return False
        match keys.shortcut(event):
            case Shortcut.CONTINUE:
                self.video.play(not self.video.playing)
                self.video_bar.seek.setFocus()
            case Shortcut.MUTE:
                self.video.set_muted(not self.video.muted)
            case _:
                return False
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keyed = (self._video_key, self.view.editor.key, self.marks.key, self.view.key)
        if any(take(event) for take in (*keyed, self._stack_key)):
            return
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_PageUp: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_PageDown: 1,
            Qt.Key.Key_Home: -self._at,
            Qt.Key.Key_End: len(self._ids) - 1 - self._at,
        }
        match keys.shortcut(event):
            case Shortcut.DRAW:
                self.head.draw.toggle()
            case Shortcut.CONTINUE:
                self._go_on()
            case Shortcut.PLAY:
                if not self.stop():
                    self._play()
            case Shortcut.DETAILS:
                self.toggle_details()
            case Shortcut.PLACE:
                self._ask_place()
            case Shortcut.RATE:
                self._acts.rate(self._chosen(), keys.stars(event))
            case Shortcut.BOXES:
                self.head.toggle.toggle()
            case Shortcut.HIDE_UNNAMED:
                self._sweep()
            case Shortcut.REMOVE:
                self._pause()
                self._photo_files.ask_to_trash(self._chosen())
            case (Shortcut.ROTATE_LEFT | Shortcut.ROTATE_RIGHT) as side:
                self._rotate(270 if side is Shortcut.ROTATE_LEFT else 90)
            case Shortcut.NAME:
                self._name_first()
            case _ if event.key() in steps:
                self.step(steps[Qt.Key(event.key())])
            case _:
                super().keyPressEvent(event)


def _faces_of(conn: Connection, photo_id: PhotoId) -> tuple[list[Face], list[str]]:
    """Read a photo's faces, and who is only on earlier versions. Thread: query."""
    faces = queries.faces(conn, queries.face_ids(conn, photo_id=photo_id))
    return faces, queries.absent_names(conn, photo_id)
