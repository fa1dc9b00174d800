"""Localization of the window's texts."""
