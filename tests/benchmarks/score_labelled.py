"""Score a library of a labelled folder: ``facesorter faces --json`` against the folder names.

    facesorter scan --library L LABELLED
    facesorter faces --library L --json > faces.jsonl
    python tests/benchmarks/score_labelled.py LABELLED faces.jsonl

The folder names speak of the most central face of a photo only; a photo without any face counts as
a group of its own. Prints one JSON object.
"""

import json
import sys
from pathlib import Path

import numpy as np

from facesorter.app.evaluation.metrics import bcubed, clicks, pairwise


def central(faces: list[dict]) -> dict:
    """The face whose middle lies nearest to the middle of the photo."""

    def off(face: dict) -> float:
        x, y, w, h = face["region"]
        return (x + w / 2 - 0.5) ** 2 + (y + h / 2 - 0.5) ** 2

    return min(faces, key=off)


def main(folder: str, faces_file: str) -> None:
    by_photo: dict[str, list[dict]] = {}
    for line in Path(faces_file).read_text().splitlines():
        face = json.loads(line)
        by_photo.setdefault(face["photo"], []).append(face)
    photos = sorted(path for path in Path(folder).resolve().rglob("*") if path.suffix == ".jpg")
    names, groups = [], []
    for number, photo in enumerate(photos):
        names.append(photo.parent.name)
        face = central(by_photo[str(photo)]) if str(photo) in by_photo else None
        person = face["person_id"] if face else None
        # Faces with nobody are groups of one; a negative label of their own says so.
        groups.append(person if person is not None else -1 - number)
    truth = np.unique(names, return_inverse=True)[1]
    found = np.unique(groups, return_inverse=True)[1]
    with_face = sum(str(photo) in by_photo for photo in photos)
    b, pair = bcubed(truth, found), pairwise(truth, found)
    print(
        json.dumps(
            {
                "photos": len(photos),
                "with_face": round(with_face / len(photos), 4),
                "bcubed": [round(v, 4) for v in (b.precision, b.recall, b.f)],
                "pairwise": [round(v, 4) for v in (pair.precision, pair.recall, pair.f)],
                "clicks": clicks(truth, found),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
