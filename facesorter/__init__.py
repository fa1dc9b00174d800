"""facesorter: finds the people in your photos and keeps them sorted, on your own computer."""

import os

# onnxruntime reports usage over the network unless this is set before its first import, so it is
# set before anything else of ours can run. tests/test_privacy.py holds it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
# insightface's dependency albumentations asks for updates when it is present; never let it.
os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")

__version__ = "0.1.0"
"""The one place of the version: packages, installers and *About* read it from here."""

NAME = "facesorter"
"""The program's name, as shown and as the name of its files."""

APP_ID = "io.github.facesorter.facesorter"
"""What desktops know the program by (desktop entry, AppStream, Flatpak, macOS bundle): a name in
reverse order of a domain, as all of them ask for. It never changes once something was released."""

HOME_PAGE = "https://github.com/facesorter/facesorter"
"""Where people find the program. It is opened in the browser, and only when the user presses it."""

RELEASES_URL = "https://api.github.com/repos/facesorter/facesorter/releases/latest"
"""The one address that a search for a newer version asks, when the user wants that."""

REPORT_URL = f"{HOME_PAGE}/issues/new"
"""Where a problem can be reported; a browser opens it, with what the user saw before."""

COMPILE = "--compile"
"""The word of the process that compiles what grouping needs, see `app.warm`."""

IN_BACKGROUND = "--in-background"
"""The word of a start by the system: no window where there is a tray, else a small one."""
