"""What keys and the context menu do with the photos of a grid that stands beside something else."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QMenu

from facesorter.domain import PhotoId
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.menus import ContextMenu
from facesorter.gui.base.page import Page
from facesorter.gui.grid.photo_model import PhotoModel
from facesorter.gui.grid.pixmaps import PixmapStore
from facesorter.gui.widgets.label_actions import LabelActions
from facesorter.gui.widgets.label_bar import Kind, LabelBar
from facesorter.gui.widgets.photo_files import PhotoFiles
from facesorter.gui.widgets.photo_menu import MOST_COMPARED, PhotoActs, fill
from facesorter.gui.widgets.photos_view import PhotosView
from facesorter.gui.widgets.place_actions import PlaceActions


class GridActions(QObject):
    """Actions on the photos of a page's grid, without stacks. Thread: GUI.

    The page lays out `tags` and `albums`, the bars that they are entered in.
    """

    def __init__(
        self,
        page: Page,
        view: PhotosView,
        bridge: Bridge,
        pixmaps: PixmapStore,
        acts: LabelActions,
        files: PhotoFiles,
        places: PlaceActions,
    ) -> None:
        super().__init__(page)
        self._page, self._view = page, view
        self._acts, self._places = acts, places
        self._files = files.actions(view, view.selected_ids)
        self.tags = LabelBar(bridge, pixmaps, Kind.TAG)
        self.albums = LabelBar(bridge, pixmaps, Kind.ALBUM)
        self.bars = (self.tags, self.albums)
        for bar in self.bars:
            acts.serve(bar)
            bar.closed.connect(view.setFocus)
        self.first: Callable[[QMenu], object] | None = None
        """Adds what the page has to offer at the top of the menu."""
        self.details: Callable[[], object] | None = None
        """Opens or closes the page's details panel, if it has one; the page connects its key."""
        view.files_of = files.dragged
        view.star_wanted.connect(self._star)
        view.tags_wanted.connect(lambda: self._ask(self.tags))
        view.albums_wanted.connect(lambda: self._ask(self.albums))
        view.place_wanted.connect(self._ask_place)
        view.delete_wanted.connect(lambda: files.ask_to_trash(view.selected_ids()))
        view.rotate_wanted.connect(self._rotate)
        view.compare_wanted.connect(self._compare)
        view.slideshow_wanted.connect(self._play)
        view.rated.connect(self._rate)
        view.selection_changed.connect(self._follow_selection)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._show_menu)

    def menu(self) -> QMenu:
        """Create the menu of the selected photos."""
        ids, model = self._view.selected_ids(), self._view.model()
        assert isinstance(model, PhotoModel)
        photos = [
            row.photo for at in self._view.selected_rows() if (row := model.row(at)) is not None
        ]
        menu = ContextMenu(self._page)
        if self.first is not None:
            self.first(menu)
        acts = PhotoActs(
            open=(lambda: self._view.opened.emit(ids[0])) if len(ids) == 1 else None,
            slideshow=self._play,
            compare=self._compare if 2 <= len(ids) <= MOST_COMPARED else None,
            star=self._star,
            starred=all(photo.favourite for photo in photos),
            rate=self._rate,
            tags=lambda: self._ask(self.tags),
            albums=lambda: self._ask(self.albums),
            place=self._ask_place,
            details=self.details,
            rotate=self._rotate,
            repeats=(
                all(photo.repeats for photo in photos),
                lambda wanted: self._acts.set_collage(ids, wanted),
            ),
            files=self._files,
            trash_by_key=True,
        )
        return fill(menu, acts)

    def close_bars(self) -> None:
        """Close the bars of tags and albums, as when other photos are listed."""
        for bar in self.bars:
            bar.close_bar()

    def _show_menu(self, at: QPoint) -> None:
        if self._view.has_selection():
            self.menu().popup(self._view.viewport().mapToGlobal(at))

    def _star(self) -> None:
        self._acts.toggle_star(self._view.selected_ids())

    def _rate(self, stars: int) -> None:
        self._acts.rate(self._view.selected_ids(), stars)

    def _rotate(self, degrees: int) -> None:
        self._acts.rotate(self._view.selected_ids(), degrees)

    def _ask_place(self) -> None:
        self._places.ask(self._view.selected_ids())

    def _ask(self, bar: LabelBar) -> None:
        for other in self.bars:
            if other is not bar:
                other.hide()
        bar.ask(self._view.selected_ids())

    def _follow_selection(self) -> None:
        for bar in self.bars:
            if bar.is_open and (ids := self._view.selected_ids()) and ids != bar.ids:
                bar.set_ids(ids)

    def _compare(self) -> None:
        ids = self._view.selected_ids()
        if len(ids) >= 2:
            self._page.compare_wanted.emit(ids)

    def _play(self) -> None:
        """Play the selected photos, or all from the current one if fewer than two are selected."""
        ids, start = self._view.several_or_all(), self._view.current_id()
        if ids:
            self._page.slideshow_wanted.emit(start if start in ids else PhotoId(0), ids)
