"""Background threads and their coordination: writer, pipeline, refresher, watcher, thumbnails.

No Qt: the window and the command line share these objects, and the window turns their events into
Qt signals in one place (`gui.base.bridge`).
"""
