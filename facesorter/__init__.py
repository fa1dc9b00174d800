"""facesorter: finds the people in your photos and keeps them sorted, on your own computer."""

import os

# onnxruntime reports usage over the network unless this is set before its first import, so it is
# set before any other module runs. tests/test_privacy.py enforces this.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
# insightface's dependency albumentations checks for updates if installed; never let it.
os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")

__version__ = "0.1.0"
"""The only place of the version: packages, installers and *About* read it from here."""

NAME = "facesorter"
"""The program's name, on screen and in file names."""

APP_ID = "io.github.facesorter.facesorter"
"""Identifier for desktops (desktop entry, AppStream, Flatpak, macOS bundle): a reverse domain name,
as all of them require. It must never change after the first release."""

HOME_PAGE = "https://github.com/facesorter/facesorter"
"""The program's home page, opened in the browser only when the user clicks it."""

RELEASES_URL = "https://api.github.com/repos/facesorter/facesorter/releases/latest"
"""The only address requested by the check for a newer version, if the user wants it."""

REPORT_URL = f"{HOME_PAGE}/issues/new"
"""Page for reporting a problem, opened in a browser with content that the user has seen."""

COMPILE = "--compile"
"""Option of the process that compiles the grouping kernels, see `app.compilation`."""

ANALYSE_APART = "--analyse-apart"
"""Option of the process that analyzes one photo by itself, see `app.isolated`."""

DECODE = "--decode"
"""Option of a process that decodes photos, see `images.decoders`."""

IN_BACKGROUND = "--in-background"
"""Option of an autostart: no window if there is a tray, else a minimized one."""
