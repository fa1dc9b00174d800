"""The library file: rows in, dataclasses out. The only importer of sqlite_utils.

Reading functions take a plain `sqlite3.Connection` (any thread's own); writing functions are
called through `library.transaction.Transaction` in the writer thread.
"""
