"""Hints at commands that help, for errors whose remedy each front end words itself."""

from __future__ import annotations

from facesorter.errors import Remedy, UserError
from facesorter.library.search.terms import UnknownTerm

COMMANDS = {
    Remedy.ANALYZE: "Run 'facesorter scan' to analyze the photos.",
    Remedy.TEST: "Run 'facesorter pack try' to test a model pack.",
    Remedy.DOWNLOAD: "Run 'facesorter models get {name}' to download it.",
    Remedy.CHECK: "Run 'facesorter check' to see what is damaged.",
}


def advise(error: UserError) -> str:
    """Return the text of an error, with the command that helps."""
    message = str(error)
    if error.message.remedy is not None:
        message += " " + COMMANDS[error.message.remedy].format(**error.message.values)
    if isinstance(error, UnknownTerm) and error.nearest is not None:
        message += f" Did you mean {error.nearest}?"
    return message
