"""The guide, what's new, reports and new versions."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QMessageBox

from facesorter import REPORT_URL, __version__, paths
from facesorter.app import diagnosis
from facesorter.desktop import updates
from facesorter.gui.dialogs import help as help_window
from facesorter.gui.dialogs import report as report_dialog
from facesorter.gui.dialogs.help import PICTURE, HelpWindow, pages, text_of
from facesorter.gui.dialogs.report import (
    MAIL_LONGEST,
    PAGE_LONGEST,
    ReportDialog,
    mail_address,
    page_address,
)
from facesorter.gui.window import dialogs
from facesorter.gui.window.main_window import MainWindow
from facesorter.settings import Settings
from tests.desktop.server import Site, serving
from tests.support.models import FakeBridge

BRIDGE: Any = FakeBridge()


@pytest.fixture(autouse=True)
def fresh_settings() -> None:
    (paths.settings_dir() / "settings.json").unlink(missing_ok=True)


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses that were given to the browser."""
    urls: list[str] = []
    for module in (dialogs, help_window, report_dialog):
        monkeypatch.setattr(module, "open_page", urls.append)
    return urls


# The guide.


def test_pages_come_with_the_program() -> None:
    found = pages()
    names = [page.path.name for page in found]
    assert names[-1] == "CHANGELOG.md" and {"privacy.md", "faq.md", "tour.md"} <= set(names)
    assert all(page.title and "#" not in page.title for page in found)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.path.name)
def test_every_page_is_rendered_with_its_pictures(qtbot: Any, page: Any) -> None:
    window = HelpWindow(BRIDGE, page.path.name)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    shown = window.text.toPlainText()
    assert len(shown) > 200 and "![" not in shown
    assert "](" not in shown, "links are links"
    pictures = page.path.read_text(encoding="utf-8").count("![")
    assert shown.count("\ufffc") == pictures
    # They are as wide as there is room for, also after the window got narrower.
    for width in (1120, 760):
        window.resize(width, 680)
        qtbot.waitUntil(lambda: window.text._width == window.text._room())
        if pictures:
            assert window.text.horizontalScrollBar().maximum() == 0


def test_pictures_are_read_beside_the_window(qtbot: Any, window: MainWindow) -> None:
    window.dialogs.show_guide()
    view = window.dialogs.opened["help"].text

    def pictures() -> list[QImage]:
        page = view._page.read_text(encoding="utf-8")
        kind = QTextDocument.ResourceType.ImageResource.value
        return [view.document().resource(kind, QUrl(each)) for each in PICTURE.findall(page)]

    qtbot.waitUntil(lambda: view._width == view._room())
    view.show_page(view._page)
    empty = QImage.Format.Format_Alpha8
    sizes = [each.size() for each in pictures()]
    assert sizes and all(each.format() == empty for each in pictures())
    qtbot.waitUntil(lambda: all(each.format() != empty for each in pictures()))
    assert [each.size() for each in pictures()] == sizes, "they have had their room from the start"


def test_a_picture_that_did_not_come_along_is_left_out(tmp_path: Path) -> None:
    page = tmp_path / "guide.md"
    page.write_text("# Guide\n\n![Somebody](../pictures/gone.png)\n\nGo on.\n", encoding="utf-8")
    assert "![" not in text_of(page) and "Go on." in text_of(page)


def test_links_lead_from_page_to_page(qtbot: Any, handed: list[str]) -> None:
    window = HelpWindow(BRIDGE)
    qtbot.addWidget(window)
    window.follow(QUrl("privacy.md"))
    assert window.list.currentItem().text() == next(
        page.title for page in pages() if page.path.name == "privacy.md"
    )
    window.follow(QUrl("../CHANGELOG.md"))
    assert window.list.currentRow() == window.list.count() - 1
    window.follow(QUrl("file:///etc/passwd"))
    window.follow(QUrl("https://example.org/a"))
    assert handed == ["https://example.org/a"]


def test_a_missing_guide_is_a_sentence(
    qtbot: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(paths, "documents", lambda: tmp_path / "docs")
    window = HelpWindow(BRIDGE)
    qtbot.addWidget(window)
    assert "is missing" in window.text.toPlainText()


def test_pictures_are_taken_out(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text("# A\n\n![x](y.png)\n\n| a |\n|---|\n| ![x](y.png) |\n\nb\n", encoding="utf-8")
    assert "y.png" not in text_of(page) and text_of(page).endswith("b\n")


def test_news_are_shown_once_after_an_update(qtbot: Any, window: MainWindow) -> None:
    settings = window.services.settings
    window.dialogs.begin()
    assert "help" not in window.dialogs.opened, "the first start has no news"
    assert settings.seen_version == __version__
    settings.seen_version = "0.0.9"
    window.dialogs.begin()
    shown = window.dialogs.opened["help"]
    assert isinstance(shown, HelpWindow) and __version__ in shown.text.toPlainText()
    qtbot.waitUntil(lambda: Settings.load(paths.settings_dir()).seen_version == __version__)
    shown.close()
    window.dialogs.begin()
    assert "help" not in window.dialogs.opened


# Reports.


@pytest.fixture
def report(
    qtbot: Any, window: MainWindow, monkeypatch: pytest.MonkeyPatch, handed: list[str]
) -> ReportDialog:
    monkeypatch.setattr(diagnosis, "report", lambda *_: "facesorter: 1\nline two\n")
    window.commands.report.trigger()
    dialog = window.dialogs.opened["report"]
    assert isinstance(dialog, ReportDialog)
    qtbot.waitUntil(dialog.copy.isEnabled)
    return dialog


def test_the_user_sees_all_and_hands_it_on(report: Any, handed: list[str]) -> None:
    assert "facesorter: 1\nline two" in report.text.toPlainText()
    assert not report.text.isReadOnly()
    report.text.setPlainText("It broke. ěšč & ?\nline two")
    assert handed == []
    report.page.click()
    report.mail.click()
    page, mail = handed
    assert page.startswith(f"{REPORT_URL}?") and mail.startswith("mailto:?")
    for address in handed:
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)
        assert query["body"] == ["It broke. ěšč & ?\nline two\n"]


def test_copying(report: Any, qapp: Any) -> None:
    report.copy.click()
    assert report.copy.text() == "Copied"


def test_long_texts_are_cut_where_addresses_end() -> None:
    text = "".join(f"line {n} ěšč\n" for n in range(2000))
    for address, longest in (
        (page_address(text), PAGE_LONGEST),
        (mail_address(text), MAIL_LONGEST),
    ):
        assert len(address) < longest + 300
        body = urllib.parse.unquote(address.split("body=")[1])
        assert body.startswith("line 0 ěšč\n") and body.endswith("is on the clipboard)")


# New versions.


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with serving() as made:
        monkeypatch.setattr(updates, "RELEASES_URL", f"{made.url}/latest")
        publish(made, "99.0.0")
        yield made


def publish(site: Site, version: str) -> None:
    release = {"tag_name": f"v{version}", "html_url": "https://example.org/new"}
    site.files["/latest"] = json.dumps(release).encode()


def message_box(window: MainWindow) -> QMessageBox | None:
    boxes = [box for box in window.findChildren(QMessageBox) if box.objectName() == "update"]
    return boxes[-1] if boxes else None


def test_nothing_is_asked_unless_wanted(qtbot: Any, window: MainWindow, site: Site) -> None:
    window.dialogs.begin()
    window.dialogs.check_daily()
    window.dialogs.show_preferences()
    window.dialogs.show_models()
    qtbot.wait(500)
    assert site.asked == []


def test_a_press_asks_once_and_says_what_it_is(
    qtbot: Any, window: MainWindow, site: Site, handed: list[str]
) -> None:
    window.commands.update.trigger()
    qtbot.waitUntil(lambda: message_box(window) is not None)
    box = message_box(window)
    assert box is not None and "99.0.0" in box.text()
    assert len(site.asked) == 1 and handed == []
    next(b for b in box.buttons() if "Open Page" in b.text()).click()
    assert handed == ["https://example.org/new"]


@pytest.mark.parametrize(
    ("version", "words"), [(__version__, "is up to date"), ("x", "couldn’t be read")]
)
def test_nothing_new_and_nothing_sensible(
    qtbot: Any, window: MainWindow, site: Site, version: str, words: str
) -> None:
    publish(site, version)
    window.dialogs.look_for_update()
    qtbot.waitUntil(lambda: message_box(window) is not None)
    box = message_box(window)
    assert box is not None and words in box.text()


def test_whoever_opted_in_is_told_once_a_day(
    qtbot: Any, window: MainWindow, site: Site, handed: list[str]
) -> None:
    settings = window.services.settings
    settings.check_updates = True
    window.dialogs.check_daily()
    qtbot.waitUntil(lambda: "99.0.0" in window.toast.label.text())
    window.toast.button.click()
    assert handed == ["https://example.org/new"]
    window.dialogs.check_daily()
    qtbot.wait(200)
    assert len(site.asked) == 1
    settings.updates_checked = "2020-01-01T00:00:00+00:00"
    window.dialogs.check_daily()
    qtbot.waitUntil(lambda: len(site.asked) == 2)
    settings.updates_checked = "nonsense"
    site.status = 500
    window.dialogs.check_daily()
    qtbot.waitUntil(lambda: len(site.asked) == 3)
    qtbot.wait(200)
    assert message_box(window) is None, "a question that nobody asked aloud fails in silence"
