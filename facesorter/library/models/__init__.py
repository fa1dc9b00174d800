"""Model packs of a library: trial, report, calibration."""
