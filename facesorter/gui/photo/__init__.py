"""Photo page: one photo, its faces, and their boxes."""
