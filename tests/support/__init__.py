"""What several test modules use: makers of libraries, photos and windows, and ways to ask them."""
