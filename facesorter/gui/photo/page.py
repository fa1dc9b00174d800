"""Photo page: one large photo, arrows to its neighbors, and faces named in place."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QPoint, QPointF, QSizeF, Qt
from PySide6.QtGui import QImage, QKeyEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from facesorter.domain import Changes, Photo, PhotoId, PhotoStatus
from facesorter.gui.base import keys, theme
from facesorter.gui.base.actions import Actions
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.keys import Shortcut
from facesorter.gui.base.menus import ContextMenu
from facesorter.gui.base.page import ZOOM_STEP, Page
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.i18n import name_words, words
from facesorter.gui.i18n.words import translate
from facesorter.gui.photo.drawing import FaceDrawing
from facesorter.gui.photo.face_menu import face_menu
from facesorter.gui.photo.faces import ShownFaces
from facesorter.gui.photo.header import PhotoHeader
from facesorter.gui.photo.image import PhotoImage
from facesorter.gui.photo.labels import PhotoLabels
from facesorter.gui.photo.live_photo import LivePhotoButton
from facesorter.gui.photo.naming import FaceNaming
from facesorter.gui.photo.overlay import OverlayBars
from facesorter.gui.photo.photo_list import PhotoList
from facesorter.gui.photo.slideshow import Slideshow, SlideshowBar
from facesorter.gui.photo.stack_strip import StackStrip
from facesorter.gui.photo.video import POSTER_FROM, VideoBar, VideoPlayer
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
        self.browsed = PhotoList()
        self._active = False
        self.view = PhotoView()
        self.video = VideoPlayer(self)
        self.image = PhotoImage(self.view, self.video, bridge, pixmaps, self)
        self.image.loaded.connect(self._load_neighbors)
        self._files = files.actions(self, self._chosen)
        self._photo_files = files
        files.moved.connect(self._go_past)
        files.put_back.connect(self._take_back)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._show_menu)
        self.naming = FaceNaming(self.view, bridge, pixmaps, actions)
        self.naming.begun.connect(self._pause)
        self.faces = ShownFaces(self.view, self.image, self.video, self.naming, bridge, self)
        self.faces.arrived.connect(self._on_faces)
        self.faces.naming_wanted_changed.connect(self.listening_changed)
        self.view.face_pressed.connect(self.naming.name_face)
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
        column.addWidget(self.faces.absent)
        for bar in self.marks.bars:
            column.addWidget(bar)
        settings = bridge.services.settings
        self.slideshow = Slideshow(settings, self.image.loader, self._screen_side, self)
        self.slideshow.shown.connect(self._show_slide)
        self.slideshow.changed.connect(self._on_slideshow)
        self.slideshow.empty.connect(self._show_empty)
        self.slides = SlideshowBar(self.slideshow, settings)
        self.slides.closed.connect(self.stop)
        self.slides.hide()
        self._was_full = self._came_to_play = False
        """How it was before the slideshow: in full screen; on another page."""
        self.bar.play.clicked.connect(self._play)
        self.video_bar = VideoBar(self.video, lambda: files.open_with(self._chosen()))
        self.video_bar.hide()
        self.video.frame.connect(self._show_frame)
        self.video.moved.connect(self.faces.show_moment)
        self.video.changed.connect(self._end_drawing_where_it_plays)
        self.video.failed.connect(self._open_drawing)
        self.drawing.moment = lambda: self.video.shown_at
        self.view.editor.ready = self._hold_frame
        self.video_bar.moment_wanted.connect(self.go_to_moment)
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

    @property
    def photo(self) -> Photo | None:
        """The photo shown; None if it isn't in the library any more."""
        return self.image.photo

    def open(self, photo_id: PhotoId, ids: list[PhotoId]) -> None:
        """Show a photo from a list; the arrows step through that list."""
        self.browsed.open(ids, photo_id)
        self.faces.naming_wanted = False
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
        self.image.reload()

    # Slideshow.

    def play(self, photo_id: PhotoId | None, ids: list[PhotoId], *, go_back: bool) -> None:
        """Play photos, from one of them or from anywhere; at the end ``go_back`` leaves the page.

        It is shown in full screen.
        """
        at = ids.index(photo_id) if photo_id in ids else None
        self.browsed.ids = ids
        self.browsed.go_to(at or 0)
        self._was_full, self._came_to_play = self.overlay.on, go_back
        self.naming.end()
        self.view.editor.set_active(False)
        self.view.show_boxes(False)
        if go_back:
            self.image.clear()
        self.full_screen_wanted.emit(True)
        self.slideshow.begin(ids, at)

    def _pause(self) -> None:
        """Pause the slideshow, if there is one."""
        self.slideshow.set_playing(False)

    def _play(self) -> None:
        if self.photo is not None:
            self.play(self.photo.id, self.browsed.ids, go_back=False)

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
        self._show_names()

    def _show_slide(self, at: int) -> None:
        fades = self._bridge.services.settings.slideshow_fade
        before = self.view.picture() if fades else None
        self.browsed.go_to(at)
        self._show()
        self.slides.show_position(at, len(self.browsed.ids))
        if before is not None:
            self.view.fade_from(before)

    def _show_empty(self) -> None:
        self.view.set_message(translate("Slideshow", "None of these photos can be displayed."))

    def _show_names(self) -> None:
        """Show names and date below the photo, if the user wants them in a slideshow."""
        wanted = self.slideshow.active and self._bridge.services.settings.slideshow_names
        if not wanted or self.photo is None:
            self.view.set_caption("")
            return
        names = [f.name for f in self.faces.all if f.name is not None and not is_asked(f)]
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
        self.image.set_active(active)
        if not active:
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
        if self.browsed.step(by):
            self._show()

    def _go_past(self, moved: list[PhotoId]) -> None:
        """Drop photos that went to the trash from the list, and go on if one of them is shown.

        Of a stack, another photo is shown; after the last of the list, the page is left.
        """
        if not self._active:
            return
        shown = self.browsed.current
        self.browsed.drop(set(moved), self.strip.ids)
        if self.browsed.current in moved:
            self._leave()
        elif shown in moved:
            self._show()
        else:
            # The user went on while the file was being moved.
            self._show_position()

    def _take_back(self, ids: list[PhotoId]) -> None:
        """Show a photo again that came back from the trash."""
        if self.browsed.restore(ids) and self._active:
            self._show()

    def _show_member(self, photo_id: int) -> None:
        """Show another photo of the stack; the arrows go on from the one in the list."""
        self._pause()
        self.browsed.show_member(PhotoId(photo_id))
        self._show()

    def _stack_key(self, event: QKeyEvent) -> bool:
        ids, shown = self.strip.ids, self.browsed.current
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
        head, foot = (bar.sizeHint().height() if on else 0 for bar in (self.head, self.foot))
        self.view.covered = foot
        self.details.keep_clear(head, foot)
        self.bar.set_full_screen(on)

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
        photo_id = self.browsed.current
        found = queries.photos(self._bridge.services.reader(), [photo_id])
        self.image.begin(found[0] if found else None)
        self.marks.show(self.photo)
        self.strip.show_stack_of(None if self.slideshow.active else photo_id)
        self._open_video()
        self._show_details()
        self._show_position()
        self.head.show_photo(self.photo)
        if self.photo is None:
            self._show_gone()
            return
        self.image.loader.drop_others([*self.browsed.neighbors(), self.browsed.listed, photo_id])
        self.image.show()
        self.faces.read(photo_id)

    def _show_position(self) -> None:
        self.head.show_position(self.browsed.at, len(self.browsed.ids))

    def _show_gone(self) -> None:
        """Say that the photo isn't in the library; nothing of another one stays."""
        self.faces.clear()
        self.view.begin(QSizeF(), None)
        self.view.set_message(translate("Photo", "This photo is no longer in the library."))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _load_neighbors(self) -> None:
        """Preload the photos next to this one."""
        if not self._active or self.slideshow.active:
            return
        wanted = self._screen_side()
        for photo_id in self.browsed.neighbors():
            self.image.loader.load(photo_id, wanted, lambda _: None, lambda _: True)

    def _on_faces(self) -> None:
        self.video_bar.seek.set_marks(self.faces.all)
        self._show_names()

    def _on_changed(self, changes: Changes) -> None:
        self.image.loader.forget(changes.photos)
        if not self._active or self.photo is None:
            return
        if changes.stacks and not self.slideshow.active:
            self.strip.show_stack_of(self.photo.id)
        if self.photo.id in changes.marked:
            found = queries.photos(self._bridge.services.reader(), [self.photo.id])
            if found and found[0].turn != self.photo.turn:
                self._show()
            elif found:
                self.image.photo = found[0]
                self.marks.show(self.photo)
        if self.photo.id in changes.photos and self._is_edited():
            self._show()
        elif changes.faces or changes.persons or self.photo.id in changes.photos:
            self.faces.read(self.photo.id)

    def _is_edited(self) -> bool:
        """Whether the file, or what is known about it, is no longer what is shown."""
        found = queries.photos(self._bridge.services.reader(), [self.browsed.current])
        now = [(photo.content_hash, photo.status, photo.mtime_ns) for photo in found]
        shown = self.photo
        return shown is None or now != [(shown.content_hash, shown.status, shown.mtime_ns)]

    # Naming.

    @property
    def listening(self) -> bool:
        return not self.faces.naming_wanted

    def _set_drawing(self, on: bool) -> None:
        self.image.hold_still()
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
                name_words.imported_from(found.source, found.program, found.made_at)
                if found
                else ""
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
        for label, act, what in (
            (self._faces_text(), self.head.toggle.toggle, Shortcut.BOXES),
            (translate("Photo", "Actual Size"), self.view.actual_size, Shortcut.ACTUAL_SIZE),
            (translate("Photo", "Fit to Window"), self.view.fit, Shortcut.FIT),
            (self._full_text(), self._toggle_full_screen, Shortcut.FULL_SCREEN),
        ):
            menu.add(keys.with_key(label, what), act)
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
        self.details.toggle(self._chosen(), self.view, self.width())

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
        elif not self.image.toggle_animation():
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
            Qt.Key.Key_Home: -self.browsed.at,
            Qt.Key.Key_End: len(self.browsed.ids) - 1 - self.browsed.at,
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
                self.faces.name_first()
            case _ if event.key() in steps:
                self.step(steps[Qt.Key(event.key())])
            case _:
                super().keyPressEvent(event)
