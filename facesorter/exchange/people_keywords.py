"""Keywords that name people, by the conventions of the programs that write them.

digiKam keeps people below the tag "People" (in the user's language, since users can rename it) and
writes paths: "People/Anna". Lightroom, MediaPro and ACDSee write "People|Anna". A flat keyword
"Anna" says nothing about what it is, so it names nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from facesorter import names
from facesorter.exchange.names import given_name

_ROOTS: Final = frozenset(
    names.fold(word)
    for word in (
        *("People", "Persons", "Person", "Faces", "People Tags"),
        *("Personen", "Menschen", "Leute", "Gesichter"),
        *("Personnes", "Gens", "Visages"),
        *("Persoane", "Oameni", "Fețe"),
        *("Люди", "Лица", "Персоны"),
        *("Personas", "Gente", "Persone", "Pessoas", "Mensen", "Osoby", "Ludzie", "Lidé"),
        *("Personer", "Människor", "Mennesker", "Ihmiset", "Emberek", "Kişiler", "İnsanlar"),
        *("Άνθρωποι", "人物", "人々", "사람"),
    )
)
"""What programs, and people who keep order themselves, call the tag above all people."""

_NOBODY: Final = frozenset(map(names.fold, ("Unknown", "Unconfirmed", "Ignored")))
"""digiKam's tags for faces without a name (digikam/core/libs/database/tags/facetags.cpp)."""

MOST: Final = 1000
"""Keywords of a photo that are looked at; more are damage."""


def named_by(keywords: Iterable[str]) -> list[str]:
    """Return the people that keywords name, each once, in order.

    The last part of a path is the name; the parts between may be groups ("People/Family/Anna"). Of
    a path and its beginning, both of which some programs list, only the path counts.
    """
    paths: dict[tuple[str, ...], None] = {}
    for _, keyword in zip(range(MOST), keywords, strict=False):
        parts = _parts(keyword)
        if len(parts) > 1 and names.fold(parts[0]) in _ROOTS:
            paths[parts] = None
    beginnings = {path[:end] for path in paths for end in range(2, len(path))}
    found = [path[-1] for path in paths if path not in beginnings]
    return [name for name in dict.fromkeys(found) if names.fold(name) not in _NOBODY]


def _parts(keyword: str) -> tuple[str, ...]:
    """Split a path; one with bars may have slashes within names."""
    separator = "|" if "|" in keyword else "/"
    return tuple(part for each in keyword.split(separator) if (part := given_name(each)))
