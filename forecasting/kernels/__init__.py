"""Loops over many series, compiled. They read arrays and know no frame, class or backtest."""
