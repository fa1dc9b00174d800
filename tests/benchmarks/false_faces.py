"""False faces: what is found in photos without people.

    python -m tests.benchmarks.false_faces FOLDER...

Every photo in the folders is analyzed as in a scan. Prints each face found with its score and
quality, and in the end one JSON object. Folders that serve: the animals, plants, food and toys of
the Debian package tuxpaint-stamps-default, and the landscapes of gnome-backgrounds,
mate-backgrounds and palapeli-data.
"""

import argparse
import json
import sys
from pathlib import Path

from facesorter.errors import UnreadablePhoto
from facesorter.faces.analyzer import HARDLY_VISIBLE, StandardAnalyzer
from facesorter.faces.models import load_pack
from facesorter.images import decode

SIDE = 1600


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    analyzer = load_pack()
    assert isinstance(analyzer, StandardAnalyzer)
    photos = false = poor = 0
    for folder in parser.parse_args().folders:
        for path in [folder] if folder.is_file() else sorted(folder.rglob("*")):
            try:
                data = decode.read_bytes(path)
                pixels = decode.load_upright(data, long_side=SIDE).pixels
            except (OSError, UnreadablePhoto):
                continue
            photos += 1
            for face in analyzer.analyse(pixels):
                false += 1
                poor += face.quality < HARDLY_VISIBLE
                score, quality = face.detection_score, face.quality
                sys.stderr.write(f"{path.name}: score {score:.2f}, quality {quality:.2f}\n")
    sys.stdout.write(json.dumps({"photos": photos, "false": false, "poor": poor}) + "\n")


if __name__ == "__main__":
    main()
