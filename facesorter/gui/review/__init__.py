"""The review page: one question at a time."""
