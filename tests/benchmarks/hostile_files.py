"""Peak memory and time of damaged, odd and hostile files: one file must not cost the scan.

    python -m tests.benchmarks.hostile_files [--mutations 2000] [--seed 1] [--keep DIR] [FOLDER…]

Each file is analyzed as a scan does, made into a thumbnail, and searched for small faces. The three
times are given; the search takes seconds for each 20 megapixels, and can be cancelled between its
parts. Memory is that of this process and its decoder processes together, looked at every 10 ms.
Fails above `MOST_MEMORY`, or if one of the times is longer than `MOST_SECONDS`. Decoder processes
that end are counted by the format of the file; such files are kept in DIR.
"""

from __future__ import annotations

import argparse
import io
import logging
import random
import struct
import sys
import tempfile
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

from PIL import Image

from facesorter.errors import UnreadablePhoto
from facesorter.images import bmff, decode, decoders, formats, process_limits, thumbnails
from tests import photos

MOST_MEMORY = 1200
"""MB, of all processes."""
MOST_SECONDS = 60.0
HUGE = 65_535
SOLID = (
    ("solid.jxl", "JXL", "RGB", 8_900),
    ("solid.tif", "TIFF", "RGB", 9_990),
    ("solid.gif", "GIF", "L", 7_900),
    ("solid.webp", "WEBP", "RGB", 8_940),
    ("solid.jp2", "JPEG2000", "RGB", 7_000),
    ("solid.avif", "AVIF", "RGB", 8_360),
)
"""Files of a few kilobytes that are as large as can be."""


class Peak(threading.Thread):
    """Watches the memory of all processes."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most = 0.0
        self.own = 0.0

    def run(self) -> None:
        import os

        while True:
            own = process_limits.memory_held(os.getpid()) or 0
            held = own + sum(process_limits.memory_held(pid) or 0 for pid in decoders.pids())
            self.most = max(self.most, held / 1e6)
            self.own = max(self.own, own / 1e6)
            time.sleep(0.01)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, body: bytes, *more: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(body, 9))
    return b"".join((b"\x89PNG\r\n\x1a\n", header, *more, pixels, chunk(b"IEND", b"")))


def small(form: str, **options: object) -> bytes:
    return photos.encoded(photos.quarters(), form, **options)


def solid(form: str, mode: str, side: int) -> bytes:
    """A picture of one color, written by another process, so that no memory of this one is held."""
    with ProcessPoolExecutor(1, get_context("spawn")) as other:
        return other.submit(_solid, form, mode, side).result()


def _solid(form: str, mode: str, side: int) -> bytes:
    image = Image.new(mode, (side, side), "white")
    if form == "JXL":
        return photos.jxl(image)
    return photos.encoded(
        image, form, **({"compression": "tiff_adobe_deflate"} if form == "TIFF" else {})
    )


def patched(data: bytes, at: int, value: bytes) -> bytes:
    return data[:at] + value + data[at + len(value) :]


def frames(form: str, count: int, **options: object) -> bytes:
    pictures = [Image.new("RGB", (8, 8), (n % 251, n % 83, 7)) for n in range(count)]
    return photos.encoded(pictures[0], form, save_all=True, append_images=pictures[1:], **options)


def tiff(tags: list[tuple[int, int, int, int]], following: int = 0, tail: bytes = b"") -> bytes:
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return (
        b"II*\0\x08\0\0\0"
        + struct.pack("<H", len(tags))
        + entries
        + struct.pack("<I", following)
        + tail
    )


def bombs() -> Iterator[tuple[str, bytes]]:
    """Yield hostile files of every format."""
    plain = {
        form: small(form) for form in ("JPEG", "GIF", "BMP", "WEBP", "TIFF", "AVIF", "JPEG2000")
    }
    big = struct.pack(">HH", HUGE, HUGE)
    yield "huge.png", png(HUGE, HUGE, bytes(100_000))
    yield "solid.png", png(9_999, 9_999, bytes(9_999 * 9_999 * 3 + 9_999))
    at = plain["JPEG"].index(b"\xff\xc0") + 5
    yield "huge.jpg", patched(plain["JPEG"], at, big)
    yield "large.jpg", patched(plain["JPEG"], at, struct.pack(">HH", 19_990, 19_990))
    progressive = small("JPEG", progressive=True)
    at = progressive.index(b"\xff\xc2") + 5
    yield "progressive.jpg", patched(progressive, at, struct.pack(">HH", 8_900, 8_900))
    scan = progressive.rindex(b"\xff\xda")
    again = progressive[scan:-2] * 3_000
    many = patched(progressive, at, struct.pack(">HH", 4_000, 4_000))
    yield "scans.jpg", many[:-2] + again + b"\xff\xd9"
    gif = patched(plain["GIF"], 6, struct.pack("<HH", HUGE, HUGE))
    yield "huge.gif", gif
    frame = plain["GIF"].index(b"\x2c\0\0\0\0") + 5
    yield "huge-frame.gif", patched(plain["GIF"], frame, struct.pack("<HH", HUGE, HUGE))
    yield "huge.bmp", patched(plain["BMP"], 18, struct.pack("<ii", HUGE, HUGE))
    canvas = (16_383).to_bytes(3, "little") * 2
    yield (
        "huge.webp",
        b"RIFF"
        + struct.pack("<I", 22 + len(plain["WEBP"]))
        + b"WEBPVP8X"
        + (struct.pack("<I", 10) + b"\x02\0\0\0" + canvas + plain["WEBP"][12:]),
    )
    tags = dict(Image.open(io.BytesIO(plain["TIFF"])).tag_v2)  # type: ignore[attr-defined]
    strip = tags[273][0]
    for name, side in (("huge", HUGE), ("large", 9_990)):
        for packing in (1, 5, 8, 32773):
            yield (
                f"{name}-{packing}.tif",
                tiff(
                    [
                        (256, 4, 1, side),
                        (257, 4, 1, side),
                        (258, 3, 1, 8),
                        (259, 3, 1, packing),
                        (262, 3, 1, 1),
                        (273, 4, 1, strip),
                        (277, 3, 1, 1),
                        (278, 4, 1, side),
                        (279, 4, 1, 60),
                    ],
                    tail=bytes(400),
                ),
            )
    yield "loop.tif", tiff([(256, 4, 1, 9), (257, 4, 1, 9), (0x8769, 4, 1, 8), (0x14A, 4, 1, 8)], 8)
    yield "counts.tif", tiff([(n, 12, 0xFFFFFFFF, 8) for n in range(256, 4_000)], 8)
    yield "nested.tif", nested_tags()
    exif = b"Exif\0\0" + nested_tags()[:60_000]
    yield "nested.jpg", small("JPEG", exif=exif)
    for form, name in (("AVIF", "huge.avif"), (None, "huge.heic")):
        data = plain["AVIF"] if form else photos.heic()
        at = data.index(b"ispe") + 8
        yield name, patched(data, at, struct.pack(">II", HUGE, HUGE))
        yield f"17000-{name}", patched(data, at, struct.pack(">II", 17_000, 17_000))
        yield f"7000-{name}", patched(data, at, struct.pack(">II", 7_000, 7_000))
    strip = Image.new("RGB", (8, 65_000), "white")
    yield "strip.jpg", photos.encoded(strip, "JPEG")
    yield "boxes.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\0\x08meta" * 100_000
    yield "items.heic", many_items()
    yield (
        "huge.jxl",
        b"\xff\x0a"
        + (0b11 << 1 | HUGE << 3 | 0b11 << 36 | HUGE << 38).to_bytes(16, "little")
        + bytes(5_000),
    )
    at = plain["JPEG2000"].index(b"\xff\x51") + 6
    box = plain["JPEG2000"].index(b"ihdr") + 4
    for name, side in (("huge", HUGE), ("large", 9_990)):
        size = struct.pack(">II", side, side)
        yield f"{name}-inside.jp2", patched(plain["JPEG2000"], at, size)
        yield f"{name}.jp2", patched(patched(plain["JPEG2000"], at, size), box, size)
    yield (
        "huge.psd",
        b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 30_000, 30_000, 8, 3) + bytes(5_000),
    )
    yield (
        "large.psd",
        b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 9_990, 9_990, 8, 3) + bytes(5_000),
    )
    for name, form, mode, side in SOLID:
        yield name, solid(form, mode, side)
    yield "frames.gif", frames("GIF", 10_000)
    yield "frames.png", frames("PNG", 10_000)
    yield "frames.webp", frames("WEBP", 10_000)
    yield "frames.avif", frames("AVIF", 300)
    yield "pages.tif", frames("TIFF", 1_000)
    yield "pictures.mpo", frames("MPO", 500)
    text = zlib.compress(bytes(200_000_000), 9)
    yield "text.png", png(9, 9, bytes(300), *(chunk(b"zTXt", b"a\0\0" + text) for _ in range(20)))
    yield "profile.png", png(9, 9, bytes(300), chunk(b"iCCP", b"a\0\0" + text))
    deep = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + b"<a>" * 20_000
    yield "xmp.jpg", small("JPEG", xmp=deep)
    yield (
        "xmp.png",
        png(9, 9, bytes(300), chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + deep * 300)),
    )


def nested_tags() -> bytes:
    """A TIFF whose directories lead deeper and deeper, each through every tag that can."""
    deep, size = 1_000, 2 + 5 * 12 + 4
    made = []
    for level in range(deep):
        following = 8 + (level + 1) * size if level + 1 < deep else 8
        entries = [(tag, 4, 1, following) for tag in (0x14A, 0x8769, 0x8825, 0xA005)]
        made.append(struct.pack("<H", 5) + struct.pack("<HHII", 256, 4, 1, 9))
        made += [struct.pack("<HHII", *entry) for entry in entries]
        made.append(struct.pack("<I", following))
    return b"II*\0\x08\0\0\0" + b"".join(made)


def many_items() -> bytes:
    """A HEIC file that claims 65,535 tiles, each of which is the file again and again."""
    items = bmff.read_items(photos.heic())
    assert items is not None
    box, full = bmff._box, bmff._full
    tiles = 65_535
    kinds = [full(b"infe", 2, struct.pack(">HH", 1, 0), b"hvc1", b"\0")]
    kinds.append(full(b"infe", 2, struct.pack(">HH", 2, 0), b"grid", b"\0"))
    kept = [items.data[each.start : each.end] for each in items.properties]
    size = full(b"ispe", 0, struct.pack(">II", HUGE, HUGE))
    part = struct.pack(">II", 0, 1 << 20) * 1_000
    meta = full(
        b"meta",
        0,
        full(b"hdlr", 0, bytes(4) + b"pict" + bytes(13)),
        full(b"pitm", 0, struct.pack(">H", 2)),
        full(b"iinf", 0, struct.pack(">H", 2), *kinds),
        box(
            b"iprp",
            box(b"ipco", *kept, size),
            full(b"ipma", 0, struct.pack(">IHBBHBB", 2, 1, 1, 3, 2, 1, len(kept) + 1)),
        ),
        full(
            b"iloc",
            0,
            struct.pack(">BBH", 0x44, 0, 2),
            *(struct.pack(">HHH", number, 0, 1_000) + part for number in (1, 2)),
        ),
        full(b"iref", 0, box(b"dimg", struct.pack(">HH", 2, tiles) + b"\0\1" * tiles)),
    )
    return box(b"ftyp", b"heic", bytes(4), b"mif1heic") + meta + box(b"mdat", bytes(1 << 20))


def samples(shared: Path) -> list[bytes]:
    """Return what is mutated: small files of every format."""
    forms = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "AVIF", "JPEG2000")
    found = [small(form) for form in forms]
    found += [frames(form, 3) for form in ("TIFF", "MPO", "GIF", "PNG", "WEBP", "AVIF")]
    found += [photos.jxl(photos.quarters()), photos.psd(photos.quarters())]
    found += [small("JPEG", progressive=True), small("TIFF", compression="tiff_lzw"), photos.heic()]
    if shared.is_dir():
        kinds: Counter[str] = Counter()
        for path in sorted(shared.iterdir()):
            data = path.read_bytes()
            suffix = path.suffix.lower()
            if len(data) < 500_000 and kinds[suffix] < 3:
                kinds[suffix] += 1
                found.append(data)
    return found


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Change, cut out, repeat or add some bytes, more often near the beginning."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        end = len(changed) if chance.random() < 0.4 else min(len(changed), 600)
        at = chance.randrange(max(1, end))
        way = chance.random()
        if way < 0.5:
            changed[at : at + 1] = bytes(
                [chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))]
            )
        elif way < 0.7:
            changed[at : at + 4] = struct.pack(
                ">I", chance.choice((0, 0xFFFFFFFF, 0x7FFFFFFF, chance.getrandbits(32)))
            )
        elif way < 0.8:
            del changed[at : at + chance.randrange(1, 200)]
        elif way < 0.9:
            changed[at:at] = changed[at : at + chance.randrange(1, 200)]
        else:
            del changed[max(1, chance.randrange(len(changed) or 1)) :]
    return bytes(changed)


class Ends(logging.Handler):
    """Notes how decoder processes ended."""

    def __init__(self) -> None:
        super().__init__()
        self.codes: list[int | None] = []
        logging.getLogger(decoders.__name__).addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.args, tuple) and record.args:
            self.codes.append(record.args[0])  # type: ignore[arg-type]


class Runner:
    """Treats files as a scan does."""

    def __init__(self, keep: Path | None) -> None:
        from facesorter.app.model_switch import load_analyzer
        from facesorter.settings import Settings

        self.analyzer = load_analyzer(Settings())
        self.peak = Peak()
        self.keep = keep
        self.ends = Ends()
        self.ended: Counter[str] = Counter()
        self.results: Counter[str] = Counter()
        self.slowest: list[tuple[float, str]] = []
        self.folder = Path(tempfile.mkdtemp(prefix="hostile-"))
        self.peak.start()

    def treat(self, name: str, data: bytes, *, tell: bool = False) -> None:
        from facesorter.faces.analyzer import analyse_photo, search_photo

        path = self.folder / "file"
        path.write_bytes(data)
        self.peak.most = 0.0 if tell else self.peak.most
        self.ends.codes.clear()
        times = [time.monotonic()]
        found = analyse_photo(path, self.analyzer)
        result = str(found.error or found.note or f"{found.width} x {found.height}")
        times.append(time.monotonic())
        if found.error is None:
            try:
                thumbnails.make_photo(path)
                times.append(time.monotonic())
                if not found.searched:
                    search_photo(path, self.analyzer, [], digest=found.content_hash)
                    times.append(time.monotonic())
            except UnreadablePhoto as error:
                result += f"; later: {error}"
                times.append(time.monotonic())
        spans = [end - start for start, end in pairwise(times)]
        self.results[str(found.error or "shown")] += 1
        self.slowest = sorted([*self.slowest, (max(spans), name)], reverse=True)[:5]
        if self.ends.codes:
            known = formats.by_magic(data)
            form = "raw or none" if known is None else known.name
            self.ended.update(f"{form}: ended with {code}" for code in self.ends.codes)
            if self.keep is not None:
                self.keep.mkdir(parents=True, exist_ok=True)
                (self.keep / f"{name}.{form.lower()}").write_bytes(data)
        if tell:
            took = " ".join(f"{span:6.1f}" for span in spans)
            print(f"{name:34} {took:20} s {self.peak.most:6.0f} MB  {result}", flush=True)
        self.most = max(getattr(self, "most", 0.0), self.peak.most)


def main() -> int:
    """Run it; return 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--mutations", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-bombs", action="store_true")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--only", help="part of the names of the hostile files to try")
    args = parser.parse_args()
    decode.prepare()
    runner = Runner(args.keep)
    runner.treat("portrait", photos.astronaut().read_bytes(), tell=True)
    if not args.no_bombs:
        for name, data in bombs():
            if args.only and args.only not in name:
                continue
            runner.treat(name, data, tell=True)
    for folder in args.folders:
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            runner.treat(path.name[-34:], path.read_bytes(), tell=True)
    sources, chance = samples(photos.SHARED / "formats"), random.Random(args.seed)
    runner.peak.most = 0.0
    for number in range(args.mutations):
        runner.treat(f"mutation {number}", mutated(chance.choice(sources), chance))
    print("slowest:", *(f"{name} {seconds:.1f} s" for seconds, name in runner.slowest), sep="\n  ")
    print(*(f"{count:6} {result}" for result, count in runner.results.most_common()), sep="\n")
    print("decoder processes that ended:", *runner.ended.most_common(), sep="\n  ")
    print(f"peak {runner.most:.0f} MB of all processes, {runner.peak.own:.0f} MB of this one")
    return int(runner.most > MOST_MEMORY or runner.slowest[0][0] > MOST_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
