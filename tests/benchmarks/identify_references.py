"""Name faces of new pictures from a folder of labelled ones: how many right, at 1 % wrong.

    .venv/bin/python -m tests.benchmarks.identify_references LABELLED [--people 200]

LABELLED has a folder for each person. Of people with several photos, half of the photos, at least
one, are scanned and brought in as references; the most central face of each other photo is then
identified. As many pictures of strangers, people who are not among the references, are asked about
too. Prints the share of right names at the threshold from which 1 % of all answers asked for are
wrong, with the library's own people alone and with the strangers among them, and what the program's
own threshold for "same" gives.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from facesorter.app.model_switch import load_analyzer
from facesorter.app.services import Services
from facesorter.exchange.sources import Kind
from facesorter.faces.analyzer import FaceAnalyzer, FoundFace
from facesorter.faces.calibration import SAME
from facesorter.images import decode
from facesorter.library.identify import Gallery
from facesorter.library.models import calibrate
from facesorter.library.scanning import folders
from facesorter.settings import Settings

WRONG = 0.01


class Answer(NamedTuple):
    """The best person for one picture."""

    similarity: float
    right: bool
    known: bool
    """Whether the person is among the references."""


def split(folder: Path, people: int) -> tuple[list[Path], list[Path], list[Path]]:
    """Return references, other photos of the same people, and photos of others."""
    several, once = [], []
    for person in sorted(path for path in folder.iterdir() if path.is_dir()):
        photos = sorted(person.glob("*.jpg"))
        (several if len(photos) > 1 else once).append(photos)
    # Spread over the alphabet.
    chosen = [several[at * len(several) // people] for at in range(min(people, len(several)))]
    references = [photo for photos in chosen for photo in photos[: (len(photos) + 1) // 2]]
    asked = [photo for photos in chosen for photo in photos[(len(photos) + 1) // 2 :]]
    strangers = [photos[0] for photos in once if photos][: len(asked)]
    return references, asked, strangers


def central(analyzer: FaceAnalyzer, path: Path) -> FoundFace | None:
    """Return the face nearest to the middle of a photo."""
    found = analyzer.analyse(decode.load_upright(path.read_bytes(), long_side=1280).pixels)

    def off(face: FoundFace) -> float:
        box = face.region
        return (box.x + box.w / 2 - 0.5) ** 2 + (box.y + box.h / 2 - 0.5) ** 2

    return min(found, key=off, default=None)


def rate(answers: Sequence[Answer], asked: int) -> tuple[float, float]:
    """Return the share of right names at 1 % wrong, and the threshold."""
    best, threshold, right, wrong = 0, 2.0, 0, 0
    for each in sorted(answers, reverse=True):
        right += each.right
        wrong += not each.right
        if wrong > WRONG * len(answers):
            break
        best, threshold = right, each.similarity
    return best / asked, threshold


def main() -> None:
    """Print the rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=200)
    args = parser.parse_args()
    references, asked, strangers = split(args.folder, args.people)
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch) / "People"
        for photo in references:
            (home / photo.parent.name).mkdir(parents=True, exist_ok=True)
            shutil.copy(photo, home / photo.parent.name)
        services = Services(Path(scratch) / "library", Path(scratch) / "cache", watch=False)
        services.pipeline.searches = False
        try:
            services.start().result()
            services.submit(folders.add, str(home)).result()
            services.wait_idle()
            names = services.names.read([home], frozenset((Kind.REFERENCES,)))
            services.names.use(names)
            services.names.apply()
            services.wait_idle()
            (named,) = (
                services.reader()
                .execute("SELECT count(DISTINCT photo_id) FROM face WHERE state = 'confirmed'")
                .fetchone()
            )
            print(f"{named} of {len(references)} references of {args.people} people have a face")
            report(services, asked, strangers)
        finally:
            services.stop(None)


def report(services: Services, asked: Sequence[Path], strangers: Sequence[Path]) -> None:
    """Identify all pictures and print the rates."""
    analyzer = load_analyzer(Settings())
    connection = services.reader()
    gallery = Gallery(connection, analyzer.sha256)
    answers = []
    for known, paths in ((True, asked), (False, strangers)):
        for path in paths:
            face = central(analyzer, path)
            match = gallery.best(face.embedding, 1) if face is not None else []
            if match:
                right = known and match[0].name == path.parent.name.replace("_", " ")
                answers.append(Answer(match[0].adjusted, right, known))
    own = [each for each in answers if each.known]
    closed, at = rate(own, len(asked))
    opened, over = rate(answers, len(asked))
    usual = calibrate.of_library(connection, analyzer.name, analyzer.sha256, analyzer.dimension)
    same = usual.similarity(SAME)
    sure = [each for each in answers if each.similarity >= same]
    print(f"{len(asked)} pictures of them: {closed:.1%} right at 1 % wrong (from {at:.3f})")
    print(f"with {len(strangers)} strangers: {opened:.1%} right at 1 % wrong (from {over:.3f})")
    right = np.mean([each.right for each in own]) if own else 0.0
    print(f"the most similar person is right for {right:.1%} of those with a face")
    print(
        f"at the program's own threshold ({same:.3f}): {sum(e.right for e in sure)} right of "
        f"{len(asked)}, {sum(not e.right for e in sure)} wrong of {len(answers)}"
    )


if __name__ == "__main__":
    main()
