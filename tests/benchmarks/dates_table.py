"""Compare the dates that a program finds with the truth, file by file.

``python -m tests.benchmarks.dates_table FOLDER [PROGRAM]``; FOLDER has a ``truth.tsv`` with the
columns *file* and *taken*: a date, *unknown*, *(modify …)* for the date of an edit, which isn't one
of the photo, or *?* for a date in doubt. PROGRAM is a facesorter, by default this one's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any


def truths(folder: Path) -> dict[str, str]:
    """Return the truth by relative path."""
    lines = (folder / "truth.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return dict(line.split("\t") for line in lines)


def is_right(truth: str, row: dict[str, Any]) -> bool:
    """Return whether a row of the command ``photos`` agrees with the truth."""
    if truth == "?":
        return row.get("taken_doubt") is not None
    if truth.startswith(("unknown", "(modify")):
        return bool(row["taken_from"] == "file")
    date = truth.split()[0].rstrip("Z")
    length = {"year": 4, "month": 7, "day": 10}.get(row.get("taken_precision", ""), 19)
    # The truth of a time zone that nobody knows is a day.
    return bool(row["taken_at"][:length].startswith(date)) and row["taken_from"] != "file"


def main() -> None:
    """Print the table and the number of right dates."""
    folder = Path(sys.argv[1]).resolve()
    program = sys.argv[2:3] or [sys.executable, "-m", "facesorter"]
    with tempfile.TemporaryDirectory() as library:
        command = [*program, "--library", library]
        subprocess.run([*command, "scan", str(folder), "--no-refresh"], check=True)
        out = subprocess.run([*command, "--json", "photos"], check=True, capture_output=True).stdout
    rows = {row["path"]: row for row in map(json.loads, out.splitlines())}
    right = 0
    truth_of = truths(folder)
    for name, truth in truth_of.items():
        row = rows[os.path.join(folder, name)]
        good = is_right(truth, row)
        right += good
        print(
            "right" if good else "WRONG", name, truth, row["taken_at"], row["taken_from"], sep="\t"
        )
    print(f"{right} of {len(truth_of)} right")


if __name__ == "__main__":
    main()
