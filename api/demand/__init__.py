"""Demand from files: sales, ready frames, stock-outs. What their rows mean is said in `forecasting`."""
