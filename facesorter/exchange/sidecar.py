"""Merge names, tags, ratings and captions into a photo's XMP sidecar.

A merge has three sides: what is to be written, what the sidecar says, and what facesorter wrote
last, which the sidecar itself remembers (``facesorter:Written``), so that it holds for a library on
another computer, too. So what another program wrote is never taken away, what it changed since is
kept, and what facesorter replaced comes back when the user takes a word back.

[Note: the stored picture] Regions are fractions of the picture as the file stores it, before its
EXIF orientation is applied, as the Metadata Working Group's guidelines have it; so are Microsoft's,
which Windows' programs wrote upright. digiKam writes both so, and turns both by the file's
orientation when it reads them (``dmetadata_faces.cpp``, ``itemscanner_photo.cpp``; a real digiKam
7.9 did). How Lightroom takes rotated photos wasn't tried. A list that is there in the upright
picture is continued in it, since a reader can take a whole list for one or the other, but not its
items.

[Note: thirds] Both kinds of regions are read by digiKam, which rounds them to pixels and takes
equal ones for one face. Edges and sizes are therefore multiples of a third of a pixel, none of
which is near the half where the two could be rounded apart.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from facesorter.domain import Given, NamedRegion, Region, match_regions
from facesorter.exchange import region_frames
from facesorter.exchange.xmp_document import SPACES, Document, clean, remove, tag

WRITTEN = "facesorter:Written"
PEOPLE = "People"
"""The tag that people are below, as digiKam and Lightroom call it."""
SAME_BOX = 0.98
"""Overlap from which a box isn't written again: programs round differently."""
_RESOURCE = tag("rdf:parseType")
_UNNAMED = ("", "unknown", "unconfirmed")
"""Names by which programs say that they know none."""
_PERCENT = ("0", "1", "25", "50", "75", "99")
"""Microsoft's ratings by stars."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a photo's sidecar is to say."""

    people: tuple[NamedRegion, ...] = ()
    """Regions of the upright picture."""
    given: Given = field(default_factory=Given)
    tags: tuple[str, ...] = ()
    date: str | None = None
    """When it was taken, as in `Photo.taken_at`; None to say nothing."""
    orientation: int = 1
    size: tuple[int, int] | None = None
    """Width and height of the stored picture, px; without them, no regions are written."""

    def __bool__(self) -> bool:
        return bool(self.people or self.tags or self.date or self.given != Given())


@dataclass(frozen=True, slots=True)
class Merged:
    """A sidecar after a merge."""

    data: bytes
    changed: bool
    conflicts: int
    """What another program says differently, and was left as it is."""


def merge(data: bytes, content: Content, *, replace: bool = False) -> Merged:
    """Merge content into a sidecar. Thread: any.

    Args:
        data: The sidecar as it is, empty for a new one.
        content: What it is to say. What facesorter wrote before and isn't in it any more, goes.
        replace: Whether facesorter's word replaces that of another program about the same face,
            and what was changed elsewhere since facesorter wrote it.

    Raises:
        ValueError: It isn't a sidecar that can be edited.
    """
    document = Document(data)
    before = document.bytes()
    written = _written(document)
    merging = _Merging(document, written, replace)
    merging.texts(content)
    people = [NamedRegion(clean(each.name).strip(), each.region) for each in content.people]
    people = [each for each in people if each.name]
    names = list(dict.fromkeys(each.name for each in people))
    tags = [tag for tag in (clean(each).strip() for each in content.tags) if tag]
    merging.items("Iptc4xmpExt:PersonInImage", names)
    merging.items("dc:subject", [*names, *tags])
    merging.items("lr:hierarchicalSubject", [*(f"{PEOPLE}|{name}" for name in names), *tags])
    # digiKam makes the same of a slash in a name that it reads.
    below = [f"{PEOPLE}/{name.replace('/', chr(92))}" for name in names]
    merging.items("digiKam:TagsList", [*below, *tags])
    for kind in (_Mwg(document), _Microsoft(document)):
        merging.regions(kind, content, people)
    kept = merging.notes()
    if kept != written:
        document.set_text(WRITTEN, json.dumps(kept, ensure_ascii=False) if kept else None)
    after = document.bytes()
    return Merged(after, after != before or not data, merging.conflicts)


def _written(document: Document) -> dict[str, Any]:
    """Return what facesorter wrote; nothing if somebody else changed that note."""
    try:
        found = json.loads(document.text(WRITTEN) or "{}")
    except (ValueError, RecursionError):
        return {}
    parts = {"texts": dict, "lists": dict, "regions": dict}
    if not isinstance(found, dict):
        return {}
    return {key: found[key] for key, kind in parts.items() if isinstance(found.get(key), kind)}


class _Merging:
    """One merge: what was written before, and what is now."""

    def __init__(self, document: Document, written: dict[str, Any], replace: bool) -> None:
        self._document, self._replace = document, replace
        self._former = {part: written.get(part, {}) for part in ("texts", "lists", "regions")}
        self.now: dict[str, dict[str, Any]] = {"texts": {}, "lists": {}, "regions": {}}
        self.conflicts = 0

    def notes(self) -> dict[str, Any]:
        """Return what to remember of what is written now."""
        parts = {
            part: {name: note for name, note in notes.items() if note}
            for part, notes in self.now.items()
        }
        return {part: notes for part, notes in parts.items() if notes}

    def texts(self, content: Content) -> None:
        """Merge stars, title, caption and date."""
        given = content.given
        stars = None if given.rating is None else str(given.rating)
        percent = None if given.rating is None else _PERCENT[given.rating]
        self._text("xmp:Rating", stars)
        for name in ("MicrosoftPhoto:Rating", "MicrosoftPhoto/:Rating"):
            self._text(name, percent, only_there=True)
        self._text("dc:title", given.title, by_language=True)
        self._text("dc:description", given.caption, by_language=True)
        for name in ("tiff:ImageDescription", "exif:UserComment"):
            self._text(name, given.caption, by_language=True, only_there=True)
        for name in ("exif:DateTimeOriginal", "photoshop:DateCreated"):
            self._text(name, content.date)

    def _text(
        self,
        name: str,
        wanted: str | None,
        *,
        by_language: bool = False,
        only_there: bool = False,
    ) -> None:
        """Merge one text; "" is to say that there is none, None to say nothing."""
        theirs, former = self._document.text(name), self._former["texts"].get(name)
        known = isinstance(former, list) and len(former) == 2
        wrote, replaced = former if known else (None, None)
        if wanted is None:
            if known and theirs == wrote:
                self._document.set_text(name, replaced, by_language=by_language)
            return
        ours = clean(wanted)
        if known and theirs != wrote and ours == wrote and not self._replace:
            # Changed elsewhere since, and not here.
            self.now["texts"][name] = former
            self.conflicts += 1
            return
        there = replaced if known and theirs == wrote else theirs
        if there is None and not ours:
            self._document.set_text(name, None)
        elif theirs != ours and not (only_there and theirs is None and not known):
            # An empty text rather than none: so the place of another program's stays.
            self._document.set_text(name, ours, by_language=by_language)
            self.now["texts"][name] = [ours, there]
        elif known:
            self.now["texts"][name] = [ours, replaced]

    def items(self, name: str, wanted: Sequence[str]) -> None:
        """Merge a list: add what is missing, take away what facesorter added."""
        there = self._document.items(name)
        former = [each for each in self._former["lists"].get(name, ()) if isinstance(each, str)]
        for item in former:
            if item not in wanted:
                self._document.remove_item(name, item)
        ours = []
        for item in dict.fromkeys(wanted):
            if item in former:
                ours.append(item)
                if item in there or not self._replace:
                    continue  # if it isn't there, somebody took it away since
                self._document.add_item(name, item)
            elif item not in there:
                self._document.add_item(name, item)
                ours.append(item)
        self.now["lists"][name] = ours

    def regions(self, kind: _Regions, content: Content, people: Sequence[NamedRegion]) -> None:
        """Merge the faces of one kind of regions."""
        former = _Former(self._former["regions"].get(kind.name))
        there = kind.read()
        wanted = [] if content.size is None else people
        places = _places(wanted, there, kind.applied(), content)
        matched = match_regions([each.region for each in there], places)
        ours: list[list[Any]] = []
        for number, (person, place) in enumerate(zip(wanted, places, strict=True)):
            name = person.name
            if number in matched:
                entry = there[matched[number]]
                note = former.take(entry)
                ours += self._name(kind, entry, note, name, place)
            elif (note := former.take_gone(name, place)) and not self._replace:
                ours.append(note)
            else:
                kind.add(name, place, content.size)
                ours.append(_note(name, place, None))
        kept = set(matched.values())
        for index, entry in enumerate(there):
            note = None if index in kept else former.take(entry)
            if note is not None:
                # The person isn't there any more, and facesorter wrote the entry.
                kind.take_back(entry, note[5])
        self.now["regions"][kind.name] = ours

    def _name(
        self, kind: _Regions, entry: _Entry, note: list[Any] | None, name: str, place: Region
    ) -> list[list[Any]]:
        if entry.name == name:
            if note is not None and note[5] is None and entry.region.overlap(place) < SAME_BOX:
                kind.move(entry, place)
                return [_note(name, place, None)]
            return [] if note is None else [note]
        if note is not None:
            kind.rename(entry, name)
            return [_note(name, entry.region, note[5])]
        if entry.name.casefold() in _UNNAMED or self._replace:
            kind.rename(entry, name)
            return [_note(name, entry.region, entry.name)]
        self.conflicts += 1
        return []


def _note(name: str, place: Region, before: str | None) -> list[Any]:
    """Return what is remembered of a region: its name, place, and its name before.

    The latter is None if facesorter added the region.
    """
    box = (place.x, place.y, place.w, place.h)
    return [name, *(round(number, 5) for number in box), before]


class _Former:
    """The regions that facesorter wrote."""

    def __init__(self, notes: object) -> None:
        found = notes if isinstance(notes, list) else []
        self._notes = [note for note in found if _is_note(note)]

    def take(self, entry: _Entry) -> list[Any] | None:
        """Return, once, the note of a region that still says what facesorter wrote."""
        return self._take(entry.name, entry.region)

    def take_gone(self, name: str, place: Region) -> list[Any] | None:
        """Return, once, the note of a region that is no longer there."""
        return self._take(name, place)

    def _take(self, name: str, place: Region) -> list[Any] | None:
        note: list[Any]
        for note in self._notes:
            if note[0] == name and Region(*note[1:5]).is_at(place):
                self._notes.remove(note)
                return note
        return None


def _is_note(note: object) -> bool:
    return (
        isinstance(note, list)
        and len(note) == 6
        and isinstance(note[0], str)
        and all(isinstance(number, int | float) for number in note[1:5])
        and (note[5] is None or isinstance(note[5], str))
    )


def _places(
    people: Sequence[NamedRegion],
    there: Sequence[_Entry],
    applied: tuple[int, int] | None,
    content: Content,
) -> list[Region]:
    """Return the regions in the picture that a list is about, see [Note: the stored picture]."""
    if content.size is None:
        return []
    flat = [each.region for each in people]
    kept = [region_frames.stored(region, content.orientation) for region in flat]
    size, sideways = content.size, region_frames.is_sideways(content.orientation)
    if there and content.orientation != 1:
        known = [entry.region for entry in there]
        as_stored, as_upright = (len(match_regions(known, each)) for each in (kept, flat))
        swapped = sideways and applied == (size[1], size[0]) != size
        if as_upright > as_stored or (as_upright == as_stored and swapped):
            kept = flat
            size = (size[1], size[0]) if sideways else size
    return [_in_thirds(region, size) for region in kept]


def _in_thirds(region: Region, size: tuple[int, int]) -> Region:
    """Return a region whose edges are at thirds of pixels, see [Note: thirds]."""
    width, height = 3 * size[0], 3 * size[1]
    left, top = round(region.x * width), round(region.y * height)
    right, bottom = round((region.x + region.w) * width), round((region.y + region.h) * height)
    left, top = max(0, left), max(0, top)
    right, bottom = min(width, right), min(height, bottom)
    return Region(
        left / width,
        top / height,
        max(1, right - left) / width,
        max(1, bottom - top) / height,
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    """A face that is in a list."""

    node: etree._Element
    name: str
    region: Region


class _Regions(ABC):
    """One kind of regions in a sidecar: what is common to both."""

    name: str
    _list: str
    """The property that holds the list, in the structure `name`."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def read(self) -> list[_Entry]:
        """Return the faces that are there, named or not."""
        found = []
        for node in self._nodes():
            entry = self._entry(node)
            if entry is not None:
                found.append(entry)
        return found

    def applied(self) -> tuple[int, int] | None:
        """Return the size of the picture that the list is about, px, where it is given."""
        return None

    @abstractmethod
    def add(self, name: str, place: Region, size: tuple[int, int] | None) -> None:
        """Add a face."""

    @abstractmethod
    def rename(self, entry: _Entry, name: str) -> None:
        """Write another name."""

    @abstractmethod
    def move(self, entry: _Entry, place: Region) -> None:
        """Write another place."""

    def take_back(self, entry: _Entry, before: str | None) -> None:
        """Undo what facesorter wrote of a region: its name, or all of it."""
        if before is not None:
            self.rename(entry, before)
            return
        remove(entry.node)
        owner = self._document.find(self.name)
        if owner is not None and not self._nodes():
            self._document.drop(owner)

    @abstractmethod
    def _entry(self, node: etree._Element) -> _Entry | None: ...

    def _nodes(self) -> list[etree._Element]:
        owner = self._document.find(self.name)
        if owner is None:
            return []
        return [
            item
            for found in owner.iter(tag(self._list))
            for bag in found
            if isinstance(bag.tag, str)
            for item in bag.findall(tag("rdf:li"))
        ]

    def _bag(self) -> etree._Element:
        """Return the list, made if missing."""
        owner = self._document.find(self.name)
        if owner is None:
            owner = self._document.add(self.name)
            owner.set(_RESOURCE, "Resource")
        found = next(owner.iter(tag(self._list)), None)
        if found is None:
            # Its structure may be a description inside.
            inner = owner.find(tag("rdf:Description"))
            prefix = self._list.partition(":")[0]
            home = owner if inner is None else inner
            found = etree.SubElement(home, tag(self._list), nsmap={prefix: SPACES[prefix]})
        for bag in found:
            if bag.tag in (tag("rdf:Bag"), tag("rdf:Seq")):
                return bag
        return etree.SubElement(found, tag("rdf:Bag"))


class _Mwg(_Regions):
    """Regions of the Metadata Working Group: centers and sizes."""

    name, _list = "mwg-rs:Regions", "mwg-rs:RegionList"

    def applied(self) -> tuple[int, int] | None:
        owner = self._document.find(self.name)
        found = None if owner is None else next(owner.iter(tag("mwg-rs:AppliedToDimensions")), None)
        try:
            size = [] if found is None else [int(float(_value(found, f"stDim:{c}"))) for c in "wh"]
        except (ValueError, OverflowError):
            return None
        return (size[0], size[1]) if size else None

    def add(self, name: str, place: Region, size: tuple[int, int] | None) -> None:
        bag = self._bag()
        owner = self._document.find(self.name)
        if size is not None and owner is not None and len(bag) == 0:
            self._apply(owner, size)
        item = etree.SubElement(bag, tag("rdf:li"))
        item.set(_RESOURCE, "Resource")
        etree.SubElement(item, tag("mwg-rs:Name")).text = name
        etree.SubElement(item, tag("mwg-rs:Type")).text = "Face"
        area = etree.SubElement(item, tag("mwg-rs:Area"), nsmap={"stArea": SPACES["stArea"]})
        self._put(area, place)
        area.set(tag("stArea:unit"), "normalized")

    def rename(self, entry: _Entry, name: str) -> None:
        _set_value(entry.node, "mwg-rs:Name", name)

    def move(self, entry: _Entry, place: Region) -> None:
        area = next(entry.node.iter(tag("mwg-rs:Area")))
        self._put(area, place)

    def _apply(self, owner: etree._Element, size: tuple[int, int]) -> None:
        if next(owner.iter(tag("mwg-rs:AppliedToDimensions")), None) is not None:
            return
        made = etree.Element(tag("mwg-rs:AppliedToDimensions"), nsmap={"stDim": SPACES["stDim"]})
        for name, value in (("w", str(size[0])), ("h", str(size[1])), ("unit", "pixel")):
            made.set(tag(f"stDim:{name}"), value)
        found = next(owner.iter(tag(self._list)))
        found.addprevious(made)

    def _put(self, area: etree._Element, place: Region) -> None:
        center = (place.x + place.w / 2, place.y + place.h / 2, place.w, place.h)
        for name, number in zip("xywh", center, strict=True):
            _set_value(area, f"stArea:{name}", f"{number:.9f}")

    def _entry(self, node: etree._Element) -> _Entry | None:
        area = next(node.iter(tag("mwg-rs:Area")), None)
        if area is None or (_value(node, "mwg-rs:Type") or "Face").strip() != "Face":
            return None
        try:
            x, y, w, h = (float(_value(area, f"stArea:{name}")) for name in "xywh")
        except ValueError:
            return None
        if not (0 < w <= 1 and 0 < h <= 1):
            return None  # pixels, a point, or nonsense
        return _Entry(node, _value(node, "mwg-rs:Name"), Region(x - w / 2, y - h / 2, w, h))


class _Microsoft(_Regions):
    """Regions of Microsoft's people schema: corners and sizes."""

    name, _list = "MP:RegionInfo", "MPRI:Regions"

    def add(self, name: str, place: Region, size: tuple[int, int] | None) -> None:
        item = etree.SubElement(self._bag(), tag("rdf:li"), nsmap={"MPReg": SPACES["MPReg"]})
        item.set(tag("MPReg:PersonDisplayName"), name)
        item.set(tag("MPReg:Rectangle"), _rectangle(place))

    def rename(self, entry: _Entry, name: str) -> None:
        _set_value(entry.node, "MPReg:PersonDisplayName", name)

    def move(self, entry: _Entry, place: Region) -> None:
        _set_value(entry.node, "MPReg:Rectangle", _rectangle(place))

    def _entry(self, node: etree._Element) -> _Entry | None:
        try:
            x, y, w, h = map(float, _value(node, "MPReg:Rectangle").split(","))
        except ValueError:
            return None
        if not (0 < w <= 1 and 0 < h <= 1):
            return None
        return _Entry(node, _value(node, "MPReg:PersonDisplayName"), Region(x, y, w, h))


def _rectangle(place: Region) -> str:
    return ", ".join(f"{number:.9f}" for number in (place.x, place.y, place.w, place.h))


def _value(node: etree._Element, name: str) -> str:
    """Return a field of a structure, attribute or element; "" if missing."""
    key = tag(name)
    for each in node.iter(tag("rdf:Description"), node.tag):
        if key in each.attrib:
            return str(each.get(key))
        found = each.find(key)
        if found is not None:
            return found.text or ""
    return ""


def _set_value(node: etree._Element, name: str, value: str) -> None:
    """Write a field of a structure where it is; "" leaves it empty."""
    key = tag(name)
    for each in node.iter(tag("rdf:Description"), node.tag):
        if key in each.attrib:
            each.set(key, value)
            return
        found = each.find(key)
        if found is not None:
            found.text = value
            return
    home = node.find(tag("rdf:Description"))
    home = node if home is None else home
    if name.startswith(("stArea:", "MPReg:")):
        home.set(key, value)
    else:
        etree.SubElement(home, key).text = value
