"""XMP packets as programs write them."""

from __future__ import annotations

SPACES = " ".join(
    f'xmlns:{prefix}="{space}"'
    for prefix, space in {
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "mwg-rs": "http://www.metadataworkinggroup.com/schemas/regions/",
        "stArea": "http://ns.adobe.com/xmp/sType/Area#",
        "stDim": "http://ns.adobe.com/xap/1.0/sType/Dimensions#",
        "MP": "http://ns.microsoft.com/photo/1.2/",
        "MPRI": "http://ns.microsoft.com/photo/1.2/t/RegionInfo#",
        "MPReg": "http://ns.microsoft.com/photo/1.2/t/Region#",
        "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
        "digiKam": "http://www.digikam.org/ns/1.0/",
        "lr": "http://ns.adobe.com/lightroom/1.0/",
        "acdsee": "http://ns.acdsee.com/iptc/1.0/",
        "acdsee-rs": "http://ns.acdsee.com/regions/",
        "acdsee-stArea": "http://ns.acdsee.com/sType/Area#",
        "dc": "http://purl.org/dc/elements/1.1/",
        "xmp": "http://ns.adobe.com/xap/1.0/",
        "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    }.items()
)


def packet(inside: str, attributes: str = "") -> bytes:
    """A packet in its wrapper, with what is inside its description."""
    return (
        f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x='
        f'"adobe:ns:meta/" {SPACES}><rdf:RDF><rdf:Description rdf:about="" {attributes}>{inside}'
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def regions(items: str, applied: str = "") -> str:
    """Regions by the Metadata Working Group."""
    return (
        f'<mwg-rs:Regions rdf:parseType="Resource">{applied}<mwg-rs:RegionList><rdf:Bag>{items}'
        "</rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>"
    )


AREA = 'stArea:x="0.5" stArea:y="0.4" stArea:w="0.2" stArea:h="0.4" stArea:unit="normalized"'
AREA_ELEMENTS = (
    "<stArea:x>0.5</stArea:x><stArea:y>0.4</stArea:y><stArea:w>0.2</stArea:w>"
    "<stArea:h>0.4</stArea:h><stArea:unit>normalized</stArea:unit>"
)
FORMS = {
    "attributes": f'<rdf:li><rdf:Description mwg-rs:Name="Anna" mwg-rs:Type="Face">'
    f"<mwg-rs:Area {AREA}/></rdf:Description></rdf:li>",
    "elements": '<rdf:li rdf:parseType="Resource"><mwg-rs:Name>Anna</mwg-rs:Name>'
    '<mwg-rs:Type>Face</mwg-rs:Type><mwg-rs:Area rdf:parseType="Resource">'
    f"{AREA_ELEMENTS}</mwg-rs:Area></rdf:li>",
    "attributes of the item": f'<rdf:li mwg-rs:Name="Anna" mwg-rs:Type="Face">'
    f"<mwg-rs:Area {AREA}/></rdf:li>",
    "descriptions": "<rdf:li><rdf:Description><mwg-rs:Type>face</mwg-rs:Type>"
    f"<mwg-rs:Name>Anna</mwg-rs:Name><mwg-rs:Area><rdf:Description {AREA}/></mwg-rs:Area>"
    "</rdf:Description></rdf:li>",
    "no type": f'<rdf:li mwg-rs:Name="Anna"><mwg-rs:Area {AREA}/></rdf:li>',
}
