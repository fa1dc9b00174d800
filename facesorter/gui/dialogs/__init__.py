"""Dialogs: preferences, model packs, help, reports, about."""
