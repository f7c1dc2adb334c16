"""Forecasts in use: what came of them, what planners changed, what to look at."""
