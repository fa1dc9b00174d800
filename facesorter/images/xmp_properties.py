"""Reader for simple properties of XMP: texts and lists, by conventional names such as `dc:title`.

For reading only, as `images.xmp` edits whole packets: of a broken one, what stands before the fault
is read, too. No tree is built, nothing outside the packet is loaded, and a document type (the only
way to make a small packet large) ends the reading, because packets come from anywhere.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from xml.parsers import expat

_PREFIXES = {
    "adobe:ns:meta/": "x",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://cipa.jp/exif/1.0/": "exifEX",
    "http://ns.adobe.com/exif/1.0/aux/": "aux",
    "http://ns.microsoft.com/photo/1.0": "microsoft",
    "http://ns.microsoft.com/photo/1.0/": "microsoft",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://www.w3.org/XML/1998/namespace": "xml",
}
"""The namespaces that are read, and the prefix that this program calls each by."""
_DEFAULT = "x-default"
_DEEPEST = 64
"""Elements within each other; real packets have ten."""
_MOST = 1000
"""Texts of a property that are read; more are damage, or meant to take time."""


@dataclass(slots=True)
class Properties:
    """The properties of a packet, by name."""

    found: dict[str, list[str]] = field(default_factory=dict)

    def first(self, name: str) -> str | None:
        """Return a property's text, of several languages the default one; None without any."""
        return next(iter(self.found.get(name, ())), None)

    def every(self, name: str) -> list[str]:
        """Return the items of a list, in order."""
        return self.found.get(name, [])


class _Refused(Exception):  # noqa: N818 - ends the reading, as in `cancel`
    """The packet has a document type or is nested too deeply."""


def read(packet: bytes) -> Properties:
    """Read a packet or a sidecar, as far as it is well-formed. Thread: any; never raises."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse
    # What was read before an error is right.
    with contextlib.suppress(expat.ExpatError, _Refused, UnicodeError, ValueError):
        parser.Parse(trimmed(packet), True)
    return reader.properties


def _refuse(*_: object) -> None:
    raise _Refused


def trimmed(packet: bytes) -> bytes:
    """Return the XML of a packet as UTF-8, without what surrounds it.

    Some have the tails of longer, older packets behind them, and UTF-16 in spite of a declaration.
    """
    if packet[:64].count(0) >= 16:  # a few are padding, also of UTF-8
        big = packet.startswith((b"\xfe\xff", b"\x00"))
        text = packet[: len(packet) // 2 * 2].decode("utf-16-be" if big else "utf-16-le", "replace")
        packet = text.encode("utf-8", "replace")
    try:
        packet.decode("utf-8")
    except UnicodeDecodeError:
        packet = packet.decode("latin-1").encode("utf-8")
    begin = re.search(rb"<(?:\w+:)?(?:xmpmeta|xapmeta|RDF)\b", packet)
    if begin is None or b"<!DOCTYPE" in packet[: begin.start()]:
        return b""
    packet = packet[begin.start() :]
    end = re.search(rb"<\?xpacket\s+end", packet)
    packet = packet[: end.start()] if end else packet
    close = re.search(rb"</(?:\w+:)?(?:xmpmeta|xapmeta)\s*>", packet)
    return packet[: close.end()] if close else packet.rstrip(b"\x00")


class _Reader:
    """Collects properties: attributes and elements of a description, and the items of lists."""

    def __init__(self) -> None:
        self.properties = Properties()
        self._path: list[str] = []
        self._texts: list[list[str]] = []
        self._default = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._path) >= _DEEPEST:
            raise _Refused
        self._path.append(_short(name))
        self._texts.append([])
        for key, value in attributes.items():
            self._take(_short(key), value)
        language = attributes.get("http://www.w3.org/XML/1998/namespace lang", "")
        self._default = language.casefold() == _DEFAULT

    def text(self, data: str) -> None:
        if self._texts:
            self._texts[-1].append(data)

    def end(self, _name: str) -> None:
        short, text = self._path.pop(), "".join(self._texts.pop()).strip()
        if short == "rdf:li":
            # property, Alt or Bag or Seq, li
            owner = self._path[-2] if len(self._path) >= 2 else ""
            self._take(owner, text, first=self._default)
            self._default = False
        else:
            self._take(short, text)

    def _take(self, name: str, value: str, *, first: bool = False) -> None:
        # Within something unknown, such as a region or the history, a name means something else.
        if name and value and not name.startswith(("rdf:", "xml:", "x:")) and "" not in self._path:
            items = self.properties.found.setdefault(name, [])
            if len(items) < _MOST:
                items.insert(0 if first else len(items), value)


def _short(name: str) -> str:
    """Return "dc:title" for an expanded name; "" for namespaces that aren't read."""
    space, _, local = name.rpartition(" ")
    prefix = _PREFIXES.get(space)
    return f"{prefix}:{local}" if prefix else ""
