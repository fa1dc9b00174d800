"""What every page builds on: the bridge to worker threads, actions, theme, small widgets."""
