"""Error types and messages: conditions that the user can fix, as opposed to bugs.

An unreadable photo is neither: it becomes a row with ``status='failed'`` and a `Message`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Union


class Remedy(Enum):
    """A way to help; the command line names a command for it, the window a menu or button."""

    ANALYZE = auto()
    """Have the photos analyzed."""
    TEST = auto()
    """Test the model pack before it is used."""
    DOWNLOAD = auto()
    """Download the model pack given by the value ``name``."""
    CHECK = auto()
    """Check the library for damage."""


Value = Union[str, int, "Message", tuple["Value", ...]]


@dataclass(frozen=True, init=False)
class Message:
    """A sentence for the user: English text with named placeholders, and their values.

    ``str()`` formats it in English, for the command line, JSON and the log. The window translates
    ``text`` first (`gui.i18n.words.sentence`), so ``text`` must be a literal in the code:
    packaging/languages.py collects it.
    """

    text: str
    values: Mapping[str, Value]
    """Integers are quantities and get separators; identifiers (a person's id) must be strings."""
    remedy: Remedy | None = field(default=None)

    def __init__(self, text: str, /, *, remedy: Remedy | None = None, **values: object) -> None:
        """``values`` may also be errors, represented by their messages, paths and lists."""
        # Bypasses the frozen dataclass.
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "values", {name: _value(each) for name, each in values.items()})
        object.__setattr__(self, "remedy", remedy)

    def __hash__(self) -> int:
        return hash(self.text)

    def __str__(self) -> str:
        return self.format(str, "{:,}".format)

    @classmethod
    def of(cls, error: BaseException) -> Message:
        """Return an error's message; untranslated text unless it is a `UserError`."""
        return error.message if isinstance(error, UserError) else cls(str(error))

    def format(self, translate: Callable[[str], str], number: Callable[[int], str]) -> str:
        """Format the sentence, passing its text and nested ones through ``translate``."""

        def worded(value: Value) -> str:
            if isinstance(value, Message):
                return value.format(translate, number)
            if isinstance(value, tuple):
                return ", ".join(map(worded, value))
            return number(value) if isinstance(value, int) else value

        text = translate(self.text)
        if not self.values:
            return text
        return text.format(**{name: worded(value) for name, value in self.values.items()})

    def stored(self) -> str:
        """Serialize for a column of the library; `read` is the inverse."""
        return json.dumps(_plain(self)) if self.values else self.text

    @classmethod
    def read(cls, stored: str) -> Message:
        """Parse the result of `stored`; plain sentences of older versions are kept unchanged."""
        if stored.startswith('{"text": '):
            try:
                found = json.loads(stored)
                return _restored(found)
            except (ValueError, KeyError, TypeError, AttributeError):
                pass
        return cls(stored)


class UserError(Exception):
    """A condition outside the program; ``str(error)`` is the message for the user, in English.

    The message says what happened, what it means for the photos, and what to do.
    """

    def __init__(
        self, text: str | Message, /, *, remedy: Remedy | None = None, **values: object
    ) -> None:
        """``text`` and ``values`` as for `Message`; or an existing message."""
        if isinstance(text, Message):
            self.message = text
        else:
            self.message = Message(text, remedy=remedy, **values)
        super().__init__(str(self.message))


class UnreadablePhoto(UserError):  # noqa: N818 - it names the photo's condition, not a fault
    """A file that can't be shown or analyzed, with the reason."""


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
