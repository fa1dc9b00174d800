"""XMP packets: what is edited, what is kept, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from facesorter.domain import NamedRegion, Region
from facesorter.images.xmp import Packet

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
OTHERS = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Some Program"><!-- a remark -->
<rdf:RDF xmlns:rdf="{RDF}"><rdf:Description rdf:about="uuid:1" xmlns:my="urn:mine" my:word="kept">
<my:list><rdf:Seq><rdf:li xml:lang="de">Grüße</rdf:li></rdf:Seq></my:list>
<dc:subject xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:Bag><rdf:li>sea</rdf:li></rdf:Bag>
</dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>""".encode()
ANNA = NamedRegion("Anna", Region(0.1, 0.2, 0.3, 0.4))


def canonical(data: bytes) -> bytes:
    return etree.tostring(etree.fromstring(data), method="c14n")


def test_names_written_again_and_again_change_nothing_else() -> None:
    data = OTHERS
    for _ in range(10):
        packet = Packet(data)
        packet.set_people([ANNA], (400, 300))
        data = packet.bytes()
    text = data.decode()
    assert text.count("mwg-rs:Regions ") == 1 and text.count("<MP:RegionInfo") == 1
    assert text.count("<rdf:li>Anna</rdf:li>") == 2, "once in keywords, once in people"
    for kept in ("<!-- a remark -->", 'x:xmptk="Some Program"', 'my:word="kept"', "Grüße", "sea"):
        assert text.count(kept) == 1
    assert 'rdf:about="uuid:1"' in text


def test_an_unedited_packet_comes_back_as_it_was() -> None:
    assert canonical(Packet(OTHERS).bytes()) == canonical(OTHERS)
    packet = Packet(OTHERS)
    packet.drop_place()
    packet.drop_regions()
    packet.set_upright()
    assert canonical(packet.bytes()) == canonical(OTHERS)


def test_packets_of_real_photos_survive(shared_photos: Path) -> None:
    from facesorter.images import metadata

    done = 0
    for path in sorted((shared_photos / "regions").rglob("*.jp*g")):
        _, xmp = metadata.tags_and_xmp(path.read_bytes())
        if xmp:
            try:
                packet = Packet(xmp)
            except ValueError:
                continue
            assert Packet(packet.bytes()).bytes() == packet.bytes(), path
            packet.drop_regions()
            assert b"RegionList" not in packet.bytes(), path
            done += 1
    assert done >= 10


@pytest.mark.parametrize(
    "data",
    [
        b"not xml",
        b"<a/>",
        b"\xff\xfe<",
        b"<!DOCTYPE r [<!ENTITY a 'aaaaaaaaaa'>"
        + b"".join(b"<!ENTITY %c '%s'>" % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))
        + b"]><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' about='&j;'/>",
        b"<a>" * 10_000,
    ],
    ids=["text", "other", "utf16", "bomb", "deep"],
)
def test_what_is_no_xmp_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not XMP"):
        Packet(data)


def test_a_packet_with_a_document_type_is_refused(tmp_path: Path) -> None:
    """No file is read into it; written again without the type, its entities would break it."""
    secret = tmp_path / "secret"
    secret.write_text("very secret")
    for entity in (f"SYSTEM '{secret.as_uri()}'", "'harmless'"):
        data = (
            f"<!DOCTYPE r [<!ENTITY e {entity}>]>"
            f"<rdf:RDF xmlns:rdf='{RDF}'><rdf:Description>&e;</rdf:Description></rdf:RDF>"
        ).encode()
        with pytest.raises(ValueError, match="document type"):
            Packet(data)
