"""People in JSON: Takeout, osxphotos, ExifTool, Immich, and files of any size."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from facesorter.errors import UserError
from facesorter.exchange import tonfotos
from facesorter.exchange.json_items import LARGEST_ITEM, read_items
from facesorter.exchange.json_people import of_object, photos_within
from facesorter.exchange.names import Source
from tests.support.other_programs import (
    Box,
    immich_asset,
    osxphotos_photo,
    takeout,
    tonfotos_ini,
)
from tests.support.xmp import FORMS, packet, regions

ANNA = Box("Anna", 0.1, 0.2, 0.3, 0.4)
NOBODY = Box("", 0.5, 0.6, 0.2, 0.2)


def read(value: dict[str, Any]) -> Any:
    found = of_object(value)
    assert found is not None
    return found


def test_takeout() -> None:
    found = read(json.loads(takeout("a.jpg", ["Anna", "Zoë", "Anna"])))
    assert found.names.people == (("Anna", Source.TAKEOUT), ("Zoë", Source.TAKEOUT))
    assert not read(json.loads(takeout("a.jpg", []))).names


def test_osxphotos() -> None:
    photo = osxphotos_photo("IMG_1.HEIC", "/Users/me/x.heic", [ANNA, NOBODY])
    photo["persons"] += ["Ben", "_UNKNOWN_"]
    found = read(photo)
    assert found.paths[:2] == ("/Users/me/x.heic", "IMG_1.HEIC")
    assert [region.name for region in found.names.regions] == ["Anna", ""]
    region = found.names.regions[0]
    assert (region.x, region.y, region.w, region.h) == pytest.approx(ANNA[1:])
    assert found.names.people == (("Ben", Source.APPLE_PHOTOS),)


def test_sidecars_of_osxphotos() -> None:
    found = read(
        {
            "_CreatedBy": "osxphotos, https://github.com/RhetTbull/osxphotos",
            "SourceFile": "a.jpg",
            "XMP:PersonInImage": ["Anna", "Ben"],
            "XMP:RegionName": ["Anna"],
            "XMP:RegionType": ["Face"],
            "XMP:RegionAreaX": [0.25],
            "XMP:RegionAreaY": [0.4],
            "XMP:RegionAreaW": [0.3],
            "XMP:RegionAreaH": [0.4],
            "XMP:RegionAppliedToDimensionsW": 400,
            "XMP:RegionAppliedToDimensionsH": 300,
        }
    )
    (region,) = found.names.regions
    assert (region.x, region.y, region.w, region.h) == pytest.approx(ANNA[1:])
    assert region.applied_to == (400, 300) and region.source is Source.APPLE_PHOTOS
    assert found.names.people == (("Ben", Source.APPLE_PHOTOS),)


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool isn't installed")
@pytest.mark.parametrize("options", [["-struct"], [], ["-G1"], ["-G", "-struct"], ["-n"]])
def test_what_exiftool_writes(tmp_path: Path, options: list[str]) -> None:
    path = tmp_path / "a.xmp"
    size = '<mwg-rs:AppliedToDimensions stDim:w="10" stDim:h="20" stDim:unit="pixel"/>'
    people = (
        "<Iptc4xmpExt:PersonInImage><rdf:Bag><rdf:li>Ben</rdf:li></rdf:Bag>"
        "</Iptc4xmpExt:PersonInImage>"
    )
    path.write_bytes(packet(regions(FORMS["elements"], size) + people))
    command = ["exiftool", "-json", "-xmp:all", *options, str(path)]
    output = subprocess.run(command, check=True, capture_output=True).stdout
    found = read(json.loads(output)[0])
    (region,) = found.names.regions
    assert (region.name, region.applied_to) == ("Anna", (10, 20))
    assert (region.x, region.y, region.w, region.h) == pytest.approx((0.4, 0.2, 0.2, 0.4))
    assert found.names.people == (("Ben", Source.PERSON_IN_IMAGE),)


def test_immich() -> None:
    photo = immich_asset("a.jpg", [ANNA, NOBODY], (1000, 500))
    photo["people"].append({"name": "Ben"})
    for answer in (photo, {"assets": {"items": [photo], "total": 1}}):
        (each,) = photos_within(answer)
        found = read(dict(each))
        assert found.paths[1] == "a.jpg"
        assert [region.name for region in found.names.regions] == ["Anna", ""]
        region = found.names.regions[0]
        assert (region.x, region.y, region.w, region.h) == pytest.approx(ANNA[1:])
        assert found.names.people == (("Ben", Source.IMMICH),)


def test_tonfotos(tmp_path: Path) -> None:
    path = tmp_path / ".tonfotos.ini"
    path.write_text(tonfotos_ini({"a.jpg": ["Анна", "Ben"], "../b.jpg": ["Ben"]}), "utf-8")
    ((photo, names),) = tonfotos.read_ini(path)
    assert photo == "a.jpg" and [name for name, _ in names.people] == ["Анна", "Ben"]
    for text in ("[section]\nkey=1", "[]", '{"files": []}', "{" * 100_000):
        path.write_text(text)
        with pytest.raises(UserError, match="Tonfotos"):
            list(tonfotos.read_ini(path))


ODD: list[Any] = [
    {"original_filename": 3, "persons": 5, "face_info": {"a": 1}},
    {"original_filename": "a", "persons": [1, None, ["x"]], "face_info": [1, {"name": 2}]},
    {"original_filename": "a", "face_info": [{"name": "A", "mwg_rs_area": {"x": "nan"}}]},
    {"SourceFile": 1, "RegionInfo": {"RegionList": [{"Area": {"X": 1e400}}, 5], "x": 1}},
    {"SourceFile": "a", "RegionAreaX": [10**400], "RegionAreaY": 1, "RegionName": {}},
    {"originalFileName": "a", "people": [{"name": [], "faces": [{"imageWidth": 0}]}]},
    {"originalFileName": "a", "people": 7, "unassignedFaces": [{"boundingBoxX1": True}]},
    {"title": "a", "people": [[], {"name": {"a": 1}}]},
]


@pytest.mark.parametrize("value", ODD)
def test_odd_values_name_nobody(value: dict[str, Any]) -> None:
    found = read(value)
    assert found.names.regions == ()
    assert [name for name, _ in found.names.people] in ([], ["A"])


def test_objects_of_something_else() -> None:
    for value in ({}, {"name": "package", "version": 1}, {"people": []}, {"persons": ["x"]}):
        assert of_object(value) is None


ITEMS = [{"a": 'quote " \\ } ] {'}, {"b": [{"c": {}}, [[]], "\\"]}, {"ü": "\\u0022"}]


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 1 << 16])
def test_items_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr("facesorter.exchange.json_items._CHUNK", chunk)
    path = tmp_path / "a.json"
    for text in (
        json.dumps(ITEMS),
        json.dumps(ITEMS, indent=2, ensure_ascii=False),
        "\n".join(map(json.dumps, ITEMS)),
        json.dumps([1, "x", [{"no": "item"}], *ITEMS, None]),
    ):
        path.write_text(text, "utf-8")
        assert list(read_items(path)) == ITEMS
    path.write_text(json.dumps(ITEMS[1]))
    assert list(read_items(path)) == ITEMS[1:2]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[" * 1000, "photo program"),
        ('[{"a":' + "[" * 100_000, "photo program"),
        ("}", "damaged"),
        ('[{"a": 1}', "damaged"),
        ("{a: 1}", "damaged"),
        ('[{"a": "', "damaged"),
        ('[{"a": "' + "x" * (LARGEST_ITEM + 1), "photo program"),
    ],
)
def test_what_is_no_json_gets_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(UserError, match=sentence):
        list(read_items(path))
