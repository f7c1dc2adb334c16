"""Forecasts in runs: asked for, made chunk by chunk on processes or a cluster, kept, shown and exported."""
