"""Files that are made to take time or memory are refused, in one sentence, before they do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MOST = 300
"""Megabytes that a process may take."""

PEAK = """
def peak():
    # Not by getrusage, whose maximum a new process has from the one that started it.
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM"):
            return int(line.split()[1]) // 1024
"""

XMP = """
import sys, time
from pathlib import Path
from facesorter.exchange.sidecar import Content, merge
head = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="%s">' % (
    b"http://www.w3.org/1999/02/22-rdf-syntax-ns#")
tail = b"</rdf:RDF></x:xmpmeta>"
entities = "".join(f'<!ENTITY a{n} "{("&a%d;" % (n - 1)) * 10}">' for n in range(1, 12))
for data in (
    head + b"<a/>" * 4_000_000 + tail,
    head + b"<a>" * 100_000 + b"</a>" * 100_000 + tail,
    head + b"<a b='" + b"x" * 15_000_000 + b"'/>" + tail,
    b"<!DOCTYPE a [<!ENTITY a0 'x'>" + entities.encode() + b"]>" + head + b"&a11;" + tail,
    head + b"<rdf:Description " + b" ".join(b"a%d='1'" % n for n in range(500_000)) + b"/>" + tail,
    b"<" * 17_000_000,
    b"\\xff\\xfe" + b"<\\x00" * 8_000_000,
):
    began = time.monotonic()
    try:
        merge(data, Content())
    except ValueError:
        pass
    assert time.monotonic() - began < 60
print(peak())
"""

JSON = """
import sys, time
from pathlib import Path
from facesorter.errors import UserError
from facesorter.exchange import dump
path = Path(sys.argv[1])
head = '{"format": "facesorter", "version": 1,\\n"photos": [\\n'
for start, part, times in (
    ("[[]", ",[]" * 1000, 2600),
    ("", "[" * 1000, 8000),
    (head + '{"path": "', "x" * 1_000_000, 100),
    (head + '{"key": ', "9" * 1000, 900),
    ('{"format": "', "x" * 1_000_000, 100),
    (head, "{" * 1000, 900),
):
    with path.open("w") as file:
        file.write(start)
        for _ in range(times):
            file.write(part)
    try:
        dump.read(path)
    except UserError:
        continue
    raise AssertionError(start)
print(peak())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks the system for the memory taken")
@pytest.mark.parametrize("program", [XMP, JSON], ids=["XMP", "JSON"])
def test_bombs_take_little_memory(program: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PEAK + program, tmp_path / "all.json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < MOST
