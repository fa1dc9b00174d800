"""The user interface: all Qt code in facesorter, built on the Qt-free `app` and `library`."""
