"""The window: everything Qt in facesorter, over the Qt-free `app` and `library` below it."""
