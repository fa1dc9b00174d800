import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from facesorter.errors import UserError
from facesorter.faces import models
from facesorter.faces.analyzer import FaceAnalyzer
from facesorter.faces.insightface_pack import load_insightface_pack
from facesorter.faces.models import bundled_pack, load_pack
from tests import photos
from tests.support.packs import CELL, HALF, POINTS, SHARE, arcface, scrfd


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "my_pack"
    folder.mkdir()
    (folder / "det_10g.onnx").write_bytes(scrfd(CELL, 0.9, [HALF] * 4, POINTS))
    (folder / "w600k_r50.onnx").write_bytes(arcface(512))
    (folder / "readme.txt").write_text("not a model")
    return folder


def test_a_pack_finds_and_embeds(pack: Path, capfd: pytest.CaptureFixture[str]) -> None:
    analyzer = load_pack(pack)
    assert (analyzer.name, analyzer.dimension) == ("my_pack", 512)
    photo = np.full((640, 640, 3), 60, np.uint8)
    photo[250:400, 250:400] = (200, 150, 120)
    (face,) = analyzer.analyse(photo)
    # insightface counts cells from their corner: the tenth is at 320 pixels, the middle.
    # The first closer look shows 224 pixels around a face 110 long, and sees one that is larger;
    # the last shows 320 around 210, which is the very share.
    grown = SHARE * SHARE / (110 / 224)
    region = face.region
    assert np.allclose([region.x, region.y], 0.5 - grown / 2, atol=0.01)
    assert np.allclose([region.w, region.h], grown, atol=0.01)
    points = face.landmarks - 0.5
    expected = np.array(POINTS, np.float32).reshape(5, 2)
    assert np.allclose(points / points[0, 0], expected / expected[0, 0], atol=0.02)
    assert face.embedding.shape == (512,)
    assert np.isclose(np.linalg.norm(face.embedding), 1, atol=1e-5)
    assert capfd.readouterr().out == ""


def test_its_identity_is_its_files(pack: Path, tmp_path: Path) -> None:
    first = load_insightface_pack(pack, 1).sha256
    other = tmp_path / "renamed"
    shutil.copytree(pack, other)
    assert load_insightface_pack(other, 1).sha256 == first
    (other / "w600k_r50.onnx").write_bytes(arcface(256))
    changed = load_insightface_pack(other, 1)
    assert changed.sha256 != first and changed.dimension == 256
    assert first != bundled_pack().sha256


def test_a_real_recogniser_behind_insightface(pack: Path, analyzer: FaceAnalyzer) -> None:
    # SFace in a pack's place: other input scaling, so only its own kind of use is tried.
    bundled = bundled_pack()
    data = models.read_verified(bundled.directory / bundled.recogniser, models.SFACE[1])
    for old in pack.glob("w600k*"):
        old.unlink()
    (pack / "renamed.onnx").write_bytes(models.fold(data, ("N", 3, 112, 112)))
    found = load_pack(pack)
    assert found.dimension == 128
    (face,) = found.analyse(photos.pixels(photos.astronaut())[:400, :400])
    assert face.embedding.shape == (128,)


def test_folders_without_models_say_what_is_missing(pack: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(UserError, match="usable face detector"):
        load_pack(empty)
    (pack / "w600k_r50.onnx").unlink()
    with pytest.raises(UserError, match="usable face recognizer"):
        load_pack(pack)
    (pack / "w600k_r50.onnx").write_bytes(b"not a model at all")
    with pytest.raises(UserError, match=r"w600k_r50\.onnx can’t be used"):
        load_pack(pack)


def test_a_recogniser_in_the_detectors_place(pack: Path) -> None:
    (pack / "det_10g.onnx").write_bytes(arcface(512))
    with pytest.raises(UserError, match="usable face detector"):
        load_pack(pack)


def test_loading_looks_nothing_up(pack: Path, tmp_path: Path) -> None:
    code = (
        "import socket, sys\n"
        "def refuse(*a, **k): raise SystemExit('network')\n"
        "socket.socket.connect = refuse\nsocket.getaddrinfo = refuse\n"
        "from pathlib import Path\n"
        "from facesorter.faces.models import load_pack\n"
        "load_pack(Path(sys.argv[1]))\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "CI"} | {"HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code, str(pack)], capture_output=True, text=True, env=environment
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert not (tmp_path / ".insightface").exists()
