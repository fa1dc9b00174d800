"""Photo files: which they are, their pixels, their dates, and thumbnails of them."""
