"""Plant wrong faces into persons of a labelled library and see where "suspects first" puts them.

    python -m facesorter scan --library L LABELLED
    python tests/benchmarks/planted_errors.py L [--share 0.01] [--fewest 10] [--seeds 5]

LABELLED holds a folder of photos for each person; the largest face of a photo is taken to be that
person. Persons with at least ``--fewest`` photos get their faces confirmed; then one face in a
hundred is taken from others, those photographed once among them, and confirmed as the wrong person.
Works on a copy in memory. Prints one JSON object; exit code 1 when fewer than 90 in 100 of the
planted faces are in the first 3 in 100 of all faces by doubt.
"""

import argparse
import json
import random
import sqlite3
import sys
from collections import defaultdict
from pathlib import Path

from sqlite_utils import Database

FIRST = 0.03
LEAST = 0.9


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("library", type=Path)
    parser.add_argument("--share", type=float, default=0.01)
    parser.add_argument("--fewest", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=5)
    args = parser.parse_args()
    source = sqlite3.connect(f"file:{args.library / 'library.db'}?mode=ro", uri=True)
    total, first, in_person, faces = 0, 0, 0, 0
    missed = []
    for seed in range(args.seeds):
        planted, pooled, each = _try(source, args.share, args.fewest, seed)
        faces = len(pooled)
        limit = int(FIRST * faces)
        top = set(pooled[:limit])
        total += len(planted)
        first += sum(face in top for face in planted)
        in_person += sum(each[face] for face in planted)
        missed += [round(pooled.index(f) / faces, 3) for f in planted if f not in top]
    found = {
        "faces": faces,
        "planted": total,
        "in_first_3_percent": round(first / total, 4),
        "in_first_3_percent_of_their_person": round(in_person / total, 4),
        "missed_stand_at": sorted(missed),
    }
    print(json.dumps(found))
    return int(first / total < LEAST)


def _try(
    source: sqlite3.Connection, share: float, fewest: int, seed: int
) -> tuple[list[int], list[int], dict[int, bool]]:
    from facesorter.library import outliers
    from facesorter.library.decisions import corrections
    from facesorter.library.transaction import Transaction

    connection = sqlite3.connect(":memory:")
    source.backup(connection)
    database = Database(connection, recursive_triggers=False)
    chance = random.Random(seed)
    people: dict[str, list[int]] = defaultdict(list)
    rows = connection.execute(
        "SELECT face.id, photo.relpath, max(face.w * face.h) FROM face "
        "JOIN photo ON photo.id = photo_id GROUP BY photo_id ORDER BY photo_id"
    )
    for face, relpath, _ in rows:
        people[Path(relpath).parent.name].append(face)
    large = {name: faces for name, faces in people.items() if len(faces) >= fewest}
    rest = [face for name, faces in people.items() if name not in large for face in faces]
    ids: dict[str, int] = {}
    with database.atomic():
        txn = Transaction(database)
        for name, faces in large.items():
            ids[name] = corrections.move_to_new_person(txn, faces)
        # The others keep whom the machine put them with.
        count = round(share * sum(map(len, large.values())))
        planted = chance.sample(rest, count // 2)
        for _ in range(count - len(planted)):
            donor = chance.choice(list(large))
            planted.append(chance.choice(large[donor]))
        planted = list(dict.fromkeys(planted))
        for face in planted:
            wrong = [name for name, faces in large.items() if face not in faces]
            corrections.assign(txn, ids[chance.choice(wrong)], [face])
    ranked: list[tuple[float, int]] = []
    each: dict[int, bool] = {}
    for person in ids.values():
        suspects = outliers.suspects(connection, person)
        ranked += [(suspect.doubt, suspect.face_id) for suspect in suspects]
        first = max(1, -(-len(suspects) * 3 // 100))
        for at, suspect in enumerate(suspects):
            each[suspect.face_id] = at < first
    connection.close()
    return planted, [face for _, face in sorted(ranked, reverse=True)], each


if __name__ == "__main__":
    sys.exit(main())
