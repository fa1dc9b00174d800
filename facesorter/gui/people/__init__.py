"""People: the person grid, person pages, naming, merging and splitting."""
