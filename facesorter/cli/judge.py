"""identify, compare, evaluate: what the analysis makes of pictures; nothing is written."""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facesorter import paths
from facesorter.cli.output import count, reader, result, rows
from facesorter.errors import UserError
from facesorter.settings import Settings

if TYPE_CHECKING:
    from facesorter.faces.analyzer import FaceAnalyzer, FoundFace, PhotoFaces

PEOPLE = 3
"""Persons named for each face that is identified."""


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's commands to the parser."""
    command = commands.add_parser(
        "identify", parents=[shared], help="who is in pictures that are not in the library"
    )
    command.add_argument("images", nargs="+", metavar="IMAGE")
    command.set_defaults(run=run_identify)
    command = commands.add_parser(
        "compare", parents=[shared], help="how alike the faces of two pictures are"
    )
    command.add_argument("a", metavar="A")
    command.add_argument("b", metavar="B")
    command.set_defaults(run=run_compare)
    command = commands.add_parser(
        "evaluate", parents=[shared], help="accuracy on a folder of folders, one per person"
    )
    command.add_argument("folder", metavar="FOLDER")
    command.set_defaults(run=run_evaluate)


def run_identify(args: Namespace) -> int:
    """Name the faces of pictures. Exit code 1 when one can't be read."""
    from facesorter.library.identify import Gallery

    analyzer = _analyzer()
    with reader(args) as connection:
        gallery = Gallery(connection, analyzer.sha256)
    failed: list[str] = []

    def found() -> Iterator[dict[str, Any]]:
        for image in args.images:
            seen = _look(image, analyzer)
            if seen.error is not None:
                failed.append(image)
                yield {**_row(image, None), "error": seen.error}
            for face in seen.faces:
                people = gallery.best(face.embedding, PEOPLE, seen.taken_at)
                yield {**_row(image, face), "people": [_person(m, analyzer) for m in people]}

    rows(args, found())
    return 1 if failed else 0


def run_compare(args: Namespace) -> int:
    """Compare the two faces, one of each picture, that are most alike."""
    import numpy as np

    from facesorter.faces import calibration

    analyzer = _analyzer()
    faces = []
    for image in (args.a, args.b):
        seen = _look(image, analyzer)
        if seen.error is not None:
            raise UserError(f"{image} can't be read: {seen.error}")
        if not seen.faces:
            raise UserError(f"No face was found in {image}.")
        faces.append(seen.faces)
    vectors = [np.array([face.embedding for face in found]) for found in faces]
    alike = vectors[0] @ vectors[1].T
    a, b = (int(n) for n in np.unravel_index(int(alike.argmax()), alike.shape))
    similarity = float(alike[a, b])
    known = calibration.of_pack(analyzer.name)
    share = known.false_accepts(similarity)
    verdict = known.verdict(similarity)
    answer = {
        "similarity": round(similarity, 4),
        "false_accept_rate": float(f"{share:.2g}"),
        "verdict": verdict,
        "a": _region(faces[0][a]),
        "b": _region(faces[1][b]),
        "similarities": [[round(float(value), 4) for value in row] for row in alike],
    }
    words = {
        "same": "the same person",
        "unsure": "perhaps the same person",
        "different": "different people",
    }[verdict]
    alike_strangers = count(max(1, round(1 / share)), "pair")
    sentence = f"{similarity:.2f}: {words}. Of {alike_strangers} of strangers, one is as alike."
    result(args, answer, sentence)
    return 0


def run_evaluate(args: Namespace) -> int:
    """Measure accuracy on photos whose people are known."""
    from facesorter.app.evaluation import evaluate

    folder = Path(args.folder)
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder.")
    found = evaluate(folder, _analyzer(), os.cpu_count() or 1)
    result(args, found, "\n".join(f"{key}: {json.dumps(value)}" for key, value in found.items()))
    return 0


def _analyzer() -> FaceAnalyzer:
    """The chosen pack, for this thread and as many others as there are processors."""
    from facesorter.app.services import load_analyzer

    return load_analyzer(Settings.load(paths.settings_dir()))


def _look(image: str, analyzer: FaceAnalyzer) -> PhotoFaces:
    from facesorter.faces.analyzer import analyse_photo

    return analyse_photo(Path(image), analyzer)


def _region(face: FoundFace) -> list[float]:
    r = face.region
    return [round(value, 6) for value in (r.x, r.y, r.w, r.h)]


def _row(image: str, face: FoundFace | None) -> dict[str, Any]:
    return {
        "image": image,
        "region": None if face is None else _region(face),
        "score": None if face is None else round(face.detection_score, 4),
        "quality": None if face is None else round(face.quality, 4),
        "people": [],
        "error": None,
    }


def _person(match: Any, analyzer: FaceAnalyzer) -> dict[str, Any]:
    from facesorter.faces import calibration

    return {
        "person_id": match.person_id,
        "name": match.name,
        "similarity": round(match.similarity, 4),
        "verdict": calibration.of_pack(analyzer.name).verdict(match.similarity),
    }
