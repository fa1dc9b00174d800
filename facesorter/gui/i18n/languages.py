"""Choice of the window's language: the preferred one, else the system's, else English."""

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
    """Return the folder of the catalogs: one ``<code>.po`` per language."""
    return paths.resources() / "languages"


def shipped() -> list[str]:
    """Return the codes of the available languages: English first, the others sorted."""
    return [ENGLISH, *sorted(path.stem for path in folder().glob("*.po"))]


def name_of(code: str) -> str:
    """Return a language's own name, capitalized: "Deutsch", "Français"."""
    name = QLocale(code).nativeLanguageName() if code != ENGLISH else "English"
    return name[:1].upper() + name[1:]


def choose(wanted: str, of_system: Sequence[str]) -> str:
    """Return the code to use: ``wanted`` if available, else the system's best match.

    ``of_system`` are BCP 47 names in order of preference, such as "de-AT".
    """
    there = shipped()
    for name in (wanted, *of_system):
        code = name.replace("_", "-").partition("-")[0].lower()
        if code in there:
            return code
    return ENGLISH


def apply(app: QCoreApplication, wanted: str = "") -> str:
    """Set the language to ``wanted`` or the system's; call before creating windows.

    Numbers and dates follow: in the system's format if it is the system's language, else in that
    language's format, for the system's country if the language is spoken there.

    Returns:
        The language's code.
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
    """Return the locale for numbers and dates of a language on this system."""
    own = QLocale(code)
    if system.language() in (own.language(), QLocale.Language.C):
        # "C" is a system without a configured language; our language's own format is the better
        # guess, except for English, whose texts tests and scripts may compare.
        return system if code == ENGLISH or system.language() == own.language() else own
    there = QLocale(own.language(), system.territory())
    return there if there.territory() == system.territory() else own


class OwnQtTexts(QTranslator):
    """Texts of Qt's own buttons and menus, for languages that Qt has no translation for."""

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
    """Whether Qt includes its own translation for this language."""
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
