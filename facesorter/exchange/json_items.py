"""Reader for JSON files of any size, item by item."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from facesorter.errors import UserError
from facesorter.exchange.reading import unlike_any

LARGEST_ITEM: Final = 8 << 20
"""Bytes of an item that is parsed, which takes ten times as much memory; osxphotos writes some
10 KB a photo."""
_DEEPEST: Final = 64
"""Lists and objects within each other; real files have ten."""
_CHUNK: Final = 1 << 16
_SIGNS = re.compile(rb'\\.|["{}\[\]]', re.DOTALL)
"""What decides about structure, and escapes, which hide a quotation mark."""


def read_items(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file: those of a list, one by line, or the only one.

    In memory is one item at a time. What isn't an object is left out. Blocks.

    Raises:
        UserError: It isn't JSON, or an item is too large or nested too deeply.
        OSError: The file can't be read.
    """
    for data in _slices(path):
        try:
            item = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise _damaged() from error
        if isinstance(item, dict):
            yield item


def read_object(data: bytes) -> Any:
    """Parse a small file; None if it isn't JSON. Never raises."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _slices(path: Path) -> Iterator[bytes]:
    """Yield the bytes of each outermost object, or of each object of an outermost list."""
    splitter = _Splitter()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            # An escape must not be cut in two.
            if (len(chunk) - len(chunk.rstrip(b"\\"))) % 2:
                chunk += file.read(1)
            yield from splitter.feed(chunk)
    if splitter.depth or splitter.in_text:
        raise _damaged()


class _Splitter:
    """Finds where objects begin and end, without parsing them."""

    def __init__(self) -> None:
        self.depth = 0
        self.in_text = False
        self._outer = 0
        """Depth at which items are: 1 within a list, else 0."""
        self._kept: bytearray | None = None
        """The item that a former chunk began; None outside of items."""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        begin = 0
        for match in _SIGNS.finditer(chunk):
            sign = match[0]
            if sign == b'"':
                self.in_text = not self.in_text
            elif self.in_text or len(sign) > 1:
                continue
            elif sign in b"{[":
                if self._kept is None and sign == b"{" and self.depth == self._outer:
                    self._kept, begin = bytearray(), match.start()
                elif self.depth == 0:
                    self._outer = 1
                self._deeper()
            else:
                self.depth -= 1
                if self.depth < 0:
                    raise _damaged()
                if self._kept is not None and self.depth == self._outer:
                    self._keep(chunk[begin : match.end()])
                    yield bytes(self._kept)
                    self._kept = None
                elif self.depth == 0:
                    self._outer = 0
        if self._kept is not None:
            self._keep(chunk[begin:])

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise unlike_any()

    def _keep(self, part: bytes) -> None:
        assert self._kept is not None
        self._kept += part
        if len(self._kept) > LARGEST_ITEM:
            raise unlike_any()


def _damaged() -> UserError:
    return UserError("The file isn’t JSON, or it is damaged.")
