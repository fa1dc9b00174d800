"""How many examples a property test tries."""

from __future__ import annotations

from hypothesis import settings


def examples(usual: int) -> int:
    """Return ``usual``, or what the profile asks for where it is the thorough one."""
    thorough = settings.get_current_profile_name() == "thorough"
    return settings().max_examples if thorough else usual
