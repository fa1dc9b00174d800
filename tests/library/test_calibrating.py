"""What a similarity means, by the strangers that a library knows."""

from __future__ import annotations

import numpy as np

from facesorter.faces import calibration
from facesorter.library.decisions import corrections
from facesorter.library.models import calibrate
from facesorter.library.scanning import record
from facesorter.storage import faces
from tests.library.made import DIMENSION, Bench, fill

ARGS = ("other", f"made-{DIMENSION}", DIMENSION)


def test_people_of_different_names_and_of_one_photo_are_strangers() -> None:
    bench = Bench()
    own = fill(bench.connection, people=3, each=4, per_photo=1)
    bench.connection.execute("UPDATE face SET quality = 0.9")
    bench.refresh()
    assert len(calibrate.strangers(bench.connection)) == 0  # who is who is a guess
    person = [faces.by_ids(bench.connection, [group[0]])[0].person_id for group in own[:3]]
    for number, name in enumerate(("Anna", "Bert", "anna")):
        bench.do(corrections.name, person[number], name, allow_same=True)
    # Anna and anna may be one; each name speaks with one face.
    found = calibrate.strangers(bench.connection)
    assert len(found) == 1 and abs(found[0]) < 0.5
    # Two faces in one photo are two people, whoever they are, unless the user says otherwise.
    first, second, third = own[0][0], own[1][0], own[0][1]
    (face,) = faces.by_ids(bench.connection, [first])
    bench.connection.execute(
        "UPDATE face SET photo_id = ? WHERE id IN (?, ?)", (face.photo_id, second, third)
    )
    assert len(calibrate.strangers(bench.connection)) == 1 + 2
    bench.connection.execute("UPDATE face SET quality = 0.1 WHERE id = ?", (second,))
    assert len(calibrate.strangers(bench.connection)) == 1


def test_a_library_with_many_photos_of_several_calibrates_its_pack() -> None:
    bench = Bench()
    fill(bench.connection, people=300, each=2, per_photo=4, spread=0.3)
    bench.connection.execute("UPDATE face SET quality = 0.9")
    known = calibrate.of_library(bench.connection, *ARGS)
    # These vectors point anywhere: a wider spread than that of the packs with 128 numbers.
    assert known is calibration.OPENCV_ZOO  # 900 pairs are too few
    fill(bench.connection, people=600, each=2, per_photo=4, spread=0.3, seed=1)
    known = calibrate.of_library(bench.connection, *ARGS)
    anywhere = 2.326 / np.sqrt(DIMENSION)
    assert abs(known.similarity(1e-2) - anywhere) < 0.04
    assert abs(known.similarity(0.5)) < 0.02
    other = calibrate.of_library(bench.connection, "other", "f" * 64, 512)
    assert other == calibration.Calibration()


def test_the_bundled_pack_is_known_already() -> None:
    bench = Bench()
    fill(bench.connection, people=3, each=2)
    bench.do(record.use_model, "opencv-zoo", "made-64", DIMENSION)
    found = calibrate.of_library(bench.connection, "opencv-zoo", "made-64", DIMENSION)
    assert found is calibration.OPENCV_ZOO
