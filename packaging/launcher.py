"""What a frozen program starts with."""

import multiprocessing
import sys

from facesorter.__main__ import main

if __name__ == "__main__":
    # Libraries may ask for processes; in a frozen program each would open another window.
    multiprocessing.freeze_support()
    sys.exit(main())
