"""Who an XMP packet names, in every form in which programs write it."""

from __future__ import annotations

import pytest

from facesorter.errors import UserError
from facesorter.exchange.names import PhotoNames, Source
from facesorter.exchange.xmp_people import read_packet
from tests.support.xmp import AREA, FORMS, packet, regions


def only(found: PhotoNames) -> tuple[str, tuple[float, ...]]:
    (region,) = found.regions
    return region.name, tuple(round(n, 6) for n in (region.x, region.y, region.w, region.h))


@pytest.mark.parametrize("form", FORMS)
def test_a_face_is_read_in_every_form(form: str) -> None:
    found = read_packet(packet(regions(FORMS[form])))
    assert only(found) == ("Anna", (0.4, 0.2, 0.2, 0.4))
    assert found.regions[0].source is Source.MWG


def test_what_is_not_a_face_is_left_out_and_a_nameless_one_is_kept() -> None:
    items = "".join(
        f'<rdf:li mwg-rs:Type="{kind}" mwg-rs:Name="{name}"><mwg-rs:Area {AREA}/></rdf:li>'
        for kind, name in (("Pet", "Rex"), ("Focus", ""), ("BarCode", "123"), ("Face", ""))
    )
    assert only(read_packet(packet(regions(items)))) == ("", (0.4, 0.2, 0.2, 0.4))


def test_pixels_are_turned_into_fractions_by_the_size_they_are_of() -> None:
    area = 'stArea:x="500" stArea:y="100" stArea:w="200" stArea:h="100" stArea:unit="pixel"'
    item = f'<rdf:li mwg-rs:Name="Anna" mwg-rs:Type="Face"><mwg-rs:Area {area}/></rdf:li>'
    size = '<mwg-rs:AppliedToDimensions stDim:w="1000" stDim:h="250" stDim:unit="pixel"/>'
    found = read_packet(packet(regions(item, size)))
    assert only(found) == ("Anna", (0.4, 0.2, 0.2, 0.4))
    assert found.regions[0].applied_to == (1000, 250)
    # Without the size nobody knows where, but who is known.
    assert read_packet(packet(regions(item))).people == (("Anna", Source.MWG),)


def test_a_circle_is_measured_by_the_shorter_side() -> None:
    item = (
        '<rdf:li mwg-rs:Name="Anna" mwg-rs:Type="Face">'
        '<mwg-rs:Area stArea:x="0.5" stArea:y="0.5" stArea:d="0.5"/></rdf:li>'
    )
    size = '<mwg-rs:AppliedToDimensions stDim:w="1000" stDim:h="500" stDim:unit="pixel"/>'
    assert only(read_packet(packet(regions(item, size)))) == ("Anna", (0.375, 0.25, 0.25, 0.5))


def test_a_place_outside_the_picture_leaves_the_name() -> None:
    for area in ('stArea:x="0" stArea:y="0" stArea:w="8" stArea:h="8"', 'stArea:x="nan"', ""):
        item = f'<rdf:li mwg-rs:Name="Anna" mwg-rs:Type="Face"><mwg-rs:Area {area}/></rdf:li>'
        found = read_packet(packet(regions(item)))
        assert (found.regions, found.people) == ((), (("Anna", Source.MWG),))


@pytest.mark.parametrize(
    "rectangle", ["0.1, 0.2, 0.3, 0.4", "0.1,0.2,0.3,0.4", "0,1, 0,2, 0,3, 0,4"]
)
def test_regions_by_microsoft(rectangle: str) -> None:
    inside = (
        '<MP:RegionInfo rdf:parseType="Resource"><MPRI:Regions><rdf:Bag>'
        f'<rdf:li MPReg:Rectangle="{rectangle}" MPReg:PersonDisplayName="Jürgen &quot;J&quot;"/>'
        "<rdf:li><rdf:Description><MPReg:PersonDisplayName>Nobody knows where"
        "</MPReg:PersonDisplayName></rdf:Description></rdf:li>"
        "</rdf:Bag></MPRI:Regions></MP:RegionInfo>"
    )
    found = read_packet(packet(inside))
    assert only(found) == ('Jürgen "J"', (0.1, 0.2, 0.3, 0.4))
    assert found.people == (("Nobody knows where", Source.MICROSOFT),)


def test_people_without_a_place_come_once_and_not_beside_their_region() -> None:
    inside = regions(FORMS["elements"]) + (
        "<Iptc4xmpExt:PersonInImage><rdf:Bag><rdf:li>Anna</rdf:li><rdf:li>Ben</rdf:li>"
        "<rdf:li>ben</rdf:li></rdf:Bag></Iptc4xmpExt:PersonInImage>"
        "<digiKam:TagsList><rdf:Seq><rdf:li>People/Ben</rdf:li><rdf:li>People/Family/Cleo</rdf:li>"
        "<rdf:li>People/Family</rdf:li><rdf:li>Places/Rome</rdf:li><rdf:li>People/Unknown</rdf:li>"
        "</rdf:Seq></digiKam:TagsList>"
        "<lr:hierarchicalSubject><rdf:Bag><rdf:li>Personen|AC/DC</rdf:li><rdf:li>People</rdf:li>"
        "</rdf:Bag></lr:hierarchicalSubject>"
        "<dc:subject><rdf:Bag><rdf:li>Dora</rdf:li></rdf:Bag></dc:subject>"
    )
    found = read_packet(packet(inside))
    assert set(found.people) == {
        ("Ben", Source.PERSON_IN_IMAGE),
        ("Cleo", Source.KEYWORDS),
        ("AC/DC", Source.KEYWORDS),
    }
    assert found.program == "digiKam"


def test_categories_of_acdsee() -> None:
    text = (
        '<Categories><Category Assigned="0">People<Category Assigned="1">Anna</Category>'
        '<Category Assigned="0">Ben</Category></Category><Category Assigned="1">Sea</Category>'
        "</Categories>"
    ).replace("<", "&lt;")
    found = read_packet(packet(f"<acdsee:categories>{text}</acdsee:categories>"))
    assert found.people == (("Anna", Source.KEYWORDS),)


def test_regions_of_iptc() -> None:
    def region(people: str, shape: str) -> str:
        return (
            '<rdf:li rdf:parseType="Resource"><Iptc4xmpExt:RegionBoundary '
            f'Iptc4xmpExt:rbShape="{shape}" Iptc4xmpExt:rbUnit="relative" Iptc4xmpExt:rbX="0.4" '
            'Iptc4xmpExt:rbY="0.2" Iptc4xmpExt:rbW="0.2" Iptc4xmpExt:rbH="0.4"/>'
            f"<Iptc4xmpExt:PersonInImage><rdf:Bag>{people}</rdf:Bag></Iptc4xmpExt:PersonInImage>"
            "</rdf:li>"
        )

    items = (
        region("<rdf:li>Anna</rdf:li>", "rectangle")
        + region("<rdf:li>Ben</rdf:li><rdf:li>Cleo</rdf:li>", "rectangle")
        + region("<rdf:li>Dora</rdf:li>", "polygon")
    )
    inside = f"<Iptc4xmpExt:ImageRegion><rdf:Bag>{items}</rdf:Bag></Iptc4xmpExt:ImageRegion>"
    found = read_packet(packet(inside))
    assert only(found) == ("Anna", (0.4, 0.2, 0.2, 0.4))
    assert [name for name, _ in found.people] == ["Ben", "Cleo", "Dora"]


def test_regions_of_acdsee() -> None:
    def region(name: str, how: str, areas: str) -> str:
        return (
            f'<rdf:li><rdf:Description acdsee-rs:Type="Face" acdsee-rs:Name="{name}" '
            f'acdsee-rs:NameAssignType="{how}">{areas}</rdf:Description></rdf:li>'
        )

    def area(kind: str, x: float) -> str:
        numbers = {"x": x, "y": 0.4, "w": 0.2, "h": 0.4}
        attributes = " ".join(f'acdsee-stArea:{key}="{number}"' for key, number in numbers.items())
        return f"<acdsee-rs:{kind} {attributes}/>"

    items = region("Anna", "manual", area("ALGArea", 0.9) + area("DLYArea", 0.5))
    items += region("Not Ben", "denied", area("DLYArea", 0.2))
    inside = (
        '<acdsee-rs:Regions rdf:parseType="Resource"><acdsee-rs:RegionList><rdf:Bag>'
        f"{items}</rdf:Bag></acdsee-rs:RegionList></acdsee-rs:Regions>"
    )
    found = read_packet(packet(inside))
    assert only(found) == ("Anna", (0.4, 0.2, 0.2, 0.4))
    assert found.regions[0].source is Source.ACDSEE and not found.people


def test_people_of_other_photos_in_the_packet_are_not_read() -> None:
    inside = (
        '<xmpMM:Pantry><rdf:Bag><rdf:li><rdf:Description rdf:about="">'
        f"{regions(FORMS['attributes'])}</rdf:Description></rdf:li></rdf:Bag></xmpMM:Pantry>"
    )
    assert not read_packet(packet(inside))


def test_a_packet_ends_at_its_first_end() -> None:
    older = packet(regions(FORMS["attributes"].replace("Anna", "Long ago")))
    found = read_packet(packet(regions(FORMS["attributes"])) + b"   " + older[200:])
    assert only(found)[0] == "Anna"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-8-sig"])
def test_encodings_and_broken_byte_order_marks(encoding: str) -> None:
    text = packet(regions(FORMS["attributes"].replace("Anna", "Zoë Łukasz 李"))).decode()
    assert only(read_packet(text.encode(encoding)))[0] == "Zoë Łukasz 李"
    broken = text.replace("\ufeff", "ï»¿")
    assert only(read_packet(broken.encode(encoding)))[0] == "Zoë Łukasz 李"


def test_what_stands_before_a_fault_is_read() -> None:
    whole = packet(regions(FORMS["attributes"]) + "<dc:title>")
    assert only(read_packet(whole))[0] == "Anna"


def test_control_characters_and_length_of_names() -> None:
    name = "A\u202en\u200bna&#9;&#10;M" + "x" * 1000
    found = read_packet(packet(regions(FORMS["elements"].replace("Anna", name))))
    assert found.regions[0].name.startswith("Anna Mxx") and len(found.regions[0].name) <= 250


def test_cameras_are_no_programs() -> None:
    for tool, program in (("17.4.1", None), ("Tag That Photo", "Tag That Photo")):
        found = read_packet(packet(regions(FORMS["elements"]), f'xmp:CreatorTool="{tool}"'))
        assert found.program == program


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "hostile",
    [
        BOMB + packet(regions(FORMS["elements"].replace("Anna", "&b;"))),
        packet("<xmp:a>" * 100),
        packet(regions(FORMS["attributes"] * 60_000)),
    ],
)
def test_hostile_packets_are_refused_with_a_sentence(hostile: bytes) -> None:
    with pytest.raises(UserError, match="photo program"):
        read_packet(hostile)


def test_what_is_not_xmp_names_nobody() -> None:
    for data in (b"", b"\x00" * 100, b"hello", b"<html/>", b"{}", b"\xff\xfe" + b"a" * 99):
        assert not read_packet(data)
