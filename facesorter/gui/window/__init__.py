"""The main window's frame: sidebar, navigation, status bar, notifications."""
