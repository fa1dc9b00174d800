"""What the program can do, as plain functions over an open library.

Functions that write take a `Transaction` and run in the writer thread; functions that read take
a read-only `sqlite3.Connection` of their own thread. No Qt, and nothing heavy at import.
"""
