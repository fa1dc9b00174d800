"""A folder of web pages with photos, which works from a disk: no server, no scripts, no network.

One page has all photos as small pictures, each photo has a page of its own with who is in it, and
who is named has a page, too. Pictures are upright copies without anything that their files say, so
neither places nor camera numbers go along.
"""

from __future__ import annotations

import html
import io
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from facesorter.cancel import CancelToken
from facesorter.domain import Photo, PhotoId
from facesorter.errors import UnreadablePhoto, UserError
from facesorter.files import write_atomically
from facesorter.library import export, queries
from facesorter.library.export import Report
from facesorter.storage import photo_info

if TYPE_CHECKING:
    from PIL import Image

SIDE = 1600
"""Longer side of a photo, px, if nothing else is asked for: a laptop's screen."""
FULL = 100_000
"""A side that no photo has, for those that aren't made smaller."""
SMALL = 360
"""Longer side of the small pictures, px: sharp on screens of twice the density."""
INDEX = "index.html"
_STYLE = """
:root{color-scheme:light dark}
body{margin:0 auto;max-width:1400px;padding:16px;font:16px/1.5 system-ui,sans-serif}
a{color:inherit}
h1{font-size:1.5em;margin:.5em 0}
nav{display:flex;flex-wrap:wrap;gap:8px 16px;margin:8px 0}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(160px,1fr));gap:8px}
.grid img{width:100%;aspect-ratio:1;object-fit:cover;border-radius:4px;display:block}
figure{margin:0;text-align:center}
figure img{max-width:100%;max-height:80vh}
figcaption{margin:8px 0;white-space:pre-line}
p{margin:4px 0}
"""


@dataclass(frozen=True, slots=True)
class Texts:
    """The words on the pages, so that they are in the user's language."""

    language: str = "en"
    all_photos: str = "All photos"
    previous: str = "Previous"
    next: str = "Next"
    of: str = "{number} of {total}"
    photo: str = "Photo {number}"


ENGLISH = Texts()


@dataclass(frozen=True, slots=True)
class Page:
    """A photo to show."""

    photo: Photo
    names: tuple[str, ...] = ()
    """Who is in it, left to right."""
    title: str = ""
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """What the user chose."""

    title: str
    side: int = SIDE
    quality: int = 85
    names: bool = True
    texts: Texts = ENGLISH


def plan(
    connection: sqlite3.Connection, photo_ids: Sequence[PhotoId], options: Options
) -> list[Page]:
    """List the photos to show, oldest first; those without a date come last."""
    regions = export.named_regions(connection, photo_ids) if options.names else {}
    given = photo_info.given(connection, photo_ids)
    read = photo_info.rows(connection, photo_ids)
    title, caption = (photo_info.COLUMNS.index(name) for name in ("title", "caption"))
    found = []
    for photo in queries.photos(connection, list(dict.fromkeys(photo_ids))):
        own, row = given[photo.id], read.get(photo.id)
        found.append(
            Page(
                photo,
                tuple(dict.fromkeys(each.name for each in regions.get(photo.id, ()))),
                own.title if own.title is not None else str((row and row[title]) or ""),
                own.caption if own.caption is not None else str((row and row[caption]) or ""),
            )
        )
    return sorted(found, key=lambda page: (not page.photo.sort_at, page.photo.sort_at))


def run(
    pages: Sequence[Page],
    folder: Path,
    options: Options,
    *,
    token: CancelToken | None = None,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Report:
    """Write the pages and pictures. Thread: any; blocks.

    Args:
        pages: From `plan`.
        folder: Made if missing; must be empty, so that nothing is replaced.
        options: As for `plan`.
        token: Stops between two photos; what was written stays, with pages that lead to it.
        progress: Called after each photo with the number done and the total.

    Raises:
        UserError: The folder can't be written, is full, or holds something.
    """
    report, shown = Report(), list[Page]()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UserError(
                "{folder} isn’t empty. Choose a new folder for the web pages.", folder=folder
            )
        for done, page in enumerate(pages):
            if token is not None and token.cancelled:
                report.cancelled = True
                break
            try:
                large, small = _pictures(page, options)
            except UnreadablePhoto as error:
                report.failed.append((page.photo.path, error.message))
            else:
                name = _name(len(shown))
                write_atomically(folder / "photos" / f"{name}.jpg", large)
                write_atomically(folder / "small" / f"{name}.jpg", small)
                shown.append(page)
                report.written.append(folder / "photos" / f"{name}.jpg")
            progress(done + 1, len(pages))
        _write_pages(shown, folder, options)
    except OSError as error:
        raise export.unwritable(folder, error) from error
    return report


def _pictures(page: Page, options: Options) -> tuple[bytes, bytes]:
    from PIL import Image

    from facesorter.images import colour, convert, decode

    if page.photo.unplugged:
        raise UnreadablePhoto("The drive isn’t connected.")
    data = decode.read_bytes(Path(page.photo.path))
    picture = decode.load_upright(data, long_side=options.side, exact_colours=False)
    pixels = colour.to_srgb(picture.pixels, picture.colour)
    image = Image.fromarray(convert.turn(pixels, convert.TURNED[page.photo.turn]))
    small = image.copy()
    small.thumbnail((SMALL, SMALL))
    return _jpeg(image, options.quality), _jpeg(small, options.quality)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def _write_pages(shown: Sequence[Page], folder: Path, options: Options) -> None:
    people = _people(shown)
    links = "".join(
        f'<a href="{_page_of(number)}">{_text(name)} ({len(of)})</a>'
        for number, (name, of) in enumerate(people.items())
    )
    everyone = f"<nav>{links}</nav>" if links else ""
    grid = _grid(range(len(shown)), shown, options)
    _write(folder / INDEX, options.title, f"{_heading(options.title)}{everyone}{grid}", options)
    back = f'<nav><a href="{INDEX}">{_text(options.texts.all_photos)}</a></nav>'
    for number, (name, of) in enumerate(people.items()):
        body = f"{_heading(name)}{back}{_grid(of, shown, options)}"
        _write(folder / _page_of(number), name, body, options)
    for number, page in enumerate(shown):
        body = _photo(number, page, len(shown), list(people), options)
        title = page.title or options.texts.photo.format(number=number + 1)
        _write(folder / f"photo-{_name(number)}.html", title, body, options)


def _people(shown: Sequence[Page]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, page in enumerate(shown):
        for name in page.names:
            found.setdefault(name, []).append(number)
    return dict(sorted(found.items(), key=lambda each: each[0].casefold()))


def _grid(numbers: Sequence[int] | range, shown: Sequence[Page], options: Options) -> str:
    tiles = "".join(
        f'<a href="photo-{_name(number)}.html">'
        f'<img src="small/{_name(number)}.jpg" alt="{_alt(number, shown[number], options)}" '
        'loading="lazy"></a>\n'
        for number in numbers
    )
    return f'<div class="grid">\n{tiles}</div>'


def _photo(number: int, page: Page, total: int, people: list[str], options: Options) -> str:
    texts = options.texts
    links = [f'<a href="{INDEX}">{_text(texts.all_photos)}</a>']
    if number:
        link = f"photo-{_name(number - 1)}.html"
        links.append(f'<a href="{link}" rel="prev">{_text(texts.previous)}</a>')
    if number + 1 < total:
        link = f"photo-{_name(number + 1)}.html"
        links.append(f'<a href="{link}" rel="next">{_text(texts.next)}</a>')
    links.append(_text(texts.of.format(number=number + 1, total=total)))
    named = ", ".join(
        f'<a href="{_page_of(people.index(name))}">{_text(name)}</a>' for name in page.names
    )
    lines = [
        f"<strong>{_text(page.title)}</strong>" if page.title else "",
        _text(page.caption),
        named,
        _text(page.photo.taken_at.replace("T", " ")[:16]),
    ]
    caption = "".join(f"<p>{line}</p>" for line in lines if line)
    return (
        f"<nav>{' '.join(links)}</nav>\n<figure>"
        f'<img src="photos/{_name(number)}.jpg" alt="{_alt(number, page, options)}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _alt(number: int, page: Page, options: Options) -> str:
    alt = page.title or ", ".join(page.names) or options.texts.photo.format(number=number + 1)
    return html.escape(alt, quote=True)


def _heading(text: str) -> str:
    return f"<h1>{_text(text)}</h1>\n"


def _text(text: str) -> str:
    return html.escape(text)


def _name(number: int) -> str:
    return f"{number + 1:05}"


def _page_of(person: int) -> str:
    return f"person-{person + 1:03}.html"


def _write(path: Path, title: str, body: str, options: Options) -> None:
    page = (
        f'<!DOCTYPE html>\n<html lang="{html.escape(options.texts.language, quote=True)}">\n<head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{_text(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )
    write_atomically(path, page.encode("utf-8", "replace"))
