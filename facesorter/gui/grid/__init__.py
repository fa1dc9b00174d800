"""Thumbnail grids: models, views, delegates and pixmaps."""
