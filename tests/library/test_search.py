"""Searches find what a slow and obvious reading of the library finds."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facesorter.domain import Region
from facesorter.errors import UserError
from facesorter.library.search import search
from facesorter.library.search.parser import needs_quotes, parse
from facesorter.library.search.terms import (
    InAlbum,
    People,
    Places,
    Search,
    Taken,
    TakenIn,
    Term,
    UnknownTerm,
    Vocabulary,
)
from facesorter.names import Names
from facesorter.storage import faces, folders, persons, photos
from tests.library.made import AT, POINTS, Bench

NAMES = ("Anna", "Anna Smith", "Tom", "Øyvind", "Zoë", "李雷", "Tom and Jerry", "June", "Jean-Luc")
PLACES = ("2019 Italy/Rome", "2019 Italy", "Gran's birthday", "Ёлка", "")


class Made(NamedTuple):
    """A photo as it was made."""

    id: int
    taken: str
    path: str
    people: tuple[str | None, ...]
    """Names on it; None for a face that has none."""
    status: str = "analysed"


@pytest.fixture(scope="module")
def library() -> tuple[Bench, list[Made]]:
    """Photos of every sort of company, in folders and years."""
    bench = Bench()
    connection = bench.connection
    made: list[Made] = []
    with bench.database.atomic():
        folder = folders.insert(connection, "/home/me/Family album", AT)
        other = folders.insert(connection, "/home/me/Work", AT)
        person = {}
        for name in NAMES:
            person[name] = persons.insert(connection, AT)
            connection.execute("UPDATE person SET name = ? WHERE id = ?", (name, person[name]))
        connection.execute("UPDATE person SET birth_date = '2010-06-15' WHERE name = 'Anna'")
        connection.execute("UPDATE person SET birth_date = '2012' WHERE name = 'Tom'")
        group = persons.insert(connection, AT)
        companies: list[tuple[str | None, ...]] = [(), (None,), ("Anna", None), ("Tom",)]
        companies += [(name,) for name in NAMES]
        companies += [
            ("Tom", "Tom and Jerry"),
            ("Anna", "Tom"),
            ("Anna", "Tom", "Zoë"),
            ("Anna", "Anna Smith", "Tom", None),
        ]
        for number in range(len(companies) * 30):
            company = companies[number % len(companies)]
            taken = f"{2016 + number // 3 % 5}-{1 + number % 12:02}-{1 + number % 28:02}T10:00:00"
            place = PLACES[number % len(PLACES)]
            path = f"{place}/{number}.jpg" if place else f"{number}.jpg"
            status = ("analysed", "analysed", "pending", "failed")[number % 4]
            where = other if number % 7 == 0 else folder
            photo = photos.insert(connection, where, path, 9, 1, taken, "exif")
            connection.execute("UPDATE photo SET status = ? WHERE id = ?", (status, photo))
            root = "Work/" if where == other else "Family album/"
            made.append(Made(photo, taken, root + path, company, status))
            for at, name in enumerate(company):
                face = faces.insert(connection, photo, Region(at / 9, 0, 0.1, 0.1), POINTS, 0.9, 1)
                owner = person[name] if name else (group if number % 2 else None)
                if owner is not None:
                    faces.set_suggestion(connection, face, owner, 0.7)
            # Somebody who was set aside is nobody.
            face = faces.insert(connection, photo, Region(0.9, 0, 0.1, 0.1), POINTS, 0.9, 1)
            connection.execute("UPDATE face SET state = 'ignored' WHERE id = ?", (face,))
        missing = photos.insert(connection, folder, "gone.jpg", 9, 1, AT, "exif")
        photos.set_missing(connection, missing)
    return bench, made


def on(*names: str) -> Callable[[Made], bool]:
    return lambda photo: any(name in photo.people for name in names)


def only(*names: str) -> Callable[[Made], bool]:
    return lambda photo: set(photo.people) == set(names)


def taken(start: str) -> Callable[[Made], bool]:
    return lambda photo: photo.taken.startswith(start)


def both(*conditions: Callable[[Made], bool]) -> Callable[[Made], bool]:
    return lambda photo: all(condition(photo) for condition in conditions)


def no(condition: Callable[[Made], bool]) -> Callable[[Made], bool]:
    return lambda photo: not condition(photo)


def folder(name: str) -> Callable[[Made], bool]:
    return lambda photo: name in photo.path.split("/")[:-1]


ANNA = on("Anna")
SEARCHES: dict[str, Callable[[Made], bool]] = {
    "": lambda _: True,
    "Anna": ANNA,
    "aNNa": ANNA,
    "Anna and Tom": both(ANNA, on("Tom")),
    "Anna, Tom": both(ANNA, on("Tom")),
    "+Anna + Tom": both(ANNA, on("Tom")),
    "Anna or Tom": on("Anna", "Tom"),
    "Anna | Tom 2017": both(on("Anna", "Tom"), taken("2017")),
    "Anna not Tom": both(ANNA, no(on("Tom"))),
    "Anna -Tom": both(ANNA, no(on("Tom"))),
    'Anna -"Tom" without Zoë': both(ANNA, no(on("Tom")), no(on("Zoë"))),
    "not Anna or Tom": no(on("Anna", "Tom")),
    "only Anna Tom": only("Anna", "Tom"),
    "Anna and Tom only": only("Anna", "Tom"),
    "only Anna 2018": both(only("Anna"), taken("2018")),
    "only": lambda _: True,
    "Anna Smith": on("Anna Smith"),
    "Anna Sm": on("Anna Smith"),
    "Tom Anna Smi 2018": both(on("Tom"), on("Anna Smith"), taken("2018")),
    "Smith": on("Anna Smith"),
    "An": on("Anna", "Anna Smith", "Tom and Jerry"),
    "Tom and Jerry": on("Tom and Jerry"),
    '"Tom" and "Jerry"': both(on("Tom"), on("Tom and Jerry")),
    "ØYVIND": on("Øyvind"),
    "zoe": on("Zoë"),
    "李雷": on("李雷"),
    "李": on("李雷"),
    "Jean-Luc": on("Jean-Luc"),
    "-Jean-Luc": no(on("Jean-Luc")),
    "2019": taken("2019"),
    "2017-2018": lambda p: p.taken[:4] in ("2017", "2018"),
    "2018–2017": lambda p: p.taken[:4] in ("2017", "2018"),
    "May 2018": taken("2018-05"),
    "2019-03": taken("2019-03"),
    "2019-3": taken("2019-03"),
    "2017-12": taken("2017-12"),
    "2016-01-01": taken("2016-01-01"),
    "May": lambda p: p.taken[5:7] == "05",
    "mai": lambda p: p.taken[5:7] == "05",
    "June 2018": both(on("June"), taken("2018")),
    "not 2019": no(taken("2019")),
    "before 2018": lambda p: p.taken < "2018",
    "until 2018": lambda p: p.taken < "2019",
    "Anna before May 2018": both(ANNA, lambda p: p.taken < "2018-05"),
    "since 2018-03-05": lambda p: p.taken >= "2018-03-05",
    "after 2018-03-05 Tom": both(on("Tom"), lambda p: p.taken >= "2018-03-06"),
    "not after 2018": lambda p: p.taken < "2019",
    "since 2017 until 2018": lambda p: "2017" <= p.taken < "2019",
    "before Anna 2018": both(ANNA, taken("2018")),
    "Anna at 7": both(ANNA, lambda p: "2017-06-15" <= p.taken < "2018-06-15"),
    "Anna at 7-8 Tom": both(ANNA, on("Tom"), lambda p: "2017-06-15" <= p.taken < "2019-06-15"),
    "Anna with 7": both(ANNA, lambda p: "2017-06-15" <= p.taken < "2018-06-15"),
    "Tom at 6 years 2018": both(on("Tom"), taken("2018")),
    "Tom aged 6": both(on("Tom"), taken("2018")),
    "not Anna at 7": no(both(ANNA, lambda p: "2017-06-15" <= p.taken < "2018-06-15")),
    "Anna or Tom at 6": lambda p: (
        ("Anna" in p.people and "2016-06-15" <= p.taken < "2017-06-15")
        or ("Tom" in p.people and p.taken.startswith("2018"))
    ),
    "only Anna at 7": both(only("Anna"), lambda p: "2017-06-15" <= p.taken < "2018-06-15"),
    "Anna at": ANNA,
    "Italy": folder("2019 Italy"),
    "2019 Italy": both(taken("2019"), folder("2019 Italy")),
    '"2019 Italy"': folder("2019 Italy"),
    'folder:"2019 italy"': folder("2019 Italy"),
    "folder:Rome": folder("Rome"),
    "gran's": folder("Gran's birthday"),
    "елка": folder("Ёлка"),
    "Work": folder("Work"),
    "Family album": folder("Family album"),
    "family": folder("Family album"),
    "Tom in Italy 2018": both(on("Tom"), folder("2019 Italy"), taken("2018")),
    "not Italy": no(folder("2019 Italy")),
    "Rome or Work": lambda p: folder("Rome")(p) or folder("Work")(p),
    "unnamed": lambda p: None in p.people,
    "Anna unnamed": both(ANNA, on(None)),  # type: ignore[arg-type]
    "faces:3": lambda p: len(p.people) == 3,
    "faces: 0": lambda p: not p.people,
    "Anna faces>2": both(ANNA, lambda p: len(p.people) > 2),
    "faces >= 2 pending": both(lambda p: len(p.people) >= 2, lambda p: p.status == "pending"),
    "failed": lambda p: p.status == "failed",
    "unplugged": lambda _: False,
    "person:Tom": on("Tom"),
    "Anna and": ANNA,
    "Anna not": ANNA,
    "Anna -": ANNA,
    "or Anna": ANNA,
    'Anna "': ANNA,
    "folder:": lambda _: True,
    "Anna, , ;": ANNA,
    "2016-99": lambda _: False,
}
IMPOSSIBLE = "2016-99"


@pytest.mark.parametrize("text", [text for text in SEARCHES if text != IMPOSSIBLE])
def test_finds_what_was_asked_for(library: tuple[Bench, list[Made]], text: str) -> None:
    bench, made = library
    found = search.photo_ids(bench.connection, text, {"mai": 5})
    expected = [photo for photo in made if SEARCHES[text](photo)]
    expected.sort(key=lambda photo: (photo.taken, photo.id), reverse=True)
    assert found == [photo.id for photo in expected]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Anna und Tom", "Anna and Tom"),
        ("Anna NICHT Tom", "Anna not Tom"),
        ("nur Anna", "only Anna"),
        ("Anna oder Tom", "Anna or Tom"),
        ("unbenannt", "unnamed"),
        ("Anna and Tom", "Anna and Tom"),
    ],
)
def test_keywords_may_be_of_the_users_language(
    library: tuple[Bench, list[Made]], text: str, meant: str
) -> None:
    spoken = {"und": "and", "nicht": "not", "nur": "only", "oder": "or", "unbenannt": "unnamed"}
    connection = library[0].connection
    assert search.photo_ids(connection, text, spoken) == search.photo_ids(connection, meant)


def test_a_name_goes_before_a_keyword_of_the_users_language() -> None:
    spoken = {"nur": "only"}
    found = parse("Nur", Vocabulary([("Nur", 7)], spoken=spoken))
    assert found.wanted == (7,) and not found.only
    assert parse("nur Anna", Vocabulary([("Anna", 1)], spoken=spoken)).only


@pytest.mark.parametrize(
    "name", ['Bob "Ace" Miller', "Bob “Ace” Miller", "«Zizou»", '"Q"', 'Six 5" Tom', "O’Brien"]
)
def test_a_name_with_quotation_marks_is_found(name: str) -> None:
    words = Vocabulary([(name, 1), ("Anna", 2), ("Bob", 3)])
    assert parse(name, words).terms == (Term((People((1,)),)),)
    assert not needs_quotes(name)
    assert parse(f"Anna {name}", words).terms == (Term((People((2,)),)), Term((People((1,)),)))


@pytest.mark.parametrize(
    "name",
    [
        *("Smith, John", "Jr., Tom", "Tom;", "Tom & Jerry", "Mom+Dad", "Ann|Anne", "-Tom", "Tom-"),
        *("and", "not", "Or", "with", "in", "Mr. In", "Van of Dyke", "Only Anna", "Anna Not"),
        *(
            "Before",
            "At",
            "At 5",
            "Since 2019",
            "On This Day",
            "Unnamed",
            "Favourite",
            "faces:3",
            "person:Tom",
            "tag: x",
            "2019",
            "Baby 2019",
            "June",
        ),
        *("5", "#1", "C/O", "a@b", "100%", "_", "*", "X Æ A-12", "Opa (†1999)", "👶 Baby"),
        *("Łukasz", "Søren", "Đặng", "İbrahim", "Ægir", "ΓΙΏΡΓΟΣ", "김민수", "田中　太郎", "محمد"),
    ],
)
def test_any_name_is_found_as_the_window_completes_it(name: str) -> None:
    words = Vocabulary([(name, 1), ("Tom", 2), ("Anna", 3), ("Baby", 4)])
    typed = f'"{name}"' if needs_quotes(name) else name
    assert parse(typed, words).terms == (Term((People((1,)),)),)


def test_quoted_names_side_by_side_stay_two() -> None:
    words = Vocabulary([("Anna Smith", 1), ("Anna", 2), ("Smith", 3)])
    assert parse('"Anna" "Smith"', words).wanted == (2, 3)


def test_each_search_finds_some_and_not_all(library: tuple[Bench, list[Made]]) -> None:
    """Else the comparison above would compare nothing."""
    _, made = library
    everything = {text for text, holds in SEARCHES.items() if all(map(holds, made))}
    nothing = {text for text, holds in SEARCHES.items() if not any(map(holds, made))}
    assert everything == {"", "only", "folder:"}
    assert nothing == {"unplugged", IMPOSSIBLE}


@pytest.mark.parametrize(
    ("text", "term", "nearest"),
    [
        ("Ana", "Ana", "Anna"),
        ("Anna and Thom", "Thom", "Tom"),
        ("Oivind", "Oivind", "Øyvind"),
        ("Itally", "Itally", "2019 Italy"),
        ('Anna "Jon Doe"', "Jon Doe", None),
        ("folder:Anna", "Anna", "Anna"),
        (IMPOSSIBLE, IMPOSSIBLE, None),
        ("qqqq", "qqqq", None),
    ],
)
def test_an_unknown_word_is_told_with_the_nearest(
    library: tuple[Bench, list[Made]], text: str, term: str, nearest: str | None
) -> None:
    with pytest.raises(UnknownTerm) as caught:
        search.photo_ids(library[0].connection, text)
    assert caught.value.term == term
    if term != "Itally":
        assert caught.value.nearest == nearest
    assert f"“{term}”" in str(caught.value)


def test_a_number_of_faces_is_needed(library: tuple[Bench, list[Made]]) -> None:
    with pytest.raises(UserError, match="faces:3"):
        search.photo_ids(library[0].connection, "faces:")


@pytest.mark.parametrize(
    ("text", "message"), [("at 5", "Anna at 5"), ("2019 at 5", "Anna at 5"), ("Zoë at 5", "birth")]
)
def test_an_age_needs_somebody_whose_birth_is_known(
    library: tuple[Bench, list[Made]], text: str, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        search.photo_ids(library[0].connection, text)


def test_on_this_day_means_earlier_years() -> None:
    bench, today = Bench(), datetime.date.today()
    folder = folders.insert(bench.connection, "/photos", AT)
    wanted = []
    for number, years in enumerate((0, 1, 7)):
        day = f"{today.year - years}-{today:%m-%d}T12:00:00"
        photo = photos.insert(bench.connection, folder, f"{number}.jpg", 9, 1, day, "exif")
        wanted += [photo] if years else []
    other = (today + datetime.timedelta(40)).replace(year=today.year - 1, day=9)
    photos.insert(bench.connection, folder, "x.jpg", 9, 1, f"{other}T12:00:00", "exif")
    assert search.photo_ids(bench.connection, "on this day") == wanted
    assert search.photo_ids(bench.connection, "heute", {"heute": "on this day"}) == wanted
    spoken = {"an diesem tag": "on this day"}
    assert search.photo_ids(bench.connection, "An diesem Tag", spoken) == wanted


def test_folders_of_places_no_longer_shown_are_nothing(library: tuple[Bench, list[Made]]) -> None:
    offered = search.suggestions(library[0].connection)
    assert offered.names == tuple(sorted(NAMES, key=str.casefold))
    assert set(offered.folders) == {
        "Family album",
        "Work",
        "2019 Italy",
        "Rome",
        "Gran's birthday",
        "Ёлка",
    }
    assert offered.years == ("2020", "2019", "2018", "2017", "2016")


def test_a_place_is_found_in_the_names_of_folders_too() -> None:
    folders = [("2019-05 Rome", (1, "a/")), ("Romeo", (1, "b/")), ("ROME", (1, "c/"))]
    words = Vocabulary([], lambda: folders, places=lambda: Names([("Rome", 7)]))
    both = (TakenIn((7,)), Places(((1, "a/"), (1, "c/"))))
    assert parse("rome", words) == Search((Term(both),))


@pytest.mark.parametrize("typed", ["years", "Years", "of"])
def test_a_word_between_others_is_a_folder_if_it_is_all_there_is(typed: str) -> None:
    words = Vocabulary([], lambda: [("Years", (1, ""))])
    found = () if typed == "of" else (Term((Places(((1, ""),)),)),)
    assert parse(typed, words) == Search(found)


@pytest.mark.parametrize("between", [" or ", " "])
def test_a_search_may_be_long_but_not_too_long(
    between: str, library: tuple[Bench, list[Made]]
) -> None:
    connection = library[0].connection
    most = between.join(["2019"] * search.MOST)
    assert search.photo_ids(connection, most) == search.photo_ids(connection, "2019") != []
    for text in (f"{most}{between}2019", between.join(["2019"] * 5_000)):
        with pytest.raises(UserError, match="at most 500 conditions"):
            search.photo_ids(connection, text)
        assert search.count(connection, text) is None


def test_the_conditions_of_smart_albums_count_too(library: tuple[Bench, list[Made]]) -> None:
    inner = Search((Term((Taken("2019", "2020"),) * search.MOST),))
    search.conditions(inner)
    with pytest.raises(UserError, match="too long"):
        search.conditions(Search((Term((InAlbum((), (inner,)),)),)))


@given(
    st.text(
        st.sampled_from("aAnTom 2019-+,|\"“faces:>only at before notr李\ud800\x00'%"), max_size=24
    )
)
def test_nothing_that_is_typed_breaks_it(text: str) -> None:
    """Any line is a search or a sentence."""
    words = Vocabulary([(name, at) for at, name in enumerate(NAMES)], lambda: [("Rome", (1, ""))])
    try:
        where, values = search.conditions(parse(text, words))
    except UserError as error:
        assert str(error)
        return
    assert sum(part.count("?") for part in where) == len(values)
