"""Search photos by person, date, place in the library, and more."""
