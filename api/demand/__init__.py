"""Demand as it comes in: series of units sold, and what is known beside them; through the API and from files."""
