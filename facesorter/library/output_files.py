"""What a file that the user names for output must not replace."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from facesorter.errors import UserError
from facesorter.images.formats import is_photo
from facesorter.library.export import watched_folder
from facesorter.library.listings import photo_at

_DATABASE = b"SQLite format 3\0"


def refuse_precious(
    connection: sqlite3.Connection, path: Path, *, is_picture: bool = False
) -> None:
    """Make sure that a file to write replaces no photo and no library.

    A slip of the hand, such as a photo's path where the output's belongs, must not cost the photo.

    Args:
        connection: Any to the library.
        path: The file to create or replace.
        is_picture: The output is a picture itself, so earlier ones outside watched folders may be
            replaced.

    Raises:
        UserError: it would.
    """
    if not os.path.lexists(path):
        return
    places = {os.path.abspath(path), os.path.realpath(path)}
    precious = any(photo_at(connection, place) is not None for place in places)
    if is_photo(path.name) or is_photo(os.path.basename(os.path.realpath(path))):
        precious |= not is_picture or watched_folder(connection, path) is not None
    if path.is_file():  # a pipe could be read forever
        with contextlib.suppress(OSError), path.open("rb") as file:
            precious |= file.read(len(_DATABASE)) == _DATABASE
    if precious:
        raise UserError(
            "{file} is a photo or a database, so it isn’t replaced. Choose another name.", file=path
        )
