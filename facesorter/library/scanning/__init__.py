"""Watched folders: find photos, tell how the disk differs, write it down."""
