"""Errors split by blame: what the user can fix, and what is our fault.

A photo that can't be read is neither: it becomes a row with ``status='failed'`` and a `Message`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Union


class Remedy(Enum):
    """What would help; the command line names its command for it, the window its menu or button."""

    ANALYZE = auto()
    """Have the photos analyzed."""
    TEST = auto()
    """Test the model pack before it is used."""
    DOWNLOAD = auto()
    """Download the model pack; the value ``name`` names it."""
    CHECK = auto()
    """Check the library for damage."""


Value = Union[str, int, "Message", tuple["Value", ...]]


@dataclass(frozen=True, init=False)
class Message:
    """A sentence for the user: English text with named places, and what goes into them.

    ``str()`` finishes it in English, for the command line, JSON and the log. The window translates
    ``text`` first (`gui.i18n.words.sentence`), so ``text`` must be a literal where it is made:
    packaging/languages.py collects it.
    """

    text: str
    values: Mapping[str, Value]
    """Integers are quantities and get separators; what identifies (a person's id) is a string."""
    remedy: Remedy | None = field(default=None)

    def __init__(self, text: str, /, *, remedy: Remedy | None = None, **values: object) -> None:
        """``values`` may also be errors, which stand for what they say, paths and lists."""
        # Frozen: assigned past its own guard.
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "values", {name: _value(each) for name, each in values.items()})
        object.__setattr__(self, "remedy", remedy)

    def __hash__(self) -> int:
        return hash(self.text)

    def __str__(self) -> str:
        return self.say(str, "{:,}".format)

    @classmethod
    def of(cls, error: BaseException) -> Message:
        """What an error says; one that is not a `UserError` speaks for itself, untranslated."""
        return error.message if isinstance(error, UserError) else cls(str(error))

    def say(self, translate: Callable[[str], str], number: Callable[[int], str]) -> str:
        """Finish the sentence, its text and those within it passed through ``translate``."""

        def said(value: Value) -> str:
            if isinstance(value, Message):
                return value.say(translate, number)
            if isinstance(value, tuple):
                return ", ".join(map(said, value))
            return number(value) if isinstance(value, int) else value

        text = translate(self.text)
        if not self.values:
            return text
        return text.format(**{name: said(value) for name, value in self.values.items()})

    def stored(self) -> str:
        """Turn it into what a column of the library keeps; `read` is the way back."""
        return json.dumps(_plain(self)) if self.values else self.text

    @classmethod
    def read(cls, stored: str) -> Message:
        """Read what `stored` made, or a finished sentence of an older version as it stands."""
        if stored.startswith('{"text": '):
            try:
                found = json.loads(stored)
                return _restored(found)
            except (ValueError, KeyError, TypeError, AttributeError):
                pass
        return cls(stored)


class UserError(Exception):
    """A condition outside the program; ``str(error)`` is what the user is told, in English.

    The sentence says what happened, what it means for the photos, and what to do.
    """

    def __init__(
        self, text: str | Message, /, *, remedy: Remedy | None = None, **values: object
    ) -> None:
        """``text`` and ``values`` as for `Message`; or a message that was made elsewhere."""
        if isinstance(text, Message):
            self.message = text
        else:
            self.message = Message(text, remedy=remedy, **values)
        super().__init__(str(self.message))


class UnreadablePhoto(UserError):  # noqa: N818 - it names the photo's condition, not a fault
    """A file that can't be shown or analyzed, and why."""


def _value(value: object) -> Value:
    if isinstance(value, str | int | Message) and not isinstance(value, bool):
        return value
    if isinstance(value, list | tuple):
        return tuple(map(_value, value))
    if isinstance(value, UserError):
        return value.message
    if isinstance(value, OSError) and value.strerror:
        return value.strerror
    if isinstance(value, BaseException):
        return str(value) or type(value).__name__
    return str(value)


def _plain(value: Value) -> Any:
    if isinstance(value, Message):
        inside = {name: _plain(each) for name, each in value.values.items()}
        return {"text": value.text, "values": inside}
    return list(map(_plain, value)) if isinstance(value, tuple) else value


def _restored(found: Any) -> Message:
    values = {name: _restored_value(each) for name, each in found["values"].items()}
    return Message(found["text"], remedy=None, **values)


def _restored_value(found: Any) -> Value:
    if isinstance(found, list):
        return tuple(map(_restored_value, found))
    return _restored(found) if isinstance(found, dict) else _value(found)
