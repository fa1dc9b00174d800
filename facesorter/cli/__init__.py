"""The command line: the same core without a window, and without Qt.

The contract (commands, JSON fields, exit codes) is in docs/cli.md.
"""
