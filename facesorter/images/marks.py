"""Which mark stands for a person on the map: a colour and a shape, the same ones everywhere."""

from __future__ import annotations

from typing import Any, Final, TypeVar

COLOURS: Final = 8
SHAPES: Final = ("disc", "square", "diamond", "up", "down", "cross")

Numbers = TypeVar("Numbers", int, Any)


def mark_of(person: Numbers) -> tuple[Numbers, Numbers]:
    """The colour and the shape of persons, by id: 48 that differ, neighbours in both.

    Args:
        person: an id, or an integer array of them.

    Returns:
        Numbers of a colour, below `COLOURS`, and of a shape, a place in `SHAPES`.
    """
    return person % COLOURS, (person + 3 * (person // COLOURS)) % len(SHAPES)
