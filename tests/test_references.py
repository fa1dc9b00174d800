"""What docstrings and pages point to exists: names in backticks, notes, files.

A single pair of backticks in a docstring is a reference (`images.decode`, `Picture.pixels`); what
is only a word of code has two pairs. Names are looked up from where they stand: in the class, in
the module, among its neighbors, then in the whole package and in other packages.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import importlib.util
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "facesorter").rglob("*.py"))
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
PAGES = [page for page in PAGES if page.name != "CHANGELOG.md"]  # which speaks of what was
NAME = re.compile(r"(?<!`)`([A-Za-z_]\w*(?:\.\w+)*)(?:\(\))?`(?!`)")
NOTE = re.compile(r"\[Note:\s+([^\]]+)\]")
FILE = re.compile(r"(?<![\w./<*-])([\w-]+(?:/[\w-]+)*\.(?:md|py|toml|spec|lock|nsi))\b(?!\.\w)")


class Text(NamedTuple):
    """A docstring, and from where its names are seen."""

    path: Path
    line: int
    owners: tuple[str, ...]
    text: str

    def where(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}"


def texts_in(path: Path) -> Iterator[Text]:
    """All docstrings of a module, those after attributes too."""

    def walk(node: ast.AST, owners: tuple[str, ...]) -> Iterator[Text]:
        for child in getattr(node, "body", ()):
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                if isinstance(child.value.value, str):
                    yield Text(path, child.lineno, owners, child.value.value)
            elif isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield from walk(child, (*owners, child.name))

    yield from walk(ast.parse(path.read_text(encoding="utf-8")), ())


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def member(found: object, name: str) -> object:
    """An attribute, a field that only instances have, or a module of a package."""
    try:
        return getattr(found, name)
    except AttributeError:
        for kind in getattr(found, "__mro__", ()):
            if name in getattr(kind, "__annotations__", {}):
                return kind
            if kind.__module__.startswith("facesorter") and re.search(
                rf"\bself\.{name}\b[^=\n]*=", inspect.getsource(kind)
            ):
                return kind
        module = getattr(found, "__name__", "") if hasattr(found, "__path__") else ""
        if not module:
            raise
        try:
            return importlib.import_module(f"{module}.{name}")
        except ModuleNotFoundError as error:
            raise AttributeError(name) from error


def resolves(text: Text, name: str) -> bool:
    """Whether a name means something where it stands."""
    module = importlib.import_module(dotted(text.path))
    starts: list[object] = []
    found: object = module
    for owner in text.owners:
        found = getattr(found, owner, None)
        starts.append(found)
    package = dotted(text.path).rpartition(".")[0]
    starts += [module, *map(importlib.import_module, {package or "facesorter", "facesorter"})]
    if any_of([*starts, builtins], name):
        return True
    first, _, rest = name.partition(".")
    if first == "tests":
        return (ROOT / name.replace(".", "/")).with_suffix(".py").exists()
    homes = [importlib.import_module(home) for home in sorted(HOMES.get(first, ()))]
    if any_of(homes, name):
        return True
    # A module or package by its last name (`corrections.split_person`), or somebody else's.
    modules = [dotted(each) for each in SOURCES if dotted(each).endswith(f".{first}")]
    modules += [first] if importlib.util.find_spec(first) else []
    return any_of(list(map(importlib.import_module, modules)), rest) if rest else bool(modules)


def any_of(starts: list[object], name: str) -> bool:
    for start in starts:
        found = start
        try:
            for part in name.split("."):
                found = member(found, part)
        except AttributeError:
            continue
        return True
    return False


def homes() -> dict[str, set[str]]:
    """Where the classes and functions are defined that modules may name without importing them."""
    found: dict[str, set[str]] = {}
    for path in SOURCES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) or (
                isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
            ):
                found.setdefault(node.name, set()).add(dotted(path))
    return found


HOMES = homes()
ALL = [text for path in SOURCES for text in texts_in(path)]


def broken_names(path: Path) -> list[str]:
    return [
        f"{text.where()}: {name}"
        for text in texts_in(path)
        for name in NAME.findall(text.text)
        if not resolves(text, name)
    ]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_names_in_docstrings_mean_something(path: Path) -> None:
    assert broken_names(path) == []


def is_there(name: str) -> bool:
    places = (ROOT, ROOT / "facesorter", ROOT / "tests", ROOT / "docs", ROOT / "packaging")
    return any((place / name).exists() for place in places)


def test_files_named_in_docstrings_are_there() -> None:
    named = [(text.where(), name) for text in ALL for name in FILE.findall(text.text)]
    assert len(named) > 10
    assert [(where, name) for where, name in named if not is_there(name)] == []


def test_headings_cited_are_there() -> None:
    """As in ``ARCHITECTURE.md, "Decisions and undo"`` or ``"A decision" in CONTRIBUTING.md``."""
    cited = set()
    for text in ALL:
        flat = " ".join(text.text.split())
        cited |= {(page, head) for page, head in re.findall(r'([A-Z]+\.md), "([^"]+)"', flat)}
        cited |= {(page, head) for head, page in re.findall(r'"([^"]+)" in ([A-Z]+\.md)', flat)}
    assert len(cited) > 2
    for page, head in sorted(cited):
        content = (ROOT / page).read_text(encoding="utf-8")
        found = re.search(rf"^(?:#+ |\*\*){re.escape(head)}\b", content, re.MULTILINE)
        assert found, f"{page} has no heading {head}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_named_in_pages_are_there(page: Path) -> None:
    # Tables of other programs' sources name files of theirs.
    lines = page.read_text(encoding="utf-8").splitlines()
    ours = "\n".join(line for line in lines if not line.startswith("| PhotoPrism"))
    code = re.findall(r"`([^`\n]+)`", ours)
    named = [name for text in code for name in FILE.findall(text)]
    assert [name for name in named if not is_there(name)] == []


def test_notes_that_are_cited_are_written_somewhere() -> None:
    """A note is written where it opens a sentence of its own; the others cite it."""
    written = set()
    cited = {}
    for path in [*SOURCES, *PAGES]:
        text = re.sub(r"\s*\n\s*#?\s*", " ", path.read_text(encoding="utf-8"))
        for match in NOTE.finditer(text):
            note = match[1].strip()
            after = text[match.end() : match.end() + 3]
            if re.match(r" [A-Z`]", after):
                written.add(note)
            cited.setdefault(note, path.name)
    assert len(written) > 3
    assert {note: where for note, where in cited.items() if note not in written} == {}


def test_a_name_that_means_nothing_is_noticed() -> None:
    text = Text(ROOT / "facesorter" / "images" / "decode.py", 1, ("Picture",), "")
    assert resolves(text, "pixels") and resolves(text, "Picture.pixels")
    assert resolves(text, "raw.looks_raw") and resolves(text, "library.scanning.scan")
    assert not resolves(text, "images.no_such_module")
    assert not resolves(text, "Picture.no_such_field")
