"""Marks for people on the map: a color and a shape, the same everywhere."""

from __future__ import annotations

from typing import Any, Final, TypeVar

COLOURS: Final = 8
SHAPES: Final = ("disc", "square", "diamond", "up", "down", "cross")

Numbers = TypeVar("Numbers", int, Any)


def mark_of(person: Numbers) -> tuple[Numbers, Numbers]:
    """Return the color and the shape of people by id.

    There are 48 combinations; consecutive ids differ in both color and shape.

    Args:
        person: An id, or an integer array of ids.

    Returns:
        Color index, below `COLOURS`, and index into `SHAPES`.
    """
    return person % COLOURS, (person + 3 * (person // COLOURS)) % len(SHAPES)
