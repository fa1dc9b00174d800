"""The command line: the same core as the window's, without Qt.

The contract (commands, JSON fields, exit codes) is in docs/cli.md.
"""
