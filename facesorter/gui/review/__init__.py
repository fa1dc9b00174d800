"""Review page: one question at a time."""
