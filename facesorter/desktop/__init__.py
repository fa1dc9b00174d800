"""Operating system services: power, autostart, the web. No database, no pixels, no Qt."""
