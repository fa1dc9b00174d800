"""Analysis of one photo, from file to faces; the entry point for the rest of the program.

No database and no Qt, so that the window, the command line and all tests share it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from facesorter.cancel import CancelToken
from facesorter.domain import Region
from facesorter.errors import Message, UnreadablePhoto
from facesorter.faces import alignment, quality, small_faces, tiles
from facesorter.faces.detection import MIN_FACE, Detections, Detector, detect, join, least_look
from facesorter.faces.drawn import from_regions
from facesorter.faces.embedding import Recogniser, with_mirror
from facesorter.faces.following import EarlierVersion, Followed, KnownFace, follow
from facesorter.files import content_hash, sample_hash
from facesorter.images import colour, decode, metadata
from facesorter.images import thumbnails as rendering
from facesorter.images.dates import DateSource
from facesorter.images.photo_info import NO_INFO, PhotoInfo
from facesorter.images.thumbnails import ThumbnailCache

ANALYSIS_SIDE = 4096
"""Longest side, in pixels, at which photos are analyzed.

A 12-megapixel phone photo is decoded in full: measured, that takes 84 ms against 73 ms at 1280,
since reading the JPEG stream dominates, and a face of 30 pixels at 1280 then has 95, close to the
recognizer's 112. Larger sizes cost time and memory and only help faces in a crowd, which
`search_photo` looks for.
"""

LONG_PIXELS = ANALYSIS_SIDE**2 * 9 // 16
"""Pixels up to which a long picture may exceed `ANALYSIS_SIDE`: as many as a 16:9 photo of that
side has, so that memory and time stay the same."""

HARDLY_VISIBLE = 0.2
"""Quality below which a face must look like one, or is none (`BELOW_SMALL`)."""

BELOW_SMALL = 0.04
"""How far below the bar of the closer search (`Thresholds.small`) closer looks at such a face may
be. Both looks count, since a false face is often seen at one size only: of 33 in 880 pictures of
animals, toys, things and landscapes the large look alone leaves 14, both leave 8
(`tests/benchmarks/false_faces.py`; 480 of the pictures were never used to choose anything: 3 and 2
are left). Faces of 16 to 24 pixels pasted into photos, 114, all stay, and so do those of families,
pairs and crowds, 196, and at 35 percent, 177. Of 1,924 in portraits nine at the edges are left out:
six people cut off or covered, a dog, a coat of arms and a blur. From a quality of 0.2 on the looks
tell too little: cut and worsened portraits of 0.2 to 0.6 that a look misses are recognized."""

BLOCK = 4096
"""Side in pixels of the parts that are searched closely one by one; memory for 24 MP each."""

BLOCK_OVERLAP = 512
"""Pixels that neighboring parts share: the largest face that only the closer search finds, in a
photo of 200 megapixels, has 360 (`small_faces.SURE`)."""


@dataclass(frozen=True, slots=True, eq=False)
class FoundFace:
    """A face with all that is stored about it."""

    region: Region
    landmarks: NDArray[np.float32]
    """(5, 2) float32, fractions of the upright photo: eyes, nose, mouth corners."""
    detection_score: float
    quality: float
    """Probability of being recognized, 0 to 1; see `quality.measure`."""
    embedding: NDArray[np.float32]
    """(d,) float32, unit length."""
    moment: int | None = None
    """Time in a video, in milliseconds; None in a photo."""


@dataclass(frozen=True, slots=True, eq=False)
class PhotoFaces:
    """Result of analyzing one photo; if ``error`` is set, the photo could not be read."""

    content_hash: str
    """See `content_hash`; empty if not even the bytes could be read."""
    width: int
    height: int
    """Height of the full upright photo in pixels; 0 on error."""
    orientation: int
    dates: Mapping[DateSource, str]
    """The dates in the file."""
    faces: tuple[FoundFace, ...]
    error: Message | None
    """The reason to show the user, or None."""
    sample: str = ""
    """See `sample_hash`."""
    followed: Followed | None = None
    """Which faces are those of earlier versions, if the photo was edited."""
    searched: bool = False
    """Whether the small faces are among them, so that `search_photo` would find no more."""
    info: PhotoInfo = NO_INFO
    """What else the file says."""
    note: Message | None = None
    """What is wrong with the file, although it could be analyzed."""
    duration: int | None = None
    """Length of a video in milliseconds, 0 if it couldn't be read; None for a photo."""


@dataclass(frozen=True, slots=True, eq=False)
class SmallFaces:
    """Result of searching one photo closely."""

    content_hash: str
    """See `content_hash`; empty if the file could not be read."""
    faces: tuple[FoundFace, ...]
    """Faces that were not known, in a photo whose content was the expected one."""


@dataclass(frozen=True, slots=True)
class KnownFaces:
    """Faces that the user drew or confirmed in a photo; the detector can't discard them."""

    content_hash: str
    """Hash of the file they were seen in; another file may show something else there. Empty if the
    photo was edited."""
    regions: Sequence[Region]
    drawn: Sequence[Region] = ()
    """The drawn ones among them: they keep their regions, whatever the detector finds."""
    versions: Sequence[EarlierVersion] = ()
    """Other contents of the photo, if it was edited, with the faces seen in them."""
    moments: Sequence[int | None] = ()
    """When each of the regions is in a video."""

    def placed(self) -> list[tuple[int, Region]]:
        """Return the faces in a video, with their times."""
        both = zip(self.moments, self.regions, strict=False)
        return [(moment, region) for moment, region in both if moment is not None]


class FaceAnalyzer(Protocol):
    """A loaded model pack. Thread: any, concurrently."""

    @property
    def name(self) -> str:
        """The pack's name."""
        ...

    @property
    def dimension(self) -> int:
        """Length of its embeddings."""
        ...

    @property
    def sha256(self) -> str:
        """The pack's identity; embeddings of different packs can't be compared."""
        ...

    def analyse(
        self, pixels: NDArray[np.uint8], token: CancelToken | None = None, scale: float = 1.0
    ) -> list[FoundFace]:
        """Find the faces of an upright photo, best first. Blocks.

        Args:
            pixels: (H, W, 3) uint8 RGB.
            token: Polled between the steps.
            scale: Pixels per pixel of the full photo.
        """
        ...

    def covers(self, width: int, height: int) -> bool:
        """Return whether `analyse` finds even the smallest faces in a photo of that size."""
        ...

    def search(
        self,
        pixels: NDArray[np.uint8],
        known: Sequence[Region],
        longest: int,
        token: CancelToken | None = None,
    ) -> list[FoundFace]:
        """Find the small faces of a part of a photo, at full size; see `small_faces.search`.

        Args:
            pixels: (H, W, 3) uint8 RGB.
            known: Faces already known, as fractions of this part; they may extend beyond it.
            longest: Longer side of the whole photo in pixels.
            token: Polled between the tiles.

        Returns:
            Faces that are not known, as fractions of this part.
        """
        ...

    def analyse_regions(
        self, pixels: NDArray[np.uint8], regions: Sequence[Region]
    ) -> list[FoundFace]:
        """Describe faces that the user drew, one per region and in the same order.

        Landmarks are detected as precisely as those of found faces; if that fails, they are guessed
        from the region and the score is 0. The regions stay as drawn.
        """
        ...

    def analyse_landmarks(
        self, pixels: NDArray[np.uint8], faces: Sequence[KnownFace]
    ) -> list[FoundFace]:
        """Describe known faces by their landmarks, in the same order; nothing is detected."""
        ...


@dataclass(frozen=True, slots=True)
class Options:
    """User settings for the analysis."""

    thorough: bool = False
    """Embed the mirror image of every face, not only where it pays: `embedding.with_mirror`."""
    smallest: float = MIN_FACE
    """Longer side, in pixels of the photo, of the smallest face kept."""


class StandardAnalyzer:
    """Analysis steps shared by all packs: detect, second look, align, embed, rate."""

    def __init__(
        self,
        *,
        name: str,
        dimension: int,
        sha256: str,
        detector: Detector,
        recogniser: Recogniser,
        options: Options | None = None,
    ) -> None:
        self.name = name
        self.dimension = dimension
        self.sha256 = sha256
        self.detector = detector
        self.recogniser = recogniser
        self.options = options or Options()

    @property
    def providers(self) -> dict[str, str]:
        """Return the execution provider of each model; opens the models."""
        return {"detector": self.detector.provider, "recogniser": self.recogniser.provider}

    def analyse(
        self, pixels: NDArray[np.uint8], token: CancelToken | None = None, scale: float = 1.0
    ) -> list[FoundFace]:
        """See `FaceAnalyzer.analyse`."""
        smallest = self.options.smallest * scale
        found = detect(pixels, self.detector, smallest)
        _check(token)
        longest = max(pixels.shape[:2])
        if not small_faces.covered(longest, smallest) and small_faces.is_crowd(found, longest):
            more = small_faces.search(
                pixels, self.detector, found.boxes, smallest=smallest, token=token
            )
            found = join([found, more])
        faces = self.describe(pixels, found)
        poor = np.array([face.quality < HARDLY_VISIBLE for face in faces], bool)
        if poor.any():
            looks = least_look(pixels, found.take(poor), self.detector)
            poor[poor] = looks < self.detector.thresholds.small - BELOW_SMALL
        return [face for face, none in zip(faces, poor.tolist(), strict=True) if not none]

    def covers(self, width: int, height: int) -> bool:
        """See `FaceAnalyzer.covers`."""
        return small_faces.covered(max(width, height), self.options.smallest)

    def search(
        self,
        pixels: NDArray[np.uint8],
        known: Sequence[Region],
        longest: int,
        token: CancelToken | None = None,
    ) -> list[FoundFace]:
        """See `FaceAnalyzer.search`."""
        height, width = pixels.shape[:2]
        fractions = np.array([[r.x, r.y, r.w, r.h] for r in known], np.float32).reshape(-1, 4)
        boxes = fractions * np.array([width, height, width, height], np.float32)
        found = small_faces.search(
            pixels,
            self.detector,
            boxes,
            smallest=self.options.smallest,
            longest=longest,
            token=token,
        )
        return self.describe(pixels, found)

    def analyse_regions(
        self, pixels: NDArray[np.uint8], regions: Sequence[Region]
    ) -> list[FoundFace]:
        """See `FaceAnalyzer.analyse_regions`."""
        return self.describe(pixels, from_regions(pixels, regions, self.detector))

    def analyse_landmarks(
        self, pixels: NDArray[np.uint8], faces: Sequence[KnownFace]
    ) -> list[FoundFace]:
        """See `FaceAnalyzer.analyse_landmarks`."""
        extent = np.array(pixels.shape[1::-1], np.float32)
        boxes = [(face.region.x, face.region.y, face.region.w, face.region.h) for face in faces]
        return self.describe(
            pixels,
            Detections(
                np.array(boxes, np.float32).reshape(-1, 4) * np.tile(extent, 2),
                np.stack([face.landmarks for face in faces]) * extent,
                np.array([face.score for face in faces], np.float32),
            ),
        )

    def describe(self, pixels: NDArray[np.uint8], found: Detections) -> list[FoundFace]:
        """Describe detected faces, given in pixels of the photo, in the same order."""
        crops = alignment.align(pixels, found.landmarks)
        below = np.inf if self.options.thorough else self.recogniser.unsure_below or 0.0
        embeddings, norms = with_mirror(self.recogniser, crops, below)
        grades = quality.measure(found, crops, norms, self.recogniser.usual_norms)
        height, width = pixels.shape[:2]
        extent = np.array([width, height, width, height], np.float64)
        boxes = _inside(np.divide(found.boxes, extent, dtype=np.float64))
        points = np.divide(found.landmarks, extent[:2], dtype=np.float64)
        return [
            FoundFace(
                Region(*(float(value) for value in box)),
                np.ascontiguousarray(marks, np.float32),
                float(score),
                float(grade),
                embedding,
            )
            for box, marks, score, grade, embedding in zip(
                boxes, points, found.scores, grades, embeddings, strict=True
            )
        ]


def _inside(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Clip boxes (x, y, w, h), given as fractions, to the photo."""
    low = np.clip(boxes[:, :2], 0, 1)
    high = np.clip(boxes[:, :2] + boxes[:, 2:], 0, 1)
    return np.concatenate([low, high - low], 1)


def analyse_photo(
    path: Path,
    analyzer: FaceAnalyzer,
    *,
    known: KnownFaces | None = None,
    thumbnails: ThumbnailCache | None = None,
    photo_id: int = 0,
    mtime_ns: int = 0,
    size: int = 0,
    token: CancelToken | None = None,
) -> PhotoFaces:
    """Read, decode and analyze one photo file. Thread: any; blocks.

    Args:
        path: The file; read once and never written.
        analyzer: From `models.load_pack`.
        known: Faces to describe even if the detector misses them, as another pack may.
        thumbnails: Cache for the photo's thumbnail and its face crops, or None.
        photo_id: The photo's id, for the thumbnail keys.
        mtime_ns: The file's modification time in the library, for the thumbnail keys.
        size: The file's size in bytes in the library, for the thumbnail keys.
        token: Polled between the steps.

    Raises:
        Cancelled: By the token. An unreadable photo is a result, not an exception.
    """
    _check(token)
    digest, orientation, described = "", 1, metadata.NO_METADATA
    followed: Followed | None = None
    try:
        data = decode.read_bytes(path)
        digest, sample = content_hash(data), sample_hash(data)
        described = metadata.read_metadata(data)
        _check(token)
        picture = decode.load_upright(
            data, long_side=ANALYSIS_SIDE, at_least=LONG_PIXELS, exact_colours=False
        )
        del data
        orientation = picture.orientation
        _check(token)
        scale = max(picture.pixels.shape[:2]) / max(picture.width, picture.height)
        faces = analyzer.analyse(picture.pixels, token, scale)
        if known is not None and known.content_hash == digest:
            faces = [
                face
                for face in faces
                if not any(region.is_at(face.region) for region in known.drawn)
            ]
            missed = [
                region
                for region in known.regions
                if not any(region.is_at(face.region) for face in faces)
            ]
            faces += analyzer.analyse_regions(picture.pixels, missed)
        if known is not None and known.versions:
            faces, followed = follow(
                known.versions,
                digest,
                (picture.width, picture.height),
                faces,
                lambda absent: analyzer.analyse_landmarks(picture.pixels, absent),
            )
    except UnreadablePhoto as error:
        return _unread(digest, described, error.message)
    except MemoryError:
        message = Message("There isn’t enough memory to analyze this photo.")
        return _unread(digest, described, message)
    if thumbnails is not None:
        _keep_thumbnails(thumbnails, picture, faces, (photo_id, mtime_ns, size))
    return PhotoFaces(
        digest,
        picture.width,
        picture.height,
        orientation,
        described.dates,
        tuple(faces),
        None,
        sample,
        followed,
        analyzer.covers(picture.width, picture.height),
        described.info,
        picture.note,
    )


def search_photo(
    path: Path,
    analyzer: FaceAnalyzer,
    known: Sequence[Region],
    *,
    digest: str,
    thumbnails: ThumbnailCache | None = None,
    version: tuple[int, int, int] = (0, 0, 0),
    token: CancelToken | None = None,
) -> SmallFaces:
    """Find the small faces of a photo that was analyzed; see [Note: closer search]. Thread: any.

    Blocks for about a second per 20 megapixels. Holds at most a part of the photo as an array.

    Args:
        path: The file; read once and never written.
        analyzer: From `models.load_pack`.
        known: All faces that are known in the photo, whatever was decided about them.
        digest: The `content_hash` of the file that was analyzed; another one isn't searched.
        thumbnails: Cache for the crops of the new faces, or None.
        version: The photo's id, modification time, and size, for the thumbnail keys.
        token: Polled between the tiles.

    Raises:
        Cancelled: By the token.
        UnreadablePhoto: With a reason for the user.
    """
    data = decode.read_bytes(path)
    found_digest = content_hash(data)
    if found_digest != digest:
        return SmallFaces(found_digest, ())
    faces: list[FoundFace] = []
    with decode.open_full(data) as full:
        longest = max(full.width, full.height)
        for block in tiles.cover(full.width, full.height, (BLOCK, BLOCK), BLOCK_OVERLAP):
            _check(token)
            pixels = full.read(*block)
            place = _Place(block, full.width, full.height)
            there = [place.of(region) for region in (*known, *(face.region for face in faces))]
            for face in analyzer.search(pixels, there, longest, token):
                found = place.whole(face)
                if not place.has_centre_of(face.region):
                    continue
                faces.append(found)
                if thumbnails is not None:
                    crop = rendering.face_crop(pixels, face.region, face.landmarks)
                    key = rendering.face_key(*version, found.region)
                    thumbnails.store_face(key, colour.to_srgb(crop, full.colour))
    return SmallFaces(digest, tuple(faces))


@dataclass(frozen=True, slots=True)
class _Place:
    """A part of a photo; converts between fractions of it and of the photo."""

    part: tiles.Rect
    width: int
    """Width of the photo in pixels."""
    height: int

    def of(self, region: Region) -> Region:
        """Convert a region of the photo."""
        part = self.part
        return Region(
            (region.x * self.width - part.left) / part.width,
            (region.y * self.height - part.top) / part.height,
            region.w * self.width / part.width,
            region.h * self.height / part.height,
        )

    def has_centre_of(self, region: Region) -> bool:
        """Return whether a face is not nearer to the middle of a neighboring part."""
        margin, part = BLOCK_OVERLAP / 2, self.part
        x, y = (region.x + region.w / 2) * part.width, (region.y + region.h / 2) * part.height
        return (
            (not part.left or x >= margin)
            and (not part.top or y >= margin)
            and (part.left + part.width == self.width or x < part.width - margin)
            and (part.top + part.height == self.height or y < part.height - margin)
        )

    def whole(self, face: FoundFace) -> FoundFace:
        """Convert a face of the part."""
        part, box = self.part, face.region
        scale = np.array([part.width / self.width, part.height / self.height])
        shift = np.array([part.left / self.width, part.top / self.height])
        region = Region(
            float(box.x * scale[0] + shift[0]),
            float(box.y * scale[1] + shift[1]),
            float(box.w * scale[0]),
            float(box.h * scale[1]),
        )
        return replace(
            face, region=region, landmarks=(face.landmarks * scale + shift).astype(np.float32)
        )


def describe_region(
    path: Path, region: Region, analyzer: FaceAnalyzer, moment: int | None = None
) -> FoundFace:
    """Read a photo file and describe the face that the user drew on it. Thread: any; blocks.

    Args:
        path: The file.
        region: Where the face is, in the upright picture.
        analyzer: From `models.load_pack`.
        moment: Of a video, the time of the frame in milliseconds.

    Raises:
        UnreadablePhoto: The file can't be read.
    """
    (face,) = describe_regions(path, [region], analyzer, moment)
    return face


def describe_regions(
    path: Path, regions: Sequence[Region], analyzer: FaceAnalyzer, moment: int | None = None
) -> list[FoundFace]:
    """Read a photo file and describe faces at given places, in order; as `describe_region`."""
    data = decode.read_picture(path, moment)
    picture = decode.load_upright(data, long_side=ANALYSIS_SIDE, exact_colours=False)
    found = analyzer.analyse_regions(picture.pixels, list(regions))
    return [replace(face, moment=moment) for face in found]


def _check(token: CancelToken | None) -> None:
    if token is not None:
        token.check()


def _unread(digest: str, described: metadata.PhotoMetadata, error: Message) -> PhotoFaces:
    return PhotoFaces(digest, 0, 0, 1, described.dates, (), error, info=described.info)


def _keep_thumbnails(
    cache: ThumbnailCache,
    picture: decode.Picture,
    faces: Sequence[FoundFace],
    version: tuple[int, int, int],
) -> None:
    """Store thumbnails for the grids, made from the pixels already decoded."""
    small = colour.to_srgb(rendering.photo_thumbnail(picture.pixels), picture.colour)
    cache.store_photo(rendering.photo_key(*version), small)
    for face in faces:
        crop = rendering.face_crop(picture.pixels, face.region, face.landmarks)
        key = rendering.face_key(*version, face.region)
        cache.store_face(key, colour.to_srgb(crop, picture.colour))
