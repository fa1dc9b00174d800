"""The program's features, as plain functions on an open library.

Functions that write take a `Transaction` and run in the writer thread; functions that read take
a read-only `sqlite3.Connection` of their own thread. No Qt, and nothing heavy at import.
"""
