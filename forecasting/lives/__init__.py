"""The two ends of a series: what has hardly begun, and what may have ended."""
