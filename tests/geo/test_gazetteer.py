"""Places are found by where they are and by what they are called."""

from __future__ import annotations

import pytest

from facesorter import paths
from facesorter.geo.gazetteer import LANGUAGES, NOWHERE, distance_km, gazetteer

NAMES = {
    # In the middle of large cities, whose districts have centers of their own.
    (41.8897, 12.4694): ("Rome", "Lazio", "IT"),
    (52.4990, 13.4190): ("Berlin", "State of Berlin", "DE"),
    (46.7700, 23.5900): ("Cluj-Napoca", "Cluj County", "RO"),
    # A small town, and a suburb across a border.
    (47.5162, 9.4360): ("Arbon", "Thurgau", "CH"),
    (47.5890, 7.6010): ("Weil am Rhein", "Baden-Wurttemberg", "DE"),
    # On both sides of the antimeridian.
    (-16.78, 179.99): ("Savusavu", "Northern", "FJ"),
    (-16.78, -179.99): ("Savusavu", "Northern", "FJ"),
}


@pytest.mark.parametrize("point", NAMES)
def test_a_point_is_in_the_city_around_it(point: tuple[float, float]) -> None:
    city = gazetteer().city(gazetteer().nearest(*point))
    assert city is not None
    assert (city.name, city.region, city.country) == NAMES[point]


@pytest.mark.parametrize("point", [(0.0, -30.0), (90.0, 0.0), (-90.0, 0.0), (-60.0, 180.0)])
def test_nothing_is_near_in_the_open_sea_and_at_the_poles(point: tuple[float, float]) -> None:
    assert gazetteer().nearest(*point) == NOWHERE


def test_a_city_is_known_by_its_id_and_no_other() -> None:
    rome = gazetteer().city(3169070)
    assert rome is not None and rome.name == "Rome"
    assert gazetteer().city(NOWHERE) is None
    assert gazetteer().city(10**9) is None
    assert {"Rome", "Roma", "Rom", "Рим", "Lazio", "Italy", "Italien", "Italie"} <= set(
        gazetteer().words(rome)
    )


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("rom", "Rome"),
        ("Roma", "Rome"),
        ("münchen", "Munich"),
        ("munchen", "Munich"),
        ("Москва", "Moscow"),
        ("кёльн", "Köln"),
        ("new york ci", "New York City"),
        ("Paris, Texas", "Paris"),
        ("Cluj", "Cluj-Napoca"),
    ],
)
def test_cities_are_found_by_the_beginning_of_any_name(typed: str, first: str) -> None:
    found = gazetteer().search(typed, 10)
    assert found[0].name == first
    assert len(found) <= 10
    if "," in typed:
        assert found[0].region == "Texas"


def test_a_word_inside_a_name_is_found_and_nonsense_is_not() -> None:
    assert "New York City" in [city.name for city in gazetteer().search("york", 50)]
    assert gazetteer().search("qqqqq", 5) == []
    assert gazetteer().search(" , Italy", 5) == []


def test_countries_have_a_name_in_each_language() -> None:
    assert [gazetteer().country("IT", language) for language in LANGUAGES] == [
        "Italy",
        "Italien",
        "Italie",
        "Italia",
        "Италия",
    ]
    assert gazetteer().country("IT", "C") == "Italy"
    assert gazetteer().country("?") == "?"


def test_distances_are_those_on_the_ground() -> None:
    assert distance_km((41.9, 12.5), (52.5, 13.4)) == pytest.approx(1180, rel=0.01)
    assert distance_km((0.0, 179.5), (0.0, -179.5)) == pytest.approx(111.2, rel=0.01)


def test_the_data_is_what_its_page_says() -> None:
    page = (paths.resources() / "places" / "README.md").read_text(encoding="utf-8")
    known = gazetteer()
    assert f"{len(known.ids):,} cities" in page
    assert len(set(known.ids.tolist())) == len(known.ids) and int(known.ids.min()) > NOWHERE
