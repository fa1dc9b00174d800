"""Compare the dates of photo files with what exiftool reads, file by file.

    .venv/bin/python -m tests.benchmarks.exiftool_dates [FOLDER]

Prints a row per file: the date and its source here, exiftool's date by the same order of sources
and its tag, and whether they are the same, or why not. Without exiftool or the photos it says so.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any, NamedTuple

from facesorter.images import decode
from facesorter.images.dates import DateSource, Doubt, Taken, decide, latest_now, parse_date
from facesorter.images.metadata import read_file
from facesorter.library import photo_dates
from tests import photos
from tests.benchmarks.photo_info_table import exiftool, files_below

TAGS: dict[DateSource, tuple[str, ...]] = {
    DateSource.ORIGINAL: ("EXIF:DateTimeOriginal",),
    DateSource.XMP: ("XMP:DateTimeOriginal", "XMP:DateCreated"),
    DateSource.IPTC: ("Composite:DateTimeCreated", "IPTC:DateCreated"),
    DateSource.DIGITISED: ("EXIF:CreateDate", "XMP:DateTimeDigitized", "XMP:CreateDate"),
    DateSource.CONTAINER: ("PNG:CreationTime",),
    DateSource.GPS: ("Composite:GPSDateTime", "XMP:GPSDateTime", "EXIF:GPSDateStamp"),
}
"""Exiftool's tags of each source, in the order in which sources count."""
EDITED = ("EXIF:ModifyDate", "XMP:ModifyDate", "XMP:MetadataDate", "Photoshop:ModifyDate")
"""Dates of edits, which are none of the photo."""


class Row(NamedTuple):
    """The dates of one file."""

    file: str
    ours: Taken
    theirs: str | None
    tag: str
    verdict: str

    @property
    def is_explained(self) -> bool:
        """Whether the dates are the same, or it is clear why not."""
        return self.verdict != DIFFERS


DIFFERS = "DIFFERS"


def theirs(row: dict[str, Any]) -> tuple[str | None, str, DateSource | None]:
    """Return exiftool's date, its tag, and its source."""
    for source, tags in TAGS.items():
        for tag in tags:
            value = row.get(tag)
            if found := parse_date(None if value is None else str(value)):
                return found, tag, source
    return None, next((tag for tag in EDITED if row.get(tag)), ""), None


def verdict(ours: Taken, other: str | None, tag: str, source: DateSource | None) -> str:
    """Say whether two dates are the same, or why they aren't."""
    if ours.doubt is Doubt.FUTURE and other is not None and other > latest_now():
        return "in the future, so not believed"
    is_guess = ours.source in photo_dates.GUESSED
    if other is None:
        if is_guess:
            return f"none: {tag} is of an edit" if tag else "none in both"
        if ours.source in (DateSource.NAME, DateSource.FOLDER):
            return "from a name, which exiftool doesn’t read"
        return DIFFERS
    if ours.at == other:
        return "same"
    if ours.at.startswith(other):
        return f"same, but known more precisely ({ours.source})"
    if ours.source in (DateSource.NAME, DateSource.FOLDER) and source in (
        DateSource.DIGITISED,
        DateSource.GPS,
    ):
        return "a name goes before the day of a scan, and before GPS"
    return DIFFERS


def opens(path: Path) -> bool:
    """Return whether a file is a picture that can be opened."""
    try:
        with decode.open_image(path.read_bytes()):
            return True
    except Exception:  # of damaged files, decoders raise anything
        return False


def compare(folder: Path) -> list[Row]:
    """Compare all photo files of a folder and below; their sidecars don't count on either side."""
    files, latest = files_below(folder), latest_now()
    tags, found = exiftool(files), []
    for path in files:
        name = path.relative_to(folder).as_posix()
        known = photo_dates.around(str(folder), name, path.stat().st_mtime_ns)
        ours = decide({**known, **read_file(path).dates}, latest)
        other, tag, source = theirs(tags.get(path, {}))
        outcome = verdict(ours, other, tag, source)
        if outcome == DIFFERS and not opens(path):
            outcome = "damaged: it doesn’t open, so it isn’t shown either"
        found.append(Row(name, ours, other, tag, outcome))
    return found


def main() -> int:
    """Print the table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else photos.SHARED / "formats"
    if shutil.which("exiftool") is None or not folder.is_dir():
        print("This needs exiftool, and the photos.")
        return 0
    rows = compare(folder)
    for row in rows:
        ours = "-" if row.ours.source in photo_dates.GUESSED else row.ours.at
        print(row.file, ours, row.ours.source, row.theirs or "-", row.tag, row.verdict, sep="\t")
    print(f"{sum(row.is_explained for row in rows)} of {len(rows)} the same or explained")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
