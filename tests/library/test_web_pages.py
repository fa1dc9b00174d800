"""Web pages of photos: whole, without the network, and without what the files say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import html
from PIL import Image

from facesorter.cancel import CancelToken
from facesorter.errors import UserError
from facesorter.images import metadata
from facesorter.library import queries, web_pages
from facesorter.library.decisions import corrections, descriptions, rotation
from facesorter.library.web_pages import Options
from tests.library.made import Bench, fill

HOSTILE = 'Tom <script>alert(1)</script> & “Ann"a”'


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Two people in six photos with a place; one has a name that would break a page."""
    made = Bench()
    with made.database.atomic():
        faces = fill(made.connection, people=2, each=6, per_photo=2, seed=1)
    (tmp_path / "Photos").mkdir()
    made.connection.execute("UPDATE folder SET path = ?", [str(tmp_path / "Photos")])
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010F] = "Camera"
    for photo in queries.photos(made.connection, queries.photo_ids(made.connection)):
        Image.new("RGB", (600, 400), (photo.id % 256, 90, 90)).save(photo.path, "JPEG", exif=exif)
    for person, name in zip(faces, ("Anna", HOSTILE), strict=False):
        made.do(corrections.move_to_new_person, person, name)
    return made


def write(bench: Bench, folder: Path, options: Options = Options("Sum<m>er")) -> web_pages.Report:  # noqa: B008
    ids = queries.photo_ids(bench.connection)
    return web_pages.run(web_pages.plan(bench.connection, ids, options), folder, options)


def test_every_link_leads_to_a_file_and_none_to_the_network(bench: Bench, tmp_path: Path) -> None:
    bench.do(descriptions.describe, queries.photo_ids(bench.connection)[:1], caption="a\n<b>")
    report = write(bench, tmp_path / "web")
    assert len(report.written) == 6 and not report.failed
    reached, waiting = set(), [tmp_path / "web" / "index.html"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        text = page.read_text(encoding="utf-8")
        assert "<script" not in text and not re.search(r"https?:|//", text.replace("</", ""))
        tree = html.fromstring(text)
        for link in tree.xpath("//@href | //@src"):
            assert (page.parent / link).is_file(), (page, link)
            if link.endswith(".html"):
                waiting.append(page.parent / link)
        assert all(alt for alt in tree.xpath("//img/@alt"))
    assert reached == set((tmp_path / "web").glob("*.html"))
    names = {page.xpath("//h1")[0].text for page in map(_tree, reached) if page.xpath("//h1")}
    assert names == {"Sum<m>er", "Anna", HOSTILE}


def _tree(path: Path) -> html.HtmlElement:
    return html.fromstring(path.read_text(encoding="utf-8"))


def test_pictures_say_nothing_and_are_as_large_as_asked(bench: Bench, tmp_path: Path) -> None:
    first = queries.photo_ids(bench.connection)[0]
    bench.do(rotation.rotate, [first], 90)
    report = write(bench, tmp_path / "web", Options("A", side=300))
    sizes = set()
    for path in report.written:
        tags, xmp = metadata.tags_and_xmp(path.read_bytes())
        assert not dict(tags) and not xmp
        with Image.open(path) as image:
            sizes.add(image.size)
    assert sizes == {(300, 200), (200, 300)}


def test_names_can_be_left_out(bench: Bench, tmp_path: Path) -> None:
    write(bench, tmp_path / "web", Options("A", names=False))
    assert not list((tmp_path / "web").glob("person-*"))
    assert not any("Anna" in page.read_text() for page in (tmp_path / "web").glob("*.html"))


def test_nothing_is_replaced(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "index.html").write_text("mine")
    with pytest.raises(UserError, match="empty"):
        write(bench, tmp_path / "web")
    assert (tmp_path / "web" / "index.html").read_text() == "mine"


def test_stopped_in_the_middle_the_pages_lead_to_what_is_there(
    bench: Bench, tmp_path: Path
) -> None:
    token, options = CancelToken(), Options("A")
    pages = web_pages.plan(bench.connection, queries.photo_ids(bench.connection), options)
    Path(pages[0].photo.path).unlink()

    def stop(done: int, _: int) -> None:
        if done == 3:
            token.cancel()

    report = web_pages.run(pages, tmp_path / "web", options, token=token, progress=stop)
    assert report.cancelled and len(report.written) == 2 and len(report.failed) == 1
    index = _tree(tmp_path / "web" / "index.html")
    assert len(index.xpath("//img")) == 2
