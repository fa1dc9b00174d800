"""Errors keep their text and their values apart, through pickling and the library's rows."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from facesorter.desktop.web import WebError
from facesorter.errors import Message, Remedy, UnreadablePhoto, UserError


def test_a_message_is_finished_in_english() -> None:
    inner = UserError("The file is larger than {size} MB.", size=2560)
    text = Message("{who} of {folder}: {error}", who=["Anna", "Tom"], folder=Path("x"), error=inner)
    assert str(text) == "Anna, Tom of x: The file is larger than 2,560 MB."
    assert text.values["error"] == Message("The file is larger than {size} MB.", size=2560)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError(28, "No space left on device", "/a"), "No space left on device"),
        (ValueError("bad"), "bad"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_other_errors_stand_for_what_they_say(error: BaseException, text: str) -> None:
    assert str(Message("{error}", error=error)) == text


def test_braces_without_values_are_text() -> None:
    assert str(UserError("{braces} stay.")) == "{braces} stay."
    assert str(Message.of(ValueError("{0} of {"))) == "{0} of {"
    assert str(Message("Not {name}.", name="{name}")) == "Not {name}."


@pytest.mark.parametrize(
    "error",
    [
        UserError("No {name}.", name="Anna", remedy=Remedy.TEST),
        UnreadablePhoto("Larger than {size} MB.", size=256),
        WebError("{host} failed.", host="example.org", status=404),
    ],
)
def test_errors_survive_pickling(error: UserError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error) and str(again) == str(error)
    assert again.message == error.message and hash(again.message) == hash(error.message)
    assert getattr(again, "status", 0) == getattr(error, "status", 0)


@pytest.mark.parametrize(
    "message",
    [
        Message("The file is empty."),
        Message("Larger than {size} MB.", size=256),
        Message("{error} {names}", error=Message("No {x}.", x="\ud800{}"), names=["a", "b"]),
    ],
)
def test_what_is_stored_is_read_again(message: Message) -> None:
    assert Message.read(message.stored()) == message


@pytest.mark.parametrize(
    "text", ["The file is larger than 256 MB.", '{"text": broken', '{"text": 1}', "{}", ""]
)
def test_rows_of_older_versions_stand_as_they_are(text: str) -> None:
    assert Message.read(text) == Message(text) and str(Message.read(text)) == text


def test_a_row_keeps_text_and_values() -> None:
    stored = json.loads(Message("Larger than {size} MB.", size=256).stored())
    assert stored == {"text": "Larger than {size} MB.", "values": {"size": 256}}
