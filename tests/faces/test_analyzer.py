import hashlib
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from facesorter.cancel import Cancelled, CancelToken
from facesorter.faces import analyzer as analyzer_module
from facesorter.faces.analyzer import FaceAnalyzer, analyse_photo
from facesorter.files import content_hash
from facesorter.images import thumbnails
from facesorter.images.thumbnails import Kind, ThumbnailCache
from tests import photos
from tests.support.corners import INVERSE


def test_one_photo_from_file_to_faces(analyzer: FaceAnalyzer) -> None:
    result = analyse_photo(photos.six_people(), analyzer)
    assert result.error is None
    assert (result.width, result.height, result.orientation) == (1280, 886, 1)
    assert result.content_hash == content_hash(photos.six_people())
    assert (
        result.content_hash
        == hashlib.blake2b(photos.six_people().read_bytes(), digest_size=16).hexdigest()
    )
    assert len(result.faces) == 6
    for face in result.faces:
        region = face.region
        assert 0 <= region.x < region.x + region.w <= 1 and 0 <= region.y < region.y + region.h <= 1
        assert face.landmarks.shape == (5, 2) and face.landmarks.dtype == np.float32
        inside = face.landmarks.mean(0)
        assert region.x < inside[0] < region.x + region.w
        assert region.y < inside[1] < region.y + region.h
        assert face.embedding.shape == (128,) and face.embedding.dtype == np.float32
        assert np.isclose(np.linalg.norm(face.embedding), 1, atol=1e-5)
        assert 0.4 < face.quality <= 1
        assert isinstance(face.quality, float) and isinstance(region.x, float)
    similar = np.array([face.embedding for face in result.faces])
    similar = similar @ similar.T
    assert (similar[np.triu_indices(6, 1)] < 0.4).all()  # six different people


def similarity(analyzer: FaceAnalyzer, one: np.ndarray, other: np.ndarray) -> float:
    (first,), (second,) = analyzer.analyse(one), analyzer.analyse(other)
    return float(first.embedding @ second.embedding)


def test_the_same_face_stays_itself(analyzer: FaceAnalyzer) -> None:
    photo = photos.pixels(photos.astronaut())
    assert similarity(analyzer, photo, np.ascontiguousarray(photo[:, ::-1])) > 0.9
    assert similarity(analyzer, photo, np.ascontiguousarray(np.rot90(photo))) > 0.9
    half = cv2.resize(photo, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    assert similarity(analyzer, photo, half) > 0.9
    large = cv2.resize(photo, None, fx=5, fy=5, interpolation=cv2.INTER_CUBIC)
    assert similarity(analyzer, photo, large) > 0.97


def test_colour_order_is_rgb(analyzer: FaceAnalyzer) -> None:
    # The recogniser was trained on RGB: red and blue swapped, the astronaut looks less like
    # herself in another light than she does in the right order.
    photo = photos.pixels(photos.astronaut())
    swapped = np.ascontiguousarray(photo[..., ::-1])
    assert similarity(analyzer, photo, swapped) < 0.97


@pytest.mark.parametrize("orientation", range(1, 9))
def test_regions_are_of_the_upright_photo(
    analyzer: FaceAnalyzer, tmp_path: Path, orientation: int
) -> None:
    with Image.open(photos.astronaut()) as image:
        upright = image.convert("RGB").crop((100, 0, 450, 300))
    stored = upright if (turn := INVERSE[orientation]) is None else upright.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "photo.jpg"
    path.write_bytes(photos.encoded(stored, "JPEG", exif=exif, quality=95))
    (expected,) = analyzer.analyse(np.asarray(upright))
    result = analyse_photo(path, analyzer)
    (face,) = result.faces
    assert result.orientation == orientation
    assert face.region.overlap(expected.region) > 0.85
    assert np.abs(face.landmarks - expected.landmarks).max() < 0.02


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "no longer exists"),
        (b"", "empty"),
        (b"not a photo", "isn’t a photo"),
        ("cut", "incomplete"),
    ],
)
def test_bad_files_are_results(
    analyzer: FaceAnalyzer, tmp_path: Path, content: bytes | str | None, sentence: str
) -> None:
    path = tmp_path / "photo.jpg"
    if content == "cut":
        content = photos.six_people().read_bytes()[:300]
    if isinstance(content, bytes):
        path.write_bytes(content)
    cache = ThumbnailCache(tmp_path / "cache")
    result = analyse_photo(path, analyzer, thumbnails=cache, photo_id=1)
    assert result.error is not None and sentence in str(result.error)
    assert result.faces == () and result.width == 0
    assert (result.content_hash == "") == (not content)
    assert not (tmp_path / "cache").exists()


def test_faces_of_a_cut_photo_count(analyzer: FaceAnalyzer, tmp_path: Path) -> None:
    data = photos.six_people().read_bytes()
    path, whole = tmp_path / "photo.jpg", photos.six_people()
    path.write_bytes(data[:-20])
    result = analyse_photo(path, analyzer)
    assert result.error is None
    assert str(result.note) == "The end of this file is missing."
    assert len(result.faces) == len(analyse_photo(whole, analyzer).faces) > 4


def test_dates_are_read_on_the_way(analyzer: FaceAnalyzer, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2011:10:09 08:07:06"
    path = tmp_path / "photo.jpg"
    path.write_bytes(photos.encoded(photos.quarters(), "JPEG", exif=exif))
    result = analyse_photo(path, analyzer)
    assert result.dates == {"exif-original": "2011-10-09T08:07:06"}
    assert result.faces == () and result.error is None


def test_thumbnails_are_left_for_the_grids(analyzer: FaceAnalyzer, tmp_path: Path) -> None:
    cache = ThumbnailCache(tmp_path)
    result = analyse_photo(
        photos.six_people(), analyzer, thumbnails=cache, photo_id=7, mtime_ns=5, size=9
    )
    assert cache.read(thumbnails.photo_key(7, 5, 9), Kind.PHOTO)
    crops = [cache.read(thumbnails.face_key(7, 5, 9, f.region), Kind.FACE) for f in result.faces]
    assert all(crops)
    assert len(list(tmp_path.rglob("*.jpg"))) == 7
    for crop in crops:
        assert crop is not None
        pixels = cv2.cvtColor(cv2.imdecode(np.frombuffer(crop, np.uint8), 1), cv2.COLOR_BGR2RGB)
        (face, *_) = sorted(
            analyzer.analyse(pixels), key=lambda f: abs(f.region.x + f.region.w / 2 - 0.5)
        )
        eyes = face.landmarks[:2, 1].mean()
        assert abs(eyes - thumbnails.EYE_LINE) < 0.05


def test_the_file_is_not_touched(analyzer: FaceAnalyzer, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(photos.six_people().read_bytes())
    path.chmod(0o444)
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    analyse_photo(path, analyzer, thumbnails=ThumbnailCache(tmp_path / "cache"), photo_id=1)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_cancelling(analyzer: FaceAnalyzer) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        analyse_photo(photos.six_people(), analyzer, token=token)


def test_threads_share_the_models(analyzer: FaceAnalyzer) -> None:
    expected = analyse_photo(photos.six_people(), analyzer)
    results = []
    threads = [
        threading.Thread(
            target=lambda: results.append(analyse_photo(photos.six_people(), analyzer))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    for result in results:
        for mine, theirs in zip(expected.faces, result.faces, strict=True):
            assert mine.region == theirs.region
            assert np.allclose(mine.embedding, theirs.embedding, atol=1e-5)


def test_the_gil_is_free_while_analysing(analyzer: FaceAnalyzer) -> None:
    # Another thread, such as the window's, must get its turn at least every 100 ms.
    import time

    stop = threading.Event()
    work = threading.Thread(
        target=lambda: [analyse_photo(photos.six_people(), analyzer) for _ in range(3)]
    )
    gaps = []
    work.start()
    last = time.perf_counter()
    while work.is_alive():
        stop.wait(0.002)
        now = time.perf_counter()
        gaps.append(now - last)
        last = now
    work.join()
    assert len(gaps) > 20
    assert float(np.percentile(gaps, 95)) < 0.1


def test_a_small_face_in_a_large_photo_is_seen_sharp(
    analyzer: FaceAnalyzer, tmp_path: Path
) -> None:
    # 12 megapixels with the astronaut's face 90 pixels high: at 1280 it would be 29.
    photo = photos.pixels(photos.astronaut())
    small = cv2.resize(photo, (430, 430), interpolation=cv2.INTER_AREA)
    canvas = np.full((3000, 4000, 3), 120, np.uint8)
    canvas[1500:1930, 2500:2930] = small
    path = tmp_path / "large.jpg"
    path.write_bytes(photos.encoded(Image.fromarray(canvas), "JPEG", quality=95))
    result = analyse_photo(path, analyzer)
    (face,) = result.faces
    assert 60 < face.region.h * 3000 < 120
    (reference,) = analyzer.analyse(photo)
    assert float(face.embedding @ reference.embedding) > 0.93
    assert analyzer_module.ANALYSIS_SIDE >= 4000
