"""The window's texts in the user's language."""
