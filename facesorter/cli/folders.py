"""The folders command: list watched folders and their contents; pause, exclude or relocate them."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import Any

from facesorter.cli.output import reader, rows
from facesorter.domain import Folder, FolderState
from facesorter.errors import UserError
from facesorter.library import folder_tree
from facesorter.library.folder_tree import FolderTree, Order
from facesorter.library.library import Library
from facesorter.library.scanning import folders
from facesorter.library.transaction import Transaction
from facesorter.storage import folders as folder_rows


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's command to the parser."""
    help_text = "list watched folders, or pause, exclude or relocate one first"
    command = commands.add_parser("folders", parents=[shared], help=help_text)
    command.add_argument("--tree", action="store_true", help="with their subfolders")
    command.add_argument(
        "--sort",
        choices=[order.value for order in Order],
        default=Order.NAME.value,
        help="order of the folders in a folder (default: name)",
    )
    act = command.add_mutually_exclusive_group()
    act.add_argument("--pause", metavar="FOLDER", help="don’t look for changes in it")
    act.add_argument("--resume", metavar="FOLDER", help="watch it again")
    act.add_argument("--leave-out", metavar="SUBFOLDER", help="leave it out of the library")
    act.add_argument("--include", metavar="SUBFOLDER", help="include it again at the next scan")
    act.add_argument("--relocate", nargs=2, metavar=("FOLDER", "NEW"), help="it is now at NEW")
    act.add_argument(
        "--remove", metavar="FOLDER", help="remove it from the library; no file is touched"
    )
    command.set_defaults(run=run_folders)


def run_folders(args: Namespace) -> int:
    """Change how a folder is treated, if asked for, and list the folders."""
    if any((args.pause, args.resume, args.leave_out, args.include, args.relocate, args.remove)):
        library = Library(args.library)
        try:
            library.transact(_act, args)
        finally:
            library.close()
    order = Order(args.sort)
    with reader(args) as connection:
        tree = folder_tree.read(connection, dated=True)
        rows(args, _listed(tree, order, deep=args.tree))
    return 0


def _act(txn: Transaction, args: Namespace) -> None:
    if args.relocate:
        folder, new = args.relocate
        folders.relocate(txn, _watched(txn, folder).id, new)
    elif args.remove:
        folders.stop_watching(txn, _watched(txn, args.remove).id)
    elif args.leave_out:
        folder, inside = _around(txn, args.leave_out)
        folders.leave_out(txn, folder.id, inside)
    elif args.include:
        folder, inside = _around(txn, args.include)
        if inside not in folder.left_out:
            raise UserError("{folder} isn’t left out of the library.", folder=args.include)
        folders.include(txn, folder.id, inside)
    else:
        folder = _watched(txn, args.pause or args.resume)
        folders.pause_watching(txn, folder.id, bool(args.pause))


def _watched(txn: Transaction, path: str) -> Folder:
    wanted = os.path.abspath(path)
    for folder in folder_rows.every(txn.connection, watched_only=True):
        if os.path.normpath(folder.path) == wanted:
            return folder
    raise UserError(
        "{folder} isn’t a watched folder. 'facesorter folders' lists them.", folder=path
    )


def _around(txn: Transaction, path: str) -> tuple[Folder, str]:
    """Return the watched folder that a subfolder is in, and its relative path with a last "/"."""
    wanted = os.path.abspath(path)
    # The innermost: one may be watched by itself inside what was left out of another.
    watched = folder_rows.every(txn.connection, watched_only=True)
    for folder in sorted(watched, key=lambda folder: len(folder.path), reverse=True):
        start = os.path.join(os.path.normpath(folder.path), "")
        if wanted.startswith(start):
            return folder, wanted.removeprefix(start).replace(os.sep, "/") + "/"
    raise UserError("{folder} isn’t in a watched folder.", folder=path)


def _listed(tree: FolderTree, order: Order, *, deep: bool) -> Iterator[dict[str, Any]]:
    roots = {root.id: root for root in tree.roots}
    known = [found for root in tree.roots if (found := tree.get(root.id)) is not None]
    waiting = list(reversed(folder_tree.in_order(known, order)))
    while waiting:
        folder = waiting.pop()
        root = roots[folder.folder_id]
        yield {
            "path": folder_tree.place_path(root, folder.place),
            "photos": folder.photos,
            "newest": folder.newest or None,
            "watched": not folder.place,
            "paused": root.paused,
            "unplugged": root.state is FolderState.UNPLUGGED,
            "left_out": [] if folder.place else [os.path.join(root.path, p) for p in root.left_out],
        }
        if deep:
            inside = tree.children(folder.folder_id, folder.place, order)
            waiting += reversed(inside)
