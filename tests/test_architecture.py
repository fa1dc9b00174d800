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


def tree() -> dict[str, set[str]]:
    """The modules that the tree lists, by package ('' for facesorter itself)."""
    block = TEXT.split("```")[1]
    listed: dict[str, set[str]] = {}
    package = None
    for line in block.splitlines():
        indent = len(line) - len(line.lstrip())
        if line.startswith("facesorter/"):
            package = ""
        elif indent == 0:
            package = None
        elif indent == 2 and (found := re.match(r"\s*(\w+)/", line)):
            package = found[1]
        elif indent == 2:
            package = ""
        if package is not None:
            # The names stand first; prose after them may mention other files.
            names = re.match(r"\s*((?:\w+\.py\s+)*\w+\.py)", line)
            listed.setdefault(package, set()).update(names[1].split() if names else ())
    return listed


def test_the_tree_is_the_tree() -> None:
    listed = tree()
    packages = ["", *(name for name in TOP_NAMES if (PACKAGE / name).is_dir())]
    present = {
        package: {path.name for path in (PACKAGE / package).glob("*.py")} - {"__init__.py"}
        for package in packages
    }
    absent = {p: names - listed.get(p, set()) for p, names in present.items()}
    gone = {p: names - present.get(p, set()) for p, names in listed.items()}
    assert not any(absent.values()), f"not in ARCHITECTURE.md's tree: {absent}"
    assert not any(gone.values()), f"in ARCHITECTURE.md's tree, but no longer there: {gone}"
