"""Data of other programs, read and written: names, regions, ratings; no database."""
