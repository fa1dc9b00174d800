"""Start facesorter from a checkout: ``python main.py`` opens the window."""

import sys

from facesorter.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
