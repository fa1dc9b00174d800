"""Files of a folder that are one picture, by their names: raw, edited copies, Live Photos.

Cameras name the files of one exposure alike but for the suffix. Programs that edit add something to
the name that is left when their copy goes: Apple an E (``IMG_E1234``), Google and others a word.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from facesorter.images.formats import RAW_SUFFIXES

_LOSSLESS = frozenset(("tif", "tiff", "png", "psd", "jxl"))

_MOVING = "mov"
"""The moving part of a Live Photo, see `images.motion`."""

_APPLE = re.compile(r"(img_)e(\d{4})")
_PIXEL_RAW = re.compile(r"\.raw-\d\d\.(?:cover|original)")
_EDITED_WORDS = (
    *("edited", "edit", "bearbeitet", "modifié", "modifie", "retouché", "editado", "editada"),
    *("modificato", "modificata", "bewerkt", "edytowane", "edytowany", "editat", "editată"),
    *("redigerad", "redigeret", "redigert", "muokattu", "upraveno", "düzenlendi", "изменено"),
    *("измененный", "отредактировано", "編集済み", "已修改"),
)
"""What Google Photos, Lightroom, and others add in the user's language."""
_EDITED = re.compile(
    rf"(?:[-_ ](?:{'|'.join(_EDITED_WORDS)})(?:[-_ ]?\d{{1,2}}|\(\d{{1,2}}\))?|_v\d{{1,2}}|~\d)$"
)
"""Also digiKam's versions and those of Android's editors."""
_FRAME = re.compile(r"(?P<before>.*?)(?P<number>\d{3,})(?P<after>\D*)$", re.DOTALL)


class Role(StrEnum):
    """What a file is to its picture, the best to show first."""

    EDITED = "edited"
    PICTURE = "picture"
    """The camera's own JPEG or HEIC, or the only file there is."""
    LOSSLESS = "lossless"
    """Made from the camera's file by a program, such as a TIFF."""
    RAW = "raw"
    MOVING = "moving"
    """The moving part of a Live Photo, a file beside it."""


RANK = {role: rank for rank, role in enumerate(Role)}
"""Place of each role in a picture, 0 on top."""


class PictureName(NamedTuple):
    """What a file name says about its picture."""

    base: str
    """The same for all files of a picture in a folder."""
    role: Role
    edited: str
    """What tells several edited copies apart, in order; "" for none."""


def picture_name(name: str) -> PictureName:
    """Return what a file name (without folders) says about its picture."""
    stem, _, suffix = name.lower().rpartition(".")
    base = _PIXEL_RAW.sub("", stem)
    if suffix == _MOVING:
        base = base.removesuffix("_hevc")
    match = _APPLE.fullmatch(base)
    edited = "e" if match else ""
    if match:
        base = match[1] + match[2]
    while found := _EDITED.search(base):
        edited, base = base[found.start() :] + edited, base[: found.start()]
    if suffix == _MOVING:
        return PictureName(base, Role.MOVING, edited)
    if edited:
        return PictureName(base, Role.EDITED, edited)
    if suffix in RAW_SUFFIXES:
        return PictureName(base, Role.RAW, "")
    return PictureName(base, Role.LOSSLESS if suffix in _LOSSLESS else Role.PICTURE, "")


def are_frames(one: str, other: str) -> bool:
    """Return whether two names differ by the number that a camera gave, as IMG_0007 and IMG_0008.

    Names of copies, such as ``IMG_0007 (2)`` or ``IMG_0007_small``, have the same number.
    """
    a, b = (_FRAME.match(name.lower().rpartition(".")[0]) for name in (one, other))
    return bool(
        a
        and b
        and a["number"] != b["number"]
        and len(a["number"]) == len(b["number"])
        and (a["before"], a["after"]) == (b["before"], b["after"])
    )
