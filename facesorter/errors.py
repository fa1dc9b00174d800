"""Errors split by blame: what the user can mend, and what is our fault.

A photo that can't be read is neither: it becomes a row with ``status='failed'`` and a sentence.
"""


class UserError(Exception):
    """A condition outside the program; ``str(error)`` is shown to the user as it stands.

    The sentence says what happened, what it means for the photos, and what to do.
    """


class UnreadablePhoto(UserError):  # noqa: N818 - it names the photo's condition, not a fault
    """A file that can't be shown or analysed; ``str(error)`` is the reason in plain words."""
