"""Models of demand, one interface: learn over many series, then say a mean of each from its own rows."""
