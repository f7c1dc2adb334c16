"""How good forecasts were, beside others, on days that nothing was learned from."""
