import re
import subprocess
import sys
from pathlib import Path

import pytest

from facesorter.images.formats import FORMATS, RAW_SUFFIXES, Format, by_magic, is_photo

README = Path(__file__).resolve().parents[2] / "README.md"

NAMES = """a.jpg A.JPEG b.Jfif x.webp x.tif x.TIFF x.bmp x.gif x.avif IMG_1.HEIC x.heif x.hif
x.CR3 x.nef x.dng x.gpr x.jxl x.mpo x.jps x.jp2 x.psd a.b.jpg léto_2019.png"""


@pytest.mark.parametrize("name", NAMES.split())
def test_photos(name: str) -> None:
    assert is_photo(name)


@pytest.mark.parametrize(
    "name",
    ["", "jpg", ".jpg", "._IMG_1.jpg", ".hidden.jpg", "a.jpg.txt", "a.mp3", "a.", "a.xmp", "a.psb"],
)
def test_other_files(name: str) -> None:
    assert not is_photo(name)


def test_nothing_heavy_is_imported_for_names_and_thumbnail_paths() -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from facesorter.domain import Region;"
        "from facesorter.images.formats import is_photo;"
        "from facesorter.images.thumbnails import ThumbnailCache, Kind, face_key, photo_key;"
        "c = ThumbnailCache(Path('x')); c.path(photo_key(1, 2, 3), Kind.PHOTO);"
        "c.read(face_key(1, 2, 3, Region(0, 0, 1, 1)), Kind.FACE);"
        "print(sorted({'numpy', 'PIL', 'cv2', 'onnxruntime'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_two_formats_claim_the_same() -> None:
    for claimed in (
        [suffix for form in FORMATS for suffix in form.suffixes] + sorted(RAW_SUFFIXES),
        [name for form in FORMATS for name in form.pillow],
        [(form.magic_at, magic) for form in FORMATS for magic in form.magic],
    ):
        assert claimed and len(claimed) == len(set(claimed))


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_the_readme_names_each_format_on_the_right_side(form: Format) -> None:
    text = README.read_text(encoding="utf-8")
    start = text.index("**Photos it reads:**")
    yes, _, no = text[start:].partition("**What it does not do yet:**")
    assert form.name in (yes if form.max_pixels else no.partition("\n\n")[0])


def test_the_page_of_formats_lists_every_suffix() -> None:
    page = (README.parent / "docs" / "formats.md").read_text(encoding="utf-8")
    listed = {
        row.split("|")[1].strip(): set(re.findall(r"`(\w+)`", row.split("|")[2]))
        for row in page.splitlines()
        if row.startswith("| ")
    }
    known = {form.name: set(form.suffixes) for form in FORMATS}
    assert {name: listed.get(name) for name in known} == known
    assert listed["camera raw"] == RAW_SUFFIXES


def test_what_no_format_begins_with_is_none() -> None:
    assert by_magic(b"") is None
    assert by_magic(b"%PDF-1.7 and so on") is None
