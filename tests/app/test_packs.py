"""Packs of models: nothing without agreement, nothing unproven, nothing left behind."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from facesorter.app import packs
from facesorter.cancel import Cancelled, CancelToken
from facesorter.desktop.download import Damaged
from facesorter.desktop.web import WebError
from facesorter.errors import UserError
from facesorter.faces import catalogue
from facesorter.faces.models import YUNET, load_pack
from facesorter.faces.recipe import pack_identity
from facesorter.settings import Settings
from tests.desktop.server import Site, serving
from tests.support.archives import DETECTOR, RECOGNISER, archive, publish
from tests.support.packs import arcface


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with serving() as made:
        publish(made, monkeypatch, archive())
        yield made


def get(home: Path, *, agreed: bool = True, token: CancelToken | None = None) -> Path:
    return packs.get(
        "buffalo_l",
        agreed=agreed,
        progress=lambda *_: None,
        token=token or CancelToken(),
        home=home,
    )


def state(home: Path, settings: Settings | None = None) -> packs.State:
    found = packs.states(settings or Settings(), home)
    return next(each for each in found if each.offer.name == "buffalo_l")


def test_a_pack_is_got_used_and_removed(site: Site, tmp_path: Path) -> None:
    home = tmp_path / "models"
    assert state(home).folder is None
    folder = get(home)
    assert {path.name for path in folder.iterdir()} == {
        "det_10g.onnx",
        "w600k_r50.onnx",
        "pack.json",
    }
    assert (folder / "w600k_r50.onnx").read_bytes() == RECOGNISER
    assert [path.name for path in home.iterdir()] == ["buffalo_l"], "the archive is gone"
    assert not list(tmp_path.rglob("escaped*"))
    note = json.loads((folder / packs.NOTE).read_text())
    assert note["terms"] == catalogue.RESEARCH_ONLY and note["agreed_at"]
    packs.verify("buffalo_l", home)
    settings = Settings(models_folder=packs.folder_of("buffalo_l", home))
    assert state(home, settings).in_use
    with pytest.raises(UserError, match="in use"):
        packs.remove("buffalo_l", settings, home)
    assert folder.exists()
    freed = packs.remove("buffalo_l", Settings(), home)
    assert freed > len(RECOGNISER) and not folder.exists()


def test_without_agreement_nobody_is_asked(site: Site, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="non-commercial research"):
        get(tmp_path / "models", agreed=False)
    assert site.asked == []
    assert not (tmp_path / "models").exists()


def test_an_interrupted_pack_goes_on_and_can_be_given_up(site: Site, tmp_path: Path) -> None:
    site.cut_after = 500_000
    with pytest.raises(WebError):
        get(tmp_path)
    assert state(tmp_path).started == 500_000
    assert state(tmp_path).folder is None
    get(tmp_path)
    assert site.asked[-1][1]["Range"] == "bytes=500000-"
    assert state(tmp_path).folder is not None
    site.cut_after = 400_000
    packs.remove("buffalo_l", Settings(), tmp_path)
    with pytest.raises(WebError):
        get(tmp_path)
    assert packs.remove("buffalo_l", Settings(), tmp_path) == 400_000
    assert list(tmp_path.iterdir()) == []


def test_cancelled_at_once_asks_nobody(site: Site, tmp_path: Path) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        get(tmp_path, token=token)
    assert site.asked == []


def test_another_file_than_the_published_one_is_refused(site: Site, tmp_path: Path) -> None:
    site.files["/buffalo_l.zip"] = archive(**{"det_10g.onnx": DETECTOR[::-1]})
    with pytest.raises(Damaged):
        get(tmp_path)
    assert state(tmp_path).folder is None


def test_an_archive_without_its_models_leaves_nothing(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("readme.txt", "nothing")
    publish(site, monkeypatch, out.getvalue())
    with pytest.raises(Damaged, match="doesn’t contain the models"):
        get(tmp_path)
    publish(site, monkeypatch, b"no archive at all" * 100)
    with pytest.raises(Damaged, match="is damaged"):
        get(tmp_path)
    assert state(tmp_path).folder is None


def test_a_changed_model_is_noticed(site: Site, tmp_path: Path) -> None:
    folder = get(tmp_path)
    (folder / "det_10g.onnx").write_bytes(DETECTOR[:-1] + b"x")
    with pytest.raises(UserError, match="is damaged"):
        packs.verify("buffalo_l", tmp_path)
    (folder / "det_10g.onnx").unlink()
    with pytest.raises(UserError, match="is incomplete"):
        packs.verify("buffalo_l", tmp_path)
    assert state(tmp_path).folder is None
    with pytest.raises(UserError, match="isn’t installed"):
        packs.folder_of("buffalo_l", tmp_path)


def test_the_bundled_pack_is_always_here(tmp_path: Path) -> None:
    first = packs.states(Settings(), tmp_path)[0]
    assert first.in_use and first.folder is not None and first.bytes > 10_000_000
    assert first.offer.may_sell
    with pytest.raises(UserError, match="is built in and can’t be removed"):
        packs.remove(first.offer.name, Settings(), tmp_path)
    with pytest.raises(UserError, match="nothing to download"):
        packs.get(
            first.offer.name,
            agreed=True,
            progress=lambda *_: None,
            token=CancelToken(),
            home=tmp_path,
        )


def test_what_is_offered_is_complete() -> None:
    for offered in catalogue.OFFERS[1:]:
        assert len(offered.sha256) == 64 and offered.size > 100_000_000
        file = offered.files[1] if offered.recogniser_alone else f"{offered.name}.zip"
        assert offered.url.startswith("https://") and offered.url.endswith(f"/{file}")
        assert offered.terms and offered.may_sell == offered.recogniser_alone


def test_a_recognizer_alone_works_with_the_bundled_detector(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = arcface(512)
    publish(site, monkeypatch, model, "auraface")
    folder = packs.get(
        "auraface", agreed=True, progress=lambda *_: None, token=CancelToken(), home=tmp_path
    )
    assert {path.name for path in folder.iterdir()} == {YUNET[0], "glintr100.onnx", "pack.json"}
    assert [path.name for path in tmp_path.iterdir()] == ["auraface"]
    packs.verify("auraface", tmp_path)
    assert packs.folder_of("auraface", tmp_path) == str(folder)
    analyzer = load_pack(folder)
    assert (analyzer.name, analyzer.dimension) == ("auraface", 512)
    assert analyzer.sha256 == pack_identity(YUNET[1], hashlib.sha256(model).hexdigest())
    (folder / YUNET[0]).write_bytes(b"no model")
    with pytest.raises(UserError, match="is damaged"):
        load_pack(folder)
    with pytest.raises(UserError, match="There’s no model pack"):
        packs.verify("nothing")
