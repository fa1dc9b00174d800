"""Assemble a Windows program on Linux: a stopgap for who has no Windows to build on.

    python3.13 packaging/windows_payload.py EMBED.zip OUT

EMBED.zip is "Windows embeddable package (64-bit)" of Python 3.13, from python.org; OUT is a folder
for makensis (-DPAYLOAD=OUT). The wheels come from requirements.lock, with their hashes checked. The
release is built by packaging/build.py on Windows instead: what this makes was never run there.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = "3.13"
UNUSED = (
    *("PySide6/qml", "PySide6/translations", "PySide6/include", "PySide6/typesystems"),
    *(
        "PySide6/resources",
        "PySide6/metatypes",
        "PySide6/glue",
        "PySide6/doc",
        "PySide6/plugins/qmltooling",
    ),
    *("PySide6/plugins/tls", "PySide6/plugins/sqldrivers", "PySide6/plugins/networkinformation"),
    *("insightface/data", "insightface/thirdparty/face3d", "skimage/data", "sklearn/datasets"),
    *("onnx/backend", "onnxruntime/transformers", "onnxruntime/tools", "bin", "Scripts"),
    *("numpy/f2py", "pip", "numba/cuda", "numba/tests", "numba/testing", "numba/pycc"),
)
UNUSED_FILES = (
    *("PySide6/*.exe", "PySide6/*.pyi", "PySide6/opengl32sw.dll", "**/tests/**/*", "**/*.lib"),
)
QT = re.compile(
    r"Qt6?(Core|Gui|Widgets|Svg|PrintSupport|Network|OpenGL|OpenGLWidgets|Concurrent"
    r"|Multimedia|MultimediaWidgets|Qml|QmlMeta|QmlModels|QmlWorkerScript|Quick)\."
)
"""Of Qt only these: what windows of ours show, and what FFmpeg's plugin for videos links."""


def main(argv: list[str]) -> int:
    """Assemble the folder; returns the exit code."""
    if len(argv) != 3:
        print((__doc__ or "").strip(), file=sys.stderr)
        return 2
    embed, out = Path(argv[1]), Path(argv[2])
    shutil.rmtree(out, ignore_errors=True)
    inside = out / "_internal"
    inside.mkdir(parents=True)
    with zipfile.ZipFile(embed) as archive:
        archive.extractall(inside)
    site = inside / "site"
    fetch(site)
    prune(site)
    shutil.copytree(
        ROOT / "facesorter", site / "facesorter", ignore=shutil.ignore_patterns("__*__")
    )
    for name in ("__init__.py", "__main__.py"):
        for path in (ROOT / "facesorter").rglob(name):
            shutil.copyfile(path, site / "facesorter" / path.relative_to(ROOT / "facesorter"))
    shutil.copytree(ROOT / "resources", site / "facesorter" / "resources")
    shutil.copytree(ROOT / "docs", site / "facesorter" / "docs")
    shutil.copyfile(ROOT / "CHANGELOG.md", site / "facesorter" / "CHANGELOG.md")
    (paths,) = inside.glob("python*._pth")
    paths.write_text(f"{paths.stem}.zip\n.\nsite\n", encoding="ascii")
    make_starters(out)
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    print(f"{size / 1e6:.0f} MB in {out}")
    return 0


def fetch(site: Path) -> None:
    """Install the wheels for Windows, whatever this computer is."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary", ":all:", "--platform", "win_amd64", "--implementation", "cp"]
    command += ["--python-version", PYTHON, "--abi", f"cp{PYTHON.replace('.', '')}"]
    command += ["--abi", "abi3", "--abi", "none", "--target", str(site)]
    subprocess.run([*command, "-r", str(windows_lock(site.parent))], check=True)


def windows_lock(folder: Path) -> Path:
    """The lock's entries for Windows: pip reads markers as of the computer that it runs on."""
    from pip._vendor.packaging.requirements import Requirement

    environment = {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"}
    environment |= {"python_version": PYTHON, "python_full_version": f"{PYTHON}.0"}
    environment |= {"platform_machine": "AMD64", "implementation_name": "cpython"}
    environment |= {"platform_python_implementation": "CPython"}
    kept = []
    for block in re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text("utf-8").strip()):
        line, _, hashes = block.partition(" \\\n")
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(environment):
            kept.append(f"{requirement.name}{requirement.specifier} \\\n{hashes}\n")
    lock = folder / "windows.lock"
    lock.write_text("".join(kept), encoding="utf-8")
    return lock


def prune(site: Path) -> None:
    """Take out what no window of ours loads."""
    for folder in UNUSED:
        shutil.rmtree(site / folder, ignore_errors=True)
    for pattern in UNUSED_FILES:
        for path in site.glob(pattern):
            if path.is_file():
                path.unlink()
    for path in (site / "PySide6").glob("Qt*.*"):
        if path.suffix in (".dll", ".pyd") and not QT.match(path.name):
            path.unlink()
    (site.parent / "windows.lock").unlink(missing_ok=True)


def make_starters(out: Path) -> None:
    """Write the two .exe files, with and without a terminal.

    They are pip's own launchers (distlib, PSF licence): a program, a line that names the
    interpreter relative to it, and a zip whose ``__main__`` is run.
    """
    import io
    from importlib import resources

    for name, launcher, interpreter in (
        ("facesorter", "w64.exe", "pythonw.exe"),
        ("facesorter-cli", "t64.exe", "python.exe"),
    ):
        stub = resources.files("pip._vendor.distlib").joinpath(launcher).read_bytes()
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(
                "__main__.py",
                "import sys\nfrom facesorter.__main__ import main\nsys.exit(main())\n",
            )
        line = f"#!<launcher_dir>\\_internal\\{interpreter}\r\n".encode()
        (out / f"{name}.exe").write_bytes(stub + line + packed.getvalue())


if __name__ == "__main__":
    sys.exit(main(sys.argv))
