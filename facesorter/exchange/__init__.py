"""What other programs say about photos, read and written: names, regions, ratings; no database."""
