"""PySide6 keeps the references that it should.

6.12.0 on Python 3.11 loses one to None, True or False with each call that returns it (PYSIDE-3474),
and the interpreter aborts after some thousand calls. Short tests don't notice; a large grid does.
"""

import subprocess
import sys

CALLS = 30_000
"""The fault needs about 5,300; the margin is for an interpreter that holds more references."""
CODE = f"""
from PySide6.QtCore import QObject
thing = QObject()
for number in range({CALLS}):
    thing.setObjectName("a")
    thing.blockSignals(False)
    thing.isWidgetType()
print("alive")
"""


def test_many_calls_that_return_nothing_are_survived() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "alive"


def test_none_keeps_its_references() -> None:
    code = (
        "import sys\n"
        "from PySide6.QtCore import QObject\n"
        "thing = QObject()\n"
        "before = sys.getrefcount(None)\n"
        "for number in range(1000): thing.setObjectName('a')\n"
        "print(sys.getrefcount(None) - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert abs(int(done.stdout)) < 100
