"""Find names as people type them: whole or begun, with or without accents, in any script."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from typing import Generic, TypeVar

CLOSE = 0.6
"""Least likeness (difflib's ratio) of a name that is offered for an unknown one: "Ana" for "Anna",
"Micheal" for "Michael", but nothing for a word of another kind."""
T = TypeVar("T")


class Names(Generic[T]):
    """Names and what they stand for, found whole or by how they begin."""

    def __init__(self, known: Iterable[tuple[str, T]]) -> None:
        self.known = [(name, caseless(name), plain(name), what) for name, what in known]

    def whole(self, text: str) -> tuple[T, ...]:
        """What is called so; with other accents only where nothing is with these."""
        exact, loose = caseless(text), plain(text)
        found = [what for _, name, _, what in self.known if name == exact]
        return tuple(found or [what for _, _, name, what in self.known if name == loose])

    def beginning(self, text: str) -> tuple[T, ...]:
        """What has a name, or a word in its name, that begins so."""
        start = plain(text)
        return tuple(
            what
            for _, _, name, what in self.known
            if start and (name.startswith(start) or f" {start}" in name)
        )

    def spelled(self) -> list[str]:
        """All names."""
        return [name for name, *_ in self.known]

    def find(self, text: str) -> tuple[T, ...]:
        """What is called so, else what begins so."""
        return self.whole(text) or self.beginning(text)


def caseless(name: str) -> str:
    """Equal for names that differ in case, or in how accents are encoded, alone."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def plain(name: str) -> str:
    """Without accents too, for those who type on another keyboard."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in parts if unicodedata.category(c) != "Mn")


def nearest(text: str, known: Iterable[str]) -> str | None:
    """The known name that is most like an unknown one, if any is."""
    spelled = {plain(name): name for name in known}
    close = difflib.get_close_matches(plain(text), spelled, 1, CLOSE)
    return spelled[close[0]] if close else None
