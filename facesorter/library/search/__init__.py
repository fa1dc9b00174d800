"""The photo search: by person, date, folder, and more."""
