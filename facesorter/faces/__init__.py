"""Face detection and recognition: arrays in, arrays out; no database, no Qt."""
