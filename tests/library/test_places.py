"""Where photos were taken: what files say, what users say instead, and how both are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from facesorter.domain import PhotoId
from facesorter.errors import UserError
from facesorter.images.photo_info import PhotoInfo
from facesorter.library import photo_details, places
from facesorter.library.decisions import descriptions, duplicates, journal, labels
from facesorter.library.decisions import places as decisions
from facesorter.library.scanning import describing
from facesorter.library.search import search
from facesorter.library.search.terms import UnknownTerm
from facesorter.storage import folders, persons, photos
from tests.library.made import AT, Bench

ROME, BERLIN, SEA = (41.89, 12.47), (52.5, 13.42), (0.0, -30.0)


@pytest.fixture
def bench() -> Bench:
    """Four photos: of Rome, Berlin, the Atlantic, and without coordinates."""
    made = Bench()
    with made.database.atomic():
        folder = folders.insert(made.connection, "/home/me/Pictures", AT)
        for number, place in enumerate((ROME, BERLIN, SEA, None)):
            photo = photos.insert(
                made.connection, folder, f"Trip/{number}.jpg", 1, 1, AT, "exif", (None, 1)
            )
            places.record(made.connection, photo, place)
    return made


def found(bench: Bench, text: str) -> set[int]:
    return set(search.photo_ids(bench.connection, text))


def city(bench: Bench, photo: int) -> str | None:
    place = places.of_photos(bench.connection, [PhotoId(photo)]).get(PhotoId(photo))
    return place.city.name if place is not None and place.city is not None else None


def test_files_say_where_photos_were_taken(bench: Bench) -> None:
    known = places.of_photos(bench.connection, [PhotoId(n) for n in (1, 2, 3, 4)], "de")
    assert [place.city and place.city.name for place in known.values()] == ["Rome", "Berlin", None]
    assert [place.country for place in known.values()] == ["Italien", "Deutschland", ""]
    assert not any(place.given or place.near for place in known.values())
    assert places.counts(bench.connection) == {3169070: 1, 2950159: 1}


def test_near_a_city_is_not_in_it(bench: Bench) -> None:
    bench.do(lambda txn: places.record(txn.connection, PhotoId(4), (30.5, 25.0)))
    (place,) = places.of_photos(bench.connection, [PhotoId(4)]).values()
    assert place.near or place.city is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rome", {1}),
        ("roma", {1}),
        ("Рим", {1}),
        ("place:Rome", {1}),
        ('place:"Rome"', {1}),
        ("Italy", {1}),
        ("Italien", {1}),
        ("италия", {1}),
        ("lazio", {1}),
        ("in Germany or Italy", {1, 2}),
        ("not Rome", {2, 3, 4}),
        ("Berl", {2}),
        ("place:ger", {2}),
        ("Rome 2024", {1}),
        ("Trip", {1, 2, 3, 4}),
    ],
)
def test_places_are_words_of_a_search(bench: Bench, text: str, expected: set[int]) -> None:
    assert found(bench, text) == expected


def test_only_places_of_the_photos_are_words(bench: Bench) -> None:
    with pytest.raises(UnknownTerm):
        found(bench, "Vienna")
    bench.do(decisions.set_city, [PhotoId(4)], 2761369)
    assert found(bench, "Vienna") == found(bench, "Wien") == {4}


def test_people_tags_and_albums_come_before_places(bench: Bench) -> None:
    with bench.database.atomic():
        paris = persons.insert(bench.connection, AT)
        bench.connection.execute("UPDATE person SET name = 'Rome' WHERE id = ?", (paris,))
    bench.do(labels.add_tag, "Berlin", [PhotoId(4)])
    assert found(bench, "Rome") == set()
    assert found(bench, "place:Rome") == {1}
    assert found(bench, "Berlin") == {4}
    assert found(bench, "place:Berlin") == {2}


def test_a_folder_of_that_name_counts_too(bench: Bench) -> None:
    with bench.database.atomic():
        folder = folders.insert(bench.connection, "/home/me/Italy", AT)
        scan = photos.insert(bench.connection, folder, "a.jpg", 1, 1, AT, "exif", (None, 1))
    assert found(bench, "Italy") == {1, scan}
    assert found(bench, "not Italy") == {2, 3, 4}
    assert found(bench, "place:Italy") == {1}
    assert found(bench, "folder:Italy") == {scan}


def test_suggestions_speak_the_users_language(bench: Bench) -> None:
    offered = search.suggestions(bench.connection, "fr").places
    assert offered == ("Allemagne", "Berlin", "Italie", "Lazio", "Rome", "State of Berlin")
    assert search.needs_quotes("Rome", "place") is False
    assert search.needs_quotes("May", "place") is True


def test_the_user_has_the_last_word_and_can_take_it_back(bench: Bench) -> None:
    both = [PhotoId(1), PhotoId(4)]
    bench.do(decisions.set_place, both, *BERLIN, "Berlin")
    assert found(bench, "Rome OR Berlin") == found(bench, "Berlin") == {1, 2, 4}
    assert places.of_photos(bench.connection, both)[PhotoId(4)].given
    # What a later reading of the file says doesn't matter.
    bench.do(lambda txn: places.record(txn.connection, PhotoId(1), ROME))
    assert city(bench, 1) == "Berlin"
    bench.do(decisions.set_nowhere, both)
    assert [city(bench, each) for each in both] == [None, None]
    assert places.counts(bench.connection) == {2950159: 1}
    bench.do(decisions.clear_place, [PhotoId(1)])
    assert city(bench, 1) == "Rome"
    assert bench.undo_all() == 3
    assert [city(bench, each) for each in (1, 2, 3, 4)] == ["Rome", "Berlin", None, None]
    bench.do(journal.redo)
    assert [city(bench, each) for each in both] == ["Berlin", "Berlin"]


def test_the_same_again_is_no_decision(bench: Bench) -> None:
    bench.do(decisions.set_city, [PhotoId(1)], 3169070)
    bench.do(decisions.set_city, [PhotoId(1)], 3169070)
    assert bench.undo_all() == 1


@pytest.mark.parametrize("there", [(91.0, 0.0), (0.0, 181.0), (float("nan"), 0.0)])
def test_impossible_places_are_refused(bench: Bench, there: tuple[float, float]) -> None:
    with pytest.raises(UserError):
        bench.do(decisions.set_place, [PhotoId(1)], *there)
    with pytest.raises(UserError):
        bench.do(decisions.set_city, [PhotoId(1)], -1)
    assert bench.undo_all() == 0


def test_points_follow_the_list_they_are_for(bench: Bench) -> None:
    bench.do(decisions.set_place, [PhotoId(4)], *ROME)
    bench.do(decisions.set_nowhere, [PhotoId(2)])
    found = places.points(bench.connection, [PhotoId(n) for n in (4, 3, 2, 1)])
    assert found.photo_ids.tolist() == [4, 3, 1]
    assert found.latitude == pytest.approx([41.89, 0.0, 41.89], abs=1e-5)
    assert found.longitude == pytest.approx([12.47, -30.0, 12.47], abs=1e-5)
    assert len(places.points(Bench().connection, [PhotoId(1)]).photo_ids) == 0


def test_what_files_say_comes_with_the_rest_of_their_descriptions(bench: Bench) -> None:
    photo, copied = PhotoId(4), PhotoId(3)
    bench.do(describing.record, photo, PhotoInfo(latitude=ROME[0], longitude=ROME[1]))
    assert city(bench, photo) == "Rome"
    bench.do(decisions.set_place, [photo], *BERLIN)
    bench.do(describing.copy, photo, copied)
    # A copy has what the file says, and not what was said.
    assert city(bench, copied) == "Rome"
    bench.do(describing.record, copied, PhotoInfo(latitude=ROME[0]))
    assert places.locations(bench.connection, [copied]) == {}
    assert city(bench, photo) == "Berlin"


def test_a_sidecar_places_a_photo(bench: Bench) -> None:
    photo = PhotoId(1)
    bench.do(describing.record, photo, PhotoInfo(latitude=ROME[0], longitude=ROME[1]))
    beside = '{"info": {"latitude": 52.5, "longitude": 13.42}}'
    for sidecars, expected in ((beside, "Berlin"), (None, "Rome")):
        with bench.database.atomic():
            photos.set_sidecars(bench.connection, photo, sidecars)
        bench.do(describing.derive, [photo])
        assert city(bench, photo) == expected


def test_details_tell_the_place_that_photos_share(bench: Bench) -> None:
    connection = bench.connection
    bench.do(decisions.set_place, [PhotoId(4)], 41.9, 12.5)
    one = photo_details.shared(connection, [PhotoId(4)], "de")
    assert one.place is not None and one.place.given and one.place.country == "Italien"
    assert one.coordinates == (41.9, 12.5)
    both = photo_details.shared(connection, [PhotoId(1), PhotoId(4)])
    assert both.place is not None and both.place.city is not None
    assert both.place.city.name == "Rome" and both.coordinates is None
    for differing in ([1, 2], [1, 3]):
        found = photo_details.shared(connection, [PhotoId(each) for each in differing])
        assert found.place is None and found.coordinates is None
    sea = photo_details.shared(connection, [PhotoId(3)])
    assert sea.place is not None and sea.place.city is None and sea.coordinates == SEA
    bench.do(decisions.set_nowhere, [PhotoId(1)])
    assert photo_details.shared(connection, [PhotoId(1)]).place is None


def test_words_of_captions_come_after_places(bench: Bench) -> None:
    for photo, caption in ((2, "Rome from above"), (3, "Berlin Wall at sea")):
        bench.do(descriptions.describe, [PhotoId(photo)], caption=caption)
    assert found(bench, "Rome") == {1}
    assert found(bench, "Rom") == {1}
    assert found(bench, "caption:Rome") == {2}
    assert found(bench, '"Berlin Wall"') == {3}
    assert found(bench, "Berlin above") == {2}
    assert found(bench, "wall") == {3}


@pytest.mark.parametrize("kept", [None, BERLIN, SEA])
def test_a_kept_duplicate_takes_the_given_place_unless_it_has_one(
    bench: Bench, kept: tuple[float, float] | None
) -> None:
    if kept is not None:
        bench.do(decisions.set_place, [PhotoId(4)], *kept)
    # On the equator; nowhere near a city.
    bench.do(decisions.set_place, [PhotoId(1)], 0.0, -20.0)
    bench.do(duplicates.keep, [PhotoId(4)], [PhotoId(1)])
    there = places.locations(bench.connection, [PhotoId(4)])[PhotoId(4)]
    assert (there.latitude, there.longitude) == (kept or (0.0, -20.0)) and there.given


def test_a_kept_duplicate_is_nowhere_if_the_other_is(bench: Bench) -> None:
    bench.do(decisions.set_nowhere, [PhotoId(2)])
    bench.do(duplicates.keep, [PhotoId(1)], [PhotoId(2)])
    assert places.locations(bench.connection, [PhotoId(1)]) == {}
    bench.do(journal.undo)
    assert city(bench, 1) == "Rome"


def test_a_missing_photo_with_a_given_place_counts_as_decided(bench: Bench, tmp_path: Path) -> None:
    connection = bench.connection
    with bench.database.atomic():
        connection.execute("UPDATE photo SET content_hash = 'same', status = 'analysed'")
        connection.execute("UPDATE photo SET status = 'missing' WHERE id = 1")
        connection.execute("UPDATE photo SET content_hash = 'other' WHERE id > 2")
    assert photos.orphaned_with_copy(connection) == []
    bench.do(decisions.set_place, [PhotoId(1)], *BERLIN)
    assert photos.orphaned_with_copy(connection) == [(1, 2)]
