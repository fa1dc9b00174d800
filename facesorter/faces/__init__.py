"""Finding faces and telling them apart: arrays in, arrays out; no database, no Qt."""
