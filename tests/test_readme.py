"""README stays short, and its links and those of its sisters lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 130
"""Lines of README: what a user needs, the rest is in docs/."""


def test_the_readme_is_short_and_shows_the_window() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST
    (shown,) = re.findall(r'<img [^>]*src="([^"]+)"', text)
    assert (ROOT / shown).is_file()


@pytest.mark.parametrize(
    "name", ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md"]
)
def test_links_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#]+)\)", text)
    missing = [link for link in targets if "://" not in link and not (ROOT / link).exists()]
    assert not missing
