"""The pages in docs are true: their commands run, their links lead somewhere."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from facesorter.cli.main import parser
from facesorter.gui.dialogs.help import pictures_of
from facesorter.gui.window import commands as window_commands
from facesorter.images.dates import ORDER
from tests import command, photos
from tests.screenshots import LARGEST

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT / "docs").glob("*.md"))


def blocks(page: Path) -> list[str]:
    """The lines of a page's shell blocks."""
    text = page.read_text(encoding="utf-8")
    found = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [line for block in found for line in block.splitlines() if line]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with pictures in which six people appear twice, looked through."""
    made = tmp_path_factory.mktemp("home")
    (made / "Pictures").mkdir()
    shutil.copy(photos.six_people(), made / "Pictures" / "friends.jpg")
    with Image.open(photos.six_people()) as image:
        image.reduce(2).resize(image.size).save(made / "Pictures" / "again.jpg", quality=80)
    assert command.run(made, "scan", str(made / "Pictures")).returncode == 0
    return made


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=lambda p: p.name)
def test_every_command_runs(home: Path, page: Path) -> None:
    for line in blocks(page):
        words = [word.replace("~", str(home)) for word in shlex.split(line)]
        if words[0] == "strace":
            if shutil.which("strace") is None:
                continue
            at = words.index("facesorter")
            done = subprocess.run(
                [*words[:at], sys.executable, "-m", *words[at:]],
                cwd=ROOT,
                env=command.environment(home),
                capture_output=True,
                text=True,
                check=False,
                timeout=240,
            )
        else:
            assert words[0] == "facesorter", line
            done = command.run(home, *words[1:])
        assert done.returncode == 0, f"{line}: {done.stderr}"
        assert done.stdout.strip(), line
        if words[0] == "strace":
            assert "AF_INET" not in done.stderr


def test_there_are_commands_to_run() -> None:
    assert sum(len(blocks(page)) for page in PAGES) >= 10


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", text)
    missing = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_tables_are_whole(page: Path) -> None:
    wide = None
    for line in page.read_text(encoding="utf-8").splitlines():
        cells = line.replace("\\|", "").count("|") if line.startswith("|") else None
        assert cells is None or wide is None or cells == wide, line
        wide = cells


def test_menu_entries_are_called_as_the_pages_say() -> None:
    source = Path(window_commands.__file__).read_text(encoding="utf-8")
    entries = set(re.findall(r'translate\("Commands", "([^"]+)"\)', source))
    for entry in (
        "Preferences…",
        "Face Recognition Models…",
        "Report a Problem…",
        "Check for Updates",
    ):
        assert entry in entries
        words = entry.rstrip("…")
        assert any(f"*{words}" in page.read_text(encoding="utf-8") for page in PAGES), entry


def test_pictures_are_small_enough_to_come_along() -> None:
    """The program carries those of its pages (packaging/facesorter.spec)."""
    shown = {picture.resolve() for page in PAGES for picture in pictures_of(page)}
    assert len(shown) >= 8
    assert not [path.name for path in shown if path.stat().st_size > LARGEST]


def test_the_sources_of_dates_stand_in_their_order() -> None:
    text = (ROOT / "docs" / "faq.md").read_text(encoding="utf-8")
    table = text.partition("| `taken_from` |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE) == [*ORDER]


def test_the_readme_leads_to_every_page() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    absent = [page.name for page in PAGES if f"docs/{page.name}" not in readme]
    assert not absent


def test_what_the_install_page_lacks_is_what_the_readme_lacks() -> None:
    text = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    for word in ("Intel", "aarch64", "Windows on ARM"):
        assert word in text
    assert "--self-test" not in parser().format_help(), "it is the program's, not a command"
