"""The parser of searches, from one line of text to terms.

A search is a series of terms that must all match: ``Anna Tom 2019``. ``and``, ``+`` and commas
between them are optional; ``or`` separates alternatives; ``not``, ``without`` and ``-`` negate the
next term; ``only`` excludes photos with faces of anyone else. Quotation marks keep words together
and mark them as a name; ``person:``, ``tag:``, ``album:``, ``place:`` and ``folder:`` give the kind
of a name. ``camera:``, ``lens:``, ``file:``, ``title:``, ``caption:`` and ``keyword:`` look for a
text in one field, ``format:`` for a kind of file; ``faces``, ``rating``, ``size``, ``pixels`` and
``length`` compare a number, as in ``rating>=4``, ``size>5MB`` or, for videos, ``length<30s``.
``before``, ``after``, ``since`` and ``until`` precede a date; ``at 5`` follows a person.
No Qt, no database.
"""

from __future__ import annotations

import calendar
import functools
import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from facesorter.domain import Album, AlbumId
from facesorter.errors import UserError
from facesorter.images import formats
from facesorter.images.photo_info import MOST_STARS
from facesorter.library.search.terms import (
    DOUBTFUL,
    FIELDS,
    FLAGS,
    MEASURES,
    STACKED,
    Aged,
    Condition,
    Faces,
    Flag,
    InAlbum,
    Measured,
    Month,
    OfFormat,
    OneOf,
    People,
    Places,
    Search,
    Tagged,
    Taken,
    TakenIn,
    Term,
    UnknownTerm,
    Vocabulary,
    Words,
)
from facesorter.names import Names, fold, nearest

NAME_WORDS: Final = 6
"""Maximum words in a name or folder that is found without quotation marks."""
KINDS: Final = ("person", "tag", "album", "place", "folder")
"""The kinds of name; if a name has several, the first in this order is meant."""


class Token(NamedTuple):
    """A word, or a text in quotation marks."""

    text: str
    quoted: bool = False


_PREFIXES = (*KINDS, *FIELDS, "format")
"""Keywords before a colon."""
_COUNTED = ("faces", *MEASURES)
_TOKEN = r"""(?P<sign>[-+])? (?: (?P<key>{keys}):\s* )?
      ["“”„«] (?P<quoted>[^"“”»]*) (?:["“”»]|$)
    | (?P<minus>-)?(?P<measure>{measures})\s*(?P<compare>:|[<>]=?|=)\s*
      (?P<amount>\d+(?:[.,]\d+)?|)(?P<unit>\s?(?:[kmg]i?[bo]|[кмг]б|[km]?bytes|mpx?|мп|megapixels?|s(?:ec)?|с|min|мин|h|ч)\b)?
    | (?P<mark>[,;+&|]) | (?P<word>[^\s,;+&|"“”„«»]+) | ."""
_UNITS = dict.fromkeys("kк", 1_000) | dict.fromkeys("mм", 1_000_000) | dict.fromkeys("gг", 10**9)
"""By first letter, also Cyrillic."""
_MARKS = ",;+&|"
"""Characters between words, each a word of its own."""
_RANGE = re.compile(r"(\d{4})(?:-|–|\.\.)(\d{4})")
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_WRITTEN = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})")
"""A day as most languages write it, with the year last."""
_BETWEEN = {"and", "with", "in", "from", "of", "years", ",", ";", "+", "&"}
_EITHER = {"or", "|"}
_NOT = {"not", "without", "-"}
_WEEKDAYS = {"weekday", *(name.casefold() for name in calendar.day_name)}
"""English weekdays, and the keyword for those of other languages; ignored before a day."""
_BOUNDS = {"before", "after", "since", "until"}
_AGED = {"at", "age", "aged"}
_AGED_ELSEWHERE = {"with", "in"}
"""How other languages say it: "Anna mit 5", "Анна в 5 лет"."""
_EVER = "~"
"""Sorts after all dates."""
_YEARS = re.compile(r"(\d{1,3})(?:(?:-|–|\.\.)(\d{1,3}))?")
_KEYWORDS = _BETWEEN | _EITHER | _NOT | _BOUNDS | _AGED | {"only"} | set(FLAGS)


def parse(text: str, vocabulary: Vocabulary) -> Search:
    """Parse a search, ignoring anything unfinished, such as a final ``and``.

    Full names take precedence over names that begin with the text, or have a word that does. Case
    is ignored, and so are accents unless a full name matches with them.

    Raises:
        UnknownTerm: a word is not known in this library.
        UserError: a number of faces is missing, or smart albums refer to each other.
    """
    text = _NOT_TEXT.sub("\ufffd", text)
    return _Reader(_tokens(text, vocabulary.spoken), vocabulary, ()).read()


_NOT_TEXT = re.compile("[\ud800-\udfff]")
"""Bytes of a command line or of a file name that aren't text: shown, and found, as U+FFFD."""


def needs_quotes(name: str, kind: str = "person") -> bool:
    """Whether a name without quotation marks would be misread or split.

    ``kind`` is one of `KINDS`.
    """
    if name.strip(_MARKS) != name:
        # Alone it would be found, but "Tom;" next to a Tom would not.
        return True
    words, term = _alone(name, kind)
    try:
        return parse(name, words) != Search((Term((term,)),))
    except UserError:
        return True


def _alone(name: str, kind: str) -> tuple[Vocabulary, Condition]:
    """Return a vocabulary of one name, and the condition it should be parsed as."""
    match kind:
        case "folder":
            return Vocabulary([], lambda: [(name, (1, ""))]), Places(((1, ""),))
        case "tag":
            return Vocabulary([], tags=[(name, 1)]), Tagged((1,))
        case "place":
            return Vocabulary([], places=lambda: Names([(name, 1)])), TakenIn((1,))
        case "album":
            return Vocabulary([], albums=[Album(AlbumId(1), name)]), InAlbum((1,))
        case _:
            return Vocabulary([(name, 1)]), People((1,))


class _Asked(NamedTuple):
    """A finished condition in the stream of tokens."""

    condition: Condition


@functools.lru_cache(maxsize=16)
def _pattern(spoken: tuple[tuple[str, str], ...]) -> tuple[re.Pattern[str], dict[str, str]]:
    """Return the pattern of tokens for a language's keywords, and what these mean in English."""
    english_of = {word: word for word in (*_PREFIXES, *_COUNTED)}
    english_of |= {word.lower(): english for word, english in spoken if english in english_of}
    longest_first = sorted(english_of, key=len, reverse=True)
    keys = "|".join(re.escape(word) for word in longest_first if english_of[word] in _PREFIXES)
    measures = "|".join(re.escape(word) for word in longest_first if english_of[word] in _COUNTED)
    pattern = _TOKEN.replace("{keys}", keys).replace("{measures}", measures)
    return re.compile(pattern, re.VERBOSE | re.IGNORECASE), english_of


def _tokens(text: str, spoken: Mapping[str, int | str]) -> list[Token | _Asked]:
    words = tuple(
        (word, canonical) for word, canonical in spoken.items() if isinstance(canonical, str)
    )
    pattern, english_of = _pattern(words)
    found: list[Token | _Asked] = []
    for match in pattern.finditer(unicodedata.normalize("NFC", text)):
        if match["measure"]:
            if match["minus"]:
                found.append(Token("-"))
            found.append(_Asked(_measured(english_of[match["measure"].lower()], match)))
        elif match["quoted"] is not None:
            if match["sign"]:
                found.append(Token(match["sign"]))
            if match["quoted"].strip():
                key = f"{english_of[match['key'].lower()]}:" if match["key"] else ""
                found.append(Token(key + " ".join(match["quoted"].split()), True))
        elif match["mark"]:
            found.append(Token(match["mark"]))
        elif match["word"]:
            word = match["word"]
            if word[0] == "-" and len(word) > 1:
                found.append(Token("-"))
                word = word[1:]
            key, colon, rest = word.partition(":")
            if colon and english_of.get(key.lower()) in _PREFIXES:
                word = f"{english_of[key.lower()]}:{rest}"
            found.append(Token(word))
    return found


def _measured(measure: str, match: re.Match[str]) -> Condition:
    sign = "=" if match["compare"] == ":" else match["compare"]
    amount, unit = match["amount"], (match["unit"] or "").strip().lower()
    if not amount:
        raise _how_many(measure)
    number = float(amount.replace(",", "."))
    if measure == "faces":
        return Faces(sign, min(int(number), 10_000))
    if measure == "rating":
        return Measured(measure, sign, min(int(number), MOST_STARS))
    if measure == "size" and unit == "" and number < 1000:
        unit = "mb"  # nobody looks for photos of five bytes
    if measure == "pixels" and unit == "" and number < 1000:
        unit = "mp"
    if measure == "length":
        seconds = {"h": 3_600, "ч": 3_600, "m": 60, "м": 60}.get(unit[:1], 1)
        return Measured(measure, sign, round(min(number, 1e6) * seconds * 1_000))
    return Measured(measure, sign, round(min(number, 1e9) * _UNITS.get(unit[:1], 1)))


def _how_many(measure: str) -> UserError:
    match measure:
        case "faces":
            return UserError("How many faces? For example, faces:3 or faces>2.")
        case "rating":
            return UserError("How many stars? For example, rating:5 or rating>=3.")
        case "size":
            return UserError("What size? For example, size>5MB or size<500KB.")
        case "length":
            return UserError("What length? For example, length>5min or length<30s.")
        case _:
            return UserError("How many pixels? For example, pixels>12MP or pixels<2MP.")


class _Reader:
    """A single pass over the tokens, preferring the longest sequence of words that is a name."""

    def __init__(
        self, tokens: list[Token | _Asked], vocabulary: Vocabulary, within: tuple[int, ...]
    ) -> None:
        self.tokens, self.vocabulary = tokens, vocabulary
        self.within = within
        """The smart albums whose searches are being parsed."""
        self.at = 0
        self.terms: list[Term] = []
        self.only = self.negated = self.either = False
        self.bound = ""
        """One of `_BOUNDS` that precedes the next date."""
        self.names = Names(vocabulary.names)
        self.tags = Names(vocabulary.tags)
        self.albums = Names((album.name, album) for album in vocabulary.albums)
        # A smart album named like its own search doesn't refer to itself.
        others = [album for album in vocabulary.albums if album.id not in within]
        self.other_albums = Names((album.name, album) for album in others)
        self._folders: Names[tuple[int, str]] | None = None
        self.months = {
            **{name.casefold(): n for n, name in enumerate(calendar.month_name) if name},
            **{name.casefold(): n for n, name in enumerate(calendar.month_abbr) if name},
            **{name.casefold(): n for name, n in vocabulary.spoken.items() if isinstance(n, int)},
        }
        self.keywords = {
            word.casefold(): english
            for word, english in vocabulary.spoken.items()
            if isinstance(english, str)
        }
        """Keywords in the user's language. Persons with such a name can still be found."""
        self.name_began: int | None = None
        """The start of the last term's name while more words may belong to it."""

    @functools.cached_property
    def places(self) -> Names[int]:
        return self.vocabulary.places()

    @property
    def folders(self) -> Names[tuple[int, str]]:
        if self._folders is None:
            self._folders = Names(self.vocabulary.folders())
        return self._folders

    def read(self) -> Search:
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if isinstance(token, _Asked):
                self._take(token.condition, 1)
            elif self._take_quoted_name():
                pass
            elif token.quoted:
                self._take(self._named(token.text), 1)
            elif not self._take_name() and not self._take_word(token.text):
                self._take_rest(token.text)
        return Search(tuple(self.terms), self.only)

    def _take(self, condition: Condition, words: int, *, name: bool = False) -> None:
        self.name_began = self.at if name else None
        self.at += words
        if isinstance(condition, Taken):
            condition = _bounded(condition, self.bound)
        self.bound = ""
        if self.either and self.terms:
            last = self.terms.pop()
            self.terms.append(Term((*last.choices, condition), last.negated))
        else:
            self.terms.append(Term((condition,), self.negated))
        self.negated = self.either = False

    def _take_quoted_name(self) -> bool:
        """Consume the longest sequence of words that is a name containing quotation marks."""
        for words, text in self._runs(self.at, quoted=True):
            between = self.tokens[self.at : self.at + words]
            quotes = any(isinstance(token, Token) and token.quoted for token in between)
            if words > 1 and quotes and (found := self.names.quoted(text)):
                self._take(People(found), words)
                return True
        return False

    def _take_name(self) -> bool:
        """Consume the longest sequence of words that is the name of a person, tag, or album."""
        for words, text in self._runs(self.at):
            # A single keyword is a keyword; a person with that name needs quotation marks.
            if words == 1 and text.casefold() in _KEYWORDS:
                continue
            if found := self.names.whole(text):
                self._take(People(found), words, name=True)
                return True
            # A tag "2019" doesn't replace the year.
            if words == 1 and (text.casefold() in self.months or _span(text) is not None):
                continue
            if label := self._label(Names.whole, text):
                self._take(label, words)
                return True
        return False

    def _label(self, find: Callable[..., tuple[Any, ...]], text: str) -> Condition | None:
        """Return the tags, or else the albums, that ``find`` finds for a text."""
        if tags := find(self.tags, text):
            return Tagged(tags)
        if albums := find(self.other_albums, text):
            return self._in(albums)
        return None

    def _in(self, albums: tuple[Album, ...]) -> InAlbum:
        searches = []
        for album in albums:
            if album.search is None:
                continue
            if album.id in self.within:
                raise UserError("The smart album {album} can’t refer to itself.", album=album.name)
            inner = (*self.within, album.id)
            searches.append(
                _Reader(
                    _tokens(album.search, self.vocabulary.spoken), self.vocabulary, inner
                ).read()
            )
        return InAlbum(tuple(album.id for album in albums if album.search is None), tuple(searches))

    def _take_word(self, text: str) -> bool:
        """Consume a keyword, date, or number."""
        word = text.casefold()
        word = self.keywords.get(word, word)
        if self._take_day() or self._take_phrase() or self._take_lone_folder(word):
            return True
        if word in _AGED or (word in _AGED_ELSEWHERE and self._names_an_age()):
            self._take_age()
        elif word in _BETWEEN:
            self.at += 1
        elif word in _BOUNDS:
            self.bound = word
            self.at += 1
        elif word in _EITHER:
            self.either = bool(self.terms)
            self.at += 1
        elif word in _NOT:
            self.negated = True
            self.at += 1
        elif word == "only":
            self.only = True
            self.at += 1
        elif word in FLAGS:
            self._take(self._flag(FLAGS[word]), 1)
        elif word.partition(":")[0] in _PREFIXES and ":" in word:
            if word.endswith(":"):
                self.at += 1
            else:
                self._take(self._named(text), 1)
        elif word in self.months:
            self._take_month(self.months[word])
        elif (span := _span(text)) is not None:
            self._take(span, 1)
        else:
            return False
        return True

    def _take_lone_folder(self, word: str) -> bool:
        """Consume a word that only joins others, if it is all there is: a folder "Years"."""
        if len(self.tokens) > 1 or word not in _BETWEEN:
            return False
        folder = self._folder(Names.whole, self._joined(0, 1))
        if folder is not None:
            self._take(folder, 1)
        return folder is not None

    def _take_phrase(self) -> bool:
        """Consume a keyword of several words, such as "on this day"."""
        for words, text in self._runs(self.at):
            keyword = self.keywords.get(text.casefold(), text.casefold())
            if words > 1 and keyword in FLAGS:
                self._take(self._flag(FLAGS[keyword]), words)
                return True
        return False

    def _flag(self, name: str) -> Condition:
        """Return the condition of one of `FLAGS`; some are known only by looking at all photos."""
        look = {DOUBTFUL: self.vocabulary.doubtful, STACKED: self.vocabulary.stacked}.get(name)
        return Flag(name) if look is None else OneOf(tuple(look()))

    def _names_an_age(self) -> bool:
        """Whether a person precedes this word, and a number that is nothing else follows it."""
        number = self._joined(self.at + 1, self.at + 2)
        return (
            _YEARS.fullmatch(number) is not None
            and bool(self.terms)
            and isinstance(self.terms[-1].choices[-1], People)
            and self._label(Names.whole, number) is None
        )

    def _take_age(self) -> None:
        """Consume "at 5" or "at 5-7" after a person; ignore "at" without a number.

        Raises:
            UserError: No person precedes it, or no date of birth is known.
        """
        self.at += 1
        following = self.tokens[self.at] if self.at < len(self.tokens) else None
        years = _YEARS.fullmatch(following.text) if isinstance(following, Token) else None
        if years is None:
            return
        age = self._joined(self.at, self.at + 1)
        self.at += 1
        unit = self._joined(self.at, self.at + 1).casefold()
        self.at += self.keywords.get(unit, unit) == "years"
        first, last = sorted((int(years[1]), int(years[2] or years[1])))
        term = self.terms[-1] if self.terms else Term(())
        ids = [one for each in term.choices if isinstance(each, People) for one in each.ids]
        if not ids or not all(isinstance(each, People) for each in term.choices):
            raise UserError("Who is {age} years old? For example, Anna at 5.", age=age)
        born = tuple(one for one in ids if self.vocabulary.born(one))
        if not born:
            raise UserError("To search by age, enter this person’s date of birth first.")
        self.terms[-1] = Term((Aged(born, first, last),), term.negated)
        self.name_began = None

    def _take_day(self) -> bool:
        """Consume a day as shown on screen: "Friday, May 31, 2019", "31. Mai 2019", "5/31/2019".

        If two numbers could be the month, the language decides: see `Vocabulary.spoken`.
        """
        words = [
            token.text.casefold()
            for token in itertools.takewhile(_plain, self.tokens[self.at : self.at + 6])
            if isinstance(token, Token)
        ]
        at = 1 if words and self.keywords.get(words[0], words[0]) in _WEEKDAYS else 0
        # The weekday and the day may be followed by commas.
        at += words[at : at + 1] == [","]
        found = [(n, word) for n, word in enumerate(words) if n >= at and word != ","][:3]
        if written := _WRITTEN.fullmatch(found[0][1] if found else ""):
            first, second, year = int(written[1]), int(written[3]), int(written[4])
            month_first = written[2] == "/" and self.keywords.get("/") == "month"
            days = [(second, first), (first, second)][:: -1 if month_first else 1]
            taken = next(filter(None, (_day(year, *each) for each in days)), None)
            last = found[0][0]
        else:
            taken = self._spelled([word for _, word in found])
            last = found[-1][0] if found else 0
        if taken is None:
            return False
        self._take(taken, last + 1)
        return True

    def _spelled(self, words: list[str]) -> Taken | None:
        """Parse three words as a day and a month, in either order, and a year."""
        if len(words) < 3 or not re.fullmatch(r"\d{4}", words[2]):
            return None
        for day, month in (words[:2], words[1::-1]):
            if month in self.months and re.fullmatch(r"\d{1,2}\.?", day):
                return _day(int(words[2]), self.months[month], int(day.rstrip(".")))
        if all(re.fullmatch(r"\d{1,2}", word) for word in words[:2]):
            # On systems without a language: "31 05 2019".
            return _day(int(words[2]), int(words[1]), int(words[0]))
        return None

    def _take_month(self, number: int) -> None:
        following = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else None
        if isinstance(following, Token) and re.fullmatch(r"\d{4}", following.text):
            self._take(_month(int(following.text), number), 2)
        else:
            self._take(Month(number), 1)

    def _take_rest(self, text: str) -> None:
        """Consume a place, a beginning of a name, a folder, else words of titles and so on.

        Raises:
            UnknownTerm: It is none of these; with a name like it.
        """
        if self._take_longer_name() or self._take_place():
            return
        for reader in (
            self._person_beginning,
            lambda run: self._label(Names.beginning, run),
            lambda run: self._folder(Names.whole, run),
            lambda run: self._folder(Names.beginning, run),
            self._place_beginning,
            self._words,
        ):
            for words, run in self._runs(self.at):
                if condition := reader(run):
                    self._take(condition, words, name=isinstance(condition, People))
                    return
        raise UnknownTerm(text, self._nearest(text))

    def _take_longer_name(self) -> bool:
        """Consume a word that continues a name: "Anna Sm" with an Anna and an Anna Smith."""
        if self.name_began is None:
            return False
        longer = self.names.beginning(self._joined(self.name_began, self.at + 1))
        if longer:
            last = self.terms.pop()
            self.terms.append(Term((*last.choices[:-1], People(longer)), last.negated))
            self.at += 1
        return bool(longer)

    def _take_place(self) -> bool:
        """Consume a place's full name, which may be that of a folder too."""
        for words, run in self._runs(self.at):
            if cities := self.places.whole(run):
                self._take(TakenIn(_once(cities)), words)
                # Photos without coordinates are often in a folder of that name, "2019-05 Rome".
                if folder := self._folder(Names.containing, run):
                    last = self.terms.pop()
                    self.terms.append(Term((*last.choices, folder), last.negated))
                return True
        return False

    def _person_beginning(self, run: str) -> Condition | None:
        people = self.names.beginning(run)
        return People(people) if people else None

    def _folder(self, find: Callable[..., tuple[Any, ...]], run: str) -> Condition | None:
        found = find(self.folders, run)
        return Places(found) if found else None

    def _place_beginning(self, run: str) -> Condition | None:
        cities = self.places.beginning(run)
        return TakenIn(_once(cities)) if cities else None

    def _words(self, run: str) -> Condition | None:
        text = fold(run)
        return Words("", text) if self.vocabulary.in_words(text) else None

    def _named(self, text: str) -> Condition:
        """Resolve a name in quotation marks, or after ``person:``, ``tag:``, and so on."""
        key, _, rest = text.partition(":")
        if not self.names.find(text):
            if key.casefold() in FIELDS and fold(rest):
                return Words(FIELDS[key.casefold()], fold(rest))
            if key.casefold() == "format" and rest:
                return _format(rest)
        kinds = (key.casefold(),) if rest and key.casefold() in KINDS else KINDS
        wanted = text if kinds is KINDS else rest
        for kind in kinds:
            if kind == "person" and (people := self.names.find(wanted)):
                return People(people)
            if kind == "tag" and (tags := self.tags.find(wanted)):
                return Tagged(tags)
            known = self.other_albums if kinds is KINDS else self.albums
            if kind == "album" and (albums := known.find(wanted)):
                return self._in(albums)
            if kind == "place" and (cities := self.places.find(wanted)):
                return TakenIn(_once(cities))
            if kind == "folder" and (folders := self.folders.find(wanted)):
                return Places(folders)
        if kinds is KINDS and fold(wanted) and self.vocabulary.in_words(fold(wanted)):
            return Words("", fold(wanted))
        raise UnknownTerm(wanted, self._nearest(wanted))

    def _runs(self, start: int, *, quoted: bool = False) -> Iterable[tuple[int, str]]:
        """Return the sequences of words from here, longest first: the number of words and the text.

        Only plain words, unless ``quoted`` allows some in quotation marks.
        """
        end = start
        while (
            end < len(self.tokens)
            and end - start < NAME_WORDS
            and isinstance(token := self.tokens[end], Token)
            and (quoted or not token.quoted)
        ):
            end += 1
        for stop in range(end, start, -1):
            yield stop - start, self._joined(start, stop)

    def _joined(self, start: int, stop: int) -> str:
        return " ".join(token.text for token in self.tokens[start:stop] if isinstance(token, Token))

    def _nearest(self, text: str) -> str | None:
        kinds = (self.folders, self.albums, self.tags, self.names)
        return nearest(text, [name for kind in kinds for name in kind.spelled()])


def _once(cities: tuple[int, ...]) -> tuple[int, ...]:
    """Return cities once each: several names of one may match."""
    return tuple(dict.fromkeys(cities))


def _format(text: str) -> OfFormat:
    """Return the suffixes of a format, by its name or one of them.

    Raises:
        UserError: there is no such format.
    """
    wanted = text.casefold().lstrip(".")
    if wanted == "raw":
        return OfFormat(tuple(sorted(formats.RAW_SUFFIXES)))
    for known in formats.FORMATS:
        if wanted == known.name.casefold() or wanted in known.suffixes:
            return OfFormat(known.suffixes)
    if wanted in formats.RAW_SUFFIXES | formats.VIDEO_SUFFIXES:
        return OfFormat((wanted,))
    raise UserError("There’s no format {format}. Try format:jpeg or format:raw.", format=text)


def _plain(token: Token | _Asked) -> bool:
    return isinstance(token, Token) and not token.quoted


def _bounded(span: Taken, bound: str) -> Taken:
    """Return the time before, after, since, or until a span."""
    match bound:
        case "before":
            return Taken("", span.first)
        case "until":
            return Taken("", span.until)
        case "since":
            return Taken(span.first, _EVER)
        case "after":
            return Taken(span.until, _EVER)
        case _:
            return span


def _span(text: str) -> Taken | None:
    """Parse a year, a range of years, a month, or a day; None for anything else."""
    years = _RANGE.fullmatch(text)
    if years:
        first, last = sorted(map(int, years.groups()))
        return Taken(f"{first:04}", f"{last + 1:04}")
    date = _DATE.fullmatch(text)
    if date is None:
        return None
    year, month, day = (int(part) if part else 0 for part in date.groups())
    if date[2] is None:
        return Taken(f"{year:04}", f"{year + 1:04}")
    if date[3] is not None:
        return _day(year, month, day)
    return _month(year, month) if 1 <= month <= 12 else None


def _day(year: int, month: int, day: int) -> Taken | None:
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    # "T" begins the time; the next letter, "U", marks the end of the day.
    return Taken(f"{year:04}-{month:02}-{day:02}", f"{year:04}-{month:02}-{day:02}U")


def _month(year: int, month: int) -> Taken:
    after = f"{year:04}-{month + 1:02}" if month < 12 else f"{year + 1:04}"
    return Taken(f"{year:04}-{month:02}", after)
