"""The recording date in AVCHD videos (MTS, M2TS), from the video stream itself.

The file is an MPEG transport stream (ISO/IEC 13818-1), whose packets of 188 bytes have 4 more in
front in most of these files. With the pictures, cameras write a message of their own (ISO/IEC
14496-10, D.1.6) that begins with "MDPM" and lists entries of a number and four bytes.
"""

from __future__ import annotations

from collections.abc import Iterator

LOOKED_AT = 1 << 20
"""Bytes of a file that are read: the message is in its first picture."""

_SYNC, _PACKET = 0x47, 188
_MESSAGE = bytes.fromhex("17ee8c60f84d11d98cd60800200c9a66") + b"MDPM"
_LONGEST = 1_024
"""Bytes of a message that are read, two hundred entries."""
_ZONE_AND_MONTH, _DAY_AND_TIME = 0x18, 0x19
_UNSET, _SUMMER, _WEST, _HALF = 0xFF, 0x40, 0x20, 0x01


def is_stream(head: bytes) -> bool:
    """Return whether a file is a transport stream by its first 600 bytes."""
    return _step(head) is not None


def recorded(data: bytes) -> str | None:
    """Return the date as "2011-12-13T14:15:16+01:00" from the beginning of a file, or None."""
    streams: dict[int, bytearray] = {}
    for number, payload in _payloads(data):
        streams.setdefault(number, bytearray()).extend(payload)
    for stream in streams.values():
        at = stream.find(_MESSAGE)
        if at >= 0:
            start = at + len(_MESSAGE)
            # Where the stream has two zeros, a 3 may follow that isn't part of the message.
            message = bytes(stream[start : start + _LONGEST]).replace(b"\0\0\3", b"\0\0")
            return _date(message)
    return None


def _step(data: bytes) -> tuple[int, int] | None:
    """Return where the first packet is, and how far the next one."""
    for first, step in ((0, _PACKET), (4, _PACKET + 4)):
        if len(data) > first + 2 * step and all(data[first + n * step] == _SYNC for n in range(3)):
            return first, step
    return None


def _payloads(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the stream's number and the content of each packet."""
    found = _step(data)
    if found is None:
        return
    first, step = found
    for at in range(first, len(data) - _PACKET + 1, step):
        if data[at] != _SYNC:
            return  # damaged: what came before is enough, or nothing is
        start = at + 4
        if data[at + 3] & 0x20:  # fields of varying length before the content
            start += 1 + data[start]
        if data[at + 3] & 0x10 and start < at + _PACKET:
            number = (data[at + 1] & 0x1F) << 8 | data[at + 2]
            yield number, data[start : at + _PACKET]


def _date(message: bytes) -> str | None:
    if not message:
        return None
    entries = {
        message[at]: message[at + 1 : at + 5]
        for at in range(1, 1 + 5 * message[0], 5)
        if at + 5 <= len(message)
    }
    month, time = entries.get(_ZONE_AND_MONTH), entries.get(_DAY_AND_TIME)
    if month is None or time is None:
        return None
    digits = (month[1:] + time).hex()  # two decimal digits a byte
    if not digits.isdecimal():
        return None
    year, rest = digits[:4], [digits[at : at + 2] for at in range(4, 14, 2)]
    return f"{year}-{rest[0]}-{rest[1]}T{rest[2]}:{rest[3]}:{rest[4]}{_offset(month[0])}"


def _offset(zone: int) -> str:
    """Return what a zone says, such as "+01:00"; nothing where it isn't set or can't be.

    In summer, cameras differ in whether the zone holds the hour already: nothing then, too.
    """
    hours = zone >> 1 & 0x0F
    if zone == _UNSET or zone & _SUMMER or hours > 14:
        return ""
    return f"{'-' if zone & _WEST else '+'}{hours:02}:{'30' if zone & _HALF else '00'}"
