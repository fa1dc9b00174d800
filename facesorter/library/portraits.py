"""A person's face through the years, as images or as one animated picture."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from facesorter.cancel import CancelToken
from facesorter.domain import PersonId
from facesorter.errors import Message, UnreadablePhoto, UserError
from facesorter.faces.portrait import portrait
from facesorter.files import replacing
from facesorter.images.thumbnails import to_jpeg
from facesorter.library import playback, queries

ANIMATED = 120
"""Most pictures of an animation: about a minute, and 85 MB of memory while it is written."""
SIDE = 480
"""Side of an animation, px: fits a message or a web page, in some 3 MB."""
FRAME_MS = 500
"""How long each picture is shown: time to see a face and read its year."""
_CAPTION = 28
"""Height of the year's letters, px."""

Failures = list[tuple[str, Message]]
"""Path of each photo that couldn't be read, and why."""
OnProgress = Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class Portrait:
    """A face to cut out of a photo."""

    path: str
    taken_at: str
    landmarks: tuple[tuple[float, float], ...]


def through_the_years(
    connection: sqlite3.Connection, person_id: PersonId, most: int = playback.MOST
) -> list[Portrait]:
    """Return the faces that a playback shows, oldest first."""
    faces = queries.faces(connection, playback.frames(connection, person_id, most))
    photos = {p.id: p for p in queries.photos(connection, [face.photo_id for face in faces])}
    return [
        Portrait(photos[face.photo_id].path, photos[face.photo_id].taken_at, tuple(face.landmarks))
        for face in faces
    ]


def write_images(portraits: Sequence[Portrait], folder: Path) -> tuple[int, Failures]:
    """Write each portrait as a JPEG file; return how many were written. Thread: any; blocks.

    Args:
        portraits: From `through_the_years`.
        folder: New or empty.

    Raises:
        UserError: The folder isn't empty or can't be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError("{folder} already exists. Name a new or an empty folder.", folder=folder)
    written, failed = 0, Failures()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, each in enumerate(portraits, 1):
            try:
                pixels = portrait(Path(each.path), each.landmarks)
            except UnreadablePhoto as error:
                failed.append((each.path, error.message))
                continue
            name = f"{number:04} {each.taken_at[:10]}".rstrip() + ".jpg"
            (folder / name).write_bytes(to_jpeg(pixels))
            written += 1
    except OSError as error:
        raise UserError(
            "{folder} can’t be written ({error}).", folder=folder, error=error
        ) from error
    return written, failed


def write_animation(
    portraits: Sequence[Portrait],
    path: Path,
    *,
    token: CancelToken | None = None,
    progress: OnProgress = lambda done, total: None,
) -> tuple[int, Failures]:
    """Write an animated WebP that repeats; return the number of pictures. Thread: any; blocks.

    Each picture is captioned with its year. Nothing is written if canceled.

    Args:
        portraits: From `through_the_years`, at most `ANIMATED`.
        path: Replaced if it exists; the caller has asked.
        token: Cancels it between two pictures.
        progress: Called after each picture with the number done and the total.

    Raises:
        UserError: No photo can be read, or the file can't be written.
        Cancelled: ``token`` was canceled.
    """
    frames, failed = list[Image.Image](), Failures()
    for done, each in enumerate(portraits, 1):
        if token is not None:
            token.check()
        try:
            image = Image.fromarray(portrait(Path(each.path), each.landmarks, SIDE))
        except UnreadablePhoto as error:
            failed.append((each.path, error.message))
        else:
            _caption(image, each.taken_at[:4])
            frames.append(image)
        progress(done, len(portraits))
    if not frames:
        raise UserError("None of these photos can be read.")
    try:
        with replacing(path) as partial:
            frames[0].save(
                partial,
                "WEBP",
                save_all=True,
                append_images=frames[1:],
                duration=FRAME_MS,
                loop=0,
                quality=80,
            )
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UserError("{file} can’t be written ({error}).", file=path, error=reason) from error
    return len(frames), failed


def _caption(image: Image.Image, text: str) -> None:
    """Write a year in the lower left corner, readable on any ground."""
    font = ImageFont.load_default(_CAPTION)
    at = (_CAPTION // 2, image.height - 2 * _CAPTION)
    ImageDraw.Draw(image).text(at, text, "white", font, stroke_width=2, stroke_fill="black")
