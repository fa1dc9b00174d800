"""packaging/develop.py, the lock files and .ci/run say the same as pyproject.toml."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-package.lock")
PYTHONS = ("3.11", "3.12", "3.13")
SYSTEMS = (("linux", "Linux"), ("darwin", "Darwin"), ("win32", "Windows"))


@pytest.fixture
def develop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The script as a module, its environment in a temporary folder."""
    spec = importlib.util.spec_from_file_location("develop", ROOT / "packaging" / "develop.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    return module


# The locks


def pins(lock: str) -> list[tuple[str, Version, Marker | None]]:
    """What a lock pins: name, version, and where."""
    found = []
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith((" ", "#")):
            requirement = Requirement(line.removesuffix("\\"))
            (specifier,) = requirement.specifier
            assert specifier.operator == "==", line
            version = Version(specifier.version)
            found.append((canonicalize_name(requirement.name), version, requirement.marker))
    return found


def direct(lock: str) -> list[Requirement]:
    """What pyproject.toml asks for directly, for a lock."""
    groups = PROJECT["dependency-groups"]
    wanted = [*PROJECT["project"]["dependencies"], *groups["build"]]
    if "dev" in lock:
        wanted += [entry for entry in groups["dev"] if isinstance(entry, str)]
    return [Requirement(text) for text in wanted]


def environments() -> list[dict[str, str]]:
    """The systems and Pythons that we name, as environments of markers."""
    return [
        default_environment()
        | {"python_version": python, "python_full_version": f"{python}.1"}
        | {"sys_platform": system, "platform_system": name, "platform_machine": "x86_64"}
        for python in PYTHONS
        for system, name in SYSTEMS
    ]


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_has_what_the_project_asks_for(lock: str) -> None:
    locked = pins(lock)
    for environment in environments():
        here = {name: version for name, version, marker in locked if fits(marker, environment)}
        for requirement in direct(lock):
            version = here.get(canonicalize_name(requirement.name))
            assert version is not None, f"{requirement.name} is missing; see CONTRIBUTING, Locks"
            assert version in requirement.specifier, f"{requirement} is locked at {version}"


def fits(marker: Marker | None, environment: dict[str, str]) -> bool:
    return marker is None or marker.evaluate(environment)


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_pins_a_package_once_in_any_environment(lock: str) -> None:
    for environment in environments():
        names = [name for name, _, marker in pins(lock) if fits(marker, environment)]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_is_hashed_and_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"://|\bfile:|--(extra-)?index-url|--find-links| @ ", text)
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert len(blocks) == len(pins(lock)) > 40
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", block) for block in blocks)


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_leaves_out_the_opencv_with_a_second_qt(lock: str) -> None:
    names = {name for name, *_ in pins(lock)}
    assert "opencv-python-headless" in names
    assert "opencv-python" not in names and "pillow-heif" not in names


def test_tests_run_with_what_users_run() -> None:
    def flat(lock: str) -> set[str]:
        return {f"{name} {version} {marker}" for name, version, marker in pins(lock)}

    assert flat(LOCKS[0]) < flat(LOCKS[1])


def test_environment_is_the_lock() -> None:
    """What these tests run in is what is locked: a figure or a green run means nothing else."""
    here = default_environment()
    for name, version, marker in pins("requirements-dev.lock"):
        if marker is None or marker.evaluate(here):
            assert Version(metadata.version(name)) == version, name


# The script


def test_pythons_are_those_of_the_project(develop: ModuleType) -> None:
    wanted = Requirement(f"facesorter{PROJECT['project']['requires-python']}").specifier
    assert all(wanted.contains(f"{major}.{minor}.0") for major, minor in develop.PYTHONS)
    (low, *_, high) = develop.PYTHONS
    assert not wanted.contains(f"3.{low[1] - 1}.9") and not wanted.contains(f"3.{high[1] + 1}.0")


def test_wrong_python_is_one_line_that_says_which(develop: ModuleType) -> None:
    sentence = develop.wrong_python((3, 9))
    assert "3.11, 3.12 or 3.13" in sentence and "this is 3.9" in sentence
    assert "\n" not in sentence


def test_environment_is_made_once(
    develop: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    steps: list[list[str]] = []

    def step(command: list[str]) -> None:
        steps.append(command)
        if "venv" in command:
            python = develop.venv_python()
            python.parent.mkdir(parents=True)
            python.symlink_to(sys.executable)
            (develop.VENV / "pyvenv.cfg").touch()

    monkeypatch.setattr(develop, "run_step", step)
    monkeypatch.setattr(develop, "uv_command", lambda: None)
    develop.set_up("run")
    locks = [Path(word).name for command in steps for word in command if word.endswith(".lock")]
    assert locks == ["requirements.lock"]
    assert all("--no-deps" in command for command in steps if "install" in command)
    assert any("--require-hashes" in command for command in steps)
    steps.clear()
    develop.set_up("run")
    assert not steps, "what is up to date is left alone"
    develop.set_up("test")
    assert any("requirements-dev.lock" in command[-1] for command in steps)
    steps.clear()
    develop.set_up("test")
    develop.set_up("run")
    assert not steps, "the tests' environment serves the program"
    # A lock that changed: what it no longer names must go.
    stamp = develop.read_stamp()
    (develop.VENV / develop.STAMP_NAME).write_text(json.dumps(stamp | {"lock": "old"}))
    develop.set_up("run")
    assert any("venv" in command for command in steps)
    assert any("requirements-dev.lock" in command[-1] for command in steps)


@pytest.mark.skipif(shutil.which("uv") is None, reason="uv is not here")
def test_uv_compiles_what_it_installs_as_pip_does(develop: ModuleType, tmp_path: Path) -> None:
    wheel = tmp_path / "tiny-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("tiny.py", "")
        file.writestr(
            "tiny-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1\n"
        )
        file.writestr("tiny-1.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        file.writestr("tiny-1.dist-info/RECORD", "")
    python = develop.venv_python()
    develop.make_venv("uv", python, clear=False)
    develop.run_step([*develop.install_command("uv", python), "--offline", str(wheel)])
    assert list(develop.VENV.rglob("tiny.py")) and list(develop.VENV.rglob("tiny.*.pyc"))


def test_interrupted_setup_is_taken_up(
    develop: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(command: list[str]) -> None:
        if "venv" in command:
            develop.venv_python().parent.mkdir(parents=True)
            develop.venv_python().symlink_to(sys.executable)
            (develop.VENV / "pyvenv.cfg").touch()
        else:
            raise SystemExit(2)

    monkeypatch.setattr(develop, "run_step", broken)
    monkeypatch.setattr(develop, "uv_command", lambda: None)
    with pytest.raises(SystemExit):
        develop.set_up("run")
    assert develop.read_stamp() is None and not develop.is_current(None, "run")


def test_what_is_in_the_way_is_not_deleted(develop: ModuleType) -> None:
    develop.VENV.mkdir()
    (develop.VENV / "letters.txt").write_text("mine")
    with pytest.raises(SystemExit):
        develop.make_venv(None, develop.venv_python(), clear=False)
    assert (develop.VENV / "letters.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("output", "word"),
    [
        (
            "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...)"
            ": Failed to establish a new connection: [Errno -3] Temporary failure in name "
            "resolution')'\nERROR: Could not find a version that satisfies the requirement "
            "certifi==1 (from versions: none)\nERROR: No matching distribution found for certifi",
            "online",
        ),
        (
            "  x Failed to fetch: `…/simple/onnx/`\n  |-> error sending request\n"
            "  `-> dns error: failed to lookup address information",
            "online",
        ),
        ("ERROR: No matching distribution found for hdbscan==0.8.44", "not made for this system"),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "not the one",
        ),
        ("error: Hash mismatch for `numpy==2.4.6`", "not the one"),
        ("ERROR: Could not install packages: [Errno 28] No space left on device", "disk is full"),
        ("The virtual environment was not created: ensurepip is not available.", "python3-venv"),
        ("something nobody has seen\nlast words", "last words"),
        ("", "no reason"),
    ],
)
def test_failure_is_one_line_in_plain_words(develop: ModuleType, output: str, word: str) -> None:
    sentence = develop.explain(output)
    assert word in sentence
    assert "\n" not in sentence


def test_step_that_fails_ends_with_its_reason(
    develop: ModuleType,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(develop.tempfile, "tempdir", str(tmp_path))
    code = "import sys; print('No space left on device'); sys.exit(1)"
    with pytest.raises(SystemExit):
        develop.run_step([sys.executable, "-c", code])
    output = capsys.readouterr().err.strip()
    assert output.startswith("develop: The disk is full") and "\n" not in output
    (log,) = tmp_path.glob("*.log")
    assert str(log) in output and "No space left" in log.read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="Linux's window systems")
def test_window_needs_a_display(develop: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert "no display" in develop.window_problem(sys.executable)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert develop.window_problem(sys.executable) is None


@pytest.mark.skipif(sys.platform != "linux", reason="Linux's system libraries")
def test_missing_libraries_are_named_with_the_cure(
    develop: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A library that can't be found, as on a machine without it.
    broken = develop.QT_CHECK.replace("libqxcb.so", "libnowhere.so")
    monkeypatch.setattr(develop, "QT_CHECK", broken)
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    monkeypatch.setenv("DISPLAY", ":0")
    sentence = develop.window_problem(sys.executable)
    assert "libnowhere.so" in sentence and "apt-get install" in sentence
    assert "libxcb-cursor0" in sentence and "\n" not in sentence


def test_help_names_the_three_lines() -> None:
    script = str(ROOT / "packaging" / "develop.py")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert all(f"develop.py {action} " in done.stderr for action in ("run", "test", "lock"))


# .ci/run


def test_ci_installs_what_the_script_names(develop: ModuleType) -> None:
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    packages = set(text[text.index("packages=(") : text.index("\n)")].split())
    named = (develop.QT_LIBRARIES, develop.X11_LIBRARIES, develop.PLAYBACK_LIBRARIES)
    assert packages >= {each for line in named for each in line.split()}


def test_ci_uses_the_line_that_readme_gives() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for action in ("run", "test"):
        assert f"\npython3 packaging/develop.py {action}\n" in readme
    assert "packaging/develop.py test" in script
    assert "://" not in script
