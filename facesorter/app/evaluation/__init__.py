"""Accuracy on photos of known people: the ``evaluate`` command."""
