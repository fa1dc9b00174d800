"""Sidecars: what is merged into them, and that everything else stays."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from facesorter.domain import Given, NamedRegion, Region
from facesorter.exchange import region_frames, sidecar
from facesorter.exchange.sidecar import Content, merge
from facesorter.exchange.xmp_document import Document
from facesorter.images import metadata, photo_info
from tests.support.sidecars import DIGIKAM, FOREIGN, LIGHTROOM

ANNA = NamedRegion("Anna", Region(0.1, 0.1, 0.2, 0.3))
TOM = NamedRegion("Tom", Region(0.45, 0.55, 0.1, 0.2))
SAID = Content(
    (ANNA, TOM), Given(5, "A title", "A caption"), ("Holiday",), "2001-02-03", 1, (600, 400)
)


def canonical(data: bytes) -> bytes:
    """A sidecar as canonical XML: what is left of it without the way in which it is written."""
    out = io.BytesIO()
    text = data.decode("utf-16") if data[:2] == b"\xff\xfe" else data.decode("utf-8-sig")
    text = re.sub(r"^\s*<\?xml .*?\?>", "", text)
    etree.fromstring(text.encode()).getroottree().write_c14n(out)
    return out.getvalue()


def names(data: bytes) -> dict[str, list[str]]:
    """Names and keywords of a sidecar by property."""
    document = Document(data)
    return {
        name: document.items(name)
        for name in ("Iptc4xmpExt:PersonInImage", "dc:subject", "digiKam:TagsList")
    }


def regions(data: bytes) -> list[tuple[str, Region]]:
    """Faces of the guidelines' kind."""
    return [(each.name, each.region) for each in sidecar._Mwg(Document(data)).read()]


def test_a_new_sidecar_says_everything_and_a_second_merge_changes_nothing() -> None:
    made = merge(b"", SAID)
    assert made.changed and not made.conflicts
    assert names(made.data) == {
        "Iptc4xmpExt:PersonInImage": ["Anna", "Tom"],
        "dc:subject": ["Anna", "Tom", "Holiday"],
        "digiKam:TagsList": ["People/Anna", "People/Tom", "Holiday"],
    }
    found = photo_info.of_xmp(made.data)
    assert (found.rating, found.title, found.caption) == (5, "A title", "A caption")
    assert metadata.xmp_date(made.data, metadata.ORIGINAL_IN_XMP) == "2001-02-03"
    again = merge(made.data, SAID)
    assert not again.changed and again.data == made.data


@pytest.mark.parametrize("program", FOREIGN)
def test_what_others_wrote_stays_and_comes_back_when_everything_is_taken_back(program: str) -> None:
    before = FOREIGN[program]
    data = before
    for number in range(10):
        people = (ANNA, TOM) if number % 2 else (NamedRegion(f"Anna {number}", ANNA.region),)
        data = merge(
            data, Content(people, Given(number % 6, f"T{number}", ""), size=(600, 400))
        ).data
    assert b"W5M0MpCehiHzreSzNTczkc9d" in data.replace(b"\x00", b"") or program == "darktable"
    assert canonical(merge(data, Content(size=(600, 400))).data) == canonical(before)


@pytest.mark.parametrize("program", FOREIGN)
def test_bytes_around_the_properties_stay(program: str) -> None:
    before = FOREIGN[program]
    after = merge(before, SAID).data
    wide = before[:2] == b"\xff\xfe"
    code = "utf-16" if wide else "utf-8"
    old, new = before.decode(code), after.decode(code)
    assert new[: old.index("<x:xmpmeta")] == old[: old.index("<x:xmpmeta")]
    close = "</x:xmpmeta>"
    assert new[new.index(close) :] == old[old.index(close) :]
    if "\r\n" in old:
        assert "\n" not in new.replace("\r\n", "")


def test_a_person_goes_only_if_facesorter_wrote_them() -> None:
    """Eva is Lightroom's, in keywords and a region; Anna is ours."""
    eva = NamedRegion("Eva", Region(0.4, 0.35, 0.2, 0.3))
    both = merge(LIGHTROOM.encode(), Content((ANNA, eva), size=(600, 400)))
    assert [name for name, _ in regions(both.data)] == ["Eva", "Anna"]  # Eva's is there already
    after = merge(both.data, Content(size=(600, 400)))
    assert [name for name, _ in regions(after.data)] == ["Eva"]
    assert names(after.data)["dc:subject"] == ["Summer", "Eva"]


def test_a_face_that_has_another_name_elsewhere_is_left_and_reported_or_replaced() -> None:
    carl = Content((NamedRegion("Carl", Region(0.7, 0.1, 0.2, 0.2)),), size=(600, 400))
    kept = merge(DIGIKAM.encode(), carl)
    assert kept.conflicts and [name for name, _ in regions(kept.data)] == ["Bert", ""]
    replaced = merge(DIGIKAM.encode(), carl, replace=True)
    assert not replaced.conflicts and [name for name, _ in regions(replaced.data)] == ["Carl", ""]
    assert [name for name, _ in regions(merge(replaced.data, Content(size=(600, 400))).data)] == [
        "Bert",
        "",
    ]


def test_an_unnamed_face_gets_its_name_and_loses_it_again() -> None:
    dora = Content((NamedRegion("Dora", Region(0.1, 0.7, 0.2, 0.2)),), size=(600, 400))
    named = merge(DIGIKAM.encode(), dora)
    assert [name for name, _ in regions(named.data)] == ["Bert", "Dora"]
    assert canonical(merge(named.data, Content()).data) == canonical(DIGIKAM.encode())


def test_an_empty_list_of_another_program_is_empty_again_afterwards() -> None:
    empty = b"<lr:hierarchicalSubject><rdf:Seq/></lr:hierarchicalSubject>"
    spaces = b'xmlns:lr="http://ns.adobe.com/lightroom/1.0/"'
    data = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" ' + spaces + b">" + empty + b"</rdf:Description>"
        b"</rdf:RDF></x:xmpmeta>"
    )
    merged = merge(data, Content((ANNA,), size=(600, 400))).data
    assert Document(merged).items("lr:hierarchicalSubject") == ["People|Anna"]
    assert canonical(merge(merged, Content(size=(600, 400))).data) == canonical(data)


def test_what_was_changed_elsewhere_since_is_kept_until_the_user_says_something_new() -> None:
    data = merge(b"", SAID).data
    edited = Document(data)
    edited.set_text("xmp:Rating", "2")
    edited.remove_item("dc:subject", "Holiday")
    again = merge(edited.bytes(), SAID)
    assert again.conflicts
    assert photo_info.of_xmp(again.data).rating == 2
    assert "Holiday" not in names(again.data)["dc:subject"]
    decided = merge(again.data, Content((ANNA, TOM), Given(4), ("Holiday",), None, 1, (600, 400)))
    assert photo_info.of_xmp(decided.data).rating == 4
    wanted = merge(again.data, SAID, replace=True)
    assert photo_info.of_xmp(wanted.data).rating == 5
    assert "Holiday" in names(wanted.data)["dc:subject"]


def test_a_renamed_person_and_a_moved_box_replace_what_facesorter_wrote() -> None:
    data = merge(b"", Content((ANNA,), size=(600, 400))).data
    moved = NamedRegion("Anna Smith", Region(0.12, 0.12, 0.2, 0.3))
    after = merge(data, Content((moved,), size=(600, 400))).data
    after = merge(after, Content((moved,), size=(600, 400))).data
    ((name, region),) = regions(after)
    assert name == "Anna Smith" and region.overlap(moved.region) > 0.97
    assert names(after)["dc:subject"] == ["Anna Smith"]


def test_no_stars_and_no_title_are_said_too() -> None:
    made = merge(LIGHTROOM.encode(), Content((), Given(0, "", None)))
    found = photo_info.of_xmp(made.data)
    assert found.rating in (0, None) and found.title != "Picnic"
    assert b"Picknick" in made.data  # another language's


@given(
    st.integers(1, 8),
    st.floats(0, 0.9),
    st.floats(0, 0.9),
    st.floats(0.01, 1),
    st.floats(0.01, 1),
)
def test_frames_are_inverse(orientation: int, x: float, y: float, w: float, h: float) -> None:
    region = Region(x, y, min(w, 1 - x), min(h, 1 - y))
    back = region_frames.upright(region_frames.stored(region, orientation), orientation)
    assert back.overlap(region) > 0.999


@pytest.mark.parametrize("orientation", range(1, 9))
def test_regions_are_of_the_stored_picture(orientation: int, tmp_path: Path) -> None:
    """A mark in the upright picture is where the region says in the stored one."""
    import numpy as np
    from PIL import Image

    from facesorter.images import convert

    stored_picture = np.zeros((40, 60), np.uint8)
    place = Region(0.1, 0.2, 0.2, 0.3)
    # Where the region is upright, mark; then find it in the stored picture.
    kept = region_frames.stored(place, orientation)
    x0, y0 = round(kept.x * 60), round(kept.y * 40)
    stored_picture[y0 : y0 + round(kept.h * 40), x0 : x0 + round(kept.w * 60)] = 255
    turned = convert.turn(np.dstack([stored_picture] * 3), orientation)[..., 0]
    height, width = turned.shape
    rows, columns = np.nonzero(turned)
    assert columns.min() == pytest.approx(place.x * width, abs=1)
    assert rows.max() + 1 == pytest.approx((place.y + place.h) * height, abs=1)
    assert Image.fromarray(turned).size == ((60, 40) if orientation < 5 else (40, 60))


def test_a_list_in_the_upright_picture_is_continued_in_it() -> None:
    """Of a photo turned by its orientation, another program wrote Eva's box as seen."""
    seen = Region(0.4, 0.35, 0.2, 0.3)
    eva, anna = NamedRegion("Eva", seen), NamedRegion("Anna", Region(0.1, 0.1, 0.1, 0.1))
    content = Content((eva, anna), orientation=6, size=(400, 600))
    found = dict(regions(merge(LIGHTROOM.encode(), content).data))
    assert found["Eva"].overlap(seen) > 0.99
    assert found["Anna"].overlap(anna.region) > 0.9


@given(st.text(max_size=30), st.text(max_size=60))
def test_any_name_and_caption_can_be_written(name: str, caption: str) -> None:
    content = Content((NamedRegion(name, ANNA.region),), Given(None, None, caption), size=(90, 90))
    data = merge(b"", content).data
    assert merge(data, content).data == data


@pytest.mark.parametrize(
    "data",
    [
        b"no XML",
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><a></x:xmpmeta>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><x:xmpmeta xmlns:x='adobe:ns:meta/'>&b;</x:xmpmeta>",
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + b"<a>" * 300 + b"</a>" * 300 + b"</x:xmpmeta>",
        b"\xff\xfe\x00",
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>",
    ],
)
def test_what_cannot_be_edited_without_loss_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        merge(data, SAID)


@pytest.mark.parametrize("note", ["[]", "{", '{"texts": [], "regions": {"mwg-rs:Regions": [[1]]}}'])
def test_a_note_that_somebody_changed_does_no_harm(note: str) -> None:
    document = Document(merge(b"", SAID).data)
    document.set_text(sidecar.WRITTEN, note)
    after = merge(document.bytes(), Content((ANNA,), size=(600, 400)))
    assert [name for name, _ in regions(after.data)] == ["Anna", "Tom"]
