"""Grouping faces into persons: pure NumPy and SciPy; arrays in, a Proposal out."""
