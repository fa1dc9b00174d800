"""Large files over a real connection on this computer: interrupted, resumed, corrupted, refused."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from facesorter.cancel import Cancelled, CancelToken
from facesorter.desktop import download as module
from facesorter.desktop import web
from facesorter.desktop.download import BLOCK, Damaged, download
from facesorter.errors import UserError
from tests.desktop.server import Site, serving

DATA = os.urandom(5 * BLOCK + 77)
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        made.files["/pack.zip"] = DATA
        yield made


def get(
    site: Site, target: Path, *, token: CancelToken | None = None, **other: object
) -> list[int]:
    reported: list[int] = []
    words = {"url": f"{site.url}/pack.zip", "size": len(DATA), "sha256": SHA256} | other
    download(
        target=target,
        progress=lambda have, _: reported.append(have),
        token=token or CancelToken(),
        **words,  # type: ignore[arg-type]
    )
    return reported


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_arrives_whole(site: Site, tmp_path: Path) -> None:
    reported = get(site, tmp_path / "a" / "pack.zip")
    assert (tmp_path / "a" / "pack.zip").read_bytes() == DATA
    assert reported == sorted(reported) and reported[-1] == len(DATA)
    assert names(tmp_path / "a") == ["pack.zip"]
    ((_, headers),) = site.asked
    assert headers["User-Agent"] == "facesorter"
    assert set(headers) == {"Accept-Encoding", "Host", "User-Agent", "Connection"}


def test_an_interruption_goes_on_where_it_was(site: Site, tmp_path: Path) -> None:
    target = tmp_path / "pack.zip"
    site.cut_after = 2 * BLOCK + 5
    with pytest.raises(web.WebError, match="connection was lost"):
        get(site, target)
    assert names(tmp_path) == ["pack.zip.part"]
    there = (tmp_path / "pack.zip.part").stat().st_size
    assert there == 2 * BLOCK + 5
    reported = get(site, target)
    assert target.read_bytes() == DATA
    assert site.asked[-1][1]["Range"] == f"bytes={there}-"
    assert reported[0] > there


def test_a_server_without_ranges_sends_all_of_it(site: Site, tmp_path: Path) -> None:
    (tmp_path / "pack.zip.part").write_bytes(DATA[:1000])
    site.ranges = False
    get(site, tmp_path / "pack.zip")
    assert (tmp_path / "pack.zip").read_bytes() == DATA


def test_cancelling_keeps_what_arrived(site: Site, tmp_path: Path) -> None:
    token = CancelToken()

    def progress(have: int, _: int) -> None:
        if have >= 2 * BLOCK:
            token.cancel()

    target = tmp_path / "pack.zip"
    with pytest.raises(Cancelled):
        download(f"{site.url}/pack.zip", target, len(DATA), SHA256, progress, token)
    assert 2 * BLOCK <= (tmp_path / "pack.zip.part").stat().st_size < len(DATA)
    get(site, target)
    assert target.read_bytes() == DATA


def test_a_part_that_is_already_whole_needs_no_server(tmp_path: Path, site: Site) -> None:
    (tmp_path / "pack.zip.part").write_bytes(DATA)
    get(site, tmp_path / "pack.zip")
    assert site.asked == []
    assert (tmp_path / "pack.zip").read_bytes() == DATA


@pytest.mark.parametrize("change", ["one bit", "shorter", "longer"])
def test_what_is_not_the_file_is_thrown_away(site: Site, tmp_path: Path, change: str) -> None:
    site.files["/pack.zip"] = {
        "one bit": bytes([DATA[0] ^ 1]) + DATA[1:],
        "shorter": DATA[:-1],
        "longer": DATA + b"x",
    }[change]
    with pytest.raises(web.WebError if change == "shorter" else Damaged):
        get(site, tmp_path / "pack.zip")
    assert not (tmp_path / "pack.zip").exists()
    site.files["/pack.zip"] = DATA
    get(site, tmp_path / "pack.zip")
    assert (tmp_path / "pack.zip").read_bytes() == DATA


def test_a_damaged_part_is_noticed_and_mended(site: Site, tmp_path: Path) -> None:
    (tmp_path / "pack.zip.part").write_bytes(b"\0" * 1000)
    with pytest.raises(Damaged):
        get(site, tmp_path / "pack.zip")
    assert names(tmp_path) == []
    get(site, tmp_path / "pack.zip")
    (tmp_path / "pack.zip.part").write_bytes(DATA + b"more than there can be")
    get(site, tmp_path / "pack.zip")


def test_a_server_that_has_less_than_we_do(site: Site, tmp_path: Path) -> None:
    (tmp_path / "pack.zip.part").write_bytes(DATA[: 3 * BLOCK])
    site.files["/pack.zip"] = DATA[:BLOCK]
    with pytest.raises(web.WebError):
        get(site, tmp_path / "pack.zip")
    assert [headers.get("Range") for _, headers in site.asked] == [f"bytes={3 * BLOCK}-", None]


@pytest.mark.parametrize("status", [403, 404, 500])
def test_an_error_of_the_server_is_a_sentence(site: Site, tmp_path: Path, status: int) -> None:
    site.status = status
    with pytest.raises(web.WebError, match=rf"returned an error \({status}\)"):
        get(site, tmp_path / "pack.zip")
    assert names(tmp_path) == []


def test_a_refused_connection_is_a_sentence(site: Site, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(web.WebError, match="Can’t connect to"):
        get(site, tmp_path / "pack.zip", url=f"http://127.0.0.1:{port}/pack.zip")


def test_silence_is_not_waited_for_for_ever() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(web.WebError, match=r"no response in time|timed out"),
    ):
        web.ask(f"http://127.0.0.1:{silent.getsockname()[1]}/", timeout=0.2)


def test_a_full_disk_is_told_before_anything_is_fetched(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: type("D", (), {"free": 1000})())
    with pytest.raises(UserError, match="Not enough disk space"):
        get(site, tmp_path / "pack.zip")
    assert site.asked == []


def test_a_folder_that_refuses_is_a_sentence(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(UserError, match="couldn’t be saved"):
        get(site, tmp_path / "file" / "pack.zip")


def test_the_way_stays_encrypted(site: Site, tmp_path: Path) -> None:
    with pytest.raises(web.WebError, match="isn’t encrypted"):
        get(site, tmp_path / "pack.zip", url="http://example.org/pack.zip")
    with pytest.raises(web.WebError, match="isn’t encrypted"):
        get(site, tmp_path / "pack.zip", url="file:///etc/passwd")
    site.redirect["/pack.zip"] = "http://example.org/pack.zip"
    with pytest.raises(web.WebError, match="isn’t encrypted"):
        get(site, tmp_path / "pack.zip")


def test_a_server_may_point_to_another_place(site: Site, tmp_path: Path) -> None:
    site.redirect["/pack.zip"] = f"{site.url}/elsewhere"
    site.files["/elsewhere"] = DATA
    get(site, tmp_path / "pack.zip")
    assert (tmp_path / "pack.zip").read_bytes() == DATA
