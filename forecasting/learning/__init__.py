"""What is learned from the past, by forecasts from past days: blends, spread, calibration."""
