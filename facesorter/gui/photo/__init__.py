"""The photo page: one photo, its faces, and the boxes around them."""
