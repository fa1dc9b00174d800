"""Packs of models that the user gets, with the terms agreed to, and removes again."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from facesorter import paths
from facesorter.cancel import CancelToken
from facesorter.desktop.download import Damaged, download
from facesorter.errors import Remedy, UserError
from facesorter.faces.catalogue import BUNDLED, OFFERS, Offer, offer
from facesorter.files import sha256
from facesorter.settings import Settings

NOTE: Final = "pack.json"
"""Beside a pack's models: their hashes, the terms, and when the user agreed to them."""


@dataclass(frozen=True, slots=True)
class State:
    """A pack on this computer."""

    offer: Offer
    folder: Path | None
    """Where it lies; None when it is not here. The bundled pack is always here."""
    bytes: int
    """On the disk."""
    in_use: bool
    started: int
    """Bytes of a download that was interrupted."""


def states(settings: Settings, home: Path | None = None) -> list[State]:
    """Tell of every pack that is offered. Reads a few files' sizes; thread: any."""
    home = home or paths.models_dir()
    found = []
    for each in OFFERS:
        folder: Path | None = home / each.name
        if each.name == BUNDLED:
            folder = paths.resources() / "models" / BUNDLED
        elif not all((home / each.name / file).is_file() for file in each.files):
            folder = None
        part = home / f"{each.name}.zip.part"
        used = settings.models_folder
        found.append(
            State(
                each,
                folder,
                sum(file.stat().st_size for file in folder.glob("*.onnx")) if folder else 0,
                not used if each.name == BUNDLED else folder is not None and Path(used) == folder,
                part.stat().st_size if part.exists() else 0,
            )
        )
    return found


def get(
    name: str,
    *,
    agreed: bool,
    tell: Callable[[int, int], None],
    token: CancelToken,
    home: Path | None = None,
) -> Path:
    """Download a pack, prove it, and keep its detector and recogniser; returns its folder.

    An interrupted download goes on where it was. Nothing is asked of anybody unless ``agreed``
    says that the user read the terms and agrees to them. Blocks for minutes; thread: a worker.

    Args:
        name: One of the catalogue's.
        agreed: Whether the user agreed to the terms, now.
        tell: Called with the bytes that are here and those of the whole, in this thread.
        token: Cancels; what arrived is kept.
        home: The folder of packs; None for the user's.

    Raises:
        UserError: no agreement, no connection, no room, or not the file that was published.
        Cancelled: by the token.
    """
    wanted = _known(name)
    if not wanted.url:
        raise UserError("{name} is built in, so there’s nothing to download.", name=name)
    if not agreed:
        raise UserError(
            "You must agree to the terms of {name} to download it: {terms}",
            name=name,
            terms=wanted.terms,
        )
    home = home or paths.models_dir()
    archive = home / f"{name}.zip"
    folder = home / name
    with contextlib.suppress(FileNotFoundError):
        # Unpacking failed the last time: proven once more, and not asked for again.
        os.replace(archive, archive.with_name(f"{archive.name}.part"))
    download(wanted.url, archive, wanted.size, wanted.sha256, tell, token)
    try:
        _unpack(wanted, archive, folder)
    except OSError as error:
        raise UserError(
            "{name} couldn’t be extracted ({error}). Free up disk space and try again. You won’t "
            "need to download it again.",
            name=name,
            error=error,
        ) from error
    archive.unlink(missing_ok=True)
    return folder


def verify(name: str, home: Path | None = None) -> None:
    """Prove that a pack's models are those that were unpacked. Blocks for about a second.

    Raises:
        UserError: the pack is not here, or a file is missing or changed.
    """
    folder = (home or paths.models_dir()) / _known(name).name
    try:
        hashes: dict[str, str] = json.loads((folder / NOTE).read_text(encoding="utf-8"))["files"]
        whole = all(sha256(folder / file) == digest for file, digest in hashes.items())
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise UserError(
            "{name} is incomplete. Remove it and download it again.", name=name
        ) from error
    if not whole:
        raise UserError("{name} is damaged. Remove it and download it again.", name=name)


def folder_of(name: str, home: Path | None = None) -> str:
    """Return what `Settings.models_folder` says of a pack; empty for the bundled one.

    Raises:
        UserError: the pack is not here.
    """
    if name == BUNDLED:
        return ""
    folder = (home or paths.models_dir()) / _known(name).name
    if not all((folder / file).is_file() for file in _known(name).files):
        raise UserError("{name} isn’t installed.", name=name, remedy=Remedy.DOWNLOAD)
    return str(folder)


def remove(name: str, settings: Settings, home: Path | None = None) -> int:
    """Delete a pack, and what there is of its download; returns the bytes freed.

    Raises:
        UserError: it is in use, came along, or can't be deleted.
    """
    home = home or paths.models_dir()
    wanted = _known(name)
    if name == BUNDLED:
        raise UserError("{name} is built in and can’t be removed.", name=name)
    folder = home / wanted.name
    if settings.models_folder and Path(settings.models_folder) == folder:
        raise UserError("{name} is in use. Switch to another pack before removing it.", name=name)
    leavings = [home / f"{name}.zip", home / f"{name}.zip.part"]
    files = [file for file in [*folder.glob("*"), *leavings] if file.is_file()]
    freed = sum(file.stat().st_size for file in files)
    try:
        if folder.exists():
            shutil.rmtree(folder)
        for file in leavings:
            file.unlink(missing_ok=True)
    except OSError as error:
        raise UserError("{name} couldn’t be removed ({error}).", name=name, error=error) from error
    return freed


def _known(name: str) -> Offer:
    found = offer(name)
    if found is None:
        raise UserError(
            "There’s no model pack named {name}. Available packs: {names}.",
            name=name,
            names=[each.name for each in OFFERS],
        )
    return found


def _unpack(wanted: Offer, archive: Path, folder: Path) -> None:
    """Take the two models that are used out of a proven archive, all or nothing."""
    new = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        with zipfile.ZipFile(archive) as packed:
            for info in packed.infolist():
                # By the last part of the name only: archives differ in their folders.
                name = PurePosixPath(info.filename).name
                if name in wanted.files:
                    with packed.open(info) as source, (new / name).open("wb") as target:
                        shutil.copyfileobj(source, target, 1 << 20)
        if not all((new / file).is_file() for file in wanted.files):
            archive.unlink()
            raise Damaged(
                "The {name} archive doesn’t contain the models. Download it again later.",
                name=wanted.name,
            )
        note = {
            "pack": wanted.name,
            "source": wanted.url,
            "archive_sha256": wanted.sha256,
            "files": {file: sha256(new / file) for file in wanted.files},
            "terms": wanted.terms,
            "agreed_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        }
        (new / NOTE).write_text(json.dumps(note, indent=2), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(new, folder)
    except zipfile.BadZipFile as error:
        archive.unlink(missing_ok=True)
        raise Damaged(
            "The {name} archive is damaged. Download it again.", name=wanted.name
        ) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
