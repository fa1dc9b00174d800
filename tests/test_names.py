"""Names as people type them: what is the same, what begins so, what is kept."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facesorter import names
from facesorter.names import Names, beginning, begins, clean, fold, same

TEXT = st.text(max_size=12) | st.text(
    "aeiouAÉéøŁßıİ' ’-.()\"\u200b\u0301\u0345Σςがか김ﾀ", max_size=12
)

SAME = [
    ("René", "Rene"),
    ("José María", "jose maria"),
    ("Łukasz", "lukasz"),
    ("Søren", "SOREN"),
    ("Đặng", "Dang"),
    ("Straße", "strasse"),
    ("Ægir", "aegir"),
    ("Œuvre", "oeuvre"),
    ("Þór", "Thor"),
    ("Guðrún", "gudrun"),
    ("Ħal", "hal"),
    ("İbrahim", "ibrahim"),
    ("IRMAK", "ırmak"),
    ("O’Brien", "O'Brien"),
    ("Dʼarcy", "D'Arcy"),
    ("Anna‑Lena", "Anna-Lena"),
    ("Tom “Ace”", 'Tom "Ace"'),
    ("ΓΙΏΡΓΟΣ", "γιωργος"),
    ("Алёна", "алена"),
    ("محمَّد", "محمد"),
    ("שָׁלוֹם", "שלום"),
    ("ＡＮＮＡ", "anna"),
    ("ﾀｶｼ", "タカシ"),
    ("たかし", "タカシ"),
    ("田中　太郎", "田中 太郎"),
    ("An\u200bna", "Anna"),
]
DIFFERENT = [
    ("Anna", "Ana"),
    ("Jean-Claude", "Jeanclaude"),
    ("か", "が"),
    ("मनु", "मन"),
    ("ลูก", "ลก"),
    ("Müller", "Mueller"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_people_would_take_these_for_one_name(one: str, other: str) -> None:
    assert same(one, other)
    assert begins(one, other)
    assert begins(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_these_are_different_names(one: str, other: str) -> None:
    assert not same(one, other)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("José María", "maria"),
        ("Seán O’Brien", "brien"),
        ("Seán O’Brien", "o'b"),
        ("Seán O’Brien", "obri"),
        ("Jean-Claude", "claude"),
        ("Tom (uncle)", "unc"),
        ("Dr.Who", "who"),
        ("Bob “Ace” Miller", "ace"),
        ("Bob “Ace” Miller", "bob ace"),
        ("Mary/Ann", "ann"),
        ("김민수", "김미"),
    ],
)
def test_a_word_of_a_name_is_enough(name: str, typed: str) -> None:
    assert begins(name, typed)


@pytest.mark.parametrize(
    ("name", "typed"), [("Anna", "nna"), ("Anna", ""), ("Anna", "'"), ("", "")]
)
def test_the_middle_of_a_word_and_nothing_are_not(name: str, typed: str) -> None:
    assert not begins(name, typed)


def test_every_character_folds_to_what_stays() -> None:
    for code in [*range(0xD800), *range(0xE000, 0x30000), *range(0xE0000, 0xE0200)]:
        once = fold(chr(code))
        assert fold(once) == once, hex(code)


@given(TEXT)
def test_folding_twice_changes_nothing(name: str) -> None:
    assert fold(fold(name)) == fold(name)


@given(TEXT)
def test_case_and_encoding_never_matter(name: str) -> None:
    assert fold(unicodedata.normalize("NFD", name)) == fold(unicodedata.normalize("NFC", name))
    assert fold(clean(name)) == fold(clean(clean(name)))


@given(st.lists(TEXT, max_size=4), TEXT)
def test_many_names_begin_as_each_of_them_does(known: list[str], typed: str) -> None:
    assert list(beginning(known, typed)) == [name for name in known if begins(name, typed)]


@given(TEXT, TEXT)
def test_matching_is_the_same_for_names_that_are(name: str, typed: str) -> None:
    assert begins(name, typed) == begins(fold(name), fold(typed))
    assert not same(name, typed) or not fold(name).strip("'\". ") or begins(name, typed)


@given(TEXT)
def test_a_name_is_kept_composed_and_visible(name: str) -> None:
    kept = clean(name)
    assert clean(kept) == kept
    assert kept == unicodedata.normalize("NFC", kept)
    assert not set(kept) & set("\u200b\u200e\u202e\u2066\ufeff\x00\n\t")


def test_what_shapes_a_script_or_an_emoji_stays() -> None:
    family, persian = "👨\u200d👩\u200d👧", "علی\u200cرضا"
    assert (clean(family), clean(persian)) == (family, persian)
    assert clean("An\u200dna\u200d") == "Anna"


@pytest.mark.parametrize("name", ["\u200b", "\u202e\u2069", " \u3164 ", "\x00\x7f", "\ufe0f"])
def test_nothing_to_be_seen_is_nothing(name: str) -> None:
    assert clean(name) == ""


def test_exact_accents_come_first() -> None:
    known = Names([("Rene", 1), ("René", 2), ("Renée", 3)])
    assert known.whole("rené") == (2,)
    assert known.whole("RENE") == (1,)
    assert known.whole("Rèné") == (1, 2)
    assert known.beginning("rene") == (1, 2, 3)


def test_the_nearest_name_has_its_accents() -> None:
    assert names.nearest("Joze", ["José", "Anna"]) == "José"
    assert names.nearest("xyz", ["José", "Anna"]) is None
