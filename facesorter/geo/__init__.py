"""Cities and their names, the map of the world, photos on it; no database, no Qt."""
