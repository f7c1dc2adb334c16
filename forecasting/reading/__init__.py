"""Tables of sales, stock and days, checked: they become a `History`, or an error that says what to mend."""
