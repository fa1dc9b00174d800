"""Whole walks of a user, with real threads and real windows."""
