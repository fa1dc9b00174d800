"""Keep the translations in step with the code: collect every text, update resources/languages/*.po.

    python packaging/languages.py            # after texts were changed: update all languages
    python packaging/languages.py es         # begin a language
    python packaging/languages.py --check    # say what is missing, change nothing

What is translated is kept; a text that changed keeps the old translation, marked fuzzy, for a
translator to look at; texts that are gone are taken out.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "resources" / "languages"
WINDOW = "facesorter/gui"
CORE = (
    "facesorter/app",
    "facesorter/library",
    "facesorter/faces",
    "facesorter/exchange",
    "facesorter/images",
    "facesorter/storage",
    "facesorter/desktop",
    "facesorter/clustering",
)
ENGLISH = {
    "facesorter/app/evaluation/evaluate.py": "what the command line alone says",
    "facesorter/app/evaluation/pictures.py": "what the command line alone says",
    "facesorter/library/check.py": "what the command line alone says",
}
"""Modules of the core whose messages stay as they are, and why."""
SENTENCES = "Errors"
"""The context of what the core says; see `facesorter.gui.i18n.catalogue`."""
ALIKE = 0.7
"""Share of a text that must be as before for its old translation to be a help."""
PLURALS = {
    "de": "nplurals=2; plural=(n != 1);",
    "fr": "nplurals=2; plural=(n > 1);",
    "ro": "nplurals=3; plural=(n==1 ? 0 : (n==0 || (n%100 > 0 && n%100 < 20)) ? 1 : 2);",
    "ru": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && "
    "(n%100<12 || n%100>14) ? 1 : 2);",
}
"""gettext's rules; a language that is begun gets the English one, to be corrected in its file."""

_PLACE = re.compile(r"\{\w+\}|%Ln")
_TRANSLATE = {"translate", "words.translate"}
_MESSAGE = frozenset({"Message", "UserError", "UnreadablePhoto"})
"""Whose first argument is shown to the user; that of classes derived from them is too."""

# What Qt says itself in our window, for languages that Qt has no texts for.
QT_TEXTS = {
    "QPlatformTheme": (
        "OK",
        "Save",
        "Save All",
        "Open",
        "&Yes",
        "Yes to &All",
        "&No",
        "N&o to All",
        "Abort",
        "Retry",
        "Ignore",
        "Close",
        "Cancel",
        "Discard",
        "Help",
        "Apply",
        "Reset",
        "Restore Defaults",
    ),
    "QWidgetTextControl": (
        "&Undo",
        "&Redo",
        "Cu&t",
        "&Copy",
        "Copy &Link Location",
        "&Paste",
        "Delete",
        "Select All",
    ),
    "QLineEdit": ("&Undo", "&Redo", "Cu&t", "&Copy", "&Paste", "Delete", "Select All"),
    "QAbstractSpinBox": ("&Select All", "&Step up", "Step &down"),
    "QShortcut": ("Ctrl", "Shift", "Alt", "Del", "Enter", "Esc", "Backspace", "Space"),
    "QFileDialog": (
        "Find Directory",
        "Directories",
        "Directory:",
        "File &name:",
        "Files of type:",
        "Look in:",
        "&Open",
        "&Save",
        "&Choose",
        "Cancel",
        "Back",
        "Forward",
        "Parent Directory",
        "Create New Folder",
        "Create a New Folder",
        "New Folder",
        "&New Folder",
        "List View",
        "Detail View",
        "Sidebar",
        "My Computer",
        "Computer",
        "All Files (*)",
        "&Rename",
        "&Delete",
        "Show &hidden files",
        "Recent Places",
        "Go back",
        "Go forward",
        "Go to the parent directory",
        "Change to list view mode",
        "Change to detail view mode",
        "Save As",
        "Remove",
    ),
    "QFileSystemModel": (
        "Name",
        "Size",
        "Type",
        "Kind",
        "Date Modified",
        "My Computer",
        "Computer",
    ),
}


T = TypeVar("T")


@dataclass(slots=True)
class Entry:
    """One text and what a language says for it."""

    context: str
    text: str
    plural: str = ""
    places: list[str] = field(default_factory=list)
    translations: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """The translators' own comments, as they stand."""
    fuzzy: bool = False
    before: str = ""
    """The text that a fuzzy translation was made for."""

    @property
    def key(self) -> tuple[str, str]:
        """What it is found by."""
        return self.context, self.text


# Collecting.


def texts(language: str = "", root: Path = ROOT) -> dict[tuple[str, str], Entry]:
    """Every text of the window, of the core's messages, and of Qt where it lacks a language."""
    found: dict[tuple[str, str], Entry] = {}
    for path in sorted((root / WINDOW).rglob("*.py")):
        for context, text in _said_in(path):
            plural = (
                text.replace("person(s)", "people").replace("(s)", "s") if "%Ln" in text else ""
            )
            text = text.replace("(s)", "") if plural else text
            _add(found, Entry(context, text, plural, [path.relative_to(root).as_posix()]))
    core = [path for folder in CORE for path in sorted((root / folder).rglob("*.py"))]
    makers = _makers(core)
    for path in core:
        place = path.relative_to(root).as_posix()
        for text in _messages_in(path, makers) if place not in ENGLISH else ():
            _add(found, Entry(SENTENCES, text, places=[place]))
    if language and not qt_speaks(language):
        for context, those in QT_TEXTS.items():
            for text in those:
                _add(found, Entry(context, text, places=["Qt"]))
    return dict(sorted(found.items(), key=lambda item: item[0][0]))


def qt_speaks(language: str) -> bool:
    """Whether Qt has its own texts in a language, as PySide6-Essentials brings them."""
    from PySide6.QtCore import QLibraryInfo

    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    return (Path(folder) / f"qtbase_{language}.qm").is_file()


def _add(found: dict[tuple[str, str], Entry], entry: Entry) -> None:
    known = found.setdefault(entry.key, entry)
    if entry.places[0] not in known.places:
        known.places += entry.places


def _once(read: Callable[[Path], Iterator[T]]) -> Callable[[Path], tuple[T, ...]]:
    """Read a file again only when it has changed: the same are asked for in each language."""
    known: dict[tuple[Path, int, int], tuple[T, ...]] = {}

    def reading(path: Path) -> tuple[T, ...]:
        found = path.stat()
        key = path, found.st_mtime_ns, found.st_size
        if key not in known:
            known[key] = tuple(read(path))
        return known[key]

    return reading


@_once
def _said_in(path: Path) -> Iterator[tuple[str, str]]:
    """The contexts and texts of the calls of `translate` in a module, in order."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in _TRANSLATE:
            words = [arg.value for arg in node.args[:3] if isinstance(arg, ast.Constant)]
            words += [
                key.value.value
                for key in node.keywords
                if key.arg == "meaning" and isinstance(key.value, ast.Constant)
            ]
            if len(words) < 2 or not all(isinstance(word, str) for word in words):
                raise ValueError(f"{path}:{node.lineno}: translate takes literals")
            context, text, meaning = (*(str(word) for word in words), "")[:3]
            yield (f"{context}, {meaning}" if meaning else context), text


@_once
def _classes_in(path: Path) -> Iterator[tuple[str, frozenset[str]]]:
    """The classes of a module, each with what it is derived from."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.ClassDef):
            yield node.name, frozenset(map(_last_name, node.bases))


def _makers(paths: Sequence[Path]) -> frozenset[str]:
    """The names of the classes that are made with a message."""
    found = _MESSAGE
    derived = [each for path in paths for each in _classes_in(path)]
    while more := {name for name, bases in derived if bases & found and name not in found}:
        found |= more
    return found


@_once
def _calls_in(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """The calls with an argument by place in a module, and the names that are called.

    A class that words itself does so in its own constructor, so `super` there has its name.
    """
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Call) and node.args:
            yield _last_name(node.func), node
        if isinstance(node, ast.ClassDef):
            calls = (each for each in ast.walk(node) if isinstance(each, ast.Call) and each.args)
            for each in calls:
                if ast.unparse(each.func) == "super().__init__":
                    yield node.name, each


def _messages_in(path: Path, makers: frozenset[str]) -> Iterator[str]:
    """The literals that messages are made with in a module."""
    for name, node in _calls_in(path):
        first = node.args[0]
        if name not in makers:
            continue
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value
        elif isinstance(first, ast.JoinedStr | ast.BinOp):
            raise ValueError(f"{path}:{node.lineno}: {name} takes a literal, and values by name")


def _last_name(node: ast.expr) -> str:
    """``Error`` of ``module.Error``."""
    return ast.unparse(node).rpartition(".")[2]


# Files.


def read(path: Path) -> tuple[list[str], dict[tuple[str, str], Entry]]:
    """The lines of a .po file's header, and its entries."""
    header: list[str] = []
    found: dict[tuple[str, str], Entry] = {}
    for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8").strip()):
        lines = block.split("\n")
        entry = Entry("", "")
        target: tuple[str, int] | None = None
        strings: dict[tuple[str, int], str] = {}
        for line in lines:
            match = re.match(r"(msgctxt|msgid_plural|msgid|msgstr)(?:\[(\d)\])?\s+(?=\")", line)
            if match is not None:
                target = match[1], int(match[2] or 0)
                strings[target] = ""
                line = line[match.end() :]
            if line.startswith('"') and target is not None:
                strings[target] += _unquoted(line)
            elif line.startswith("#,"):
                entry.fuzzy = "fuzzy" in line
            elif line.startswith("# ") or line == "#":
                entry.notes.append(line)
        entry.context, entry.text = strings.get(("msgctxt", 0), ""), strings.get(("msgid", 0), "")
        entry.plural = strings.get(("msgid_plural", 0), "")
        entry.translations = [
            text for (word, _), text in sorted(strings.items()) if word == "msgstr"
        ]
        if entry.text:
            found[entry.key] = entry
        elif not header:
            header = lines
    return header, found


def update(language: str, root: Path = ROOT) -> str:
    """What a language's file should be now, with all that is translated in it."""
    path = root / "resources" / "languages" / f"{language}.po"
    header, old = read(path) if path.is_file() else (_header(language), {})
    now = texts(language, root)
    gone = {key: entry for key, entry in old.items() if key not in now and any(entry.translations)}
    count = _forms(header)
    for key, entry in now.items():
        kept = old.get(key) or _like(entry, gone)
        if kept is not None:
            entry.translations, entry.notes = list(kept.translations), kept.notes
            entry.fuzzy = kept.fuzzy or kept.key != key or bool(kept.plural) != bool(entry.plural)
            entry.before = kept.text if kept.key != key else ""
        wanted = count if entry.plural else 1
        entry.translations = (entry.translations + [""] * wanted)[:wanted]
    return "\n\n".join(["\n".join(header), *(_block(entry) for entry in now.values())]) + "\n"


def problems(language: str, root: Path = ROOT, *, finished: bool = True) -> list[str]:
    """What is wrong with a language's file, a line each; nothing where all is well.

    ``finished`` False leaves out what a translator has yet to do: texts that are missing, fuzzy or
    no longer used. The window shows those in English.
    """
    path = root / "resources" / "languages" / f"{language}.po"
    header, there = read(path)
    now = texts(language, root)
    count = _forms(header)
    wrong = [
        f"{context}: no longer used: {text}"
        for context, text in there
        if finished and (context, text) not in now
    ]
    for key, entry in now.items():
        found, name = there.get(key), f"{key[0]}: {key[1]}"
        if found is None or not any(found.translations):
            wrong += [f"{name}: is missing"] if finished else []
        elif found.fuzzy:
            wrong += [f"{name}: is fuzzy"] if finished else []
        elif len(found.translations) != (count if entry.plural else 1) or not all(
            found.translations
        ):
            wrong.append(f"{name}: needs {count if entry.plural else 1} forms")
        elif any(
            not _fits(entry.text, each, one=n == 0 and bool(entry.plural))
            for n, each in enumerate(found.translations)
        ):
            wrong.append(f"{name}: other places or another end than {found.translations}")
    return wrong


def _fits(text: str, translated: str, *, one: bool) -> bool:
    """Whether a translation has the same places, and begins and ends as the text does."""
    wanted, got = sorted(_PLACE.findall(text)), sorted(_PLACE.findall(translated))
    if one and "%Ln" not in got:
        # "One face" in words is as good, where the form is for one alone.
        wanted = [place for place in wanted if place != "%Ln"]
    edges = [
        each[: len(each) - len(each.lstrip())] + "|" + each[len(each.rstrip()) :]
        for each in (text, translated)
    ]
    return wanted == got and edges[0] == edges[1] and text.endswith("…") == translated.endswith("…")


def _like(entry: Entry, gone: dict[tuple[str, str], Entry]) -> Entry | None:
    """The entry that is gone and that this one was, by its words."""

    def alike(other: Entry) -> float:
        return difflib.SequenceMatcher(None, entry.text, other.text, autojunk=False).ratio()

    best = max(
        (
            each
            for each in gone.values()
            if each.context == entry.context or each.text == entry.text
        ),
        key=alike,
        default=None,
    )
    return best if best is not None and alike(best) >= ALIKE else None


def _forms(header: list[str]) -> int:
    match = re.search(r"nplurals\s*=\s*(\d)", "\n".join(header))
    return int(match[1]) if match else 2


def _header(language: str) -> list[str]:
    return [
        f"# facesorter's texts, {language}. For Poedit, Weblate or any editor; read as it stands.",
        'msgid ""',
        'msgstr ""',
        r'"Project-Id-Version: facesorter\n"',
        rf'"Language: {language}\n"',
        r'"MIME-Version: 1.0\n"',
        r'"Content-Type: text/plain; charset=UTF-8\n"',
        r'"Content-Transfer-Encoding: 8bit\n"',
        rf'"Plural-Forms: {PLURALS.get(language, PLURALS["de"])}\n"',
    ]


def _block(entry: Entry) -> str:
    lines = [*entry.notes, *(f"#: {place}" for place in entry.places)]
    flags = ["fuzzy"] if entry.fuzzy and any(entry.translations) else []
    flags += ["python-brace-format"] if "{" in entry.text else []
    flags += ["qt-plural-format"] if entry.plural else []
    if flags:
        lines.append(f"#, {', '.join(flags)}")
    if entry.before and "fuzzy" in flags:
        lines.append(f"#| msgid {_quoted(entry.before)}")
    lines += [f"msgctxt {_quoted(entry.context)}", f"msgid {_quoted(entry.text)}"]
    if entry.plural:
        lines.append(f"msgid_plural {_quoted(entry.plural)}")
        lines += [f"msgstr[{n}] {_quoted(text)}" for n, text in enumerate(entry.translations)]
    else:
        lines.append(f"msgstr {_quoted(entry.translations[0])}")
    return "\n".join(lines)


def _quoted(text: str) -> str:
    text = text.replace("\\", r"\\").replace('"', r"\"").replace("\t", r"\t")
    return '"' + text.replace("\n", r"\n") + '"'


def _unquoted(line: str) -> str:
    escaped = {"n": "\n", "t": "\t"}
    return re.sub(r"\\(.)", lambda m: escaped.get(m[1], m[1]), line.strip()[1:-1])


def main() -> int:
    """Update, begin or check; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("language", nargs="*", help="codes; all that there are without")
    parser.add_argument("--check", action="store_true", help="change nothing")
    args = parser.parse_args()
    bad = 0
    for language in args.language or sorted(path.stem for path in FOLDER.glob("*.po")):
        if not args.check:
            FOLDER.mkdir(exist_ok=True)
            (FOLDER / f"{language}.po").write_text(update(language), encoding="utf-8")
        found = problems(language)
        bad += len(found)
        print(f"{language}: {len(texts(language))} texts, {len(found)} to look at")
        for line in found:
            print(f"  {line}")
    return 1 if bad and args.check else 0


if __name__ == "__main__":
    sys.exit(main())
