"""Demand per sku and place: from sales to quantiles, and how good they were.

What stands lower here imports nothing that stands higher; import-linter says so.

    forecast    a frame in, quantiles out, in one call
    watching    what came of forecasts in use, overrides, alerts       explaining  why a forecast says so
    judging     backtests beside other methods
    chunk       the forecast of some series, by what was learned       orders      orders to come, drawn
    learning    from forecasts of past days: blends, spread, calibration
    lives       new and ending series                                  demand      a forecast as buffers
    reading     tables in    preparing  hidden demand, season    models    quantiles
    kernels     compiled loops, beside measures, classes, buckets and steps
    history     sales as arrays: the one value that all of these read

Pure: no files, no clock, no global random state. Importing this package loads neither pandas nor
statsforecast; only comparisons with other methods load the latter.
"""
