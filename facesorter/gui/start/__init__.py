"""Startup and shutdown of the program: application, single instance, crash reports."""
