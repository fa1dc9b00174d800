"""The computer around the program: power, start-up, the web. No database, no pixels, no Qt."""
