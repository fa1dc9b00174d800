"""Widgets that several pages share, and what they do."""
