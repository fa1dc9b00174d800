"""Grouping faces into persons: NumPy, SciPy and compiled loops; arrays in, a Proposal out."""

import os

from facesorter import paths

# Before anything imports numba: what it compiles belongs with what may be deleted at any time, not
# beside the program's files, where users may not write.
os.environ.setdefault("NUMBA_CACHE_DIR", str(paths.cache_dir() / "compiled"))
