"""What a refresh costs end to end, out of a library on disk: read, group; writing is apart.

    python -m tests.benchmarks.grouping_library 50000 --dimension 512

Seconds and processor seconds of `library.grouping.propose` with one engine: from nothing, with
nothing new, with 100 faces more, with one more. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from facesorter.clustering.engine import Engine
from facesorter.library import grouping
from facesorter.storage import embeddings, library_settings
from facesorter.storage.opening import open_writer
from tests.benchmarks.grouping_cost import library


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", type=int)
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    made = library(arguments.size, arguments.dimension, arguments.seed)
    rows = np.asarray(made.embeddings)
    with tempfile.TemporaryDirectory() as folder:
        connection = open_writer(Path(folder)).conn
        model = embeddings.model_id(connection, "made", "made", arguments.dimension)
        library_settings.put(connection, "model", model)
        connection.execute("INSERT INTO folder (path, added_at) VALUES ('/', '2024-01-01')")
        connection.executemany(
            "INSERT INTO photo (id, folder_id, relpath, size, mtime_ns, taken_at, sort_at, "
            "taken_from, status) VALUES (?, 1, ?, 1, 1, ?3, ?3, 'exif', 'analysed')",
            [
                (photo + 1, f"{photo}.jpg", str(np.datetime64("2005-01-01T10:00:00") + photo))
                for photo in np.unique(made.photo_ids).tolist()
            ],
        )
        engine = Engine()
        result: dict[str, Any] = {"faces": arguments.size, "dimension": arguments.dimension}

        def put(start: int, end: int) -> None:
            part = range(start, end)
            connection.executemany(
                "INSERT INTO face (id, photo_id, x, y, w, h, landmarks, detection_score, quality, "
                "origin, state) VALUES (?, ?, 0, 0, 1, 1, x'00', 1, ?, 'detected', 'unknown')",
                [(i + 1, int(made.photo_ids[i]) + 1, float(made.quality[i])) for i in part],
            )
            connection.executemany(
                "INSERT INTO embedding (face_id, model_id, vector) VALUES (?, ?, ?)",
                [(i + 1, model, rows[i].tobytes()) for i in part],
            )
            connection.commit()

        def timed(name: str) -> None:
            wall, used = time.perf_counter(), time.process_time()
            proposal = grouping.propose(connection, engine)
            result[name] = round(time.perf_counter() - wall, 3)
            result[name + "_cpu"] = round(time.process_time() - used, 3)
            assert proposal is not None
            thresholds = vars(proposal.thresholds)
            library_settings.put(connection, grouping.THRESHOLDS_KEY, thresholds)
            connection.commit()

        put(0, arguments.size - 101)
        timed("from_nothing")
        timed("nothing_new")
        put(arguments.size - 101, arguments.size - 1)
        timed("plus_100")
        put(arguments.size - 1, arguments.size)
        timed("plus_1")
        connection.close()
    print(json.dumps(result))


if __name__ == "__main__":
    main()
