"""The search for a newer version: one request, nothing about the user, sentences for what fails."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

import facesorter
from facesorter.desktop import updates, web
from facesorter.desktop.updates import is_newer
from tests.desktop.server import Site, serving


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with serving() as made:
        monkeypatch.setattr(updates, "RELEASES_URL", f"{made.url}/latest")
        yield made


def publish(site: Site, **release: object) -> None:
    site.files["/latest"] = json.dumps(release).encode()


def test_the_newest_version_is_read(site: Site) -> None:
    publish(site, tag_name="v1.4.0", html_url="https://example.org/v1.4.0", other=[1])
    assert updates.newest() == updates.Release("1.4.0", "https://example.org/v1.4.0")
    ((path, headers),) = site.asked
    assert path == "/latest"
    assert headers == {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "close",
        "Host": site.url.removeprefix("http://"),
        "User-Agent": "facesorter",
    }, "no version, no system, no cookie: nothing that tells one user from another"


def test_a_strange_page_is_not_opened(site: Site) -> None:
    publish(site, tag_name="1.4.0", html_url="file:///etc/passwd")
    assert updates.newest().page == f"{facesorter.HOME_PAGE}/releases"


@pytest.mark.parametrize(
    "answer", [b"", b"<html>", b"[]", b"{}", b'{"tag_name": "nightly"}', b'{"tag_name": null}']
)
def test_an_answer_that_says_nothing_is_a_sentence(site: Site, answer: bytes) -> None:
    site.files["/latest"] = answer
    with pytest.raises(web.WebError, match="couldn’t be read"):
        updates.newest()


def test_no_answer_is_a_sentence(site: Site) -> None:
    with pytest.raises(web.WebError, match="404"):
        updates.newest()


@pytest.mark.parametrize(
    ("version", "than", "expected"),
    [
        ("0.1.1", "0.1.0", True),
        ("0.10.0", "0.9.9", True),
        ("1.0", "1.0.0", False),
        ("0.1.0", "0.1.0", False),
        ("0.0.9", "0.1.0", False),
        ("2.0.0rc1", "1.0.0", False),
        ("0.0.0", "0.1.0", False),
    ],
)
def test_order_of_versions(version: str, than: str, expected: bool) -> None:
    assert is_newer(version, than) is expected


def test_addresses_are_encrypted_and_in_one_place() -> None:
    for url in (facesorter.RELEASES_URL, facesorter.HOME_PAGE, facesorter.REPORT_URL):
        assert url.startswith("https://")
        web.check(url)
