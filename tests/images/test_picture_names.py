"""Which files are one picture, by their names."""

from __future__ import annotations

import pytest

from facesorter.images.picture_names import Role, are_frames, picture_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("IMG_1234.CR2", "IMG_1234.JPG"),
        ("IMG_1234.JPG", "IMG_E1234.JPG"),
        ("IMG_1234.HEIC", "IMG_E1234.JPG"),
        ("beach.jpg", "beach-edited.jpg"),
        ("Strand.jpg", "Strand-bearbeitet.jpg"),
        ("plage.jpg", "plage-modifié(1).jpg"),
        ("IMG_1234.CR2", "IMG_1234-Edit-2.tif"),
        ("IMG_1234.JPG", "IMG_1234_v1.JPG"),
        ("PXL_20210703_120000123.RAW-01.COVER.jpg", "PXL_20210703_120000123.RAW-02.ORIGINAL.dng"),
        ("PXL_20210703_120000123.jpg", "PXL_20210703_120000123~2.jpg"),
    ],
)
def test_files_of_one_picture_have_one_base(one: str, other: str) -> None:
    assert picture_name(one).base == picture_name(other).base


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("IMG_1234.JPG", "IMG_1235.JPG"),
        ("IMG_1234.JPG", "IMG_1234 (2).JPG"),
        ("IMG_1234.JPG", "IMG_E12345.JPG"),
        ("edited.jpg", "bearbeitet.jpg"),
    ],
)
def test_other_files_have_bases_of_their_own(one: str, other: str) -> None:
    assert picture_name(one).base != picture_name(other).base


def test_roles() -> None:
    names = ("IMG_E1.jpg", "a-edited.jpg", "IMG_E1234.JPG", "a.heic", "a.tif", "a.nef")
    assert [picture_name(name).role for name in names] == [
        *(Role.PICTURE, Role.EDITED, Role.EDITED),
        *(Role.PICTURE, Role.LOSSLESS, Role.RAW),
    ]


def test_frames_differ_by_the_cameras_number_alone() -> None:
    assert are_frames("IMG_0007.JPG", "IMG_0008.jpg")
    assert are_frames("20190612_153000_BURST001.jpg", "20190612_153000_BURST002.jpg")
    assert not are_frames("IMG_0007.JPG", "IMG_0007 (2).JPG")
    assert not are_frames("IMG_0007.JPG", "IMG_0007_small.JPG")
    assert not are_frames("IMG_0007.JPG", "DSC_0008.JPG")
