"""Threads and their order: writer, pipeline, refresher, watcher, thumbnails; no Qt.

The window and the command line use the very same objects; the window turns their events into Qt
signals in one place (`gui.base.bridge`).
"""
