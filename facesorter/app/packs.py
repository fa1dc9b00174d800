"""Model packs: download after consent to their terms, verification, removal."""

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
from facesorter.faces.models import bundled_pack
from facesorter.files import sha256
from facesorter.settings import Settings

NOTE: Final = "pack.json"
"""File next to a pack's models: their hashes, the terms, and when the user agreed to them."""


@dataclass(frozen=True, slots=True)
class State:
    """A pack on this computer."""

    offer: Offer
    folder: Path | None
    """Its location; None if not installed. The bundled pack always is."""
    bytes: int
    """Size on disk."""
    in_use: bool
    started: int
    """Bytes already downloaded, if a download was interrupted."""


def states(settings: Settings, home: Path | None = None) -> list[State]:
    """Return the state of every pack on offer. Reads a few files' sizes; thread: any."""
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
    progress: Callable[[int, int], None],
    token: CancelToken,
    home: Path | None = None,
) -> Path:
    """Download and verify a pack, keep its detector and recognizer, and return its folder.

    A recognizer without a detector of its own gets a copy of the bundled one.

    Resumes an interrupted download. Makes no network request unless the user has agreed to the
    terms. Blocks for minutes; thread: a worker.

    Args:
        name: A name from the catalogue.
        agreed: Whether the user has read the terms and agrees to them now.
        progress: Called in this thread with the bytes downloaded so far and the total.
        token: Cancels the download; the part already downloaded is kept.
        home: The folder of packs; None for the user's.

    Raises:
        UserError: the user didn't agree, the download failed, the disk is full, or the file isn't
            the published one.
        Cancelled: the token was cancelled.
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
        # Extraction failed last time: verify the archive again instead of downloading it again.
        os.replace(archive, archive.with_name(f"{archive.name}.part"))
    download(wanted.url, archive, wanted.size, wanted.sha256, progress, token)
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
    """Verify that a pack's models are unchanged since extraction. Blocks for about a second.

    Raises:
        UserError: the pack isn't installed, or a file is missing or changed.
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
    """Return the value of `Settings.models_folder` for a pack; empty for the bundled one.

    Raises:
        UserError: the pack isn't installed.
    """
    if name == BUNDLED:
        return ""
    folder = (home or paths.models_dir()) / _known(name).name
    if not all((folder / file).is_file() for file in _known(name).files):
        raise UserError("{name} isn’t installed.", name=name, remedy=Remedy.DOWNLOAD)
    return str(folder)


def remove(name: str, settings: Settings, home: Path | None = None) -> int:
    """Delete a pack and any partial download; return the bytes freed.

    Raises:
        UserError: the pack is in use, bundled, or can't be deleted.
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


def _extract(archive: Path, names: tuple[str, ...], folder: Path) -> None:
    with zipfile.ZipFile(archive) as packed:
        for info in packed.infolist():
            # Match by file name only: archives have different folder structures.
            name = PurePosixPath(info.filename).name
            if name in names:
                with packed.open(info) as source, (folder / name).open("wb") as target:
                    shutil.copyfileobj(source, target, 1 << 20)


def _unpack(wanted: Offer, archive: Path, folder: Path) -> None:
    """Extract the two models needed from a verified download, all or nothing."""
    new = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        if wanted.recogniser_alone:
            detector, recogniser = wanted.files
            shutil.copyfile(archive, new / recogniser)
            shutil.copyfile(bundled_pack().directory / detector, new / detector)
        else:
            _extract(archive, wanted.files, new)
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
