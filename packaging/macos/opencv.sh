#!/bin/sh
# Build OpenCV without FFmpeg and install it in place of the wheel: the wheel for macOS holds Homebrew's
# FFmpeg with x264 and x265, which are under the GPL. Videos are read by AVFoundation there.
#     sh packaging/macos/opencv.sh PYTHON
# PYTHON is that of the environment which the program is built from. Takes about half an hour.
set -eu
python=$1
version=$("$python" -c 'from importlib.metadata import version as v; print(v("opencv-python-headless"))')
out=build/opencv
mkdir -p "$out"
"$python" -m ensurepip --upgrade >/dev/null 2>&1 || true
if ! ls "$out/opencv_python_headless-$version"*.whl >/dev/null 2>&1; then
    ENABLE_HEADLESS=1 CMAKE_ARGS="-DWITH_FFMPEG=OFF -DWITH_AVFOUNDATION=ON" \
        "$python" -m pip wheel --no-deps --no-binary opencv-python-headless --wheel-dir "$out" \
        "opencv-python-headless==$version"
fi
"$python" -m pip install --no-deps --force-reinstall "$out/opencv_python_headless-$version"*.whl
