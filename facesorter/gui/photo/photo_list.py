"""The photos that the arrows of the photo page step through, and which one is shown."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from facesorter.domain import PhotoId


class PhotoList:
    """A list of photos with a current one. Of a stack in it, another photo may be shown.

    Attributes:
        ids: The photos of the list.
        at: Where the user is in it.
    """

    def __init__(self) -> None:
        self.ids: list[PhotoId] = []
        self.at = 0
        self._direction = 1
        """Where the user is going in the list: 1 or -1."""
        self._member: PhotoId | None = None
        """The photo shown of the stack that the one in the list is in; None for the latter."""
        self._trashed: dict[PhotoId, int] = {}
        """Photos of the list that went to the trash, and where they were in it."""

    def open(self, ids: list[PhotoId], photo_id: PhotoId) -> None:
        """Begin with a list, at one of its photos."""
        self.ids = ids or [photo_id]
        self._trashed = {}
        self.go_to(self.ids.index(photo_id) if photo_id in self.ids else 0)

    @property
    def current(self) -> PhotoId:
        """The photo shown."""
        return self.listed if self._member is None else self._member

    @property
    def listed(self) -> PhotoId:
        """The photo of the list that is shown, or that stands for the stack of the one shown."""
        return self.ids[self.at]

    def go_to(self, at: int) -> None:
        """Show a photo of the list."""
        self.at, self._member = at, None

    def step(self, by: int) -> bool:
        """Go on by some photos; return False where the list ends before."""
        if not 0 <= self.at + by < len(self.ids):
            return False
        self._direction = 1 if by >= 0 else -1
        self.go_to(self.at + by)
        return True

    def show_member(self, photo_id: PhotoId) -> None:
        """Show another photo of the current one's stack; the arrows go on from the one listed."""
        self._member = photo_id

    def neighbors(self) -> list[PhotoId]:
        """Return the photos next to the one listed, first the one where the user is going."""
        places = (self.at + self._direction, self.at - self._direction)
        return [self.ids[at] for at in places if 0 <= at < len(self.ids)]

    def drop(self, gone: Collection[PhotoId], stack: Sequence[PhotoId]) -> None:
        """Drop photos that went to the trash, and go on if the current one is among them.

        Args:
            gone: The photos. If no other is left, the current one stays.
            stack: Photos of the current one's stack, of which another takes its place.
        """
        shown, listed = self.current, self.listed
        rest = [each for each in stack if each not in gone]
        if listed in gone and listed in stack and rest:
            self.ids[self.at] = shown if shown in rest else rest[0]
        for at in reversed(range(len(self.ids))):
            if self.ids[at] in gone:
                self._trashed[self.ids[at]] = at
                del self.ids[at]
                self.at -= at < self.at
        if not self.ids:
            self.ids = [listed]
        self.at = min(self.at, len(self.ids) - 1)
        if shown in gone or self.listed == shown:
            self._member = None

    def restore(self, ids: Collection[PhotoId]) -> bool:
        """Go to photos that came back from the trash; return whether any was of the list."""
        found = [each for each in ids if each in self._trashed and each not in self.ids]
        for photo_id in found:
            at = min(self._trashed.pop(photo_id), len(self.ids))
            self.ids.insert(at, photo_id)
            self.go_to(at)
        return bool(found)
