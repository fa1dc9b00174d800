"""Set the strangers of a folder aside, add more photos of them, and count what is asked.

    python tests/benchmarks/strangers.py LABELLED [--faces 300] [--more 50]

LABELLED holds a folder of photos for each person. Photos of people with many are copied into one
folder of ``--faces`` photos and scanned; everybody there is set aside in one act; then ``--more``
photos of the same people are added and scanned. Prints one JSON object; exit code 1 when the inbox
is not empty after the act, or not empty at the end.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

EACH = 6
"""Photos of a person in the folder at first."""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("labelled", type=Path)
    parser.add_argument("--faces", type=int, default=300)
    parser.add_argument("--more", type=int, default=50)
    args = parser.parse_args()

    from facesorter.app.services import Services
    from facesorter.library import queries, review
    from facesorter.library.decisions import unnamed
    from facesorter.library.scanning import folders

    scratch = Path(tempfile.mkdtemp(prefix="facesorter-strangers-"))
    party = scratch / "Party"
    party.mkdir()
    people = args.faces // EACH
    extra = -(-args.more // people)
    found = []
    for folder in sorted(args.labelled.iterdir()):
        paths = sorted(folder.glob("*.jpg"))
        if len(paths) >= EACH + extra and len(found) < people:
            found.append(paths[: EACH + extra])
    for paths in found:
        for path in paths[:EACH]:
            shutil.copy(path, party / path.name)
    later = [path for paths in found for path in paths[EACH:]][: args.more]
    services = Services(scratch / "library", scratch / "cache", watch=False)
    services.start().result()
    folder = services.submit(folders.add, str(party)).result()

    def scan(photos: int) -> None:
        services.pipeline.scan([folder.id])
        while services.query(queries.counts).result().photos < photos:
            time.sleep(0.1)
        services.wait_idle()

    scan(len(found) * EACH)
    counts = services.query(queries.counts).result()
    before = len(services.query(review.questions_open).result())
    everybody = services.query(unnamed.in_folder, folder.id).result()
    services.submit(unnamed.hide, everybody).result()
    services.wait_idle()
    after = len(services.query(review.questions_open).result())
    shown = len(services.query(queries.person_ids).result())
    for path in later:
        shutil.copy(path, party / path.name)
    scan(counts.photos + len(later))
    more = services.query(queries.counts).result()
    end = len(services.query(review.questions_open).result())
    absorbed = services.query(_absorbed).result()
    services.stop(None)
    shutil.rmtree(scratch, ignore_errors=True)
    print(
        json.dumps(
            {
                "photos": counts.photos,
                "faces": counts.faces,
                "questions": before,
                "groups_set_aside": len(everybody.person_ids),
                "single_faces_set_aside": len(everybody.face_ids),
                "questions_after": after,
                "people_shown_after": shown,
                "more_photos": more.photos - counts.photos,
                "more_faces": more.faces - counts.faces,
                "questions_at_the_end": end,
                "absorbed_by_those_set_aside": absorbed,
            }
        )
    )
    return int(after > 0 or end > 0)


def _absorbed(connection: object) -> int:
    (count,) = connection.execute(  # type: ignore[attr-defined]
        "SELECT count(*) FROM face JOIN person ON person.id = person_id "
        "WHERE hidden = 1 AND face.state = 'suggested'"
    ).fetchone()
    return int(count)


if __name__ == "__main__":
    sys.exit(main())
