"""People: the grid of persons, a person's page, naming, merging, splitting."""
