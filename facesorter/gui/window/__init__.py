"""Frame of the main window: sidebar, navigation, status bar, notifications."""
