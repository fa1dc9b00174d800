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
from facesorter.errors import UserError
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
        raise UserError(f"{name} came with the program; there is nothing to get.")
    if not agreed:
        raise UserError(f"{name} is only for whoever agrees to its terms: {wanted.terms}")
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
            f"{name} could not be unpacked ({error.strerror or error}). Make room on the disk, "
            "then try again; it need not be downloaded a second time."
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
        raise UserError(f"{name} is not whole. Remove it and get it again.") from error
    if not whole:
        raise UserError(f"{name} is damaged. Remove it and get it again.")


def folder_of(name: str, home: Path | None = None) -> str:
    """Return what `Settings.models_folder` says of a pack; empty for the bundled one.

    Raises:
        UserError: the pack is not here.
    """
    if name == BUNDLED:
        return ""
    folder = (home or paths.models_dir()) / _known(name).name
    if not all((folder / file).is_file() for file in _known(name).files):
        raise UserError(f"{name} is not here yet. 'facesorter models get {name}' gets it.")
    return str(folder)


def remove(name: str, settings: Settings, home: Path | None = None) -> int:
    """Delete a pack, and what there is of its download; returns the bytes freed.

    Raises:
        UserError: it is in use, came along, or can't be deleted.
    """
    home = home or paths.models_dir()
    wanted = _known(name)
    if name == BUNDLED:
        raise UserError(f"{name} is part of the program and can't be removed.")
    folder = home / wanted.name
    if settings.models_folder and Path(settings.models_folder) == folder:
        raise UserError(f"{name} is in use. Choose another pack first, then remove it.")
    leavings = [home / f"{name}.zip", home / f"{name}.zip.part"]
    files = [file for file in [*folder.glob("*"), *leavings] if file.is_file()]
    freed = sum(file.stat().st_size for file in files)
    try:
        if folder.exists():
            shutil.rmtree(folder)
        for file in leavings:
            file.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(f"{name} could not be removed ({error.strerror or error}).") from error
    return freed


def _known(name: str) -> Offer:
    found = offer(name)
    if found is None:
        names = ", ".join(each.name for each in OFFERS)
        raise UserError(f"There is no pack {name}. There are {names}.")
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
            raise Damaged(f"The archive of {wanted.name} lacks its models.")
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
        raise Damaged(f"The archive of {wanted.name} is damaged. Get it again.") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
