"""XMP packets of copies: face regions, people, descriptions, and removal of the rest.

Regions follow the Metadata Working Group's guidelines 2.0 (``mwg-rs``), which digiKam, Lightroom
and Apple Photos read, and Microsoft's people schema (``MP``), which Windows reads. Everything else
in a packet is kept as it is, comments and unknown namespaces too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from lxml import etree

from facesorter.domain import Given, NamedRegion

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_META = "adobe:ns:meta/"
_MWG = "http://www.metadataworkinggroup.com/schemas/regions/"
_AREA = "http://ns.adobe.com/xmp/sType/Area#"
_DIMENSIONS = "http://ns.adobe.com/xap/1.0/sType/Dimensions#"
_MP = "http://ns.microsoft.com/photo/1.2/"
_MP_INFO = "http://ns.microsoft.com/photo/1.2/t/RegionInfo#"
_MP_REGION = "http://ns.microsoft.com/photo/1.2/t/Region#"
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_IPTC_CORE = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
_DC = "http://purl.org/dc/elements/1.1/"
_EXIF = "http://ns.adobe.com/exif/1.0/"
_TIFF = "http://ns.adobe.com/tiff/1.0/"
_PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"
_XMP = "http://ns.adobe.com/xap/1.0/"
_MICROSOFT = "http://ns.microsoft.com/photo/1.0/"

_REGIONS = {f"{{{_MWG}}}Regions", f"{{{_MP}}}RegionInfo"}
_PLACE = {
    *(f"{{{_IPTC}}}{name}" for name in ("LocationCreated", "LocationShown")),
    *(f"{{{_IPTC_CORE}}}{name}" for name in ("Location", "CountryCode")),
    *(f"{{{_PHOTOSHOP}}}{name}" for name in ("City", "State", "Country")),
}
_GPS = f"{{{_EXIF}}}GPS"
_ORIENTATION = f"{{{_TIFF}}}Orientation"
_PEOPLE = f"{{{_IPTC}}}PersonInImage"
_KEYWORDS = f"{{{_DC}}}subject"
_RATING, _TITLE, _CAPTION = f"{{{_XMP}}}Rating", f"{{{_DC}}}title", f"{{{_DC}}}description"
_RATINGS = {_RATING, *(f"{{{space}}}Rating" for space in (_MICROSOFT, _MICROSOFT[:-1]))}
_CAPTIONS = {_CAPTION, f"{{{_TIFF}}}ImageDescription", f"{{{_EXIF}}}UserComment"}
_DATES = {
    *(f"{{{_EXIF}}}{name}" for name in ("DateTimeOriginal", "DateTimeDigitized")),
    *(f"{{{_PHOTOSHOP}}}DateCreated", f"{{{_XMP}}}CreateDate"),
}
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

_BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_END = '\n<?xpacket end="w"?>'
_WRAPPER = re.compile(rb"<\?xpacket.*?\?>", re.DOTALL)
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML can't hold."""
_EMPTY = f'<x:xmpmeta xmlns:x="{_META}"><rdf:RDF xmlns:rdf="{RDF}"/></x:xmpmeta>'.encode()


class Packet:
    """An XMP packet to edit."""

    def __init__(self, data: bytes = b"") -> None:
        """Parse a packet, empty by default.

        External entities and DTDs aren't loaded, and depth and size are limited.

        Raises:
            ValueError: It isn't XMP.
        """
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        )
        text = _WRAPPER.sub(b"", data).strip(b"\x00\r\n\t \xef\xbb\xbf") or _EMPTY
        try:
            self._root = etree.fromstring(text, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise ValueError(f"not XMP: {error}") from error
        if self._root.getroottree().docinfo.doctype:
            # Its entities would be written without it.
            raise ValueError("not XMP: a document type")
        found = (
            [self._root]
            if self._root.tag == f"{{{RDF}}}RDF"
            else [*self._root.iter(f"{{{RDF}}}RDF")]
        )
        if not found:
            raise ValueError("not XMP: no RDF")
        self._rdf = found[0]

    def bytes(self) -> bytes:
        """Return the packet in UTF-8, without padding."""
        text = etree.tostring(self._root, encoding="unicode")
        return f"{_BEGIN}{text}{_END}".encode()

    def drop_regions(self) -> None:
        """Remove all face regions, named or not."""
        self._drop(_REGIONS.__contains__)

    def drop_place(self) -> None:
        """Remove all that tells where the photo was taken."""
        self._drop(lambda name: name in _PLACE or name.startswith(_GPS))

    def drop_dates(self) -> None:
        """Remove when the photo was taken or digitized."""
        self._drop(_DATES.__contains__)

    def describe(self, given: Given) -> None:
        """Write stars, title and caption in place of those that are there, where they are given."""
        if given.rating is not None:
            self._drop(_RATINGS.__contains__)
            stars = etree.Element(_RATING, nsmap={"xmp": _XMP})
            stars.text = str(given.rating)
            self._add(stars)
        if given.title is not None:
            self._drop(_TITLE.__eq__)
            self._add_text(_TITLE, given.title)
        if given.caption is not None:
            self._drop(_CAPTIONS.__contains__)
            self._add_text(_CAPTION, given.caption)

    def set_upright(self) -> None:
        """Say that the pixels are upright, if the packet says anything about it."""
        for node in self._rdf.iter(f"{{{RDF}}}Description"):
            if _ORIENTATION in node.attrib:
                node.set(_ORIENTATION, "1")
        for node in self._rdf.iter(_ORIENTATION):
            node.text = "1"

    def set_people(self, people: Sequence[NamedRegion], size: tuple[int, int]) -> None:
        """Write the people of a picture in place of the regions that are there.

        Their names are added to the keywords, and to the people in the picture.

        Args:
            people: May be empty: then only regions are removed.
            size: Width and height of the picture that the regions are of, px.
        """
        self.drop_regions()
        people = [NamedRegion(_UNWRITABLE.sub("", each.name), each.region) for each in people]
        if not people:
            return
        self._add(_mwg_regions(people, size))
        self._add(_mp_regions(people))
        names = list(dict.fromkeys(each.name for each in people))
        for tag in (_PEOPLE, _KEYWORDS):
            bag = self._bag(tag)
            known = {item.text for item in bag}
            for name in names:
                if name not in known:
                    etree.SubElement(bag, f"{{{RDF}}}li").text = name

    def _drop(self, unwanted: Callable[[str], bool]) -> None:
        for node in list(self._rdf.iter(etree.Element)):
            for name in [name for name in node.attrib if unwanted(name)]:
                del node.attrib[name]
            if unwanted(node.tag) and (parent := node.getparent()) is not None:
                parent.remove(node)

    def _add(self, element: etree._Element) -> None:
        about = self._rdf.find(f"{{{RDF}}}Description")
        value = about.get(f"{{{RDF}}}about", "") if about is not None else ""
        home = etree.SubElement(self._rdf, f"{{{RDF}}}Description")
        home.set(f"{{{RDF}}}about", value)
        home.append(element)

    def _add_text(self, tag: str, text: str) -> None:
        """Add a text of the default language, unless it is empty."""
        if not text:
            return
        made = etree.Element(tag, nsmap={"dc": _DC})
        item = etree.SubElement(etree.SubElement(made, f"{{{RDF}}}Alt"), f"{{{RDF}}}li")
        item.set(_LANGUAGE, "x-default")
        item.text = _UNWRITABLE.sub("", text)
        self._add(made)

    def _bag(self, tag: str) -> etree._Element:
        """Return the list of a property, made if missing."""
        for node in self._rdf.iter(tag):
            for bag in node:
                if bag.tag in (f"{{{RDF}}}Bag", f"{{{RDF}}}Seq"):
                    return bag
            if (parent := node.getparent()) is not None:  # a list without a list, or empty
                parent.remove(node)
        prefix = "dc" if tag == _KEYWORDS else "Iptc4xmpExt"
        made = etree.Element(tag, nsmap={prefix: tag[1:].partition("}")[0]})
        bag = etree.SubElement(made, f"{{{RDF}}}Bag")
        self._add(made)
        return bag


def _mwg_regions(people: Iterable[NamedRegion], size: tuple[int, int]) -> etree._Element:
    spaces = {"mwg-rs": _MWG, "stArea": _AREA, "stDim": _DIMENSIONS, "rdf": RDF}
    resource = f"{{{RDF}}}parseType"
    made = etree.Element(f"{{{_MWG}}}Regions", {resource: "Resource"}, nsmap=spaces)
    applied = etree.SubElement(made, f"{{{_MWG}}}AppliedToDimensions")
    for name, value in (("w", str(size[0])), ("h", str(size[1])), ("unit", "pixel")):
        applied.set(f"{{{_DIMENSIONS}}}{name}", value)
    bag = etree.SubElement(etree.SubElement(made, f"{{{_MWG}}}RegionList"), f"{{{RDF}}}Bag")
    for each in people:
        item = etree.SubElement(bag, f"{{{RDF}}}li", {resource: "Resource"})
        etree.SubElement(item, f"{{{_MWG}}}Name").text = each.name
        etree.SubElement(item, f"{{{_MWG}}}Type").text = "Face"
        area = etree.SubElement(item, f"{{{_MWG}}}Area")
        box = each.region
        center = {"x": box.x + box.w / 2, "y": box.y + box.h / 2, "w": box.w, "h": box.h}
        for name, number in center.items():
            area.set(f"{{{_AREA}}}{name}", f"{number:.6f}")
        area.set(f"{{{_AREA}}}unit", "normalized")
    return made


def _mp_regions(people: Iterable[NamedRegion]) -> etree._Element:
    spaces = {"MP": _MP, "MPRI": _MP_INFO, "MPReg": _MP_REGION, "rdf": RDF}
    resource = f"{{{RDF}}}parseType"
    made = etree.Element(f"{{{_MP}}}RegionInfo", {resource: "Resource"}, nsmap=spaces)
    bag = etree.SubElement(etree.SubElement(made, f"{{{_MP_INFO}}}Regions"), f"{{{RDF}}}Bag")
    for each in people:
        item = etree.SubElement(bag, f"{{{RDF}}}li")
        item.set(f"{{{_MP_REGION}}}PersonDisplayName", each.name)
        box = each.region
        corners = (box.x, box.y, box.w, box.h)
        item.set(f"{{{_MP_REGION}}}Rectangle", ", ".join(f"{number:.6f}" for number in corners))
    return made
