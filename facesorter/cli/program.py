"""Commands for the program rather than a library: models, settings, and update."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict, fields
from typing import Any, Final

from facesorter import __version__, paths
from facesorter.cancel import CancelToken
from facesorter.cli.output import reader, result, rows
from facesorter.cli.packs import BUNDLED
from facesorter.desktop import autostart
from facesorter.errors import UserError
from facesorter.library.models import trial
from facesorter.settings import Settings, allows
from facesorter.storage.database import DATABASE_NAME

START: Final = "start_with_system"
"""A setting stored by the system, not in our settings file."""


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's commands to the parser."""
    command = commands.add_parser(
        "models", parents=[shared], help="list, download, switch, or remove face model packs"
    )
    command.add_argument(
        "act", nargs="?", choices=("list", "get", "use", "verify", "remove"), default="list"
    )
    command.add_argument("pack", nargs="?", metavar="PACK", help="pack name, as shown by 'list'")
    command.add_argument(
        "--agree", action="store_true", help="accept the pack's terms (see 'list --json')"
    )
    command.set_defaults(run=run_models)
    command = commands.add_parser("settings", parents=[shared], help="show or change settings")
    command.add_argument("name", nargs="?", metavar="NAME")
    command.add_argument("value", nargs="?", metavar="VALUE")
    command.set_defaults(run=run_settings)
    command = commands.add_parser("update", parents=[shared], help="check for a newer version")
    command.set_defaults(run=run_update)


def run_models(args: Namespace) -> int:
    """List the model packs, or get, use, verify, or remove one."""
    from facesorter.app import packs

    settings = Settings.load(paths.settings_dir())
    if args.act == "list":
        rows(args, map(_line, packs.states(settings)))
        return 0
    if args.pack is None:
        raise UserError("Say which pack to {act}; 'facesorter models' lists them.", act=args.act)
    if args.act == "get":
        folder = packs.get(args.pack, agreed=args.agree, progress=_progress(), token=CancelToken())
        message = f"{args.pack} was downloaded. Run 'facesorter pack try {folder}' to test it."
        found: dict[str, Any] = {"pack": args.pack, "folder": str(folder)}
    elif args.act == "use":
        folder_in_use = packs.folder_of(args.pack)
        _check_switch(args, settings, folder_in_use)
        settings.models_folder = folder_in_use
        settings.save(paths.settings_dir())
        message = (
            f"{args.pack} will be used from the next scan on, which analyzes all photos again."
        )
        found = {"pack": args.pack, "folder": settings.models_folder}
    elif args.act == "verify":
        packs.verify(args.pack)
        message, found = f"{args.pack} is complete.", {"pack": args.pack, "whole": True}
    else:
        freed = packs.remove(args.pack, settings)
        message = f"{args.pack} was removed and {freed / 1e6:,.0f} MB freed."
        found = {"pack": args.pack, "freed": freed}
    result(args, found, message)
    return 0


def _check_switch(args: Namespace, settings: Settings, folder: str) -> None:
    """Refuse to switch the models of a library with faces.

    Raises:
        UserError: the pack must be tested first; the message says how.
    """
    if folder == settings.models_folder or not (args.library / DATABASE_NAME).exists():
        return
    with reader(args) as connection:
        needed = trial.is_needed(connection)
    if needed:
        raise UserError(
            "This library uses a different model pack. Test the new one first: 'facesorter pack "
            "try {pack}' analyzes the faces with it, and 'facesorter pack report' shows what "
            "would change. Nothing was changed.",
            pack=folder or BUNDLED,
        )


def _line(state: Any) -> dict[str, Any]:
    offer = state.offer
    return {
        "pack": offer.name,
        "here": state.folder is not None,
        "in_use": state.in_use,
        "bytes": state.bytes,
        "download_bytes": offer.size,
        "detector": offer.detector,
        "recogniser": offer.recogniser,
        "lfw": offer.measured.lfw,
        "measured_by": offer.measured.by,
        "work": offer.work,
        "commercial": offer.may_sell,
        "terms": offer.terms,
    }


def _progress() -> Any:
    """Return a callback that prints the progress of a download on one line."""
    if not sys.stderr.isatty():
        return lambda *_: None

    def show_progress(have: int, size: int) -> None:
        end = "\r\x1b[K" if have == size else ""
        sys.stderr.write(f"\r\x1b[K{have / 1e6:,.0f} of {size / 1e6:,.0f} MB{end}")
        sys.stderr.flush()

    return show_progress


def run_settings(args: Namespace) -> int:
    """Show the settings, or change one."""
    settings = Settings.load(paths.settings_dir())
    if args.name is not None:
        names = [field.name for field in fields(Settings)]
        if args.name not in (*names, START):
            raise UserError(
                "There’s no setting {name}. Available settings: {names}.",
                name=args.name,
                names=names,
            )
        if args.value is not None:
            if args.name == "models_folder":
                _check_switch(args, settings, args.value)
            _change(settings, args.name, args.value)
    found = asdict(settings) | {START: autostart.here().is_on()}
    if args.name is not None:
        found = {args.name: found[args.name]}
    result(args, found, "\n".join(f"{name}: {value}" for name, value in found.items()))
    return 0


def _change(settings: Settings, name: str, text: str) -> None:
    """Change one setting and save it.

    Raises:
        UserError: the value is invalid.
    """
    kind: type[Any] = bool if name == START else type(getattr(settings, name))
    value: Any = text
    if kind is bool:
        value = {"on": True, "true": True, "off": False, "false": False}.get(text.lower(), text)
    elif kind is int and text.lstrip("-").isdecimal():
        value = int(text)
    if name == START and isinstance(value, bool):
        autostart.set_on(value)
    elif allows(name, value):
        setattr(settings, name, value)
        settings.save(paths.settings_dir())
    else:
        raise UserError(
            "The setting {name} can’t be {value}. Nothing was changed.", name=name, value=text
        )


def run_update(args: Namespace) -> int:
    """Check online for a new version."""
    from facesorter.desktop import updates

    newest = updates.newest()
    newer = updates.is_newer(newest.version, __version__)
    found = {
        "version": __version__,
        "newest": newest.version,
        "newer": newer,
        "page": newest.page,
    }
    message = f"facesorter {__version__} is up to date."
    if newer:
        message = f"facesorter {newest.version} is available: {newest.page}"
    result(args, found, message)
    return 0
