"""What the user decides, each act one journal entry that can be undone."""
