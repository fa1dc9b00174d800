"""Which language the window speaks: the one asked for, else the system's, else English."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from facesorter import paths
from facesorter.gui.i18n import words
from facesorter.gui.i18n.catalogue import Catalogue

log = logging.getLogger(__name__)

ENGLISH: Final = "en"


def folder() -> Path:
    """Where the catalogues are: one ``<code>.po`` a language."""
    return paths.resources() / "languages"


def shipped() -> list[str]:
    """The codes of the languages that there are: English first, the others sorted by code."""
    return [ENGLISH, *sorted(path.stem for path in folder().glob("*.po"))]


def name_of(code: str) -> str:
    """What a language calls itself, as a heading: "Deutsch", "Français"."""
    name = QLocale(code).nativeLanguageName() if code != ENGLISH else "English"
    return name[:1].upper() + name[1:]


def choose(wanted: str, of_system: Sequence[str]) -> str:
    """The code to use: ``wanted`` where there is such a language, else the system's best.

    ``of_system`` are BCP 47 names in the user's order, such as "de-AT".
    """
    there = shipped()
    for name in (wanted, *of_system):
        code = name.replace("_", "-").partition("-")[0].lower()
        if code in there:
            return code
    return ENGLISH


def apply(app: QCoreApplication, wanted: str = "") -> str:
    """Speak ``wanted`` or the system's language; returns its code. Before any window is made.

    Numbers and dates follow: as the system writes them where it is the system's language, else as
    that language does, in the system's country where it is spoken there.
    """
    system = QLocale.system()
    code = choose(wanted, system.uiLanguages())
    QLocale.setDefault(locale_for(code, system))
    catalogue = Catalogue()
    if code != ENGLISH:
        try:
            catalogue = Catalogue.read(folder() / f"{code}.po")
        except (OSError, ValueError) as error:
            log.warning("the texts for %s can't be read: %s", code, type(error).__name__)
    words.use(catalogue)
    _use_qts_texts(app, code, catalogue)
    return code


def locale_for(code: str, system: QLocale) -> QLocale:
    """How numbers and dates are written for a language on this system."""
    own = QLocale(code)
    if system.language() in (own.language(), QLocale.Language.C):
        # "C" is a system that was told nothing; our language's own habits are the better guess,
        # but for English, whose texts tests and scripts may compare.
        return system if code == ENGLISH or system.language() == own.language() else own
    there = QLocale(own.language(), system.territory())
    return there if there.territory() == system.territory() else own


class OwnQtTexts(QTranslator):
    """What Qt's own buttons and menus say, in languages that Qt has no file for."""

    def __init__(self, catalogue: Catalogue, parent: QCoreApplication) -> None:
        super().__init__(parent)
        self._catalogue = catalogue

    def isEmpty(self) -> bool:
        return False

    def translate(
        self, context: str, text: str, disambiguation: str | None = None, n: int = -1
    ) -> str:
        return self._catalogue.find(context, text) or text


def has_qt_texts(code: str) -> bool:
    """Whether Qt brings a file of its own texts in this language."""
    return (_qts_folder() / f"qtbase_{code}.qm").is_file()


def _qts_folder() -> Path:
    return Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))


def _use_qts_texts(app: QCoreApplication, code: str, catalogue: Catalogue) -> None:
    for old in app.findChildren(QTranslator):
        app.removeTranslator(old)
        old.deleteLater()
    if code == ENGLISH:
        return
    translator = QTranslator(app)
    if translator.load(f"qtbase_{code}", str(_qts_folder())):
        app.installTranslator(translator)
    elif len(catalogue):
        app.installTranslator(OwnQtTexts(catalogue, app))
