"""Commands that analyze pictures without writing to the library: identify, compare, evaluate."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facesorter import paths
from facesorter.cli.output import EXIT_DONE, EXIT_SOME_FAILED, count, reader, result, rows
from facesorter.errors import UserError
from facesorter.faces.calibration import Calibration
from facesorter.library.identify import VERDICTS, compared, verdict
from facesorter.settings import Settings
from facesorter.storage.database import DATABASE_NAME

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from facesorter.faces.analyzer import FaceAnalyzer, FoundFace, PhotoFaces
    from facesorter.library.identify import Match

PEOPLE = 3
"""Candidates listed for each face to identify."""

_DECISIONS = {
    "named": "groups named",
    "merged": "groups merged",
    "taken_out": "faces taken out",
    "assigned": "faces assigned",
    "parted": "groups taken apart",
    "drawn": "faces drawn",
}


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's commands to the parser."""
    command = commands.add_parser(
        "identify", parents=[shared], help="identify people in images outside the library"
    )
    command.add_argument("images", nargs="+", metavar="IMAGE")
    command.set_defaults(run=run_identify)
    command = commands.add_parser(
        "compare", parents=[shared], help="compare the faces in two images"
    )
    command.add_argument("a", metavar="A")
    command.add_argument("b", metavar="B")
    command.set_defaults(run=run_compare)
    command = commands.add_parser(
        "evaluate",
        parents=[shared],
        help="measure accuracy on a labeled folder (one subfolder per person)",
    )
    command.add_argument("folder", metavar="FOLDER")
    command.add_argument("--plots", metavar="DIR", help="also save plots to this folder")
    command.set_defaults(run=run_evaluate)


def run_identify(args: Namespace) -> int:
    """Identify the faces in pictures. Exit code 1 if one can't be read."""
    from facesorter.images.dates import decide, latest_now
    from facesorter.library.identify import Gallery

    analyzer = _analyzer()
    with reader(args) as connection:
        gallery = Gallery(connection, analyzer.sha256)
    known = _calibration(args, analyzer)
    failed: list[str] = []

    def found() -> Iterator[dict[str, Any]]:
        for image in args.images:
            seen = _look(image, analyzer)
            if seen.error is not None:
                failed.append(image)
                yield {**_row(image, None), "error": str(seen.error)}
            taken_at = decide(seen.dates, latest_now()).at if seen.dates else None
            for face in seen.faces:
                people = gallery.best(face.embedding, PEOPLE, taken_at)
                yield {**_row(image, face), "people": _people(people, known)}

    rows(args, found())
    return EXIT_SOME_FAILED if failed else EXIT_DONE


def run_compare(args: Namespace) -> int:
    """Compare two pictures by their most similar pair of faces."""
    import numpy as np

    analyzer = _analyzer()
    faces = []
    for image in (args.a, args.b):
        seen = _look(image, analyzer)
        if seen.error is not None:
            raise UserError("{file} can’t be read: {error}", file=image, error=seen.error)
        if not seen.faces:
            raise UserError("No face was found in {file}.", file=image)
        faces.append(seen.faces)
    vectors = [np.array([face.embedding for face in found]) for found in faces]
    alike = vectors[0] @ vectors[1].T
    a, b = (int(n) for n in np.unravel_index(int(alike.argmax()), alike.shape))
    similarity = float(alike[a, b])
    known = _calibration(args, analyzer)
    crowd = _crowding(args, analyzer, np.stack([vectors[0][a], vectors[1][b]]))
    found = compared(similarity, crowd, known)
    answer = {
        "similarity": round(similarity, 4),
        "adjusted": round(found.adjusted, 4),
        "false_accept_rate": float(f"{found.false_accepts:.2g}"),
        "verdict": found.verdict,
        "a": _region(faces[0][a]),
        "b": _region(faces[1][b]),
        "similarities": [[round(float(value), 4) for value in row] for row in alike],
    }
    sentence = (
        f"{similarity:.2f}: {VERDICTS[found.verdict]}. One in "
        f"{count(found.one_in, 'pair')} of different people is as similar."
    )
    result(args, answer, sentence)
    return 0


def run_evaluate(args: Namespace) -> int:
    """Measure accuracy on photos of known people."""
    from facesorter.app.evaluation.evaluate import evaluate

    folder = Path(args.folder)
    if not folder.is_dir():
        raise UserError("{folder} isn’t a folder.", folder=folder)
    plots = None if args.plots is None else Path(args.plots)
    found = evaluate(folder, _analyzer(), os.cpu_count() or 1, plots)
    result(args, found, "\n".join(_sentences(found)))
    return 0


def _sentences(found: dict[str, Any]) -> Iterator[str]:
    """Describe an evaluation in sentences."""
    for part, lines in _parts(found).items():
        yield part
        yield from (f"  {name:<24}{value}" for name, value in lines)
    yield from (f"Saved {path}" for path in found.get("plots", ()))
    yield f"{found['seconds']:g} seconds"


def _parts(found: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
    def percent(value: float | None) -> str:
        return "unknown" if value is None else f"{100 * value:.2f}%"

    def three(values: list[float]) -> str:
        parts = zip(("precision", "recall", "F"), values, strict=True)
        return ", ".join(f"{name} {value:.4f}" for name, value in parts)

    done, later = found["decisions"], found["arrivals"]
    known = [
        (
            "same people known",
            f"{percent(value)}, at one false match in {1 / float(far):,.0f}",
        )
        for far, value in found["tar"].items()
    ]
    named = [
        ("named correctly", f"{percent(value)}, if {float(rate):.0%} of unknown people get a name")
        for rate, value in found["identified"].items()
    ]
    return {
        f"{count(found['photos'], 'photo')} of {count(found['people'], 'person', 'people')}": [
            ("can't be read", f"{found['failed']:,}"),
            ("no face found", f"{found['missed']:,}"),
        ],
        "Telling people apart": [
            (
                "pairs",
                f"{found['same_pairs']:,} same person, {found['other_pairs']:,} different people",
            ),
            ("correct", f"{percent(found['accuracy'])} at the best threshold"),
            *known,
            *named,
        ],
        "Groups": [
            ("pairs of faces", three(found["pairwise"])),
            ("BCubed", three(found["bcubed"])),
            ("groups per person", f"{found['fragments']:.2f}, of people with 5 photos or more"),
            (
                "in a group",
                f"{percent(found['coverage'])}, {percent(found['purity'])} of them correctly",
            ),
            ("clicks", f"{found['clicks']:,}"),
        ],
        "A user who completes everybody with 3 photos or more": [
            ("people", f"{done['persons']:,}"),
            ("decisions", f"{done['total']:,}; {done['per_1000_faces']:g} per 1,000 faces"),
            *((words, f"{done[key]:,}") for key, words in _DECISIONS.items() if done[key]),
        ],
        "Photos that come after everybody has a name": [
            ("assigned a name", f"{later['right']:,} correctly, {later['wrong']:,} incorrectly"),
            ("wrong", f"{later['wrong_per_1000']:g} of 1,000"),
        ],
    }


def _analyzer() -> FaceAnalyzer:
    """Load the chosen pack, for this thread and one more per processor."""
    from facesorter.app.model_switch import load_analyzer

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


def _people(matches: Sequence[Match], known: Calibration) -> list[dict[str, Any]]:
    """Describe candidates, likeliest first; a face is one person."""
    return [
        {
            "person_id": match.person_id,
            "name": match.name,
            "similarity": round(match.similarity, 4),
            "adjusted": round(match.adjusted, 4),
            "verdict": verdict(match, matches[0], known),
        }
        for match in matches
    ]


def _crowding(args: Namespace, analyzer: FaceAnalyzer, faces: NDArray[np.float32]) -> float:
    """Return what a crowd of look-alikes adds to two faces' similarity, by the library's people."""
    from facesorter.library.identify import Gallery

    if not (args.library / DATABASE_NAME).exists():
        return 0.0
    with reader(args) as connection:
        try:
            gallery = Gallery(connection, analyzer.sha256)
        except UserError:  # another pack's embeddings say nothing about these
            return 0.0
    return float(gallery.crowding(faces, [-1, -1]).mean())


def _calibration(args: Namespace, analyzer: FaceAnalyzer) -> Calibration:
    """Return the pack's calibration, based on the strangers in the library if there is one."""
    from facesorter.faces import calibration
    from facesorter.library.models import calibrate

    if not (args.library / DATABASE_NAME).exists():
        return calibration.of_pack(analyzer.name, analyzer.dimension)
    with reader(args) as connection:
        return calibrate.of_library(connection, analyzer.name, analyzer.sha256, analyzer.dimension)
