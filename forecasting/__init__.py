"""Demand per sku and place: from a frame of weekly units to quantiles, and how good they were.

Pure: no files, no clock, no global random state. Importing this package loads neither pandas nor
statsforecast; `forecasting.forecast` and `forecasting.backtest` load statsforecast when they run.
"""
