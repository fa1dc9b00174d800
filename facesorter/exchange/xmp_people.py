"""Reader for people in an XMP packet: face regions, lists of people, people keywords.

Facts from the Metadata Working Group's guidelines 2.0 (``mwg-rs``), Microsoft's people schema
(``MP``), the IPTC Photo Metadata Standard (``PersonInImage``, ``ImageRegion``), and ExifTool's tag
tables for ACDSee's regions and what digiKam, Lightroom, Microsoft, MediaPro and ACDSee call their
keywords. Programs write the same struct as attributes, as elements, or within a description of its
own.

Nothing outside the packet is loaded. No tree of the whole packet is built, only of what names
people, and not of what is kept of other photos (Adobe's ``Pantry``).
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple
from xml.parsers import expat

from facesorter.exchange.names import (
    OURS,
    ImportedRegion,
    PhotoNames,
    Source,
    given_name,
    without_repetition,
)
from facesorter.exchange.people_keywords import named_by
from facesorter.exchange.reading import unlike_any
from facesorter.images import xmp_properties

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns# "
_MWG = "http://www.metadataworkinggroup.com/schemas/regions/ "
_AREA = "http://ns.adobe.com/xmp/sType/Area# "
_DIMENSIONS = "http://ns.adobe.com/xap/1.0/sType/Dimensions# "
_ACDSEE = "http://ns.acdsee.com/regions/ "
_MP = "http://ns.microsoft.com/photo/1.2/ "
_MP_INFO = "http://ns.microsoft.com/photo/1.2/t/RegionInfo# "
_MP_REGION = "http://ns.microsoft.com/photo/1.2/t/Region# "
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/ "

_MP_REGIONS = f"{_MP}RegionInfo"
_PERSON, _PERSON_DETAILS = f"{_IPTC}PersonInImage", f"{_IPTC}PersonInImageWDetails"
_IMAGE_REGION = f"{_IPTC}ImageRegion"
_TAGS_OF_DIGIKAM = "http://www.digikam.org/ns/1.0/ TagsList"
_KEYWORDS = {
    "http://purl.org/dc/elements/1.1/ subject",
    _TAGS_OF_DIGIKAM,
    "http://ns.adobe.com/lightroom/1.0/ hierarchicalSubject",
    "http://ns.microsoft.com/photo/1.0/ LastKeywordXMP",
    "http://ns.microsoft.com/photo/1.0 LastKeywordXMP",
    "http://ns.microsoft.com/photo/1.0/ LastKeywordIPTC",
    "http://ns.iview-multimedia.com/mediapro/1.0/ CatalogSets",
}
_MEDIAPRO_PEOPLE = "http://ns.iview-multimedia.com/mediapro/1.0/ People"
_CATEGORIES = "http://ns.acdsee.com/iptc/1.0/ categories"
_CREATORS = (
    "http://ns.adobe.com/xap/1.0/ CreatorTool",
    "http://ns.adobe.com/tiff/1.0/ Software",
)
_WANTED = {
    *(f"{_MWG}Regions", f"{_ACDSEE}Regions"),
    *(_MP_REGIONS, _PERSON, _PERSON_DETAILS, _IMAGE_REGION, _MEDIAPRO_PEOPLE),
    *(_CATEGORIES, *_CREATORS, *_KEYWORDS),
}

_DEEPEST = 64
"""Elements within each other; real packets have fifteen."""
_MOST_ELEMENTS = 100_000
"""Elements of a packet that are kept, some 40 MB: a photo of 5,000 faces."""
_SMALL = 1 << 20
"""Bytes of a packet that can't hold too many attributes."""
_MOST_ATTRIBUTES = 20_000
"""Attributes of an element, all of which are in memory at once; Lightroom's have 500."""
_TAG = re.compile(rb"[^<]+")
_LONGEST_PROGRAM = 100
_OURS = f'x:xmptk="{OURS}"'.encode()
_HEAD = 1_000
"""Bytes at the beginning of a packet in which it says who made it."""
_CATEGORY = re.compile(r"<Category\b[^>]*>|</Category\s*>|[^<]+")


def read_packet(packet: bytes) -> PhotoNames:
    """Read who is in a photo from an XMP packet or sidecar, as far as it is well-formed.

    Thread: any.

    Args:
        packet: UTF-8 or UTF-16, with or without wrapper and byte order mark. What follows its end,
            such as the tail of an older packet, is not read.

    Raises:
        UserError: The packet isn't one that a program writes for a photo.
    """
    found = _parse(packet)
    regions: list[ImportedRegion] = []
    people: list[tuple[str, Source]] = []
    for read, list_name in (
        (partial(_centered_regions, schema=_BY_MWG), f"{_BY_MWG.regions}Regions"),
        (partial(_centered_regions, schema=_BY_ACDSEE), f"{_BY_ACDSEE.regions}Regions"),
        (_mp_regions, _MP_REGIONS),
        (_iptc_regions, _IMAGE_REGION),
    ):
        for node in found.get(list_name, ()):
            for name, region, source in read(node):
                if region is not None:
                    regions.append(region)
                elif name:
                    people.append((name, source))
    people += [
        (name, Source.PERSON_IN_IMAGE)
        for name in (
            *_texts(found.get(_PERSON, ())),
            *(
                each.text_of(f"{_IPTC}PersonName")
                for node in found.get(_PERSON_DETAILS, ())
                for each in node.items()
            ),
        )
    ]
    words = [text for name in sorted(_KEYWORDS) for text in _texts(found.get(name, ()))]
    words += [path for text in _texts(found.get(_CATEGORIES, ())) for path in _categories(text)]
    people += [(name, Source.KEYWORDS) for name in _texts(found.get(_MEDIAPRO_PEOPLE, ()))]
    people += [(name, Source.KEYWORDS) for name in named_by(words)]
    program = _program(found, ours=_OURS in packet[:_HEAD])
    return PhotoNames(tuple(regions), without_repetition(regions, people), program)


def _program(found: dict[str, list[_Node]], *, ours: bool) -> str | None:
    """Return what wrote the packet. Cameras say their model or version there, which is left out."""
    if ours:
        return OURS
    for name in _CREATORS:
        for text in _texts(found.get(name, ())):
            if re.search(r"[^\W\d_]{3}", text) and not text.startswith("Digital Camera"):
                return given_name(text)[:_LONGEST_PROGRAM] or None
    return "digiKam" if _TAGS_OF_DIGIKAM in found else None


class _Refused(Exception):  # noqa: N818 - ends the reading, as in `cancel`
    """The packet has a document type, or is nested too deeply, or has too much in it."""


@dataclass(slots=True)
class _Node:
    """An element that names people, or is within one."""

    name: str
    attributes: dict[str, str]
    children: list[_Node] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.texts).strip()

    def items(self) -> list[_Node]:
        """Return the items of a list; a single value is a list of one."""
        for child in self.children:
            if child.name in (f"{_RDF}Bag", f"{_RDF}Seq", f"{_RDF}Alt"):
                return [each for each in child.children if each.name == f"{_RDF}li"]
        return [self]

    def fields(self) -> Iterator[_Node]:
        """Yield the elements of a struct, also from within a description of its own."""
        for child in self.children:
            if child.name == f"{_RDF}Description":
                yield from child.fields()
            else:
                yield child

    def find(self, name: str) -> _Node | None:
        """Return a field of a struct that is one itself."""
        return next((child for child in self.fields() if child.name == name), None)

    def text_of(self, name: str) -> str:
        """Return a field of a struct, attribute or element, of several languages the first one."""
        for node in (self, *(each for each in self.children if each.name == f"{_RDF}Description")):
            if name in node.attributes:
                return node.attributes[name].strip()
        child = self.find(name)
        return "" if child is None else child.items()[0].value() if child.items() else ""

    def value(self) -> str:
        """Return the text, also where it has qualifiers."""
        return self.text or self.attributes.get(f"{_RDF}value", "") or self._value()

    def _value(self) -> str:
        child = self.find(f"{_RDF}value")
        return child.text if child is not None else ""


def _texts(nodes: Sequence[_Node]) -> list[str]:
    return [text for node in nodes for item in node.items() if (text := item.value())]


def _parse(packet: bytes) -> dict[str, list[_Node]]:
    text = xmp_properties.trimmed(packet)
    if not text and b"<!DOCTYPE" in packet[:4096]:
        raise unlike_any()
    if len(text) > _SMALL and any(
        part[0].count(b'="') + part[0].count(b"='") > _MOST_ATTRIBUTES
        for part in _TAG.finditer(text)
    ):
        raise unlike_any()
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse
    # What was read before an error is right.
    with contextlib.suppress(expat.ExpatError, UnicodeError, ValueError):
        try:
            parser.Parse(text, True)
        except _Refused as error:
            raise unlike_any() from error
    return reader.found


def _refuse(*_: object) -> None:
    raise _Refused


class _Reader:
    """Collects the properties in `_WANTED`, each as a small tree."""

    def __init__(self) -> None:
        self.found: dict[str, list[_Node]] = {}
        self._path: list[str] = []
        self._open: list[_Node] = []
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._path) >= _DEEPEST:
            raise _Refused
        if self._open or (name in _WANTED and self._in_description()):
            self._count += 1 + len(attributes)
            if self._count > _MOST_ELEMENTS:
                raise _Refused
            node = _Node(name, attributes)
            if self._open:
                self._open[-1].children.append(node)
            else:
                self.found.setdefault(name, []).append(node)
            self._open.append(node)
        self._path.append(name)
        if not self._open and name == f"{_RDF}Description" and self._in_description():
            for key in attributes.keys() & _WANTED:
                self.found.setdefault(key, []).append(_Node(key, {}, texts=[attributes[key]]))

    def text(self, data: str) -> None:
        if self._open:
            self._open[-1].texts.append(data)

    def end(self, _name: str) -> None:
        self._path.pop()
        if self._open:
            self._open.pop()

    def _in_description(self) -> bool:
        """Return whether the innermost element describes the photo itself."""
        return self._path[-2:-1] == [f"{_RDF}RDF"]


class _Named(NamedTuple):
    name: str
    region: ImportedRegion | None
    """None without a usable place."""
    source: Source


class _Schema(NamedTuple):
    """A schema of regions of which each is given by its center and size."""

    source: Source
    regions: str
    area: str
    """Namespaces of the regions, and of what is in an area and in dimensions."""
    dimensions: str
    places: tuple[str, ...]
    """What a region's area is called, the better one first."""


_BY_MWG = _Schema(Source.MWG, _MWG, _AREA, _DIMENSIONS, ("Area",))
_BY_ACDSEE = _Schema(
    Source.ACDSEE,
    _ACDSEE,
    "http://ns.acdsee.com/sType/Area# ",
    "http://ns.acdsee.com/sType/Dimensions# ",
    ("DLYArea", "ALGArea"),
)


def _centered_regions(regions: _Node, schema: _Schema) -> Iterator[_Named]:
    prefix, source = schema.regions, schema.source
    applied, size = _applied_to(regions.find(f"{prefix}AppliedToDimensions"), schema)
    region_list = regions.find(f"{prefix}RegionList")
    for item in region_list.items() if region_list is not None else ():
        name = given_name(item.text_of(f"{prefix}Name"))
        kind = item.text_of(f"{prefix}Type").casefold()
        # Without a type it is a face only if it is somebody's. ACDSee keeps names that were denied.
        denied = item.text_of(f"{prefix}NameAssignType").casefold() == "denied"
        if denied or (kind != "face" and (kind or not name)):
            continue
        areas = (item.find(f"{prefix}{place}") for place in schema.places)
        box = _box(next((area for area in areas if area is not None), item), schema, size)
        yield _Named(name, _region(name, box, source, applied), source)


def _box(area: _Node, schema: _Schema, size: tuple[float, float] | None) -> Sequence[float] | None:
    """Return left, top, width and height of an area."""

    def get(name: str) -> float | None:
        return _number(area.text_of(f"{schema.area}{name}"))

    x, y, w, h, d = (get(name) for name in "xywhd")
    if x is None or y is None:
        return None
    if area.text_of(f"{schema.area}unit").casefold() in ("pixel", "pixels"):
        if size is None:
            return None
        x, y = x / size[0], y / size[1]
        w, h = (w / size[0] if w else w), (h / size[1] if h else h)
        d = d / min(size) if d else d
    if d and not (w and h):
        # The diameter of a circle is a fraction of the shorter side.
        wide, high = size or (1.0, 1.0)
        w, h = d * min(wide, high) / wide, d * min(wide, high) / high
    return None if not w or not h else (x - w / 2, y - h / 2, w, h)


def _applied_to(
    node: _Node | None, schema: _Schema
) -> tuple[tuple[int, int] | None, tuple[float, float] | None]:
    """Return the size that regions were made on in pixels, and in whatever unit it is given."""
    if node is None:
        return None, None
    w, h = (_number(node.text_of(f"{schema.dimensions}{name}")) for name in "wh")
    if not w or not h or w < 0 or h < 0 or max(w, h) > 1_000_000:
        return None, None
    pixels = node.text_of(f"{schema.dimensions}unit").casefold() in ("", "pixel", "pixels")
    return ((round(w), round(h)) if pixels and min(w, h) >= 1 else None), (w, h)


def _mp_regions(info: _Node) -> Iterator[_Named]:
    regions = info.find(f"{_MP_INFO}Regions")
    for item in regions.items() if regions is not None else ():
        name = given_name(item.text_of(f"{_MP_REGION}PersonDisplayName"))
        numbers = _rectangle(item.text_of(f"{_MP_REGION}Rectangle"))
        if not name and numbers is None:
            continue
        yield _Named(name, _region(name, numbers, Source.MICROSOFT), Source.MICROSOFT)


def _rectangle(text: str) -> Sequence[float] | None:
    """Return left, top, width and height: "0.1, 0.2, 0.3, 0.4", also with decimal commas."""
    for parts in (re.split(r"\s*[,;]\s+|;", text), text.split(",")):
        numbers = [_number(part) for part in parts]
        if len(numbers) == 4 and None not in numbers:
            return [number for number in numbers if number is not None]
    return None


def _iptc_regions(property_: _Node) -> Iterator[_Named]:
    """Yield the rectangles and circles of IPTC's image regions that name people."""
    for item in property_.items():
        people = item.find(_PERSON)
        names = [given_name(text) for text in _texts([people] if people is not None else [])]
        names = [name for name in names if name]
        boundary = item.find(f"{_IPTC}RegionBoundary")
        box = _boundary(boundary) if boundary is not None else None
        for name in names:
            # A region with several people is around a group.
            alone = box if len(names) == 1 else None
            yield _Named(name, _region(name, alone, Source.IPTC), Source.IPTC)


def _boundary(node: _Node) -> Sequence[float] | None:
    def get(name: str) -> float | None:
        return _number(node.text_of(f"{_IPTC}{name}"))

    x, y, w, h, radius = (get(name) for name in ("rbX", "rbY", "rbW", "rbH", "rbRx"))
    if node.text_of(f"{_IPTC}rbUnit").casefold() != "relative" or x is None or y is None:
        return None
    shape = node.text_of(f"{_IPTC}rbShape").casefold()
    if shape == "circle" and radius:
        return x - radius, y - radius, 2 * radius, 2 * radius
    return (x, y, w, h) if shape == "rectangle" and w and h else None


def _region(
    name: str,
    box: Sequence[float] | None,
    source: Source,
    applied_to: tuple[int, int] | None = None,
) -> ImportedRegion | None:
    """Return a region if its place is within the picture."""
    if box is None:
        return None
    x, y, w, h = box
    return ImportedRegion.within(name, x, y, w, h, source=source, applied_to=applied_to)


def _number(text: str) -> float | None:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _categories(text: str) -> Iterator[str]:
    """Yield the paths of ACDSee's categories, which are XML within a text."""
    path: list[str] = []
    assigned: list[bool] = []
    for part in _CATEGORY.findall(text)[:_MOST_ELEMENTS]:
        if part.startswith("</"):
            if path:
                if assigned.pop() and all(path):
                    yield "|".join(path)
                path.pop()
        elif part.startswith("<"):
            if len(path) >= _DEEPEST:
                return
            path.append("")
            assigned.append('Assigned="1"' in part)
        elif path and part.strip():
            path[-1] = part.strip()
