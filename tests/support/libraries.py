"""What is asked of a library in tests."""

from __future__ import annotations

from tests.library.made import Bench


def decided(bench: Bench) -> tuple[object, ...]:
    """All that the user said."""
    return (
        bench.all(
            "SELECT id, photo_id, person_id, state FROM face "
            "WHERE state IN ('confirmed', 'ignored') ORDER BY id"
        ),
        bench.all("SELECT face_id, person_id FROM rejection ORDER BY face_id, person_id"),
        bench.all("SELECT id, name FROM person WHERE name IS NOT NULL ORDER BY id"),
        bench.all("SELECT id, kind, undone_at FROM decision ORDER BY id"),
    )


def groups(bench: Bench) -> list[int]:
    """Persons by their number of faces, largest first."""
    return bench.column(
        "SELECT person_id FROM face WHERE person_id IS NOT NULL "
        "GROUP BY person_id ORDER BY count(*) DESC, person_id"
    )


def faces_of(bench: Bench, person: int) -> list[int]:
    return bench.column("SELECT id FROM face WHERE person_id = ? ORDER BY id", person)
