"""The user's decisions, each one journal entry that can be undone."""
