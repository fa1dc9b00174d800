"""Translations of one language, read from the same .po file that translators edit.

The format is gettext's. It is read here because `gettext` supports only the compiled form; this way
a checkout needs no build step, and a corrected line takes effect at the next start. No Qt.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from gettext import c2py
from pathlib import Path
from typing import Final

SENTENCES: Final = "Errors"
"""Context of the core's error messages: `errors.Message`."""

_STRING: Final = r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
_STRINGS: Final = rf"{_STRING}(?:\s*\n\s*{_STRING})*"
_PART: Final = re.compile(
    rf"^(?:(#,[^\n]*\bfuzzy\b)|(msgctxt|msgid_plural|msgid|msgstr)(?:\[\d\])?[ \t]+({_STRINGS}))",
    re.MULTILINE,
)
_SEAM: Final = re.compile(r'"\s*\n\s*"')
_ESCAPE: Final = re.compile(r"\\(.)")
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r"}
_PLURAL: Final = re.compile(r"plural\s*=\s*([^;\n]+)")


class Catalogue:
    """Translations of our English texts; empty for English itself. Thread: any."""

    def __init__(self) -> None:
        self._texts: dict[tuple[str, str], list[str]] = {}
        self._form: Callable[[int], int] = _english_form

    def __len__(self) -> int:
        return len(self._texts)

    @classmethod
    def read(cls, path: Path) -> Catalogue:
        """Read a .po file; empty and fuzzy entries are skipped.

        Raises:
            OSError: the file can't be read.
            ValueError: it is not UTF-8, or its plural rule is invalid.
        """
        found = cls()
        context, text = "", ""
        has_context = fuzzy = is_fuzzy = False
        forms: list[str] = []
        for mark, keyword, quoted in _PART.findall(path.read_text(encoding="utf-8")):
            if mark:
                is_fuzzy = True
            elif keyword == "msgctxt":
                context, has_context = _plain(quoted), True
            elif keyword == "msgid":
                context = context if has_context else ""
                text, fuzzy, forms = _plain(quoted), is_fuzzy, []
                has_context = is_fuzzy = False
            elif keyword == "msgstr":
                forms.append(_plain(quoted))
                if len(forms) == 1 and text and not fuzzy:
                    found._texts[context, text] = forms
                elif not text:
                    rule = _PLURAL.search(forms[0])
                    found._form = c2py(rule[1].strip()) if rule is not None else _english_form
        found._texts = {key: forms for key, forms in found._texts.items() if all(forms)}
        return found

    def find(self, context: str, text: str, n: int | None = None) -> str | None:
        """Return the translation of ``text``, in the plural form for ``n``; None if missing."""
        forms = self._texts.get((context, text))
        if forms is None:
            return None
        if n is None or len(forms) == 1:
            return forms[0]
        form = self._form(abs(n))
        return forms[form] if form < len(forms) else forms[-1]


def _english_form(n: int) -> int:
    return int(n != 1)


def _plain(quoted: str) -> str:
    """Return the content of a .po file's quoted string, which may span several lines."""
    text = quoted[1:-1]
    if '"' in text:
        text = _SEAM.sub("", text)
    if "\\" in text:
        text = _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), text)
    return text
