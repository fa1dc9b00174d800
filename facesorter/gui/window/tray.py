"""Closing the window: quit, or keep running with a tray icon."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox, QSystemTrayIcon, QWidget

from facesorter import paths
from facesorter.app import jobs
from facesorter.app.progress import Phase
from facesorter.gui.base.bridge import Bridge
from facesorter.gui.base.desktop import bring_forward
from facesorter.gui.i18n.words import translate
from facesorter.gui.window.status_bar import describe

if TYPE_CHECKING:
    from facesorter.app.progress import Progress
    from facesorter.settings import Settings

BUSY: Final = (Phase.SCANNING, Phase.ANALYSING, Phase.SEARCHING, Phase.GROUPING)


class Tray(QObject):
    """Keeps the program running without its window, if enabled and a tray is available."""

    def __init__(
        self,
        window: QWidget,
        bridge: Bridge,
        available: Callable[[], bool] = QSystemTrayIcon.isSystemTrayAvailable,
    ) -> None:
        super().__init__(window)
        self._window, self._services = window, bridge.services
        self.available = available
        """Whether this desktop has a tray, which may appear after start-up."""
        self._progress: Progress | None = None
        self._notified = False
        self.question: QMessageBox | None = None
        """The question whether to keep running, while it is open."""
        self.quitting = False
        self.icon: QSystemTrayIcon | None = None
        bridge.progress.connect(self._take_progress)
        app = QCoreApplication.instance()
        if isinstance(app, QGuiApplication):
            app.commitDataRequest.connect(lambda _manager: self.end())

    @property
    def _settings(self) -> Settings:
        return self._services.settings

    def apply(self) -> None:
        """Show or remove the icon according to the setting."""
        if self._settings.background and self.available():
            if self.icon is None:
                self._make_tray()
            assert self.icon is not None
            self.icon.show()
        elif self.icon is not None:
            self.icon.hide()

    def lets_close(self) -> bool:
        """Whether closing the window ends the program; if not, hides it or asks the user."""
        if self.quitting or not self.available():
            return True
        if self._settings.background:
            self.apply()
            self._window.hide()
            self._notify_once()
            return False
        busy = self._progress is not None and self._progress.phase in BUSY
        if busy and not self._settings.background_asked:
            self._ask()
            return False
        return True

    def quit(self) -> None:
        """Quit the program, with or without a visible window."""
        self.quitting = True
        self._window.close()

    def end(self) -> None:
        """Let the window close: left open, it would block the end of the session."""
        self.quitting = True

    def _make_tray(self) -> None:
        menu = QMenu(self._window)
        menu.addAction(translate("Tray", "Open facesorter"), self.open)
        self.pause = menu.addAction(translate("Tray", "Pause"), self._pause)
        menu.addSeparator()
        menu.addAction(translate("Tray", "Quit"), self.quit)
        self.icon = QSystemTrayIcon(QApplication.windowIcon(), self)
        self.icon.setContextMenu(menu)
        self.icon.activated.connect(self._pressed)
        self._show_progress()

    def _pressed(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (
            QSystemTrayIcon.ActivationReason.Trigger,
            QSystemTrayIcon.ActivationReason.DoubleClick,
        ):
            self.open()

    def open(self) -> None:
        """Show the window again."""
        bring_forward(self._window)

    def _pause(self) -> None:
        services = self._services
        if services.paused:
            services.resume()
        else:
            services.pause()

    def _take_progress(self, progress: Progress) -> None:
        self._progress = progress
        self._show_progress()

    def _show_progress(self) -> None:
        if self.icon is None:
            return
        progress = self._progress
        paused = progress is not None and progress.phase == Phase.PAUSED
        self.pause.setText(translate("Tray", "Resume") if paused else translate("Tray", "Pause"))
        self.pause.setEnabled(paused or (progress is not None and progress.phase in BUSY))
        busy = progress is not None and (paused or progress.phase in BUSY)
        text = describe(progress) if progress is not None and busy else ""
        self.icon.setToolTip(f"facesorter\n{text}" if text else "facesorter")

    def _notify_once(self) -> None:
        if self.icon is not None and not self._notified:
            self._notified = True
            self.icon.showMessage(
                "facesorter",
                translate(
                    "Tray",
                    "facesorter is still working in the background. Click this icon to open it.",
                ),
            )

    def _ask(self) -> None:
        if self.question is not None:
            self.question.raise_()
            return
        box = QMessageBox(self._window)
        box.setWindowTitle("facesorter")
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(translate("Tray", "Your photos are still being analyzed."))
        box.setInformativeText(
            translate(
                "Tray",
                "Continue in the background after you close the window? Click the tray "
                "icon to open it again. Otherwise, work resumes the next time you open "
                "facesorter. You can change this in Preferences.",
            )
        )
        box.addButton(translate("Tray", "Continue"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(translate("Tray", "Close"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.finished.connect(self._answered)
        self.question = box
        box.open()

    def _answered(self, _code: int) -> None:
        box, self.question = self.question, None
        if box is None:
            return
        role = box.buttonRole(box.clickedButton()) if box.clickedButton() else None
        box.deleteLater()
        if role not in (
            QMessageBox.ButtonRole.AcceptRole,
            QMessageBox.ButtonRole.DestructiveRole,
        ):
            return
        self._settings.background_asked = True
        self._settings.background = role == QMessageBox.ButtonRole.AcceptRole
        jobs.run(self._settings.save, paths.settings_dir())
        self._window.close()
