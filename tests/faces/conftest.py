from pathlib import Path

import pytest

from facesorter.faces.analyzer import FaceAnalyzer
from facesorter.faces.models import load_pack


@pytest.fixture(scope="session")
def model_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the session's folded models are kept."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def analyzer(model_cache: Path) -> FaceAnalyzer:
    """The bundled pack."""
    return load_pack(cache_dir=model_cache)
