"""Photos page: a grid of all photos, a folder, an album, a tag, or search results."""
