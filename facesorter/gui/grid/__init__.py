"""Thumbnail grids: models, views, delegates, pixmaps."""
