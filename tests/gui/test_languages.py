"""The window in every language: chosen rightly, wholly translated, and nothing cut off."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QLocale, QSize, Qt
from PySide6.QtGui import QAction, QFont
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QMenu,
    QScrollArea,
    QToolButton,
    QWidget,
)

from facesorter import __main__ as start
from facesorter import logs
from facesorter.app import diagnosis
from facesorter.app.services import Services
from facesorter.cli.advice import advise
from facesorter.errors import Message, Remedy, UserError
from facesorter.gui.base.page_header import ElidedLabel
from facesorter.gui.dialogs import keyboard_map
from facesorter.gui.dialogs.about import About
from facesorter.gui.dialogs.keyboard_map import KeyboardMap
from facesorter.gui.grid.person_model import read_rows
from facesorter.gui.i18n import languages, words
from facesorter.gui.i18n.catalogue import Catalogue
from facesorter.gui.people.person_header import PersonHeader
from facesorter.gui.start import application
from facesorter.gui.widgets.place_dialog import PlaceDialog
from facesorter.gui.window.main_window import MainWindow
from facesorter.gui.window.problems_panel import ProblemsPanel
from facesorter.library.decisions.journal import Kind
from facesorter.library.queries import Problem
from facesorter.library.search.parser import parse
from facesorter.library.search.terms import (
    DOUBTFUL,
    FLAGS,
    STACKED,
    Flag,
    OneOf,
    Search,
    Taken,
    Term,
    Vocabulary,
)
from facesorter.settings import Settings
from tests.gui.conftest import World

PARTS = (QLabel, QAbstractButton, QComboBox, QLineEdit)
DATA = (
    r"Anna",
    r"^photo \d\d\.jpg",
    r"Rodina",
    r"^facesorter",
    r"Nemo",
    r"YuNet|SFace",
    r"^(Close|Cancel)$|^(English|Deutsch|Français|Română|Русский)$",
)
"""What the world of these tests is called, and the words of Qt, which has its own translations."""
SIZES = {"1280x800": (1280, 800), "200 %": (640, 420)}
"""Logical pixels of a window on a small screen, as it is and at twice the size."""
PSEUDO = "pseudo"
SHOTS = os.environ.get("FACESORTER_SHOTS")
"""A folder to keep pictures of all stations in, to look at."""


class Pseudo(Catalogue):
    """A language that marks what was translated."""

    def __len__(self) -> int:
        return 1

    def find(self, context: str, text: str, n: int | None = None) -> str | None:
        return f"⟦{text}⟧"


@pytest.fixture(params=["en", "de", "fr", "ro", "ru"])
def language(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[str]:
    """The language that is spoken while the test runs."""
    before = QLocale()
    if request.param == PSEUDO:
        words.use(Pseudo())
    else:
        languages.apply(qapp, request.param)
    yield request.param
    languages.apply(qapp, languages.ENGLISH)
    QLocale.setDefault(before)


@pytest.fixture
def services(language: str, services: Services, monkeypatch: pytest.MonkeyPatch) -> Services:
    """As everywhere, but not before the language is chosen: texts are said as widgets are made."""
    monkeypatch.setattr(diagnosis, "report", lambda *_: "facesorter: 1\n")
    return services


def stations(qtbot: Any, window: MainWindow, world: World) -> Iterator[tuple[str, QWidget]]:
    """Walk through the window; yields each place's name and what shows it."""
    until = qtbot.waitUntil
    yield "photos", window
    window.photos.view.select_row(0)
    yield "photos, selected", window
    window.start_search()
    window.photos.field.setText("Nemo")
    until(lambda: window.photos.model.rowCount() == 0)
    yield "nothing found", window
    window.photos.field.clear()
    window.go_to("people")
    until(lambda: window.people.model.rowCount() >= 3)
    yield "people", window
    window.open_person(world.anna)
    until(lambda: window.person.faces.rowCount() == 5)
    yield "person", window
    window.person.face_view.select_row(0)
    window.person.asking.ask(list(window.person.faces.ids[:2]))
    yield "someone else", window
    window.person.asking.close_bar()
    window.person.header.about_wanted.emit()
    yield "about a person", window
    window.person.header.about_wanted.emit()
    window.play_person(world.anna)
    yield "playback", window
    window.split_person(world.large)
    until(lambda: window.split.isVisible())
    yield "split", window
    window.go_to("review")
    until(lambda: window.review.isVisible() and bool(window.review.left.text()))
    yield "review", window
    window.go_to("unknown")
    yield "unknown", window
    window.go_to("photos")
    window.open_photo(world.photo_ids[0], list(world.photo_ids))
    until(lambda: len(window.photo.view.faces) == 1)
    yield "photo", window
    window.photo.head.draw.setChecked(True)
    yield "drawing", window
    window.photo.head.draw.setChecked(False)
    window.play_photos(world.photo_ids[0], list(world.photo_ids))
    until(window.photo.slides.isVisible)
    yield "slideshow", window
    window.photo.stop()
    window.go_to("photos")
    window.compare_photos(list(world.photo_ids[:3]))
    yield "compare", window
    window.go_to("map")
    yield "map", window
    window.go_to("places")
    until(lambda: window.world.found is not None)
    yield "places", window
    window.toast.show_message(words.decision(Kind.SPLIT, {"faces": 12, "name": ""}), True)
    yield "toast", window
    place = PlaceDialog(window.bridge, 2, window)
    for dialog in (KeyboardMap(window), About(window), place):
        dialog.show()
        yield type(dialog).__name__, dialog
        dialog.close()
    dialogs = window.dialogs
    for name, show in (
        ("preferences", dialogs.show_preferences),
        ("models", dialogs.show_models),
        ("report", dialogs.report_problem),
    ):
        show()
        yield name, dialogs.opened[name]
        dialogs.opened[name].close()
    window.show_problems()
    assert window.problems is not None
    yield "problems", window.problems
    window.problems.close()


def parts(shown: QWidget) -> Iterator[QWidget]:
    """What a user sees of a window, without its dialogs."""
    for widget in shown.findChildren(QWidget):
        if widget.isVisible() and widget.window() is shown.window():
            yield widget


def cut(widget: QWidget) -> str:
    """What of a widget's text can't be seen; empty where all is well."""
    if isinstance(widget, ElidedLabel):
        return ""
    if isinstance(widget, QLabel):
        text = widget.text()
        if widget.wordWrap():
            high = widget.heightForWidth(widget.width())
            return text if high > widget.height() + 1 else ""
        return text if widget.sizeHint().width() > widget.width() + 1 else ""
    if isinstance(widget, QToolButton) and not widget.text():
        return ""
    if isinstance(widget, QAbstractButton | QComboBox):
        text = widget.text() if isinstance(widget, QAbstractButton) else widget.currentText()
        least = widget.minimumSizeHint()
        # A digit has room enough on any button.
        return text if len(text) > 1 and least.width() > widget.width() + 1 else ""
    if isinstance(widget, QLineEdit) and not widget.text():
        message = widget.placeholderText()
        room = widget.width() - 2 * widget.fontMetrics().averageCharWidth()
        return message if widget.fontMetrics().horizontalAdvance(message) > room else ""
    return ""


def outside(widget: QWidget) -> bool:
    """Whether a part reaches beyond what holds it."""
    holder = widget.parentWidget()
    if not isinstance(widget, QLabel | QAbstractButton | QComboBox) or holder is None:
        return False
    scrolled = holder.parentWidget()
    if scrolled is not None and isinstance(scrolled.parentWidget(), QScrollArea):
        return False
    return not holder.rect().adjusted(-1, -1, 1, 1).contains(widget.geometry())


def overlapping(widget: QWidget) -> str:
    """Two parts beside each other in a row that has become too short for them."""
    if widget.layout() is None:
        return ""
    within = [
        each
        for each in widget.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        if each.isVisible() and isinstance(each, PARTS)
    ]
    for one, other in itertools.combinations(within, 2):
        if one.geometry().adjusted(1, 1, -1, -1).intersects(other.geometry()):
            return f"{type(one).__name__} {one.geometry()} on {type(other).__name__}"
    return ""


def faults(shown: QWidget) -> list[str]:
    """What is wrong with what is on screen."""
    found = []
    for widget in [shown, *parts(shown)]:
        fault = cut(widget) or overlapping(widget)
        if not fault and outside(widget):
            fault = f"{widget.geometry()} is outside"
        if fault:
            found.append(f"{type(widget).__name__} {fault!r}")
    return found


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_cut_off(
    qtbot: Any, window: MainWindow, world: World, language: str, size: str
) -> None:
    window.resize(*SIZES[size])
    found = []
    for name, shown in stations(qtbot, window, world):
        least = shown.minimumSizeHint()
        if shown is not window and not (QSize(*SIZES[size]) - least).isValid():
            found.append(f"{name}: needs {least.width()} x {least.height()}")
        # Layouts settle within some rounds of events; what is wrong then stays so.
        with contextlib.suppress(qtbot.TimeoutError):
            qtbot.waitUntil(lambda shown=shown: not faults(shown), timeout=5_000)
        if SHOTS:
            shown.grab().save(f"{SHOTS}/{name}-{language}-{size[:3]}.png")
        found += [f"{name}: {fault}" for fault in faults(shown)]
    assert not found, "\n".join(found)


def test_the_keys_of_the_pages_name_all_of_them(language: str, qapp: Any) -> None:
    places = keyboard_map.keys()
    ((key, does),) = [pair for _, pairs in places for pair in pairs if "Alt+1" in pair[0]]
    assert does.count(",") + 1 == int(key[-1]), does


@pytest.mark.parametrize("enlarged", [1, 1.5], ids=["96 dpi", "144 dpi"])
def test_a_persons_header_has_room_at_every_width(
    window: MainWindow, world: World, language: str, enlarged: float, qapp: QApplication
) -> None:
    font = qapp.font()
    larger = QFont(font)
    larger.setPointSizeF(font.pointSizeF() * enlarged)
    qapp.setFont(larger)
    try:
        header = PersonHeader(window.bridge, window.pixmaps)
        header.setFixedHeight(64)
        services = window.services
        (row,) = services.query(read_rows, services, [world.anna]).result(60)
        born = replace(row.person, birth_date="1960-06-12", first="2001-01-01", last="2019-01-01")
        header.set_row(row._replace(person=born))
        header.show()
        notes = set()
        for width in range(440, 1400, 20):
            header.resize(width, 64)
            layout = header.layout()
            assert layout is not None
            layout.activate()
            notes.add(header.note.isHidden())
            assert not overlapping(header), width
            assert all(not outside(part) for part in parts(header)), width
        assert notes == {True, False}
    finally:
        qapp.setFont(font)


@pytest.mark.parametrize("language", [PSEUDO], indirect=True)
def test_whatever_is_on_screen_was_translated(
    qtbot: Any, window: MainWindow, world: World, language: str
) -> None:
    """In a language that marks its texts, what has no mark is data, a number or a key."""
    window.resize(1280, 800)
    bare = set()
    for _, shown in stations(qtbot, window, world):
        qtbot.wait(20)
        for widget in [shown, *parts(shown)]:
            texts = [widget.toolTip(), widget.accessibleName()]
            if isinstance(widget, QLabel | QAbstractButton):
                texts.append(widget.text())
            if isinstance(widget, QComboBox):
                texts += [widget.itemText(row) for row in range(widget.count())]
            if isinstance(widget, QLineEdit):
                texts.append(widget.placeholderText())
            bare |= {text for text in texts if "⟦" not in text and re.search(r"[^\W\d_]{2}", text)}
        bare |= {
            action.text()
            for action in window.findChildren(QAction)
            if "⟦" not in action.text() and re.search(r"[^\W\d_]{2}", action.text())
        }
    keys = r"(?:(?:Ctrl|Shift|Alt|Del|Enter|Esc|Backspace|Tab|Up|F\d|\W|\d|\b[A-Z]\b))+"
    known = (*DATA, rf"^{keys}$")
    assert {text for text in bare if not any(re.search(each, text) for each in known)} == set()


@pytest.mark.parametrize("language", ["de", "fr", "ro", "ru"], indirect=True)
def test_searches_are_understood_in_the_language(
    qtbot: Any, window: MainWindow, language: str
) -> None:
    without, month = {
        "de": ("Anna ohne Anna", "Juni 2019"),
        "fr": ("Anna sans Anna", "juin 2019"),
        "ro": ("Anna fără Anna", "iunie 2019"),
        "ru": ("Anna без Anna", "июнь 2019"),
    }[language]
    for text, count in ((without, 0), ("Anna", 5), (month, 14)):
        window.photos.field.setText(text)
        qtbot.waitUntil(lambda count=count: window.photos.model.rowCount() == count)
        assert window.photos.model.error is None


@pytest.mark.parametrize("language", ["de", "en", "fr", "ro", "ru"], indirect=True)
def test_searches_take_dates_as_the_program_writes_them(language: str, qapp: Any) -> None:
    vocabulary = Vocabulary([], spoken=words.spoken())
    for date in ("2019-05-31", "2020-02-03", "2021-12-12", "2018-08-01"):
        day = Search((Term((Taken(date, f"{date}U"),)),))
        assert parse(words.day(date), vocabulary) == day, words.day(date)
        assert parse(words.date(date), vocabulary) == day, words.date(date)
        month = parse(words.month(date[:7]), vocabulary)
        assert month == parse(date[:7], vocabulary), words.month(date[:7])
    assert parse(words.years("2003-01-01", "2026-01-01"), vocabulary) == parse(
        "2003-2026", vocabulary
    )


@pytest.mark.parametrize("language", ["de", "en", "fr", "ro", "ru"], indirect=True)
def test_every_keyword_of_a_language_is_understood(language: str, qapp: Any) -> None:
    spoken = words.spoken()
    flags = {word: meant for word, meant in spoken.items() if meant in FLAGS}
    assert {FLAGS[str(meant)] for meant in flags.values()} == set(FLAGS.values())
    for word, meant in flags.items():
        vocabulary = Vocabulary([], spoken=spoken, doubtful=lambda: [7], stacked=lambda: [8])
        found = parse(word, vocabulary)
        flag = FLAGS[str(meant)]
        choice = {DOUBTFUL: OneOf((7,)), STACKED: OneOf((8,))}.get(flag, Flag(flag))
        assert found == Search((Term((choice,)),)), word
    anna = Vocabulary([("Anna", 1), ("Tom", 2)], spoken=spoken)
    for word in (word for word, meant in spoken.items() if meant in {"before", "since"}):
        assert parse(f"{word} 2019", anna) == parse(f"{spoken[word]} 2019", anna), word
    others = [word for word, meant in spoken.items() if meant in {"and", "with", "or", "not"}]
    assert len(others) >= 4
    for word in others:
        meant = spoken[word]
        assert parse(f"Anna {word} Tom", anna) == parse(f"Anna {meant} Tom", anna), word


def test_letters_for_underlining_do_not_collide(window: MainWindow, language: str) -> None:
    menus = [*window.findChildren(QMenu), QLineEdit(window).createStandardContextMenu()]
    for menu in menus:
        letters = [
            found[1].lower()
            for action in menu.actions()
            if (found := re.search(r"&(\w)", action.text()))
        ]
        assert len(letters) == len(set(letters)), [action.text() for action in menu.actions()]


def test_qts_own_buttons_speak_the_language(window: MainWindow, language: str) -> None:
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, window)
    text = box.button(QDialogButtonBox.StandardButton.Close).text().replace("&", "")
    wanted = {"en": "Close", "de": "Schließen", "fr": "Fermer", "ro": "Închide", "ru": "Закрыть"}
    assert text == wanted[language]


# Which language.


@pytest.mark.parametrize(
    ("wanted", "system", "chosen"),
    [
        ("", ["de-AT", "de", "en-US"], "de"),
        ("", ["nl-NL", "nl", "fr-FR"], "fr"),
        ("", ["ja-JP"], "en"),
        ("", ["C"], "en"),
        ("", [], "en"),
        ("ro", ["de-DE"], "ro"),
        ("ru_RU", ["de-DE"], "ru"),
        ("en", ["de-DE"], "en"),
        ("xx", ["de-DE"], "de"),
    ],
)
def test_the_language_is_the_one_wanted_or_the_systems(
    wanted: str, system: list[str], chosen: str
) -> None:
    assert languages.choose(wanted, system) == chosen


@pytest.mark.parametrize(
    ("code", "system", "expected"),
    [
        ("de", "de_AT", "de_AT"),
        ("de", "fr_CH", "de_CH"),
        ("en", "nl_NL", "en_NL"),
        ("ro", "ja_JP", "ro_RO"),
        ("fr", "C", "fr_FR"),
        ("en", "C", "C"),
    ],
)
def test_numbers_and_dates_follow(code: str, system: str, expected: str) -> None:
    assert languages.locale_for(code, QLocale(system)).name() == expected


def test_counts_and_dates_are_written_as_the_language_does(language: str, qapp: Any) -> None:
    assert [words.day("1956"), words.date("1956")] == ["1956", "1956"]
    assert words.day("2019-06") == words.date("2019-06") == words.month("2019-06")
    texts = [words.photos(1), words.photos(2), words.photos(21), words.month("2019-06")]
    assert (
        texts
        == {
            "en": ["1 photo", "2 photos", "21 photos", "June 2019"],
            "de": ["1 Foto", "2 Fotos", "21 Fotos", "Juni 2019"],
            "fr": ["1 photo", "2 photos", "21 photos", "Juin 2019"],
            "ro": ["1 fotografie", "2 fotografii", "21 de fotografii", "Iunie 2019"],
            "ru": ["1 фотография", "2 фотографии", "21 фотография", "Июнь 2019"],
        }[language]
    )


def test_reasons_follow_when_the_language_changes(qapp: QApplication, qtbot: Any) -> None:
    """Also those of rows that an older version wrote, where the sentence is still the same."""
    before = QLocale()
    panel = ProblemsPanel()
    qtbot.addWidget(panel)
    stored = [
        Message(
            "The image is too large to open: {width} by {height} pixels.", width=20_000, height=9
        ),
        Message(
            "The people couldn’t be grouped again ({error}).", error=Message("The file is empty.")
        ),
    ]
    rows = [*(message.stored() for message in stored), "The file is empty.", "As of 2025: 7 {x}."]
    panel.set_problems([Problem(n, f"/{n}.jpg", Message.read(row)) for n, row in enumerate(rows)])

    def shown() -> list[str]:
        return [panel.model.index(row, 1).data() for row in range(len(rows))]

    try:
        languages.apply(qapp, "de")
        assert shown() == [
            "Das Bild ist zu groß zum Öffnen: 20.000 mal 9 Pixel.",
            "Die Personen konnten nicht neu gruppiert werden (Die Datei ist leer.).",
            "Die Datei ist leer.",
            "As of 2025: 7 {x}.",
        ]
        languages.apply(qapp, "ru")
        assert shown()[2] == "Файл пуст."
        languages.apply(qapp, languages.ENGLISH)
        assert shown()[1:] == [str(stored[1]), *rows[2:]]
    finally:
        languages.apply(qapp, languages.ENGLISH)
        QLocale.setDefault(before)


@pytest.mark.parametrize("remedy", Remedy)
def test_the_window_names_a_menu_and_no_command(
    qapp: QApplication, language: str, remedy: Remedy
) -> None:
    message = Message("The model pack {name} is missing.", name="big", remedy=remedy)
    text = words.sentence(message)
    assert text.startswith("The model pack big is missing.") and "'" not in text
    assert (text == str(message)) == (remedy is Remedy.CHECK)
    if remedy in (Remedy.TEST, Remedy.DOWNLOAD):
        assert words.translate("Commands", "Face Recognition Models…") in text
    command = advise(UserError(message))
    assert command.startswith(f"{message} Run 'facesorter ") and "{" not in command


def test_languages_call_themselves_by_their_own_names() -> None:
    names = [languages.name_of(code) for code in languages.shipped()]
    assert names == ["English", "Deutsch", "Français", "Română", "Русский"]


def test_a_catalogue_that_is_damaged_leaves_english(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = QLocale()
    (tmp_path / "de.po").write_bytes(b'msgid "Undo"\nmsgstr "\xff\xfe"\n')
    monkeypatch.setattr(languages, "folder", lambda: tmp_path)
    try:
        assert languages.apply(qapp, "de") == "de"
        assert words.translate("Actions", "Undo") == "Undo"
    finally:
        languages.apply(qapp, languages.ENGLISH)
        QLocale.setDefault(before)


def test_the_command_line_goes_before_the_setting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []

    def run(directory: Path, argv: list[str], *, language: str, in_background: bool) -> int:
        asked.append(language)
        return 0

    monkeypatch.setattr(application, "run", run)
    monkeypatch.setattr(logs, "start", lambda folder, *, verbose: None)
    assert start.main(["--language", "de", "--library", str(tmp_path)]) == 0
    assert start.main(["--language=fr", str(tmp_path)]) == 0
    assert start.main([]) == 0
    assert asked == ["de", "fr", ""]
    settings = Settings(language="ro")
    settings.save(tmp_path)
    assert Settings.load(tmp_path).language == "ro"
