"""Whatever people do to their files, the library follows: every file one photo, no name lost."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.support.albums import ANCHOR, ROOTS, Album, digest_of

PLACES = ("", "2019/", "2019/beach/", "party & co/")
NAMES = ("a.jpg", "b.jpg", "A b.JPG", "c.png", "1961-08-13 Oma.jpg")
DATES = ("1956", "1970-05-05", "9999-01-01")


class FilesUnderTheLibrary(RuleBasedStateMachine):
    """Random acts on files between scans."""

    def __init__(self) -> None:
        super().__init__()
        self.base = Path(tempfile.mkdtemp(prefix="album-"))
        self.serial = 0
        self.deleted: list[bytes] = []
        self.edited: set[bytes] = set()
        """Contents that were edited in place: the photo is another now, and its name with it."""
        self.before: dict[str, tuple[bytes, int]] = {}
        """Content and time by place, at the last look."""
        self.names: set[str] = set()
        self.touched: set[str] = set()

    def teardown(self) -> None:
        shutil.rmtree(self.base)

    @initialize()
    def begin(self) -> None:
        self.album = Album(self.base)
        self.quiet = False
        for _ in range(3):
            self.create(ROOTS[0], PLACES[0], f"{self.serial}.jpg", 0)
        self.look(True)

    def content(self, extra: int = 0) -> bytes:
        self.serial += 1
        return f"photo {self.serial:06}".encode() + b"." * extra

    def pick(self, data: int) -> str:
        files = [place for place in self.album.files() if not place.endswith(ANCHOR)]
        return files[data % len(files)] if files else ""

    def changed(self, *places: str) -> None:
        self.touched.update(place.split("/", 1)[0] for place in places)
        self.quiet = False

    places = st.builds(
        lambda root, folder, name: f"{root}/{folder}{name}",
        st.sampled_from(ROOTS),
        st.sampled_from(PLACES),
        st.sampled_from(NAMES),
    )
    which = st.integers(0, 50)

    @rule(
        root=st.sampled_from(ROOTS),
        folder=st.sampled_from(PLACES),
        name=st.sampled_from(NAMES),
        extra=st.integers(0, 1),
    )
    def create(self, root: str, folder: str, name: str, extra: int) -> None:
        place = f"{root}/{folder}{name}"
        if not (self.base / place).exists():
            self.album.write(place, self.content(extra))
            self.changed(place)

    @rule(one=which, to=places, keep_time=st.booleans())
    def copy(self, one: int, to: str, keep_time: bool) -> None:
        source = self.pick(one)
        if source and source != to:
            self.replaced(to)
            path = self.base / source
            mtime = path.stat().st_mtime_ns if keep_time else None
            self.album.write(to, path.read_bytes(), mtime_ns=mtime)
            self.changed(to)

    @rule(one=which, to=places)
    def rename(self, one: int, to: str) -> None:
        source = self.pick(one)
        if source and source != to:
            self.replaced(to)
            (self.base / to).parent.mkdir(parents=True, exist_ok=True)
            os.replace(self.base / source, self.base / to)
            self.changed(source, to)

    @rule(one=which, two=which)
    def swap(self, one: int, two: int) -> None:
        first, second = self.pick(one), self.pick(two)
        if first and first != second:
            aside = self.base / "aside"
            os.replace(self.base / first, aside)
            os.replace(self.base / second, self.base / first)
            os.replace(aside, self.base / second)
            self.changed(first, second)

    @rule(one=which, two=which, to=places)
    def chain(self, one: int, two: int, to: str) -> None:
        first, second = self.pick(one), self.pick(two)
        if first and first != second and not (self.base / to).exists():
            (self.base / to).parent.mkdir(parents=True, exist_ok=True)
            os.replace(self.base / second, self.base / to)
            os.replace(self.base / first, self.base / second)
            self.changed(first, second, to)

    @rule(one=which, extra=st.integers(0, 1))
    def edit(self, one: int, extra: int) -> None:
        place = self.pick(one)
        if place:
            self.edited.add((self.base / place).read_bytes())
            self.album.write(place, self.content(extra))
            self.changed(place)

    @rule(one=which)
    def touch(self, one: int) -> None:
        if place := self.pick(one):
            self.album.touch(place)
            self.changed(place)

    @rule(one=which, date=st.sampled_from(DATES) | st.none())
    def sidecar(self, one: int, date: str | None) -> None:
        if place := self.pick(one):
            path = (self.base / place).with_suffix(".xmp")
            if date is None:
                path.unlink(missing_ok=True)
            else:
                path.write_text(f'<x photoshop:DateCreated="{date}"/>')
            self.changed(place)

    @rule(one=which)
    def delete(self, one: int) -> None:
        if place := self.pick(one):
            self.replaced(place)
            (self.base / place).unlink()
            self.changed(place)

    @rule(one=which, to=places)
    def restore(self, one: int, to: str) -> None:
        if self.deleted and not (self.base / to).exists():
            self.album.write(to, self.deleted[one % len(self.deleted)])
            self.changed(to)

    @rule(old=st.sampled_from(PLACES[1:]), root=st.sampled_from(ROOTS), to=st.sampled_from(ROOTS))
    def rename_folder(self, old: str, root: str, to: str) -> None:
        source, target = self.base / root / old, self.base / to / f"moved {self.serial}"
        if source.is_dir() and not target.exists():
            source.rename(target)
            self.changed(root + "/", to + "/")

    def _content_before(self, place: str) -> bytes | None:
        return self.before[place][0] if place in self.before else None

    def replaced(self, place: str) -> None:
        path = self.base / place
        if path.exists():
            self.deleted.append(path.read_bytes())

    @rule(everything=st.booleans())
    def look(self, everything: bool) -> None:
        """Scan all folders, as at a start, or just those where something happened."""
        present = {
            place: ((self.base / place).read_bytes(), (self.base / place).stat().st_mtime_ns)
            for place in self.album.files()
        }
        # Another content in a photo's place, and the photo's own in no new place, or only under
        # another time, as copies have it: that is what an edited photo looks like.
        fresh = [
            there for place, there in present.items() if self._content_before(place) != there[0]
        ]
        for place, (content, time) in self.before.items():
            if present.get(place, (content, 0))[0] != content and (content, time) not in fresh:
                self.edited.add(content)
        self.before = present
        self.album.scan(None if everything else self.touched)
        self.album.analyse()
        self.names.update(self.album.name_new())
        self.touched.clear()
        self.quiet = True

    @invariant()
    def library_equals_disk(self) -> None:
        if not getattr(self, "quiet", False):
            return
        on_disk = {
            place: digest_of((self.base / place).read_bytes()) for place in self.album.files()
        }
        assert self.album.shown() == {p: (digest, "analysed") for p, digest in on_disk.items()}
        assert self.album.scan() == 0, "a second look finds something"

    @invariant()
    def dates_follow_the_disk(self) -> None:
        if getattr(self, "quiet", False):
            assert self.album.dates() == self.album.dates_on_disk()

    @invariant()
    def nothing_analysed_twice(self) -> None:
        if getattr(self, "quiet", False):
            twice = {c for c, n in self.album.analyses.items() if n > 1}
            assert twice <= self.edited, "analysed twice"

    @invariant()
    def names_stay_with_their_content(self) -> None:
        if not getattr(self, "quiet", False):
            return
        named = self.album.named()
        assert named.keys() == self.names, "a name was lost"
        assert all(len(bearers) == 1 for bearers in named.values())
        on_disk = {digest_of((self.base / place).read_bytes()) for place in self.album.files()}
        edited = {digest_of(content) for content in self.edited}
        for name, ((digest, status),) in named.items():
            if name not in edited:
                assert digest == name, "a name went to another content"
                assert (status != "missing") == (name in on_disk)


TestFilesUnderTheLibrary: Any = FilesUnderTheLibrary.TestCase
TestFilesUnderTheLibrary.settings = settings(
    max_examples=int(os.environ.get("SCAN_EXAMPLES", "40")), stateful_step_count=25, deadline=None
)
