"""Scan watched folders: list photos, find differences from the library, record them."""
