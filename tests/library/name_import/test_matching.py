"""Regions of other programs land on the faces they mean, however the program counts."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from facesorter.domain import Region
from facesorter.exchange.names import Frame, ImportedRegion, Source
from facesorter.exchange.xmp_people import read_packet
from facesorter.library.name_import.matching import Seen, doubled, match, place, upright

FACES = (Region(0.1, 0.15, 0.12, 0.2), Region(0.55, 0.3, 0.1, 0.16), Region(0.7, 0.72, 0.15, 0.2))
BACK = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}
"""The orientation that takes an upright region back to the stored picture."""


def region_at(region: Region, applied: tuple[int, int] | None = None) -> ImportedRegion:
    box = (region.x, region.y, region.w, region.h)
    return ImportedRegion("Anna", *box, Source.MWG, Frame.UNKNOWN, applied)


def stored(region: Region, orientation: int) -> Region:
    return upright(region, BACK[orientation])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("frame", [Frame.STORED, Frame.UPRIGHT])
@pytest.mark.parametrize("usual", [None, Frame.STORED, Frame.UPRIGHT])
def test_both_conventions_in_all_orientations(
    orientation: int, frame: Frame, usual: Frame | None
) -> None:
    there = [stored(f, orientation) if frame is Frame.STORED else f for f in FACES]
    found = place(
        [region_at(each) for each in there], Seen(FACES, orientation, 4000, 3000), None, usual
    )
    assert found.faces == {0: 0, 1: 1, 2: 2}
    for region, face in zip(found.regions, FACES, strict=True):
        assert region is not None
        assert region.overlap(face) > 0.999
    assert found.evidence in (None, frame)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_stored_and_back_is_the_same_place(orientation: int) -> None:
    for face in FACES:
        assert upright(stored(face, orientation), orientation).overlap(face) > 0.999


def test_without_faces_the_applied_size_tells_the_frame() -> None:
    face = FACES[0]
    lying = place([region_at(face, (4000, 3000))], Seen([], 6, 3000, 4000))
    assert lying.regions[0] is not None
    assert lying.regions[0].overlap(upright(face, 6)) > 0.999
    standing = place([region_at(face, (3000, 4000))], Seen([], 6, 3000, 4000))
    assert standing.regions[0] is not None
    assert standing.regions[0].overlap(face) > 0.999


def test_without_faces_other_photos_of_the_program_tell_the_frame() -> None:
    found = place([region_at(FACES[0])], Seen([], 6, 3000, 4000), None, Frame.UPRIGHT)
    assert found.regions[0] is not None
    assert found.regions[0].overlap(FACES[0]) > 0.999
    assert found.evidence is None


def test_a_box_around_the_head_is_the_face_in_it() -> None:
    face = FACES[0]
    head = Region(face.x - face.w * 0.4, face.y - face.h * 0.5, face.w * 1.8, face.h * 1.8)
    assert head.overlap(face) < 0.5
    assert place([region_at(head)], Seen(FACES, 1)).faces == {0: 0}


def test_a_box_beside_a_face_is_not_that_face() -> None:
    face = FACES[0]
    beside = Region(face.x + face.w * 0.6, face.y, face.w, face.h)
    assert match([beside], FACES) == ({}, 0.0)


def cut(region: Region, crop: Region) -> Region:
    return Region(
        (region.x - crop.x) / crop.w,
        (region.y - crop.y) / crop.h,
        region.w / crop.w,
        region.h / crop.h,
    )


def test_after_a_crop_two_faces_tell_where_the_regions_are() -> None:
    crop = Region(0.05, 0.1, 0.62, 0.5)
    seen = [cut(face, crop) for face in FACES[:2]]
    found = place([region_at(face) for face in FACES], Seen(seen, 1, 2480, 1500))
    assert found.faces == {0: 0, 1: 1}
    assert found.regions[2] is None  # it was cut off


def test_after_a_crop_one_face_of_the_same_size_in_pixels_is_enough() -> None:
    crop = Region(0.5, 0.2, 0.25, 0.5)
    seen = [cut(FACES[1], crop)]
    regions = [region_at(FACES[1], (4000, 3000))]
    assert place(regions, Seen(seen, 1, 1000, 1500)).faces == {0: 0}
    assert place(regions, Seen(seen, 1, 3000, 4500)).faces == {}  # another face, for all we know


def test_two_people_side_by_side_upside_down_follow_the_frame_that_fits_better() -> None:
    faces = [Region(0.2, 0.4, 0.1, 0.15), Region(0.68, 0.42, 0.1, 0.15)]
    for frame in (Frame.STORED, Frame.UPRIGHT):
        there = [stored(f, 3) if frame is Frame.STORED else f for f in faces]
        assert place([region_at(f) for f in there], Seen(faces, 3)).faces == {0: 0, 1: 1}


def test_a_picture_turned_after_its_regions_were_written() -> None:
    for turn in itertools.chain((3, 6, 8), (2, 4)):
        there = [stored(face, turn) for face in FACES]
        assert place([region_at(f) for f in there], Seen(FACES, 1)).faces == {0: 0, 1: 1, 2: 2}


ONE = Region(0.1, 0.2, 0.2, 0.3)


@pytest.mark.parametrize("orientation", range(2, 9))
def test_one_person_twice_is_whoever_is_on_a_face(orientation: int) -> None:
    double = stored(ONE, orientation)
    twice = [replace(region_at(each), frame=Frame.UPRIGHT) for each in (double, ONE)]
    seen = Seen([ONE], orientation)
    assert doubled(twice, place(twice, seen), seen) == ({0}, set())
    unseen = Seen([], orientation)
    assert doubled(twice, place(twice, unseen), unseen) == (set(), {0, 1})
    # A stranger is where the double says.
    both = Seen([ONE, Region(double.x + 0.03, double.y, double.w, double.h)], orientation)
    assert doubled(twice, place(twice, both), both) == ({0}, set())


def test_one_person_on_both_sides_of_a_collage_stays_there_twice() -> None:
    mirrored = stored(ONE, 2)
    twice, seen = [region_at(ONE), region_at(mirrored)], Seen([ONE, mirrored])
    assert doubled(twice, place(twice, seen), seen) == (set(), set())


def test_people_of_other_names_are_no_doubles() -> None:
    others = [replace(region_at(ONE), name="Anna"), replace(region_at(stored(ONE, 3)), name="Ben")]
    nameless = [replace(each, name="") for each in others]
    seen = Seen([ONE], 3)
    for each in (others, nameless):
        assert doubled(each, place(each, seen), seen) == (set(), set())


@pytest.mark.parametrize(("rotation", "orientation"), [(90, 6), (270, 8), (180, 3)])
def test_one_face_of_a_picture_that_its_format_turns(rotation: int, orientation: int) -> None:
    face = FACES[0]
    frame = Region(face.x, face.y - face.h * 0.2, face.w * 1.2, face.h * 1.4)  # as others draw it
    assert frame.overlap(face) < 0.7
    for there in (stored(frame, orientation), frame):
        found = place([region_at(there)], Seen(FACES[:1], 1, 3000, 4000), rotation)
        assert found.faces == {0: 0}
        assert found.regions[0] is not None
        assert found.regions[0].overlap(frame) > 0.999


@pytest.mark.parametrize(("rotation", "orientation"), [(90, 6), (270, 8)])
def test_without_faces_the_applied_size_tells_whether_the_format_turned_them(
    rotation: int, orientation: int
) -> None:
    there = stored(FACES[0], orientation)
    lying = place([region_at(there, (4000, 3000))], Seen([], 1, 3000, 4000), rotation)
    assert lying.regions[0] is not None
    assert lying.regions[0].overlap(FACES[0]) > 0.999
    standing = place([region_at(FACES[0], (3000, 4000))], Seen([], 1, 3000, 4000), rotation)
    assert standing.regions[0] is not None
    assert standing.regions[0].overlap(FACES[0]) > 0.999


LIGHTROOM = """<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 7.0-c000">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
   xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
   xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"
   xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#"
   xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#"
   xmp:CreatorTool="Adobe Photoshop Lightroom Classic 13.0" tiff:Orientation="{orientation}">
  <mwg-rs:Regions rdf:parseType="Resource">
   <mwg-rs:AppliedToDimensions stDim:w="6000" stDim:h="4000" stDim:unit="pixel"/>
   <mwg-rs:RegionList><rdf:Bag><rdf:li><rdf:Description
      mwg-rs:Rotation="{rotation}" mwg-rs:Name="Anna" mwg-rs:Type="Face">
     <mwg-rs:Area stArea:h="{h:.5f}" stArea:w="{w:.5f}" stArea:x="{x:.5f}" stArea:y="{y:.5f}"/>
   </rdf:Description></rdf:li></rdf:Bag></mwg-rs:RegionList>
  </mwg-rs:Regions></rdf:Description></rdf:RDF></x:xmpmeta>"""


@pytest.mark.parametrize(
    ("orientation", "rotation"), [(1, "0.00000"), (3, "3.14159"), (6, "-1.57080"), (8, "1.57080")]
)
@pytest.mark.parametrize("found", [True, False])
def test_lightroom_counts_from_the_stored_picture(
    orientation: int, rotation: str, found: bool
) -> None:
    """Its documented form: applied to the sensor's size, whichever way the photo is turned."""
    face = FACES[0]
    box = stored(face, orientation)
    middle = {"x": box.x + box.w / 2, "y": box.y + box.h / 2, "w": box.w, "h": box.h}
    packet = LIGHTROOM.format(orientation=orientation, rotation=rotation, **middle)
    photo_names = read_packet(packet.encode())
    size = (6000, 4000) if orientation < 5 else (4000, 6000)
    placed = place(photo_names.regions, Seen(FACES if found else (), orientation, *size))
    assert placed.faces == ({0: 0} if found else {})
    assert placed.regions[0] is not None
    assert placed.regions[0].overlap(face) > 0.99
