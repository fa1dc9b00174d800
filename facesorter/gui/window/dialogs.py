"""Manages the window's dialogs: preferences, models, help, reports, updates."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QSettings, QTimer, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox, QWidget

from facesorter import __version__, paths
from facesorter.app import jobs
from facesorter.domain import PersonId, PhotoId
from facesorter.gui.base.actions import Actions
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.desktop import open_page
from facesorter.gui.i18n import words
from facesorter.gui.i18n.words import translate
from facesorter.gui.window.toast import Toast
from facesorter.gui.window.tray import Tray

if TYPE_CHECKING:
    from facesorter.app.name_importer import Names
    from facesorter.desktop.updates import Release
    from facesorter.gui.grid.pixmaps import PixmapStore

DAY: Final = datetime.timedelta(days=1)
SETTLED_MS: Final = 20_000
"""Delay after start-up before the cache is trimmed and updates are checked, to avoid slowing it."""
HOURLY_MS: Final = 3_600_000
"""How often to check whether a day has passed, as the program may stay open for months."""


class Dialogs(QObject):
    """Opens each dialog at most once, modeless, imported lazily.

    Signals:
        power_changed: the battery setting in the preferences was changed.
        restore_wanted: the path of a backup that should replace the library, and whether to repeat
            what was decided since.
        erase_wanted: whom to erase for good, None for all face data, and whether texts are kept.
    """

    power_changed = Signal()
    restore_wanted = Signal(Path, bool)
    erase_wanted = Signal(object, bool)

    def __init__(
        self,
        window: QWidget,
        bridge: Bridge,
        actions: Actions,
        tray: Tray,
        toast: Toast,
        settings: QSettings | None,
    ) -> None:
        super().__init__(window)
        self._settings = settings
        self._window, self._bridge, self._tray, self._toast = window, bridge, tray, toast
        self._actions = actions
        self._services = bridge.services
        self.opened: dict[str, QDialog] = {}
        """The open dialogs by name."""

    def other_library(self) -> Path | None:
        """Return the library's folder if it is not the user's default one."""
        folder = self._services.library_dir
        return None if folder == paths.data_dir() else folder

    # Dialogs.

    def show_preferences(self) -> None:
        """Show the preferences."""
        from facesorter.gui.dialogs.preferences import Preferences

        dialog = Preferences(
            self._bridge, self._window, library=self.other_library(), tray=self._tray.available()
        )
        dialog.background_changed.connect(self._tray.apply)
        dialog.models_wanted.connect(self.show_models)
        dialog.update_wanted.connect(self.look_for_update)
        dialog.power_changed.connect(self.power_changed)
        dialog.sidecars_wanted.connect(self.show_sidecars)
        self._show("preferences", dialog)

    def show_models(self) -> None:
        """Show the model packs."""
        from facesorter.gui.dialogs.packs import PacksDialog

        self._show("models", PacksDialog(self._bridge, self._window))

    def show_backups(self) -> None:
        """Show the library's backups."""
        from facesorter.gui.dialogs.backups import BackupsDialog

        dialog = BackupsDialog(self._bridge, self._window)
        dialog.restore_wanted.connect(self.restore_wanted)
        self._show("backups", dialog)

    def show_erase(self, person_id: PersonId | None = None, name: str = "") -> None:
        """Ask whether to erase a person, or all face data, for good."""
        from facesorter.gui.dialogs.erase import EraseDialog

        dialog = EraseDialog(self._bridge, person_id, name, self._window)
        dialog.agreed.connect(self.erase_wanted)
        self._show("erase", dialog)

    def identify_person(self) -> None:
        """Ask for pictures, and show who is in them; they aren't added to the library."""
        chosen, _ = QFileDialog.getOpenFileNames(
            self._window, translate("Who", "Who Is This?"), "", ""
        )
        if chosen:
            self.show_identify([Path(each) for each in chosen])

    def show_identify(self, files: list[Path]) -> None:
        """Show who is in pictures; they aren't added to the library."""
        from facesorter.gui.dialogs.identify import IdentifyDialog

        self._show("who", IdentifyDialog(self._bridge, files, self._window))

    def show_proof(self) -> None:
        """Show what proves that photos are unchanged and nothing was sent."""
        from facesorter.gui.dialogs.prove import ProveDialog

        self._show("prove", ProveDialog(self._bridge, self._window))

    def choose_other_library(self) -> None:
        """Ask for another library, and show what it would bring in."""
        from facesorter.gui.dialogs.merge_library import MergeLibraryDialog

        chosen, _ = QFileDialog.getOpenFileName(
            self._window,
            translate("MergeLibrary", "Import Decisions from Another Library"),
            "",
            translate("MergeLibrary", "Libraries and backups (*.db)"),
        )
        if chosen:
            other = MergeLibraryDialog(self._bridge, self._actions, Path(chosen), self._window)
            self._show("merge-library", other)

    def show_export(self, photo_ids: list[PhotoId], person_ids: list[PersonId]) -> None:
        """Ask where and how to export photos."""
        from facesorter.gui.dialogs.export import ExportDialog

        running = self.opened.get("export")
        if isinstance(running, ExportDialog) and running.running:
            running.raise_()
            running.activateWindow()
            return
        dialog = ExportDialog(self._bridge, photo_ids, person_ids, self._settings, self._window)
        self._show("export", dialog)

    def show_sidecars(self) -> None:
        """Ask where and how to write sidecars."""
        from facesorter.gui.dialogs.sidecars import SidecarsDialog

        running = self.opened.get("sidecars")
        if isinstance(running, SidecarsDialog) and running.running:
            running.raise_()
            running.activateWindow()
            return
        self._show("sidecars", SidecarsDialog(self._bridge, self._window))

    def show_import_names(self, pixmaps: PixmapStore, names: Names | None = None) -> None:
        """Ask where names come from, or show ``names``, which were found already."""
        from facesorter.gui.dialogs.import_names import ImportNamesDialog

        running = self.opened.get("names")
        if isinstance(running, ImportNamesDialog) and running.running:
            running.raise_()
            running.activateWindow()
            return
        dialog = ImportNamesDialog(self._bridge, pixmaps, self._window)
        dialog.used.connect(self._notify_named)
        dialog.add_wanted.connect(lambda folder: self._actions.add_folders([folder]))
        if names is not None:
            dialog.update_found(names)
        self._show("names", dialog)

    def _notify_named(self, faces: int, births: int) -> None:
        message = translate("Dialogs", "Named %Ln face(s)", "", faces)
        if births and not faces:
            message = translate("Dialogs", "Added %Ln date(s) of birth", "", births)
        elif not faces:
            message = translate("Dialogs", "Names appear as faces are found")
        self._actions.done.emit(message, self._actions.undo_decision, "")

    def show_change_date(self, photo_ids: list[PhotoId], check: str = "") -> None:
        """Ask how to change the date of photos; ``check`` is a `date_checks.Check`, or empty."""
        from facesorter.gui.dialogs.change_date import ChangeDateDialog

        dialog = ChangeDateDialog(self._bridge, self._actions, photo_ids, self._window)
        if check:
            dialog.suggest(check)
        self._show("date", dialog)

    def show_open_with(self, path: str) -> None:
        """Ask which application opens a photo."""
        from facesorter.gui.dialogs.open_with import OpenWithDialog

        self._show("open-with", OpenWithDialog(self._bridge, path, self._window))

    def show_guide(self) -> None:
        """Show the guide."""
        from facesorter.gui.dialogs.help import HelpWindow

        self._show("help", HelpWindow(self._bridge, parent=self._window))

    def show_news(self) -> None:
        """Show the release notes."""
        from facesorter.gui.dialogs.help import NEWS, HelpWindow

        self._show("help", HelpWindow(self._bridge, NEWS, self._window))

    def report_problem(self) -> None:
        """Show the problem report."""
        from facesorter.gui.dialogs.report import ReportDialog

        self._show("report", ReportDialog(self._bridge, self._window))

    def _show(self, name: str, dialog: QDialog) -> None:
        former = self.opened.pop(name, None)
        if former is not None:
            former.close()
        self.opened[name] = dialog
        dialog.finished.connect(lambda _: self._closed(name, dialog))
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def _closed(self, name: str, dialog: QWidget) -> None:
        if self.opened.get(name) is dialog:
            del self.opened[name]
        dialog.deleteLater()

    # After start-up.

    def begin(self) -> None:
        """Run what was deferred until the window is visible: tray, news, updates and the cache."""
        self._tray.apply()
        settings = self._services.settings
        seen = settings.seen_version
        if seen != __version__:
            settings.seen_version = __version__
            self._save()
            if seen:
                self.show_news()
        QTimer.singleShot(SETTLED_MS, self._trim_cache)
        QTimer.singleShot(SETTLED_MS, self.check_daily)
        timer = QTimer(self)
        timer.timeout.connect(self.check_daily)
        timer.start(HOURLY_MS)

    def _trim_cache(self) -> None:
        from facesorter.images import cache_size

        most = self._services.settings.cache_megabytes * 1_000_000
        jobs.run(cache_size.trim, self._services.cache_dir, most)

    # Updates.

    def look_for_update(self) -> None:
        """Check for updates at the user's request, and show the result in any case."""
        self._ask(self._show_version, lambda error: self._show_message(words.sentence(error)))

    def check_daily(self) -> None:
        """Check for updates once a day if enabled; report only newer versions."""
        settings = self._services.settings
        if settings.check_updates and _is_due(settings.updates_checked):
            self._ask(self._offer, lambda _: None)

    def _ask(self, done: Any, failed: Any) -> None:
        from facesorter.desktop import updates

        settings = self._services.settings
        settings.updates_checked = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        self._save()

        def take(error: BaseException) -> bool:
            failed(error)
            return True

        asked = jobs.run(updates.newest)
        self._bridge.then(asked, done, owner=self, failed=take)

    def _show_version(self, release: Release) -> None:
        from facesorter.desktop import updates

        if updates.is_newer(release.version, __version__):
            box = self._box(
                translate("Update", "facesorter {version} is available.").format(
                    version=release.version
                ),
                translate(
                    "Update", "You have version {version}. The download page opens in your browser."
                ).format(version=__version__),
            )
            box.addButton(translate("Update", "Open Page"), QMessageBox.ButtonRole.AcceptRole)
            box.addButton(QMessageBox.StandardButton.Close)
            box.accepted.connect(lambda: open_page(release.page))
            box.open()
        else:
            text = translate("Update", "facesorter {version} is up to date.")
            self._show_message(text.format(version=__version__))

    def _offer(self, release: Release) -> None:
        from facesorter.desktop import updates

        if updates.is_newer(release.version, __version__):
            text = translate("Update", "facesorter {version} is available.")
            self._toast.show_message(
                text.format(version=release.version),
                lambda: open_page(release.page),
                translate("Update", "Open Page"),
            )

    def _show_message(self, text: str) -> None:
        box = self._box(text, "")
        box.addButton(QMessageBox.StandardButton.Close)
        box.open()

    def _box(self, text: str, more: str) -> QMessageBox:
        box = QMessageBox(self._window)
        box.setObjectName("update")
        box.setWindowTitle(translate("Update", "Updates"))
        box.setText(text)
        box.setInformativeText(more)
        box.finished.connect(box.deleteLater)
        return box

    def _save(self) -> None:
        jobs.run(self._services.settings.save, paths.settings_dir())


def _is_due(checked: str) -> bool:
    try:
        last = datetime.datetime.fromisoformat(checked)
        passed = datetime.datetime.now(datetime.UTC) - last
    except (ValueError, TypeError):
        return True
    # A clock that was set back must not suppress checks for years.
    return passed > DAY or passed < -DAY
