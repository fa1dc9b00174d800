"""ARCHITECTURE.md names real things: every dotted name resolves, the tree is the tree."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
PACKAGE = ROOT / "facesorter"
TOP_NAMES = sorted(
    path.stem if path.is_file() else path.name
    for path in PACKAGE.iterdir()
    if (path.suffix == ".py" and not path.stem.startswith("_")) or (path / "__init__.py").exists()
)
NAMES = sorted(set(re.findall(rf"`((?:{'|'.join(TOP_NAMES)})(?:\.\w+)+)`", TEXT)))


def resolve(dotted: str) -> object:
    """What a dotted name below facesorter means; raises where it means nothing."""
    module = importlib.import_module("facesorter")
    found: object = module
    prefix = "facesorter"
    for part in dotted.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            found = importlib.import_module(f"{prefix}.{part}")
        prefix += f".{part}"
    return found


def test_the_walk_names_enough_to_be_worth_resolving() -> None:
    assert len(NAMES) > 50
    assert {name.split(".")[0] for name in NAMES} >= {"gui", "app", "library", "storage", "faces"}


@pytest.mark.parametrize("name", NAMES)
def test_name_resolves(name: str) -> None:
    assert resolve(name) is not None


def test_a_name_that_does_not_exist_is_noticed() -> None:
    with pytest.raises(ModuleNotFoundError):
        resolve("library.folders.no_such_function")


def tree() -> dict[str, bool]:
    """The files and folders below facesorter/ that the tree lists, and whether each is there."""
    block = TEXT.split("```")[1]
    listed: dict[str, bool] = {}
    folders: list[str] = []
    for line in block.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        names = re.match(r"\s*((?:[\w/]+(?:/|\.py)\s+)+)", line)
        found = names[1].split() if names else []
        if depth == 0:
            folders = ["facesorter"] if line.startswith("facesorter/") else []
            continue
        if not folders:
            continue
        folders = folders[:depth]
        for name in found:
            path = ROOT.joinpath(*folders, name)
            listed[str(path.relative_to(PACKAGE))] = path.exists()
        if found and found[-1].endswith("/"):
            folders = [*folders, found[-1].rstrip("/")]
    return listed


def test_the_tree_is_the_tree() -> None:
    listed = tree()
    packages = {str(path.parent.relative_to(PACKAGE)) for path in PACKAGE.rglob("__init__.py")}
    missing = packages - {"."} - set(listed)
    assert not missing, f"not in ARCHITECTURE.md's tree: {sorted(missing)}"
    gone = sorted(name for name, there in listed.items() if not there)
    assert not gone, f"in ARCHITECTURE.md's tree, but no longer there: {gone}"
