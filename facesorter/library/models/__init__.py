"""Model packs of a library: test, report, calibration."""
