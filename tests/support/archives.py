"""Archives of model packs on a server of this computer."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from dataclasses import replace

import pytest

from facesorter.app import packs
from facesorter.faces import catalogue
from tests.desktop.server import Site

DETECTOR, RECOGNISER = os.urandom(300_000), os.urandom(900_000)


def archive(**other: bytes) -> bytes:
    """An archive as they are published: folders in front, models besides that nobody here needs."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("antelopev2/", b"")
        files = {"det_10g.onnx": DETECTOR, "w600k_r50.onnx": RECOGNISER, "genderage.onnx": b"no"}
        for name, data in {**files, **other}.items():
            packed.writestr(f"antelopev2/{name}", data)
        packed.writestr("../../escaped.onnx", b"an attack")
    return out.getvalue()


def publish(
    site: Site, monkeypatch: pytest.MonkeyPatch, data: bytes, name: str = "buffalo_l"
) -> None:
    offered = catalogue.offer(name)
    assert offered is not None
    file = offered.url.rpartition("/")[2]
    site.files[f"/{file}"] = data
    here = replace(
        offered,
        url=f"{site.url}/{file}",
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )
    offers = tuple(here if each.name == here.name else each for each in catalogue.OFFERS)
    monkeypatch.setattr(catalogue, "OFFERS", offers)
    monkeypatch.setattr(packs, "OFFERS", offers)
