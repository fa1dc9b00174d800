"""The translations are whole and well formed, and the tool keeps them in step with the code."""

from __future__ import annotations

import ast
import re
import shutil
import sys
import time
from pathlib import Path

import pytest

from facesorter.errors import Message, UserError
from facesorter.gui.i18n.catalogue import SENTENCES, Catalogue
from facesorter.library.decisions import corrections

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "packaging"))

import languages as tool  # noqa: E402 - packaging's programs are no package

SHIPPED = ("de", "fr", "ro", "ru")
MOST = 4
"""Most times the work of splitting the file into words that reading a catalogue may be: it happens
before the first paint, and takes 4 ms where the other takes 2."""


@pytest.fixture(params=SHIPPED)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def entries(language: str) -> dict[tuple[str, str], tool.Entry]:
    return tool.read(tool.FOLDER / f"{language}.po")[1]


# What is shipped.


def test_these_languages_are_shipped() -> None:
    assert {path.stem for path in tool.FOLDER.glob("*.po")} == set(SHIPPED)
    assert '"languages"' in (ROOT / "packaging" / "facesorter.spec").read_text(encoding="utf-8")


def test_what_is_translated_is_well_formed(language: str) -> None:
    """That all of it is translated is for `packaging/languages.py --check`, before a release."""
    assert tool.problems(language, finished=False) == []


def test_updating_loses_nothing(language: str, tmp_path: Path) -> None:
    """Whatever program wrote the file: its lines may be broken and its notes placed otherwise."""
    path = tmp_path / "again.po"
    path.write_text(tool.update(language), encoding="utf-8")
    updated = tool.read(path)[1]
    present = tool.texts(language)
    kept = {key: entry for key, entry in entries(language).items() if key in present}
    assert len(kept) > 300
    for key, entry in kept.items():
        assert (updated[key].translations, updated[key].notes) == (entry.translations, entry.notes)


@pytest.mark.parametrize(
    ("language", "numbers"),
    [
        ("de", {0: 1, 1: 0, 2: 1, 21: 1}),
        ("fr", {0: 0, 1: 0, 2: 1, 100: 1}),
        ("ro", {0: 1, 1: 0, 2: 1, 19: 1, 20: 2, 100: 2, 101: 1, 119: 1, 120: 2}),
        ("ru", {0: 2, 1: 0, 2: 1, 4: 1, 5: 2, 11: 2, 12: 2, 21: 0, 22: 1, 111: 2, 1001: 0}),
    ],
)
def test_plurals_follow_each_language(language: str, numbers: dict[int, int]) -> None:
    catalogue = Catalogue.read(tool.FOLDER / f"{language}.po")
    forms = entries(language)["Words", "%Ln photo"].translations
    assert len(set(forms)) == len(forms)
    for n, form in numbers.items():
        assert catalogue.find("Words", "%Ln photo", n) == forms[form], n


# What a reader of the language stumbles over, where its typography is broken.
UGLY = {
    "de": r"[\"]|'(?!\w)|\bSz\b|daß",
    "fr": r"[ \u00a0](?:[:;!?»]|%(?!Ln))|[^\s\u202f:/\d][!?](?=\s|$)|« |'",
    "ro": r"[şţŞŢ]|\"",
    "ru": r"\"|\b(?:еще|все еще|нее|ее|Еще|темное|ребенок|неизвестен)\b|[a-z][а-я]|[а-я][a-z]",
}


def test_typography_is_the_languages_own(language: str) -> None:
    for entry in entries(language).values():
        for text in entry.translations:
            assert not re.search(UGLY[language], text), text


def test_no_letters_for_underlining_collide(language: str) -> None:
    of_language = entries(language)
    for context in {context for context, _ in of_language}:
        letters = [
            found[1].lower()
            for (where, _), entry in of_language.items()
            if where == context and (found := re.search(r"&(\w)", entry.translations[0]))
        ]
        # Qt's file dialog has several menus, which have letters of their own.
        if context != "QFileDialog":
            assert len(letters) == len(set(letters)), (context, letters)


def test_each_message_of_the_core_is_finished_in_the_language(language: str) -> None:
    """With any values: braces, a message within it, a list, a number."""
    catalogue = Catalogue.read(tool.FOLDER / f"{language}.po")
    inner = Message("The file is empty.")
    for value, shown in (
        ("{odd} (1). Nothing", "{odd} (1). Nothing"),
        (inner, catalogue.find(SENTENCES, inner.text)),
        (("Anna", "Tom"), "Anna, Tom"),
        (12345, "12 345"),
    ):
        for (context, text), entry in entries(language).items():
            if context == SENTENCES:
                places = re.findall(r"\{(\w+)\}", text)
                message = Message(text, remedy=None, **dict.fromkeys(places, value))
                found = message.format(
                    lambda text: catalogue.find(SENTENCES, text) or text,
                    lambda n: f"{n:,}".replace(",", " "),
                )
                wanted = entry.translations[0].format(**dict.fromkeys(places, shown))
                assert found == (wanted if places else entry.translations[0])
                assert Message.read(message.stored()) == message


def test_an_error_that_the_core_raises_is_one_that_is_translated() -> None:
    with pytest.raises(UserError, match="invalid characters") as raised:
        corrections.clean_name("\ud800")
    catalogue = Catalogue.read(tool.FOLDER / "ru.po")
    found = catalogue.find(SENTENCES, raised.value.message.text)
    assert found is not None and found.startswith("Это имя содержит")


def test_reading_a_catalogue_is_quick(language: str) -> None:
    file = tool.FOLDER / f"{language}.po"
    took: tuple[list[float], list[float]] = ([], [])
    for _ in range(9):
        started = time.process_time()
        assert len(Catalogue.read(file)) > 300
        middle = time.process_time()
        [line.split(" ") for line in file.read_text("utf-8").splitlines()]
        took[0].append(middle - started)
        took[1].append(time.process_time() - middle)
    assert min(took[0]) < MOST * min(took[1])


# What the window says without `translate`.

SHOWING = re.compile(
    r"set(Text|ToolTip|WindowTitle|PlaceholderText|AccessibleName|AccessibleDescription|Title|"
    r"StatusTip|InformativeText|Suffix|Prefix|ItemText|TabText|PlainText|Html|LabelText)|"
    r"add(Item|Items|Tab|Action|Row|Button|Menu|Section)|drawText|tell|"
    r"Q(Label|PushButton|CheckBox|RadioButton|Action|GroupBox|Menu|ToolButton|MessageBox)"
)
KEYS = re.compile(
    r"\s*(?:(?:Ctrl|Shift|Alt|Del|Enter|Esc|Backspace|Space|Tab|F\d+|[A-Z*?])"
    r"|[+,…←→−\d]|\s)+"
)
ENGLISH = {
    "facesorter": "the program's name",
    "facesorter\n": "the program's name",
    "YuNet (face detector)": "a part's own name, as in its licence",
    "SFace (face recogniser)": "a part's own name, as in its licence",
    "QToolButton::menu-indicator { image: none; }": "a style sheet",
    "Problem in facesorter ": "the subject of a report, which its makers read",
}
"""Texts in the window's code that stay as they are, and why."""


def untranslated(path: Path) -> list[str]:
    """Literals of a module that a widget shows, or that read like a sentence, as they stand."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    fine: set[ast.AST] = set()
    for node in ast.walk(tree):
        for block in ("body", "orelse", "finalbody"):
            lines = getattr(node, block, None)
            for each in lines if isinstance(lines, list) else ():
                if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant):
                    fine.add(each.value)
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in ("translate", "words.translate", "words.keys") or name.startswith("log."):
                fine |= set(ast.walk(node))
    found = []
    for node in ast.walk(tree):
        shown = isinstance(node, ast.Call) and SHOWING.fullmatch(
            ast.unparse(node.func).rpartition(".")[2]
        )
        inside = list(ast.walk(node)) if shown else [node]
        for each in inside:
            if not isinstance(each, ast.Constant) or not isinstance(each.value, str):
                continue
            text = each.value
            prose = re.search(r"[^\W\d_]{2,}", text) if shown else re.match(r"[A-Z].* ", text)
            if prose and each not in fine and text not in ENGLISH and not KEYS.fullmatch(text):
                found.append(f"{path.name}:{each.lineno}: {text!r}")
    return found


def test_every_text_of_the_window_is_translatable() -> None:
    for path in (ROOT / "facesorter" / "gui").rglob("*.py"):
        assert untranslated(path) == []


def test_an_untranslatable_text_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "page.py"
    path.write_text(
        '"""A page."""\n'
        'label.setText(translate("Page", "Fine"))\n'
        'label.setToolTip("ctrl")\n'
        'sentence = "This is said somewhere."\n'
        'QLabel(f"{n} photos")\n'
        'log.info("Nobody reads this.")\n'
    )
    assert [line.split(":")[1] for line in untranslated(path)] == ["3", "4", "5"]


def test_errors_are_shown_translated() -> None:
    """`str(error)` of the core is English; what a widget shows passes `words.sentence`."""
    for path in (ROOT / "facesorter" / "gui").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"str\((?:error|complaint|\w+\.(?:error|message))\)", text), path.name


def test_errors_take_literals_and_values_apart() -> None:
    """Also those of the command line, which nobody translates: a value is a value everywhere."""
    paths = sorted((ROOT / "facesorter").rglob("*.py"))
    makers = tool._makers(paths)
    assert {"SameName", "WebError", "LibraryError", "Damaged", "UnknownTerm"} <= makers
    texts = [text for path in paths for text in tool._messages_in(path, makers)]
    assert len(texts) > 100


# The tool.


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small program with one language."""
    window = tmp_path / "facesorter" / "gui"
    window.mkdir(parents=True)
    (tmp_path / "facesorter" / "library").mkdir()
    (tmp_path / "facesorter" / "library" / "folders.py").write_text(
        "def add(path):\n"
        '    """It is no sentence. Nor is this one."""\n'
        '    log.info("Nobody reads this line.")\n'
        '    raise Refused("{path} is not a folder of {parent}.", path=path, parent=path.parent)\n'
        "class Refused(UserError):\n"
        "    pass\n"
    )
    (window / "page.py").write_text(
        'translate("Page", "Photos of a whole long year")\n'
        'translate("Page", "Open")\n'
        'translate("Page", "Open", "state")\n'
        'translate("Page", "%Ln face(s) of {name}", "", n)\n'
    )
    (tmp_path / "resources" / "languages").mkdir(parents=True)
    return tmp_path


PO = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

# Not "Fotografien": too long for the sidebar.
msgctxt "Page"
msgid "Photos of a whole long year"
msgstr ""
"Fotos eines ganzen "
"langen Jahres"

msgctxt "Page"
msgid "Open"
msgstr "Öffnen"

msgctxt "Page, state"
msgid "Open"
msgstr "Offen"

msgctxt "Page"
msgid "%Ln face of {name}"
msgid_plural "%Ln faces of {name}"
msgstr[0] "Ein Gesicht von {name}"
msgstr[1] "%Ln Gesichter von {name}"

msgctxt "Errors"
msgid "{path} is not a folder of {parent}."
msgstr "{path} ist kein Ordner von {parent}."
"""


@pytest.fixture
def german(tree: Path) -> Path:
    path = tree / "resources" / "languages" / "de.po"
    path.write_text(PO, encoding="utf-8")
    return path


def test_a_file_that_is_whole_is_left_as_it_is(tree: Path, german: Path) -> None:
    assert tool.problems("de", tree) == []
    german.write_text(tool.update("de", tree), encoding="utf-8")
    assert tool.problems("de", tree) == []
    assert tool.update("de", tree) == german.read_text(encoding="utf-8")
    assert '# Not "Fotografien": too long for the sidebar.' in german.read_text(encoding="utf-8")
    catalogue = Catalogue.read(german)
    assert catalogue.find("Page", "Photos of a whole long year") == (
        "Fotos eines ganzen langen Jahres"
    )
    assert catalogue.find("Page, state", "Open") == "Offen"


def test_a_new_text_is_missing_and_an_old_one_too_many(tree: Path, german: Path) -> None:
    page = tree / "facesorter" / "gui" / "page.py"
    page.write_text(page.read_text().replace('"Page", "Open")', '"Page", "Closed")'))
    assert tool.problems("de", tree) == [
        "Page: no longer used: Open",
        "Page: Closed: is missing",
    ]
    german.write_text(tool.update("de", tree), encoding="utf-8")
    assert tool.problems("de", tree) == ["Page: Closed: is missing"]
    assert tool.problems("de", tree, finished=False) == [], "the window says it in English"


def test_a_changed_text_keeps_its_translation_as_a_guess(tree: Path, german: Path) -> None:
    page = tree / "facesorter" / "gui" / "page.py"
    page.write_text(page.read_text().replace("a whole long year", "a whole year"))
    german.write_text(tool.update("de", tree), encoding="utf-8")
    assert tool.problems("de", tree) == ["Page: Photos of a whole year: is fuzzy"]
    text = german.read_text(encoding="utf-8")
    assert '#| msgid "Photos of a whole long year"' in text and "langen Jahres" in text
    # A guess is not shown.
    assert Catalogue.read(german).find("Page", "Photos of a whole year") is None
    assert Catalogue.read(german).find("Page", "Open") == "Öffnen"


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        ("%Ln Gesichter von {name}", "%Ln Gesichter von {nmae}", "other places"),
        ("%Ln Gesichter von {name}", "%n Gesichter von {name}", "other places"),
        ('msgstr[1] "%Ln Gesichter von {name}"', 'msgstr[1] ""', "needs 2 forms"),
        ('msgstr "Öffnen"', 'msgstr "Öffnen…"', "another end"),
        ('msgstr "Öffnen"', 'msgstr "Öffnen "', "another end"),
        ('msgstr "Öffnen"', 'msgstr ""', "is missing"),
        ('msgctxt "Page"\nmsgid "Open"', '#, fuzzy\nmsgctxt "Page"\nmsgid "Open"', "is fuzzy"),
    ],
)
def test_mistakes_are_noticed(
    tree: Path, german: Path, right: str, wrong: str, expected: str
) -> None:
    assert right in PO
    german.write_text(PO.replace(right, wrong, 1), encoding="utf-8")
    (problem,) = tool.problems("de", tree)
    assert expected in problem
    unfinished = [] if expected in ("is missing", "is fuzzy") else [problem]
    assert tool.problems("de", tree, finished=False) == unfinished


def test_a_text_put_together_at_run_time_is_refused(tree: Path) -> None:
    (tree / "facesorter" / "gui" / "other.py").write_text('translate("Page", f"Open {name}")\n')
    with pytest.raises(ValueError, match="literals"):
        tool.texts(root=tree)


@pytest.mark.parametrize(
    "made",
    [
        'UserError(f"No {name}.")',
        'Refused("No " + name)',
        'class E(Refused):\n    def __init__(self, x):\n        super().__init__(f"No {x}.")',
    ],
)
def test_an_error_put_together_at_run_time_is_refused(tree: Path, made: str) -> None:
    (tree / "facesorter" / "library" / "other.py").write_text(f"{made}\n")
    with pytest.raises(ValueError, match="takes a literal"):
        tool.texts(root=tree)


def test_a_language_can_be_begun(tree: Path) -> None:
    path = tree / "resources" / "languages" / "ro.po"
    path.write_text(tool.update("ro", tree), encoding="utf-8")
    problems = tool.problems("ro", tree)
    assert "Page: Open: is missing" in problems and "Page, state: Open: is missing" in problems
    # Qt has no Romanian of its own, so its buttons are ours to translate.
    assert "QPlatformTheme: Close: is missing" in problems
    assert len(Catalogue.read(path)) == 0


def test_the_command_updates_and_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(tool.FOLDER, tmp_path / "languages")
    monkeypatch.setattr(tool, "FOLDER", tmp_path / "languages")
    monkeypatch.setattr(sys, "argv", ["languages.py", "--check"])
    assert tool.main() == int(any(map(tool.problems, SHIPPED)))
    assert "de: " in capsys.readouterr().out
