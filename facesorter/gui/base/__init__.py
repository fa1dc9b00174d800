"""Shared foundation of all pages: worker-thread bridge, actions, theme and small widgets."""
