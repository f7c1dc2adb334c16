"""Orders: quote, reserve, commit; their way to the shopper; and what was decided."""
