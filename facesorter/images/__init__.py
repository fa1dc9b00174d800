"""Photo files: supported formats, pixels, dates and thumbnails."""
