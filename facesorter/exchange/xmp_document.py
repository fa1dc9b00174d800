"""An XMP sidecar being edited; everything else in it is preserved byte for byte."""

from __future__ import annotations

import codecs
import re

from lxml import etree

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
SPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "facesorter": "https://github.com/facesorter/facesorter/ns/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "MicrosoftPhoto": "http://ns.microsoft.com/photo/1.0",
    "MicrosoftPhoto/": "http://ns.microsoft.com/photo/1.0/",
    "MP": "http://ns.microsoft.com/photo/1.2/",
    "MPRI": "http://ns.microsoft.com/photo/1.2/t/RegionInfo#",
    "MPReg": "http://ns.microsoft.com/photo/1.2/t/Region#",
    "mwg-rs": "http://www.metadataworkinggroup.com/schemas/regions/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "rdf": RDF,
    "stArea": "http://ns.adobe.com/xmp/sType/Area#",
    "stDim": "http://ns.adobe.com/xap/1.0/sType/Dimensions#",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
}
"""Namespaces by their usual prefix. That of facesorter itself never changes; Microsoft's is written
with and without a slash."""
_DECLARED = {prefix: space for prefix, space in SPACES.items() if prefix[:5] != "Micro"}
LARGEST = 16 << 20
"""Bytes of a sidecar that is edited; Lightroom's with many masks have some megabytes."""
MOST_TAGS = 500_000
"""Tags of a sidecar that is edited; each takes 150 bytes of memory, and large ones have 50,000."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ROOT = re.compile(r"<((?:[\w.-]+:)?(?:xmpmeta|xapmeta|RDF))(?=[\s/>])")
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML can't hold."""
_NEW = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="facesorter">\n'
    f' <rdf:RDF xmlns:rdf="{RDF}">\n </rdf:RDF>\n</x:xmpmeta>\n<?xpacket end="w"?>\n'
)


def tag(name: str) -> str:
    """Return the expanded form of a name such as ``dc:title``."""
    prefix, _, local = name.partition(":")
    return f"{{{SPACES[prefix]}}}{local}"


def clean(text: str) -> str:
    """Return a text without the characters that XML can't hold."""
    return _UNWRITABLE.sub("", text)


class Document:
    """The properties of a sidecar, and everything else in it."""

    def __init__(self, data: bytes = b"") -> None:
        """Parse a sidecar; a new one by default.

        External entities and DTDs aren't loaded, and depth and size are limited.

        Raises:
            ValueError: It isn't a sidecar that can be edited without losing anything.
        """
        if len(data) > LARGEST:
            raise ValueError("too large")
        self._bom, self._encoding = next(
            ((bom, code) for bom, code in _BOMS if data.startswith(bom)), (b"", "utf-8")
        )
        if not self._bom and data[:4].count(0) == 2:
            self._encoding = "utf-16-be" if data[0] == 0 else "utf-16-le"
        text = data[len(self._bom) :].decode(self._encoding) or _NEW
        self._crlf = "\r\n" in text
        if text.count("<") > MOST_TAGS:
            raise ValueError("too many tags")
        begin = _ROOT.search(text)
        if begin is None or "<!DOCTYPE" in text[: begin.start()]:
            raise ValueError("not XMP")
        close = f"</{begin[1]}>"
        end = text.rfind(close)
        if end < 0:
            raise ValueError("not XMP: no end")
        end += len(close)
        self._before, self._after = text[: begin.start()], text[end:]
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        )
        try:
            self._root = etree.fromstring(text[begin.start() : end].encode(), parser)
        except etree.XMLSyntaxError as error:
            raise ValueError(f"not XMP: {error}") from error
        is_rdf = self._root.tag == tag("rdf:RDF")
        rdf = self._root if is_rdf else self._root.find(tag("rdf:RDF"))
        if rdf is None:
            raise ValueError("not XMP: no RDF")
        self._rdf = rdf
        self._home: etree._Element | None = None

    def bytes(self) -> bytes:
        """Return the sidecar, in the encoding and with the line ends that it had."""
        inner: str = etree.tostring(self._root, encoding="unicode", with_tail=False)
        if self._crlf:
            inner = inner.replace("\n", "\r\n")
        whole = self._before + inner + self._after
        return self._bom + whole.encode(self._encoding)

    # Simple properties: texts, and texts of which there is one per language.

    def text(self, name: str) -> str | None:
        """Return a property's text, that of the default language of several; None if missing."""
        key = tag(name)
        node = self.find(name)
        if node is None:
            return next(
                (each.get(key) for each in self._descriptions() if key in each.attrib), None
            )
        alternatives = node.find(tag("rdf:Alt"))
        if alternatives is None:
            return node.text or ""
        item = _default(alternatives)
        return None if item is None else item.text or ""

    def set_text(self, name: str, text: str | None, *, by_language: bool = False) -> None:
        """Write a property's text in place, or add it; None removes it.

        Other languages than the default one stay.
        """
        key, node = tag(name), self.find(name)
        if node is None:
            for each in self._descriptions():
                if key in each.attrib:
                    if text is None:
                        del each.attrib[key]
                    else:
                        each.set(key, clean(text))
                    return
        if text is None:
            if node is not None:
                self._drop_text(node)
            return
        if node is None:
            node = self.add(name)
            if by_language:
                etree.SubElement(node, tag("rdf:Alt"))
        alternatives = node.find(tag("rdf:Alt"))
        if alternatives is None:
            node.text = clean(text)
            return
        item = _default(alternatives)
        if item is None:
            item = etree.Element(tag("rdf:li"))
            item.set(_LANGUAGE, "x-default")
            alternatives.insert(0, item)
        item.text = clean(text)

    def _drop_text(self, node: etree._Element) -> None:
        alternatives = node.find(tag("rdf:Alt"))
        if alternatives is not None:
            item = _default(alternatives)
            if item is not None:
                remove(item)
            if len(alternatives):
                return
        self.drop(node)

    # Lists.

    def items(self, name: str) -> list[str]:
        """Return the texts of a list; a text in its place is a list of one."""
        node = self.find(name)
        if node is None or _container(node) is None:
            text = (self.text(name) or "").strip()
            return [text] if text else []
        return [item.text or "" for item in self._items(name)]

    def add_item(self, name: str, text: str) -> None:
        """Append a text to a list, which is made if it is missing."""
        node = self.find(name)
        if node is None:
            former = self.text(name)  # an attribute
            if former is not None:
                self.set_text(name, None)
            node = self.add(name)
            bag = etree.SubElement(node, tag("rdf:Bag"))
            if former:
                etree.SubElement(bag, tag("rdf:li")).text = former
        else:
            bag = _container(node)
            if bag is None:
                former, node.text = node.text, None
                bag = etree.SubElement(node, tag("rdf:Bag"))
                if former and former.strip():
                    etree.SubElement(bag, tag("rdf:li")).text = former
        etree.SubElement(bag, tag("rdf:li")).text = clean(text)

    def remove_item(self, name: str, text: str) -> None:
        """Remove a text from a list, and a list of our own that becomes empty by it.

        Another program's list stays, even if it has nothing: it may have been so before.
        """
        for node in self._items(name):
            if (node.text or "") == text:
                bag = node.getparent()
                remove(node)
                owner = None if bag is None else bag.getparent()
                if bag is None or owner is None or len(bag):
                    return
                home = self._own()
                if home is None or owner.getparent() is home:
                    self.drop(owner)
                return

    def _items(self, name: str) -> list[etree._Element]:
        node = self.find(name)
        bag = None if node is None else _container(node)
        return [] if bag is None else bag.findall(tag("rdf:li"))

    # Elements.

    def find(self, name: str) -> etree._Element | None:
        """Return the element of a property, or None."""
        key = tag(name)
        for description in self._descriptions():
            found = description.find(key)
            if found is not None:
                return found
        return None

    def add(self, name: str) -> etree._Element:
        """Add a property in a description of our own, so that nobody else's changes.

        The namespaces are declared there rather than with each property: some programs look for
        properties as text.
        """
        if self._home is None or self._home.getparent() is None:
            self._home = self._own()
        if self._home is None:
            known = self._descriptions()
            spaces = self._prefixes()
            self._home = etree.SubElement(self._rdf, tag("rdf:Description"), nsmap=spaces)
            self._home.set(tag("rdf:about"), known[0].get(tag("rdf:about"), "") if known else "")
            self._home.text, self._home.tail = "\n   ", "\n "
        made = etree.SubElement(self._home, tag(name))
        made.tail = "\n   "
        return made

    def _prefixes(self) -> dict[str, str]:
        """Return the namespaces to declare, with the prefixes that the sidecar has for them.

        exiv2 can't read a sidecar with two prefixes for one namespace.
        """
        there = {
            space: prefix
            for node in self._root.iter(etree.Element)
            for prefix, space in node.nsmap.items()
            if prefix
        }
        return {there.get(space, prefix): space for prefix, space in _DECLARED.items()}

    def _own(self) -> etree._Element | None:
        """Return the description that facesorter made before."""
        note = self.find("facesorter:Written")
        return None if note is None else note.getparent()

    def drop(self, node: etree._Element) -> None:
        """Remove a property, and the description that held nothing else."""
        home = node.getparent()
        remove(node)
        if home is not None and not len(home) and set(home.attrib) <= {tag("rdf:about")}:
            remove(home)

    def _descriptions(self) -> list[etree._Element]:
        return list(self._rdf.iterchildren(tag("rdf:Description")))


def remove(node: etree._Element) -> None:
    """Remove an element that facesorter added, and the space after it, but no text."""
    parent = node.getparent()
    if parent is None:
        return
    before, tail = node.getprevious(), (node.tail or "").strip()
    if tail and before is not None:
        before.tail = (before.tail or "") + tail
    elif tail:
        parent.text = (parent.text or "") + tail
    parent.remove(node)


def _default(alternatives: etree._Element) -> etree._Element | None:
    for item in alternatives.findall(tag("rdf:li")):
        if item.get(_LANGUAGE, "x-default").lower() == "x-default":
            return item
    return None


def _container(node: etree._Element) -> etree._Element | None:
    for kind in ("rdf:Bag", "rdf:Seq", "rdf:Alt"):
        found = node.find(tag(kind))
        if found is not None:
            return found
    return None
