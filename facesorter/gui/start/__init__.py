"""Start and end of the program: the application, a single instance, crash reports."""
