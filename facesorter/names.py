"""Comparison and lookup of names as people type them, in any script, on any keyboard.

This module alone decides which names are the same. Names are compared by `fold`: like the primary
strength of the Unicode Collation Algorithm (UTS #10), it ignores case, accents, width and the kind
of apostrophe, hyphen or quotation mark. It also replaces letters that most keyboards lack: "Rene"
is "René", "Lukasz" is "Łukasz".
"""

from __future__ import annotations

import difflib
import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final, Generic, TypeVar

CLOSE: Final = 0.6
"""Least similarity (difflib's ratio) of a name suggested for an unknown one: "Ana" for "Anna",
"Micheal" for "Michael", but none for an unrelated word."""

CACHED: Final = 20_000
"""Names whose key is cached, 3 MB: while somebody types, the same ones are compared each time."""

DIGITS: Final = 12
"""Digits to which numbers in names are padded to be sorted by value: of dates with a time, 14 would
do, but those have equal lengths anyway."""
_NUMBER: Final = re.compile(r"(\d+)")

_INVISIBLE: Final = frozenset(
    code
    for first, last in (
        (0x00AD, 0x00AD),  # soft hyphen
        (0x034F, 0x034F),  # combining grapheme joiner
        (0x061C, 0x061C),  # Arabic letter mark
        (0x115F, 0x1160),  # Hangul fillers
        (0x17B4, 0x17B5),
        (0x180B, 0x180F),
        (0x200B, 0x200F),  # zero width space, joiners, directions
        (0x202A, 0x202E),  # bidirectional embeddings and overrides
        (0x2060, 0x206F),  # word joiner, bidirectional isolates
        (0x2800, 0x2800),  # blank Braille pattern
        (0x3164, 0x3164),
        (0xFE00, 0xFE0F),  # variation selectors
        (0xFEFF, 0xFEFF),  # byte order mark
        (0xFFA0, 0xFFA0),
        (0xFFF0, 0xFFFB),
        (0x1BCA0, 0x1BCA3),
        (0x1D173, 0x1D17A),
        (0xE0000, 0xE0FFF),
    )
    for code in range(first, last + 1)
)
"""Unicode's Default_Ignorable_Code_Point, and two more invisible characters."""

_SHAPING: Final = frozenset((0x200C, 0x200D, 0xFE0F))
"""Joiners and the emoji selector: invisible themselves, but they shape the characters around them
in Arabic, Indic scripts and emoji."""

_FIRST_SHAPED: Final = 0x0590
"""Joiners don't shape letters below this one (Latin, Greek, Cyrillic, Armenian)."""

_MARKS: Final = {
    **dict.fromkeys(map(ord, "’‘‛`´ʼʻʽʹʾʿ′‵ꞌ՚＇‹›\u0384\u1fbd\u1fbf\u1ffd\u1fef\u1ffe\u0374"), "'"),
    **dict.fromkeys(map(ord, "‐‑‒–—―−⁃﹣－﹘־"), "-"),
    **dict.fromkeys(map(ord, "“”„‟«»″‶〝〞〟＂״"), '"'),
}
"""Variants of apostrophe, hyphen and quotation mark, mapped to the one on every keyboard."""

_LETTERS: Final = {
    **dict(
        zip(
            map(ord, "łøđðħŧŋıĸƀɓƈɗɖɛəǝƒǥɠɨɩƙƚɫɲƞɔɵƥʀɽʂƭʈʉʊʋƴɏƶʒґς"),
            "loddhtnikbbcddeeefggiikllnnooprrsttuuvyyzzгσ",
            strict=True,
        )
    ),
    **{ord("þ"): "th", ord("ß"): "ss", ord("æ"): "ae", ord("œ"): "oe"},
}
"""Letters that Unicode does not decompose, mapped to what people type instead."""

_KATAKANA: Final = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
"""Katakana mapped to hiragana, which most people type before converting."""

_FOLD: Final[dict[int, int | str | None]] = {
    **_MARKS,
    **_LETTERS,
    **_KATAKANA,
    **dict.fromkeys(_INVISIBLE),
}

T = TypeVar("T")


def clean(text: str) -> str:
    """Normalize a name for storage: composed characters, single spaces, no invisible characters.

    Removes control characters, direction marks and the like; keeps joiners that shape the
    characters around them. Empty if nothing visible remains.
    """
    text = " ".join(text.split())
    kept: list[str] = []
    for at, sign in enumerate(text):
        if ord(sign) in _SHAPING:
            shaped = kept and ord(kept[-1][0]) >= _FIRST_SHAPED and kept[-1] != " "
            before_end = ord(sign) == 0xFE0F or at + 1 < len(text)
            if not (shaped and before_end):
                continue
        elif ord(sign) in _INVISIBLE or unicodedata.category(sign) == "Cc":
            continue
        kept.append(sign)
    while kept and ord(kept[-1]) in _SHAPING - {0xFE0F}:
        kept.pop()
    return unicodedata.normalize("NFC", " ".join("".join(kept).split()))


def caseless(name: str) -> str:
    """Return a key that is equal for names differing only in case or the encoding of accents.

    Canonical caseless matching (The Unicode Standard, D145).
    """
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold())


@functools.lru_cache(maxsize=CACHED)
def fold(name: str) -> str:
    """Return a key that is equal for names people consider the same; see the module. Idempotent.

    Removes accents, but not the vowels, nuktas and voicing marks of scripts where they are letters.
    """
    if name.isascii():
        return " ".join(name.casefold().translate(_MARKS).split())
    # Twice: some letters decompose only after folding, and some marks (a standalone acute accent)
    # would be taken for a space.
    for _ in range(2):
        name = unicodedata.normalize("NFKD", name.translate(_FOLD))
        name = "".join(sign for sign in name if not _is_accent(sign)).casefold()
    return " ".join(name.translate(_FOLD).split())


def sort_key(name: str) -> str:
    """Return a key that sorts names as people do: "IMG 2" before "IMG 10", "Ä" beside "A".

    The library stores keys (``photo.sort_name``): other keys for the same names, also by another
    `fold`, need a migration step that makes them again.
    """
    parts = _NUMBER.split(fold(name))
    parts[1::2] = [number.zfill(DIGITS) for number in parts[1::2]]
    return "".join(parts)


def same(one: str, other: str) -> bool:
    """Return whether people would consider two names the same."""
    return fold(one) == fold(other)


def begins(name: str, typed: str) -> bool:
    """Return whether a name, or a word in it, begins with the typed text.

    Words begin after anything but a letter or digit: "O'Brien", "Anna-Lena", "Tom (uncle)".
    Apostrophes, periods and quotation marks may be omitted: "obrien", "jr tolkien".
    """
    return _begins(fold(name), fold(typed))


def beginning(known: Iterable[str], typed: str) -> Iterator[str]:
    """Yield the names of which `begins` is true, four times as fast as by asking of each."""
    start = fold(typed)
    bare = _bare(start)
    for name in known:
        folded = fold(name)
        if (start in folded or bare in _bare(folded)) and _begins(folded, start):
            yield name


def _begins(folded: str, start: str) -> bool:
    if not start:
        return False
    if _at_word(folded, start):
        return True
    bare, name = _bare(start), _bare(folded)
    return bool(bare) and (bare, name) != (start, folded) and _at_word(name, bare)


@functools.lru_cache(maxsize=CACHED)
def _bare(folded: str) -> str:
    return folded.translate(_SKIPPED)


_SKIPPED: Final = dict.fromkeys(map(ord, "'.\""))


def _at_word(folded: str, start: str) -> bool:
    at = folded.find(start)
    while at >= 0:
        if at == 0 or not _in_word(folded[at - 1]):
            return True
        at = folded.find(start, at + 1)
    return False


def _has_words(folded: str, words: str) -> bool:
    at = folded.find(words) if words else -1
    while at >= 0:
        end = at + len(words)
        before, after = folded[at - 1 : at], folded[end : end + 1]
        if not (before and _in_word(before)) and not (after and _in_word(after)):
            return True
        at = folded.find(words, at + 1)
    return False


def _in_word(sign: str) -> bool:
    return sign.isalnum() or unicodedata.category(sign)[0] == "M"


def _is_accent(sign: str) -> bool:
    """Return whether a mark can be omitted: accents (class 200+), Hebrew and Arabic points (10+).

    Not those that are letters: nukta, kana voicing and virama (7 to 9), vowels of Thai, Lao and
    Tibetan (103 to 132), and marks without a class, such as the vowels of Indic scripts.
    """
    order = unicodedata.combining(sign)
    return order == 1 or 10 <= order <= 36 or order >= 200


class Names(Generic[T]):
    """Lookup table from names to items, by full name or prefix."""

    def __init__(self, known: Iterable[tuple[str, T]]) -> None:
        self.known = [(name, caseless(name), fold(name), what) for name, what in known]

    def whole(self, text: str) -> tuple[T, ...]:
        """Find items by full name, exact accents first; other accents only if there are none."""
        exact, loose = caseless(text), fold(text)
        found = [what for _, name, _, what in self.known if name == exact]
        return tuple(found or [what for _, _, name, what in self.known if name == loose])

    def quoted(self, text: str) -> tuple[T, ...]:
        """Find items with quotation marks in their names that match except for these."""
        loose = _unquoted(fold(text))
        return tuple(
            what for _, _, name, what in self.known if '"' in name and _unquoted(name) == loose
        )

    def beginning(self, text: str) -> tuple[T, ...]:
        """Find items whose name, or a word in it, begins with the text."""
        start = fold(text)
        return tuple(what for _, _, name, what in self.known if _begins(name, start))

    def containing(self, text: str) -> tuple[T, ...]:
        """Find items with the text as whole words in their name: "Rome" in "2019-05 Rome"."""
        words = fold(text)
        return tuple(what for _, _, name, what in self.known if _has_words(name, words))

    def spelled(self) -> list[str]:
        """Return all names."""
        return [name for name, *_ in self.known]

    def find(self, text: str) -> tuple[T, ...]:
        """Find items by full name, else by prefix."""
        return self.whole(text) or self.beginning(text)


def _unquoted(folded: str) -> str:
    return " ".join(folded.replace('"', " ").split())


def nearest(text: str, known: Iterable[str]) -> str | None:
    """Return the known name most similar to an unknown one, or None; see `CLOSE`."""
    spelled = {fold(name): name for name in known}
    close = difflib.get_close_matches(fold(text), spelled, 1, CLOSE)
    return spelled[close[0]] if close else None
