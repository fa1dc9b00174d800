"""Searches by what photos say about themselves, and by what the user said of them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from facesorter.domain import PhotoId
from facesorter.errors import UserError
from facesorter.images.photo_info import PhotoInfo
from facesorter.library.decisions import descriptions, journal
from facesorter.library.scanning import describing
from facesorter.library.search import search
from facesorter.library.search.terms import UnknownTerm
from facesorter.storage import folders, photo_info, photos
from tests.library.made import AT, Bench

SHELF = {
    "IMG_1234.JPG": PhotoInfo(make="Canon", model="Canon EOS R6", lens="RF50mm F1.8", rating=4),
    "Ёлка 2.jpeg": PhotoInfo(make="Apple", model="iPhone 12", caption="Größe am Straßenrand"),
    "raw.NEF": PhotoInfo(
        make="NIKON CORPORATION", model="NIKON D70s", keywords=("New York", "sea")
    ),
    "scan.tif": PhotoInfo(title="Grandma’s house", rating=2),
    "plain.png": PhotoInfo(),
}


@pytest.fixture(scope="module")
def bench() -> Bench:
    """A photo for each of `SHELF`, of 1 to 5 MB and 1 to 5 megapixels."""
    bench = Bench()

    def fill(txn: object) -> None:
        folder = folders.insert(bench.connection, "/home/me/Album", AT)
        for number, (name, info) in enumerate(SHELF.items(), 1):
            size = number * 1_000_000
            photo = photos.insert(bench.connection, folder, name, size, 1, AT, "exif")
            bench.connection.execute(
                "UPDATE photo SET status = 'analysed', width = ?, height = 1000 WHERE id = ?",
                (number * 1000, photo),
            )
            describing.record(txn, photo, info)  # type: ignore[arg-type]

    bench.do(fill)
    return bench


def names(bench: Bench, text: str, spoken: Mapping[str, int | str] | None = None) -> set[str]:
    """The file names that a search finds."""
    found = search.photo_ids(bench.connection, text, spoken)
    return {photos.place(bench.connection, PhotoId(photo))[1] for photo in found}  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("camera:canon", {"IMG_1234.JPG"}),
        ('camera:"eos r6"', {"IMG_1234.JPG"}),
        ("camera:nikon or camera:apple", {"raw.NEF", "Ёлка 2.jpeg"}),
        ("lens:50mm", {"IMG_1234.JPG"}),
        ("file:img_12", {"IMG_1234.JPG"}),
        ("file:елка", {"Ёлка 2.jpeg"}),
        ("caption:strassenrand", {"Ёлка 2.jpeg"}),
        ("caption:GRÖSSE", {"Ёлка 2.jpeg"}),
        ("title:house", {"scan.tif"}),
        ("keyword:sea", {"raw.NEF"}),
        ('keyword:"new york"', {"raw.NEF"}),
        ("format:jpeg", {"IMG_1234.JPG", "Ёлка 2.jpeg"}),
        ("format:raw", {"raw.NEF"}),
        ("format:.nef", {"raw.NEF"}),
        ("rating>=4", {"IMG_1234.JPG"}),
        ("rating:2", {"scan.tif"}),
        ("rating>0", {"IMG_1234.JPG", "scan.tif"}),
        ("rating:0", {"Ёлка 2.jpeg", "raw.NEF", "plain.png"}),
        ("rating<4", {"Ёлка 2.jpeg", "raw.NEF", "plain.png", "scan.tif"}),
        ("not rating>0", {"Ёлка 2.jpeg", "raw.NEF", "plain.png"}),
        ("-rating>0 format:png", {"plain.png"}),
        ("size>4MB", {"plain.png"}),
        ("size >= 4", {"scan.tif", "plain.png"}),
        ("size<1500kb", {"IMG_1234.JPG"}),
        ("pixels>4MP", {"plain.png"}),
        ("pixels:2000000", {"Ёлка 2.jpeg"}),
        # A plain word is a name first, and then whatever photos say.
        ("grandma's house", {"scan.tif"}),
        ("new york", {"raw.NEF"}),
        ("strassenrand", {"Ёлка 2.jpeg"}),
        ("IMG_1234", {"IMG_1234.JPG"}),
        ("nikon", {"raw.NEF"}),
        ("eos r6", {"IMG_1234.JPG"}),
        ("50mm", {"IMG_1234.JPG"}),
        ('"new york" size>2MB', {"raw.NEF"}),
        ("sea size<1MB", set()),
    ],
)
def test_terms(bench: Bench, text: str, found: set[str]) -> None:
    assert names(bench, text) == found


def test_keywords_of_another_language(bench: Bench) -> None:
    spoken = {"Kamera": "camera", "Bewertung": "rating", "Größe": "size", "mit": "with"}
    assert names(bench, "Kamera:canon", spoken) == {"IMG_1234.JPG"}
    assert names(bench, 'kamera: "EOS R6"', spoken) == {"IMG_1234.JPG"}
    assert names(bench, "Bewertung>=4", spoken) == {"IMG_1234.JPG"}
    assert names(bench, "größe>4MB", spoken) == {"plain.png"}
    # English always works, too.
    assert names(bench, "camera:canon", spoken) == {"IMG_1234.JPG"}


@pytest.mark.parametrize("text", ["rating>", "size:", "pixels>=", "format:jpegs"])
def test_an_unfinished_or_unknown_term_is_explained(bench: Bench, text: str) -> None:
    with pytest.raises(UserError):
        names(bench, text)


@pytest.mark.parametrize("text", ["file:caf\udce9", "caf\udce9", "\ud800"])
def test_bytes_that_are_no_text_are_a_word_like_others(bench: Bench, text: str) -> None:
    try:
        assert search.photo_ids(bench.connection, text) == []
    except UnknownTerm as error:
        assert "\ufffd" in error.term


def test_a_word_that_nothing_holds_is_unknown(bench: Bench) -> None:
    with pytest.raises(UnknownTerm):
        names(bench, "zebra")


def test_what_the_user_says_is_found_instead_of_what_the_file_says() -> None:
    bench = Bench()

    def fill(txn: object) -> PhotoId:
        folder = folders.insert(bench.connection, "/home/me/Album", AT)
        photo = photos.insert(bench.connection, folder, "a.jpg", 9, 1, AT, "exif")
        describing.record(txn, photo, PhotoInfo(caption="a dog", rating=2))  # type: ignore[arg-type]
        return photo

    photo = bench.do(fill)
    bench.do(descriptions.describe, [photo], caption="a cat")
    bench.do(descriptions.rate, [photo], 5)
    assert search.photo_ids(bench.connection, "caption:cat rating:5") == [photo]
    assert search.photo_ids(bench.connection, "caption:dog") == []
    # The machine reads the file again, and overrules nobody.
    bench.do(lambda txn: describing.record(txn, photo, PhotoInfo(caption="a cow", rating=1)))
    assert search.photo_ids(bench.connection, "caption:cat rating:5") == [photo]
    assert photo_info.given(bench.connection, [photo])[photo].caption == "a cat"
    bench.do(journal.undo)
    assert search.photo_ids(bench.connection, "caption:cat rating:1") == [photo]
    bench.do(journal.undo)
    assert search.photo_ids(bench.connection, "caption:cow") == [photo]
    bench.do(journal.redo)
    assert search.photo_ids(bench.connection, "caption:cat") == [photo]
