"""Reader for the metadata of video files, from their headers alone.

ISO base media (MP4, QuickTime, 3GP: ISO/IEC 14496-12, Apple's QuickTime File Format), Matroska and
WebM (RFC 9559), RIFF (AVI), and AVCHD (`images.avchd`). Reads little of a file, however large, and
takes nothing in it at its word: sizes, counts and depths are bounded.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from facesorter.images import avchd
from facesorter.images.dates import iso_date, parse_date

MOST_BOXES = 4_096
"""Boxes, elements or chunks that are looked at in a file; a long video's header has hundreds."""
LARGEST = 1 << 20
"""Bytes of one value that are read: XMP packets are the largest."""
DEEPEST = 8
_HEAD = 600
"""Bytes that tell which kind of file it is: three packets of a transport stream."""

_SINCE_1904 = 2_082_844_800
"""Seconds from QuickTime's epoch to Unix's."""
_SINCE_2001 = 978_307_200
"""Seconds from Unix's epoch to Matroska's."""
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
"""The UUID of a box with an XMP packet (XMP specification, part 3)."""


@dataclass(frozen=True, slots=True)
class VideoHeader:
    """What a video says about itself; None or "" where it says nothing."""

    duration: float | None = None
    """Seconds."""
    width: int = 0
    """Pixels, upright: as it is shown."""
    height: int = 0
    rotation: int = 0
    """Degrees clockwise by which decoded frames are turned to be upright: 0, 90, 180 or 270."""
    created: float | None = None
    """Seconds since 1970, UTC: when the recording began, or the file was made."""
    recorded: str | None = None
    """The time on the camera's clock, local, maybe with an offset: "2019-07-24T11:25:40+0300"."""
    make: str | None = None
    model: str | None = None
    latitude: float | None = None
    """Degrees, negative in the south."""
    longitude: float | None = None
    altitude: float | None = None
    title: str | None = None
    caption: str | None = None
    xmp: bytes = b""
    primaries: int = 1
    transfer: int = 1
    """Code points of ITU-T H.273 for colors: 16 is PQ, 18 is HLG, both HDR."""
    texts: dict[str, str] = field(default_factory=dict)
    """Apple's metadata by key."""


def read(file: BinaryIO) -> VideoHeader:
    """Read a video's header; what is damaged is left out. Thread: any; blocks.

    Raises:
        OSError: The file can't be read.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(_HEAD)
    try:
        if head[:4] == b"\x1aE\xdf\xa3":
            return _Matroska(file).read(size)
        if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
            return _Riff(file).read(size)
        if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"uuid"):
            return _Iso(file).read(size)
        if avchd.is_stream(head):
            return VideoHeader(recorded=avchd.recorded(head + file.read(avchd.LOOKED_AT)))
    except (struct.error, ValueError, ArithmeticError, IndexError, RecursionError):
        pass  # damaged: the decoder may still read it
    return VideoHeader()


class _Bounded:
    """A file read in small pieces, and not for ever."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = MOST_BOXES

    def count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise ValueError("too many boxes")

    def at(self, place: int, length: int) -> bytes:
        self._file.seek(place)
        return self._file.read(min(length, LARGEST))


class _Iso(_Bounded):
    """MP4, QuickTime, 3GP: boxes in boxes, big-endian."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self._found = VideoHeader()
        self._keys: list[str] = []

    def read(self, size: int) -> VideoHeader:
        for kind, start, end in self._boxes(0, size):
            if kind == b"moov":
                self._moov(start, end)
            elif kind == b"uuid" and self.at(start, 16) == _XMP:
                self._found = replace(self._found, xmp=self.at(start + 16, end - start - 16))
        return self._described()

    def _boxes(self, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
        """Yield kind, start and end of the content of each box."""
        while start + 8 <= end:
            self.count()
            length, kind = struct.unpack(">I4s", self.at(start, 8))
            head = 8
            if length == 1:
                (length,) = struct.unpack(">Q", self.at(start + 8, 8))
                head = 16
            elif length == 0:
                length = end - start
            if length < head:
                return
            yield kind, start + head, min(start + length, end)
            start += length

    def _moov(self, start: int, end: int) -> None:
        for kind, inner, until in self._boxes(start, end):
            if kind == b"mvhd":
                created, duration = self._times(inner)
                self._found = replace(self._found, created=created, duration=duration)
            elif kind == b"trak":
                self._track(inner, until)
            elif kind == b"meta":
                self._meta(inner, until)
            elif kind == b"udta":
                self._user_data(inner, until)
            elif kind == b"mvex" and not self._found.duration:
                for part, at, stop in self._boxes(inner, until):
                    if part == b"mehd":
                        self._fragments(at, stop)

    def _fragments(self, start: int, end: int) -> None:
        """Read the length of a fragmented file, in the scale of the movie that came before."""
        data = self.at(start, end - start)
        (length,) = struct.unpack_from(">Q" if data[0] == 1 else ">I", data, 4)
        if self._scale:
            self._found = replace(self._found, duration=length / self._scale)

    _scale = 0

    def _times(self, start: int) -> tuple[float | None, float | None]:
        """Return creation time and duration of an mvhd or mdhd box."""
        data = self.at(start, 32)
        if data[0] == 1:
            created, _, scale, duration = struct.unpack_from(">QQIQ", data, 4)
            unknown = 2**64 - 1
        else:
            created, _, scale, duration = struct.unpack_from(">IIII", data, 4)
            unknown = 2**32 - 1
        self._scale = scale
        # Some cameras count from 1970.
        since = created - _SINCE_1904 if created >= _SINCE_1904 else created
        known = created and 0 < since < 2**33
        long = None if not scale or duration == unknown else duration / scale
        return (float(since) if known else None), long

    def _track(self, start: int, end: int) -> None:
        head, handler, entry = b"", b"", (0, 0)
        for kind, inner, until in self._boxes(start, end):
            if kind == b"tkhd":
                head = self.at(inner, until - inner)
            elif kind == b"mdia":
                for part, at, stop in self._boxes(inner, until):
                    if part == b"hdlr":
                        handler = self.at(at + 8, 4)
                    elif part == b"minf":
                        entry = self._sample_entry(at, stop) or entry
        if handler != b"vide" or self._found.width or not head:
            return
        at = 52 if head[0] == 1 else 40
        a, b = struct.unpack_from(">ii", head, at)
        wide, high = (value >> 16 for value in struct.unpack_from(">II", head, at + 36))
        turned = {(1, 0): 0, (0, 1): 90, (-1, 0): 180, (0, -1): 270}
        sign = ((a > 0) - (a < 0), (b > 0) - (b < 0))
        rotation = turned.get(sign if 0 in sign else (1, 0), 0)
        if entry[0]:
            codec, place = entry
            self._colours(codec, place)
            wide, high = struct.unpack(">HH", self.at(codec + 24, 4)) if not wide else (wide, high)
        if rotation in (90, 270):
            wide, high = high, wide
        self._found = replace(self._found, rotation=rotation, width=wide, height=high)

    def _sample_entry(self, start: int, end: int) -> tuple[int, int] | None:
        """Return start and end of the content of the first sample entry."""
        for kind, inner, until in self._boxes(start, end):
            if kind == b"stbl":
                for part, at, stop in self._boxes(inner, until):
                    if part == b"stsd":
                        for _, first, last in self._boxes(at + 8, stop):
                            return first, last
        return None

    def _colours(self, start: int, end: int) -> None:
        for kind, inner, _ in self._boxes(start + 78, end):
            if kind == b"colr":
                data = self.at(inner, 8)
                if data[:4] in (b"nclx", b"nclc"):
                    primaries, transfer = struct.unpack_from(">HH", data, 4)
                    self._found = replace(self._found, primaries=primaries, transfer=transfer)

    def _meta(self, start: int, end: int) -> None:
        # QuickTime's has no version in front, ISO's has.
        if self.at(start + 4, 4) != b"hdlr":
            start += 4
        for kind, inner, until in self._boxes(start, end):
            if kind == b"keys":
                self._keys = [
                    self.at(at, stop - at).decode("utf-8", "replace")
                    for _, at, stop in self._boxes(inner + 8, until)
                ]
            elif kind == b"ilst":
                for item, at, stop in self._boxes(inner, until):
                    self._item(item, at, stop)

    def _item(self, item: bytes, start: int, end: int) -> None:
        number = int.from_bytes(item, "big")
        key = self._keys[number - 1] if 0 < number <= len(self._keys) else item.decode("latin-1")
        for kind, inner, until in self._boxes(start, end):
            if kind == b"data" and self.at(inner, 4)[3:] == b"\x01":
                text = self.at(inner + 8, until - inner - 8).decode("utf-8", "replace")
                self._found.texts.setdefault(key, text)

    def _user_data(self, start: int, end: int) -> None:
        for kind, inner, until in self._boxes(start, end):
            if kind == b"meta":
                self._meta(inner, until)
            elif kind == b"XMP_":
                self._found = replace(self._found, xmp=self.at(inner, until - inner))
            elif kind[:1] == b"\xa9" and until - inner > 4:
                data = self.at(inner, until - inner)
                length = int.from_bytes(data[:2], "big")
                text = data[4 : 4 + length].decode("utf-8", "replace")
                self._found.texts.setdefault(kind.decode("latin-1"), text)

    def _described(self) -> VideoHeader:
        texts = self._found.texts

        def first(*keys: str) -> str | None:
            found = (texts.get(key, "").strip("\x00 \n") for key in keys)
            return next((text for text in found if text), None)

        apple = "com.apple.quicktime."
        place = _place(first(f"{apple}location.ISO6709", "\xa9xyz"))
        return replace(
            self._found,
            recorded=first(f"{apple}creationdate") or _with_time(texts.get("\xa9day")),
            make=first(f"{apple}make", "\xa9mak", "\xa9MAK", "com.android.manufacturer"),
            model=first(f"{apple}model", "\xa9mod", "\xa9MOD", "com.android.model"),
            title=first(f"{apple}title", f"{apple}displayname", "\xa9nam"),
            caption=first(f"{apple}description", "desc", "\xa9des", "\xa9cmt"),
            latitude=place[0],
            longitude=place[1],
            altitude=place[2],
        )


def _with_time(text: str | None) -> str | None:
    """Return a camera's date; one without a time is the day on which a film was released."""
    return text if text and len(text) >= len("2019-07-24T11:25:40") else None


_POSITION = re.compile(r"([-+]\d+(?:\.\d+)?)([-+]\d+(?:\.\d+)?)([-+]\d+(?:\.\d+)?)?")


def _place(text: str | None) -> tuple[float | None, float | None, float | None]:
    """Read ISO 6709: "+32.0929+034.8620+015.123/"."""
    match = _POSITION.match(text or "")
    if match is None:
        return None, None, None
    latitude, longitude = float(match[1]), float(match[2])
    if not (latitude or longitude) or abs(latitude) > 90 or abs(longitude) > 180:
        return None, None, None
    return latitude, longitude, float(match[3]) if match[3] else None


class _Matroska(_Bounded):
    """Matroska and WebM: elements with numbers and lengths of variable size."""

    _PARENTS = frozenset(
        {0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0xE0, 0x55B0, 0x7670}
    )  # Segment, Info, Tracks, TrackEntry, Video, Colour, Projection
    _CLUSTER = 0x1F43B675

    def read(self, size: int) -> VideoHeader:
        scale, long = 1_000_000, None
        found = VideoHeader()
        for number, start, length in self._elements(0, size, 0):
            data = self.at(start, min(length, 4096))
            value = int.from_bytes(data, "big") if length <= 8 else 0
            match number:
                case 0x2AD7B1:
                    scale = value
                case 0x4489:
                    long = struct.unpack(">f" if length == 4 else ">d", data)[0]
                case 0x4461:
                    since = struct.unpack(">q", data)[0] / 1e9 + _SINCE_2001
                    found = replace(found, created=since)
                case 0x7BA9:
                    found = replace(found, title=data.decode("utf-8", "replace").strip("\x00"))
                case 0xB0 if not found.width:
                    found = replace(found, width=value)
                case 0xBA if not found.height:
                    found = replace(found, height=value)
                case 0x55BA:
                    found = replace(found, transfer=value)
                case 0x55BB:
                    found = replace(found, primaries=value)
        return replace(found, duration=None if long is None else long * scale / 1e9)

    def _elements(self, start: int, end: int, depth: int) -> Iterator[tuple[int, int, int]]:
        while start < end:
            self.count()
            head = self.at(start, 12)
            if not head:
                return
            number, used = _variable(head, marked=True)
            length, more = _variable(head[used:], marked=False)
            inner = start + used + more
            if number == self._CLUSTER:
                return
            if length is None:  # of unknown length, as streams are
                length = end - inner
            if number in self._PARENTS and depth < DEEPEST:
                yield from self._elements(inner, min(inner + length, end), depth + 1)
            else:
                yield number or 0, inner, length
            start = inner + length


def _variable(data: bytes, *, marked: bool) -> tuple[int | None, int]:
    """Read a number of variable size, with or without its marker bit; return it and its size."""
    first = data[0]
    size = 9 - first.bit_length()
    if size > 8:
        raise ValueError("not a number of Matroska")
    value = int.from_bytes(data[:size], "big")
    if marked:
        return value, size
    bits = value & ((1 << 7 * size) - 1)
    return (None if bits == (1 << 7 * size) - 1 else bits), size


class _Riff(_Bounded):
    """AVI: chunks in lists, little-endian."""

    def read(self, size: int) -> VideoHeader:
        found, camera = VideoHeader(), dict[bytes, str]()
        for kind, start, length in self._chunks(12, size, 0):
            if kind == b"avih":
                per_frame, *_, frames = struct.unpack("<5I", self.at(start, 20))
                wide, high = struct.unpack("<II", self.at(start + 32, 8))
                long = per_frame * frames / 1e6 or None
                found = replace(found, duration=long, width=wide, height=high)
            elif kind in (b"IDIT", b"ICRD", b"INAM", b"ICMT", b"IART", b"ISFT"):
                text = self.at(start, min(length, 1024)).partition(b"\x00")[0]
                camera[kind] = text.decode("latin-1").strip()
        return replace(
            found,
            recorded=_riff_date(camera.get(b"IDIT", "")) or parse_date(camera.get(b"ICRD")),
            title=camera.get(b"INAM"),
            caption=camera.get(b"ICMT"),
        )

    def _chunks(self, start: int, end: int, depth: int) -> Iterator[tuple[bytes, int, int]]:
        while start + 8 <= end:
            self.count()
            kind, length = struct.unpack("<4sI", self.at(start, 8))
            if kind == b"LIST" and depth < DEEPEST:
                if self.at(start + 8, 4) != b"movi":
                    until = min(start + 8 + length, end)
                    yield from self._chunks(start + 12, until, depth + 1)
            else:
                yield kind, start + 8, length
            start += 8 + length + length % 2


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CTIME = re.compile(r"\w{3}\s+(\w{3})\s+(\d+)\s+(\d+):(\d+):(\d+)\s+(\d{4})")


def _riff_date(text: str) -> str | None:
    """Read "MON MAR 10 15:04:43 2003" or "2005/08/17/ 11:42:43"."""
    match = _CTIME.match(text)
    if match is None or match[1].lower() not in _MONTHS:
        return parse_date(text.replace("/ ", " "))
    day, hour, minute, second, year = (int(match[at]) for at in (2, 3, 4, 5, 6))
    return iso_date(year, _MONTHS.index(match[1].lower()) + 1, day, hour, minute, second)
