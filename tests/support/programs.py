"""The command line over a library with people."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from facesorter.cli.main import main


class Program:
    """The command line on a library of its own, in this process: a start takes half a second."""

    def __init__(self, home: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self.library = home / "library"
        self._capture = capture

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        self._capture.readouterr()
        code = main([*map(str, words), "--library", str(self.library)])
        return subprocess.CompletedProcess(words, code, *self._capture.readouterr())

    def json(self, *words: str | Path) -> Any:
        result = self.run(*words, "--json")
        assert result.returncode == 0, result.stderr
        assert result.stderr == ""
        return json.loads(result.stdout)

    def lines(self, *words: str | Path) -> list[dict[str, Any]]:
        result = self.run(*words, "--json")
        assert result.returncode == 0, result.stderr
        return [json.loads(line) for line in result.stdout.splitlines()]
