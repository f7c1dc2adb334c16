"""Facts about stock, many at once: arrivals, till sales, counts, damage, corrections."""
