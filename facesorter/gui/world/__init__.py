"""The map of the world, with photos where they were taken."""
