"""facesorter: finds the people in your photos and keeps them sorted, on your own computer."""

import os

# onnxruntime reports usage over the network unless this is set before its first import, so it is
# set before anything else of ours can run. tests/test_privacy.py holds it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
# insightface's dependency albumentations asks for updates when it is present; never let it.
os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")

__version__ = "0.1.0"
